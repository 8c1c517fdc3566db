// Splits text into the pieces inside which byte-pair merges happen. Hand-written scanners for four published patterns:
//
//   gpt-2      's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//   smollm     every \p{N} alone, and gpt-2 on what lies between them
//   qwen2      (?i:'s|...|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//   llama-bpe  as qwen2, with \p{N}{1,3}
//
// A byte that is not part of well-formed UTF-8 counts as one character of [^\s\p{L}\p{N}], as U+FFFD would.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace favilla {

enum class PreSplitter { kGpt2, kSmolLm, kQwen2, kLlamaBpe };

// The splitter that tokenizer.ggml.pre names, under any of the names that files use for these four; nullopt for others.
std::optional<PreSplitter> find_pre_splitter(std::string_view name);

// Bytes of the first piece of a non-empty text: at least 1. Cutting pieces off a text one after the other takes linear
// time.
size_t first_piece_length(PreSplitter splitter, std::string_view text);

}  // namespace favilla
