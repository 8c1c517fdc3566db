// What the JSON files of a sentence-transformers folder say about its BERT encoder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace favilla {

// Values are those of the GGUF key bert.pooling_type.
enum class BertPooling : uint32_t { kMean = 1, kCls = 2 };

struct BertConfig {
  uint32_t embedding = 0;  // D
  uint32_t layers = 0;
  uint32_t heads = 0;
  uint32_t feed_forward = 0;  // F
  uint32_t positions = 0;     // longest input in tokens
  uint32_t vocabulary = 0;    // V
  uint32_t token_types = 0;
  float norm_epsilon = 0;
  BertPooling pooling = BertPooling::kMean;
};

// Reads config.json, 1_Pooling/config.json and, where there is one, modules.json. kNotFound names a missing file;
// kUnsupported says which part of the model we do not implement; kCorrupt for values that contradict each other.
Result<BertConfig> read_bert_config(const std::filesystem::path& folder);

}  // namespace favilla
