// A LoRA adapter: changes of low rank to a model's matrices, kept beside them. The base stays as it is, so that
// sessions with different adapters, and without one, share its weights.
//
//   std::unique_ptr<Adapter> adapter = TRY(Adapter::load(file, base_file, *architecture, AdapterForm::kPacked));
//   const LowRankChange* change = adapter->find(layer.q);   // nullptr: this matrix is not changed
//
// y = W x becomes W x + scale * B (A x), with A [rank, columns] and B [rows, rank] (Hu et al. 2021, arXiv 2106.09685).
// File: a GGUF with general.type "adapter", adapter.type "lora", adapter.lora.alpha (scale = alpha / rank; absent or 0:
// scale 1) and for each changed tensor NAME of the base NAME.lora_a {columns, rank} and NAME.lora_b {rank, rows} in
// F32, F16 or Q8_0: what llama.cpp reads. The linear layers inside the model's layers can be changed, not embedding or
// head.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/arch/architecture.h"
#include "model/gguf.h"
#include "tensor/tensor.h"

namespace favilla {

inline constexpr int64_t kMaxAdapterRank = 1024;

// kPacked: A in int8 where its columns allow it, B in f16, for products beside packed weights. kFloat: f32, the oracle.
enum class AdapterForm { kPacked, kFloat };

// Of one matrix.
struct LowRankChange {
  const Matrix* base = nullptr;
  Matrix down;  // A, [rank, columns]
  Matrix up;    // scale * B, [rows, rank]
  AlignedArray<std::byte> down_bytes, up_bytes;
};

class Adapter {
 public:
  // `base_file` is what `base` was read from; both must outlive the result, `file` need not. Files are untrusted:
  // kInvalidArgument when it is no adapter or for another model, kUnsupported names what we do not have, kCorrupt the
  // tensor that is missing, misshapen or holds what is no number; kExhausted.
  static Result<std::unique_ptr<Adapter>> load(const GgufFile& file, const GgufFile& base_file, Architecture& base,
                                               AdapterForm form);

  const LowRankChange* find(const Matrix& matrix) const;

  const Architecture* base() const { return base_; }
  int64_t largest_rank() const { return largest_rank_; }
  int64_t parameters() const { return parameters_; }
  size_t changed_matrices() const { return changes_.size(); }

  // Names all that the results depend on; 16 hexadecimal digits.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  Adapter() = default;

  const Architecture* base_ = nullptr;
  std::vector<LowRankChange> changes_;  // sorted by the address of `base`
  int64_t largest_rank_ = 0;
  int64_t parameters_ = 0;
  std::string fingerprint_;
};

}  // namespace favilla
