// The shared operations. Rows of weights are divided among members by panels, activations by tokens or heads.
#include "model/arch/workspace.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "model/arch/adapter.h"

namespace favilla {
namespace {

// The logit of a token that is not wanted.
constexpr float kNever = -std::numeric_limits<float>::infinity();

constexpr int64_t kRefinedTokens = 4;  // whose logits are computed together
constexpr int64_t kOwnNormTokens = 4;  // up to so many, each member norms for itself
constexpr int kScoreHeads = 4;         // query heads that one attention task takes at most
// A token reads one row of the embedding, and the kernel maps up to two megabytes around it: after a long text all of
// it would count as our memory, beside the packed head that often holds the same numbers.
constexpr int64_t kRowsBetweenDrops = 2;

Result<Activations> create_activations(int64_t width, int64_t rows = kMaxBatchTokens) {
  Activations a;
  a.width = width;
  const auto count = static_cast<size_t>(rows * width);
  a.values = TRY(AlignedArray<float>::create(count));
  a.quants = TRY(AlignedArray<int8_t>::create(count));
  a.scales = TRY(AlignedArray<float>::create(count / kBlockColumns + 1));
  a.sums = TRY(AlignedArray<float>::create(count / kBlockColumns + 1));
  a.block_offsets = TRY(AlignedArray<int32_t>::create(count / kBlockColumns + 1));
  a.half_offsets = TRY(AlignedArray<int32_t>::create(count / (kBlockColumns / 2) + 1));
  a.half_sums = TRY(AlignedArray<int16_t>::create(count / (kBlockColumns / 2) + 1));
  return a;
}

// The part of `all` that lies in matrix panels [first, first + count), counted from first.
Range overlap(Range all, int64_t first, int64_t count) {
  const int64_t begin = std::clamp(all.begin - first, int64_t{0}, count);
  return {begin, std::clamp(all.end - first, begin, count)};
}

int64_t panel_count(const Matrix& matrix) {
  return (matrix.rows() + kPanelRows - 1) / kPanelRows;
}

// The matrix rows of some panels.
Range panel_rows(Range panels, const Matrix& matrix) {
  return {std::min(panels.begin * kPanelRows, matrix.rows()), std::min(panels.end * kPanelRows, matrix.rows())};
}

// Calls body(adapter, tokens) for the tokens of each segment that has an adapter.
template <class Body>
void for_each_part(const Batch& batch, Range tokens, const Body& body) {
  int64_t begin = 0;
  for (const Segment& segment : batch.segments()) {
    const int64_t end = begin + static_cast<int64_t>(segment.tokens.size());
    const Range part{std::max(begin, tokens.begin), std::min(end, tokens.end)};
    if (segment.adapter != nullptr && part.begin < part.end) body(*segment.adapter, part);
    begin = end;
  }
}

void turn(float* head, const float* table, int head_dim, RopePairs pairs) {
  const int half = head_dim / 2;
  for (int i = 0; i < half; ++i) {
    float& first = pairs == RopePairs::kAdjacent ? head[2 * i] : head[i];
    float& second = pairs == RopePairs::kAdjacent ? head[2 * i + 1] : head[i + half];
    const float cosine = table[2 * i];
    const float sine = table[2 * i + 1];
    const float a = first;
    const float b = second;
    first = a * cosine - b * sine;
    second = a * sine + b * cosine;
  }
}

}  // namespace

QuantizedRows Activations::quantized() const {
  return {quants.data(),       scales.data(),    sums.data(), block_offsets.data(),
          half_offsets.data(), half_sums.data(), width};
}

QuantizedRowTarget Activations::target(int64_t token, int64_t column) {
  const int64_t block = (token * width + column) / kBlockColumns;
  return {quants.data() + token * width + column, scales.data() + block,           sums.data() + block,
          block_offsets.data() + block,           half_offsets.data() + 2 * block, half_sums.data() + 2 * block};
}

Result<Workspace> Workspace::create(const ModelShape& shape, const KernelTable& kernels, int members,
                                    int64_t scores_tokens, PackedWeights* weights) {
  Workspace w;
  w.shape_ = shape;
  w.kernels_ = &kernels;
  w.weights_ = weights;
  const auto floats = [](int64_t width) {
    return AlignedArray<float>::create(static_cast<size_t>(kMaxBatchTokens * width));
  };
  w.x_ = TRY(floats(shape.embedding));
  w.branch_ = TRY(floats(shape.embedding));
  w.q_ = TRY(floats(int64_t{shape.heads} * shape.head_dim));
  w.k_ = TRY(floats(int64_t{shape.kv_heads} * shape.head_dim));
  w.v_ = TRY(floats(int64_t{shape.kv_heads} * shape.head_dim));
  w.up_ = TRY(floats(shape.feed_forward));
  w.normed_ = TRY(create_activations(shape.embedding));
  w.attended_ = TRY(create_activations(int64_t{shape.heads} * shape.head_dim));
  w.gated_ = TRY(create_activations(shape.feed_forward));
  w.refined_ = TRY(create_activations(shape.embedding, int64_t{2} * kMaxBatchTokens));
  w.halves_ = TRY(AlignedArray<float>::create(static_cast<size_t>(2 * kRefinedTokens * shape.vocabulary)));
  for (auto& table : w.rope_) table = TRY(floats(shape.head_dim));
  const int64_t longest_row = std::max({shape.embedding, shape.feed_forward, shape.heads * shape.head_dim});
  for (int member = 0; member < members; ++member) {
    Member& own = w.members_.emplace_back();
    own.scores = TRY(AlignedArray<float>::create(static_cast<size_t>(kScoreHeads * (scores_tokens + 2 * kKvBlock))));
    own.scratch = TRY(AlignedArray<float>::create(static_cast<size_t>(longest_row)));
    own.normed = TRY(create_activations(shape.embedding));
    own.lowest = TRY(AlignedArray<float>::create(kMostScreened));
  }
  return w;
}

Result<void> Workspace::reserve_adapters(int64_t rank) {
  if (rank <= adapter_rank_) return {};
  const auto count = static_cast<size_t>(kChangeSlots * kMaxBatchTokens * rank);
  const int64_t widest = std::max({shape_.embedding, shape_.feed_forward, shape_.heads * shape_.head_dim});
  inner_ = TRY(AlignedArray<float>::create(count));
  for (Member& member : members_) {
    member.inner = TRY(AlignedArray<float>::create(count));
    member.changes = TRY(AlignedArray<float>::create(static_cast<size_t>(kChangeTokens * (widest + kPanelRows))));
  }
  adapter_rank_ = rank;
  return {};
}

void Workspace::quantize(Activations& a, int64_t token, int64_t begin, int64_t end) {
  kernels_->quantize_row(a.values.data() + token * a.width + begin, end - begin, a.target(token, begin));
}

void Workspace::barrier(TeamMember member) {
  Member& mine = own(member);
  const CancelFlag* cancel = mine.batch->cancel();
  const PriorityGate* gate = mine.batch->gate();
  const bool wish = (cancel != nullptr && cancel->requested()) || (gate != nullptr && gate->is_busy());
  if (member.barrier(wish)) mine.interrupted = true;
}

void Workspace::embed(TeamMember member, const Batch& batch, const Matrix& table, float factor) {
  own(member).batch = &batch;
  own(member).interrupted = false;
  const int64_t width = shape_.embedding;
  const Range share = member.share(batch.tokens());
  for (int64_t t = share.begin; t < share.end; ++t) {
    float* row = x_.data() + t * width;
    table.dequantize_row(batch.token(t).id, row);
    if (weights_ != nullptr && ++own(member).embedded_rows % kRowsBetweenDrops == 0) weights_->drop_raw_pages(table);
    if (factor != 1.0F) std::for_each(row, row + width, [factor](float& value) { value *= factor; });
  }
  barrier(member);
}

std::optional<PassOutcome> Workspace::begin_layer(TeamMember member, int layer) {
  Member& mine = own(member);
  if (mine.interrupted) {
    mine.interrupted = false;
    if (member.is_first()) {
      const CancelFlag* cancel = mine.batch->cancel();
      if (mine.batch->gate() != nullptr) mine.batch->gate()->wait_until_quiet(cancel);
      stop_ = cancel != nullptr && cancel->requested();
    }
    member.barrier();
    if (stop_) return PassOutcome::kStopped;
  }
  const auto group = static_cast<size_t>(layer);
  if (weights_ == nullptr || weights_->is_ready(group) || weights_->prepare(member, group)) return std::nullopt;
  return PassOutcome::kDamaged;
}

void Workspace::norm_row(const float* x, const std::vector<float>& weight, float epsilon, Activations& out,
                         int64_t row) {
  const int64_t width = shape_.embedding;
  kernels_->rms_norm(x, weight.data(), epsilon, width, out.values.data() + row * width);
  if (width % kBlockColumns == 0) quantize(out, row, 0, width);
}

const Activations& Workspace::norm(TeamMember member, const std::vector<float>& weight, float epsilon, Range tokens) {
  const int64_t width = shape_.embedding;
  const int64_t count = tokens.end - tokens.begin;
  if (count <= kOwnNormTokens) {
    Activations& normed = own(member).normed;
    for (int64_t t = tokens.begin; t < tokens.end; ++t) norm_row(x_.data() + t * width, weight, epsilon, normed, t);
    return normed;
  }
  const Range share = member.share(count);
  for (int64_t t = tokens.begin + share.begin; t < tokens.begin + share.end; ++t)
    norm_row(x_.data() + t * width, weight, epsilon, normed_, t);
  barrier(member);
  return normed_;
}

void Workspace::multiply(TeamMember member, const Matrix& matrix, const Activations& input, Range panels, Range tokens,
                         float* out) {
  if (panels.begin >= panels.end) return;
  if (is_float_layout(matrix.layout())) {
    kernels_->multiply_float(matrix, panels, input.values.data(), tokens, out, matrix.rows());
    return;
  }
  if (matrix.layout() != Layout::kRaw) {
    kernels_->multiply_packed(matrix, panels, input.quantized(), tokens, out, matrix.rows());
    return;
  }
  const Range rows{panels.begin * kPanelRows, std::min(panels.end * kPanelRows, matrix.rows())};
  float* scratch = own(member).scratch.data();
  kernels_->multiply_raw(matrix, rows, input.values.data(), tokens, scratch, out, matrix.rows());
}

// For few tokens each member computes all of them itself, which is cheaper than a barrier, as in norm().
float* Workspace::inner_products(TeamMember member, Range tokens, int slot) {
  AlignedArray<float>& products = tokens.end - tokens.begin <= kOwnNormTokens ? own(member).inner : inner_;
  return products.data() + slot * kMaxBatchTokens * adapter_rank_;
}

void Workspace::begin_changes(TeamMember member, const Activations& input, std::span<const Matrix* const> matrices,
                              Range tokens) {
  const bool shared = tokens.end - tokens.begin > kOwnNormTokens;
  bool any = false;
  for_each_part(*own(member).batch, tokens, [&](const Adapter& adapter, Range part) {
    any = true;
    const Range share = shared ? member.share(part.end - part.begin) : Range{0, part.end - part.begin};
    const Range mine{part.begin + share.begin, part.begin + share.end};
    for (size_t slot = 0; mine.begin < mine.end && slot < matrices.size(); ++slot) {
      const LowRankChange* change = adapter.find(*matrices[slot]);
      if (change == nullptr) continue;
      // A part's products begin where its tokens would with the largest rank: parts may have different ranks.
      float* products =
          inner_products(member, tokens, static_cast<int>(slot)) + part.begin * (adapter_rank_ - change->down.rows());
      multiply(member, change->down, input, {0, panel_count(change->down)}, mine, products);
    }
  });
  if (any && shared) barrier(member);
}

void Workspace::add_changes(TeamMember member, const Matrix& matrix, int slot, Range panels, Range tokens, float* out) {
  const Range rows = panel_rows(panels, matrix);
  if (rows.begin >= rows.end) return;
  const int64_t width = rows.end - rows.begin;
  for_each_part(*own(member).batch, tokens, [&](const Adapter& adapter, Range part) {
    const LowRankChange* change = adapter.find(matrix);
    if (change == nullptr) return;
    const Matrix& up = change->up;
    const float* products = inner_products(member, tokens, slot) + part.begin * (adapter_rank_ - up.columns());
    for (int64_t begin = part.begin; begin < part.end; begin += kChangeTokens) {
      const Range some{begin, std::min(begin + kChangeTokens, part.end)};
      float* changes = own(member).changes.data();
      float* target = changes - some.begin * width - rows.begin;
      if (up.layout() == Layout::kRaw) {
        kernels_->multiply_raw(up, rows, products, some, own(member).scratch.data(), target, width);
      } else {
        kernels_->multiply_float(up, panels, products, some, target, width);
      }
      for (int64_t t = some.begin; t < some.end; ++t)
        kernels_->add(out + t * matrix.rows() + rows.begin, changes + (t - some.begin) * width, width);
    }
  });
}

void Workspace::project(TeamMember member, const Activations& input, std::initializer_list<Projection> projections,
                        Range tokens) {
  std::array<const Matrix*, kChangeSlots> weights{};
  size_t count = 0;
  int64_t panels = 0;
  for (const Projection& projection : projections) {
    weights[count++] = projection.weight;
    panels += panel_count(*projection.weight);
  }
  begin_changes(member, input, std::span(weights).first(count), tokens);
  const Range share = member.share(panels);
  int64_t first = 0;
  int slot = 0;
  for (const Projection& projection : projections) {
    const Matrix& weight = *projection.weight;
    const Range mine = overlap(share, first, panel_count(weight));
    first += panel_count(weight);
    multiply(member, weight, input, mine, tokens, projection.out);
    add_changes(member, weight, slot++, mine, tokens, projection.out);
    if (projection.bias == nullptr || projection.bias->empty()) continue;
    const int64_t begin = mine.begin * kPanelRows;
    const int64_t end = std::min(mine.end * kPanelRows, weight.rows());
    for (int64_t t = tokens.begin; begin < end && t < tokens.end; ++t) {
      kernels_->add(projection.out + t * weight.rows() + begin, projection.bias->data() + begin, end - begin);
    }
  }
  barrier(member);
}

void Workspace::project_to_residual(TeamMember member, const Activations& input, const Matrix& weight, Range tokens) {
  begin_changes(member, input, std::array{&weight}, tokens);
  const Range panels = member.share(panel_count(weight));
  multiply(member, weight, input, panels, tokens, branch_.data());
  add_changes(member, weight, 0, panels, tokens, branch_.data());
  const int64_t begin = panels.begin * kPanelRows;
  const int64_t end = std::min(panels.end * kPanelRows, weight.rows());
  for (int64_t t = tokens.begin; begin < end && t < tokens.end; ++t) {
    const int64_t offset = t * weight.rows() + begin;
    kernels_->add(x_.data() + offset, branch_.data() + offset, end - begin);
  }
  barrier(member);
}

void Workspace::add_normed_branch(TeamMember member, const std::vector<float>& weight, float epsilon, Range tokens) {
  const int64_t width = shape_.embedding;
  const Range share = member.share(tokens.end - tokens.begin);
  for (int64_t t = tokens.begin + share.begin; t < tokens.begin + share.end; ++t) {
    float* row = branch_.data() + t * width;
    kernels_->rms_norm(row, weight.data(), epsilon, width, row);
    kernels_->add(x_.data() + t * width, row, width);
  }
  barrier(member);
}

void Workspace::prepare_rope(TeamMember member, const Batch& batch, int table, std::span<const float> frequencies) {
  const Range share = member.share(batch.tokens());
  for (int64_t t = share.begin; t < share.end; ++t) {
    float* row = rope_[table].data() + t * shape_.head_dim;
    const auto position = static_cast<double>(batch.token(t).position);
    for (size_t i = 0; i < frequencies.size(); ++i) {
      // The angle in double: at position 30,000 a float's rounding would already turn a pair by 0.001.
      const double angle = position * double{frequencies[i]};
      row[2 * i] = static_cast<float>(std::cos(angle));
      row[2 * i + 1] = static_cast<float>(std::sin(angle));
    }
  }
  barrier(member);
}

void Workspace::rope_and_store(TeamMember member, const Batch& batch, const RopeAndStore& options) {
  const int dim = shape_.head_dim;
  const int64_t units = shape_.heads + shape_.kv_heads;  // per token: its query heads, then its key heads
  const Range share = member.share(batch.tokens() * units);
  for (int64_t unit = share.begin; unit < share.end; ++unit) {
    const int64_t t = unit / units;
    const auto index = static_cast<int>(unit % units);
    const bool is_query = index < shape_.heads;
    const int kv_head = index - shape_.heads;
    float* head =
        is_query ? q_.data() + (t * shape_.heads + index) * dim : k_.data() + (t * shape_.kv_heads + kv_head) * dim;
    const std::vector<float>* norm = is_query ? options.q_norm : options.k_norm;
    if (norm != nullptr) kernels_->rms_norm(head, norm->data(), options.norm_epsilon, dim, head);
    turn(head, rope_[options.rope_table].data() + t * dim, dim, options.pairs);
    if (is_query) continue;
    const Batch::Token token = batch.token(t);
    const float* value = v_.data() + (t * shape_.kv_heads + kv_head) * dim;
    token.segment->kv.store(options.layer, kv_head, token.position, head, value);
  }
  barrier(member);
}

void Workspace::attend(TeamMember member, const Batch& batch, int layer, const AttentionOptions& options,
                       Range tokens) {
  // A later token sees more positions: each member's share of the first half has its mirror image in the second.
  const int64_t count = tokens.end - tokens.begin;
  const int64_t middle = options.causal ? count / 2 * shape_.heads : 0;
  const Range front = member.share(middle);
  const Range back = member.share(count * shape_.heads - middle);
  attend_heads(member, batch, layer, options, tokens.begin, front);
  attend_heads(member, batch, layer, options, tokens.begin,
               {count * shape_.heads - back.end, count * shape_.heads - back.begin});
  barrier(member);
  const int dim = shape_.head_dim;
  if (dim % kBlockColumns != 0 && attended_.width % kBlockColumns == 0) {  // heads shorter than a block: whole rows
    const Range rows = member.share(count);
    for (int64_t t = tokens.begin + rows.begin; t < tokens.begin + rows.end; ++t)
      quantize(attended_, t, 0, attended_.width);
    barrier(member);
  }
}

void Workspace::attend_heads(TeamMember member, const Batch& batch, int layer, const AttentionOptions& options,
                             int64_t first_token, Range heads) {
  const int dim = shape_.head_dim;
  const int group = shape_.heads / shape_.kv_heads;
  int64_t unit = heads.begin;
  while (unit < heads.end) {
    const int64_t t = first_token + unit / shape_.heads;
    const auto head = static_cast<int>(unit % shape_.heads);
    // As many heads of this token as share the kv head, are ours, and fit the scratch.
    const int64_t count = std::min({int64_t{kScoreHeads}, int64_t{group - head % group}, heads.end - unit});
    const Batch::Token token = batch.token(t);
    const int64_t segment_end = token.segment->start + static_cast<int64_t>(token.segment->tokens.size());
    const int64_t end = options.causal ? token.position + 1 : segment_end;
    const int64_t begin = options.window > 0 ? std::max(int64_t{0}, end - options.window) : 0;
    const int64_t offset = (t * shape_.heads + head) * dim;
    kernels_->attend(token.segment->kv.head(layer, head / group), {.queries = q_.data() + offset,
                                                                   .heads = static_cast<int>(count),
                                                                   .scale = options.scale,
                                                                   .soft_cap = options.soft_cap,
                                                                   .begin = begin,
                                                                   .end = end,
                                                                   .scores = own(member).scores.data(),
                                                                   .out = attended_.values.data() + offset});
    if (dim % kBlockColumns == 0) quantize(attended_, t, int64_t{head} * dim, (head + count) * dim);
    unit += count;
  }
}

void Workspace::gated_feed_forward(TeamMember member, const Activations& input, const Matrix& gate, const Matrix& up,
                                   Gate activation, Range tokens) {
  // Cut at whole quantization blocks, so that a member can quantize what it has computed without waiting for others.
  const int64_t width = gate.rows();
  const Range rows = member.share(width, kBlockColumns);
  const Range panels{rows.begin / kPanelRows, (rows.end + kPanelRows - 1) / kPanelRows};
  const auto activate = activation == Gate::kSilu ? kernels_->silu_multiply : kernels_->gelu_multiply;
  begin_changes(member, input, std::array{&gate, &up}, tokens);
  multiply(member, gate, input, panels, tokens, gated_.values.data());
  multiply(member, up, input, panels, tokens, up_.data());
  add_changes(member, gate, 0, panels, tokens, gated_.values.data());
  add_changes(member, up, 1, panels, tokens, up_.data());
  for (int64_t t = tokens.begin; rows.begin < rows.end && t < tokens.end; ++t) {
    const int64_t offset = t * width + rows.begin;
    activate(gated_.values.data() + offset, up_.data() + offset, rows.end - rows.begin);
    if (width % kBlockColumns == 0) quantize(gated_, t, rows.begin, rows.end);
  }
  barrier(member);
}

void Workspace::logits(TeamMember member, const Batch& batch, const std::vector<float>& norm_weight, float epsilon,
                       const Matrix& head, float soft_cap) {
  const Range tokens = batch.wanted();
  const Activations& normed = norm(member, norm_weight, epsilon, tokens);
  const bool packed = head.layout() != Layout::kRaw && !is_float_layout(head.layout());
  if (packed) refine(member, normed, tokens);
  const WantedLogits& wanted = batch.segments().front().wanted;
  float* first_logits = batch.segments().front().logits;
  const bool alone = tokens.end - tokens.begin == 1;
  if (alone && !wanted.rows.empty()) {
    row_logits(member, wanted.rows, {packed ? refined_ : normed, packed ? 0 : tokens.begin, packed}, head,
               first_logits);
  } else if (alone && wanted.top > 0 && wanted.top <= kMostScreened && head.screened()) {
    screened_logits(member, wanted, head, first_logits);
  } else {
    all_logits(member, batch, packed ? refined_ : normed, packed, head);
  }
  if (soft_cap > 0) {
    const Range rows = panel_rows(member.share(panel_count(head)), head);
    for (int64_t t = tokens.begin; t < tokens.end; ++t) {
      const Batch::Token token = batch.token(t);
      if (token.logit_row < 0) continue;
      float* out = token.segment->logits + token.logit_row * head.rows();
      for (int64_t r = rows.begin; r < rows.end; ++r) {
        if (out[r] > kNever) out[r] = soft_cap * std::tanh(out[r] / soft_cap);
      }
    }
  }
  if (alone && !wanted.allowed.empty()) forbid_logits(member, wanted, head, first_logits);
  barrier(member);
}

// Each member's own rows that are not allowed: -infinity.
void Workspace::forbid_logits(TeamMember member, const WantedLogits& wanted, const Matrix& head, float* out) {
  const Range rows = panel_rows(member.share(panel_count(head)), head);
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    if (!wanted.allows(r)) out[r] = kNever;
  }
}

void Workspace::all_logits(TeamMember member, const Batch& batch, const Activations& input, bool packed,
                           const Matrix& head) {
  const Range tokens = batch.wanted();
  const Range panels = member.share(panel_count(head));
  const Range rows = panel_rows(panels, head);
  for (int64_t first = tokens.begin; rows.begin < rows.end && first < tokens.end; first += kRefinedTokens) {
    const int64_t count = std::min(kRefinedTokens, tokens.end - first);
    // The products are indexed by row of the input; the scratch holds those of a few.
    const int64_t row = packed ? 2 * (first - tokens.begin) : first;
    multiply(member, head, input, panels, {row, row + (packed ? 2 * count : count)},
             halves_.data() - row * head.rows());
    for (int64_t i = 0; i < count; ++i) {
      const Batch::Token token = batch.token(first + i);
      if (token.logit_row < 0) continue;
      float* out = token.segment->logits + token.logit_row * head.rows();
      const float* coarse = halves_.data() + (packed ? 2 * i : i) * head.rows();
      std::copy(coarse + rows.begin, coarse + rows.end, out + rows.begin);
      if (packed) kernels_->add(out + rows.begin, coarse + head.rows() + rows.begin, rows.end - rows.begin);
    }
  }
}

// One panel's logits, as all_logits() computes them.
void Workspace::exact_panel(TeamMember member, const HeadInput& input, const Matrix& head, int64_t panel, float* out) {
  const Range tokens{input.row, input.row + (input.refined ? 2 : 1)};
  multiply(member, head, input.activations, {panel, panel + 1}, tokens, halves_.data() - input.row * head.rows());
  const Range rows = panel_rows({panel, panel + 1}, head);
  const float* coarse = halves_.data() + rows.begin;
  std::copy(coarse, coarse + (rows.end - rows.begin), out + rows.begin);
  if (input.refined) kernels_->add(out + rows.begin, coarse + head.rows(), rows.end - rows.begin);
}

// Each member computes the wanted rows of its own panels.
void Workspace::row_logits(TeamMember member, std::span<const TokenId> wanted, const HeadInput& input,
                           const Matrix& head, float* out) {
  const Range panels = member.share(panel_count(head));
  const Range rows = panel_rows(panels, head);
  std::fill(out + rows.begin, out + rows.end, kNever);
  float* kept = own(member).scratch.data();
  for (const TokenId id : wanted) {
    if (id < rows.begin || id >= rows.end) continue;
    const Range panel = panel_rows({id / kPanelRows, id / kPanelRows + 1}, head);
    std::copy(out + panel.begin, out + panel.end, kept);
    exact_panel(member, input, head, id / kPanelRows, out);
    kept[id - panel.begin] = out[id];
    std::copy(kept, kept + (panel.end - panel.begin), out + panel.begin);
  }
}

// First the high halves of all weights, which give each logit within some deviations. The `top`-th largest of the lower
// bounds is a floor of the wanted logits: only panels with an upper bound above it are computed whole.
void Workspace::screened_logits(TeamMember member, const WantedLogits& wanted, const Matrix& head, float* out) {
  constexpr float kDeviations = 6;
  const int top = wanted.top;
  const Range panels = member.share(panel_count(head));
  const Range rows = panel_rows(panels, head);
  float* margins = halves_.data() + 2 * head.rows();  // behind what exact_panel() uses
  if (rows.begin < rows.end) kernels_->screen(head, panels, refined_.quantized(), 0, out, margins);
  Member& mine = own(member);
  mine.lowest_count = 0;
  float* heap = mine.lowest.data();
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    margins[r] *= kDeviations;
    if (!wanted.allows(r)) continue;
    const float low = out[r] - margins[r];
    if (mine.lowest_count == top && low <= heap[0]) continue;
    if (mine.lowest_count == top) std::pop_heap(heap, heap + mine.lowest_count--, std::greater<>());
    heap[mine.lowest_count++] = low;
    std::push_heap(heap, heap + mine.lowest_count, std::greater<>());
  }
  barrier(member);
  const float threshold = screening_threshold(member, top);
  for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
    const Range some = panel_rows({panel, panel + 1}, head);
    bool possible = false;
    for (int64_t r = some.begin; r < some.end; ++r) {
      possible = possible || (wanted.allows(r) && out[r] + margins[r] >= threshold);
    }
    if (possible) exact_panel(member, {refined_, 0, true}, head, panel, out);
  }
}

// The `top`-th largest of all members' lower bounds; the smallest when there are fewer.
float Workspace::screening_threshold(TeamMember member, int top) const {
  std::array<float, kMostScreened> largest;
  int64_t count = 0;
  for (int index = 0; index < member.count(); ++index) {
    const Member& other = members_[static_cast<size_t>(index)];
    for (int64_t i = 0; i < other.lowest_count; ++i) {
      const float low = other.lowest[static_cast<size_t>(i)];
      if (count == top && low <= largest[0]) continue;
      if (count == top) std::pop_heap(largest.begin(), largest.begin() + count--, std::greater<>());
      largest[static_cast<size_t>(count++)] = low;
      std::push_heap(largest.begin(), largest.begin() + count, std::greater<>());
    }
  }
  return largest[0];
}

void Workspace::refine(TeamMember member, const Activations& normed, Range tokens) {
  const int64_t width = shape_.embedding;
  const Range share = member.share(tokens.end - tokens.begin);
  for (int64_t i = share.begin; i < share.end; ++i) {
    const float* x = normed.values.data() + (tokens.begin + i) * width;
    kernels_->quantize_row(x, width, refined_.target(2 * i, 0));
    float* rest = refined_.values.data() + 2 * i * width;
    const QuantizedRows coarse = refined_.quantized();
    for (int64_t c = 0; c < width; ++c) {
      rest[c] = x[c] - coarse.row_scales(2 * i)[c / kBlockColumns] * static_cast<float>(coarse.row_quants(2 * i)[c]);
    }
    kernels_->quantize_row(rest, width, refined_.target(2 * i + 1, 0));
  }
  barrier(member);
}

}  // namespace favilla
