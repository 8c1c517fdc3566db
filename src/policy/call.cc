#include "policy/call.h"

#include <fmt/format.h>

#include <span>

#include "base/sha256.h"

namespace favilla {

std::string canonical_call(const PolicyCall& call) {
  const std::string arguments = SortedJson(call.arguments).dump(-1, ' ', false, SortedJson::error_handler_t::replace);
  return fmt::format("{} {} {}", call.tool, call.action, arguments);
}

std::string hash_of(const PolicyCall& call) {
  Json whole{{"call", canonical_call(call)},
             {"asks", call.needs_approval},
             {"integrity", name_of(call.label.integrity)},
             {"confidentiality", name_of(call.label.confidentiality)},
             {"place", static_cast<int>(call.place)},
             {"destinations", Json::array()}};
  for (const Destination& each : call.destinations) whole["destinations"].push_back({each.name, each.is_known});
  Sha256 hash;
  const std::string text = to_json_text(whole);
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

}  // namespace favilla
