// Special tokens: their ids from the file's metadata, and their places in texts.
//
// Looking for each token in the whole text would take tokens x bytes, and Gemma has 6,400. Instead all tokens of one
// length are looked for together, through the vocabulary's own hash: about 40 passes, each of which stops at few
// places.
#include "model/tokenizer/special_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace favilla {
namespace {

// Each family's end of a turn. Chat files often name only the end of text as EOS.
constexpr std::array<std::string_view, 4> kEndOfTurn = {"<|im_end|>", "<end_of_turn>", "<|eot_id|>", "<|endoftext|>"};

bool is_control(const Vocabulary& vocabulary, TokenId id) {
  return vocabulary.type(id) == TokenType::kControl;
}

// Reads one id into `out`; an absent key leaves it empty.
Result<void> read_id(const Vocabulary& vocabulary, const GgufFile& file, const char* key, std::optional<TokenId>& out) {
  const std::string full_key = fmt::format("tokenizer.ggml.{}", key);
  const std::optional<uint64_t> id = file.find_uint(full_key);
  if (!id) return {};
  if (*id >= vocabulary.size()) {
    return Error{ErrorKind::kCorrupt, fmt::format("{} is {}, outside of {} tokens", full_key, *id, vocabulary.size())};
  }
  out = static_cast<TokenId>(*id);
  return {};
}

// Files that were converted early name few ids; the spellings have never changed.
void use_spelling(const Vocabulary& vocabulary, std::string_view entry, std::optional<TokenId>& id) {
  if (!id) id = vocabulary.find(entry);
}

}  // namespace

Result<SpecialTokens> read_special_tokens(const Vocabulary& vocabulary, const GgufFile& file, std::string_view model) {
  SpecialTokens special;
  TRY(read_id(vocabulary, file, "bos_token_id", special.bos));
  TRY(read_id(vocabulary, file, "eos_token_id", special.eos));
  TRY(read_id(vocabulary, file, "eot_token_id", special.eot));
  TRY(read_id(vocabulary, file, "unknown_token_id", special.unknown));
  TRY(read_id(vocabulary, file, "padding_token_id", special.padding));
  TRY(read_id(vocabulary, file, "cls_token_id", special.cls));
  TRY(read_id(vocabulary, file, "seperator_token_id", special.separator));  // GGUF spells it so
  TRY(read_id(vocabulary, file, "mask_token_id", special.mask));
  const bool is_bert = model == "bert";
  if (is_bert) {
    if (!special.cls) special.cls = special.bos;  // files call it either way
    use_spelling(vocabulary, "[CLS]", special.cls);
    use_spelling(vocabulary, "[SEP]", special.separator);
    use_spelling(vocabulary, "[UNK]", special.unknown);
    use_spelling(vocabulary, "[PAD]", special.padding);
    use_spelling(vocabulary, "[MASK]", special.mask);
  }
  for (const std::string_view marker : kEndOfTurn) {
    std::optional<TokenId> id = vocabulary.find(marker);
    if (!special.eot && id && is_control(vocabulary, *id)) special.eot = id;
  }
  // SentencePiece models and Llama 3 begin every text with BOS unless their file says otherwise.
  const std::optional<std::string_view> pre = file.find_string("tokenizer.ggml.pre");
  const bool begins_with_bos = model == "llama" || (model == "gpt2" && pre && pre->starts_with("llama"));
  special.add_bos = file.find_bool("tokenizer.ggml.add_bos_token").value_or(begins_with_bos) && special.bos;
  special.add_eos = file.find_bool("tokenizer.ggml.add_eos_token").value_or(false) && special.eos;
  return special;
}

std::vector<TokenId> find_end_tokens(const Vocabulary& vocabulary, const SpecialTokens& special) {
  std::vector<TokenId> ends;
  if (special.eos) ends.push_back(*special.eos);
  if (special.eot) ends.push_back(*special.eot);
  for (const std::string_view marker : kEndOfTurn) {
    const std::optional<TokenId> id = vocabulary.find(marker);
    if (id && is_control(vocabulary, *id)) ends.push_back(*id);
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

SpecialTokenFinder::SpecialTokenFinder(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {
  // [UNK] and its kin are recognised as control tokens are: a trusted prompt may name them, other text may not.
  for (TokenId id = 0; vocabulary.contains(id); ++id) {
    const TokenType type = vocabulary.type(id);
    const std::string_view entry = vocabulary.entry(id);
    const bool is_special =
        type == TokenType::kControl || type == TokenType::kUnknown || type == TokenType::kUserDefined;
    if (!is_special || entry.empty()) continue;
    LengthClass& tokens = class_of(entry.size());
    tokens.has_user_defined |= type == TokenType::kUserDefined;
    tokens.first[static_cast<unsigned char>(entry.front())] = true;
    tokens.last[static_cast<unsigned char>(entry.back())] = true;
  }
}

// The class of that length, made when it is new.
SpecialTokenFinder::LengthClass& SpecialTokenFinder::class_of(size_t length_bytes) {
  const auto is_longer = [](const LengthClass& tokens, size_t length) { return tokens.length_bytes > length; };
  const auto place = std::lower_bound(classes_.begin(), classes_.end(), length_bytes, is_longer);
  if (place != classes_.end() && place->length_bytes == length_bytes) return *place;
  return *classes_.insert(place, LengthClass{.length_bytes = length_bytes});
}

std::vector<Fragment> SpecialTokenFinder::split(std::string_view text, std::span<const ByteRange> trusted) const {
  std::vector<Fragment> fragments;
  if (!text.empty()) fragments.push_back({0, text.size(), kNoToken});
  std::vector<Fragment> finer;
  for (const LengthClass& tokens : classes_) {
    if (trusted.empty() && !tokens.has_user_defined) continue;  // most classes of most vocabularies are control only
    finer.clear();
    for (const Fragment& fragment : fragments) {
      if (fragment.token == kNoToken) {
        split_fragment(text, trusted, tokens, fragment, finer);
      } else {
        finer.push_back(fragment);
      }
    }
    fragments.swap(finer);
  }
  return fragments;
}

void SpecialTokenFinder::split_fragment(std::string_view text, std::span<const ByteRange> trusted,
                                        const LengthClass& tokens, Fragment fragment,
                                        std::vector<Fragment>& out) const {
  size_t text_begin = fragment.begin;
  for (size_t begin = fragment.begin; begin + tokens.length_bytes <= fragment.end;) {
    const TokenId token = match(text, begin, trusted, tokens);
    if (token == kNoToken) {
      ++begin;
      continue;
    }
    if (begin > text_begin) out.push_back({text_begin, begin, kNoToken});
    out.push_back({begin, begin + tokens.length_bytes, token});
    begin += tokens.length_bytes;
    text_begin = begin;
  }
  if (fragment.end > text_begin) out.push_back({text_begin, fragment.end, kNoToken});
}

// The special token of the class's length at `begin`, or kNoToken. Requires that so many bytes follow.
TokenId SpecialTokenFinder::match(std::string_view text, size_t begin, std::span<const ByteRange> trusted,
                                  const LengthClass& tokens) const {
  const size_t end = begin + tokens.length_bytes;
  if (!tokens.first[static_cast<unsigned char>(text[begin])]) return kNoToken;
  if (!tokens.last[static_cast<unsigned char>(text[end - 1])]) return kNoToken;
  const std::optional<TokenId> id = vocabulary_.find(text.substr(begin, tokens.length_bytes));
  if (!id) return kNoToken;
  switch (vocabulary_.type(*id)) {
    case TokenType::kUserDefined:
      return *id;
    case TokenType::kControl:
    case TokenType::kUnknown: {
      // The one range that could hold the match is the first that does not end before it begins.
      const auto ends_before = [](const ByteRange& range, size_t position) { return range.end <= position; };
      const auto range = std::lower_bound(trusted.begin(), trusted.end(), begin, ends_before);
      return range != trusted.end() && range->begin <= begin && end <= range->end ? *id : kNoToken;
    }
    default:
      return kNoToken;
  }
}

}  // namespace favilla
