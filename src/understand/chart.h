// Finds everything that a grammar can make of a row of tokens: bottom up, from the last token to the first, so that
// whatever a pattern needs behind its first part is already there.
#pragma once

#include <array>
#include <vector>

#include "understand/grammar.h"

namespace favilla {

struct Item {
  int category = 0;
  int from = 0;  // tokens; `to` is exclusive
  int to = 0;
  float cost = 0;
  bool latent = false;
  Value value;
};

class Chart {
 public:
  Chart(const Grammar& grammar, const Situation& situation);

  // A value that no rule makes: numbers (numbers.h), before parse(); days of a list (day_lists.h), after it.
  void seed(Item item);

  // Ends early, with what it has, when a hostile text makes more items than kMaxItems or takes more than kMaxSteps.
  void parse();

  const std::vector<Item>& items() const { return items_; }

 private:
  static constexpr size_t kMaxItems = 20000;
  static constexpr int kMaxTokens = 40;     // of one item
  static constexpr int kMaxSteps = 500000;  // of extend(): about 20 ms
  static constexpr int kMaxSame = 6;        // readings kept of one category over the same tokens

  struct Path {
    std::array<int, kMaxCaptures> captures{};
    int count = 0;
    float cost = 0;
  };

  void parse_at(int token);
  void extend(int node, int token, Path& path);
  void complete(int node, int to, const Path& path);
  void add(Item&& item);

  const Grammar& grammar_;
  const Situation& situation_;
  std::vector<Item> items_;
  std::vector<std::vector<int>> starts_;  // by token: items that start there
  int steps_ = 0;
  int from_ = 0;  // token that parse_at works on
};

}  // namespace favilla
