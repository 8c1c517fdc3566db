// A WordPiece vocabulary out of tokenizer.json, in the form in which GGUF files hold it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favilla {

struct BertVocabulary {
  std::vector<std::string> tokens;  // [V]; word starts carry U+2581, continuations have lost their "##"
  std::vector<int32_t> types;       // [V]; GGUF's: 1 normal, 3 control, 4 user-defined, 5 unused
  uint32_t unknown = 0;
  uint32_t cls = 0;
  uint32_t separator = 0;
  std::optional<uint32_t> padding;
  std::optional<uint32_t> mask;
};

// `size` is the number of embedding rows; ids without a token become unused ones. kUnsupported for tokenizers that are
// not uncased WordPiece; kCorrupt for ids that are out of range or given twice, and for missing special tokens.
Result<BertVocabulary> parse_bert_vocabulary(std::string_view tokenizer_json, uint32_t size);

}  // namespace favilla
