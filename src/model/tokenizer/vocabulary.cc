// Building and searching the flat vocabulary. Files are untrusted: counts are capped before allocation, and the length
// of a probe is limited, so that a vocabulary made to collide is refused instead of making every look-up slow.
#include "model/tokenizer/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "model/untrusted_text.h"

namespace favilla {
namespace {

constexpr uint32_t kIdBits = 22;
constexpr size_t kMaxTokens = (size_t{1} << kIdBits) - 1;
constexpr size_t kMaxMerges = size_t{1} << 22;
constexpr size_t kMaxTextBytes = size_t{1} << 28;
constexpr uint32_t kMaxProbes = 1024;  // honest tables of 500,000 entries stay below 40

constexpr uint32_t kEmptySlot = 0xFFFFFFFF;  // no id is that high
constexpr size_t kMergeSlotWords = 4;        // left, right, rank, result

constexpr char kTokensKey[] = "tokenizer.ggml.tokens";
constexpr char kTypesKey[] = "tokenizer.ggml.token_type";
constexpr char kScoresKey[] = "tokenizer.ggml.scores";
constexpr char kMergesKey[] = "tokenizer.ggml.merges";

Error corrupt(std::string message) {
  return {ErrorKind::kCorrupt, std::move(message)};
}

uint64_t load_word(const char* bytes, size_t count) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}

// Eight bytes at a time: entries are short, and a vocabulary has up to 262,144. The last words of a text may overlap;
// its length, which goes in first, keeps that unambiguous.
uint64_t hash_text(std::string_view text) {
  constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;  // 2^64 / golden ratio
  const char* bytes = text.data();
  const size_t size = text.size();
  uint64_t hash = size;
  const auto mix = [&hash](uint64_t word) {
    hash = (hash ^ word) * kMultiplier;
    hash ^= hash >> 32;
  };
  for (size_t i = 0; i + 8 < size; i += 8) mix(load_word(bytes + i, 8));
  if (size >= 8) {
    mix(load_word(bytes + size - 8, 8));
  } else if (size >= 4) {
    mix(load_word(bytes, 4) | (load_word(bytes + size - 4, 4) << 32));
  } else if (size > 0) {
    mix(load_word(bytes, 1) | (load_word(bytes + size / 2, 1) << 8) | (load_word(bytes + size - 1, 1) << 16));
  }
  return hash * kMultiplier;
}

// A slot of the string hash: the id in the lower bits, upper bits of the hash above it.
uint32_t slot_value(uint32_t id, uint64_t hash) {
  return (static_cast<uint32_t>(hash >> 32) << kIdBits) | id;
}
TokenId slot_id(uint32_t slot) {
  return static_cast<TokenId>(slot & kMaxTokens);
}
bool same_tag(uint32_t slot, uint64_t hash) {
  return ((slot ^ slot_value(0, hash)) >> kIdBits) == 0;
}

uint32_t hash_pair(TokenId left, TokenId right) {
  const uint64_t pair = (uint64_t{static_cast<uint32_t>(left)} << 32) | static_cast<uint32_t>(right);
  return static_cast<uint32_t>((pair * 0x9E3779B97F4A7C15ULL) >> 32);
}

uint32_t slots_for(size_t count) {
  return std::bit_ceil(static_cast<uint32_t>(std::max<size_t>(count, 1) * 2));
}

}  // namespace

// Sections of words first and sections of bytes last, so that nothing needs padding to be aligned.
Vocabulary::Layout Vocabulary::Layout::of(const Counts& counts) {
  Layout layout{};
  layout.text_offsets = sizeof(Counts) / sizeof(uint32_t);
  layout.scores = layout.text_offsets + counts.tokens + 1;
  layout.string_slots = layout.scores + counts.scores;
  layout.merge_slots = layout.string_slots + counts.string_slots;
  layout.types = layout.merge_slots + kMergeSlotWords * counts.merge_slots;
  layout.text = layout.types + (counts.tokens + 3) / 4;
  layout.end = layout.text + (counts.text_bytes + 3) / 4 + 1;  // one word more: an address even for empty text
  return layout;
}

std::string_view Vocabulary::entry(TokenId id) const {
  const uint32_t* offset = &words_[layout_.text_offsets + static_cast<uint32_t>(id)];
  return {bytes_at(layout_.text) + offset[0], offset[1] - offset[0]};
}

TokenType Vocabulary::type(TokenId id) const {
  return static_cast<TokenType>(bytes_at(layout_.types)[id]);
}

float Vocabulary::score(TokenId id) const {
  return std::bit_cast<float>(words_[layout_.scores + static_cast<uint32_t>(id)]);
}

// Ends at an empty slot, of which there is always one: the table is at most half full.
std::optional<TokenId> Vocabulary::find(std::string_view text) const {
  if (text.size() > counts_.longest_entry_bytes) return std::nullopt;
  const uint64_t hash = hash_text(text);
  const uint32_t mask = counts_.string_slots - 1;
  for (uint32_t place = static_cast<uint32_t>(hash) & mask;; place = (place + 1) & mask) {
    const uint32_t slot = words_[layout_.string_slots + place];
    if (slot == kEmptySlot) return std::nullopt;
    if (same_tag(slot, hash) && entry(slot_id(slot)) == text) return slot_id(slot);
  }
}

std::optional<BytePairMerge> Vocabulary::find_merge(TokenId left, TokenId right) const {
  const uint32_t mask = counts_.merge_slots - 1;
  for (uint32_t place = hash_pair(left, right) & mask;; place = (place + 1) & mask) {
    const uint32_t* slot = &words_[layout_.merge_slots + kMergeSlotWords * place];
    if (slot[0] == kEmptySlot) return std::nullopt;
    if (slot[0] == static_cast<uint32_t>(left) && slot[1] == static_cast<uint32_t>(right)) {
      return BytePairMerge{slot[2], static_cast<TokenId>(slot[3])};
    }
  }
}

Result<Vocabulary> Vocabulary::build(const GgufFile& file, Extras extras) {
  const GgufStrings* tokens = file.find_strings(kTokensKey);
  if (tokens == nullptr || tokens->size() == 0) return corrupt(fmt::format("{} is missing or empty", kTokensKey));
  if (tokens->size() > kMaxTokens) return corrupt(fmt::format("{} has over {} entries", kTokensKey, kMaxTokens));
  const GgufStrings* merges = extras == Extras::kMerges ? file.find_strings(kMergesKey) : nullptr;
  if (extras == Extras::kMerges && merges == nullptr) return corrupt(fmt::format("{} is missing", kMergesKey));
  if (merges != nullptr && merges->size() > kMaxMerges) {
    return corrupt(fmt::format("{} has over {} entries", kMergesKey, kMaxMerges));
  }

  Vocabulary vocabulary;
  TRY(vocabulary.count(*tokens, merges, extras));
  vocabulary.allocate();  // the only allocation: all counts are known and capped
  vocabulary.copy_text(*tokens);
  TRY(vocabulary.add_entries());
  TRY(vocabulary.add_types(file));
  if (extras == Extras::kScores) TRY(vocabulary.add_scores(file));
  if (merges != nullptr) TRY(vocabulary.add_merges(*merges));
  return vocabulary;
}

std::optional<Vocabulary> Vocabulary::view(MappedFile file, size_t offset, Extras extras) {
  const std::span<const std::byte> bytes = file.bytes();
  if (bytes.size() < offset + sizeof(Counts)) return std::nullopt;
  const std::span<const std::byte> block = bytes.subspan(offset);
  Vocabulary vocabulary;
  Counts& counts = vocabulary.counts_;
  std::memcpy(&counts, block.data(), sizeof counts);
  vocabulary.layout_ = Layout::of(counts);  // sums of 32-bit counts: nothing overflows
  const bool has_extras = counts.scores == (extras == Extras::kScores ? counts.tokens : 0) &&
                          (counts.merge_slots > 0) == (extras == Extras::kMerges);
  if (!has_extras || block.size() != vocabulary.layout_.end * sizeof(uint32_t)) return std::nullopt;
  vocabulary.words_ = {static_cast<const uint32_t*>(static_cast<const void*>(block.data())), vocabulary.layout_.end};
  vocabulary.mapped_ = std::move(file);  // the mapped address does not move with the object
  return vocabulary;
}

Result<void> Vocabulary::count(const GgufStrings& tokens, const GgufStrings* merges, Extras extras) {
  size_t text_bytes = 0;
  size_t longest = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const size_t size = tokens[i].size();
    text_bytes += size;
    longest = std::max(longest, size);
  }
  if (text_bytes > kMaxTextBytes) return corrupt(fmt::format("{} has over {} bytes", kTokensKey, kMaxTextBytes));
  counts_.tokens = static_cast<uint32_t>(tokens.size());
  counts_.text_bytes = static_cast<uint32_t>(text_bytes);
  counts_.longest_entry_bytes = static_cast<uint32_t>(longest);
  counts_.scores = extras == Extras::kScores ? counts_.tokens : 0;
  counts_.string_slots = slots_for(tokens.size());
  counts_.merge_slots = merges != nullptr ? slots_for(merges->size()) : 0;
  return {};
}

// Lays the block out with every slot empty.
void Vocabulary::allocate() {
  layout_ = Layout::of(counts_);
  built_.resize(layout_.end);
  words_ = built_;
  std::memcpy(built_.data(), &counts_, sizeof counts_);
  const auto begin = built_.begin();
  std::fill(begin + static_cast<ptrdiff_t>(layout_.string_slots), begin + static_cast<ptrdiff_t>(layout_.types),
            kEmptySlot);
}

void Vocabulary::copy_text(const GgufStrings& tokens) {
  uint32_t offset = 0;
  char* text = new_bytes_at(layout_.text);
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view token = tokens[i];
    built_[layout_.text_offsets + i] = offset;
    std::copy(token.begin(), token.end(), text + offset);
    offset += static_cast<uint32_t>(token.size());
  }
  built_[layout_.text_offsets + tokens.size()] = offset;
}

// Hashes run ahead of the insertions, so that slots are fetched before they are needed: their places are random in
// several MiB, and waiting for memory would be most of the time that loading takes.
Result<void> Vocabulary::add_entries() {
  constexpr uint32_t kAhead = 16;
  const uint32_t mask = counts_.string_slots - 1;
  std::array<uint64_t, kAhead> hashes{};  // of the next entries, at id % kAhead
  for (uint32_t ahead = 0; ahead < counts_.tokens + kAhead; ++ahead) {
    uint64_t& hash = hashes[ahead % kAhead];
    if (ahead >= kAhead) TRY(add_entry(ahead - kAhead, hash));
    if (ahead >= counts_.tokens) continue;
    hash = hash_text(entry(static_cast<TokenId>(ahead)));
    __builtin_prefetch(&words_[layout_.string_slots + (static_cast<uint32_t>(hash) & mask)], 1);
  }
  return {};
}

Result<void> Vocabulary::add_entry(uint32_t id, uint64_t hash) {
  const std::string_view token = entry(static_cast<TokenId>(id));
  if (token.empty()) return {};  // files pad their vocabulary with empty entries; nothing ever looks for one
  const uint32_t mask = counts_.string_slots - 1;
  uint32_t place = static_cast<uint32_t>(hash) & mask;
  for (uint32_t probes = 0; probes < kMaxProbes; ++probes, place = (place + 1) & mask) {
    uint32_t& slot = built_[layout_.string_slots + place];
    if (slot == kEmptySlot) {
      slot = slot_value(id, hash);
      return {};
    }
    if (same_tag(slot, hash) && entry(slot_id(slot)) == token) {
      return corrupt(fmt::format("{}[{}] and [{}] are the same entry", kTokensKey, slot_id(slot), id));
    }
  }
  return corrupt(fmt::format("{} has too many colliding entries", kTokensKey));
}

Result<void> Vocabulary::add_types(const GgufFile& file) {
  char* types = new_bytes_at(layout_.types);
  // Absent types mean that every token is a normal one; a table of the wrong length means that the file is broken.
  std::fill_n(types, counts_.tokens, static_cast<char>(TokenType::kNormal));
  if (file.find(kTypesKey) == nullptr) return {};
  const std::vector<int64_t> values = file.find_ints(kTypesKey);
  if (values.size() != counts_.tokens) {
    return corrupt(fmt::format("{} has {} entries for {} tokens", kTypesKey, values.size(), counts_.tokens));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] > static_cast<int64_t>(TokenType::kByte)) {
      return corrupt(fmt::format("{}[{}] is {}, which is no token type", kTypesKey, i, values[i]));
    }
    types[i] = static_cast<char>(values[i]);
  }
  return {};
}

Result<void> Vocabulary::add_scores(const GgufFile& file) {
  const std::vector<float> scores = file.find_floats(kScoresKey);
  if (scores.size() != counts_.tokens) {
    return corrupt(fmt::format("{} has {} entries for {} tokens", kScoresKey, scores.size(), counts_.tokens));
  }
  for (size_t i = 0; i < scores.size(); ++i) {
    // Merging orders by score, and an order with a NaN in it is none.
    if (std::isnan(scores[i])) return corrupt(fmt::format("{}[{}] is not a number", kScoresKey, i));
    built_[layout_.scores + i] = std::bit_cast<uint32_t>(scores[i]);
  }
  return {};
}

Result<void> Vocabulary::add_merges(const GgufStrings& merges) {
  for (size_t i = 0; i < merges.size(); ++i) {
    Result<void> added = add_merge(merges[i], static_cast<uint32_t>(i));
    if (!added) return std::move(added).context(fmt::format("{}[{}]", kMergesKey, i));
  }
  return {};
}

// Entered by ids, with rank and result beside them, so that encoding never touches a string.
// line: "left right". The blank is looked for from the second byte on, because an entry may itself begin with one.
Result<void> Vocabulary::add_merge(std::string_view line, uint32_t rank) {
  const size_t blank = line.find(' ', 1);
  if (blank == std::string_view::npos) return corrupt(fmt::format("{} is not a pair of tokens", quoted_name(line)));
  const std::string_view left_text = line.substr(0, blank);
  const std::string_view right_text = line.substr(blank + 1);
  // All three must exist: joining ids instead of texts is only right if every step of a merge is a token.
  const std::string joined = std::string(left_text).append(right_text);
  const std::optional<TokenId> left = find(left_text);
  const std::optional<TokenId> right = find(right_text);
  const std::optional<TokenId> result = find(joined);
  if (!left || !right || !result) {
    const std::string_view unknown = !left ? left_text : !right ? right_text : std::string_view(joined);
    return corrupt(fmt::format("{} is not in the vocabulary", quoted_name(unknown)));
  }
  if (type(*result) == TokenType::kControl) return {};  // text never becomes one, whatever the file says

  const uint32_t mask = counts_.merge_slots - 1;
  uint32_t place = hash_pair(*left, *right) & mask;
  for (uint32_t probes = 0; probes < kMaxProbes; ++probes, place = (place + 1) & mask) {
    uint32_t* slot = &built_[layout_.merge_slots + kMergeSlotWords * place];
    if (slot[0] == kEmptySlot) {
      slot[0] = static_cast<uint32_t>(*left);
      slot[1] = static_cast<uint32_t>(*right);
      slot[2] = rank;
      slot[3] = static_cast<uint32_t>(*result);
      return {};
    }
    const bool same_pair = slot[0] == static_cast<uint32_t>(*left) && slot[1] == static_cast<uint32_t>(*right);
    if (same_pair) return {};  // the first of two counts
  }
  return corrupt("too many colliding merges");
}

}  // namespace favilla
