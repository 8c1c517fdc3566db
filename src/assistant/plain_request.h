// Whether a sentence may be a request to do something at once: none of its words says that it denies, supposes, tells
// or quotes ("do not pause the music", "if the battery is low, mute it", "she said ..."). Sentence vectors do not see
// the difference, and neither does a small model.
//
//   is_plain_request("mute the sound")            // true
//   is_plain_request("don't mute the sound")      // false: to be asked about, if anything
#pragma once

#include <string_view>

namespace favilla {

bool is_plain_request(std::string_view text);

// It holds a "not", a "never", an "unless": what it names is not to be done, or not simply.
bool denies(std::string_view text);

}  // namespace favilla
