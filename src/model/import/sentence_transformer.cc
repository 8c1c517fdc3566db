// The importer: read and check everything first, then write metadata and stream one tensor after the other, so that the
// memory it needs is one matrix.
#include "model/import/sentence_transformer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "model/gguf_writer.h"
#include "model/import/bert_config.h"
#include "model/import/bert_vocabulary.h"
#include "model/import/safetensors.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

constexpr size_t kMaxTokenizerBytes = size_t{32} << 20;

// Values of general.file_type.
constexpr uint32_t kFileTypeF32 = 0;
constexpr uint32_t kFileTypeF16 = 1;
constexpr uint32_t kFileTypeQ8_0 = 7;

// One tensor of the GGUF file and where it comes from.
struct PlannedTensor {
  const SafetensorsTensor* source;
  DType source_type;
  std::string name;
  DType type;
  std::vector<int64_t> shape;  // row length first
};

// Looks tensors up by their name in the checkpoint and checks their shapes.
class Plan {
 public:
  Plan(const SafetensorsFile& weights, DType matrix_type) : weights_(weights), matrix_type_(matrix_type) {
    // Checkpoints saved with a task head have the encoder's tensors under "bert.".
    if (weights.find("bert.embeddings.word_embeddings.weight") != nullptr) prefix_ = "bert.";
  }

  // [columns, rows], as weights for multiplication.
  Result<void> matrix(const std::string& source, const std::string& name, int64_t columns, int64_t rows) {
    const bool fits = matrix_type_ != DType::kQ8_0 || columns % dtype_info(DType::kQ8_0).block_elements == 0;
    return add(source + ".weight", name + ".weight", fits ? matrix_type_ : DType::kF16, {columns, rows});
  }
  // [columns, rows], small and added to activations: never rounded.
  Result<void> table(const std::string& source, const std::string& name, int64_t columns, int64_t rows) {
    return add(source + ".weight", name + ".weight", DType::kF32, {columns, rows});
  }
  Result<void> matrix_and_bias(const std::string& source, const std::string& name, int64_t columns, int64_t rows) {
    TRY(matrix(source, name, columns, rows));
    return add(source + ".bias", name + ".bias", DType::kF32, {rows});
  }
  Result<void> norm(const std::string& source, const std::string& name, int64_t length) {
    TRY(add(source + ".weight", name + ".weight", DType::kF32, {length}));
    return add(source + ".bias", name + ".bias", DType::kF32, {length});
  }

  const std::vector<PlannedTensor>& tensors() const { return tensors_; }

 private:
  Result<void> add(const std::string& source, const std::string& name, DType type, std::vector<int64_t> shape);

  const SafetensorsFile& weights_;
  DType matrix_type_;
  std::string prefix_;
  std::vector<PlannedTensor> tensors_;
};

std::optional<DType> float_type(std::string_view dtype) {
  if (dtype == "F32") return DType::kF32;
  if (dtype == "F16") return DType::kF16;
  if (dtype == "BF16") return DType::kBF16;
  return std::nullopt;
}

Result<void> Plan::add(const std::string& source, const std::string& name, DType type, std::vector<int64_t> shape) {
  const SafetensorsTensor* tensor = weights_.find(prefix_ + source);
  if (tensor == nullptr) return Error{ErrorKind::kCorrupt, fmt::format("the weights lack the tensor {}", source)};
  const std::optional<DType> source_type = float_type(tensor->dtype);
  if (!source_type) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("tensor {} has the type {}, not F32, F16 or BF16", source, quoted_name(tensor->dtype))};
  }
  // The same bytes, but the checkpoint names the outermost dimension first.
  const std::vector<int64_t> expected(shape.rbegin(), shape.rend());
  if (tensor->shape != expected) {
    return Error{ErrorKind::kCorrupt, fmt::format("tensor {} has the shape [{}], but the configuration asks for [{}]",
                                                  source, fmt::join(tensor->shape, ", "), fmt::join(expected, ", "))};
  }
  tensors_.push_back({tensor, *source_type, name, type, std::move(shape)});
  return {};
}

// In the order in which the encoder uses them, which is the order on the disk: reading a model once is sequential.
Result<void> plan_encoder(const BertConfig& config, Plan& plan) {
  const int64_t d = config.embedding;
  const int64_t f = config.feed_forward;
  TRY(plan.matrix("embeddings.word_embeddings", "token_embd", d, config.vocabulary));
  TRY(plan.table("embeddings.position_embeddings", "position_embd", d, config.positions));
  TRY(plan.table("embeddings.token_type_embeddings", "token_types", d, config.token_types));
  TRY(plan.norm("embeddings.LayerNorm", "token_embd_norm", d));
  for (uint32_t i = 0; i < config.layers; ++i) {
    const std::string from = fmt::format("encoder.layer.{}.", i);
    const std::string to = fmt::format("blk.{}.", i);
    TRY(plan.matrix_and_bias(from + "attention.self.query", to + "attn_q", d, d));
    TRY(plan.matrix_and_bias(from + "attention.self.key", to + "attn_k", d, d));
    TRY(plan.matrix_and_bias(from + "attention.self.value", to + "attn_v", d, d));
    TRY(plan.matrix_and_bias(from + "attention.output.dense", to + "attn_output", d, d));
    TRY(plan.norm(from + "attention.output.LayerNorm", to + "attn_output_norm", d));
    TRY(plan.matrix_and_bias(from + "intermediate.dense", to + "ffn_up", d, f));
    TRY(plan.matrix_and_bias(from + "output.dense", to + "ffn_down", f, d));
    TRY(plan.norm(from + "output.LayerNorm", to + "layer_output_norm", d));
  }
  return {};
}

uint32_t file_type(DType matrices) {
  if (matrices == DType::kQ8_0) return kFileTypeQ8_0;
  return matrices == DType::kF16 ? kFileTypeF16 : kFileTypeF32;
}

// Keys as llama.cpp's converter writes them, so that its tools and ours read one file. Normalization of the pooled
// vector has no key: every reader of the architecture does it.
void add_metadata(const BertConfig& config, const BertVocabulary& vocabulary, std::string_view name, DType matrices,
                  GgufWriter& writer) {
  writer.add_string("general.architecture", "bert");
  writer.add_string("general.type", "model");
  writer.add_string("general.name", name);
  writer.add_uint32("general.file_type", file_type(matrices));
  writer.add_uint32("bert.block_count", config.layers);
  writer.add_uint32("bert.context_length", config.positions);
  writer.add_uint32("bert.embedding_length", config.embedding);
  writer.add_uint32("bert.feed_forward_length", config.feed_forward);
  writer.add_uint32("bert.attention.head_count", config.heads);
  writer.add_float32("bert.attention.layer_norm_epsilon", config.norm_epsilon);
  writer.add_bool("bert.attention.causal", false);
  writer.add_uint32("bert.pooling_type", static_cast<uint32_t>(config.pooling));
  writer.add_string("tokenizer.ggml.model", "bert");
  writer.add_uint32("tokenizer.ggml.token_type_count", config.token_types);
  writer.add_strings("tokenizer.ggml.tokens", vocabulary.tokens);
  writer.add_ints("tokenizer.ggml.token_type", vocabulary.types);
  writer.add_uint32("tokenizer.ggml.unknown_token_id", vocabulary.unknown);
  writer.add_uint32("tokenizer.ggml.seperator_token_id", vocabulary.separator);  // the format spells it so
  writer.add_uint32("tokenizer.ggml.cls_token_id", vocabulary.cls);
  if (vocabulary.padding) writer.add_uint32("tokenizer.ggml.padding_token_id", *vocabulary.padding);
  if (vocabulary.mask) writer.add_uint32("tokenizer.ggml.mask_token_id", *vocabulary.mask);
}

// Bytes pass unchanged where the types agree; otherwise the way is through floats, which hold every half exactly.
Result<void> write_weights(const PlannedTensor& tensor, GgufWriter& writer) {
  if (tensor.type == tensor.source_type) return writer.write_tensor(tensor.source->data);
  const size_t elements = tensor.source->data.size() / dtype_bytes(tensor.source_type, 1);
  std::vector<float> values(elements);
  dequantize(tensor.source_type, tensor.source->data.data(), values.data(), elements);
  if (tensor.type == DType::kF32) return writer.write_tensor(std::as_bytes(std::span(values)));
  if (tensor.type == DType::kQ8_0) {
    std::vector<std::byte> blocks(dtype_bytes(DType::kQ8_0, elements));
    quantize_q8_0(values.data(), static_cast<int64_t>(elements), blocks.data());
    return writer.write_tensor(blocks);
  }
  std::vector<uint16_t> halves(elements);
  for (size_t i = 0; i < elements; ++i) halves[i] = float_to_half(values[i]);
  return writer.write_tensor(std::as_bytes(std::span(halves)));
}

// fsync on a second descriptor flushes the file just as well, and streams do not show theirs.
Result<void> flush_to_disk(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno_error("cannot open", path, errno);
  const int failure = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  if (failure != 0) return errno_error("cannot flush", path, failure);
  return {};
}

Result<void> write_file(const std::filesystem::path& path, const Plan& plan, GgufWriter& writer) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!out) return errno_error("cannot write", path, errno);
  for (const PlannedTensor& tensor : plan.tensors()) writer.add_tensor(tensor.name, tensor.type, tensor.shape);
  TRY(writer.begin(out));
  for (const PlannedTensor& tensor : plan.tensors()) TRY(write_weights(tensor, writer));
  TRY(writer.finish());
  return flush_to_disk(path);
}

}  // namespace

Result<void> import_sentence_transformer(const std::filesystem::path& folder, const std::filesystem::path& target_gguf,
                                         const SentenceTransformerImport& options) {
  // Small files first: most folders that we cannot import say so in config.json.
  const BertConfig config = TRY(read_bert_config(folder));
  const std::filesystem::path tokenizer_path = folder / "tokenizer.json";
  const std::string tokenizer_json = TRY(read_file(tokenizer_path, kMaxTokenizerBytes));
  const BertVocabulary vocabulary =
      TRY(parse_bert_vocabulary(tokenizer_json, config.vocabulary).context(tokenizer_path.string()));
  const std::filesystem::path weights_path = folder / "model.safetensors";
  const SafetensorsFile weights = TRY(SafetensorsFile::open(weights_path));
  Plan plan(weights, options.matrices);
  TRY(plan_encoder(config, plan).context(weights_path.string()));

  GgufWriter writer;
  add_metadata(config, vocabulary, target_gguf.stem().string(), options.matrices, writer);
  // Beside the target, so that the rename stays on one file system; the process id keeps two importers apart.
  const std::filesystem::path partial = fmt::format("{}.{}.partial", target_gguf.string(), ::getpid());
  Result<void> written = write_file(partial, plan, writer).context(target_gguf.string());
  if (written && ::rename(partial.c_str(), target_gguf.c_str()) != 0) {
    written = errno_error("cannot replace", target_gguf, errno);
  }
  if (!written) ::unlink(partial.c_str());
  return written;
}

}  // namespace favilla
