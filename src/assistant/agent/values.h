// Which values the conversation has for a parameter, and how much speaks for each.
//
//   std::vector<ArgumentCandidate> found = candidates_for(parameter, said, tool_stems);
//   found.front().evidence > kSurelyMeant
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "assistant/agent/parameter.h"
#include "assistant/agent/said.h"

namespace favilla {

// Above this an optional parameter is spoken of; below kHardlyMeant a required one is not.
inline constexpr double kSurelyMeant = 2.0;
inline constexpr double kHardlyMeant = -1.5;

struct ArgumentCandidate {
  Json value;
  std::string text;     // as written
  double evidence = 0;  // log odds, roughly
  size_t source = 0;    // index into said.texts(); of others npos
  size_t from = 0;      // bytes there
  size_t to = 0;
  static constexpr size_t kElsewhere = ~size_t{0};

  bool overlaps(const ArgumentCandidate& other) const {
    return source != kElsewhere && source == other.source && from < other.to && other.from < to;
  }
};

// Best first, at most kMaxCandidates, each text once. `tool_stems`: words with which the function itself is asked for.
inline constexpr size_t kMaxCandidates = 12;
std::vector<ArgumentCandidate> candidates_for(const Parameter& parameter, const Said& said,
                                              const std::set<std::string>& tool_stems);

// Whether a system message lists things of the parameter's kind.
bool is_listed(const Parameter& parameter, const Said& said);

// The value where the conversation has it: of a text, and of each of a list, the newest place with these words, or what
// a system message lists; of a number, the digits; a choice or a truth value is had anyway. Its evidence is 0. nullopt:
// the conversation has it not.
std::optional<ArgumentCandidate> find_value(const Parameter& parameter, const Json& value, const Said& said);

}  // namespace favilla
