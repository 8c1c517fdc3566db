// Walks a network byte by byte. What may be the case after some bytes is a configuration: a set of places, each a state
// with its stack of states to return to. Configurations get numbers, and where each byte leads is remembered, so that
// walking the same way again costs one look-up: a deterministic automaton, made as far as it is used.
//
//   Matcher matcher(network);
//   ConfigId at = matcher.start();
//   for (char c : text) at = matcher.step(at, static_cast<uint8_t>(c));
//   bool whole = matcher.accepts(at);
//
// Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "generate/grammar/network.h"

namespace favilla::grammar {

using ConfigId = uint32_t;
using StackId = uint32_t;

inline constexpr ConfigId kDead = 0;  // no text goes on from here
// Places that one configuration may have, and configurations that may be remembered.
inline constexpr size_t kMaxPlaces = 2'000;
inline constexpr size_t kMaxConfigs = 40'000;

// Bottoms of stacks.
inline constexpr StackId kBottom = 0;   // behind it the whole text ends
inline constexpr StackId kUnknown = 1;  // what follows is not known; half the depth is taken as used

struct Place {
  StateId state = 0;
  uint32_t count = 0;  // turns made, if the state repeats
  StackId stack = 0;
  auto operator<=>(const Place&) const = default;
};

class Matcher {
 public:
  // The network must outlive it.
  explicit Matcher(const Network& network);

  ConfigId start();
  ConfigId step(ConfigId from, uint8_t byte) {
    const ConfigId known = rows_[from][byte];
    return known != kUnset ? known : compute_step(from, byte);
  }
  bool accepts(ConfigId id) const { return configs_[id].accepts; }
  // The place under the bottom kUnknown was reached.
  bool leaves(ConfigId id) const { return configs_[id].leaves; }
  // Places that can read a byte, and states that repeat plain characters; sorted.
  std::span<const Place> places(ConfigId id) const { return configs_[id].places; }
  // The only byte that can follow, where the text cannot end; -1: there are several, or none.
  int only_byte(ConfigId id) const;

  const Network& network() const { return network_; }

  // A stack's top: the state to return to, its turns, and the rest.
  struct Frame {
    StateId back = 0;
    uint32_t count = 0;
    StackId below = 0;
    uint32_t depth = 0;
    auto operator<=>(const Frame&) const = default;
  };
  const Frame& frame(StackId id) const { return frames_[id]; }
  StackId push(StateId back, uint32_t count, StackId below);
  // The configuration of these places, as they are; and of all that can be reached from them without reading.
  ConfigId intern(std::vector<Place> places, bool accepts = false, bool leaves = false);
  ConfigId close(std::span<const Place> places);

  // Forgets everything that was remembered but one configuration, and returns its new number.
  ConfigId forget_all_but(ConfigId id);

  // A limit was met: what the matcher says is no longer complete.
  bool exhausted() const { return exhausted_; }
  size_t configs() const { return configs_.size(); }

 private:
  static constexpr ConfigId kUnset = ~ConfigId{0};

  struct Config {
    std::vector<Place> places;
    bool accepts = false;
    bool leaves = false;
  };

  ConfigId compute_step(ConfigId from, uint8_t byte);
  void reach(const Place& place);
  void follow(const Place& place);
  void follow_repeat(const Place& place, const Repeat& repeat);
  void leave(StackId stack);
  bool fits(StateId state, StackId stack) const;
  void clear();

  const Network& network_;
  std::deque<Config> configs_;
  std::vector<std::unique_ptr<ConfigId[]>> steps_;  // rows of [256], of configurations that were stepped from
  std::vector<ConfigId*> rows_;                     // by configuration; the others have unset_row_
  std::vector<ConfigId> unset_row_ = std::vector<ConfigId>(256, kUnset);
  std::unordered_multimap<uint64_t, ConfigId> config_index_;
  std::vector<Frame> frames_;
  std::unordered_multimap<uint64_t, StackId> frame_index_;
  bool exhausted_ = false;

  // Of the closure that is being made.
  std::vector<Place> reached_;
  std::vector<uint32_t> slots_;  // hash of reached_: index + 1
  bool accepts_ = false;
  bool leaves_ = false;
  std::vector<StackId> entered_;  // turns of a repeated rule that may read nothing
  std::vector<Place> stepped_;
};

}  // namespace favilla::grammar
