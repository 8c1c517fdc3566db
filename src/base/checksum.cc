// Checksums by libxxhash, the only file that includes it.
#include "base/checksum.h"

#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the same functions, with the widest vectors that the CPU has: twice as fast
#endif

namespace favilla {

uint64_t checksum(std::span<const std::byte> bytes, uint64_t seed) {
  return ::XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace favilla
