// The longest tail that is a prefix of a stop string waits for the next piece.
#include "generate/stop_filter.h"

#include <algorithm>
#include <utility>

namespace favilla {

StopFilter::StopFilter(std::vector<std::string> stop_strings) : stop_strings_(std::move(stop_strings)) {
  std::erase_if(stop_strings_, [](const std::string& s) { return s.empty(); });
}

std::string StopFilter::feed(std::string_view text) {
  if (stopped_) return "";
  held_ += text;
  size_t first = std::string::npos;
  for (const std::string& stop : stop_strings_) {
    const size_t found = held_.find(stop);
    if (found >= first) continue;
    first = found;
    stopped_at_ = stop;
  }
  if (first != std::string::npos) {
    stopped_ = true;
    return std::exchange(held_, "").substr(0, first);
  }
  size_t keep = 0;
  for (const std::string& stop : stop_strings_) {
    for (size_t length = std::min(stop.size() - 1, held_.size()); length > keep; --length) {
      if (std::string_view(held_).ends_with(std::string_view(stop).substr(0, length))) keep = length;
    }
  }
  std::string out = held_.substr(0, held_.size() - keep);
  held_.erase(0, out.size());
  return out;
}

std::string StopFilter::finish() {
  return std::exchange(held_, "");
}

}  // namespace favilla
