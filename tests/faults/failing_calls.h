// Makes chosen system calls of this process fail: those that write, flush, rename, or open, wherever they are called
// from, SQLite included. Flushing does nothing at all, so that thousands of runs take seconds. One thread.
#pragma once

namespace favilla::faults {

enum class Failing {
  kNothing,
  kOnce,       // the call with that number
  kFromThere,  // it and all after it: a full disk
};

// Starts to count from 1 again.
void fail_calls(Failing mode, int number);

// How many calls were counted since.
int calls_counted();

}  // namespace favilla::faults
