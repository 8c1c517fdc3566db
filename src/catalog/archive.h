// Zip archives (wheels are zips), read as untrusted input: sizes are announced by us, not by the archive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "catalog/transfer.h"

namespace favilla {

// Appends one entry's bytes to `target`. kCorrupt when the archive is damaged or the entry is absent or not of exactly
// `expected_bytes`; nothing beyond that is ever inflated.
Result<void> extract_entry(const std::filesystem::path& archive, std::string_view entry, uint64_t expected_bytes,
                           GrowingFile& target, const TransferHooks& hooks);

// Extracts every file below `folder`. kCorrupt for names that would leave it, more than kTreeEntryLimit entries, or
// more than `limit_bytes` of content.
inline constexpr int kTreeEntryLimit = 1000;
Result<void> extract_tree(const std::filesystem::path& archive, const std::filesystem::path& folder,
                          uint64_t limit_bytes, const TransferHooks& hooks);

}  // namespace favilla
