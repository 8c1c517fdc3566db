// /proc/meminfo, and the limit of the control group (v2) that this process runs in.
#include "base/memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace favilla {
namespace {

std::optional<uint64_t> read_number(const char* path) {
  std::ifstream file(path);
  uint64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;  // absent, or "max"
}

}  // namespace

std::optional<MemoryStatus> read_memory_status() {
  std::ifstream file("/proc/meminfo");
  MemoryStatus status;
  std::string name;
  uint64_t kibibytes = 0;
  for (std::string unit; file >> name >> kibibytes && std::getline(file, unit);) {
    if (name == "MemTotal:") status.total_bytes = kibibytes * 1024;
    if (name == "MemAvailable:") status.available_bytes = kibibytes * 1024;
  }
  if (status.total_bytes == 0) return std::nullopt;
  const auto limit = read_number("/sys/fs/cgroup/memory.max");
  const auto used = read_number("/sys/fs/cgroup/memory.current");
  if (limit && used && *limit > *used) status.available_bytes = std::min(status.available_bytes, *limit - *used);
  return status;
}

}  // namespace favilla
