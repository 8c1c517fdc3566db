// Linear support vector machines, one for each class against the rest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "understand/learned/sparse.h"

namespace favilla {

struct SvmOptions {
  double cost = 0.6;  // of an example on the wrong side; higher fits the examples more closely
  int most_epochs = 60;
  double tolerance = 0.1;  // of the projected gradient, at which a class is done
  uint64_t seed = 1;
};

// For one class, from the `chosen` rows: positive[i] tells whether row i belongs to it. Returns a weight for each of
// `width` features and, at the end, the bias. L2-regularised squared hinge by dual coordinate descent (Hsieh et al.
// 2008). Deterministic.
std::vector<float> train_svm(const SparseRows& rows, std::span<const uint32_t> chosen,
                             std::span<const uint8_t> positive, uint32_t width, const SvmOptions& options);

}  // namespace favilla
