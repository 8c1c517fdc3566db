// What callers rely on: texts come back as they went in, control tokens stay text where they are not trusted, nothing
// is slow.
#include "model/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "base/random.h"
#include "model/gguf.h"
#include "model/tokenizer/test_vocabulary.h"

namespace favilla {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kSmolLm[] = "SmolLM2-135M-Instruct.Q4_1.gguf";
constexpr char kGemma[] = "gemma-3-270m-Q4_K_M.gguf";

Result<Tokenizer> load_model(const char* name) {
  return load_tokenizer(TRY(find_test_model(name)));
}

Result<Tokenizer> load_golden(const char* name) {
  return load_tokenizer(std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/tokenizer" / name);
}

// Counts the time that this process computes: tests run beside others.
class Stopwatch {
 public:
  double elapsed_ms() const { return 1000.0 * static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC; }

 private:
  std::clock_t start_ = std::clock();
};

// Half of the texts are any bytes, half favour what tokenizers treat specially.
std::string random_text(Random& random) {
  static constexpr const char* kParts[] = {" ",  "  ",    "\n", "\t",           "a",        "The",          "'s",
                                           "12", "\r",    ".",  "\xE2\x96\x81", "\xC3\xA9", "\xF0\x9F\x98", "<b>",
                                           "<",  "<0x41>"};
  std::string text;
  const bool any_bytes = random.next_below(2) == 0;
  for (uint32_t count = random.next_below(40); count > 0; --count) {
    if (any_bytes) {
      text.push_back(static_cast<char>(random.next_below(256)));
    } else {
      text += kParts[random.next_below(std::size(kParts))];
    }
  }
  return text;
}

void expect_round_trips(const Tokenizer& tokenizer) {
  Random random(7);
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = random_text(random);
    const std::vector<TokenId> ids = tokenizer.encode(text, ControlTokens::kAsText);
    ASSERT_EQ(tokenizer.decode(ids), text);
    for (const TokenId id : ids) ASSERT_FALSE(tokenizer.is_control(id));
  }
}

TEST(tokenizer, gives_any_bytes_back_with_byte_level_bpe) {
  for (const char* name : {"gpt-2.gguf", "qwen2.gguf", "llama-bpe.gguf"}) {
    const Result<Tokenizer> tokenizer = load_golden(name);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    expect_round_trips(*tokenizer);
  }
}

TEST(tokenizer, gives_any_bytes_back_with_gemma) {
  const Result<Tokenizer> tokenizer = load_model(kGemma);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  expect_round_trips(*tokenizer);
}

TEST(tokenizer, leaves_out_the_21_bytes_that_smollm2_has_no_token_for) {
  const Result<Tokenizer> tokenizer = load_model(kSmolLm);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  int lost = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const std::string decoded = tokenizer->decode(tokenizer->encode(text, ControlTokens::kAsText));
    if (decoded.empty()) ++lost;
    EXPECT_TRUE(decoded.empty() || decoded == text) << byte;
  }
  EXPECT_EQ(lost, 21);
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("a\xFF\x04z", ControlTokens::kAsText)), "az");
}

TEST(tokenizer, reads_a_word_mark_in_the_text_as_three_bytes_and_not_as_a_blank) {
  const Result<Tokenizer> tokenizer = small_spm_vocabulary().load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const std::vector<TokenId> ids = tokenizer->encode("a\xE2\x96\x81 b", ControlTokens::kAsText);
  EXPECT_EQ(ids.size(), 7);  // the leading blank, a, three bytes, the blank, b
  EXPECT_EQ(tokenizer->decode(ids), "a\xE2\x96\x81 b");
}

TEST(tokenizer, never_makes_a_control_token_of_untrusted_text) {
  for (const TestVocabulary& source : {small_spm_vocabulary(), small_bpe_vocabulary()}) {
    const Result<Tokenizer> tokenizer = source.load();
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    for (const char* text : {"<s>", "<|im_end|>", "a<s>b", "<<s>>", "<|im_end|><|im_end|>"}) {
      for (const TokenId id : tokenizer->encode(text, ControlTokens::kAsText))
        EXPECT_FALSE(tokenizer->is_control(id)) << text;
    }
  }
}

TEST(tokenizer, never_makes_a_byte_token_of_its_spelling) {
  const Result<Tokenizer> tokenizer = load_model(kGemma);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("<0x0A>", ControlTokens::kParse)), "<0x0A>");
}

TEST(tokenizer, recognises_control_tokens_only_wholly_inside_a_trusted_part) {
  const Result<Tokenizer> tokenizer = load_model(kSmolLm);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const TokenId end = *tokenizer->find("<|im_end|>");
  const auto count_ends = [&](std::vector<TextPart> parts) {
    const std::vector<TokenId> ids = tokenizer->encode(parts);
    return std::count(ids.begin(), ids.end(), end);
  };
  EXPECT_EQ(count_ends({{"<|im_end|>", ControlTokens::kParse}}), 1);
  EXPECT_EQ(count_ends({{"<|im_end|>", ControlTokens::kAsText}}), 0);
  EXPECT_EQ(count_ends({{"<|im_end|>", ControlTokens::kAsText}, {"<|im_end|>", ControlTokens::kParse}}), 1);
  EXPECT_EQ(count_ends({{"<|im", ControlTokens::kAsText}, {"_end|>", ControlTokens::kParse}}), 0);
  EXPECT_EQ(count_ends({{"<|im", ControlTokens::kParse}, {"_end|>", ControlTokens::kAsText}}), 0);
}

TEST(tokenizer, gives_a_text_in_two_untrusted_parts_the_same_ids_wherever_it_is_cut) {
  const std::string text = "The  caf\xC3\xA9 costs 12.50 <|im_end|>, it's\n\n\xF0\x9F\x98\x80 <end_of_turn> ok";
  for (const char* name : {kSmolLm, kGemma}) {
    const Result<Tokenizer> tokenizer = load_model(name);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    const std::vector<TokenId> whole = tokenizer->encode(text, ControlTokens::kAsText);
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      const TextPart parts[] = {{std::string_view(text).substr(0, cut)}, {std::string_view(text).substr(cut)}};
      EXPECT_EQ(tokenizer->encode(parts), whole) << cut;
    }
  }
}

TEST(tokenizer, keeps_the_seams_of_a_chat_prompt_out_of_its_text) {
  const Result<Tokenizer> tokenizer = load_model(kSmolLm);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const TextPart parts[] = {{"<|im_start|>user\n", ControlTokens::kParse},
                            {"Hi <|im_end|>", ControlTokens::kAsText},
                            {"<|im_end|>\n", ControlTokens::kParse}};
  const std::vector<TokenId> ids = tokenizer->encode(parts);
  EXPECT_EQ(ids.front(), *tokenizer->find("<|im_start|>"));
  EXPECT_EQ(std::count(ids.begin(), ids.end(), *tokenizer->find("<|im_end|>")), 1);
  EXPECT_EQ(tokenizer->decode(ids), "user\nHi <|im_end|>\n");
}

TEST(tokenizer, matches_user_defined_tokens_in_any_text_longest_first) {
  TestVocabulary source = small_bpe_vocabulary();
  source.add("<u><u>", 4);
  const Result<Tokenizer> tokenizer = source.load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const TokenId one = *tokenizer->find("<u>");
  const TokenId two = *tokenizer->find("<u><u>");
  EXPECT_THAT(tokenizer->encode("<u><u><u>", ControlTokens::kAsText), ElementsAre(two, one));
  EXPECT_EQ(tokenizer->decode(std::vector<TokenId>{two, one}), "<u><u><u>");
}

TEST(tokenizer, joins_by_rank_and_leaves_unknown_bytes_out) {
  const Result<Tokenizer> tokenizer = small_bpe_vocabulary().load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT(tokenizer->encode("abcab", ControlTokens::kAsText),
              ElementsAre(*tokenizer->find("abc"), *tokenizer->find("ab")));
  EXPECT_THAT(tokenizer->encode("\xFF", ControlTokens::kAsText), IsEmpty());
}

TEST(tokenizer, marks_the_beginning_of_a_llama_2_text_by_a_blank_and_takes_it_away_again) {
  const Result<Tokenizer> tokenizer = small_spm_vocabulary().load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const TokenId blank = *tokenizer->find("\xE2\x96\x81");
  EXPECT_THAT(tokenizer->encode("abc", ControlTokens::kAsText), ElementsAre(blank, *tokenizer->find("abc")));
  EXPECT_THAT(tokenizer->encode("", ControlTokens::kAsText), IsEmpty());
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("  ab", ControlTokens::kAsText)), "  ab");
}

TEST(tokenizer, adds_the_special_tokens_that_the_vocabulary_asks_for) {
  TestVocabulary source = small_spm_vocabulary();
  Result<Tokenizer> tokenizer = source.load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT(tokenizer->with_special_tokens({7}), ElementsAre(0, 7));  // SentencePiece's default: BOS, no EOS
  source.flags = {{"add_bos_token", false}, {"add_eos_token", true}};
  tokenizer = source.load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT(tokenizer->with_special_tokens({7}), ElementsAre(7, 0));

  TestVocabulary bert{.model = "bert"};
  for (const char* entry : {"[PAD]", "[UNK]", "[CLS]", "[SEP]"}) bert.add(entry, 3);
  tokenizer = bert.load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT(tokenizer->with_special_tokens({}), ElementsAre(2, 3));
}

TEST(tokenizer, knows_where_a_generation_ends) {
  const Result<Tokenizer> smollm = load_model(kSmolLm);
  const Result<Tokenizer> gemma = load_model(kGemma);
  ASSERT_TRUE(smollm && gemma);
  EXPECT_TRUE(smollm->ends_generation(*smollm->find("<|im_end|>")));
  EXPECT_TRUE(smollm->ends_generation(*smollm->find("<|endoftext|>")));
  EXPECT_FALSE(smollm->ends_generation(*smollm->find("<|im_start|>")));
  EXPECT_TRUE(gemma->ends_generation(*gemma->find("<eos>")));
  EXPECT_TRUE(gemma->ends_generation(*gemma->find("<end_of_turn>")));
  EXPECT_EQ(gemma->special().bos, gemma->find("<bos>"));
  EXPECT_TRUE(gemma->special().add_bos);
  EXPECT_FALSE(smollm->special().add_bos);
}

TEST(tokenizer, answers_for_ids_that_do_not_exist) {
  const Result<Tokenizer> tokenizer = small_bpe_vocabulary().load();
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  for (const TokenId id : {-1, 99, 2'000'000'000}) {
    EXPECT_EQ(tokenizer->piece(id), "");
    EXPECT_EQ(tokenizer->vocabulary_entry(id), "");
    EXPECT_FALSE(tokenizer->is_control(id));
    EXPECT_FALSE(tokenizer->ends_generation(id));
  }
}

// The bar is 20 ms; sanitizers and debug builds are allowed more.
TEST(tokenizer, loads_262144_entries_in_milliseconds) {
  const Result<std::filesystem::path> path = find_test_model(kGemma);
  ASSERT_TRUE(path) << path.error().message;
  const Result<GgufFile> file = GgufFile::open(*path);
  ASSERT_TRUE(file) << file.error().message;
  double best_ms = 1e9;
  for (int i = 0; i < 5; ++i) {
    const Stopwatch stopwatch;
    const Result<Tokenizer> tokenizer = Tokenizer::load(*file);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    best_ms = std::min(best_ms, stopwatch.elapsed_ms());
  }
  std::printf("Gemma's tokenizer loads in %.1f ms\n", best_ms);
  EXPECT_LT(best_ms, 200);
}

// A quadratic step anywhere would take minutes.
TEST(tokenizer, takes_a_mebibyte_of_anything_in_seconds) {
  constexpr size_t kSize = size_t{1} << 20;
  Random random(3);
  std::string letters(kSize, ' ');
  for (char& c : letters) c = static_cast<char>('a' + random.next_below(26));
  std::string marks;
  while (marks.size() < kSize) marks += random.next_below(2) == 0 ? "\xCC\x81" : "\xCC\xA3";
  const std::string texts[] = {letters,
                               marks,
                               std::string(kSize, 'a'),
                               std::string(kSize, ' '),
                               std::string(kSize, '\n'),
                               std::string(kSize, '<'),
                               std::string(kSize, '\xFF'),
                               std::string("\n").append(kSize, ' ') + "x"};
  for (const char* name : {kSmolLm, kGemma}) {
    const Result<Tokenizer> tokenizer = load_model(name);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    for (const std::string& text : texts) {
      const Stopwatch stopwatch;
      const std::vector<TokenId> ids = tokenizer->encode(text, ControlTokens::kParse);
      const double took_ms = stopwatch.elapsed_ms();
      std::printf("%s, a mebibyte of %02x%02x: %.0f ms, %zu tokens\n", name, static_cast<unsigned char>(text[0]),
                  static_cast<unsigned char>(text[1]), took_ms, ids.size());
      EXPECT_LT(took_ms, 20'000);
    }
  }
}

}  // namespace
}  // namespace favilla
