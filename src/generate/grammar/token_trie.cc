// See token_trie.h.
#include "generate/grammar/token_trie.h"

#include <algorithm>
#include <bit>

#include "base/utf8.h"

namespace favilla::grammar {
namespace {

// The characters of a plain text; 0 if it is none, or longer than kLongestPlain.
uint32_t count_plain(std::string_view text) {
  uint32_t count = 0;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    if (!point.valid || point.value < 0x20 || point.value == '"' || point.value == '\\') return 0;
    text.remove_prefix(static_cast<size_t>(point.length));
    ++count;
  }
  return count <= kLongestPlain ? count : 0;
}

}  // namespace

size_t TokenSet::count() const {
  size_t total = 0;
  for (const uint64_t word : words_) total += static_cast<size_t>(std::popcount(word));
  return total;
}

std::vector<TokenId> TokenSet::list() const {
  std::vector<TokenId> ids;
  for (size_t i = 0; i < words_.size(); ++i) {
    for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
      ids.push_back(static_cast<TokenId>(64 * i + static_cast<size_t>(std::countr_zero(word))));
    }
  }
  return ids;
}

Trie Trie::build(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    const int order = a.text.compare(b.text);
    return order != 0 ? order < 0 : a.id < b.id;
  });
  Trie trie;
  trie.nodes_.push_back({});
  std::vector<uint32_t> path = {0};  // nodes from the root to the last text
  std::string_view last;
  for (const Entry& entry : entries) {
    if (entry.text.empty() || entry.text.size() > 255) continue;
    const auto split = std::mismatch(entry.text.begin(), entry.text.end(), last.begin(), last.end());
    const auto shared = static_cast<size_t>(split.first - entry.text.begin());
    while (path.size() > shared + 1) {
      trie.nodes_[path.back()].subtree_end = static_cast<uint32_t>(trie.nodes_.size());
      path.pop_back();
    }
    for (size_t i = shared; i < entry.text.size(); ++i) {
      path.push_back(static_cast<uint32_t>(trie.nodes_.size()));
      trie.nodes_.push_back({.first_token = static_cast<uint32_t>(trie.tokens_.size()),
                             .byte = static_cast<uint8_t>(entry.text[i]),
                             .depth = static_cast<uint8_t>(i + 1)});
    }
    trie.tokens_.push_back(entry.id);
    last = entry.text;
  }
  for (const uint32_t node : path) trie.nodes_[node].subtree_end = static_cast<uint32_t>(trie.nodes_.size());
  trie.nodes_.push_back({.first_token = static_cast<uint32_t>(trie.tokens_.size())});
  trie.nodes_.shrink_to_fit();
  trie.tokens_.shrink_to_fit();
  return trie;
}

TokenTrie TokenTrie::build(const Tokenizer& tokenizer) {
  TokenTrie trie;
  trie.vocabulary_ = tokenizer.size();
  trie.plain_.assign(kLongestPlain + 1, TokenSet(trie.vocabulary_));
  std::vector<std::string> texts(trie.vocabulary_);
  std::vector<Trie::Entry> all, not_plain;
  for (size_t i = 0; i < trie.vocabulary_; ++i) {
    const auto id = static_cast<TokenId>(i);
    if (tokenizer.ends_generation(id)) {
      trie.ends_.push_back(id);
      continue;
    }
    texts[i] = tokenizer.piece(id);
    if (texts[i].empty()) continue;
    all.push_back({texts[i], id});
    const uint32_t characters = count_plain(texts[i]);
    if (characters == 0) {
      not_plain.push_back({texts[i], id});
    } else {
      trie.plain_[characters].add(id);
    }
  }
  for (uint32_t count = 1; count <= kLongestPlain; ++count) trie.plain_[count].add(trie.plain_[count - 1]);
  trie.all_ = Trie::build(std::move(all));
  trie.not_plain_ = Trie::build(std::move(not_plain));
  return trie;
}

size_t TokenTrie::bytes() const {
  const auto size_of = [](const Trie& trie) { return trie.nodes().size() * (sizeof(Trie::Node) + sizeof(TokenId)); };
  return size_of(all_) + size_of(not_plain_) + plain_.size() * plain_.front().words().size_bytes();
}

}  // namespace favilla::grammar
