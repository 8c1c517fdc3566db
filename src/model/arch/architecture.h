// A model's forward pass. One architecture is one file; all are listed in the table of architecture.cc.
//
// A pass is a static program that every member of a thread team runs together, from barrier to barrier: no graph, no
// allocation, no locks. It reads T >= 1 tokens; a prompt and a single token take the same path.
//
// Letters in this folder: T tokens of a batch, D embedding length, H query heads, KV key/value heads, Dh head length,
// F feed-forward length, V vocabulary, L layers. Weights are [out, in].
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/priority_gate.h"
#include "base/result.h"
#include "base/thread_team.h"
#include "model/gguf.h"
#include "model/tokenizer/tokenizer.h"
#include "tensor/tensor.h"

namespace favilla {

// Tokens that one pass reads at most; longer prompts are read in such batches.
inline constexpr int kMaxBatchTokens = 512;

// The shape of a model, from its metadata.
struct ModelShape {
  int layers = 0;
  int embedding = 0;       // D
  int heads = 0;           // H
  int kv_heads = 0;        // KV
  int head_dim = 0;        // Dh
  int feed_forward = 0;    // F
  int vocabulary = 0;      // V
  int context_tokens = 0;  // trained length
  float norm_epsilon = 1e-5F;
};

// What a pass sees of a session's cache; the session owns the memory. Keys and values: [L][KV] heads as in KvHeadView,
// each of `capacity` positions (a multiple of kKvBlock).
struct KvView {
  KvType type = KvType::kF16;
  std::byte* keys = nullptr;
  std::byte* values = nullptr;
  uint16_t* key_scales = nullptr;
  uint16_t* value_scales = nullptr;
  int kv_heads = 0;
  int head_dim = 0;
  int64_t capacity = 0;

  KvHeadView head(int layer, int kv_head) const;
  // key, value: [Dh].
  void store(int layer, int kv_head, int64_t position, const float* key, const float* value) const;
};

// Which logits of a token have to be right. Honoured for the only token of a batch that wants logits; for several all
// are computed.
struct WantedLogits {
  // Not empty: only those of these tokens are computed; the others are -infinity.
  std::span<const TokenId> rows = {};
  // > 0: only the `top` largest. With a large vocabulary the head's weights are then read with 4 of their 8 bits first,
  // and whole only where a logit can be among those, within six standard deviations of what was left out (measured in
  // docs/quality.md); the others stay approximate, and below those. 0, and with any other head: all are exact.
  int top = 0;
  // Not empty: one bit for each token of the vocabulary, the first in the lowest bit of the first word; at least one is
  // set. The logits of tokens without it are -infinity, and `top` counts the others.
  std::span<const uint64_t> allowed = {};

  bool allows(int64_t token) const {
    return allowed.empty() || (allowed[static_cast<size_t>(token / 64)] >> (token % 64) & 1) != 0;
  }
};
inline constexpr int kMostScreened = 256;  // a larger `top` means all

class Adapter;

// One sequence's part of a batch: tokens that follow those its cache holds.
struct Segment {
  std::span<const TokenId> tokens;
  int64_t start = 0;  // position of tokens[0]; all before are in the cache
  KvView kv;
  int64_t logit_rows = 1;   // logits are wanted for the last so many tokens
  float* logits = nullptr;  // [logit_rows, V]; an embedding model's vector [D]
  float* hidden = nullptr;  // of an embedding model, when it is wanted: the last layer's [T, D]
  WantedLogits wanted = {};
  const Adapter* adapter = nullptr;  // what changes the model for these tokens; nullptr: nothing
};

// What one pass reads: the segments' tokens one after the other, 1 <= T <= kMaxBatchTokens in all.
class Batch {
 public:
  // The segments must outlive the batch. `cancel`, which may be nullptr, ends the pass before its next layer; while
  // `gate`, which may be nullptr, is busy, the pass pauses there.
  explicit Batch(std::span<const Segment> segments, const CancelFlag* cancel = nullptr, PriorityGate* gate = nullptr);

  std::span<const Segment> segments() const { return segments_; }
  int64_t tokens() const { return tokens_; }
  const CancelFlag* cancel() const { return cancel_; }
  PriorityGate* gate() const { return gate_; }

  // A token of the batch by its index in [0, T).
  struct Token {
    const Segment* segment;
    TokenId id;
    int64_t position;
    int64_t logit_row;  // of the segment's logits; negative when they are not wanted
  };
  Token token(int64_t index) const;

  // The tokens whose results still matter after the last layer's cache is written: from the first whose logits are
  // wanted to the end.
  Range wanted() const;

 private:
  std::span<const Segment> segments_;
  const CancelFlag* cancel_;
  PriorityGate* gate_;
  int64_t tokens_ = 0;
};

enum class PassOutcome {
  kFinished,
  kStopped,  // by Batch::cancel; the caches then hold nothing of this batch that counts
  kDamaged,  // the packed weights are not what was written; the same
};

class Workspace;

class Architecture {
 public:
  virtual ~Architecture() = default;

  const ModelShape& shape() const { return shape_; }

  // Every matrix in the order of use, for packing: one group per layer, then the head's (empty without a head).
  // Addresses are stable.
  virtual std::vector<std::vector<Matrix*>> weight_groups() = 0;

  // Called by every team member with the same arguments; returns the same in all of them. An embedding model reads one
  // segment and writes its pooled, normalised vector [D] to the segment's logits instead.
  virtual PassOutcome forward(TeamMember member, const Batch& batch, Workspace& workspace) const = 0;

  virtual bool generates() const { return true; }

 protected:
  explicit Architecture(const ModelShape& shape) : shape_(shape) {}
  ModelShape shape_;
};

// Reads the metadata and views the weights; the file must outlive the result. kUnsupported names the architecture or
// feature that we do not have; kCorrupt names a missing or misshapen tensor.
Result<std::unique_ptr<Architecture>> load_architecture(const GgufFile& file);

// One per file of this folder.
Result<std::unique_ptr<Architecture>> load_llama(const GgufFile& file);
Result<std::unique_ptr<Architecture>> load_qwen2(const GgufFile& file);
Result<std::unique_ptr<Architecture>> load_qwen3(const GgufFile& file);
Result<std::unique_ptr<Architecture>> load_gemma3(const GgufFile& file);
Result<std::unique_ptr<Architecture>> load_bert(const GgufFile& file);

}  // namespace favilla
