// Attributes are "kind:text" as for sentences; kinds that end in a number tell how far away the word is.
#include "understand/learned/slot_features.h"

#include <algorithm>
#include <string>

namespace favilla {
namespace {

constexpr size_t kLongestAffix = 4;  // bytes

// "Ab12-" of "Berlin99!": each run of one kind of character once, letters by their case.
std::string shape_of(std::string_view text) {
  std::string shape;
  for (const char c : text) {
    const char kind = c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : c >= '0' && c <= '9' ? '1' : '-';
    if (shape.empty() || shape.back() != kind) shape += kind;
  }
  return shape;
}

class AttributeMaker {
 public:
  AttributeMaker(std::span<const LearnedWord> words, const SlotContext& context) : words_(words), context_(context) {
    for (const LearnedWord& word : words) places_.push_back(context.table->find(name_feature("word", word.stem())));
    phrases_.resize(words.size());
    for (const GazetteerMatch& match : context.gazetteer->find(words, context.gazetteer_sentences)) add_phrase(match);
  }

  std::vector<FeatureName> at(size_t index) {
    names_.clear();
    add_words(index);
    add_intents(index);
    add_letters(index);
    add_meaning(index);
    names_.insert(names_.end(), phrases_[index].begin(), phrases_[index].end());
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    return std::move(names_);
  }

 private:
  void add(std::string_view kind, std::string_view text) { names_.push_back(name_feature(kind, text)); }

  std::string_view word(size_t index, int offset) const {
    const auto at = static_cast<std::ptrdiff_t>(index) + offset;
    if (at < 0) return "^";
    if (at >= static_cast<std::ptrdiff_t>(words_.size())) return "$";
    return words_[static_cast<size_t>(at)].stem();
  }

  std::string pair(size_t index, int first, int second) const {
    return std::string(word(index, first)) + " " + std::string(word(index, second));
  }

  void add_words(size_t index) {
    add("bias", "");
    add("word0", word(index, 0));
    add("word-1", word(index, -1));
    add("word-2", word(index, -2));
    add("word+1", word(index, 1));
    add("word+2", word(index, 2));
    add("pair-1", pair(index, -1, 0));
    add("pair+1", pair(index, 0, 1));
  }

  void add_intents(size_t index) {
    const std::string sureness = context_.intents.size() > 1 ? "perhaps " : "";
    for (const std::string_view name : context_.intents) {
      const std::string intent = sureness + std::string(name) + " ";
      add("intent", intent);
      add("intent-word0", intent + std::string(word(index, 0)));
      add("intent-word-1", intent + std::string(word(index, -1)));
      add("intent-word+1", intent + std::string(word(index, 1)));
      add("intent-few0", intent + cluster(index, 0, 0));
    }
  }

  void add_letters(size_t index) {
    const LearnedWord& here = words_[index];
    for (size_t length = 1; length <= std::min(kLongestAffix, here.stem().size()); ++length) {
      add("prefix", here.stem().substr(0, length));
      add("suffix", here.stem().substr(here.stem().size() - length));
    }
    add("ending0", here.ending());
    if (index > 0) add("ending-1", words_[index - 1].ending());
    add("shape0", shape_of(context_.sentence.substr(here.begin, here.end - here.begin)));
  }

  // Clusters of this word and its neighbours; "-" where the table has no such word.
  std::string cluster(size_t index, int offset, size_t clustering) const {
    const auto at = static_cast<std::ptrdiff_t>(index) + offset;
    if (at < 0) return "^";
    if (at >= static_cast<std::ptrdiff_t>(words_.size())) return "$";
    const auto& place = places_[static_cast<size_t>(at)];
    return place ? std::to_string(context_.table->cluster(*place, clustering)) : "-";
  }

  void add_meaning(size_t index) {
    constexpr std::string_view kHere[] = {"few0", "some0", "many0"};
    for (size_t clustering = 0; clustering < WordTable::kClusterings; ++clustering) {
      add(kHere[clustering], cluster(index, 0, clustering));
    }
    add("some-1", cluster(index, -1, 1));
    add("some+1", cluster(index, 1, 1));
    add("some-1-0", cluster(index, -1, 1) + " " + cluster(index, 0, 1));
    add("some-0+1", cluster(index, 0, 1) + " " + cluster(index, 1, 1));
    add("word-1-some0", std::string(word(index, -1)) + " " + cluster(index, 0, 1));
  }

  void add_phrase(const GazetteerMatch& match) {
    const std::string kind = std::to_string(match.kind);
    const bool is_long = match.end - match.begin > 1;
    for (size_t index = match.begin; index < match.end; ++index) {
      const std::string place = index == match.begin ? "first " : index + 1 == match.end ? "last " : "middle ";
      phrases_[index].push_back(name_feature(is_long ? "long-phrase" : "short-phrase", place + kind));
    }
    if (match.begin > 0) phrases_[match.begin - 1].push_back(name_feature("before-phrase", kind));
    if (match.end < words_.size()) phrases_[match.end].push_back(name_feature("after-phrase", kind));
  }

  std::span<const LearnedWord> words_;
  const SlotContext& context_;
  std::vector<std::optional<size_t>> places_;  // in the table
  std::vector<std::vector<FeatureName>> phrases_;
  std::vector<FeatureName> names_;
};

}  // namespace

std::vector<std::vector<FeatureName>> slot_attributes(std::span<const LearnedWord> words, const SlotContext& context) {
  AttributeMaker maker(words, context);
  std::vector<std::vector<FeatureName>> attributes;
  attributes.reserve(words.size());
  for (size_t index = 0; index < words.size(); ++index) attributes.push_back(maker.at(index));
  return attributes;
}

}  // namespace favilla
