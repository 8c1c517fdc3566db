// What points at the words that a conversation has for one parameter.
#pragma once

#include <cstddef>
#include <vector>

#include "assistant/agent/parameter.h"
#include "assistant/agent/said.h"
#include "base/result.h"
#include "model/model.h"

namespace favilla {

// Every word that was read, as the first and as the last of the value, in log odds against "nothing was said".
struct ArgumentReading {
  struct Word {
    size_t source = 0;  // index into said.texts()
    size_t index = 0;   // into its words
    double first = 0;
    double last = 0;
  };
  std::vector<Word> words;  // in the order of the conversation

  // Of the value of words first..last of a text; at most -kNeverMeant where they were not read.
  static constexpr double kNeverMeant = 20;
  double score(size_t source, size_t first, size_t last) const;

  struct Span {
    size_t source = 0;
    size_t first = 0;
    size_t last = 0;
    double score = -kNeverMeant;
  };
  Span best(size_t max_words) const;
  // The best within words first..last of a text.
  double best_within(size_t source, size_t first, size_t last) const;
};

// An extractive reader: one pass over parameter and conversation (argument_text.h writes them).
class ArgumentReader {
 public:
  virtual ~ArgumentReader() = default;
  virtual Result<ArgumentReading> read(const ToolDefinition& tool, const Parameter& parameter, const Said& said) = 0;
};

}  // namespace favilla
