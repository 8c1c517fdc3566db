// Dual coordinate descent with shrinking, algorithm 3 of Hsieh et al. (ICML 2008), for the squared hinge.
#include "understand/learned/svm.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/random.h"

namespace favilla {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class DualDescent {
 public:
  DualDescent(const SparseRows& rows, std::span<const uint32_t> chosen, std::span<const uint8_t> positive,
              uint32_t width, const SvmOptions& options)
      : rows_(rows),
        positive_(positive),
        diagonal_(0.5 / options.cost),
        weights_(width + 1, 0.0F),
        alpha_(rows.size(), 0.0),
        norm_(rows.size()),
        active_(chosen.begin(), chosen.end()),
        random_(options.seed) {
    for (const uint32_t i : chosen) {
      double sum = 1.0 + diagonal_;  // 1: the bias
      for (const SparseEntry& entry : rows.row(i))
        sum += static_cast<double>(entry.value) * static_cast<double>(entry.value);
      norm_[i] = sum;
    }
  }

  std::vector<float> run(const SvmOptions& options) {
    size_t active_count = active_.size();
    double upper = kInfinity;
    for (int epoch = 0; epoch < options.most_epochs; ++epoch) {
      const auto [lowest, highest] = pass(active_count, upper);
      if (highest - lowest <= options.tolerance) {
        if (active_count == active_.size()) break;
        active_count = active_.size();
        upper = kInfinity;
        continue;
      }
      upper = highest > 0 ? highest : kInfinity;
    }
    return std::move(weights_);
  }

 private:
  // One round over the active rows; those that are at their bound and want to stay leave. Returns the lowest and the
  // highest projected gradient.
  std::pair<double, double> pass(size_t& active_count, double upper) {
    double lowest = kInfinity;
    double highest = -kInfinity;
    for (size_t i = 0; i + 1 < active_count; ++i) {
      const size_t other = i + random_.next_below(static_cast<uint32_t>(active_count - i));
      std::swap(active_[i], active_[other]);
    }
    for (size_t at = 0; at < active_count;) {
      const uint32_t i = active_[at];
      const double sign = positive_[i] != 0 ? 1.0 : -1.0;
      const double gradient = sign * dot(i) - 1.0 + alpha_[i] * diagonal_;
      double projected = gradient;
      if (alpha_[i] == 0.0) {
        if (gradient > upper) {
          --active_count;
          std::swap(active_[at], active_[active_count]);
          continue;
        }
        projected = std::min(gradient, 0.0);
      }
      lowest = std::min(lowest, projected);
      highest = std::max(highest, projected);
      if (std::abs(projected) > 1e-12) step(i, sign, gradient);
      ++at;
    }
    return {lowest, highest};
  }

  double dot(uint32_t i) const {
    double sum = static_cast<double>(weights_.back());
    for (const SparseEntry& entry : rows_.row(i)) sum += static_cast<double>(entry.value * weights_[entry.index]);
    return sum;
  }

  void step(uint32_t i, double sign, double gradient) {
    const double before = alpha_[i];
    alpha_[i] = std::max(before - gradient / norm_[i], 0.0);
    const auto change = static_cast<float>((alpha_[i] - before) * sign);
    for (const SparseEntry& entry : rows_.row(i)) weights_[entry.index] += change * entry.value;
    weights_.back() += change;
  }

  const SparseRows& rows_;
  std::span<const uint8_t> positive_;
  double diagonal_;
  std::vector<float> weights_;
  std::vector<double> alpha_;
  std::vector<double> norm_;
  std::vector<uint32_t> active_;
  Random random_;
};

}  // namespace

std::vector<float> train_svm(const SparseRows& rows, std::span<const uint32_t> chosen,
                             std::span<const uint8_t> positive, uint32_t width, const SvmOptions& options) {
  return DualDescent(rows, chosen, positive, width, options).run(options);
}

}  // namespace favilla
