#include "understand/learned/gazetteer.h"

#include <algorithm>
#include <string>

namespace favilla {

FeatureName Gazetteer::name_phrase(std::span<const LearnedWord> words) {
  std::string phrase;
  for (const LearnedWord& word : words) phrase += std::string(word.stem()) + " ";
  return name_feature("phrase", phrase);
}

std::vector<GazetteerMatch> Gazetteer::find(std::span<const LearnedWord> words, int sentences) const {
  std::vector<GazetteerMatch> matches;
  for (size_t begin = 0; begin < words.size(); ++begin) {
    for (size_t end = begin + 1; end <= std::min(words.size(), begin + kLongestPhrase); ++end) {
      const FeatureName name = name_phrase(words.subspan(begin, end - begin));
      auto entry = std::lower_bound(entries_.begin(), entries_.end(), name,
                                    [](const GazetteerEntry& a, FeatureName b) { return a.phrase < b; });
      for (; entry != entries_.end() && entry->phrase == name; ++entry) {
        if (entry->sentences >= sentences) matches.push_back({begin, end, entry->kind});
      }
    }
  }
  return matches;
}

}  // namespace favilla
