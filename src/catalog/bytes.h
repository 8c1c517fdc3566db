// Sizes for people.
#pragma once

#include <cstdint>
#include <string>

namespace favilla {

// "98.4 MB": decimal units, as the sizes of downloads and disks are given.
std::string format_bytes(uint64_t bytes);

}  // namespace favilla
