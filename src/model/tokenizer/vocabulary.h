// The vocabulary of a model as flat tables: entries, types, scores, merges, and the two hashes that find them.
//
// Everything lives in one block of 32-bit words without a pointer in it, so that it can be written to a file and mapped
// again (vocabulary_cache.h):
//
//   counts | text offsets | scores | string slots | merge slots (left, right, rank, result) | types | text
//
// Both hashes use open addressing with linear probing and are at most half full. A slot of the string hash is an id and
// ten bits of the entry's hash: a miss, which is what merging asks most often, costs one cache line and hardly ever a
// string comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "model/gguf.h"
#include "model/tokenizer/tokenizer.h"

namespace favilla {

// Values are those of tokenizer.ggml.token_type.
enum class TokenType : uint8_t {
  kUndefined = 0,
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,  // matched as a whole in any text, before all else
  kUnused = 5,
  kByte = 6,  // "<0x0A>": stands for one byte, never for that text
};

// Joining two tokens of byte-pair encoding. A lower rank is joined first.
struct BytePairMerge {
  uint32_t rank = 0;
  TokenId result = 0;
};

class Vocabulary {
 public:
  enum class Extras { kNone, kScores, kMerges };

  // Reads tokenizer.ggml.tokens and .token_type, and .scores or .merges as asked. kCorrupt: a table is missing or of
  // the wrong length, two entries are equal, a type is out of range, a score is not a number, a merge speaks of tokens
  // that do not exist.
  static Result<Vocabulary> build(const GgufFile& file, Extras extras);

  // Views the words() of a vocabulary that was built before, which a file holds from byte `offset` (a multiple of 4) to
  // its end. nullopt when the tables would have another size than that, or lack the extras; their content is trusted.
  static std::optional<Vocabulary> view(MappedFile file, size_t offset, Extras extras);

  // The whole block. To be told apart by kVersion, which grows with every change of the layout, of a hash or of a rule
  // of build().
  static constexpr uint32_t kVersion = 1;
  std::span<const uint32_t> words() const { return words_; }

  Vocabulary(Vocabulary&&) noexcept = default;
  Vocabulary& operator=(Vocabulary&&) noexcept = default;

  size_t size() const { return counts_.tokens; }
  bool contains(TokenId id) const { return id >= 0 && static_cast<uint32_t>(id) < counts_.tokens; }

  // These require contains(id).
  std::string_view entry(TokenId id) const;
  TokenType type(TokenId id) const;
  float score(TokenId id) const;  // built with kScores

  std::optional<TokenId> find(std::string_view entry) const;
  std::optional<BytePairMerge> find_merge(TokenId left, TokenId right) const;  // built with kMerges

 private:
  Vocabulary() = default;

  struct Counts {
    uint32_t tokens = 0;
    uint32_t text_bytes = 0;
    uint32_t longest_entry_bytes = 0;
    uint32_t scores = 0;        // tokens or 0
    uint32_t string_slots = 0;  // a power of two
    uint32_t merge_slots = 0;   // a power of two, or 0
  };

  // Index of each section's first word; types and text are byte sections.
  struct Layout {
    size_t text_offsets, scores, string_slots, merge_slots, types, text, end;
    static Layout of(const Counts& counts);
  };

  Result<void> count(const GgufStrings& tokens, const GgufStrings* merges, Extras extras);
  void allocate();
  void copy_text(const GgufStrings& tokens);
  Result<void> add_entries();
  Result<void> add_entry(uint32_t id, uint64_t hash);
  Result<void> add_types(const GgufFile& file);
  Result<void> add_scores(const GgufFile& file);
  Result<void> add_merges(const GgufStrings& merges);
  Result<void> add_merge(std::string_view line, uint32_t rank);
  const char* bytes_at(size_t word) const { return static_cast<const char*>(static_cast<const void*>(&words_[word])); }
  char* new_bytes_at(size_t word) { return static_cast<char*>(static_cast<void*>(&built_[word])); }

  Counts counts_;  // also the first words of the block
  Layout layout_{};
  std::vector<uint32_t> built_;      // the block, or
  MappedFile mapped_;                // the file that holds it
  std::span<const uint32_t> words_;  // of one of the two, neither of which moves its content
};

}  // namespace favilla
