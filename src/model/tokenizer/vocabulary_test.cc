// Vocabularies that contradict themselves are refused with a sentence that says where.
#include "model/tokenizer/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "model/tokenizer/test_vocabulary.h"

namespace favilla {
namespace {

using testing::HasSubstr;

void expect_refused(const TestVocabulary& vocabulary, ErrorKind kind, const char* reason) {
  const Result<Tokenizer> tokenizer = vocabulary.load();
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().kind, kind);
  EXPECT_THAT(tokenizer.error().message, HasSubstr(reason));
}

TEST(vocabulary, finds_every_entry_and_nothing_else) {
  Random random(1);
  TestVocabulary source;
  for (int i = 0; i < 5000; ++i) {
    std::string entry = std::to_string(i) + ":";
    for (uint32_t length = random.next_below(20); length > 0; --length) {
      entry.push_back(static_cast<char>(random.next_below(256)));
    }
    source.add(entry, 1);
  }
  const std::string bytes = source.gguf();
  const Result<GgufFile> file = GgufFile::parse(std::as_bytes(std::span(bytes)));
  ASSERT_TRUE(file) << file.error().message;
  const Result<Vocabulary> vocabulary = Vocabulary::build(*file, Vocabulary::Extras::kNone);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  ASSERT_EQ(vocabulary->size(), source.tokens.size());
  for (size_t i = 0; i < source.tokens.size(); ++i) {
    const TokenId id = static_cast<TokenId>(i);
    EXPECT_EQ(vocabulary->entry(id), source.tokens[i]);
    EXPECT_EQ(vocabulary->find(source.tokens[i]), id);
    EXPECT_EQ(vocabulary->find(source.tokens[i] + "?"), std::nullopt);
  }
  EXPECT_EQ(vocabulary->find(""), std::nullopt);
}

TEST(vocabulary, refuses_an_unknown_tokenizer_model_by_name) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  vocabulary.model = "rwkv";
  expect_refused(vocabulary, ErrorKind::kUnsupported, "\"rwkv\"");
}

TEST(vocabulary, refuses_an_unknown_pre_tokenizer_by_name) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  vocabulary.pre = "tekken";
  expect_refused(vocabulary, ErrorKind::kUnsupported, "\"tekken\"");
}

TEST(vocabulary, refuses_a_file_without_tokens) {
  expect_refused(TestVocabulary{}, ErrorKind::kCorrupt, "tokenizer.ggml.tokens");
}

TEST(vocabulary, refuses_types_of_another_length) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  vocabulary.types->pop_back();
  expect_refused(vocabulary, ErrorKind::kCorrupt, "token_type has 98 entries for 99 tokens");
}

TEST(vocabulary, refuses_a_type_that_does_not_exist) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  (*vocabulary.types)[5] = 7;
  expect_refused(vocabulary, ErrorKind::kCorrupt, "token_type[5] is 7");
  (*vocabulary.types)[5] = -1;
  expect_refused(vocabulary, ErrorKind::kCorrupt, "token_type[5] is -1");
}

TEST(vocabulary, refuses_two_equal_entries) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  vocabulary.tokens[7] = vocabulary.tokens[3];
  expect_refused(vocabulary, ErrorKind::kCorrupt, "[3] and [7]");
}

TEST(vocabulary, accepts_empty_entries_that_pad_a_vocabulary) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  vocabulary.add("", 5);
  vocabulary.add("", 5);
  const Result<Tokenizer> tokenizer = vocabulary.load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(tokenizer->piece(static_cast<TokenId>(tokenizer->size() - 1)), "");
}

TEST(vocabulary, refuses_missing_merges_and_merges_of_unknown_tokens) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  vocabulary.merges = {"a b", "b z9"};
  expect_refused(vocabulary, ErrorKind::kCorrupt, "merges[1]: \"z9\" is not in the vocabulary");
  vocabulary.merges = {"b c"};
  expect_refused(vocabulary, ErrorKind::kCorrupt, "\"bc\" is not in the vocabulary");
  vocabulary.merges = {"ab"};
  expect_refused(vocabulary, ErrorKind::kCorrupt, "\"ab\" is not a pair");
  vocabulary.merges = {""};
  expect_refused(vocabulary, ErrorKind::kCorrupt, "\"\" is not a pair");
  vocabulary.merges.reset();
  expect_refused(vocabulary, ErrorKind::kCorrupt, "tokenizer.ggml.merges is missing");
}

TEST(vocabulary, ignores_a_merge_that_would_make_a_control_token_of_text) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  (*vocabulary.types)[96] = 3;  // "abc"
  const Result<Tokenizer> tokenizer = vocabulary.load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(tokenizer->encode("abc", ControlTokens::kAsText),
            (std::vector<TokenId>{*tokenizer->find("ab"), *tokenizer->find("c")}));
}

TEST(vocabulary, refuses_missing_short_or_senseless_scores) {
  TestVocabulary vocabulary = small_spm_vocabulary();
  (*vocabulary.scores)[3] = std::numeric_limits<float>::quiet_NaN();
  expect_refused(vocabulary, ErrorKind::kCorrupt, "scores[3] is not a number");
  vocabulary.scores->pop_back();
  expect_refused(vocabulary, ErrorKind::kCorrupt, "scores has");
  vocabulary.scores.reset();
  expect_refused(vocabulary, ErrorKind::kCorrupt, "scores has 0 entries");
}

TEST(vocabulary, refuses_an_spm_vocabulary_without_a_byte_token) {
  TestVocabulary vocabulary = small_spm_vocabulary();
  vocabulary.tokens[3 + 0x41] = "elsewhere";
  expect_refused(vocabulary, ErrorKind::kCorrupt, "<0x41>");
}

TEST(vocabulary, refuses_special_ids_outside_of_it) {
  TestVocabulary vocabulary = small_bpe_vocabulary();
  vocabulary.numbers = {{"eos_token_id", 99}};
  expect_refused(vocabulary, ErrorKind::kCorrupt, "eos_token_id is 99, outside of 99 tokens");
}

TEST(vocabulary, refuses_wordpiece_that_keeps_capitals_or_has_no_unknown_token) {
  TestVocabulary vocabulary{.model = "bert"};
  vocabulary.add("[CLS]", 3);
  expect_refused(vocabulary, ErrorKind::kCorrupt, "[UNK]");
  vocabulary.add("[UNK]", 2);
  EXPECT_TRUE(vocabulary.load());
  vocabulary.flags = {{"normalizer.lowercase", false}};
  expect_refused(vocabulary, ErrorKind::kUnsupported, "capital");
}

}  // namespace
}  // namespace favilla
