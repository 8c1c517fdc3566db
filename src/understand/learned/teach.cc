// Intents first: classifiers of a third of the examples each tell how sure to be, what is out of scope, and what the
// slot tagger will get to see as the intent; then the final classifiers; then the slots.
#include "understand/learned/teach.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <utility>

#include "base/random.h"
#include "base/thread_team.h"
#include "understand/learned/built_in_data.h"
#include "understand/learned/crf_train.h"
#include "understand/learned/slot_features.h"
#include "understand/learned/svm.h"

namespace favilla {

namespace {

constexpr uint32_t kFolds = 3;
constexpr size_t kManyExamples = 2000;  // from here on, a feature that only one sentence has is left out
constexpr size_t kMostWordWeights = 600'000;
constexpr size_t kMostSlotWeights = 300'000;
constexpr float kVectorFactors[] = {0.25F, 0.5F, 0.8F, 1.2F, 1.6F, 2.0F};  // tried
constexpr double kVectorCost = 1.0;

// What share of the time each stage takes, roughly.
constexpr double kVectorsDone = 0.1;
constexpr double kFoldsDone = 0.5;
constexpr double kIntentsDone = 0.65;

// A linear classifier, one row of weights for each score.
struct Classifier {
  std::vector<std::vector<float>> weights;  // [scores][width + 1], the last is the bias

  float score(size_t label, std::span<const SparseEntry> row) const {
    float sum = weights[label].back();
    for (const SparseEntry& entry : row) sum += entry.value * weights[label][entry.index];
    return sum;
  }
};

}  // namespace

class Teacher {
 public:
  Teacher(std::span<const Example> examples, const TeachOptions& options)
      : examples_(examples), options_(options), team_(std::clamp(options.threads, 1, 64)) {}

  Result<IntentModel> run() {
    if (examples_.empty()) return Error{ErrorKind::kInvalidArgument, "there are no sentences to learn from"};
    model_.table_ = TRY(WordTable::parse(built_in_words()));
    TRY(number_names());
    encode_words();
    TRY(encode_vectors());
    TRY(learn_intents());
    TRY(learn_slots());
    return std::move(model_);
  }

 private:
  using Indices = std::vector<uint32_t>;

  Result<void> progress(double part) const {
    if (options_.cancel != nullptr && options_.cancel->requested()) return Error{ErrorKind::kCancelled, "stopped"};
    if (options_.progress) options_.progress(part);
    return {};
  }

  // Intents and kinds of entities in alphabetical order, so that the order of the examples does not matter.
  Result<void> number_names() {
    std::map<std::string, size_t> intents;
    std::map<std::string, size_t> kinds;
    for (const Example& example : examples_) {
      if (!example.intent.empty()) intents.emplace(example.intent, 0);
      if (example.intent.empty()) model_.knows_outside_ = true;
      for (const MarkedEntity& entity : example.entities) kinds.emplace(entity.kind, 0);
    }
    if (intents.empty()) return Error{ErrorKind::kInvalidArgument, "no sentence has an intent"};
    if (intents.size() > ExampleLimits::kMostIntents || kinds.size() > ExampleLimits::kMostKinds) {
      return Error{ErrorKind::kExhausted,
                   fmt::format("{} intents and {} kinds of entities; at most {} and {} can be learned", intents.size(),
                               kinds.size(), ExampleLimits::kMostIntents, ExampleLimits::kMostKinds)};
    }
    for (auto& [name, number] : intents) {
      number = model_.intents_.size();
      model_.intents_.push_back(name);
    }
    for (auto& [name, number] : kinds) {
      number = model_.kinds_.size();
      model_.kinds_.push_back(name);
    }
    for (const Example& example : examples_) {
      goal_.push_back(example.intent.empty() ? intents.size() : intents[example.intent]);
    }
    kind_numbers_ = std::move(kinds);
    return {};
  }

  size_t scores() const { return model_.intents_.size() + (model_.knows_outside_ ? 1 : 0); }

  void encode_words() {
    std::vector<SentenceFeatures> features;
    for (const Example& example : examples_) {
      words_.push_back(split_words(example.text));
      features.push_back(count_features(words_.back()));
    }
    model_.encoder_ = SentenceEncoder(features, examples_.size() < kManyExamples ? 1 : 2);
    for (size_t i = 0; i < examples_.size(); ++i) {
      word_rows_.add_row(model_.encoder_.encode(words_[i], features[i], model_.table_));
    }
  }

  Result<void> encode_vectors() {
    if (!options_.embedder) return {};
    std::vector<SparseEntry> row;
    for (size_t i = 0; i < examples_.size(); ++i) {
      const std::vector<float> vector = TRY(options_.embedder(examples_[i].text));
      if (i == 0) model_.vector_width_ = static_cast<uint32_t>(vector.size());
      if (vector.empty() || vector.size() != model_.vector_width_) {
        return Error{ErrorKind::kInvalidArgument, "the embedder gives vectors of different widths"};
      }
      row.clear();
      for (size_t k = 0; k < vector.size(); ++k) row.push_back({static_cast<uint32_t>(k), vector[k]});
      vector_rows_.add_row(row);
      if (i % 64 == 0) {
        TRY(progress(kVectorsDone * static_cast<double>(i) / static_cast<double>(examples_.size())));
      }
    }
    return {};
  }

  Classifier train(const SparseRows& rows, uint32_t width, double cost, const Indices& chosen) {
    Classifier classifier;
    classifier.weights.resize(scores());
    std::atomic<size_t> next{0};
    team_.run([&](TeamMember) {
      std::vector<uint8_t> positive(goal_.size());
      for (size_t label = next.fetch_add(1); label < scores(); label = next.fetch_add(1)) {
        if (options_.cancel != nullptr && options_.cancel->requested()) return;
        for (size_t i = 0; i < goal_.size(); ++i) positive[i] = goal_[i] == label ? 1 : 0;
        classifier.weights[label] =
            train_svm(rows, chosen, positive, width, {.cost = cost, .seed = options_.seed + label});
      }
    });
    return classifier;
  }

  Classifier train_words(const Indices& chosen) {
    return train(word_rows_, model_.encoder_.width(), SvmOptions{}.cost, chosen);
  }
  Classifier train_vectors(const Indices& chosen) {
    return train(vector_rows_, model_.vector_width_, kVectorCost, chosen);
  }

  Result<void> learn_intents() {
    std::vector<uint32_t> order(examples_.size());
    std::iota(order.begin(), order.end(), 0U);
    Random random(options_.seed);
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[random.next_below(static_cast<uint32_t>(i))]);
    }
    by_words_.resize(examples_.size());
    by_vectors_.resize(examples_.size());
    for (uint32_t fold = 0; fold < kFolds; ++fold) {
      Indices seen;
      Indices held_out;
      for (size_t i = 0; i < order.size(); ++i) (i % kFolds == fold ? held_out : seen).push_back(order[i]);
      if (seen.empty()) seen = held_out;
      TRY(score_fold(seen, held_out));
      TRY(progress(kVectorsDone + (kFoldsDone - kVectorsDone) * (fold + 1) / kFolds));
    }
    decide();
    const Classifier words = train_words(order);
    TRY(progress(kFoldsDone));
    model_.word_weights_ = pack(words, model_.encoder_.width(), kMostWordWeights, model_.word_bias_);
    if (!options_.embedder) {
      model_.vector_bias_.assign(scores(), 0);
      return progress(kIntentsDone);
    }
    const Classifier vectors = train_vectors(order);
    TRY(progress(kIntentsDone));
    model_.vector_weights_ = pack(vectors, model_.vector_width_, kMostWordWeights, model_.vector_bias_);
    return {};
  }

  Result<void> score_fold(const Indices& seen, const Indices& held_out) {
    const Classifier words = train_words(seen);
    const Classifier vectors = options_.embedder ? train_vectors(seen) : Classifier{};
    // Training that was stopped has no weights.
    if (options_.cancel != nullptr && options_.cancel->requested()) return Error{ErrorKind::kCancelled, "stopped"};
    for (const uint32_t i : held_out) {
      by_words_[i].intent = by_vectors_[i].intent = goal_[i];
      for (size_t label = 0; label < scores(); ++label) {
        by_words_[i].scores.push_back(words.score(label, word_rows_.row(i)));
        if (options_.embedder) by_vectors_[i].scores.push_back(vectors.score(label, vector_rows_.row(i)));
      }
    }
    return {};
  }

  // Adds up words and vectors with the factor that is right most often on sentences not seen.
  void decide() {
    const size_t intents = model_.intents_.size();
    model_.word_decision_ = fit_decision(by_words_, intents);
    if (!options_.embedder) return;
    size_t most_right = 0;
    std::vector<ScoredExample> best;
    for (const float factor : kVectorFactors) {
      std::vector<ScoredExample> sums = by_words_;
      size_t right = 0;
      for (size_t i = 0; i < sums.size(); ++i) {
        for (size_t k = 0; k < scores(); ++k) sums[i].scores[k] += factor * by_vectors_[i].scores[k];
        if (IntentDecision{}.choose(sums[i].scores, intents).intent == sums[i].intent) ++right;
      }
      if (!best.empty() && right <= most_right) continue;
      most_right = right;
      best = std::move(sums);
      model_.vector_factor_ = factor;
    }
    model_.vector_decision_ = fit_decision(best, intents);
    by_words_ = std::move(best);
  }

  NamedWeights pack(const Classifier& classifier, uint32_t width, size_t most, std::vector<float>& bias) const {
    std::vector<NamedWeight> weights;
    for (uint32_t index = 0; index < width; ++index) {
      for (size_t label = 0; label < scores(); ++label) {
        const float weight = classifier.weights[label][index];
        if (weight != 0) weights.push_back({index, static_cast<uint16_t>(label), weight});
      }
    }
    bias.clear();
    for (const std::vector<float>& row : classifier.weights) bias.push_back(row.back());
    return NamedWeights::pack(weights, most);
  }

  // The words that an entity touches; empty when it covers blanks only.
  std::pair<size_t, size_t> words_of(size_t example, const MarkedEntity& entity) const {
    const std::vector<LearnedWord>& words = words_[example];
    size_t begin = 0;
    while (begin < words.size() && words[begin].end <= entity.begin) ++begin;
    size_t end = begin;
    while (end < words.size() && words[end].begin < entity.end) ++end;
    return {begin, end};
  }

  void collect_phrases() {
    std::map<std::pair<FeatureName, uint16_t>, uint16_t> sentences;
    for (size_t i = 0; i < examples_.size(); ++i) {
      for (const MarkedEntity& entity : examples_[i].entities) {
        const auto [begin, end] = words_of(i, entity);
        if (begin == end || end - begin > Gazetteer::kLongestPhrase) continue;
        const FeatureName name = Gazetteer::name_phrase(std::span(words_[i]).subspan(begin, end - begin));
        uint16_t& count = sentences[{name, static_cast<uint16_t>(kind_numbers_[entity.kind])}];
        count = static_cast<uint16_t>(std::min(count + 1, 1000));
      }
    }
    std::vector<GazetteerEntry> entries;
    for (const auto& [phrase, count] : sentences) entries.push_back({phrase.first, phrase.second, count});
    model_.gazetteer_ = Gazetteer(std::move(entries));
  }

  // The intents as the tagger will get them: by classifiers that have not seen the sentence.
  std::vector<std::string_view> expected_intents(size_t example) const {
    const IntentDecision& decision = options_.embedder ? model_.vector_decision_ : model_.word_decision_;
    std::vector<std::string_view> names;
    for (const size_t intent : decision.likely(by_words_[example].scores, model_.intents_.size())) {
      names.emplace_back(model_.intents_[intent]);
    }
    return names;
  }

  Result<void> learn_slots() {
    const CrfShape shape = model_.shape();
    model_.transitions_ = CrfTransitions(shape);
    if (shape.kinds == 0) return progress(1);
    collect_phrases();
    std::vector<CrfExample> sentences;
    for (size_t i = 0; i < examples_.size(); ++i) {
      if (words_[i].empty()) continue;
      CrfExample& sentence = sentences.emplace_back();
      sentence.attributes =
          slot_attributes(words_[i], {examples_[i].text, expected_intents(i), &model_.table_, &model_.gazetteer_, 2});
      sentence.labels.assign(words_[i].size(), 0);
      for (const MarkedEntity& entity : examples_[i].entities) {
        const auto [begin, end] = words_of(i, entity);
        const size_t first = 1 + kind_numbers_[entity.kind];
        for (size_t word = begin; word < end; ++word) {
          sentence.labels[word] = static_cast<uint16_t>(word == begin ? first : shape.further(first));
        }
      }
    }
    const CrfOptions options{.seed = options_.seed};
    Result<void> state;
    const CrfResult result = train_crf(shape, sentences, options, [&](int done, int total) {
      state = progress(kIntentsDone + (1 - kIntentsDone) * done / total);
      return state.has_value();
    });
    TRY(std::move(state));
    model_.slot_weights_ = NamedWeights::pack(result.weights, kMostSlotWeights);
    model_.transitions_ = result.transitions;
    return {};
  }

  std::span<const Example> examples_;
  const TeachOptions& options_;
  ThreadTeam team_;
  IntentModel model_;
  std::map<std::string, size_t> kind_numbers_;
  std::vector<size_t> goal_;  // of each example; the number of intents: out of scope
  std::vector<std::vector<LearnedWord>> words_;
  SparseRows word_rows_;
  SparseRows vector_rows_;
  std::vector<ScoredExample> by_words_;  // by classifiers that have not seen the sentence; at last with vectors
  std::vector<ScoredExample> by_vectors_;
};

Result<IntentModel> teach(std::span<const Example> examples, const TeachOptions& options) {
  return Teacher(examples, options).run();
}

}  // namespace favilla
