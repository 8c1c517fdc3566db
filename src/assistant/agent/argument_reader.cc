// See argument_reader.h.
#include "assistant/agent/argument_reader.h"

#include <algorithm>

namespace favilla {

double ArgumentReading::score(size_t source, size_t first, size_t last) const {
  double begin = -kNeverMeant, end = -kNeverMeant;
  for (const Word& word : words) {
    if (word.source != source) continue;
    if (word.index == first) begin = word.first;
    if (word.index == last) end = word.last;
  }
  return std::max(-kNeverMeant, begin + end);
}

ArgumentReading::Span ArgumentReading::best(size_t max_words) const {
  Span best;
  for (size_t i = 0; i < words.size(); ++i) {
    for (size_t j = i; j < std::min(words.size(), i + max_words) && words[j].source == words[i].source; ++j) {
      const double score = words[i].first + words[j].last;
      if (score > best.score) best = {words[i].source, words[i].index, words[j].index, score};
    }
  }
  return best;
}

double ArgumentReading::best_within(size_t source, size_t first, size_t last) const {
  double best = -kNeverMeant;
  double begin = -kNeverMeant;  // the best first word so far
  for (const Word& word : words) {
    if (word.source != source || word.index < first || word.index > last) continue;
    begin = std::max(begin, word.first);
    best = std::max(best, begin + word.last);
  }
  return best;
}

}  // namespace favilla
