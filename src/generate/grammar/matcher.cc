// See matcher.h.
#include "generate/grammar/matcher.h"

#include <algorithm>

namespace favilla::grammar {
namespace {

uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

uint64_t hash_of(const Place& place) {
  return mix(mix(place.state, place.count), place.stack);
}

}  // namespace

Matcher::Matcher(const Network& network) : network_(network) {
  clear();
}

void Matcher::clear() {
  frames_.clear();
  frame_index_.clear();
  configs_.clear();
  steps_.clear();
  rows_.clear();
  config_index_.clear();
  frames_.push_back({});
  frames_.push_back({.depth = kMaxStackDepth / 2});
  configs_.emplace_back();  // kDead
  rows_.push_back(unset_row_.data());
}

ConfigId Matcher::start() {
  const Place first{network_.root().start, 0, kBottom};
  return close({&first, 1});
}

StackId Matcher::push(StateId back, uint32_t count, StackId below) {
  const uint64_t hash = mix(mix(back, count), below);
  const auto [begin, end] = frame_index_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const Frame& frame = frames_[it->second];
    if (frame.back == back && frame.count == count && frame.below == below) return it->second;
  }
  frames_.push_back({back, count, below, frames_[below].depth + 1});
  const auto id = static_cast<StackId>(frames_.size() - 1);
  frame_index_.emplace(hash, id);
  return id;
}

// Can the rest of the state's rule be read within the depth?
bool Matcher::fits(StateId state, StackId stack) const {
  const uint32_t height = network_.height(state);
  return height != kUnlimited && frames_[stack].depth + height <= kMaxStackDepth;
}

// Adds a place to the closure, once.
void Matcher::reach(const Place& place) {
  if (!fits(place.state, place.stack)) return;
  if (reached_.size() >= kMaxPlaces) {
    exhausted_ = true;
    return;
  }
  if (slots_.size() < 2 * (reached_.size() + 1)) {
    slots_.assign(std::max<size_t>(64, 4 * slots_.size()), 0);
    for (size_t i = 0; i < reached_.size(); ++i) {
      size_t slot = hash_of(reached_[i]) & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = static_cast<uint32_t>(i + 1);
    }
  }
  size_t slot = hash_of(place) & (slots_.size() - 1);
  for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    if (reached_[slots_[slot] - 1] == place) return;
  }
  reached_.push_back(place);
  slots_[slot] = static_cast<uint32_t>(reached_.size());
}

void Matcher::leave(StackId stack) {
  if (stack == kBottom) {
    accepts_ = true;
  } else if (stack == kUnknown) {
    leaves_ = true;
  } else {
    const Frame frame = frames_[stack];
    reach({frame.back, frame.count, frame.below});
  }
}

void Matcher::follow_repeat(const Place& place, const Repeat& repeat) {
  if (place.count >= repeat.least) reach({repeat.next, 0, place.stack});
  if (place.count >= repeat.most || !fits(repeat.next, place.stack)) return;
  const StateId body = network_.rule(repeat.body).start;
  const uint32_t turns = repeat.most == kUnlimited ? std::min(place.count + 1, repeat.least) : place.count + 1;
  const StackId inside = push(place.state, turns, place.stack);
  if (repeat.body_may_be_empty) entered_.push_back(inside);
  reach({body, 0, inside});
}

void Matcher::follow(const Place& place) {
  if (const Repeat* repeat = network_.repeat(place.state)) return follow_repeat(place, *repeat);
  if (network_.is_end(place.state)) {
    // A turn that has read nothing is no turn: what it would lead to is reached without it.
    const bool empty_turn = std::find(entered_.begin(), entered_.end(), place.stack) != entered_.end();
    if (!empty_turn) leave(place.stack);
    return;
  }
  for (const Edge& edge : network_.edges(place.state)) {
    if (edge.kind == Edge::Kind::kEpsilon) {
      reach({edge.to, 0, place.stack});
    } else if (edge.kind == Edge::Kind::kCall && fits(edge.to, place.stack)) {
      // A call at the end of its rule needs no frame: there is nothing to return to.
      const StackId inside = network_.is_end(edge.to) ? place.stack : push(edge.to, 0, place.stack);
      reach({network_.rule(edge.rule).start, 0, inside});
    }
  }
}

ConfigId Matcher::close(std::span<const Place> places) {
  reached_.clear();
  entered_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
  accepts_ = leaves_ = false;
  for (const Place& place : places) reach(place);
  for (size_t i = 0; i < reached_.size(); ++i) follow(Place(reached_[i]));
  // Only places that read are kept, and those that tell which characters are plain.
  std::vector<Place> kept;
  for (const Place& place : reached_) {
    const Repeat* repeat = network_.repeat(place.state);
    const std::span<const Edge> edges = network_.edges(place.state);
    const bool reads =
        std::any_of(edges.begin(), edges.end(), [](const Edge& e) { return e.kind == Edge::Kind::kBytes; });
    if (reads || (repeat != nullptr && repeat->of != RepeatOf::kAnything && place.count < repeat->most)) {
      kept.push_back(place);
    }
  }
  return intern(std::move(kept), accepts_, leaves_);
}

ConfigId Matcher::intern(std::vector<Place> places, bool accepts, bool leaves) {
  if (places.empty() && !accepts && !leaves) return kDead;
  std::sort(places.begin(), places.end());
  uint64_t hash = (accepts ? 1U : 0U) | (leaves ? 2U : 0U);
  for (const Place& place : places) hash = mix(hash, hash_of(place));
  const auto [begin, end] = config_index_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    const Config& config = configs_[it->second];
    if (config.places == places && config.accepts == accepts && config.leaves == leaves) return it->second;
  }
  if (configs_.size() >= kMaxConfigs) {
    exhausted_ = true;
    return kDead;
  }
  configs_.push_back({std::move(places), accepts, leaves});
  rows_.push_back(unset_row_.data());
  const auto id = static_cast<ConfigId>(configs_.size() - 1);
  config_index_.emplace(hash, id);
  return id;
}

ConfigId Matcher::compute_step(ConfigId from, uint8_t byte) {
  stepped_.clear();
  for (const Place& place : configs_[from].places) {
    for (const Edge& edge : network_.edges(place.state)) {
      if (edge.kind != Edge::Kind::kBytes || byte < edge.low || byte > edge.high) continue;
      stepped_.push_back({edge.to, 0, place.stack});
    }
  }
  const ConfigId to = stepped_.empty() ? kDead : close(stepped_);
  if (rows_[from] == unset_row_.data()) {
    steps_.push_back(std::make_unique<ConfigId[]>(256));
    std::fill_n(steps_.back().get(), 256, kUnset);
    rows_[from] = steps_.back().get();
  }
  rows_[from][byte] = to;
  return to;
}

ConfigId Matcher::forget_all_but(ConfigId id) {
  const Config kept = std::move(configs_[id]);
  std::vector<std::vector<Frame>> stacks;  // of each place, top first
  std::vector<StackId> bottoms;
  for (const Place& place : kept.places) {
    stacks.emplace_back();
    StackId stack = place.stack;
    for (; stack != kBottom && stack != kUnknown; stack = frames_[stack].below) stacks.back().push_back(frames_[stack]);
    bottoms.push_back(stack);
  }
  clear();
  std::vector<Place> places = kept.places;
  for (size_t i = 0; i < places.size(); ++i) {
    places[i].stack = bottoms[i];
    for (auto it = stacks[i].rbegin(); it != stacks[i].rend(); ++it) {
      places[i].stack = push(it->back, it->count, places[i].stack);
    }
  }
  return intern(std::move(places), kept.accepts, kept.leaves);
}

int Matcher::only_byte(ConfigId id) const {
  if (configs_[id].accepts) return -1;
  int only = -1;
  for (const Place& place : configs_[id].places) {
    for (const Edge& edge : network_.edges(place.state)) {
      if (edge.kind != Edge::Kind::kBytes) continue;
      if (edge.low != edge.high || (only >= 0 && only != edge.low)) return -1;
      only = edge.low;
    }
  }
  return only;
}

}  // namespace favilla::grammar
