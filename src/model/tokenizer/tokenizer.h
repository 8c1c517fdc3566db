// Text <-> token ids, for byte-level BPE ("gpt2"), SentencePiece-style ("llama") and WordPiece ("bert") vocabularies.
//
//   Tokenizer tokenizer = TRY(Tokenizer::load(file));
//   std::vector<TokenId> ids = tokenizer.encode("Hello", ControlTokens::kAsText);
//   std::string bytes = tokenizer.decode(ids);
//
// Immutable after load and safe to share between threads. All look-up tables are flat arrays without pointers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/gguf.h"

namespace favilla {

using TokenId = int32_t;

// May control tokens such as <|im_start|> be recognised in this text? Never in text that a user or a document wrote.
enum class ControlTokens { kAsText, kParse };

// A run of text with its trust. Neighbouring parts are tokenized as one text (merges cross the seam); only control
// tokens that lie wholly inside a kParse part are recognised.
struct TextPart {
  std::string_view text;
  ControlTokens control = ControlTokens::kAsText;
};

struct SpecialTokens {
  std::optional<TokenId> bos, eos, eot, unknown, padding, cls, separator, mask;
  bool add_bos = false;
  bool add_eos = false;
};

class Tokenizer {
 public:
  // kUnsupported for an unknown tokenizer.ggml.model or .pre; kCorrupt for tables that contradict each other.
  // Copies what it needs: the file may be closed afterwards. A cache folder keeps the tables for the next start (see
  // vocabulary_cache.h); an empty one keeps nothing.
  static Result<Tokenizer> load(const GgufFile& file, const std::filesystem::path& cache_folder = {});

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Without BOS/EOS (for "bert" without [CLS]/[SEP]); any bytes are accepted.
  std::vector<TokenId> encode(std::string_view text, ControlTokens control) const;
  std::vector<TokenId> encode(std::span<const TextPart> parts) const;

  // Adds what the vocabulary asks for around a whole input: BOS/EOS by add_bos/add_eos, [CLS] ... [SEP] for "bert".
  std::vector<TokenId> with_special_tokens(std::vector<TokenId> ids) const;

  // The bytes of one token as it continues a text; empty for control tokens. May be a part of a UTF-8 sequence.
  std::string piece(TokenId id) const;
  std::string decode(std::span<const TokenId> ids) const;

  // The entry as it stands in the vocabulary ("\u0120hello", "<|im_end|>").
  std::string_view vocabulary_entry(TokenId id) const;
  std::optional<TokenId> find(std::string_view vocabulary_entry) const;

  size_t size() const;
  bool is_control(TokenId id) const;
  // EOS, EOT and the well-known end-of-turn markers (<|im_end|>, <end_of_turn>, <|eot_id|>, <|endoftext|>) that are
  // control tokens.
  bool ends_generation(TokenId id) const;
  const SpecialTokens& special() const;

 private:
  class Impl;
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace favilla
