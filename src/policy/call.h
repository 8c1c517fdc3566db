// One call that somebody wants to make, with everything that a decision may depend on.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "policy/declared.h"

namespace favilla {

struct Destination {
  std::string name;      // an address, a URL, a path
  bool is_known = true;  // from the owner's words, contacts or configuration
};

// Where a call's files lie.
enum class Territory : uint8_t {
  kOwn,        // in the owner's folders
  kOutside,    // elsewhere
  kProtected,  // Favilla's own rules, settings and journal
};

struct PolicyCall {
  std::string tool;
  std::string action;
  Json arguments = Json::object();
  Declared declared{};
  Label label;                            // of everything that the call was made from
  std::vector<Destination> destinations;  // where it would send data
  Territory place = Territory::kOwn;
  std::string needs_approval;  // why the tool itself wants the owner to be asked; empty: it does not
};

// The same text for the same call, whatever the order of its arguments: `mail send {"body":"...","to":"ana"}`.
std::string canonical_call(const PolicyCall& call);

// SHA-256 over the call, what the tool says about it, its destinations and its label: an approval of one is of no
// other.
std::string hash_of(const PolicyCall& call);

}  // namespace favilla
