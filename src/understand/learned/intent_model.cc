// The file: "FVIM", u32 version, u64 checksum of the rest, then the members in the order of read() and bytes().
#include "understand/learned/intent_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/checksum.h"
#include "base/file.h"
#include "understand/learned/built_in_data.h"
#include "understand/learned/examples.h"
#include "understand/learned/slot_features.h"

namespace favilla {
namespace {

constexpr uint32_t kMagic = 0x4D495646;  // "FVIM"
constexpr uint32_t kVersion = 1;
constexpr size_t kHeadBytes = 16;
constexpr size_t kMostWords = 256;  // of a sentence; slots are looked for in the first ones
constexpr uint32_t kWidestVector = 16384;

Error damaged() {
  return {ErrorKind::kCorrupt, "a damaged model of intents; teach it again"};
}

Result<std::vector<std::string>> read_names(ByteReader& reader, size_t most) {
  const uint32_t count = TRY(reader.number());
  if (count > most) return damaged();
  std::vector<std::string> names;
  for (uint32_t i = 0; i < count; ++i) names.push_back(TRY(reader.text()));
  return names;
}

void write_names(ByteWriter& writer, const std::vector<std::string>& names) {
  writer.number(static_cast<uint32_t>(names.size()));
  for (const std::string& name : names) writer.text(name);
}

Result<std::vector<float>> read_floats(ByteReader& reader, size_t count) {
  std::vector<float> values = TRY(reader.array<float>(count));
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) return damaged();
  return values;
}

Result<Gazetteer> read_gazetteer(ByteReader& reader, size_t kinds) {
  const uint32_t count = TRY(reader.number());
  const std::vector<FeatureName> phrases = TRY(reader.array<FeatureName>(count));
  const std::vector<uint16_t> of_kinds = TRY(reader.array<uint16_t>(count));
  std::vector<GazetteerEntry> entries;
  for (uint32_t i = 0; i < count; ++i) {
    if (of_kinds[i] >= kinds || (i > 0 && phrases[i] < phrases[i - 1])) return damaged();
    entries.push_back({phrases[i], of_kinds[i], 1});
  }
  return Gazetteer(std::move(entries));
}

void write_gazetteer(ByteWriter& writer, const Gazetteer& gazetteer) {
  std::vector<FeatureName> phrases;
  std::vector<uint16_t> kinds;
  for (const GazetteerEntry& entry : gazetteer.entries()) {
    phrases.push_back(entry.phrase);
    kinds.push_back(entry.kind);
  }
  writer.number(static_cast<uint32_t>(phrases.size()));
  writer.array(phrases);
  writer.array(kinds);
}

}  // namespace

Result<IntentModel> IntentModel::load(const std::filesystem::path& path) {
  const MappedFile file = TRY(MappedFile::open(path));
  return parse(file.bytes()).context(path.string());
}

Result<IntentModel> IntentModel::parse(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  const uint32_t magic = TRY(reader.number());
  if (magic != kMagic) return Error{ErrorKind::kCorrupt, "not a model of intents"};
  const uint32_t version = TRY(reader.number());
  if (version != kVersion) {
    return Error{ErrorKind::kUnsupported, "made by another version of favilla; teach it again"};
  }
  const uint64_t sum = TRY(reader.array<uint64_t>(1)).front();
  if (sum != checksum(bytes.subspan(kHeadBytes))) return damaged();
  return read(reader);
}

Result<IntentModel> IntentModel::read(ByteReader& reader) {
  IntentModel model;
  model.table_ = TRY(WordTable::parse(built_in_words()));
  if (TRY(reader.array<uint64_t>(1)).front() != model.table_.sum()) {
    return Error{ErrorKind::kUnsupported, "made with another table of words; teach it again"};
  }
  model.intents_ = TRY(read_names(reader, ExampleLimits::kMostIntents));
  model.knows_outside_ = TRY(reader.number()) != 0;
  const size_t scores = model.intents_.size() + (model.knows_outside_ ? 1 : 0);
  model.encoder_ = TRY(SentenceEncoder::read(reader));
  model.word_weights_ = TRY(NamedWeights::read(reader, scores));
  model.word_bias_ = TRY(read_floats(reader, scores));
  model.word_decision_ = TRY(IntentDecision::read(reader));
  model.vector_width_ = TRY(reader.number());
  if (model.vector_width_ > kWidestVector) return damaged();
  model.vector_factor_ = TRY(reader.real());
  model.vector_weights_ = TRY(NamedWeights::read(reader, scores));
  model.vector_bias_ = TRY(read_floats(reader, scores));
  model.vector_decision_ = TRY(IntentDecision::read(reader));
  model.kinds_ = TRY(read_names(reader, ExampleLimits::kMostKinds));
  model.gazetteer_ = TRY(read_gazetteer(reader, model.kinds_.size()));
  model.slot_weights_ = TRY(NamedWeights::read(reader, model.shape().labels()));
  model.transitions_.open = TRY(read_floats(reader, model.shape().labels() * model.shape().openings()));
  model.transitions_.continue_ = TRY(read_floats(reader, 2 * model.kinds_.size()));
  if (reader.left() != 0) return damaged();
  return model;
}

std::string IntentModel::bytes() const {
  ByteWriter writer;
  const uint64_t table_sum = table_.sum();
  writer.array(std::span(&table_sum, 1));
  write_names(writer, intents_);
  writer.number(knows_outside_ ? 1 : 0);
  encoder_.write(writer);
  word_weights_.write(writer);
  writer.array(word_bias_);
  word_decision_.write(writer);
  writer.number(vector_width_);
  writer.real(vector_factor_);
  vector_weights_.write(writer);
  writer.array(vector_bias_);
  vector_decision_.write(writer);
  write_names(writer, kinds_);
  write_gazetteer(writer, gazetteer_);
  slot_weights_.write(writer);
  writer.array(transitions_.open);
  writer.array(transitions_.continue_);
  ByteWriter head;
  head.number(kMagic);
  head.number(kVersion);
  const uint64_t sum = checksum(std::as_bytes(std::span(writer.bytes())));
  head.array(std::span(&sum, 1));
  return head.bytes() + writer.bytes();
}

Result<IntentModel> built_in_intents() {
  return IntentModel::parse(built_in_intents_file()).context("the built-in model of intents");
}

Result<RecognizedIntent> IntentModel::understand(std::string_view sentence, const SentenceEmbedder& embedder) const {
  RecognizedIntent result;
  std::vector<LearnedWord> words = split_words(sentence);
  if (words.size() > kMostWords) words.resize(kMostWords);
  std::vector<std::string_view> likely;
  if (!intents_.empty()) likely = TRY(choose(sentence, words, embedder, result));
  if (!kinds_.empty() && !words.empty()) find_entities(sentence, words, std::move(likely), result);
  return result;
}

Result<std::vector<std::string_view>> IntentModel::choose(std::string_view sentence, std::span<const LearnedWord> words,
                                                          const SentenceEmbedder& embedder,
                                                          RecognizedIntent& result) const {
  std::vector<float> scores = word_bias_;
  for (const SparseEntry& entry : encoder_.encode(words, count_features(words), table_)) {
    word_weights_.add(entry.index, entry.value, scores);
  }
  const Choice by_words = word_decision_.choose(scores, intents_.size());
  const bool sure = by_words.probability >= kSure && by_words.scope >= word_decision_.scope_bar;
  if (!embedder || !takes_vectors() || sure) return decide(word_decision_, scores, result);
  const std::vector<float> vector = TRY(embedder(sentence));
  if (vector.size() != vector_width_) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("the model was taught with sentence vectors of {} numbers, this embedder gives {}",
                             vector_width_, vector.size())};
  }
  result.used_embedder = true;
  for (size_t i = 0; i < scores.size(); ++i) scores[i] += vector_factor_ * vector_bias_[i];
  for (size_t i = 0; i < vector.size(); ++i) {
    vector_weights_.add(static_cast<FeatureName>(i), vector_factor_ * vector[i], scores);
  }
  return decide(vector_decision_, scores, result);
}

std::vector<std::string_view> IntentModel::decide(const IntentDecision& decision, std::span<const float> scores,
                                                  RecognizedIntent& result) const {
  const Choice choice = decision.choose(scores, intents_.size());
  result.intent = intents_[choice.intent];
  result.score = static_cast<double>(choice.probability);
  result.in_scope = choice.scope >= decision.scope_bar;
  std::vector<std::string_view> likely;
  for (const size_t intent : decision.likely(scores, intents_.size())) likely.emplace_back(intents_[intent]);
  return likely;
}

void IntentModel::find_entities(std::string_view sentence, std::span<const LearnedWord> words,
                                std::vector<std::string_view> intents, RecognizedIntent& result) const {
  const SlotContext context{sentence, std::move(intents), &table_, &gazetteer_, 1};
  const auto attributes = slot_attributes(words, context);
  const size_t labels = shape().labels();
  std::vector<float> scores(words.size() * labels, 0);
  for (size_t word = 0; word < words.size(); ++word) {
    for (const FeatureName name : attributes[word]) {
      slot_weights_.add(name, 1, std::span(scores).subspan(word * labels, labels));
    }
  }
  const std::vector<uint16_t> path = best_path(shape(), transitions_, scores);
  for (size_t word = 0; word < words.size(); ++word) {
    if (path[word] == 0) continue;
    if (!shape().is_further(path[word]) || result.entities.empty()) {
      result.entities.push_back({kinds_[(path[word] - 1U) % kinds_.size()], "", words[word].begin, 0});
    }
    FoundEntity& entity = result.entities.back();
    entity.end = words[word].end;
    entity.value = sentence.substr(entity.begin, entity.end - entity.begin);
  }
}

}  // namespace favilla
