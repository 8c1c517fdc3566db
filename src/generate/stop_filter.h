// Cuts a stream of text before the first stop string, however the stream is split. Internal to generate.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace favilla {

class StopFilter {
 public:
  // Empty strings are ignored.
  explicit StopFilter(std::vector<std::string> stop_strings);

  // The text that can be shown now; a tail that may become a stop string is held back.
  std::string feed(std::string_view text);
  std::string finish();  // the tail, when the stream ended without a stop string
  bool stopped() const { return stopped_; }
  const std::string& stopped_at() const { return stopped_at_; }  // the stop string, once stopped

 private:
  std::vector<std::string> stop_strings_;
  std::string held_;
  bool stopped_ = false;
  std::string stopped_at_;
};

}  // namespace favilla
