// A checksum of a model's header and of samples of its weights.
#include "generate/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checksum.h"

namespace favilla {
namespace {

constexpr size_t kSamples = 64;
constexpr size_t kSampleBytes = 4096;

std::span<const std::byte> middle_of(std::span<const std::byte> bytes) {
  const size_t count = std::min(bytes.size(), kSampleBytes);
  return bytes.subspan((bytes.size() - count) / 2, count);
}

}  // namespace

std::string model_fingerprint(const GgufFile& file) {
  const int64_t modified_ns = file.modified_ns();
  uint64_t sum = checksum(std::as_bytes(std::span(&modified_ns, 1)), file.header_checksum());
  // Models repeat their tensors layer by layer; samples at even distances meet every kind.
  const std::span<const GgufTensor> tensors = file.tensors();
  const size_t samples = std::min(tensors.size(), kSamples);
  for (size_t i = 0; i < samples; ++i) {
    const std::span<const std::byte> weights = tensors[i * tensors.size() / samples].data;
    sum = checksum(middle_of(weights), sum);
    file.drop_pages(weights);  // the kernel maps the neighbours of a page too, which would count as our memory
  }
  return fmt::format("{:016x}-{}", sum, kEngineLayout);
}

}  // namespace favilla
