// What the readers have in common that adapters make of an embedding model.
//
//   std::optional<ModelReranker> reranker =
//       TRY(open_built_in<ModelReranker>(engine, tokenizer, built_in_rerank_adapter(engine.info()), "reranker"));
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generate/generate.h"
#include "model/model.h"

namespace favilla {

// `count` numbers of an adapter's metadata, all finite. kCorrupt.
Result<std::vector<float>> require_floats(const GgufFile& adapter, const std::string& key, size_t count);

// With the bytes of an adapter that is part of the program; nullopt: there is none for this model.
template <class Reader>
Result<std::optional<Reader>> open_built_in(Engine& engine, const Tokenizer& tokenizer,
                                            std::span<const std::byte> bytes, const std::string& what) {
  if (bytes.empty()) return std::optional<Reader>();
  const GgufFile file = TRY(GgufFile::parse(bytes).context("the built-in " + what));
  return std::optional(TRY(Reader::load(engine, tokenizer, file).context("the built-in " + what)));
}

}  // namespace favilla
