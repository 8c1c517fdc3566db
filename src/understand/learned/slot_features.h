// What the slot tagger knows of each word of a sentence.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "understand/learned/gazetteer.h"
#include "understand/learned/sentence_features.h"
#include "understand/learned/word_table.h"

namespace favilla {

struct SlotContext {
  std::string_view sentence;
  std::vector<std::string_view> intents;  // what the sentence may ask for, by the classifier
  const WordTable* table = nullptr;
  const Gazetteer* gazetteer = nullptr;
  int gazetteer_sentences = 1;  // see Gazetteer::find
};

// The names of all attributes that hold, for each word.
std::vector<std::vector<FeatureName>> slot_attributes(std::span<const LearnedWord> words, const SlotContext& context);

}  // namespace favilla
