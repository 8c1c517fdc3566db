// Vocabularies that were built once, kept in a folder: the next start maps the tables instead of making them again.
//
//   Vocabulary vocabulary = TRY(load_vocabulary(file, Vocabulary::Extras::kMerges, paths.packed()));
//
// A file of the folder belongs to one model file and holds a checksum of all its bytes. One that is torn, changed, or
// of another version is removed and never used. Files are made under a temporary name and renamed, and never written
// again, so any number of processes may share a folder. PackedWeights keeps the folder from growing.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "model/gguf.h"
#include "model/tokenizer/vocabulary.h"

namespace favilla {

// What Vocabulary::build(file, extras) gives, or its error. An empty folder keeps nothing. A folder that cannot be
// written to is no error: the vocabulary is built each time.
Result<Vocabulary> load_vocabulary(const GgufFile& file, Vocabulary::Extras extras,
                                   const std::filesystem::path& folder);

}  // namespace favilla
