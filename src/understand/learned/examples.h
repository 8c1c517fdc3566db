// Training sentences: one JSON object a line,
//
//   {"text":"wake me at six","intent":"alarm_set","entities":[{"start":11,"end":14,"value":"six","entity":"time"}]}
//
// `start` and `end` (exclusive) count code points; where only counting bytes makes them fit `value`, bytes. Entities
// may be absent. An intent of null, "", "oos" or "out_of_scope" marks a sentence that means none of the intents. Of
// entities that overlap, the first counts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favilla {

struct MarkedEntity {
  size_t begin = 0;  // bytes of the text
  size_t end = 0;    // exclusive
  std::string kind;
};

struct Example {
  std::string text;
  std::string intent;  // empty: out of scope
  std::vector<MarkedEntity> entities;
};

struct ExampleLimits {
  static constexpr size_t kMostExamples = 1'000'000;
  static constexpr size_t kLongestText = 4096;  // bytes
  static constexpr size_t kMostIntents = 1000;
  static constexpr size_t kMostKinds = 250;  // of entities
};

// kInvalidArgument with the line's number; kExhausted beyond the limits. Empty lines are skipped.
Result<std::vector<Example>> parse_examples(std::string_view lines);

// The text of one line for `favilla intents`: {"text": ...}, further members are ignored.
Result<std::string> parse_sentence(std::string_view line);

}  // namespace favilla
