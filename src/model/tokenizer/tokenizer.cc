// Tokenizer: puts the vocabulary, one of the three encoders and the special tokens together.
//
// Encoding has two steps. Special tokens are cut out of the whole text first, so that no merge can reach into or across
// one; what lies between them goes to the encoder. Trust is a matter of the first step alone: an encoder never makes a
// control token.
#include "model/tokenizer/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/tokenizer/encoder.h"
#include "model/tokenizer/special_tokens.h"
#include "model/tokenizer/vocabulary.h"
#include "model/tokenizer/vocabulary_cache.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

enum class Algorithm { kBpe, kSpm, kWordPiece };

// model: tokenizer.ggml.model, which names algorithms after the models that first used them.
Result<Algorithm> find_algorithm(std::string_view model) {
  if (model == "gpt2") return Algorithm::kBpe;
  if (model == "llama") return Algorithm::kSpm;
  if (model == "bert") return Algorithm::kWordPiece;
  return Error{ErrorKind::kUnsupported,
               fmt::format("the tokenizer model {} is not one that we know", quoted_name(model))};
}

Vocabulary::Extras extras_for(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kBpe:
      return Vocabulary::Extras::kMerges;
    case Algorithm::kSpm:
      return Vocabulary::Extras::kScores;
    case Algorithm::kWordPiece:
      return Vocabulary::Extras::kNone;
  }
  return Vocabulary::Extras::kNone;
}

}  // namespace

// Never moves, so that the encoder and the finder may refer to the vocabulary.
class Tokenizer::Impl {
 public:
  explicit Impl(Vocabulary&& source) : vocabulary(std::move(source)), finder(vocabulary) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> read(const GgufFile& file, std::string_view model, Algorithm algorithm) {
    special = TRY(read_special_tokens(vocabulary, file, model));
    end_tokens = find_end_tokens(vocabulary, special);
    wraps_in_cls = algorithm == Algorithm::kWordPiece;
    encoder = TRY(make_encoder(file, algorithm));
    return {};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const GgufFile& file, Algorithm algorithm) const {
    switch (algorithm) {
      case Algorithm::kBpe:
        return make_bpe_encoder(vocabulary, file);
      case Algorithm::kSpm:
        return make_spm_encoder(vocabulary, file);
      case Algorithm::kWordPiece:
        return make_wordpiece_encoder(vocabulary, file, special.unknown);
    }
    return Error{ErrorKind::kInternal, "an algorithm without an encoder"};
  }

  Vocabulary vocabulary;
  SpecialTokenFinder finder;
  std::unique_ptr<Encoder> encoder;
  SpecialTokens special;
  std::vector<TokenId> end_tokens;
  bool wraps_in_cls = false;
};

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(const GgufFile& file, const std::filesystem::path& cache_folder) {
  const std::string_view model = TRY(file.require_string("tokenizer.ggml.model"));
  const Algorithm algorithm = TRY(find_algorithm(model));
  auto impl = std::make_unique<Impl>(TRY(load_vocabulary(file, extras_for(algorithm), cache_folder)));
  TRY(impl->read(file, model, algorithm));
  return Tokenizer(std::unique_ptr<const Impl>(std::move(impl)));
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, ControlTokens control) const {
  const TextPart part{text, control};
  return encode(std::span(&part, 1));
}

std::vector<TokenId> Tokenizer::encode(std::span<const TextPart> parts) const {
  // One text, because merges cross the seams between parts: a reply that was streamed in pieces tokenizes as it did
  // whole.
  std::string text;
  std::vector<ByteRange> trusted;
  for (const TextPart& part : parts) {
    if (part.control == ControlTokens::kParse) trusted.push_back({text.size(), text.size() + part.text.size()});
    text += part.text;
  }
  std::vector<TokenId> ids;
  for (const Fragment& fragment : impl_->finder.split(text, trusted)) {
    if (fragment.token == kNoToken) {
      impl_->encoder->encode(std::string_view(text).substr(fragment.begin, fragment.end - fragment.begin), ids);
    } else {
      ids.push_back(fragment.token);
    }
  }
  return ids;
}

std::vector<TokenId> Tokenizer::with_special_tokens(std::vector<TokenId> ids) const {
  const SpecialTokens& special = impl_->special;
  // BERT's two ends are part of its architecture, not an option of the file.
  const std::optional<TokenId> first = impl_->wraps_in_cls ? special.cls : special.bos;
  const std::optional<TokenId> last = impl_->wraps_in_cls ? special.separator : special.eos;
  if (first && (impl_->wraps_in_cls || special.add_bos)) ids.insert(ids.begin(), *first);
  if (last && (impl_->wraps_in_cls || special.add_eos)) ids.push_back(*last);
  return ids;
}

std::string Tokenizer::piece(TokenId id) const {
  if (!impl_->vocabulary.contains(id)) return {};
  const TokenType type = impl_->vocabulary.type(id);
  if (type == TokenType::kControl || type == TokenType::kUnknown) return {};
  return impl_->encoder->piece(id);
}

std::string Tokenizer::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const TokenId id : ids) text += piece(id);
  // The blank that encoding put there. One at the start of the text itself follows it and stays.
  if (impl_->encoder->adds_leading_blank() && text.starts_with(' ')) text.erase(0, 1);
  return text;
}

std::string_view Tokenizer::vocabulary_entry(TokenId id) const {
  return impl_->vocabulary.contains(id) ? impl_->vocabulary.entry(id) : std::string_view();
}

std::optional<TokenId> Tokenizer::find(std::string_view vocabulary_entry) const {
  return impl_->vocabulary.find(vocabulary_entry);
}

size_t Tokenizer::size() const {
  return impl_->vocabulary.size();
}

bool Tokenizer::is_control(TokenId id) const {
  return impl_->vocabulary.contains(id) && impl_->vocabulary.type(id) == TokenType::kControl;
}

bool Tokenizer::ends_generation(TokenId id) const {
  return std::binary_search(impl_->end_tokens.begin(), impl_->end_tokens.end(), id);
}

const SpecialTokens& Tokenizer::special() const {
  return impl_->special;
}

}  // namespace favilla
