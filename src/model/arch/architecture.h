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

struct Batch {
  std::span<const TokenId> tokens;  // [T], 1 <= T <= kMaxBatchTokens
  int64_t start = 0;                // position of tokens[0]; all before are in the cache
  KvView kv;
  int64_t logit_rows = 1;   // logits are wanted for the last so many tokens
  float* logits = nullptr;  // [logit_rows, V]
  const CancelFlag* cancel = nullptr;
};

class Workspace;

class Architecture {
 public:
  virtual ~Architecture() = default;

  const ModelShape& shape() const { return shape_; }

  // Every matrix, for packing. Addresses are stable.
  virtual std::vector<Matrix*> matrices() = 0;

  // Called by every team member with the same arguments. Returns false in all of them when it was cancelled (checked
  // before each layer); the cache then holds nothing of this batch that counts. An embedding model writes its pooled,
  // normalised vector [D] to batch.logits instead.
  virtual bool forward(TeamMember member, const Batch& batch, Workspace& workspace) const = 0;

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
