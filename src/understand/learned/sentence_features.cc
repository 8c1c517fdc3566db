// Names are FNV-1a of "kind:text", mixed once more so that their low bits are as good as the high ones.
#include "understand/learned/sentence_features.h"

#include <algorithm>
#include <string>

namespace favilla {
namespace {

constexpr size_t kShortestPiece = 2;  // bytes
constexpr size_t kLongestPiece = 5;
constexpr size_t kMostParts = 64;  // further ones are not looked at: pairs grow with the square

constexpr uint64_t kFnvStart = 0xCBF29CE484222325ULL;
constexpr uint64_t kFnvPrime = 0x100000001B3ULL;

uint64_t extend(uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return hash;
}

FeatureName finish(uint64_t hash) {
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93ULL;
  return static_cast<FeatureName>(hash >> 32);
}

// Sorts and adds up what occurs more than once.
void merge(FeatureCounts& counts) {
  std::sort(counts.begin(), counts.end(), [](const FeatureCount& a, const FeatureCount& b) { return a.name < b.name; });
  size_t kept = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (kept > 0 && counts[kept - 1].name == counts[i].name) {
      counts[kept - 1].count += counts[i].count;
    } else {
      counts[kept] = counts[i];
      ++kept;
    }
  }
  counts.resize(kept);
}

void add_pieces(FeatureCounts& counts, std::string_view word) {
  std::string padded = " ";
  padded += word;
  padded += ' ';
  const uint64_t start = extend(kFnvStart, "piece:");
  for (size_t begin = 0; begin < padded.size(); ++begin) {
    uint64_t hash = start;
    for (size_t length = 1; length <= kLongestPiece && begin + length <= padded.size(); ++length) {
      hash = extend(hash, std::string_view(padded).substr(begin + length - 1, 1));
      if (length >= kShortestPiece) counts.push_back({finish(hash), 1});
    }
  }
}

// Words without punctuation; a final 's ("what's", "Ana's") is a part of its own.
std::vector<std::string_view> parts_of(std::span<const LearnedWord> words) {
  std::vector<std::string_view> parts;
  for (const LearnedWord& word : words) {
    if (word.is_mark) continue;
    if (parts.size() + 2 > kMostParts) break;
    parts.push_back(word.stem());
    if (!word.ending().empty()) parts.push_back(word.ending());
  }
  return parts;
}

}  // namespace

FeatureName name_feature(std::string_view kind, std::string_view text) {
  return finish(extend(extend(extend(kFnvStart, kind), ":"), text));
}

SentenceFeatures count_features(std::span<const LearnedWord> words) {
  SentenceFeatures features;
  FeatureCounts& neighbours = features[kWordGroup];
  const std::vector<std::string_view> parts = parts_of(words);
  std::string_view before = "^";
  for (size_t i = 0; i < parts.size(); ++i) {
    neighbours.push_back({name_feature("word", parts[i]), 1});
    neighbours.push_back({name_feature("pair", std::string(before) + " " + std::string(parts[i])), 1});
    add_pieces(features[kPieceGroup], parts[i]);
    for (size_t k = 0; k < i; ++k) {
      features[kDistantGroup].push_back(
          {name_feature("distant", std::string(parts[k]) + " " + std::string(parts[i])), 1});
    }
    before = parts[i];
  }
  neighbours.push_back({name_feature("pair", std::string(before) + " $"), 1});
  for (FeatureCounts& group : features) merge(group);
  return features;
}

}  // namespace favilla
