// Tokens with a meaning of their own: which ids play which part, and where they stand in a text.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/tokenizer/symbol_merger.h"
#include "model/tokenizer/tokenizer.h"
#include "model/tokenizer/vocabulary.h"

namespace favilla {

// Reads the ids and flags that the file names; what it leaves out is looked for by its usual spelling. kCorrupt: an id
// that is outside the vocabulary. model: tokenizer.ggml.model.
Result<SpecialTokens> read_special_tokens(const Vocabulary& vocabulary, const GgufFile& file, std::string_view model);

// Ids at which an answer is over, in rising order.
std::vector<TokenId> find_end_tokens(const Vocabulary& vocabulary, const SpecialTokens& special);

// A part of a text: one special token, or (token == kNoToken) text to encode.
struct Fragment {
  size_t begin = 0;  // bytes
  size_t end = 0;
  TokenId token = kNoToken;
};

struct ByteRange {
  size_t begin = 0;
  size_t end = 0;
};

// Finds special tokens in texts. User-defined tokens count everywhere, control tokens only wholly inside a trusted
// range.
//
// Longer tokens are looked for first, in the whole text, then shorter ones in what remains: the order of the reference
// implementation. (Where two of one length overlap, the leftmost wins.) Keeps a reference to the vocabulary.
class SpecialTokenFinder {
 public:
  explicit SpecialTokenFinder(const Vocabulary& vocabulary);

  // trusted: disjoint, in rising order. Never two text fragments in a row; none is empty.
  std::vector<Fragment> split(std::string_view text, std::span<const ByteRange> trusted) const;

 private:
  using ByteSet = std::array<bool, 256>;

  // All special tokens of one length. The sets hold their first and last bytes: most places of most texts are ruled out
  // by these.
  struct LengthClass {
    size_t length_bytes = 0;
    bool has_user_defined = false;
    ByteSet first{};
    ByteSet last{};
  };

  LengthClass& class_of(size_t length_bytes);
  void split_fragment(std::string_view text, std::span<const ByteRange> trusted, const LengthClass& tokens,
                      Fragment fragment, std::vector<Fragment>& out) const;
  TokenId match(std::string_view text, size_t begin, std::span<const ByteRange> trusted,
                const LengthClass& tokens) const;

  const Vocabulary& vocabulary_;
  std::vector<LengthClass> classes_;  // longest first
};

}  // namespace favilla
