// A model hub: which files a reference means. The API is that of the public hub; mirrors and our tests speak it too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

inline constexpr std::string_view kPublicHub = "https://huggingface.co";

struct HubReference {
  std::string organisation;
  std::string repository;
  std::string quant;  // empty: the best of what is there

  std::string text() const;  // "hf.co/ORG/REPO:QUANT"
};

// True for text that means a hub: it begins with "hf.co/", with or without "https://".
bool is_hub_reference(std::string_view text);

// kInvalidArgument for a reference that lacks a part or has characters that no repository has.
Result<HubReference> parse_hub_reference(std::string_view text);

struct HubFile {
  std::string path;    // in the repository
  std::string sha256;  // empty when the hub does not tell
  uint64_t bytes = 0;  // 0 when the hub does not tell
};

struct HubChoice {
  std::string commit;  // all files are fetched from this state
  std::string licence;
  std::string quant;           // of the chosen file; empty when the name tells none
  std::vector<HubFile> files;  // one, or all splits in order
};

// Chooses among the GGUF files of the hub's answer: the one that carries the reference's quant; without one Q4_K_M,
// else Q8_0, else the only one. kNotFound lists what there is; kCorrupt for an answer of another form.
Result<HubChoice> choose_hub_files(const SortedJson& answer, const HubReference& reference);

std::string hub_info_url(std::string_view hub, const HubReference& reference);
std::string hub_file_url(std::string_view hub, const HubReference& reference, const HubChoice& choice,
                         const HubFile& file);

}  // namespace favilla
