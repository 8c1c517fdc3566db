// A fast 64-bit checksum for files of our own caches: finds torn writes and flipped bits at memory speed. It is no
// protection against forgery; downloads are verified with sha256.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace favilla {

// XXH3, 64 bits. The sum of pieces: hand the sum of those before to the next as its seed.
uint64_t checksum(std::span<const std::byte> bytes, uint64_t seed = 0);

}  // namespace favilla
