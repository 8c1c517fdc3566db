// The name under which what was computed from a model is kept on disk. Internal to generate.
#pragma once

#include <string>

#include "model/model.h"

namespace favilla {

// To be raised by one whenever packed weights, a cache's layout or the arithmetic of a pass change: what an older
// Favilla has left on the disk is then another model's.
inline constexpr int kEngineLayout = 1;

// 16 hexadecimal digits and the layout, from all metadata, the time of the last change and samples of the weights:
// 0.1 ms however large the file is.
std::string model_fingerprint(const GgufFile& file);

}  // namespace favilla
