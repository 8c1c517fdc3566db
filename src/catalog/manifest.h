// models.toml: one [[model]] table per name. Written by us, readable and mendable by hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favilla {

struct ModelFile {
  std::string file;    // a plain name inside the models folder
  std::string sha256;  // 64 lower-case hex digits
  uint64_t bytes = 0;
};

struct ModelRow {
  std::string name;              // as typed after `favilla run`; see is_model_name
  std::string role;              // "chat", "base" (continues text), "embed"
  std::string licence;           // an SPDX id where there is one, "unknown" otherwise
  std::string source;            // what `favilla pull` was given, so that it can be fetched again
  std::string accepted_terms;    // the name of terms that the owner accepted, or empty
  std::vector<ModelFile> files;  // at least one; the first is what GgufFile::open takes, its splits follow

  uint64_t bytes() const;
};

// kCorrupt with the line for bad TOML, missing or impossible values, and a name that stands twice.
Result<std::vector<ModelRow>> parse_manifest(std::string_view toml);
std::string format_manifest(std::span<const ModelRow> rows);

// An absent file is an empty list.
Result<std::vector<ModelRow>> read_manifest(const std::filesystem::path& path);

}  // namespace favilla
