// Turns a sentence-transformers folder with a BERT encoder into a GGUF file of the architecture "bert".
//
//   TRY(import_sentence_transformer("all-MiniLM-L6-v2", "minilm.gguf"));
//
// The folder holds config.json, tokenizer.json, model.safetensors (F32, F16 or BF16) and 1_Pooling/config.json, as the
// model hubs serve it. The file has the keys and tensor names that llama.cpp's converter gives to such models.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "tensor/dtype.h"

namespace favilla {

struct SentenceTransformerImport {
  // Of the weight matrices and word embeddings: kF32, kF16, or kQ8_0 (kF16 where rows are no multiple of 32).
  // Biases, norms, positions and token types stay F32.
  DType matrices = DType::kF32;
};

// Writes `target_gguf` whole or not at all: it replaces the file by rename when everything is on the disk. Blocks for
// as long as copying the weights takes. Errors: kNotFound (a file of the folder is missing), kCorrupt, kUnsupported
// (model type, tokenizer, pooling or number type, by name), kIo and kExhausted.
Result<void> import_sentence_transformer(const std::filesystem::path& folder, const std::filesystem::path& target_gguf,
                                         const SentenceTransformerImport& options = {});

}  // namespace favilla
