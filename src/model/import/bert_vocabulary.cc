// Converting a WordPiece vocabulary. GGUF marks where words start (U+2581 before "the"), tokenizer.json where they go
// on
// ("##ing"); special tokens keep their spelling.
#include "model/import/bert_vocabulary.h"

#include <fmt/format.h>

#include <utility>

#include "model/import/json_fields.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

constexpr std::string_view kWordStart = "\xE2\x96\x81";  // U+2581 in UTF-8
constexpr std::string_view kContinuation = "##";

enum TokenType : int32_t { kNormal = 1, kControl = 3, kUserDefined = 4, kUnused = 5 };

Error corrupt(std::string problem) {
  return {ErrorKind::kCorrupt, std::move(problem)};
}
Error unsupported(std::string problem) {
  return {ErrorKind::kUnsupported, std::move(problem)};
}

// Our WordPiece splits and folds text as the uncased BERT models do; any other normalizer gives other tokens.
Result<void> check_kind(const SortedJson& root) {
  const SortedJson& model = *TRY(require_object(root, "model"));
  // Old files do not name the type of their model.
  if (find_field(model, "type") != nullptr) {
    const std::string type = TRY(require_string(model, "type"));
    if (type != "WordPiece") return unsupported(fmt::format("the tokenizer is {}, not WordPiece", quoted_name(type)));
  }
  if (TRY(require_string(model, "continuing_subword_prefix")) != kContinuation) {
    return unsupported("continuing_subword_prefix is not \"##\"");
  }
  const SortedJson& normalizer = *TRY(require_object(root, "normalizer"));
  if (TRY(require_string(normalizer, "type")) != "BertNormalizer") return unsupported("the normalizer is not BERT's");
  if (!flag_or(normalizer, "lowercase", false)) return unsupported("the tokenizer is cased");
  // null means: as lowercase says.
  if (!flag_or(normalizer, "strip_accents", true)) return unsupported("the tokenizer keeps accents");
  return {};
}

// Unused doubles as "nobody has taken this id yet".
Result<void> place(BertVocabulary& vocabulary, const std::string& token, uint64_t id, TokenType type) {
  if (id >= vocabulary.tokens.size()) {
    return corrupt(fmt::format("token {} has the id {}, but there are {} embeddings", quoted_name(token), id,
                               vocabulary.tokens.size()));
  }
  if (vocabulary.types[id] != kUnused) return corrupt(fmt::format("the id {} belongs to two tokens", id));
  vocabulary.types[id] = type;
  vocabulary.tokens[id] = token;
  return {};
}

Result<void> place_words(BertVocabulary& vocabulary, const SortedJson& words) {
  for (const auto& [token, id] : words.items()) {
    if (!id.is_number_unsigned()) return corrupt(fmt::format("the id of token {} is no number", quoted_name(token)));
    TRY(place(vocabulary, token, id.get<uint64_t>(), kNormal));
  }
  return {};
}

// Added tokens usually stand in the vocabulary as well; there they must have the same id.
Result<void> place_added_tokens(BertVocabulary& vocabulary, const SortedJson& root) {
  const SortedJson* added = find_field(root, "added_tokens");
  if (added == nullptr) return {};
  if (!added->is_array()) return corrupt("added_tokens is not an array");
  for (const SortedJson& token : *added) {
    const std::string content = TRY(require_string(token, "content"));
    const uint64_t id = TRY(require_uint(token, "id", vocabulary.tokens.size() - 1));
    const TokenType type = flag_or(token, "special", false) ? kControl : kUserDefined;
    if (vocabulary.types[id] == kNormal && vocabulary.tokens[id] == content) {
      vocabulary.types[id] = type;
    } else {
      TRY(place(vocabulary, content, id, type));
    }
  }
  return {};
}

std::optional<uint32_t> find_control(const BertVocabulary& vocabulary, std::string_view token) {
  for (uint32_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.types[id] == kControl && vocabulary.tokens[id] == token) return id;
  }
  return std::nullopt;
}

Result<uint32_t> require_control(const BertVocabulary& vocabulary, std::string_view token) {
  if (const auto id = find_control(vocabulary, token)) return *id;
  return corrupt(fmt::format("the special token {} is missing", quoted_name(token)));
}

// GGUF's own tokens need no marker for continuations: what lacks the word start is one.
std::string gguf_spelling(const std::string& token) {
  if (token.starts_with(kContinuation)) return token.substr(kContinuation.size());
  return std::string(kWordStart) + token;
}

}  // namespace

Result<BertVocabulary> parse_bert_vocabulary(std::string_view tokenizer_json, uint32_t size) {
  const SortedJson root = TRY(parse_sorted_json(tokenizer_json));
  TRY(check_kind(root));
  BertVocabulary vocabulary;
  vocabulary.tokens.resize(size);
  vocabulary.types.assign(size, kUnused);
  const SortedJson& model = *TRY(require_object(root, "model"));
  const SortedJson& words = *TRY(require_object(model, "vocab"));
  TRY(place_words(vocabulary, words));
  TRY(place_added_tokens(vocabulary, root));
  const std::string unknown = TRY(require_string(model, "unk_token"));
  vocabulary.unknown = TRY(require_control(vocabulary, unknown));
  vocabulary.cls = TRY(require_control(vocabulary, "[CLS]"));
  vocabulary.separator = TRY(require_control(vocabulary, "[SEP]"));
  vocabulary.padding = find_control(vocabulary, "[PAD]");
  vocabulary.mask = find_control(vocabulary, "[MASK]");
  for (uint32_t id = 0; id < size; ++id) {
    std::string& token = vocabulary.tokens[id];
    if (vocabulary.types[id] == kNormal) token = gguf_spelling(token);
    if (vocabulary.types[id] == kUnused) token = fmt::format("[unused embedding {}]", id);
  }
  return vocabulary;
}

}  // namespace favilla
