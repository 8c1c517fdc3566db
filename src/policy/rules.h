// The owner's rules: readable lines of rules.txt in the configuration folder (docs/policy.md has the table).
//
//   # comment
//   ask before deleting
//   never send mail after 22:00
//   home: always allow lights
//   notes: allow changing even after untrusted text
//
//   std::vector<Rule> rules = TRY(read_rules(paths.config / "rules.txt", names));
//   const Rule* rule = strictest_rule(rules, call, now);
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/call.h"

namespace favilla {

// From the mildest to the strictest.
enum class Verdict : uint8_t { kAllow, kAsk, kDeny };

// Minutes since midnight, `to` excluded; over midnight when `to` is not after `from`.
struct DailyWindow {
  int from = 0;
  int to = 0;
};

struct Rule {
  Verdict verdict = Verdict::kAsk;
  std::string tool;  // empty: every tool
  std::string verb;  // "delete", "send", "change", "read", "do" or the name of an action; empty: every action
  std::string what;  // a tool's thing ("mail"), or a word of the arguments ("lights"); empty: everything
  std::string to;    // a destination; empty: every one
  std::optional<DailyWindow> when;
  bool even_tainted = false;  // an allow that also holds after untrusted text
  std::string text;           // as the owner wrote it
  int line = 0;
};

// The tools and actions that there are, so that a misspelt rule is an error and not a hole.
struct ActionName {
  std::string tool;
  std::string action;
};

// kInvalidArgument: one sentence that says what is not understood, and what would be.
Result<Rule> parse_rule(std::string_view text, std::span<const ActionName> names);

// Empty lines and lines that begin with # are nothing. An error names the line.
Result<std::vector<Rule>> parse_rules(std::string_view text, std::span<const ActionName> names);

// No file: no rules. kPermission for a file that others may write or that is not a plain file: what it says may not be
// the owner's.
Result<std::vector<Rule>> read_rules(const std::filesystem::path& file, std::span<const ActionName> names);

// Of the rules that speak of this call at this time, the strictest; among equals the first. nullptr: none.
const Rule* strictest_rule(std::span<const Rule> rules, const PolicyCall& call, LocalSeconds now);

}  // namespace favilla
