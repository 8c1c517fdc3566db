// SentencePiece-style tokenization (Kudo and Richardson 2018, the BPE model) as GGUF files of Llama 2 and Gemma carry
// it: the text's characters, blanks written as U+2581, are joined in the order of the joined entry's score. There is no
// pre-splitter.
//
// What is in no entry falls back to one token per byte. So does a byte that is not well-formed UTF-8, and so does a
// U+2581 that stands in the text itself: taken for a blank, it would come back as one. Thus every text can be decoded
// exactly.
#include <fmt/format.h>

#include <array>
#include <bit>
#include <optional>

#include "base/utf8.h"
#include "model/tokenizer/encoder.h"
#include "model/tokenizer/symbol_merger.h"

namespace favilla {
namespace {

constexpr TokenId kAlwaysBytes = -2;  // as a Symbol's id: never joined, written byte by byte
constexpr size_t kByteValues = 256;

enum class LeadingBlank { kNone, kAdded };

// Maps scores to costs: the higher the score, the lower the cost. Requires a number. Adding 0 makes -0 and 0 one score.
uint32_t cost_of(float score) {
  const uint32_t bits = std::bit_cast<uint32_t>(score + 0.0F);
  const bool negative = (bits >> 31) != 0;
  return negative ? bits : 0x7FFFFFFF - bits;
}

std::string byte_entry(size_t byte) {
  return fmt::format("<0x{:02X}>", byte);
}

class SpmEncoder final : public Encoder {
 public:
  using ByteTokens = std::array<TokenId, kByteValues>;

  SpmEncoder(const Vocabulary& vocabulary, LeadingBlank leading_blank, const ByteTokens& byte_tokens)
      : vocabulary_(vocabulary), leading_blank_(leading_blank), byte_tokens_(byte_tokens) {}

  void encode(std::string_view text, std::vector<TokenId>& out) const override {
    std::string marked;  // the text with its blanks as U+2581
    marked.reserve(text.size() + text.size() / 2);
    SymbolMerger merger;
    const auto add = [&](std::string_view bytes, TokenId id) {
      marked += bytes;
      merger.add(static_cast<uint32_t>(bytes.size()), id);
    };
    const TokenId blank = find_text(kWordMark).value_or(kNoToken);
    if (leading_blank_ == LeadingBlank::kAdded && !text.empty()) add(kWordMark, blank);
    while (!text.empty()) {
      const CodePoint point = decode_utf8(text);
      const std::string_view character = text.substr(0, static_cast<size_t>(point.length));
      text.remove_prefix(character.size());
      if (character == " ") {
        add(kWordMark, blank);
      } else if (!point.valid || character == kWordMark) {
        add(character, kAlwaysBytes);
      } else {
        add(character, find_text(character).value_or(kNoToken));
      }
    }
    merger.merge([&](const Symbol& left, const Symbol& right) { return find_join(marked, left, right); });
    merger.for_each([&](const Symbol& symbol) { append(marked, symbol, out); });
  }

  std::string piece(TokenId id) const override {
    const std::string_view entry = vocabulary_.entry(id);
    if (vocabulary_.type(id) == TokenType::kByte) {
      for (size_t byte = 0; byte < kByteValues; ++byte) {
        if (byte_tokens_[byte] == id) return std::string(1, static_cast<char>(byte));
      }
    }
    std::string text;
    for (size_t position = 0; position < entry.size();) {
      const bool marks_blank = entry.compare(position, kWordMark.size(), kWordMark) == 0;
      text += marks_blank ? ' ' : entry[position];
      position += marks_blank ? kWordMark.size() : 1;
    }
    return text;
  }

  bool adds_leading_blank() const override { return leading_blank_ == LeadingBlank::kAdded; }

 private:
  // The entry that text may become. "<0x0A>" and "<bos>" are entries too, but of other kinds: text never becomes those.
  std::optional<TokenId> find_text(std::string_view marked) const {
    const std::optional<TokenId> id = vocabulary_.find(marked);
    if (!id) return std::nullopt;
    const TokenType type = vocabulary_.type(*id);
    const bool is_text = type != TokenType::kControl && type != TokenType::kUnknown && type != TokenType::kByte;
    return is_text ? id : std::nullopt;
  }

  std::optional<Join> find_join(std::string_view marked, const Symbol& left, const Symbol& right) const {
    if (left.id == kAlwaysBytes || right.id == kAlwaysBytes) return std::nullopt;
    const std::optional<TokenId> id = find_text(marked.substr(left.begin, left.length + right.length));
    if (!id) return std::nullopt;
    return Join{cost_of(vocabulary_.score(*id)), *id};
  }

  void append(std::string_view marked, const Symbol& symbol, std::vector<TokenId>& out) const {
    if (symbol.id >= 0) {
      out.push_back(symbol.id);
      return;
    }
    for (const char c : marked.substr(symbol.begin, symbol.length)) {
      out.push_back(byte_tokens_[static_cast<unsigned char>(c)]);
    }
  }

  const Vocabulary& vocabulary_;
  LeadingBlank leading_blank_;
  ByteTokens byte_tokens_;
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_spm_encoder(const Vocabulary& vocabulary, const GgufFile& file) {
  SpmEncoder::ByteTokens byte_tokens{};
  for (size_t byte = 0; byte < kByteValues; ++byte) {
    const std::optional<TokenId> id = vocabulary.find(byte_entry(byte));
    if (!id || vocabulary.type(*id) != TokenType::kByte) {
      return Error{ErrorKind::kCorrupt, fmt::format("the vocabulary has no byte token {}", byte_entry(byte))};
    }
    byte_tokens[byte] = *id;
  }
  // SentencePiece's own default, which files of Llama 2 leave out.
  const bool add_blank = file.find_bool("tokenizer.ggml.add_space_prefix").value_or(true);
  const LeadingBlank leading_blank = add_blank ? LeadingBlank::kAdded : LeadingBlank::kNone;
  return std::unique_ptr<Encoder>(std::make_unique<SpmEncoder>(vocabulary, leading_blank, byte_tokens));
}

}  // namespace favilla
