// Building a network, and what must hold before anything walks it.
#include "generate/grammar/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <utility>

namespace favilla::grammar {

StateId NetworkBuilder::new_state() {
  if (repeat_of_.size() >= kMaxStates) {
    full_ = true;
    return 0;
  }
  repeat_of_.push_back(-1);
  return static_cast<StateId>(repeat_of_.size() - 1);
}

RuleId NetworkBuilder::new_rule(std::string name) {
  const StateId start = new_state();
  const StateId end = new_state();
  rules_.push_back({start, end, std::move(name)});
  return static_cast<RuleId>(rules_.size() - 1);
}

void NetworkBuilder::add(StateId from, const Edge& edge) {
  if (edges_.size() >= kMaxEdges) full_ = true;
  if (!full_) edges_.push_back({from, edge});
}

void NetworkBuilder::bytes(StateId from, uint8_t low, uint8_t high, StateId to) {
  add(from, {.kind = Edge::Kind::kBytes, .low = low, .high = high, .to = to});
}

void NetworkBuilder::epsilon(StateId from, StateId to) {
  add(from, {.kind = Edge::Kind::kEpsilon, .to = to});
}

void NetworkBuilder::call(StateId from, RuleId rule, StateId to) {
  add(from, {.kind = Edge::Kind::kCall, .rule = rule, .to = to});
}

StateId NetworkBuilder::literal(StateId from, std::string_view text) {
  for (const char c : text) {
    if (full_) break;
    const StateId next = new_state();
    bytes(from, static_cast<uint8_t>(c), static_cast<uint8_t>(c), next);
    from = next;
  }
  return from;
}

StateId NetworkBuilder::call(StateId from, RuleId rule) {
  const StateId after = new_state();
  call(from, rule, after);
  return after;
}

StateId NetworkBuilder::repeat(StateId from, RuleId body, uint32_t least, uint32_t most, RepeatOf of) {
  const StateId at = new_state();
  const StateId next = new_state();
  if (full_) return 0;
  epsilon(from, at);
  repeat_of_[at] = static_cast<int32_t>(repeats_.size());
  repeats_.push_back({.body = body, .least = least, .most = most, .next = next, .of = of});
  return next;
}

// Computes what a finished network must know of itself, and refuses what the matcher could not walk.
class NetworkCheck {
 public:
  explicit NetworkCheck(Network& network) : network_(network) {}

  Result<void> run() {
    find_uses();
    find_heights();
    const uint32_t height = network_.height(network_.root().start);
    if (height == kUnlimited) {
      return Error{ErrorKind::kInvalidArgument,
                   "no finite text matches: a part of it can never end, or allows nothing"};
    }
    if (height > kMaxHeight) {
      return Error{ErrorKind::kExhausted, fmt::format("even the shortest text needs more than {} levels", kMaxHeight)};
    }
    find_nullable();
    soften_repeats();
    return refuse_left_recursion();
  }

 private:
  // A way on from a state: an edge of it, or its repeat when the edge is nullptr.
  struct Use {
    StateId user;
    const Edge* edge;
  };

  template <class Function>
  void for_each_use(const Function& function) const {  // function(state used, use)
    for (StateId state = 0; state < network_.states(); ++state) {
      for (const Edge& edge : network_.edges(state)) {
        function(edge.to, Use{state, &edge});
        if (edge.kind == Edge::Kind::kCall) function(network_.rule(edge.rule).start, Use{state, &edge});
      }
      if (const Repeat* repeat = network_.repeat(state)) {
        function(repeat->next, Use{state, nullptr});
        function(network_.rule(repeat->body).start, Use{state, nullptr});
      }
    }
  }

  // For each state, the ways whose height or nullability depends on it.
  void find_uses() {
    first_use_.assign(network_.states() + 1, 0);
    for_each_use([&](StateId used, const Use&) { ++first_use_[used + 1]; });
    for (size_t i = 1; i < first_use_.size(); ++i) first_use_[i] += first_use_[i - 1];
    uses_.resize(first_use_.back());
    std::vector<uint32_t> next(first_use_.begin(), first_use_.end() - 1);
    for_each_use([&](StateId used, const Use& use) { uses_[next[used]++] = use; });
  }

  std::span<const Use> uses(StateId state) const {
    return std::span(uses_).subspan(first_use_[state], first_use_[state + 1] - first_use_[state]);
  }

  uint32_t height_of_call(RuleId rule, StateId after) const {
    const uint32_t inside = network_.height(network_.rule(rule).start);
    return inside == kUnlimited ? kUnlimited : std::max(inside + 1, network_.height(after));
  }

  uint32_t height_by(const Use& use) const {
    if (use.edge == nullptr) {
      const Repeat& repeat = *network_.repeat(use.user);
      return repeat.least == 0 ? network_.height(repeat.next) : height_of_call(repeat.body, repeat.next);
    }
    const bool calls = use.edge->kind == Edge::Kind::kCall;
    return calls ? height_of_call(use.edge->rule, use.edge->to) : network_.height(use.edge->to);
  }

  // Knuth's generalization of Dijkstra's algorithm: a state's height is final when it leaves the queue.
  void find_heights() {
    network_.heights_.assign(network_.states(), kUnlimited);
    using Entry = std::pair<uint32_t, StateId>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    const auto lower = [&](StateId state, uint32_t height) {
      if (height >= network_.height(state)) return;
      network_.heights_[state] = height;
      queue.push({height, state});
    };
    for (const Rule& rule : network_.rules_) lower(rule.end, 0);
    while (!queue.empty()) {
      const auto [height, state] = queue.top();
      queue.pop();
      if (height != network_.height(state)) continue;
      for (const Use& use : uses(state)) lower(use.user, height_by(use));
    }
  }

  bool nullable_rule(RuleId rule) const { return nullable_[network_.rule(rule).start]; }

  bool nullable_by(const Use& use) const {
    if (use.edge == nullptr) {
      const Repeat& repeat = *network_.repeat(use.user);
      return nullable_[repeat.next] && (repeat.least == 0 || nullable_rule(repeat.body));
    }
    if (use.edge->kind == Edge::Kind::kBytes || !nullable_[use.edge->to]) return false;
    return use.edge->kind == Edge::Kind::kEpsilon || nullable_rule(use.edge->rule);
  }

  // A state is nullable when the end of its rule can be reached without reading a byte.
  void find_nullable() {
    nullable_.assign(network_.states(), false);
    std::vector<StateId> work;
    for (const Rule& rule : network_.rules_) work.push_back(rule.end);
    for (const Rule& rule : network_.rules_) nullable_[rule.end] = true;
    while (!work.empty()) {
      const StateId state = work.back();
      work.pop_back();
      for (const Use& use : uses(state)) {
        if (nullable_[use.user] || !nullable_by(use)) continue;
        nullable_[use.user] = true;
        work.push_back(use.user);
      }
    }
  }

  // Turns that read nothing need not be made: then none is required.
  void soften_repeats() {
    for (Repeat& repeat : network_.repeats_) {
      repeat.body_may_be_empty = nullable_rule(repeat.body);
      if (repeat.body_may_be_empty) repeat.least = 0;
    }
  }

  // The rules that `rule` can call before it has read a byte.
  std::vector<RuleId> first_calls(RuleId rule) {
    std::vector<RuleId> calls;
    std::vector<StateId> work = {network_.rule(rule).start};
    const auto visit = [&](StateId state) {
      if (seen_by_[state] == rule + 1) return;
      seen_by_[state] = rule + 1;
      work.push_back(state);
    };
    while (!work.empty()) {
      const StateId state = work.back();
      work.pop_back();
      for (const Edge& edge : network_.edges(state)) {
        if (edge.kind == Edge::Kind::kEpsilon) visit(edge.to);
        if (edge.kind != Edge::Kind::kCall) continue;
        calls.push_back(edge.rule);
        if (nullable_rule(edge.rule)) visit(edge.to);
      }
      if (const Repeat* repeat = network_.repeat(state)) {
        calls.push_back(repeat->body);
        if (repeat->least == 0) visit(repeat->next);
      }
    }
    return calls;
  }

  // Depth first with a stack of its own: hostile grammars chain rules by the ten thousand.
  Result<void> refuse_left_recursion() {
    seen_by_.assign(network_.states(), 0);
    std::vector<Mark> marks(network_.rules_.size(), Mark::kNew);
    for (RuleId first = 0; first < marks.size(); ++first) {
      if (marks[first] != Mark::kNew) continue;
      std::vector<Visit> path = {{first, first_calls(first), 0}};
      marks[first] = Mark::kOpen;
      while (!path.empty()) {
        Visit& top = path.back();
        if (top.next == top.calls.size()) {
          marks[top.rule] = Mark::kDone;
          path.pop_back();
          continue;
        }
        const RuleId called = top.calls[top.next++];
        if (marks[called] == Mark::kOpen) {
          const std::string& name = network_.rule(called).name;
          return Error{ErrorKind::kInvalidArgument,
                       fmt::format("{} refers to itself before it reads anything", name.empty() ? "a rule" : name)};
        }
        if (marks[called] == Mark::kNew) {
          marks[called] = Mark::kOpen;
          path.push_back({called, first_calls(called), 0});
        }
      }
    }
    return {};
  }

  enum class Mark : uint8_t { kNew, kOpen, kDone };
  struct Visit {
    RuleId rule;
    std::vector<RuleId> calls;
    size_t next;
  };

  Network& network_;
  std::vector<uint32_t> first_use_;  // [states + 1]
  std::vector<Use> uses_;
  std::vector<bool> nullable_;
  std::vector<RuleId> seen_by_;  // rule + 1
};

Result<Network> NetworkBuilder::finish(RuleId root) && {
  if (full_) {
    return Error{ErrorKind::kExhausted,
                 fmt::format("it is too large: more than {} states or {} edges", kMaxStates, kMaxEdges)};
  }
  Network network;
  network.root_ = root;
  network.first_edge_.assign(repeat_of_.size() + 1, 0);
  for (const NewEdge& edge : edges_) ++network.first_edge_[edge.from + 1];
  for (size_t i = 1; i < network.first_edge_.size(); ++i) network.first_edge_[i] += network.first_edge_[i - 1];
  network.edges_.resize(edges_.size());
  std::vector<uint32_t> next(network.first_edge_.begin(), network.first_edge_.end() - 1);
  for (const NewEdge& edge : edges_) network.edges_[next[edge.from]++] = edge.edge;
  network.ends_.assign(repeat_of_.size(), false);
  for (const Rule& rule : rules_) network.ends_[rule.end] = true;
  network.repeat_of_ = std::move(repeat_of_);
  network.repeats_ = std::move(repeats_);
  network.rules_ = std::move(rules_);
  TRY(NetworkCheck(network).run());
  return network;
}

}  // namespace favilla::grammar
