// libFuzzer target: arbitrary bytes as a LoRA adapter of a tiny model. What is accepted changes one short pass.
#include <cstdint>
#include <filesystem>
#include <span>
#include <sstream>
#include <vector>

#include "generate/generate.h"
#include "model/gguf_writer.h"

namespace favilla {
namespace {

constexpr int64_t kWidth = 64, kInner = 96, kVocabulary = 40;

// A llama of one layer whose weights are all zero but its norms: enough for an adapter to change.
std::string tiny_model() {
  GgufWriter writer;
  writer.add_string("general.architecture", "llama");
  writer.add_uint32("llama.block_count", 1);
  writer.add_uint32("llama.embedding_length", kWidth);
  writer.add_uint32("llama.attention.head_count", 2);
  writer.add_uint32("llama.feed_forward_length", kInner);
  writer.add_uint32("llama.context_length", 64);
  struct Tensor {
    const char* name;
    std::vector<int64_t> shape;
  };
  const std::vector<Tensor> tensors = {
      {"token_embd.weight", {kWidth, kVocabulary}},   {"output_norm.weight", {kWidth}},
      {"blk.0.attn_norm.weight", {kWidth}},           {"blk.0.attn_q.weight", {kWidth, kWidth}},
      {"blk.0.attn_k.weight", {kWidth, kWidth}},      {"blk.0.attn_v.weight", {kWidth, kWidth}},
      {"blk.0.attn_output.weight", {kWidth, kWidth}}, {"blk.0.ffn_norm.weight", {kWidth}},
      {"blk.0.ffn_gate.weight", {kWidth, kInner}},    {"blk.0.ffn_up.weight", {kWidth, kInner}},
      {"blk.0.ffn_down.weight", {kInner, kWidth}}};
  for (const Tensor& tensor : tensors) writer.add_tensor(tensor.name, DType::kF32, tensor.shape);
  std::ostringstream out;
  bool written = static_cast<bool>(writer.begin(out));
  for (const Tensor& tensor : tensors) {
    const auto count = static_cast<size_t>(tensor.shape[0] * (tensor.shape.size() > 1 ? tensor.shape[1] : 1));
    const std::vector<float> values(count, tensor.shape.size() > 1 ? 0.01F : 1.0F);
    written = written && writer.write_tensor(std::as_bytes(std::span(values)));
  }
  return written && writer.finish() ? out.str() : "";
}

void run_one(std::span<const std::byte> bytes) {
  const auto file = GgufFile::parse(bytes);
  if (!file) return;
  const std::string model = tiny_model();
  Engine engine = Engine::load(GgufFile::parse(std::as_bytes(std::span(model))).value(), {.threads = 1}).value();
  auto adapter = engine.load_adapter(*file);
  if (!adapter) return;
  auto session = engine.new_session({.context_tokens = 16, .adapter = *std::move(adapter)});
  const std::vector<TokenId> ids{1, 2, 3, 4, 5, 6};
  if (session) static_cast<void>(session->prefill(ids));
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  favilla::run_one(std::as_bytes(std::span(data, size)));
  return 0;
}
