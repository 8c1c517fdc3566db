// See event_stream.h.
#include "base/event_stream.h"

#include <fmt/format.h>

namespace favilla {

Result<std::vector<std::string>> EventStream::feed(std::string_view bytes) {
  std::vector<std::string> ended;
  for (const char byte : bytes) {
    const bool is_second_half = byte == '\n' && after_return_;
    after_return_ = byte == '\r';
    if (is_second_half) continue;
    if (byte == '\n' || byte == '\r') {
      end_line(ended);
    } else {
      line_ += byte;
    }
    if (line_.size() + data_.size() > max_bytes_) {
      return Error{ErrorKind::kExhausted, fmt::format("an event of more than {} bytes", max_bytes_)};
    }
  }
  return ended;
}

void EventStream::end_line(std::vector<std::string>& ended) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  constexpr std::string_view kField = "data";
  std::string_view line = line_;
  if (at_start_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  at_start_ = false;
  if (line.empty()) {
    if (has_data_) ended.push_back(std::move(data_));
    data_.clear();
    has_data_ = false;
  } else if (line.starts_with(kField) && (line.size() == kField.size() || line[kField.size()] == ':')) {
    line.remove_prefix(std::min(kField.size() + 1, line.size()));
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (has_data_) data_ += '\n';
    data_ += line;
    has_data_ = true;
  }
  line_.clear();
}

}  // namespace favilla
