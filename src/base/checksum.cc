// Checksums by libxxhash, the only file that includes it.
#include "base/checksum.h"

#include <xxhash.h>

namespace favilla {

uint64_t checksum(std::span<const std::byte> bytes, uint64_t seed) {
  return ::XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace favilla
