// See embedding_reader.h.
#include "assistant/embedding_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace favilla {

Result<std::vector<float>> require_floats(const GgufFile& adapter, const std::string& key, size_t count) {
  std::vector<float> values = adapter.find_floats(key);
  const bool finite = std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  if (finite && values.size() == count) return values;
  return Error{ErrorKind::kCorrupt, fmt::format("{} does not have {} finite numbers", key, count)};
}

}  // namespace favilla
