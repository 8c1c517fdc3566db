// The three algorithms behind Tokenizer, one file each: bpe.cc, spm.cc, wordpiece.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/tokenizer/tokenizer.h"
#include "model/tokenizer/vocabulary.h"

namespace favilla {

class Encoder {
 public:
  virtual ~Encoder() = default;

  // Appends the ids of a run of text in which no special token is to be recognised. Never appends a control token, but
  // [UNK].
  virtual void encode(std::string_view text, std::vector<TokenId>& out) const = 0;

  // The bytes of a token that is neither control nor unknown, as it continues a text.
  virtual std::string piece(TokenId id) const = 0;

  // Whether encode() marks the start of a text by a blank, which decoding takes away again.
  virtual bool adds_leading_blank() const = 0;
};

// Each keeps a reference to the vocabulary, which must not move. Errors: kUnsupported for an option of the file that we
// do not implement, kCorrupt where the vocabulary lacks what the algorithm needs.
Result<std::unique_ptr<Encoder>> make_bpe_encoder(const Vocabulary& vocabulary, const GgufFile& file);
Result<std::unique_ptr<Encoder>> make_spm_encoder(const Vocabulary& vocabulary, const GgufFile& file);
Result<std::unique_ptr<Encoder>> make_wordpiece_encoder(const Vocabulary& vocabulary, const GgufFile& file,
                                                        std::optional<TokenId> unknown);

// U+2581, which stands for a blank in SPM entries and for the start of a word in WordPiece entries.
inline constexpr std::string_view kWordMark = "\xE2\x96\x81";

}  // namespace favilla
