// Recurrence rules of RFC 5545 on a wall clock without a zone; UNTIL is the caller's business because it needs one.
//
//   RecurrenceRule rule = TRY(RecurrenceRule::parse("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10"));
//   rule.for_each(first, from, [&](LocalSeconds occurrence) { ...; return occurrence < end; });
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace favilla {

// A rule is asked for at most so many steps at once; what a real calendar has is far below.
inline constexpr int kMaxRuleSteps = 100000;

class RecurrenceRule {
 public:
  // kInvalidArgument for text that is no rule, and for rules that would be searched for ever: by the second, and by the
  // minute with further conditions.
  static Result<RecurrenceRule> parse(std::string_view text);

  // Calls `visit` with the occurrences of a series that starts at `first`, in order, beginning with the first one that
  // is not before `from`, until it returns false, the rule ends, or kMaxRuleSteps are used up (then the result is
  // false). A series has `first` only if the rule does.
  bool for_each(LocalSeconds first, LocalSeconds from, const std::function<bool(LocalSeconds)>& visit) const;

  // The value of one part of the rule: part("FREQ") is "WEEKLY"; nullopt when the rule has no such part.
  std::optional<std::string> part(std::string_view name) const;

  // The same rule with one part changed; nullopt removes it.
  RecurrenceRule with(std::string_view name, std::optional<std::string> value) const;

  // In upper case, parts in their order: "FREQ=WEEKLY;BYDAY=MO".
  std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> parts_;
};

}  // namespace favilla
