// A trained model: what a sentence asks for, and which of its words are the slots.
//
//   IntentModel model = TRY(IntentModel::load("house.model"));
//   RecognizedIntent result = TRY(model.understand("dim the lights in the kitchen"));
//   // result.intent "lights_dim", result.score 0.97, result.entities {{"room", "kitchen"}}
//
// Models are made by teach() of learned/teach.h. One object may be used by many threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "understand/learned/crf_lattice.h"
#include "understand/learned/decision.h"
#include "understand/learned/gazetteer.h"
#include "understand/learned/named_weights.h"
#include "understand/learned/sentence_encoder.h"
#include "understand/learned/word_table.h"

namespace favilla {

// A sentence's vector, of length 1 and always of one width. Given by whoever has an embedding model.
using SentenceEmbedder = std::function<Result<std::vector<float>>(std::string_view sentence)>;

struct FoundEntity {
  std::string kind;
  std::string value;  // as it stands in the sentence
  size_t begin = 0;   // bytes of the sentence
  size_t end = 0;     // exclusive
};

struct RecognizedIntent {
  std::string intent;     // the likeliest one, also when not in scope; empty if the model has none
  double score = 0;       // probability that the intent is right, if the sentence means any
  bool in_scope = false;  // false: the sentence probably means none of the intents
  bool used_embedder = false;
  std::vector<FoundEntity> entities;  // in the order of the sentence
};

class IntentModel {
 public:
  // Above this probability by words alone the embedder is not asked.
  static constexpr float kSure = 0.97F;

  // kNotFound; kCorrupt for what is no model or is damaged; kUnsupported for one of another version of the program.
  static Result<IntentModel> load(const std::filesystem::path& path);
  static Result<IntentModel> parse(std::span<const std::byte> bytes);

  // The content of a model file.
  std::string bytes() const;

  // Names, in alphabetical order.
  const std::vector<std::string>& intents() const { return intents_; }
  const std::vector<std::string>& entity_kinds() const { return kinds_; }

  // True when the model was trained with sentence vectors; others never ask an embedder.
  bool takes_vectors() const { return vector_width_ > 0; }

  // `embedder` may be empty. Errors are the embedder's, and kInvalidArgument for a vector of another width.
  Result<RecognizedIntent> understand(std::string_view sentence, const SentenceEmbedder& embedder = {}) const;

 private:
  friend class Teacher;

  IntentModel() = default;
  static Result<IntentModel> read(ByteReader& reader);
  // Fills in what concerns the intent; returns the likely ones.
  Result<std::vector<std::string_view>> choose(std::string_view sentence, std::span<const LearnedWord> words,
                                               const SentenceEmbedder& embedder, RecognizedIntent& result) const;
  std::vector<std::string_view> decide(const IntentDecision& decision, std::span<const float> scores,
                                       RecognizedIntent& result) const;
  void find_entities(std::string_view sentence, std::span<const LearnedWord> words,
                     std::vector<std::string_view> intents, RecognizedIntent& result) const;
  CrfShape shape() const { return {kinds_.size()}; }

  WordTable table_;
  std::vector<std::string> intents_;
  bool knows_outside_ = false;  // one more score, of sentences out of scope
  SentenceEncoder encoder_;
  NamedWeights word_weights_;     // by index of the encoder
  std::vector<float> word_bias_;  // [scores]
  IntentDecision word_decision_;
  uint32_t vector_width_ = 0;    // 0: trained without vectors
  float vector_factor_ = 0;      // of the vector's scores, added to the words'
  NamedWeights vector_weights_;  // by index into the vector
  std::vector<float> vector_bias_;
  IntentDecision vector_decision_;
  std::vector<std::string> kinds_;
  Gazetteer gazetteer_;
  NamedWeights slot_weights_;  // by attribute
  CrfTransitions transitions_;
};

// The model that is part of the program: everyday requests in English (training/intents/README.md).
Result<IntentModel> built_in_intents();

}  // namespace favilla
