// The importer on a tiny made-up folder, on folders with one thing wrong, and on the real MiniLM.
#include "model/import/sentence_transformer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "base/file.h"
#include "base/json.h"
#include "base/paths.h"
#include "model/gguf.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint32_t kUnusedToken = 5;

// A BERT of one layer, D = 4, F = 8, V = 8, whose weights count up from 0 in the order of the file.
class ImportFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("favilla_import_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "1_Pooling");
    config_ = Json::parse(R"({"model_type":"bert","hidden_act":"gelu","hidden_size":4,"num_hidden_layers":1,
      "num_attention_heads":2,"intermediate_size":8,"max_position_embeddings":6,"vocab_size":8,"type_vocab_size":2,
      "layer_norm_eps":1e-12})");
    pooling_ = Json::parse(R"({"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true})");
    tokenizer_ = Json::parse(R"({"normalizer":{"type":"BertNormalizer","lowercase":true,"strip_accents":null},
      "added_tokens":[{"id":0,"content":"[PAD]","special":true},{"id":1,"content":"[UNK]","special":true},
                      {"id":2,"content":"[CLS]","special":true},{"id":3,"content":"[SEP]","special":true}],
      "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
        "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"play":4,"##ing":5,"#":6}}})");
    const auto add = [this](const std::string& name, std::vector<int64_t> shape) { shapes_.push_back({name, shape}); };
    add("embeddings.word_embeddings.weight", {8, 4});
    add("embeddings.position_embeddings.weight", {6, 4});
    add("embeddings.token_type_embeddings.weight", {2, 4});
    add("embeddings.position_ids", {1, 6});
    const auto add_linear = [&](const std::string& name, int64_t rows, int64_t columns) {
      add(name + ".weight", {rows, columns});
      add(name + ".bias", {rows});
    };
    const auto add_norm = [&](const std::string& name) {
      add(name + ".weight", {4});
      add(name + ".bias", {4});
    };
    add_norm("embeddings.LayerNorm");
    const std::string layer = "encoder.layer.0.";
    for (const char* part : {"query", "key", "value"}) add_linear(layer + "attention.self." + part, 4, 4);
    add_linear(layer + "attention.output.dense", 4, 4);
    add_norm(layer + "attention.output.LayerNorm");
    add_linear(layer + "intermediate.dense", 8, 4);
    add_linear(layer + "output.dense", 4, 8);
    add_norm(layer + "output.LayerNorm");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write_weights() const {
    Json header;
    std::string data;
    float next = 0;
    for (const auto& [name, shape] : shapes_) {
      const size_t begin = data.size();
      int64_t elements = 1;
      for (const int64_t length : shape) elements *= length;
      for (int64_t i = 0; i < elements; ++i, ++next) append_weight(data, next);
      header[name] = {{"dtype", dtype_}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
    }
    const std::string text = header.dump();
    const uint64_t header_bytes = text.size();
    std::ofstream out(folder_ / "model.safetensors", std::ios::binary);
    out << text_of(std::as_bytes(std::span(&header_bytes, 1))) << text << data;
  }

  void append_weight(std::string& data, float value) const {
    if (dtype_ == "F32") {
      data += text_of(std::as_bytes(std::span(&value, 1)));
    } else {
      const uint16_t half = dtype_ == "F16" ? float_to_half(value) : upper_half(value);
      data += text_of(std::as_bytes(std::span(&half, 1)));
    }
  }

  static uint16_t upper_half(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return static_cast<uint16_t>(bits >> 16);
  }

  void write_json(const char* name, const Json& json) const { std::ofstream(folder_ / name) << json.dump(); }

  std::filesystem::path target() const { return folder_ / "out.gguf"; }

  Result<void> import(DType matrices = DType::kF32) const {
    write_json("config.json", config_);
    write_json("1_Pooling/config.json", pooling_);
    write_json("tokenizer.json", tokenizer_);
    write_weights();
    return import_sentence_transformer(folder_, target(), {.matrices = matrices});
  }

  void expect_refused(ErrorKind kind, const std::string& sentence) const {
    const Result<void> result = import();
    ASSERT_FALSE(result) << "expected: " << sentence;
    EXPECT_EQ(result.error().kind, kind);
    EXPECT_THAT(result.error().message, HasSubstr(sentence));
    EXPECT_FALSE(std::filesystem::exists(target()));
  }

  static std::vector<float> values_of(const GgufFile& file, std::string_view name) {
    const GgufTensor* tensor = file.find_tensor(name);
    EXPECT_NE(tensor, nullptr) << name;
    std::vector<float> values(static_cast<size_t>(tensor->elements()));
    dequantize(tensor->type, tensor->data.data(), values.data(), values.size());
    return values;
  }

  std::filesystem::path folder_;
  Json config_, pooling_, tokenizer_;
  std::vector<std::pair<std::string, std::vector<int64_t>>> shapes_;
  std::string dtype_ = "F32";
};

TEST_F(ImportFolder, a_folder_becomes_a_bert_file) {
  const Result<void> result = import();
  ASSERT_TRUE(result) << result.error().message;
  const Result<GgufFile> file = GgufFile::open(target());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->find_string("general.architecture"), "bert");
  EXPECT_EQ(file->find_uint("bert.block_count"), 1u);
  EXPECT_EQ(file->find_uint("bert.context_length"), 6u);
  EXPECT_EQ(file->find_uint("bert.pooling_type"), 1u);
  EXPECT_EQ(file->find_bool("bert.attention.causal"), false);
  EXPECT_FLOAT_EQ(static_cast<float>(file->find_float("bert.attention.layer_norm_epsilon").value()), 1e-12F);
  EXPECT_TRUE(file->require_tensor("token_embd.weight", {4, 8}));
  EXPECT_TRUE(file->require_tensor("blk.0.ffn_down.weight", {8, 4}));
  EXPECT_THAT(values_of(*file, "token_types.weight"), ElementsAre(56, 57, 58, 59, 60, 61, 62, 63));
  EXPECT_EQ(file->find_tensor("embeddings.position_ids"), nullptr);
}

TEST_F(ImportFolder, word_starts_are_marked_and_continuations_lose_their_prefix) {
  ASSERT_TRUE(import());
  const GgufFile file = GgufFile::open(target()).value();
  const GgufStrings* tokens = file.find_strings("tokenizer.ggml.tokens");
  ASSERT_NE(tokens, nullptr);
  ASSERT_EQ(tokens->size(), 8u);
  EXPECT_EQ((*tokens)[2], "[CLS]");
  EXPECT_EQ((*tokens)[4], "\xE2\x96\x81play");
  EXPECT_EQ((*tokens)[5], "ing");
  EXPECT_EQ((*tokens)[6], "\xE2\x96\x81#");
  EXPECT_THAT(file.find_ints("tokenizer.ggml.token_type"), ElementsAre(3, 3, 3, 3, 1, 1, 1, kUnusedToken));
  EXPECT_EQ(file.find_uint("tokenizer.ggml.unknown_token_id"), 1u);
  EXPECT_EQ(file.find_uint("tokenizer.ggml.cls_token_id"), 2u);
  EXPECT_EQ(file.find_uint("tokenizer.ggml.seperator_token_id"), 3u);
  EXPECT_EQ(file.find_uint("tokenizer.ggml.padding_token_id"), 0u);
  EXPECT_EQ(file.find_uint("tokenizer.ggml.mask_token_id"), std::nullopt);
}

TEST_F(ImportFolder, checkpoints_in_half_precision_give_the_same_weights) {
  for (const char* dtype : {"F16", "BF16"}) {
    dtype_ = dtype;
    ASSERT_TRUE(import());
    const GgufFile file = GgufFile::open(target()).value();
    EXPECT_EQ(file.find_tensor("token_types.weight")->type, DType::kF32);
    EXPECT_THAT(values_of(file, "token_types.weight"), ElementsAre(56, 57, 58, 59, 60, 61, 62, 63)) << dtype;
  }
}

TEST_F(ImportFolder, only_matrices_are_written_as_halves_when_asked) {
  ASSERT_TRUE(import(DType::kF16));
  const GgufFile file = GgufFile::open(target()).value();
  EXPECT_EQ(file.find_tensor("token_embd.weight")->type, DType::kF16);
  EXPECT_EQ(file.find_tensor("blk.0.attn_q.weight")->type, DType::kF16);
  EXPECT_EQ(file.find_tensor("blk.0.attn_q.bias")->type, DType::kF32);
  EXPECT_EQ(file.find_tensor("position_embd.weight")->type, DType::kF32);
  EXPECT_EQ(values_of(file, "token_embd.weight")[31], 31.0F);
}

TEST_F(ImportFolder, matrices_become_eight_bits_where_their_rows_allow_it) {
  config_["intermediate_size"] = 32;
  for (auto& [name, shape] : shapes_) std::replace(shape.begin(), shape.end(), int64_t{8}, int64_t{32});
  shapes_[0].second[0] = 8;  // words
  ASSERT_TRUE(import(DType::kQ8_0));
  const GgufFile file = GgufFile::open(target()).value();
  EXPECT_EQ(file.find_uint("general.file_type"), 7u);
  EXPECT_EQ(file.find_tensor("token_embd.weight")->type, DType::kF16);
  EXPECT_EQ(file.find_tensor("blk.0.ffn_up.weight")->type, DType::kF16);
  EXPECT_EQ(file.find_tensor("blk.0.ffn_down.weight")->type, DType::kQ8_0);
  EXPECT_EQ(file.find_tensor("blk.0.ffn_down.bias")->type, DType::kF32);
  const std::vector<float> rounded = values_of(file, "blk.0.ffn_down.weight");
  ASSERT_TRUE(import(DType::kF32));
  const std::vector<float> exact = values_of(GgufFile::open(target()).value(), "blk.0.ffn_down.weight");
  ASSERT_EQ(rounded.size(), exact.size());
  for (size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(rounded[i], exact[i], 0.005F * exact.back()) << i;
}

TEST_F(ImportFolder, checkpoints_with_a_task_head_have_a_prefix) {
  for (auto& [name, shape] : shapes_) name = "bert." + name;
  EXPECT_TRUE(import());
}

TEST_F(ImportFolder, cls_pooling_is_carried_over) {
  pooling_ = Json::parse(R"({"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false})");
  ASSERT_TRUE(import());
  EXPECT_EQ(GgufFile::open(target())->find_uint("bert.pooling_type"), 2u);
}

TEST_F(ImportFolder, what_would_embed_wrongly_is_refused_by_name) {
  const auto refused_with = [this](const char* key, const Json& value, const char* sentence) {
    const Json before = config_;
    config_[key] = value;
    expect_refused(ErrorKind::kUnsupported, sentence);
    config_ = before;
  };
  refused_with("model_type", "mpnet", "model_type is \"mpnet\"; only bert is supported");
  refused_with("hidden_act", "relu", "hidden_act is \"relu\"");
  refused_with("position_embedding_type", "relative_key", "position_embedding_type");
  pooling_["pooling_mode_max_tokens"] = true;
  expect_refused(ErrorKind::kUnsupported, "pooling_mode_max_tokens is not supported");
}

TEST_F(ImportFolder, two_poolings_or_none_are_refused) {
  pooling_["pooling_mode_cls_token"] = true;
  expect_refused(ErrorKind::kUnsupported, "exactly one of mean and cls");
  pooling_ = Json::object();
  expect_refused(ErrorKind::kUnsupported, "exactly one of mean and cls");
}

TEST_F(ImportFolder, a_dense_layer_after_the_pooling_is_refused) {
  write_json("modules.json", Json::parse(R"([{"type":"sentence_transformers.models.Transformer"},
                                             {"type":"sentence_transformers.models.Dense"}])"));
  expect_refused(ErrorKind::kUnsupported, "the module \"sentence_transformers.models.Dense\" is not supported");
}

TEST_F(ImportFolder, other_tokenizers_are_refused) {
  const Json uncased = tokenizer_;
  tokenizer_["normalizer"]["lowercase"] = false;
  expect_refused(ErrorKind::kUnsupported, "the tokenizer is cased");
  tokenizer_ = uncased;
  tokenizer_["model"]["type"] = "Unigram";
  expect_refused(ErrorKind::kUnsupported, "the tokenizer is \"Unigram\", not WordPiece");
  tokenizer_ = uncased;
  tokenizer_["normalizer"]["strip_accents"] = false;
  expect_refused(ErrorKind::kUnsupported, "keeps accents");
}

TEST_F(ImportFolder, vocabularies_that_contradict_themselves_are_refused) {
  const Json good = tokenizer_;
  tokenizer_["model"]["vocab"]["more"] = 8;
  expect_refused(ErrorKind::kCorrupt, "token \"more\" has the id 8, but there are 8 embeddings");
  tokenizer_["model"]["vocab"]["more"] = 4;
  expect_refused(ErrorKind::kCorrupt, "the id 4 belongs to two tokens");
  tokenizer_["model"]["vocab"]["more"] = "x";
  expect_refused(ErrorKind::kCorrupt, "is no number");
  tokenizer_ = good;
  tokenizer_["added_tokens"].erase(2);
  expect_refused(ErrorKind::kCorrupt, "the special token \"[CLS]\" is missing");
}

TEST_F(ImportFolder, configurations_that_contradict_themselves_are_refused) {
  config_["num_attention_heads"] = 3;
  expect_refused(ErrorKind::kCorrupt, "hidden_size 4 is not a multiple of 3 heads");
  config_["num_attention_heads"] = 0;
  expect_refused(ErrorKind::kCorrupt, "\"num_attention_heads\" is 0");
  config_["num_attention_heads"] = 1e300;
  expect_refused(ErrorKind::kCorrupt, "is not a whole number");
  config_["num_attention_heads"] = uint64_t{1} << 60;
  expect_refused(ErrorKind::kCorrupt, "more than 1048576");
}

TEST_F(ImportFolder, weights_that_do_not_fit_the_configuration_are_refused) {
  config_["intermediate_size"] = 16;
  expect_refused(ErrorKind::kCorrupt, "has the shape [8, 4], but the configuration asks for [16, 4]");
  config_["intermediate_size"] = 8;
  config_["num_hidden_layers"] = 2;
  expect_refused(ErrorKind::kCorrupt, "the weights lack the tensor encoder.layer.1.attention.self.query.weight");
}

TEST_F(ImportFolder, a_missing_file_is_named) {
  ASSERT_TRUE(import());
  for (const char* name : {"config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"}) {
    std::filesystem::rename(folder_ / name, folder_ / "hidden");
    const Result<void> result = import_sentence_transformer(folder_, target());
    EXPECT_EQ(result.error().kind, ErrorKind::kNotFound);
    EXPECT_THAT(result.error().message, HasSubstr(name));
    std::filesystem::rename(folder_ / "hidden", folder_ / name);
  }
}

TEST_F(ImportFolder, a_target_that_cannot_be_written_leaves_nothing_behind) {
  ASSERT_TRUE(import());
  EXPECT_FALSE(import_sentence_transformer(folder_, folder_ / "no" / "such" / "folder.gguf"));
  std::filesystem::create_directory(folder_ / "taken");
  std::ofstream(folder_ / "taken" / "file") << "x";
  EXPECT_FALSE(import_sentence_transformer(folder_, folder_ / "taken"));
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_NE(entry.path().extension(), ".partial") << entry.path();
  }
}

TEST(ImportMiniLm, the_real_model_keeps_its_weights_and_words) {
  const std::optional<std::string> models = process_environment("FAVILLA_TEST_MODELS");
  ASSERT_TRUE(models) << "FAVILLA_TEST_MODELS must name the folder with the test models; ./check sets it";
  const std::filesystem::path folder = std::filesystem::path(*models) / "minilm";
  const std::filesystem::path target =
      std::filesystem::path(testing::TempDir()) / ("favilla_minilm_" + std::to_string(::getpid()) + ".gguf");
  const Result<void> result = import_sentence_transformer(folder, target);
  ASSERT_TRUE(result) << result.error().message;
  {
    const GgufFile file = GgufFile::open(target).value();
    EXPECT_EQ(file.tensors().size(), 101u);
    EXPECT_EQ(file.find_uint("bert.pooling_type"), 1u);
    const GgufStrings& tokens = *file.find_strings("tokenizer.ggml.tokens");
    EXPECT_EQ(tokens.size(), 30522u);
    EXPECT_EQ(tokens[101], "[CLS]");
    EXPECT_EQ(tokens[1996], "\xE2\x96\x81the");
    EXPECT_EQ(tokens[2075], "ing");
    // The first weight of the checkpoint's word embeddings, as numpy prints it.
    float first;
    std::memcpy(&first, file.find_tensor("token_embd.weight")->data.data(), sizeof first);
    EXPECT_FLOAT_EQ(first, -0.0199890137F);
  }
  std::filesystem::remove(target);
}

}  // namespace
}  // namespace favilla
