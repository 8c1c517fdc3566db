// The texts of all tokens as tries, for finding the tokens that a grammar allows. Made once for a tokenizer; immutable
// and safe to share between threads.
//
//   TokenTrie trie = TokenTrie::build(tokenizer);
//
// Inside a string nearly every token is allowed. So tokens of at most kLongestPlain whole plain characters (all but
// control characters, quote and backslash) are also listed by their length, and those that are not plain have a second,
// much smaller trie.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/tokenizer/tokenizer.h"

namespace favilla::grammar {

// One bit for each token of a vocabulary.
class TokenSet {
 public:
  TokenSet() = default;
  explicit TokenSet(size_t vocabulary) : words_((vocabulary + 63) / 64) {}

  void add(TokenId id) { words_[static_cast<size_t>(id) / 64] |= uint64_t{1} << (static_cast<size_t>(id) % 64); }
  void add(const TokenSet& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  bool contains(TokenId id) const {
    return (words_[static_cast<size_t>(id) / 64] >> (static_cast<size_t>(id) % 64) & 1) != 0;
  }
  size_t count() const;
  std::vector<TokenId> list() const;
  std::span<const uint64_t> words() const { return words_; }

 private:
  std::vector<uint64_t> words_;
};

// Nodes in preorder; node 0 is the root.
class Trie {
 public:
  struct Node {
    uint32_t subtree_end = 0;  // the node after the last below this one
    uint32_t first_token = 0;  // index into tokens(); this node's own end where the next node's begin
    uint8_t byte = 0;
    uint8_t depth = 0;
  };
  // Tokens with equal texts share a node. Texts beyond 255 bytes are left out.
  struct Entry {
    std::string_view text;
    TokenId id;
  };
  static Trie build(std::vector<Entry> entries);

  std::span<const Node> nodes() const { return {nodes_.data(), nodes_.size() - 1}; }
  std::span<const TokenId> tokens_at(uint32_t node) const {
    return std::span(tokens_).subspan(nodes_[node].first_token,
                                      nodes_[node + 1].first_token - nodes_[node].first_token);
  }

 private:
  std::vector<Node> nodes_;  // and one behind the last
  std::vector<TokenId> tokens_;
};

inline constexpr uint32_t kLongestPlain = 32;  // characters

class TokenTrie {
 public:
  // Control tokens and tokens without text are in none of the tries.
  static TokenTrie build(const Tokenizer& tokenizer);

  size_t vocabulary() const { return vocabulary_; }
  const Trie& all() const { return all_; }
  const Trie& not_plain() const { return not_plain_; }
  // Plain tokens of at most so many characters, 0 to kLongestPlain.
  const TokenSet& plain(uint32_t characters) const { return plain_[characters]; }
  std::span<const TokenId> ends() const { return ends_; }  // tokens that end a text
  size_t bytes() const;                                    // memory

 private:
  size_t vocabulary_ = 0;
  Trie all_, not_plain_;
  std::vector<TokenSet> plain_;
  std::vector<TokenId> ends_;
};

}  // namespace favilla::grammar
