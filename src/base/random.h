// A small seeded generator (PCG32, M. O'Neill 2014): the same seed gives the same numbers on every machine.
#pragma once

#include <cstdint>

namespace favilla {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(0) {
    next_u32();
    state_ += seed;
    next_u32();
  }

  uint32_t next_u32() {
    const uint64_t old = state_;
    state_ = old * 6364136223846793005ULL + 1442695040888963407ULL;
    const uint32_t xorshifted = static_cast<uint32_t>(((old >> 18) ^ old) >> 27);
    const uint32_t rotation = static_cast<uint32_t>(old >> 59);
    return (xorshifted >> rotation) | (xorshifted << ((32 - rotation) & 31));
  }

  float next_unit() { return static_cast<float>(next_u32() >> 8) * 0x1p-24F; }  // [0, 1)

  uint32_t next_below(uint32_t bound) {  // [0, bound), bound >= 1
    return static_cast<uint32_t>((uint64_t{next_u32()} * bound) >> 32);
  }

 private:
  uint64_t state_;
};

}  // namespace favilla
