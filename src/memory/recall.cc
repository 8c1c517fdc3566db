// Recall by words and by meaning. Vectors are kept as int8 with one scale each: 388 bytes for 384 numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "memory/memory.h"

namespace favilla {
namespace {

// Ranks are merged by reciprocal rank (Cormack, Clarke and Buettcher 2009), with their constant.
constexpr double kRankOffset = 60;
constexpr size_t kCandidates = 32;
// Sentences about nothing common lie below it with MiniLM.
constexpr float kLeastCosine = 0.35F;

std::string packed(const std::vector<float>& vector) {
  float largest = 0;
  for (const float value : vector) largest = std::max(largest, std::abs(value));
  const float scale = largest > 0 ? largest / 127 : 1;
  std::string bytes(sizeof scale + vector.size(), '\0');
  std::memcpy(bytes.data(), &scale, sizeof scale);
  for (size_t i = 0; i < vector.size(); ++i) {
    bytes[sizeof scale + i] = static_cast<char>(std::lround(vector[i] / scale));
  }
  return bytes;
}

// 0 for vectors of different lengths.
float cosine(std::string_view one, std::string_view other) {
  float scales[2];
  if (one.size() != other.size() || one.size() < sizeof(float)) return 0;
  std::memcpy(&scales[0], one.data(), sizeof(float));
  std::memcpy(&scales[1], other.data(), sizeof(float));
  int32_t sum = 0;
  for (size_t i = sizeof(float); i < one.size(); ++i) {
    sum += int32_t{static_cast<int8_t>(one[i])} * int32_t{static_cast<int8_t>(other[i])};
  }
  return static_cast<float>(sum) * scales[0] * scales[1];
}

Result<std::vector<std::string>> keys_by_meaning(const Store& store, const Query& query) {
  const std::string wanted = packed(query.vector);
  std::vector<std::pair<float, int64_t>> near;
  TRY(store.read_memory_vectors(query.model, [&](int64_t key, std::string_view bytes) {
    const float score = cosine(wanted, bytes);
    if (score >= kLeastCosine) near.emplace_back(score, key);
  }));
  const size_t count = std::min(near.size(), kCandidates);
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end(), std::greater<>());
  std::vector<std::string> keys;
  for (size_t i = 0; i < count; ++i) keys.push_back(fmt::format("{}", near[i].second));
  return keys;
}

}  // namespace

Result<size_t> embed_facts(Store& store, Embedder& embedder, size_t limit) {
  std::set<std::string> have;
  const std::string model = embedder.model();
  TRY(store.read_memory_vectors(model, [&](int64_t key, std::string_view) { have.insert(fmt::format("{}", key)); }));
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& [key, value] : TRY(store.records(kMemoryCollection))) {
    if (made.size() == limit) break;
    if (have.contains(key)) continue;
    const Result<Fact> fact = fact_from_json(key, value);
    if (fact) made.emplace_back(key, packed(TRY(embedder.embed(fact->text))));
  }
  if (made.empty()) return size_t{0};
  const Result<void> written = store.write(Durability::kSoon, [&](StoreWriter& writer) -> Result<void> {
    for (const auto& [key, bytes] : made) TRY(writer.set_memory_vector(key, model, bytes));
    return {};
  });
  if (!written) return written.error();
  return made.size();
}

Result<std::vector<Fact>> recall(const Store& store, const Query& query) {
  std::map<std::string, double> scores;
  std::map<std::string, Json> values;
  double rank = kRankOffset;
  for (auto& [key, value] : TRY(store.memories_with_words(query.words, kCandidates))) {
    scores[key] += 1 / ++rank;
    values[key] = std::move(value);
  }
  if (!query.vector.empty()) {
    rank = kRankOffset;
    for (const std::string& key : TRY(keys_by_meaning(store, query))) scores[key] += 1 / ++rank;
  }
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [key, score] : scores) order.emplace_back(-score, key);
  std::sort(order.begin(), order.end());
  std::vector<Fact> best;
  for (const auto& [score, key] : order) {
    if (best.size() == query.limit) break;
    if (!values.contains(key)) values[key] = TRY(store.record(kMemoryCollection, key)).value_or(Json());
    Result<Fact> fact = fact_from_json(key, values[key]);
    if (fact && !fact->is_expired(query.now)) best.push_back(std::move(*fact));
  }
  return best;
}

}  // namespace favilla
