// See stable_prefix.h.
#include "assistant/stable_prefix.h"

#include <algorithm>

namespace favilla {

void StablePrefix::begin(const Conversation& conversation) {
  ids_ = conversation.stable_prefix();
  const bool is_short = ids_.size() < kFewTokens;
  if (is_short || session_.restore(store_, ids_) == static_cast<int>(ids_.size())) ids_.clear();
}

Result<void> StablePrefix::keep() {
  const std::span<const TokenId> held = session_.tokens();
  const bool is_read = std::mismatch(ids_.begin(), ids_.end(), held.begin(), held.end()).first == ids_.end();
  if (ids_.empty() || !is_read) return {};
  const auto count = static_cast<int>(ids_.size());
  ids_.clear();  // whether it works or not, once is enough
  return session_.save(store_, count);
}

}  // namespace favilla
