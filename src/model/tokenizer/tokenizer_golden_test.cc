// The golden files of tests/golden/tokenizer: every text gets the ids that independent tokenizers gave it.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "model/gguf.h"
#include "model/tokenizer/test_vocabulary.h"
#include "model/tokenizer/tokenizer.h"

namespace favilla {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/tokenizer";

// MiniLM comes with tokenizer.json; its vocabulary as a GGUF file spells it.
Result<Tokenizer> load_minilm() {
  const std::filesystem::path path = TRY(find_test_model("minilm/tokenizer.json"));
  const std::string text = TRY(read_file(path));
  const Json json = TRY(parse_json(text));
  const Json& entries = json["model"]["vocab"];
  TestVocabulary vocabulary{.model = "bert"};
  vocabulary.tokens.resize(entries.size());
  vocabulary.types.emplace(entries.size(), 1);
  for (const auto& [entry, id] : entries.items()) {
    const bool special = entry.starts_with('[') && entry.ends_with(']') && entry.size() > 2;
    const bool continues = entry.starts_with("##") && entry.size() > 2;
    vocabulary.tokens[id.get<size_t>()] = special ? entry : continues ? entry.substr(2) : "\xE2\x96\x81" + entry;
  }
  for (const Json& token : json["added_tokens"]) (*vocabulary.types)[token["id"].get<size_t>()] = 3;
  return vocabulary.load();
}

Result<Tokenizer> load_named(const std::string& name) {
  if (name == "wordpiece") return load_minilm();
  std::filesystem::path path = kGolden / (name + ".gguf");
  if (name == "smollm") path = TRY(find_test_model("SmolLM2-135M-Instruct.Q4_1.gguf"));
  if (name == "gemma") path = TRY(find_test_model("gemma-3-270m-Q4_K_M.gguf"));
  return load_tokenizer(path);
}

std::string bytes_of(const Json& line) {
  if (line.contains("text")) return line["text"].get<std::string>();
  const std::string hex = line["hex"].get<std::string>();
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, every_text_gets_the_ids_of_the_reference) {
  const std::string name = GetParam();
  const Result<Tokenizer> tokenizer = load_named(name);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const Result<std::string> lines = read_file(kGolden / (name + ".jsonl"));
  ASSERT_TRUE(lines) << lines.error().message;

  std::istringstream stream(*lines);
  int texts = 0;
  for (std::string text_line; std::getline(stream, text_line); ++texts) {
    const Result<Json> line = parse_json(text_line);
    ASSERT_TRUE(line) << line.error().message;
    const ControlTokens control = line->contains("parse") ? ControlTokens::kParse : ControlTokens::kAsText;
    const std::vector<TokenId> ids = tokenizer->encode(bytes_of(*line), control);
    EXPECT_EQ(ids, (*line)["ids"].get<std::vector<TokenId>>()) << name << " line " << texts + 1 << ": " << text_line;
  }
  EXPECT_GE(texts, 1000);
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, Golden,
                         testing::Values("smollm", "gpt-2", "qwen2", "llama-bpe", "gemma", "llama-2", "wordpiece"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace favilla
