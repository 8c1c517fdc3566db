// The chart parser: see chart.h.
#include "understand/chart.h"

#include <utility>

namespace favilla {

Chart::Chart(const Grammar& grammar, const Situation& situation)
    : grammar_(grammar), situation_(situation), starts_(situation.tokens.size() + 1) {
  items_.reserve(64);
}

void Chart::seed(Item item) {
  add(std::move(item));
}

void Chart::parse() {
  for (int token = static_cast<int>(situation_.tokens.size()) - 1; token >= 0; --token) parse_at(token);
}

void Chart::parse_at(int token) {
  from_ = token;
  const int word = situation_.tokens[static_cast<size_t>(token)].word;
  if (word >= 0) {
    for (const int category : grammar_.classes_of(word)) {
      Item item;
      item.category = category;
      item.from = token;
      item.to = token + 1;
      items_.push_back(item);
      starts_[static_cast<size_t>(token)].push_back(static_cast<int>(items_.size()) - 1);
    }
    const int child = grammar_.root_child_of_word(word);
    if (child >= 0) {
      Path path;
      extend(child, token + 1, path);
    }
  }
  // New items land at the end of the list that this loop walks.
  std::vector<int>& here = starts_[static_cast<size_t>(token)];
  for (size_t k = 0; k < here.size() && items_.size() < kMaxItems; ++k) {
    const int index = here[k];
    const int child = grammar_.root_child_of_category(items_[static_cast<size_t>(index)].category);
    if (child < 0) continue;
    Path path;
    if (grammar_.captures(items_[static_cast<size_t>(index)].category)) path.captures[path.count++] = index;
    path.cost = items_[static_cast<size_t>(index)].cost;
    extend(child, items_[static_cast<size_t>(index)].to, path);
  }
}

void Chart::extend(int node_index, int token, Path& path) {
  if (++steps_ > kMaxSteps || token - from_ > kMaxTokens) return;
  const Grammar::Node& node = grammar_.node(node_index);
  complete(node_index, token, path);
  if (token >= static_cast<int>(situation_.tokens.size())) return;
  const Token& next = situation_.tokens[static_cast<size_t>(token)];
  for (const Grammar::Edge& edge : node.edges) {
    if (edge.tight && next.space_before) continue;
    if (edge.symbol < 0) {
      if (next.word == -1 - edge.symbol) extend(edge.child, token + 1, path);
      continue;
    }
    // The list of a later token is complete: nothing that extend() does adds to it.
    for (const int index : starts_[static_cast<size_t>(token)]) {
      if (items_[static_cast<size_t>(index)].category != edge.symbol) continue;
      Path longer = path;
      if (grammar_.captures(edge.symbol)) {
        if (longer.count == kMaxCaptures) continue;
        longer.captures[static_cast<size_t>(longer.count++)] = index;
      }
      longer.cost += items_[static_cast<size_t>(index)].cost;
      extend(edge.child, items_[static_cast<size_t>(index)].to, longer);
    }
  }
}

void Chart::complete(int node, int to, const Path& path) {
  for (const int index : grammar_.node(node).rules) {
    const Rule& rule = grammar_.rule(index);
    ActionInput input{.situation = situation_, .rule = rule, .count = path.count, .from = from_, .to = to};
    for (int k = 0; k < path.count; ++k) {
      input.captures[k] = &items_[static_cast<size_t>(path.captures[static_cast<size_t>(k)])].value;
    }
    Item item;
    if (!rule.action(input, item.value)) continue;
    item.category = rule.category;
    item.from = from_;
    item.to = to;
    item.cost = path.cost + rule.cost;
    // A weak word stays weak under another name.
    const Item* only = path.count == 1 ? &items_[static_cast<size_t>(path.captures[0])] : nullptr;
    const bool same_tokens = only != nullptr && only->from == from_ && only->to == to;
    item.latent = rule.latent || item.value.latent || (same_tokens && only->latent);
    item.value.latent = item.latent;
    add(std::move(item));
  }
}

void Chart::add(Item&& item) {
  if (items_.size() >= kMaxItems) return;
  int same = 0;
  std::vector<int>& list = starts_[static_cast<size_t>(item.from)];
  for (const int index : list) {
    Item& other = items_[static_cast<size_t>(index)];
    if (other.category != item.category || other.to != item.to) continue;
    if (other.value == item.value) {
      other.cost = std::min(other.cost, item.cost);
      return;
    }
    if (++same == kMaxSame) return;
  }
  items_.push_back(std::move(item));
  list.push_back(static_cast<int>(items_.size()) - 1);
}

}  // namespace favilla
