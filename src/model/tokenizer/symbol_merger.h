// Joins neighbouring symbols of a text, cheapest pair first: the core of both byte-pair encoding and SentencePiece.
//
// Symbols form a linked list inside a vector; candidate pairs wait in a heap. A text of n symbols takes O(n log n),
// whatever it says: each join removes one symbol and adds at most two candidates, and outdated candidates are thrown
// away when they surface.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/tokenizer/tokenizer.h"

namespace favilla {

constexpr TokenId kNoToken = -1;

struct Symbol {
  uint32_t begin = 0;     // byte offset in the text
  uint32_t length = 0;    // bytes; 0 once it was joined to its left neighbour
  TokenId id = kNoToken;  // kNoToken: no entry for these bytes
  int32_t previous = -1;  // index of the neighbours, -1 at the ends
  int32_t next = -1;
};

// What joining two symbols gives. The lowest cost is joined first, the leftmost of equal ones.
struct Join {
  uint32_t cost = 0;
  TokenId id = kNoToken;
};

// One text at a time; keeps its memory between texts.
class SymbolMerger {
 public:
  void clear() { symbols_.clear(); }

  void add(uint32_t length, TokenId id) {
    const int32_t index = static_cast<int32_t>(symbols_.size());
    uint32_t begin = 0;
    if (index > 0) {
      symbols_.back().next = index;
      begin = symbols_.back().begin + symbols_.back().length;
    }
    symbols_.push_back({begin, length, id, index - 1, -1});
  }

  // find_join(const Symbol& left, const Symbol& right) -> std::optional<Join>
  template <class FindJoin>
  void merge(FindJoin find_join) {
    heap_.clear();
    for (size_t i = 1; i < symbols_.size(); ++i) {
      push_candidate(static_cast<int32_t>(i) - 1, static_cast<int32_t>(i), find_join);
    }
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const Candidate best = heap_.back();
      heap_.pop_back();
      Symbol& left = symbols_[static_cast<size_t>(best.left)];
      // A symbol never moves and only grows, so an unchanged length means that the pair is still as it was when it was
      // found.
      if (left.length == 0 || left.next < 0) continue;
      Symbol& right = symbols_[static_cast<size_t>(left.next)];
      if (left.length + right.length != best.length) continue;

      left.length = best.length;
      left.id = best.id;
      left.next = right.next;
      right.length = 0;
      if (left.next >= 0) symbols_[static_cast<size_t>(left.next)].previous = best.left;
      push_to_heap(left.previous, best.left, find_join);
      push_to_heap(best.left, left.next, find_join);
    }
  }

  // visit(const Symbol&) for what is left, in order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Symbol& symbol : symbols_) {
      if (symbol.length > 0) visit(symbol);
    }
  }

 private:
  struct Candidate {
    uint32_t cost;
    int32_t left;
    uint32_t length;  // of both symbols together
    TokenId id;
    bool operator>(const Candidate& other) const { return cost != other.cost ? cost > other.cost : left > other.left; }
  };

  template <class FindJoin>
  bool push_candidate(int32_t left, int32_t right, FindJoin& find_join) {
    if (left < 0 || right < 0) return false;
    const Symbol& first = symbols_[static_cast<size_t>(left)];
    const Symbol& second = symbols_[static_cast<size_t>(right)];
    const std::optional<Join> join = find_join(first, second);
    if (join) heap_.push_back({join->cost, left, first.length + second.length, join->id});
    return join.has_value();
  }

  template <class FindJoin>
  void push_to_heap(int32_t left, int32_t right, FindJoin& find_join) {
    if (push_candidate(left, right, find_join)) std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  std::vector<Symbol> symbols_;
  std::vector<Candidate> heap_;
};

}  // namespace favilla
