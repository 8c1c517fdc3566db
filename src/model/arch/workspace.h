// The scratch memory of a forward pass and the operations that a thread team does on it together.
//
// All functions below are called by every member with the same arguments and divide the work among themselves; those
// whose comment says "ends with a barrier" make their output visible to all. Activations are token-major: [T, width].
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "model/arch/architecture.h"
#include "model/packed_weights.h"

namespace favilla {

// Activations as floats, and quantized for packed matrices.
struct Activations {
  AlignedArray<float> values;   // [T, width]
  AlignedArray<int8_t> quants;  // as QuantizedRows
  AlignedArray<float> scales, sums;
  AlignedArray<int32_t> block_offsets, half_offsets;
  AlignedArray<int16_t> half_sums;
  int64_t width = 0;

  QuantizedRows quantized() const;
  // Where columns from `column` (a multiple of 32) of row `token` go.
  QuantizedRowTarget target(int64_t token, int64_t column);
};

// out = weight * input + bias.
struct Projection {
  const Matrix* weight;
  const std::vector<float>* bias;  // nullptr or empty: none
  float* out;                      // [T, weight rows]
};

enum class Gate { kSilu, kGeluTanh };
enum class RopePairs { kAdjacent, kHalves };  // (2i, 2i + 1) or (i, i + Dh / 2) turn together

// How one layer attends.
struct AttentionOptions {
  float scale = 1.0F;
  float soft_cap = 0;  // 0: none
  int64_t window = 0;  // tokens that a position sees at most, itself included; 0: all
  bool causal = true;
};

class Workspace {
 public:
  // kExhausted. `scores_tokens`: the longest context that attention will see. `weights` may be nullptr when there is
  // nothing to make ready.
  static Result<Workspace> create(const ModelShape& shape, const KernelTable& kernels, int members,
                                  int64_t scores_tokens, PackedWeights* weights);

  // Makes room for adapters of such a rank. Between passes only. kExhausted.
  Result<void> reserve_adapters(int64_t rank);

  const KernelTable& kernels() const { return *kernels_; }

  // [T, D]; the residual stream.
  float* x() { return x_.data(); }
  float* q() { return q_.data(); }               // [T, H * Dh]
  float* k() { return k_.data(); }               // [T, KV * Dh]
  float* v() { return v_.data(); }               // [T, KV * Dh]
  float* branch() { return branch_.data(); }     // [T, D]; output of a sub-layer before it joins x
  Activations& attended() { return attended_; }  // [T, H * Dh]
  Activations& gated() { return gated_; }        // [T, F]

  // Starts a pass: x = rows of the embedding table times `factor`. Token ids must be inside the table. Ends with a
  // barrier.
  void embed(TeamMember member, const Batch& batch, const Matrix& table, float factor);

  // To be called before each layer, and with the number of layers before the head. Makes its weights ready. Pauses
  // while the batch's gate is busy. Returns why the pass must end here, the same in all members; nullopt to go on. What
  // was requested before the last barrier is seen.
  std::optional<PassOutcome> begin_layer(TeamMember member, int layer);

  // rms_norm(x) for tokens [begin, end), quantized too. The result is complete for this member (for few tokens each
  // member makes its own, which is cheaper than a barrier) and valid until the next call.
  const Activations& norm(TeamMember member, const std::vector<float>& weight, float epsilon, Range tokens);

  // [T, D] for the input of a layer in another form than norm() makes. The caller keeps it apart from norm().
  Activations& layer_input() { return normed_; }

  // Several products of one input as one job. Ends with a barrier.
  void project(TeamMember member, const Activations& input, std::initializer_list<Projection> projections,
               Range tokens);

  // x += weight * input (+ bias). Ends with a barrier.
  void project_to_residual(TeamMember member, const Activations& input, const Matrix& weight, Range tokens);

  // x += rms_norm(branch), for models that norm after the sub-layer. Ends with a barrier.
  void add_normed_branch(TeamMember member, const std::vector<float>& weight, float epsilon, Range tokens);

  // Cosines and sines for the batch's positions; `table` 0 or 1 lets a model have two bases. Ends with a barrier.
  void prepare_rope(TeamMember member, const Batch& batch, int table, std::span<const float> frequencies);

  // Turns q and k by position and stores k and v in the cache. q_norm and k_norm (RMS over Dh, before turning) may be
  // nullptr. Ends with a barrier.
  struct RopeAndStore {
    int layer;
    int rope_table;
    RopePairs pairs;
    const std::vector<float>* q_norm;
    const std::vector<float>* k_norm;
    float norm_epsilon;
  };
  void rope_and_store(TeamMember member, const Batch& batch, const RopeAndStore& options);

  // attended = attention of q over the cache for tokens [begin, end) of the batch, quantized too. Ends with a barrier.
  void attend(TeamMember member, const Batch& batch, int layer, const AttentionOptions& options, Range tokens);

  // gated = activation(gate * input) * (up * input), quantized too. Ends with a barrier.
  void gated_feed_forward(TeamMember member, const Activations& input, const Matrix& gate, const Matrix& up,
                          Gate activation, Range tokens);

  // logits = head * rms_norm(x) for the tokens that want them, each cap * tanh(logit / cap) when there is a soft cap.
  // Ends with a barrier.
  // The head's input is quantized twice, the second time what the first left over (15 bits in all): this input's error
  // goes straight into the logits and was 29 % of the divergence from float activations, and reading the head's weights
  // costs more than multiplying them twice.
  void logits(TeamMember member, const Batch& batch, const std::vector<float>& norm, float epsilon, const Matrix& head,
              float soft_cap = 0);

  // A barrier at which the members also agree on requests to stop.
  void barrier(TeamMember member);

  // Quantizes columns [begin, end) of one row of activations.
  void quantize(Activations& activations, int64_t token, int64_t begin, int64_t end);

 private:
  // What belongs to one member alone.
  struct Member {
    AlignedArray<float> scores;   // [kScoreHeads, context]
    AlignedArray<float> scratch;  // one weight row
    AlignedArray<float> lowest;   // [kMostScreened]: a heap of the largest lower bounds of this member's logits
    int64_t lowest_count = 0;
    int64_t embedded_rows = 0;    // since the embedding's pages were dropped last
    Activations normed;           // [T, D]
    AlignedArray<float> inner;    // of few tokens: as Workspace::inner_
    AlignedArray<float> changes;  // [kChangeTokens, rows]: what an adapter adds to a product
    const Batch* batch = nullptr;
    bool interrupted = false;  // the same in all members: somebody wants the pass to stop or to pause
  };

  Member& own(TeamMember member) { return members_[static_cast<size_t>(member.index())]; }
  void norm_row(const float* x, const std::vector<float>& weight, float epsilon, Activations& out, int64_t row);
  // Units of `heads`: the heads of first_token, of the next token, and so on.
  void attend_heads(TeamMember member, const Batch& batch, int layer, const AttentionOptions& options,
                    int64_t first_token, Range heads);
  void all_logits(TeamMember member, const Batch& batch, const Activations& input, bool packed, const Matrix& head);
  // One token's input of the head: a row of float activations, or two rows of refined_.
  struct HeadInput {
    const Activations& activations;
    int64_t row;
    bool refined;
  };
  // The two special cases of logits().
  void row_logits(TeamMember member, std::span<const TokenId> rows, const HeadInput& input, const Matrix& head,
                  float* out);
  void screened_logits(TeamMember member, const WantedLogits& wanted, const Matrix& head, float* out);
  void forbid_logits(TeamMember member, const WantedLogits& wanted, const Matrix& head, float* out);
  void exact_panel(TeamMember member, const HeadInput& input, const Matrix& head, int64_t panel, float* out);
  float screening_threshold(TeamMember member, int top) const;
  // Rows of refined_ from `normed`.
  void refine(TeamMember member, const Activations& normed, Range tokens);
  void multiply(TeamMember member, const Matrix& matrix, const Activations& input, Range panels, Range tokens,
                float* out);

  // What the segments' adapters add to the products of some matrices with one input: first the inner products A x of
  // them all, which are complete for this member on return, then B (A x) for each, added to the rows of `panels` of its
  // output. `slot` is the matrix's place in the list. Without adapters both do nothing.
  static constexpr int kChangeSlots = 3;
  static constexpr int64_t kChangeTokens = 16;
  void begin_changes(TeamMember member, const Activations& input, std::span<const Matrix* const> matrices,
                     Range tokens);
  void add_changes(TeamMember member, const Matrix& matrix, int slot, Range panels, Range tokens, float* out);
  float* inner_products(TeamMember member, Range tokens, int slot);

  ModelShape shape_;
  const KernelTable* kernels_ = nullptr;
  PackedWeights* weights_ = nullptr;
  AlignedArray<float> x_, q_, k_, v_, branch_, up_;
  AlignedArray<float> inner_;  // [kChangeSlots, T, adapter_rank_]: A x of adapters
  int64_t adapter_rank_ = 0;
  Activations normed_, attended_, gated_;
  Activations refined_;          // [2 * T, D]: each row's quants, then those of what they leave over
  AlignedArray<float> halves_;   // products of a few rows of refined_ with the head
  AlignedArray<float> rope_[2];  // [T, Dh / 2, 2]: cosine, sine
  std::vector<Member> members_;
  bool stop_ = false;  // member 0's decision, between two barriers
};

}  // namespace favilla
