// For tests: vocabularies made in memory, good ones and bad ones, and where the real ones are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/paths.h"
#include "base/result.h"
#include "model/gguf.h"
#include "model/gguf_writer.h"
#include "model/tokenizer/tokenizer.h"

namespace favilla {

// The metadata of a tokenizer. Arrays that are nullopt are left out of the file.
struct TestVocabulary {
  std::string model = "gpt2";
  std::string pre = "gpt-2";
  std::vector<std::string> tokens{};
  std::optional<std::vector<int32_t>> types{};
  std::optional<std::vector<float>> scores{};
  std::optional<std::vector<std::string>> merges{};
  std::vector<std::pair<std::string, uint32_t>> numbers{};  // "bos_token_id": 1
  std::vector<std::pair<std::string, bool>> flags{};        // "add_space_prefix": false

  void add(std::string entry, int32_t type, float score = 0) {
    tokens.push_back(std::move(entry));
    if (!types) types.emplace();
    types->push_back(type);
    if (scores) scores->push_back(score);
  }

  std::string gguf() const {
    GgufWriter writer;
    writer.add_string("tokenizer.ggml.model", model);
    writer.add_string("tokenizer.ggml.pre", pre);
    writer.add_strings("tokenizer.ggml.tokens", tokens);
    if (types) writer.add_ints("tokenizer.ggml.token_type", *types);
    if (scores) writer.add_floats("tokenizer.ggml.scores", *scores);
    if (merges) writer.add_strings("tokenizer.ggml.merges", *merges);
    for (const auto& [key, value] : numbers) writer.add_uint32("tokenizer.ggml." + key, value);
    for (const auto& [key, value] : flags) writer.add_bool("tokenizer.ggml." + key, value);
    std::ostringstream out;
    if (!writer.begin(out) || !writer.finish()) return {};
    return out.str();
  }

  Result<Tokenizer> load() const {
    const std::string bytes = gguf();
    const GgufFile file = TRY(GgufFile::parse(std::as_bytes(std::span(bytes))));
    return Tokenizer::load(file);
  }
};

// The 256 byte tokens, "ab", "abc", and three special tokens: 0 <s> control, 1 <u> user-defined, 2 <|im_end|> control.
inline TestVocabulary small_spm_vocabulary() {
  TestVocabulary vocabulary{.model = "llama", .pre = "default"};
  vocabulary.scores.emplace();
  vocabulary.add("<s>", 3);
  vocabulary.add("<u>", 4);
  vocabulary.add("<|im_end|>", 3);
  constexpr char kHex[] = "0123456789ABCDEF";
  for (size_t byte = 0; byte < 256; ++byte) {
    vocabulary.add({'<', '0', 'x', kHex[byte >> 4], kHex[byte & 15], '>'}, 6);
  }
  for (const char* entry : {"a", "b", "c", "<", "s", ">", "\xE2\x96\x81"}) vocabulary.add(entry, 1, -9);
  vocabulary.add("ab", 1, -1);
  vocabulary.add("abc", 1, -2);
  vocabulary.add("<s", 1, -3);
  vocabulary.numbers = {{"bos_token_id", 0}, {"eos_token_id", 0}};
  return vocabulary;
}

// All letters of the alphabet as byte tokens, "ab" and "abc" by merges, and two special tokens: <|im_end|> control, <u>
// user-defined.
inline TestVocabulary small_bpe_vocabulary() {
  TestVocabulary vocabulary;
  for (char c = '!'; c <= '~'; ++c) vocabulary.add(std::string(1, c), 1);
  vocabulary.add("\xC4\xA0", 1);  // how a blank is spelt
  vocabulary.add("ab", 1);
  vocabulary.add("abc", 1);
  vocabulary.add("<|im_end|>", 3);
  vocabulary.add("<u>", 4);
  vocabulary.merges = {"a b", "ab c"};
  return vocabulary;
}

// BERT's special tokens, of which only [UNK] may come out of untrusted text, and some words.
inline TestVocabulary small_wordpiece_vocabulary() {
  TestVocabulary vocabulary;
  vocabulary.model = "bert";
  for (const char* entry : {"[PAD]", "[CLS]", "[SEP]", "[MASK]"}) vocabulary.add(entry, 3);
  vocabulary.add("[UNK]", 2);
  for (const char* entry : {"the", "quick", "caf", "end", "!", "1"}) {
    vocabulary.add(std::string("\xE2\x96\x81") + entry, 1);
    vocabulary.add(entry, 1);
  }
  return vocabulary;
}

// A real model of the folder that ./check fetches.
inline Result<std::filesystem::path> find_test_model(const char* name) {
  if (const auto folder = process_environment("FAVILLA_TEST_MODELS")) return std::filesystem::path(*folder) / name;
  return Error{ErrorKind::kNotFound, "FAVILLA_TEST_MODELS must name the folder with the test models; ./check sets it"};
}

inline Result<Tokenizer> load_tokenizer(const std::filesystem::path& path) {
  const GgufFile file = TRY(GgufFile::open(path));
  return Tokenizer::load(file);
}

}  // namespace favilla
