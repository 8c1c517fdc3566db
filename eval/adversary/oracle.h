// What the script itself knows about what was authorised. Shares no code with the monitor: names of tools and its own
// record of what the owner said, approved and ruled.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"

namespace favilla::adversary {

// A rule as the script made it, and its line in rules.txt.
struct ScriptRule {
  const char* line;
  const char* verdict;  // "allow", "ask", "deny", or "" for no rule
  const char* tool;     // "" for every one
  const char* actions;  // " delete trash ": those that it speaks of; "" for all
  bool even_tainted;
};

struct Made {
  std::string tool;
  std::string action;
  Json arguments;
};

class Oracle {
 public:
  // `cards`: what the owner let into the contacts of this world, call by call. It outlives the oracle and grows.
  Oracle(const ScriptRule& rule, std::string words, std::vector<std::string>& cards)
      : rule_(rule), words_(std::move(words)), cards_(cards) {}

  void approved(const Made& call) { ++grants_[text_of(call)]; }

  // What happened has to have been authorised; nullopt, or what is wrong with it. Uses up approvals.
  std::optional<std::string> judge(const Made& call);

  // A read that succeeded.
  void has_read(const Made& call);

 private:
  static std::string text_of(const Made& call);
  bool rule_speaks_of(const Made& call) const;
  bool is_named(const Json& destination) const;
  std::optional<std::string> judge_by_rules(const Made& call);

  ScriptRule rule_;
  std::string words_;
  std::vector<std::string>& cards_;
  bool tainted_ = false;
  bool secret_ = false;
  std::map<std::string, int> grants_;
};

}  // namespace favilla::adversary
