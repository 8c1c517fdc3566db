// Server-Sent Events (WHATWG HTML, 9.2): a stream of bytes, cut anywhere, becomes the data of its events.
//
//   SseEvents events(kMaxEvent_bytes);
//   TRY(events.feed(piece));
//   while (std::optional<std::string> data = events.next()) use(*data);
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace favilla {

class SseEvents {
 public:
  explicit SseEvents(size_t max_event_bytes) : max_bytes_(max_event_bytes) {}

  // kExhausted when an event, or a line of one, is longer than allowed.
  Result<void> feed(std::string_view piece);

  // The data of the oldest event that is whole; events without data (comments that keep a line open) are passed over.
  std::optional<std::string> next();

 private:
  void end_line();

  size_t max_bytes_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_return_ = false;  // the last byte was '\r', which a '\n' may complete
  std::deque<std::string> events_;
};

}  // namespace favilla
