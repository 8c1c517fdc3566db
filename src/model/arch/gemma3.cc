// gemma3: the text side of Gemma 3.
//
//   x = embedding * sqrt(D)
//   per layer:  x += norm(out(attention(rope(norm(q)), rope(norm(k)), v)))   with q, k, v from rms_norm(x)
//               x += norm(down(gelu(gate(h)) * up(h)))                       with h = rms_norm(x)
//   logits = head(rms_norm(x)), soft-capped when the file says so; head = embedding
//
// What marks it: norms before and after each sub-layer; five layers of six see only a sliding window and turn by a base
// of their own; norm weights are stored with the +1 already added. Source: Gemma 3 technical report (arXiv 2503.19786).
#include <cmath>

#include "model/arch/weights.h"
#include "model/arch/workspace.h"

namespace favilla {
namespace {

constexpr int64_t kDefaultPattern = 6;         // every sixth layer sees everything
constexpr double kDefaultLocalBase = 10000.0;  // of the sliding layers' rope
constexpr int kFullRope = 0, kLocalRope = 1;   // tables of the workspace
constexpr int kLayersOf27b = 62;               // the one model whose scores are scaled by D / H

struct Layer {
  std::vector<float> attention_norm, attention_post_norm;        // [D]
  Matrix q;                                                      // [H * Dh, D]
  Matrix k, v;                                                   // [KV * Dh, D]
  std::vector<float> q_norm, k_norm;                             // [Dh]
  Matrix out;                                                    // [D, H * Dh]
  std::vector<float> feed_forward_norm, feed_forward_post_norm;  // [D]
  Matrix gate, up;                                               // [F, D]
  Matrix down;                                                   // [D, F]
  bool sliding = false;
};

class Gemma3 final : public Architecture {
 public:
  explicit Gemma3(const ModelShape& shape) : Architecture(shape), layers_(static_cast<size_t>(shape.layers)) {}

  Result<void> read(const GgufFile& file) {
    const WeightReader reader(file);
    const int64_t d = shape_.embedding;
    embedding_ = TRY(reader.matrix("token_embd.weight", shape_.vocabulary, d));
    head_ = TRY(reader.head(shape_));
    output_norm_ = TRY(reader.vector("output_norm.weight", d));
    full_frequencies_ = TRY(read_rope_frequencies(reader, file, shape_));
    const double local_base = reader.find_float("rope.freq_base_swa").value_or(kDefaultLocalBase);
    local_frequencies_ = rope_frequencies(shape_.head_dim, local_base, {}, 1.0);
    window_ = static_cast<int64_t>(reader.find_uint("attention.sliding_window").value_or(0));
    logit_cap_ = static_cast<float>(reader.find_float("final_logit_softcapping").value_or(0));
    const int scaled_length = shape_.layers == kLayersOf27b ? shape_.embedding / shape_.heads : shape_.head_dim;
    attention_scale_ = 1.0F / std::sqrt(static_cast<float>(scaled_length));
    const auto pattern =
        static_cast<int64_t>(reader.find_uint("attention.sliding_window_pattern").value_or(kDefaultPattern));
    if (pattern < 1) return Error{ErrorKind::kCorrupt, "gemma3.attention.sliding_window_pattern is 0"};
    for (int i = 0; i < shape_.layers; ++i) {
      TRY(read_layer(reader, i));
      layers_[static_cast<size_t>(i)].sliding = window_ > 0 && (i + 1) % pattern != 0;
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
    w.embed(member, batch, embedding_, std::sqrt(static_cast<float>(shape_.embedding)));
    w.prepare_rope(member, batch, kFullRope, full_frequencies_);
    w.prepare_rope(member, batch, kLocalRope, local_frequencies_);
    for (int i = 0; i < shape_.layers; ++i) {
      if (const auto outcome = w.begin_layer(member, i)) return *outcome;
      const Layer& layer = layers_[static_cast<size_t>(i)];
      const Range wanted = i + 1 < shape_.layers ? all : batch.wanted();
      const Activations& input = w.norm(member, layer.attention_norm, epsilon, all);
      w.project(member, input, {{&layer.q, nullptr, w.q()}, {&layer.k, nullptr, w.k()}, {&layer.v, nullptr, w.v()}},
                all);
      w.rope_and_store(
          member, batch,
          {i, layer.sliding ? kLocalRope : kFullRope, RopePairs::kHalves, &layer.q_norm, &layer.k_norm, epsilon});
      w.attend(member, batch, i, {.scale = attention_scale_, .window = layer.sliding ? window_ : 0}, wanted);
      w.project(member, w.attended(), {{&layer.out, nullptr, w.branch()}}, wanted);
      w.add_normed_branch(member, layer.attention_post_norm, epsilon, wanted);
      const Activations& inner = w.norm(member, layer.feed_forward_norm, epsilon, wanted);
      w.gated_feed_forward(member, inner, layer.gate, layer.up, Gate::kGeluTanh, wanted);
      w.project(member, w.gated(), {{&layer.down, nullptr, w.branch()}}, wanted);
      w.add_normed_branch(member, layer.feed_forward_post_norm, epsilon, wanted);
    }
    if (const auto outcome = w.begin_layer(member, shape_.layers)) return *outcome;
    w.logits(member, batch, output_norm_, epsilon, head_, logit_cap_);
    return PassOutcome::kFinished;
  }

 private:
  Result<void> read_layer(const WeightReader& reader, int i) {
    const int64_t d = shape_.embedding, f = shape_.feed_forward;
    const int64_t qd = int64_t{shape_.heads} * shape_.head_dim, kvd = int64_t{shape_.kv_heads} * shape_.head_dim;
    Layer& layer = layers_[static_cast<size_t>(i)];
    layer.attention_norm = TRY(reader.vector(layer_tensor(i, "attn_norm.weight"), d));
    layer.attention_post_norm = TRY(reader.vector(layer_tensor(i, "post_attention_norm.weight"), d));
    layer.q = TRY(reader.matrix(layer_tensor(i, "attn_q.weight"), qd, d));
    layer.k = TRY(reader.matrix(layer_tensor(i, "attn_k.weight"), kvd, d));
    layer.v = TRY(reader.matrix(layer_tensor(i, "attn_v.weight"), kvd, d));
    layer.q_norm = TRY(reader.vector(layer_tensor(i, "attn_q_norm.weight"), shape_.head_dim));
    layer.k_norm = TRY(reader.vector(layer_tensor(i, "attn_k_norm.weight"), shape_.head_dim));
    layer.out = TRY(reader.matrix(layer_tensor(i, "attn_output.weight"), d, qd));
    layer.feed_forward_norm = TRY(reader.vector(layer_tensor(i, "ffn_norm.weight"), d));
    layer.feed_forward_post_norm = TRY(reader.vector(layer_tensor(i, "post_ffw_norm.weight"), d));
    layer.gate = TRY(reader.matrix(layer_tensor(i, "ffn_gate.weight"), f, d));
    layer.up = TRY(reader.matrix(layer_tensor(i, "ffn_up.weight"), f, d));
    layer.down = TRY(reader.matrix(layer_tensor(i, "ffn_down.weight"), d, f));
    return {};
  }

  Matrix embedding_, head_;                                  // [V, D]
  std::vector<float> output_norm_;                           // [D]
  std::vector<float> full_frequencies_, local_frequencies_;  // [Dh / 2]
  std::vector<Layer> layers_;
  int64_t window_ = 0;  // tokens that a sliding layer sees
  float attention_scale_ = 1;
  float logit_cap_ = 0;  // 0: none
};

}  // namespace

Result<std::unique_ptr<Architecture>> load_gemma3(const GgufFile& file) {
  auto model = std::make_unique<Gemma3>(TRY(WeightReader(file).shape()));
  TRY(model->read(file));
  return std::unique_ptr<Architecture>(std::move(model));
}

}  // namespace favilla
