// Which tokens a grammar allows next.
//
//   MaskMaker masks(matcher, trie);
//   const Mask& mask = masks.of(configuration);
//
// Most of the answer depends only on the innermost rule, whatever it was called from. So a mask is put together: for
// each rule's places, the tokens that stay inside the rule or below it, remembered by those places alone; and from
// where a token leaves the rule, a walk of what is left of it with the true stack. Whole masks are remembered as well.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "generate/grammar/matcher.h"
#include "generate/grammar/token_trie.h"

namespace favilla::grammar {

struct Mask {
  TokenSet allowed;
  std::vector<TokenId> few = {};  // the same, ascending, where there are at most kFewTokens
  size_t count = 0;
};
inline constexpr size_t kFewTokens = 256;

// What is remembered: masks, in bytes. Older ones are forgotten together.
inline constexpr size_t kMaxMaskBytes = 16 << 20;

class MaskMaker {
 public:
  // Both must outlive it.
  MaskMaker(Matcher& matcher, const TokenTrie& trie) : matcher_(matcher), trie_(trie) {}

  // Valid until the next call. End tokens are in it where the text may end.
  const Mask& of(ConfigId id);

  void forget();

 private:
  // A token's text up to this node of one of the tries leaves the rule.
  struct Exit {
    const Trie* trie;
    uint32_t node;
  };
  // Of the places of one rule, above the unknown.
  struct Inner {
    TokenSet allowed;
    std::vector<Exit> exits;
  };
  // Places of a configuration that return to the same frame.
  struct Group {
    StackId base;
    std::vector<Place> places;  // above kUnknown
  };

  std::vector<Group> groups_of(ConfigId id);
  const Inner& inner(const std::vector<Place>& places);
  void add_plain(const std::vector<Place>& places, std::vector<Place>& other, Inner& result);
  void walk(const Trie& trie, uint32_t node, ConfigId from, TokenSet& allowed, std::vector<Exit>* exits);

  Matcher& matcher_;
  const TokenTrie& trie_;
  std::unordered_map<ConfigId, Mask> masks_;
  std::unordered_map<ConfigId, Inner> inners_;
  std::vector<ConfigId> path_;
};

}  // namespace favilla::grammar
