// memory: facts that the owner told to be remembered.
//
//   Fact fact = TRY(new_fact("my sister's name is Ana", {"remember that my sister's name is Ana", now, "owner"}));
//   facts_conflict(fact, older);                      // both say what one thing is
//   std::vector<Fact> best = TRY(recall(store, {.words = {"sister", "name"}, .now = now}));
//   prompt_tail(best, 40, count_tokens);              // "Known: my sister's name is Ana."
//
// A fact is a record of the collection "memory" (store.h), written by the tool `memory` alone, so that each has an
// entry of the journal. The store keeps its words' index and its vector with it, and erases them with it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "store/store.h"

namespace favilla {

inline constexpr std::string_view kMemoryCollection = "memory";
inline constexpr size_t kMaxFactBytes = 1000;
inline constexpr size_t kMaxFacts = 20'000;

// Where a fact comes from.
struct Origin {
  std::string source;  // the owner's whole sentence, or "import"
  Moment learnt;
  std::string label = "owner";  // whose words: "owner", "own data", ...
};

struct Fact {
  std::string key;   // of the record: digits
  std::string text;  // "my sister's name is Ana"
  Origin origin;
  std::optional<Moment> expires = std::nullopt;

  bool is_expired(Moment now) const { return expires && *expires <= now; }
};

// The text without blanks and the full stop at its ends. kInvalidArgument, in words for the owner, for one that is
// empty, longer than kMaxFactBytes, not UTF-8, or that holds control or format characters (they hide words), and for
// labels other than "owner" and "own data": nothing is learnt from what others wrote.
Result<Fact> new_fact(std::string_view text, Origin origin);

Json fact_json(const Fact& fact);
// kCorrupt, with the reason, for JSON that new_fact would not have made.
Result<Fact> fact_from_json(std::string_view key, const Json& json);

// "my sister's name", in lower case and without articles, of a text that says what one thing is; else empty.
std::string subject_of(std::string_view text);

// Whether both cannot hold at once: they say of one subject what it is, in values that look like names or numbers.
bool facts_conflict(const Fact& one, const Fact& other);

// Makes vectors of texts. The engine's embeddings stay behind it.
class Embedder {
 public:
  virtual ~Embedder() = default;
  virtual std::string model() const = 0;  // names what made a vector: others are not compared with it
  virtual Result<std::vector<float>> embed(std::string_view text) = 0;  // of length 1
};

// Stores the vectors that are missing, of at most `limit` facts; returns how many. The caller holds the store's lock.
Result<size_t> embed_facts(Store& store, Embedder& embedder, size_t limit);

struct Query {
  std::vector<std::string> words;  // in lower case
  // The request's vector, and which model made it. Empty: by words alone.
  std::vector<float> vector = {};
  std::string model = {};
  Moment now = {};
  size_t limit = 8;
};

// The facts that fit best, by words and by meaning, without expired ones.
Result<std::vector<Fact>> recall(const Store& store, const Query& query);

// What a prompt ends with: as many of the facts as `max_tokens` hold, best first; empty when none does.
std::string prompt_tail(const std::vector<Fact>& best, size_t max_tokens,
                        const std::function<size_t(std::string_view)>& count_tokens);

}  // namespace favilla
