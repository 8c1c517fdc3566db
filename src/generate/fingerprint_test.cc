// A fingerprint names a model: the same file gives the same, any other gives another.
#include "generate/fingerprint.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "generate/generate.h"

namespace favilla {
namespace {

const std::filesystem::path kModels = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models";

TEST(Fingerprint, DiffersBetweenAllModels) {
  std::set<std::string> seen;
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kModels)) {
    if (entry.path().extension() != ".gguf") continue;
    seen.insert(model_fingerprint(std::move(GgufFile::open(entry.path())).value()));
    ++models;
  }
  EXPECT_GE(models, 20);
  EXPECT_EQ(seen.size(), static_cast<size_t>(models));
}

TEST(Fingerprint, ChangesWithOneByteOfTheMetadataAndWithOneOfASampledTensor) {
  const MappedFile map = std::move(MappedFile::open(kModels / "llama-q4_1.gguf")).value();
  std::vector<std::byte> bytes(map.bytes().begin(), map.bytes().end());
  const auto fingerprint = [&] { return model_fingerprint(std::move(GgufFile::parse(bytes)).value()); };
  const std::string original = fingerprint();
  const auto changes_with = [&](const void* address) {
    std::byte& byte = bytes[static_cast<size_t>(static_cast<const std::byte*>(address) - bytes.data())];
    byte ^= std::byte{1};
    const std::string changed = fingerprint();
    byte ^= std::byte{1};
    return changed != original;
  };
  const GgufFile file = std::move(GgufFile::parse(bytes)).value();
  EXPECT_TRUE(changes_with(file.find_string("general.name").value().data()));
  for (const GgufTensor& tensor : file.tensors()) {
    EXPECT_TRUE(changes_with(tensor.data.data() + tensor.data.size() / 2)) << tensor.name;
  }
  EXPECT_EQ(fingerprint(), original);
}

TEST(Fingerprint, OfAnEngineNamesWhatItsBitsDependOn) {
  const auto fingerprint = [](const EngineOptions& options) {
    return std::move(Engine::load(std::move(GgufFile::open(kModels / "llama-q4_1.gguf")).value(), options))
        .value()
        .fingerprint();
  };
  const std::string scalar = fingerprint({.threads = 1, .isa = Isa::kScalar});
  EXPECT_EQ(fingerprint({.threads = 2, .isa = Isa::kScalar}), scalar);
  EXPECT_NE(fingerprint({.threads = 1, .isa = Isa::kScalar, .arithmetic = Arithmetic::kReference}), scalar);
}

}  // namespace
}  // namespace favilla
