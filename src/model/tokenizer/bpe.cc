// Byte-level BPE (Radford et al. 2019, GPT-2): text is cut into pieces, each byte of a piece becomes a token, and
// neighbouring tokens are joined in the order in which training learnt the merges.
//
// Works on ids alone: bytes map straight to tokens, and merges are found by the pair of ids. The entries' spelling, in
// which each byte is written as a printable character, matters only when the tables are made and when tokens are shown.
// Bytes pass one to one, valid UTF-8 or not. A byte for which the vocabulary has no token is left out and nothing is
// joined across it: SmolLM2 lacks 21, control characters and bytes that UTF-8 never or hardly ever uses.
#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/utf8.h"
#include "model/tokenizer/encoder.h"
#include "model/tokenizer/pre_splitter.h"
#include "model/tokenizer/symbol_merger.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

constexpr size_t kByteValues = 256;

constexpr bool is_printable(size_t byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

// How GPT-2's vocabulary spells each byte: printable Latin-1 as itself, the 68 others as U+0100 and on.
constexpr std::array<char32_t, kByteValues> kByteSpelling = [] {
  std::array<char32_t, kByteValues> spelling{};
  char32_t next = 0x100;
  for (size_t byte = 0; byte < kByteValues; ++byte) {
    spelling[byte] = is_printable(byte) ? static_cast<char32_t>(byte) : next++;
  }
  return spelling;
}();

std::optional<char> byte_of_spelling(char32_t code_point) {
  for (size_t byte = 0; byte < kByteValues; ++byte) {
    if (kByteSpelling[byte] == code_point) return static_cast<char>(byte);
  }
  return std::nullopt;
}

std::string spell(std::string_view bytes) {
  std::string spelt;
  for (const char c : bytes) append_utf8(spelt, kByteSpelling[static_cast<unsigned char>(c)]);
  return spelt;
}

class BpeEncoder final : public Encoder {
 public:
  BpeEncoder(const Vocabulary& vocabulary, PreSplitter splitter) : vocabulary_(vocabulary), splitter_(splitter) {
    byte_tokens_.fill(kNoToken);
    for (size_t byte = 0; byte < kByteValues; ++byte) {
      if (const auto id = find_text(std::string(1, static_cast<char>(byte)))) byte_tokens_[byte] = *id;
    }
  }

  void encode(std::string_view text, std::vector<TokenId>& out) const override {
    SymbolMerger merger;
    while (!text.empty()) {
      const std::string_view piece = text.substr(0, first_piece_length(splitter_, text));
      text.remove_prefix(piece.size());
      encode_piece(piece, merger, out);
    }
  }

  std::string piece(TokenId id) const override {
    std::string_view entry = vocabulary_.entry(id);
    if (vocabulary_.type(id) == TokenType::kUserDefined) return std::string(entry);  // these are spelt plainly
    std::string bytes;
    while (!entry.empty()) {
      const CodePoint point = decode_utf8(entry);
      const std::optional<char> byte = point.valid ? byte_of_spelling(point.value) : std::nullopt;
      if (byte) {
        bytes.push_back(*byte);
      } else {
        bytes += entry.substr(0, static_cast<size_t>(point.length));
      }
      entry.remove_prefix(static_cast<size_t>(point.length));
    }
    return bytes;
  }

  bool adds_leading_blank() const override { return false; }

 private:
  // The token that text may become: a control token is none, even where its entry is spelt like the text.
  std::optional<TokenId> find_text(std::string_view bytes) const {
    const std::optional<TokenId> id = vocabulary_.find(spell(bytes));
    if (!id || vocabulary_.type(*id) == TokenType::kControl || vocabulary_.type(*id) == TokenType::kUnknown) {
      return std::nullopt;
    }
    return id;
  }

  void encode_piece(std::string_view piece, SymbolMerger& merger, std::vector<TokenId>& out) const {
    // Llama 3 takes a piece that is an entry as it is, even where the merges would not lead there.
    if (splitter_ == PreSplitter::kLlamaBpe) {
      if (const auto whole = find_text(piece)) {
        out.push_back(*whole);
        return;
      }
    }
    // Bytes without a token stay in the list as barriers: what they separate in the text must not be joined.
    merger.clear();
    for (const char c : piece) merger.add(1, byte_tokens_[static_cast<unsigned char>(c)]);
    merger.merge([this](const Symbol& left, const Symbol& right) -> std::optional<Join> {
      if (left.id == kNoToken || right.id == kNoToken) return std::nullopt;
      const std::optional<BytePairMerge> found = vocabulary_.find_merge(left.id, right.id);
      if (!found) return std::nullopt;
      return Join{found->rank, found->result};
    });
    merger.for_each([&out](const Symbol& symbol) {
      if (symbol.id != kNoToken) out.push_back(symbol.id);
    });
  }

  const Vocabulary& vocabulary_;
  PreSplitter splitter_;
  std::array<TokenId, kByteValues> byte_tokens_{};
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_bpe_encoder(const Vocabulary& vocabulary, const GgufFile& file) {
  const std::string_view name = TRY(file.require_string("tokenizer.ggml.pre"));
  const std::optional<PreSplitter> splitter = find_pre_splitter(name);
  if (!splitter) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("the pre-tokenizer {} is not one that we know", quoted_name(name))};
  }
  return std::unique_ptr<Encoder>(std::make_unique<BpeEncoder>(vocabulary, *splitter));
}

}  // namespace favilla
