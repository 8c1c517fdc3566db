// Server-sent events (WHATWG HTML, section 9.2): bytes in any pieces in, the data of whole events out.
//
//   EventStream events(kMaxEvent_bytes);
//   for (const std::string& data : TRY(events.feed(bytes))) use(data);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favilla {

class EventStream {
 public:
  // `max_event_bytes`: of a line and an event's data together.
  explicit EventStream(size_t max_event_bytes) : max_bytes_(max_event_bytes) {}

  // The data of the events that end in `bytes`, in order; names, ids, comments and events without data are passed over.
  // What does not depend on where the bytes were cut. kExhausted for a line or an event that is too long; nothing comes
  // after that. An event that is not ended by an empty line is torn, and never comes out.
  Result<std::vector<std::string>> feed(std::string_view bytes);

 private:
  void end_line(std::vector<std::string>& ended);

  size_t max_bytes_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_return_ = false;  // a line feed now belongs to the line end before it
  bool at_start_ = true;       // a byte order mark may stand before the first line
};

}  // namespace favilla
