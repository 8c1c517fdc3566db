// How much memory this machine has to give.
#pragma once

#include <cstdint>
#include <optional>

namespace favilla {

struct MemoryStatus {
  uint64_t total_bytes = 0;
  uint64_t available_bytes = 0;  // without swapping, page cache included; at most what the cgroup still allows
};

// nullopt when the system does not tell.
std::optional<MemoryStatus> read_memory_status();

}  // namespace favilla
