// Rate and time left come from the whole transfer: an average over seconds jumps about on a bad line.
#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "catalog/catalog.h"

namespace favilla::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::milliseconds kLogLine{3000};
constexpr double kSettled_s = 0.5;  // a rate from less time is noise
constexpr int kDefaultColumns = 80;
constexpr int kLargestBar = 40;
constexpr int kSmallestBar = 8;

// Asked for every drawing, because windows change their size.
int columns_of(std::FILE* out) {
  winsize size{};
  return ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kDefaultColumns;
}

std::string bar_of(double fraction, int width) {
  const int filled = static_cast<int>(fraction * width);
  std::string bar(static_cast<size_t>(width), ' ');
  std::fill_n(bar.begin(), filled, '=');
  if (filled < width) bar[static_cast<size_t>(filled)] = '>';
  return " [" + bar + "]";
}

}  // namespace

void ProgressBar::update(uint64_t done_bytes, uint64_t total_bytes, Time now) {
  // Another file, or the same one from its beginning: the old rate says nothing about it.
  if (!start_ || done_bytes < done_bytes_ || total_bytes != total_bytes_) {
    finish();
    start_ = now;
    start_bytes_ = done_bytes;
    last_drawn_ = now;
  }
  done_bytes_ = done_bytes;
  total_bytes_ = total_bytes;
  last_update_ = now;
  const std::chrono::milliseconds pause = is_terminal_ ? kRedraw : kLogLine;
  if (now - last_drawn_ >= pause || (is_terminal_ && !line_is_open_)) draw(now);
}

void ProgressBar::draw(Time now) {
  const double elapsed_s = std::chrono::duration<double>(now - *start_).count();
  ProgressState state{.done_bytes = done_bytes_, .total_bytes = total_bytes_, .unit = unit_};
  if (elapsed_s >= kSettled_s) state.bytes_per_s = static_cast<double>(done_bytes_ - start_bytes_) / elapsed_s;
  if (is_terminal_) {
    state.columns = columns_of(out_);
    // Return, text, and "erase to the end of the line".
    fmt::print(out_, "\r{}\x1b[K", format_progress(state));
  } else {
    fmt::print(out_, "{}\n", format_progress(state));
  }
  std::fflush(out_);
  last_drawn_ = now;
  line_is_open_ = is_terminal_;
}

void ProgressBar::finish() {
  if (!line_is_open_) return;
  draw(last_update_);
  fmt::print(out_, "\n");
  line_is_open_ = false;
}

std::string format_progress(const ProgressState& state) {
  const bool known = state.total_bytes > 0;
  const double fraction =
      known ? std::min(1.0, static_cast<double>(state.done_bytes) / static_cast<double>(state.total_bytes)) : 0;
  const bool counts = !state.unit.empty();
  const auto amount = [&](uint64_t value) { return counts ? std::to_string(value) : format_bytes(value); };
  std::string tail = known ? fmt::format(" {} of {}", amount(state.done_bytes), amount(state.total_bytes))
                           : fmt::format(" {}", amount(state.done_bytes));
  if (counts) tail += " " + state.unit;
  if (counts ? state.bytes_per_s > 0 : state.bytes_per_s >= 1) {
    tail += counts ? fmt::format(", {:.2g}/s", state.bytes_per_s)
                   : fmt::format(", {}/s", format_bytes(static_cast<uint64_t>(state.bytes_per_s)));
    const bool unfinished = known && state.done_bytes < state.total_bytes;
    const auto left_bytes = static_cast<double>(state.total_bytes - std::min(state.done_bytes, state.total_bytes));
    if (unfinished) tail += fmt::format(", {} left", format_duration(left_bytes / state.bytes_per_s));
  }
  std::string line = known ? fmt::format("{:3}%", static_cast<int>(fraction * 100)) : std::string();
  if (state.columns == 0) return line + tail;
  // One column stays free: some terminals wrap when the last one is written.
  const int room = state.columns - 1 - static_cast<int>(line.size() + tail.size()) - 3;
  if (known && room >= kSmallestBar) line += bar_of(fraction, std::min(room, kLargestBar));
  line += tail;
  return line.substr(0, static_cast<size_t>(std::max(0, state.columns - 1)));
}

// Two units at most: nobody plans by the seconds of an hour.
std::string format_duration(double seconds) {
  constexpr double kNever_s = 100.0 * 3600;
  if (seconds >= kNever_s) return "days";
  const auto whole = static_cast<int>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace favilla::cli
