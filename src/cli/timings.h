// Durations of repeated runs, and their percentiles.
#pragma once

#include <chrono>
#include <vector>

namespace favilla::cli {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class Timings {
 public:
  void add(double seconds);

  size_t count() const { return sorted_.size(); }
  bool empty() const { return sorted_.empty(); }

  // The smallest duration that at least `percent` of the runs did not exceed (nearest rank). Requires a run, and
  // percent in (0, 100].
  double percentile_s(double percent) const;
  double p50_ms() const { return 1000 * percentile_s(50); }
  double p95_ms() const { return 1000 * percentile_s(95); }
  double fastest_s() const { return sorted_.front(); }
  double slowest_s() const { return sorted_.back(); }

 private:
  std::vector<double> sorted_;  // seconds
};

}  // namespace favilla::cli
