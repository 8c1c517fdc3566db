// WordPiece (Schuster and Nakajima 2012; BERT, uncased): text is cleaned, stripped of accents and lower-cased, cut into
// words, and each word is taken apart greedily into the longest entries. A word that cannot be taken apart wholly
// becomes [UNK].
//
// GGUF files spell the first entry of a word with a leading U+2581 and the others plainly (BERT's own files mark the
// others by "##"). Follows the reference implementation of BERT's tokenizer; bytes that are not UTF-8 are dropped as
// U+FFFD is there.
#include <fmt/format.h>

#include <optional>

#include "base/utf8.h"
#include "model/tokenizer/encoder.h"
#include "base/unicode.h"

namespace favilla {
namespace {

constexpr char32_t kWordMarkCharacter = 0x2581;
constexpr size_t kMaxWordCharacters = 100;  // the reference's own limit; a longer word is [UNK]

constexpr bool is_ascii_punctuation(char32_t c) {
  return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
}

// The blocks that the reference isolates as Chinese characters. The sixth begins at 2B920 there, and so it does in
// every model trained with it, though Unicode's block (extension E) begins at 2B820.
constexpr bool is_cjk(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

// Tab and line breaks are blanks here, though Unicode calls them control characters; the others vanish.
bool is_dropped(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  return c == 0 || c == 0xFFFD || is_control_or_format(c);
}

// Cuts text into normalised words. Punctuation marks and Chinese characters are words of their own.
class WordSplitter {
 public:
  template <class Visit>
  void split(std::string_view text, Visit visit) {
    while (!text.empty()) {
      const CodePoint point = decode_utf8(text);
      text.remove_prefix(static_cast<size_t>(point.length));
      if (!point.valid || is_dropped(point.value)) continue;
      if (is_white_space(point.value)) {
        flush(visit);
        continue;
      }
      const bool isolated = is_cjk(point.value);
      if (isolated) flush(visit);
      add(point.value, visit);
      if (isolated) flush(visit);
    }
    flush(visit);
  }

 private:
  template <class Visit>
  void add(char32_t code_point, Visit& visit) {
    decomposed_.clear();
    append_decomposed(decomposed_, code_point);
    for (const char32_t part : decomposed_) {
      if (is_nonspacing_mark(part)) continue;
      const char32_t lower = to_lower(part);
      const bool isolated = is_ascii_punctuation(lower) || is_punctuation(lower);
      if (isolated) flush(visit);
      word_.push_back(lower);
      if (isolated) flush(visit);
    }
  }

  template <class Visit>
  void flush(Visit& visit) {
    if (!word_.empty()) visit(std::u32string_view(word_));
    word_.clear();
  }

  std::u32string word_;
  std::u32string decomposed_;
};

class WordPieceEncoder final : public Encoder {
 public:
  WordPieceEncoder(const Vocabulary& vocabulary, TokenId unknown) : vocabulary_(vocabulary), unknown_(unknown) {}

  void encode(std::string_view text, std::vector<TokenId>& out) const override {
    WordSplitter().split(text, [&](std::u32string_view word) { encode_word(word, out); });
  }

  std::string piece(TokenId id) const override {
    std::string text(vocabulary_.entry(id));
    if (text.starts_with(kWordMark)) text.replace(0, kWordMark.size(), " ");
    return text;
  }

  bool adds_leading_blank() const override { return true; }

 private:
  struct Match {
    TokenId id;
    size_t characters;
  };

  void encode_word(std::u32string_view word, std::vector<TokenId>& out) const {
    if (word.find(kWordMarkCharacter) != word.npos) {  // in the text itself it marks nothing, and no entry has it
      out.push_back(unknown_);
      return;
    }
    const size_t out_size = out.size();
    std::string_view mark = kWordMark;
    while (!word.empty()) {
      const std::optional<Match> match = word.size() <= kMaxWordCharacters ? longest_entry(mark, word) : std::nullopt;
      if (!match) {
        out.resize(out_size);
        out.push_back(unknown_);
        return;
      }
      out.push_back(match->id);
      word.remove_prefix(match->characters);
      mark = {};
    }
  }

  // The longest entry that is `mark` and at least one of the first characters of `rest`.
  std::optional<Match> longest_entry(std::string_view mark, std::u32string_view rest) const {
    std::string candidate(mark);
    for (const char32_t c : rest) append_utf8(candidate, c);
    for (size_t characters = rest.size(); characters > 0; --characters) {
      if (const std::optional<TokenId> id = find_text(candidate)) return Match{*id, characters};
      while ((candidate.back() & 0xC0) == 0x80) candidate.pop_back();  // the last character's continuation bytes,
      candidate.pop_back();                                            // and its first
    }
    return std::nullopt;
  }

  std::optional<TokenId> find_text(std::string_view entry) const {
    const std::optional<TokenId> id = vocabulary_.find(entry);
    if (!id || vocabulary_.type(*id) == TokenType::kControl || vocabulary_.type(*id) == TokenType::kUnknown) {
      return std::nullopt;
    }
    return id;
  }

  const Vocabulary& vocabulary_;
  TokenId unknown_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_wordpiece_encoder(const Vocabulary& vocabulary, const GgufFile& file,
                                                        std::optional<TokenId> unknown) {
  if (!file.find_bool("tokenizer.ggml.normalizer.lowercase").value_or(true)) {
    return Error{ErrorKind::kUnsupported, "a WordPiece vocabulary that keeps capital letters"};
  }
  if (!unknown) return Error{ErrorKind::kCorrupt, "the vocabulary has no [UNK] for words that it cannot spell"};
  return std::unique_ptr<Encoder>(std::make_unique<WordPieceEncoder>(vocabulary, *unknown));
}

}  // namespace favilla
