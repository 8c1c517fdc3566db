// Packing into a zip file.
#pragma once

#include <filesystem>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

// Makes `archive` of the file or folder `packed`, whose own name the entries begin with. Symbolic links stay links;
// what is neither file, folder nor link is left out. kIo with what failed, kCancelled; then there is no `archive`.
Result<void> make_zip(const std::filesystem::path& archive, const std::filesystem::path& packed,
                      const CancelFlag& cancel);

}  // namespace favilla
