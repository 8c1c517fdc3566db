// qwen2: Qwen2 and Qwen2.5.
//
//   x = embedding
//   per layer:  x += out(attention(rope(q), rope(k), v))   with q, k, v from rms_norm(x)
//               x += down(silu(gate(h)) * up(h))           with h = rms_norm(x)
//   logits = head(rms_norm(x))                             head = embedding when the file has no output.weight
//
// What marks it: biases on q, k and v; rope turns halves. Source: Qwen2 technical report (arXiv 2407.10671).
#include <cmath>

#include "model/arch/weights.h"
#include "model/arch/workspace.h"

namespace favilla {
namespace {

struct Layer {
  std::vector<float> attention_norm;     // [D]
  Matrix q;                              // [H * Dh, D]
  Matrix k, v;                           // [KV * Dh, D]
  std::vector<float> q_bias;             // [H * Dh]
  std::vector<float> k_bias, v_bias;     // [KV * Dh]
  Matrix out;                            // [D, H * Dh]
  std::vector<float> feed_forward_norm;  // [D]
  Matrix gate, up;                       // [F, D]
  Matrix down;                           // [D, F]
};

class Qwen2 final : public Architecture {
 public:
  explicit Qwen2(const ModelShape& shape) : Architecture(shape), layers_(static_cast<size_t>(shape.layers)) {}

  Result<void> read(const GgufFile& file) {
    const WeightReader reader(file);
    const int64_t d = shape_.embedding, f = shape_.feed_forward;
    const int64_t qd = int64_t{shape_.heads} * shape_.head_dim, kvd = int64_t{shape_.kv_heads} * shape_.head_dim;
    embedding_ = TRY(reader.matrix("token_embd.weight", shape_.vocabulary, d));
    head_ = TRY(reader.head(shape_));
    output_norm_ = TRY(reader.vector("output_norm.weight", d));
    frequencies_ = TRY(read_rope_frequencies(reader, file, shape_));
    for (int i = 0; i < shape_.layers; ++i) {
      Layer& layer = layers_[static_cast<size_t>(i)];
      layer.attention_norm = TRY(reader.vector(layer_tensor(i, "attn_norm.weight"), d));
      layer.q = TRY(reader.matrix(layer_tensor(i, "attn_q.weight"), qd, d));
      layer.k = TRY(reader.matrix(layer_tensor(i, "attn_k.weight"), kvd, d));
      layer.v = TRY(reader.matrix(layer_tensor(i, "attn_v.weight"), kvd, d));
      layer.q_bias = TRY(reader.vector(layer_tensor(i, "attn_q.bias"), qd));
      layer.k_bias = TRY(reader.vector(layer_tensor(i, "attn_k.bias"), kvd));
      layer.v_bias = TRY(reader.vector(layer_tensor(i, "attn_v.bias"), kvd));
      layer.out = TRY(reader.matrix(layer_tensor(i, "attn_output.weight"), d, qd));
      layer.feed_forward_norm = TRY(reader.vector(layer_tensor(i, "ffn_norm.weight"), d));
      layer.gate = TRY(reader.matrix(layer_tensor(i, "ffn_gate.weight"), f, d));
      layer.up = TRY(reader.matrix(layer_tensor(i, "ffn_up.weight"), f, d));
      layer.down = TRY(reader.matrix(layer_tensor(i, "ffn_down.weight"), d, f));
    }
    return {};
  }

  std::vector<std::vector<Matrix*>> weight_groups() override {
    std::vector<std::vector<Matrix*>> groups;
    for (Layer& l : layers_) groups.push_back({&l.q, &l.k, &l.v, &l.out, &l.gate, &l.up, &l.down});
    groups.push_back({&head_});
    return groups;
  }

  PassOutcome forward(TeamMember member, const Batch& batch, Workspace& w) const override {
    const float epsilon = shape_.norm_epsilon;
    const Range all{0, batch.tokens()};
    const AttentionOptions attention{.scale = 1.0F / std::sqrt(static_cast<float>(shape_.head_dim))};
    w.embed(member, batch, embedding_, 1.0F);
    w.prepare_rope(member, batch, 0, frequencies_);
    for (int i = 0; i < shape_.layers; ++i) {
      if (const auto outcome = w.begin_layer(member, i)) return *outcome;
      const Layer& layer = layers_[static_cast<size_t>(i)];
      const Range wanted = i + 1 < shape_.layers ? all : batch.wanted();
      const Activations& input = w.norm(member, layer.attention_norm, epsilon, all);
      w.project(member, input,
                {{&layer.q, &layer.q_bias, w.q()}, {&layer.k, &layer.k_bias, w.k()}, {&layer.v, &layer.v_bias, w.v()}},
                all);
      w.rope_and_store(member, batch, {i, 0, RopePairs::kHalves, nullptr, nullptr, epsilon});
      w.attend(member, batch, i, attention, wanted);
      w.project_to_residual(member, w.attended(), layer.out, wanted);
      const Activations& inner = w.norm(member, layer.feed_forward_norm, epsilon, wanted);
      w.gated_feed_forward(member, inner, layer.gate, layer.up, Gate::kSilu, wanted);
      w.project_to_residual(member, w.gated(), layer.down, wanted);
    }
    if (const auto outcome = w.begin_layer(member, shape_.layers)) return *outcome;
    w.logits(member, batch, output_norm_, epsilon, head_);
    return PassOutcome::kFinished;
  }

 private:
  Matrix embedding_;                // [V, D]
  Matrix head_;                     // [V, D]
  std::vector<float> output_norm_;  // [D]
  std::vector<float> frequencies_;  // [Dh / 2]
  std::vector<Layer> layers_;
};

}  // namespace

Result<std::unique_ptr<Architecture>> load_qwen2(const GgufFile& file) {
  auto model = std::make_unique<Qwen2>(TRY(WeightReader(file).shape()));
  TRY(model->read(file));
  return std::unique_ptr<Architecture>(std::move(model));
}

}  // namespace favilla
