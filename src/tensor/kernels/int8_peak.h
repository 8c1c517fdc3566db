// How fast a CPU could multiply int8 at best: a loop of nothing but the densest such instructions of one instruction
// set, on registers. What the matrix products reach of it is their efficiency.
//
//   const int64_t multiply_adds = run_int8_peak(isa, 1'000'000);   // divide by the time that it took
#pragma once

#include <cstdint>

#include "tensor/cpu.h"

namespace favilla {

// Runs the loop `rounds` times and returns how many products it has added up; 0 at once for an instruction set that has
// no such instructions (scalar). Requires that this CPU has the instruction set.
int64_t run_int8_peak(Isa isa, int64_t rounds);

int64_t run_int8_peak_avx2(int64_t rounds);
int64_t run_int8_peak_avxvnni(int64_t rounds);
int64_t run_int8_peak_avx512vnni(int64_t rounds);
int64_t run_int8_peak_neon(int64_t rounds);

}  // namespace favilla
