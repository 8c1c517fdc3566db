// A progress bar on a terminal; a line now and then in a log.
//
//   ProgressBar bar(context.err, context.err_is_terminal);
//   bar.update(done_bytes, total_bytes, std::chrono::steady_clock::now());
//   bar.finish();   // before anything else is printed
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

namespace favilla::cli {

class ProgressBar {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `unit`: what is counted instead of bytes, for example "rows".
  ProgressBar(std::FILE* out, bool is_terminal, std::string unit = {})
      : out_(out), is_terminal_(is_terminal), unit_(std::move(unit)) {}

  // total_bytes 0: unknown. Draws ten times a second on a terminal, otherwise a line every few seconds: a log of a fast
  // transfer needs none.
  // A smaller `done_bytes` than before begins a new transfer.
  void update(uint64_t done_bytes, uint64_t total_bytes, Time now);

  // Draws the last state and ends the line; nothing when nothing was drawn.
  void finish();

 private:
  void draw(Time now);

  std::FILE* out_;
  bool is_terminal_;
  std::string unit_;
  uint64_t done_bytes_ = 0;
  uint64_t total_bytes_ = 0;
  uint64_t start_bytes_ = 0;  // what an earlier attempt had brought does not count into the rate
  std::optional<Time> start_;
  Time last_update_;
  Time last_drawn_;
  bool line_is_open_ = false;
};

// " 42% [=======>        ] 41.3 MB of 98.4 MB, 3.1 MB/s, 18 s left", at most `columns` wide.
struct ProgressState {
  uint64_t done_bytes = 0;
  uint64_t total_bytes = 0;  // 0: unknown
  double bytes_per_s = 0;    // 0: not known yet
  int columns = 0;           // 0: no bar, for a log
  std::string unit = {};     // "rows": so many of them instead of bytes
};
std::string format_progress(const ProgressState& state);

// "45 s", "3 min 20 s", "2 h 5 min"
std::string format_duration(double seconds);

}  // namespace favilla::cli
