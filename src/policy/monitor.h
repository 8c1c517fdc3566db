// The reference monitor: the one function that says whether a call may happen. The model has no part in it, and no tool
// reaches it.
//
//   const Decision decision = decide(call, rules, zone.to_local(clock.now()));
//   if (decision.verdict == Verdict::kAsk) show(question_for(call, decision));
#pragma once

#include <span>
#include <string>

#include "policy/call.h"
#include "policy/rules.h"

namespace favilla {

// Why. In journal and reports by its name.
enum class Reason : uint8_t {
  kOnlyReads,           // allow
  kCanBeUndone,         // allow
  kRuleAllows,          // allow
  kApproved,            // allow: the owner agreed to exactly this call
  kToolAsks,            // ask: the tool says that this one matters
  kCannotBeUndone,      // ask
  kLeavesTheComputer,   // ask
  kTainted,             // ask: others wrote part of what the call was made from
  kUnknownDestination,  // ask: neither the owner's words nor contacts nor configuration name it
  kOutsideOwnFolders,   // ask
  kRuleAsks,            // ask
  kRuleDenies,          // deny
  kProtectedPlace,      // deny: Favilla's own rules, settings and journal
  kSecretWouldLeave,    // deny
};
inline constexpr int kReasons = static_cast<int>(Reason::kSecretWouldLeave) + 1;

const char* name_of(Reason reason);    // "tainted"
const char* name_of(Verdict verdict);  // "ask"

struct Decision {
  Verdict verdict = Verdict::kDeny;
  Reason reason = Reason::kRuleDenies;
  std::string text;  // one sentence for the owner
};

Decision decide(const PolicyCall& call, std::span<const Rule> rules, LocalSeconds now);

// What the owner has to see before agreeing: the exact call, destinations, labels, and why he is asked. Several lines
// without any character that a terminal obeys or that hides; nothing is cut without saying how much is missing.
std::string question_for(const PolicyCall& call, const Decision& decision);

}  // namespace favilla
