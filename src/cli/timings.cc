// See timings.h.
#include "cli/timings.h"

#include <algorithm>
#include <cmath>

namespace favilla::cli {

void Timings::add(double seconds) {
  sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), seconds), seconds);
}

double Timings::percentile_s(double percent) const {
  const double rank = std::ceil(percent / 100 * static_cast<double>(sorted_.size()));
  return sorted_[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace favilla::cli
