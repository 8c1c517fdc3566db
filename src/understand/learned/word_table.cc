#include "understand/learned/word_table.h"

#include <algorithm>

#include "base/checksum.h"
#include "understand/learned/byte_reader.h"

namespace favilla {
namespace {

constexpr uint32_t kMagic = 0x31575646;  // "FVW1"
constexpr uint32_t kMostWords = 1 << 20;

}  // namespace

Result<WordTable> WordTable::parse(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  const std::vector<uint32_t> head = TRY(reader.array<uint32_t>(4));
  if (head[0] != kMagic || head[1] > kMostWords || head[2] != kDimensions || head[3] != kClusterings) {
    return Error{ErrorKind::kCorrupt, "not a table of words"};
  }
  WordTable table;
  table.scale_ = TRY(reader.real());
  table.names_ = TRY(reader.array<FeatureName>(head[1]));
  table.clusters_ = TRY(reader.array<uint16_t>(kClusterings * head[1]));
  if (reader.left() != head[1] * kDimensions || !std::is_sorted(table.names_.begin(), table.names_.end())) {
    return Error{ErrorKind::kCorrupt, "a table of words with the wrong length"};
  }
  table.vectors_ = bytes.last(reader.left());
  table.sum_ = checksum(bytes);
  return table;
}

std::optional<size_t> WordTable::find(FeatureName name) const {
  const auto at = std::lower_bound(names_.begin(), names_.end(), name);
  if (at == names_.end() || *at != name) return std::nullopt;
  return static_cast<size_t>(at - names_.begin());
}

void WordTable::add_vector(size_t word, float weight, std::span<float, kDimensions> sum) const {
  const std::byte* vector = vectors_.data() + word * kDimensions;
  for (size_t i = 0; i < kDimensions; ++i) {
    sum[i] += weight * scale_ * static_cast<float>(static_cast<int8_t>(vector[i]));
  }
}

}  // namespace favilla
