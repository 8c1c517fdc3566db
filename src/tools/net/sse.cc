// Byte by byte; a line ends with \n, \r or \r\n, an event with an empty line.
#include "tools/net/sse.h"

#include <utility>

namespace favilla {

Result<void> SseEvents::feed(std::string_view piece) {
  for (const char c : piece) {
    const bool completes = std::exchange(after_return_, c == '\r') && c == '\n';
    if (completes) continue;
    if (c == '\n' || c == '\r') {
      end_line();
    } else {
      line_ += c;
      if (line_.size() + data_.size() > max_bytes_) return Error{ErrorKind::kExhausted, "an event is too long"};
    }
  }
  return {};
}

void SseEvents::end_line() {
  const std::string line = std::exchange(line_, {});
  if (line.empty()) {
    if (!data_.empty()) events_.push_back(std::exchange(data_, {}));
    has_data_ = false;
    return;
  }
  const size_t colon = line.find(':');
  if (line.substr(0, colon) != "data") return;  // a comment, an id, a name: nothing here needs them
  std::string_view value = colon == std::string::npos ? std::string_view() : std::string_view(line).substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
}

std::optional<std::string> SseEvents::next() {
  if (events_.empty()) return std::nullopt;
  std::string data = std::move(events_.front());
  events_.pop_front();
  return data;
}

}  // namespace favilla
