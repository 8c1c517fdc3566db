// One line for each tool.
#include "tools/builtin/builtin.h"

namespace favilla {

std::span<const Tool> builtin_tools() {
  return {};
}

}  // namespace favilla
