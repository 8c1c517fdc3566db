// bert: encoders for sentence embeddings (MiniLM, BGE, E5).
//
//   x = norm(embedding + token type 0 + position)
//   per layer:  x = norm(x + out(attention(q, k, v)))     with q, k, v from x, every token seeing every token
//               x = norm(x + down(gelu(up(x))))
//   vector = x pooled (mean over tokens, or the first token), divided by its length
//
// What marks it: LayerNorm after each sub-layer, biases everywhere, learned positions, no cache between calls: the
// batch's KvView is scratch. Sources: Devlin et al. 2018 (arXiv 1810.04805), Reimers and Gurevych 2019 (arXiv
// 1908.10084).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/arch/weights.h"
#include "model/arch/workspace.h"

namespace favilla {
namespace {

// Values of bert.pooling_type.
enum class Pooling : uint64_t { kNone = 0, kMean = 1, kCls = 2 };

struct Norm {
  std::vector<float> weight, bias;  // [D]
};

struct Layer {
  Matrix q, k, v, out;  // [D, D]
  std::vector<float> q_bias, k_bias, v_bias, out_bias;
  Norm attention_norm;
  Matrix up;    // [F, D]
  Matrix down;  // [D, F]
  std::vector<float> up_bias, down_bias;
  Norm feed_forward_norm;
};

class Bert final : public Architecture {
 public:
  explicit Bert(const ModelShape& shape) : Architecture(shape), layers_(static_cast<size_t>(shape.layers)) {}

  bool generates() const override { return false; }

  Result<void> read(const GgufFile& file) {
    const WeightReader reader(file);
    const int64_t d = shape_.embedding;
    const uint64_t pooling = reader.find_uint("pooling_type").value_or(static_cast<uint64_t>(Pooling::kMean));
    pooling_ = static_cast<Pooling>(pooling);
    if (pooling_ != Pooling::kMean && pooling_ != Pooling::kCls) {
      return Error{ErrorKind::kUnsupported,
                   fmt::format("pooling type {} is not supported (mean is 1, first token 2)", pooling)};
    }
    embedding_ = TRY(reader.matrix("token_embd.weight", shape_.vocabulary, d));
    positions_ = TRY(reader.matrix("position_embd.weight", shape_.context_tokens, d));
    const GgufTensor* types = file.find_tensor("token_types.weight");
    if (types != nullptr) {
      const Matrix table = TRY(reader.matrix("token_types.weight", types->rows(), d));
      token_type_.resize(static_cast<size_t>(d));
      table.dequantize_row(0, token_type_.data());
    }
    embedding_norm_ = TRY(read_norm(reader, "token_embd_norm"));
    for (int i = 0; i < shape_.layers; ++i) TRY(read_layer(reader, i));
    return {};
  }

  std::vector<std::vector<Matrix*>> weight_groups() override {
    std::vector<std::vector<Matrix*>> groups;
    for (Layer& l : layers_) groups.push_back({&l.q, &l.k, &l.v, &l.out, &l.up, &l.down});
    groups.push_back({});
    return groups;
  }

  PassOutcome forward(TeamMember member, const Batch& batch, Workspace& w) const override {
    const int64_t count = batch.tokens();
    const Range all{0, count};
    const AttentionOptions attention{.scale = 1.0F / std::sqrt(static_cast<float>(shape_.head_dim)), .causal = false};
    w.embed(member, batch, embedding_, 1.0F);
    add_positions(member, w, count);
    norm(member, w, embedding_norm_, count);
    for (int i = 0; i < shape_.layers; ++i) {
      if (const auto outcome = w.begin_layer(member, i)) return *outcome;
      const Layer& layer = layers_[static_cast<size_t>(i)];
      w.project(member, w.layer_input(),
                {{&layer.q, &layer.q_bias, w.q()}, {&layer.k, &layer.k_bias, w.k()}, {&layer.v, &layer.v_bias, w.v()}},
                all);
      store_keys_and_values(member, batch, w);
      w.attend(member, batch, 0, attention, all);
      w.project(member, w.attended(), {{&layer.out, &layer.out_bias, w.branch()}}, all);
      join(member, w, layer.attention_norm, count);
      w.project(member, w.layer_input(), {{&layer.up, &layer.up_bias, w.gated().values.data()}}, all);
      activate(member, w, count);
      w.project(member, w.gated(), {{&layer.down, &layer.down_bias, w.branch()}}, all);
      join(member, w, layer.feed_forward_norm, count);
    }
    if (member.is_first()) {
      const Segment& segment = batch.segments().front();
      pool(w.x(), count, segment.logits);
      if (segment.hidden != nullptr) std::copy(w.x(), w.x() + count * shape_.embedding, segment.hidden);
    }
    member.barrier();
    return PassOutcome::kFinished;
  }

 private:
  Result<Norm> read_norm(const WeightReader& reader, const std::string& name) const {
    return Norm{TRY(reader.vector(name + ".weight", shape_.embedding)),
                TRY(reader.vector(name + ".bias", shape_.embedding))};
  }

  Result<void> read_layer(const WeightReader& reader, int i) {
    const int64_t d = shape_.embedding, f = shape_.feed_forward;
    Layer& layer = layers_[static_cast<size_t>(i)];
    const auto read = [&](const char* name, int64_t rows, int64_t columns, Matrix& weight,
                          std::vector<float>& bias) -> Result<void> {
      weight = TRY(reader.matrix(layer_tensor(i, name) + ".weight", rows, columns));
      bias = TRY(reader.vector(layer_tensor(i, name) + ".bias", rows));
      return {};
    };
    TRY(read("attn_q", d, d, layer.q, layer.q_bias));
    TRY(read("attn_k", d, d, layer.k, layer.k_bias));
    TRY(read("attn_v", d, d, layer.v, layer.v_bias));
    TRY(read("attn_output", d, d, layer.out, layer.out_bias));
    TRY(read("ffn_up", f, d, layer.up, layer.up_bias));
    TRY(read("ffn_down", d, f, layer.down, layer.down_bias));
    layer.attention_norm = TRY(read_norm(reader, layer_tensor(i, "attn_output_norm")));
    layer.feed_forward_norm = TRY(read_norm(reader, layer_tensor(i, "layer_output_norm")));
    return {};
  }

  void add_positions(TeamMember member, Workspace& w, int64_t count) const {
    const int64_t d = shape_.embedding;
    const Range share = member.share(count);
    for (int64_t t = share.begin; t < share.end; ++t) {
      float* position = w.branch() + t * d;
      positions_.dequantize_row(t, position);
      w.kernels().add(w.x() + t * d, position, d);
      if (!token_type_.empty()) w.kernels().add(w.x() + t * d, token_type_.data(), d);
    }
    member.barrier();
  }

  // x = norm(x), also as the next input. Ends with a barrier.
  void norm(TeamMember member, Workspace& w, const Norm& norm, int64_t count) const {
    const int64_t d = shape_.embedding;
    const Range share = member.share(count);
    for (int64_t t = share.begin; t < share.end; ++t) {
      float* row = w.x() + t * d;
      w.kernels().layer_norm(row, norm.weight.data(), norm.bias.data(), shape_.norm_epsilon, d, row);
      std::copy(row, row + d, w.layer_input().values.data() + t * d);
      if (d % kBlockColumns == 0) w.quantize(w.layer_input(), t, 0, d);
    }
    member.barrier();
  }

  // x = norm(x + branch). Ends with a barrier.
  void join(TeamMember member, Workspace& w, const Norm& after, int64_t count) const {
    const int64_t d = shape_.embedding;
    const Range share = member.share(count);
    for (int64_t t = share.begin; t < share.end; ++t) w.kernels().add(w.x() + t * d, w.branch() + t * d, d);
    norm(member, w, after, count);  // divides the tokens in the same way
  }

  void activate(TeamMember member, Workspace& w, int64_t count) const {
    const int64_t f = shape_.feed_forward;
    const Range share = member.share(count);
    for (int64_t t = share.begin; t < share.end; ++t) {
      w.kernels().gelu_erf(w.gated().values.data() + t * f, f);
      if (f % kBlockColumns == 0) w.quantize(w.gated(), t, 0, f);
    }
    member.barrier();
  }

  void store_keys_and_values(TeamMember member, const Batch& batch, Workspace& w) const {
    const int dim = shape_.head_dim;
    const Range share = member.share(batch.tokens() * shape_.heads);
    for (int64_t unit = share.begin; unit < share.end; ++unit) {
      const int64_t t = unit / shape_.heads;
      batch.segments().front().kv.store(0, static_cast<int>(unit % shape_.heads), t, w.k() + unit * dim,
                                        w.v() + unit * dim);
    }
    member.barrier();
  }

  void pool(const float* x, int64_t count, float* out) const {
    const int64_t d = shape_.embedding;
    std::copy(x, x + d, out);
    if (pooling_ == Pooling::kMean) {
      for (int64_t t = 1; t < count; ++t) {
        for (int64_t i = 0; i < d; ++i) out[i] += x[t * d + i];
      }
    }
    double square_sum = 0;  // the mean's division by `count` vanishes in the normalisation
    for (int64_t i = 0; i < d; ++i) square_sum += double{out[i]} * out[i];
    const auto factor = static_cast<float>(1.0 / std::sqrt(std::max(square_sum, 1e-24)));
    for (int64_t i = 0; i < d; ++i) out[i] *= factor;
  }

  Matrix embedding_;               // [V, D]
  Matrix positions_;               // [context, D]
  std::vector<float> token_type_;  // [D], the row of type 0
  Norm embedding_norm_;
  std::vector<Layer> layers_;
  Pooling pooling_ = Pooling::kMean;
};

}  // namespace

Result<std::unique_ptr<Architecture>> load_bert(const GgufFile& file) {
  auto model = std::make_unique<Bert>(TRY(WeightReader(file).shape()));
  TRY(model->read(file));
  return std::unique_ptr<Architecture>(std::move(model));
}

}  // namespace favilla
