// See mask.h.
#include "generate/grammar/mask.h"

#include <algorithm>

namespace favilla::grammar {

const Mask& MaskMaker::of(ConfigId id) {
  const auto known = masks_.find(id);
  if (known != masks_.end()) return known->second;
  const size_t bytes_each = trie_.plain(0).words().size_bytes();
  if ((masks_.size() + inners_.size()) * bytes_each > kMaxMaskBytes) forget();

  Mask mask{.allowed = TokenSet(trie_.vocabulary())};
  for (const Group& group : groups_of(id)) {
    const Inner& part = inner(group.places);
    mask.allowed.add(part.allowed);
    if (part.exits.empty() || group.base == kBottom) continue;  // behind the whole text comes nothing
    const Matcher::Frame frame = matcher_.frame(group.base);
    const Place after{frame.back, frame.count, frame.below};
    const ConfigId outside = matcher_.close({&after, 1});
    for (const Exit& exit : part.exits) walk(*exit.trie, exit.node, outside, mask.allowed, nullptr);
  }
  if (matcher_.accepts(id)) {
    for (const TokenId end : trie_.ends()) mask.allowed.add(end);
  }
  mask.count = mask.allowed.count();
  if (mask.count <= kFewTokens) mask.few = mask.allowed.list();
  return masks_.emplace(id, std::move(mask)).first->second;
}

void MaskMaker::forget() {
  masks_.clear();
  inners_.clear();
}

// Cuts each stack at the nearest frame that a call made (frames of repetitions belong to what is above it) and puts
// the unknown there. Deep stacks stay whole: what is above them has to know how deep it may still go.
std::vector<MaskMaker::Group> MaskMaker::groups_of(ConfigId id) {
  std::vector<Group> groups;
  std::vector<Matcher::Frame> above;
  const std::vector<Place> places(matcher_.places(id).begin(), matcher_.places(id).end());
  for (const Place& place : places) {
    above.clear();
    StackId base = place.stack;
    while (base != kBottom && matcher_.network().repeat(matcher_.frame(base).back) != nullptr) {
      above.push_back(matcher_.frame(base));
      base = matcher_.frame(base).below;
    }
    Place moved = place;
    if (matcher_.frame(base).depth > kMaxStackDepth / 2) {
      base = kBottom;
    } else {
      moved.stack = kUnknown;
      for (auto it = above.rbegin(); it != above.rend(); ++it)
        moved.stack = matcher_.push(it->back, it->count, moved.stack);
    }
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.base == base; });
    if (same == groups.end()) {
      groups.push_back({base, {moved}});
    } else {
      same->places.push_back(moved);
    }
  }
  return groups;
}

const MaskMaker::Inner& MaskMaker::inner(const std::vector<Place>& places) {
  const ConfigId key = matcher_.intern(places);
  const auto known = inners_.find(key);
  if (known != inners_.end()) return known->second;
  Inner result{.allowed = TokenSet(trie_.vocabulary()), .exits = {}};
  std::vector<Place> other;
  add_plain(places, other, result);
  walk(trie_.all(), 0, matcher_.intern(std::move(other)), result.allowed, &result.exits);
  return inners_.emplace(key, std::move(result)).first->second;
}

// Repetitions of plain characters: takes their tokens from the lists, walks only the others, and leaves the places that
// have nothing to do with them in `other`.
void MaskMaker::add_plain(const std::vector<Place>& places, std::vector<Place>& other, Inner& result) {
  std::vector<StackId> turns;  // frames of the repetitions that are done here
  for (const Place& place : places) {
    const Repeat* repeat = matcher_.network().repeat(place.state);
    if (repeat == nullptr || repeat->of == RepeatOf::kAnything) continue;
    const uint32_t left = repeat->most == kUnlimited ? kUnlimited : repeat->most - place.count;
    // When plain characters can follow the last turn, a longer token may be allowed, too.
    if (left < kLongestPlain && repeat->of != RepeatOf::kDelimited) continue;
    result.allowed.add(trie_.plain(std::min(left, kLongestPlain)));
    const uint32_t turn = repeat->most == kUnlimited ? std::min(place.count + 1, repeat->least) : place.count + 1;
    turns.push_back(matcher_.push(place.state, turn, place.stack));
  }
  std::vector<Place> inside;
  for (const Place& place : places) {
    const bool in_turn = std::find(turns.begin(), turns.end(), place.stack) != turns.end();
    (in_turn ? inside : other).push_back(place);
  }
  if (!inside.empty()) walk(trie_.not_plain(), 0, matcher_.intern(std::move(inside)), result.allowed, &result.exits);
}

// Adds the tokens below `node` that can be read from `from`. Where one leaves the rule, it is allowed if it ends there;
// what is longer goes to `exits`.
void MaskMaker::walk(const Trie& trie, uint32_t node, ConfigId from, TokenSet& allowed, std::vector<Exit>* exits) {
  if (from == kDead) return;
  const std::span<const Trie::Node> nodes = trie.nodes();
  const size_t top = nodes[node].depth;
  path_.resize(256);
  path_[0] = from;
  const uint32_t end = nodes[node].subtree_end;
  for (uint32_t i = node + 1; i < end;) {
    const Trie::Node& at = nodes[i];
    const size_t depth = at.depth - top;
    const ConfigId to = matcher_.step(path_[depth - 1], at.byte);
    if (to == kDead) {
      i = at.subtree_end;
      continue;
    }
    for (const TokenId id : trie.tokens_at(i)) allowed.add(id);
    const bool has_more = at.subtree_end > i + 1;
    if (has_more && exits != nullptr && matcher_.leaves(to)) exits->push_back({&trie, i});
    path_[depth] = to;
    ++i;
  }
}

}  // namespace favilla::grammar
