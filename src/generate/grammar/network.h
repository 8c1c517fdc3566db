// A grammar as a network of states: rules whose edges read bytes or call rules. What every compiler of this folder
// builds and the matcher walks.
//
//   NetworkBuilder builder;
//   const RuleId greeting = builder.new_rule("greeting");
//   const StateId end = builder.literal(builder.start(greeting), "hello");
//   builder.epsilon(end, builder.end(greeting));
//   Network network = TRY(std::move(builder).finish(greeting));
//
// A call pushes the state after it onto a stack and goes on in the rule's start; the rule's end pops it. A state can
// also repeat a rule, counting on the stack, so that "up to 10,000 characters" costs one state.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favilla::grammar {

using StateId = uint32_t;
using RuleId = uint32_t;

inline constexpr uint32_t kUnlimited = std::numeric_limits<uint32_t>::max();

// Limits that hold before the work is done.
inline constexpr size_t kMaxStates = 60'000;
inline constexpr size_t kMaxEdges = 240'000;
// Frames that the stack may hold while matching; what would need more is not offered, so nested values stay finite.
inline constexpr uint32_t kMaxStackDepth = 512;
// Frames that the shortest text of a grammar may need.
inline constexpr uint32_t kMaxHeight = 128;

struct Edge {
  enum class Kind : uint8_t { kBytes, kEpsilon, kCall };
  Kind kind = Kind::kEpsilon;
  uint8_t low = 0, high = 0;  // kBytes: inclusive
  RuleId rule = 0;            // kCall
  StateId to = 0;
};

// What a repeated rule reads, for masks (see token_trie.h): "plain" characters are all of UTF-8 but control characters,
// quote and backslash.
enum class RepeatOf : uint8_t {
  kAnything,
  kPlain,      // each plain character is one turn of the rule
  kDelimited,  // that, and none of them can follow the last turn
};

struct Repeat {
  RuleId body = 0;
  uint32_t least = 0, most = 0;  // most may be kUnlimited
  StateId next = 0;
  RepeatOf of = RepeatOf::kAnything;
  bool body_may_be_empty = false;  // then `least` is 0; known when the network is finished
};

struct Rule {
  StateId start = 0, end = 0;
  std::string name;  // for messages; may be empty
};

class Network {
 public:
  std::span<const Edge> edges(StateId state) const {
    return std::span(edges_).subspan(first_edge_[state], first_edge_[state + 1] - first_edge_[state]);
  }
  const Repeat* repeat(StateId state) const {
    return repeat_of_[state] < 0 ? nullptr : &repeats_[at(repeat_of_[state])];
  }
  const Rule& rule(RuleId id) const { return rules_[id]; }
  const Rule& root() const { return rules_[root_]; }
  // Ends of rules have no edges.
  bool is_end(StateId state) const { return ends_[state]; }
  // Frames that the shortest way from here to the end of its rule needs above its own; kUnlimited: there is none.
  uint32_t height(StateId state) const { return heights_[state]; }
  size_t states() const { return ends_.size(); }

 private:
  friend class NetworkBuilder;
  friend class NetworkCheck;
  static size_t at(int32_t index) { return static_cast<size_t>(index); }

  std::vector<Edge> edges_;
  std::vector<uint32_t> first_edge_;  // [states + 1]
  std::vector<int32_t> repeat_of_;    // [states], index into repeats_ or -1
  std::vector<Repeat> repeats_;
  std::vector<Rule> rules_;
  std::vector<bool> ends_;
  std::vector<uint32_t> heights_;
  RuleId root_ = 0;
};

class NetworkBuilder {
 public:
  RuleId new_rule(std::string name = {});
  StateId start(RuleId rule) const { return rules_[rule].start; }
  StateId end(RuleId rule) const { return rules_[rule].end; }
  StateId new_state();

  void bytes(StateId from, uint8_t low, uint8_t high, StateId to);
  void epsilon(StateId from, StateId to);
  void call(StateId from, RuleId rule, StateId to);
  // Returns the state after it.
  StateId literal(StateId from, std::string_view text);
  StateId call(StateId from, RuleId rule);
  StateId repeat(StateId from, RuleId body, uint32_t least, uint32_t most, RepeatOf of = RepeatOf::kAnything);

  size_t states() const { return repeat_of_.size(); }
  // More was asked for than the limits allow; finish() will say so. Compilers stop when they see it.
  bool full() const { return full_; }

  // kExhausted: over a limit. kInvalidArgument: a rule calls itself before it reads anything, or no text matches.
  Result<Network> finish(RuleId root) &&;

 private:
  struct NewEdge {
    StateId from;
    Edge edge;
  };
  void add(StateId from, const Edge& edge);

  std::vector<NewEdge> edges_;
  std::vector<int32_t> repeat_of_;
  std::vector<Repeat> repeats_;
  std::vector<Rule> rules_;
  bool full_ = false;
};

}  // namespace favilla::grammar
