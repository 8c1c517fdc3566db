// Which of the slots that rules found in a sentence are the arguments of a call.
//
//   std::vector<size_t> chosen = choose_slots({{.from = 7, .to = 20, .arguments = 0b01, .gain = 6.5}, ...});
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace favilla {

struct SlotOption {
  size_t from = 0;  // bytes of the sentence
  size_t to = 0;
  uint64_t arguments = 0;  // a bit for each that it fills
  double gain = 0;         // what speaks for it
};

// The options with the highest sum of gains that share neither words nor arguments; only those that gain something.
// Beyond the kMaxSlotOptions that gain most none is looked at.
inline constexpr size_t kMaxSlotOptions = 12;
std::vector<size_t> choose_slots(const std::vector<SlotOption>& options);

}  // namespace favilla
