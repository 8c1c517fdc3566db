// Denials first, then every reason to ask; what is left is allowed.
#include "policy/monitor.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/foreign_text.h"

namespace favilla {
namespace {

constexpr size_t kMaxShownCall_bytes = 4000;

struct Row {
  const char* name;
  const char* text;
};

// In the order of Reason.
constexpr Row kRows[] = {
    {"only_reads", "it only reads"},
    {"can_be_undone", "it can be undone"},
    {"rule_allows", "your rule allows it"},
    {"approved", "you approved exactly this"},
    {"tool_asks", "this one matters"},
    {"cannot_be_undone", "it cannot be undone"},
    {"leaves_the_computer", "it leaves this computer"},
    {"tainted", "others wrote part of what it was made from"},
    {"unknown_destination", "neither your words nor your contacts nor your settings name where it goes"},
    {"outside_own_folders", "it changes files outside your folders"},
    {"rule_asks", "your rule asks first"},
    {"rule_denies", "your rule forbids it"},
    {"protected_place", "nothing may change Favilla's own rules, settings and journal"},
    {"secret_would_leave", "a secret would leave this computer"},
};
static_assert(std::size(kRows) == kReasons);

Decision because(Verdict verdict, Reason reason, const Rule* rule = nullptr) {
  std::string text = kRows[static_cast<int>(reason)].text;
  if (rule != nullptr) text += fmt::format(": \"{}\"", shown_line(rule->text, 200));
  return {verdict, reason, std::move(text)};
}

}  // namespace

const char* name_of(Reason reason) {
  return kRows[static_cast<int>(reason)].name;
}

const char* name_of(Verdict verdict) {
  constexpr const char* kNames[] = {"allow", "ask", "deny"};
  return kNames[static_cast<int>(verdict)];
}

Decision decide(const PolicyCall& call, std::span<const Rule> rules, LocalSeconds now) {
  const Declared& declared = call.declared;
  const Rule* rule = strictest_rule(rules, call, now);
  const bool leaves = declared.sends == Sends::kOthers;
  const bool acts = declared.changes() || declared.sends != Sends::kNowhere;
  if (call.place == Territory::kProtected) return because(Verdict::kDeny, Reason::kProtectedPlace);
  if (rule != nullptr && rule->verdict == Verdict::kDeny) return because(Verdict::kDeny, Reason::kRuleDenies, rule);
  if (leaves && call.label.confidentiality == Confidentiality::kSecret) {
    return because(Verdict::kDeny, Reason::kSecretWouldLeave);
  }
  // These no general "allow" lifts.
  const bool allowed = rule != nullptr && rule->verdict == Verdict::kAllow;
  const bool unknown = std::any_of(call.destinations.begin(), call.destinations.end(),
                                   [](const Destination& each) { return !each.is_known; });
  if (acts && call.label.is_tainted() && !(allowed && rule->even_tainted)) {
    return because(Verdict::kAsk, Reason::kTainted);
  }
  if (unknown) return because(Verdict::kAsk, Reason::kUnknownDestination);
  if (call.place == Territory::kOutside) return because(Verdict::kAsk, Reason::kOutsideOwnFolders);
  if (rule != nullptr && rule->verdict == Verdict::kAsk) return because(Verdict::kAsk, Reason::kRuleAsks, rule);
  if (allowed) return because(Verdict::kAllow, Reason::kRuleAllows, rule);
  if (leaves) return because(Verdict::kAsk, Reason::kLeavesTheComputer);
  if (declared.undo == Undo::kImpossible) return because(Verdict::kAsk, Reason::kCannotBeUndone);
  if (!call.needs_approval.empty() || declared.asks == Asks::kAlways) return because(Verdict::kAsk, Reason::kToolAsks);
  return because(Verdict::kAllow, acts ? Reason::kCanBeUndone : Reason::kOnlyReads);
}

std::string question_for(const PolicyCall& call, const Decision& decision) {
  const std::string whole = canonical_call(call);
  std::string shown = shown_line(whole, kMaxShownCall_bytes);
  if (whole.size() > kMaxShownCall_bytes) shown += fmt::format(" ({} bytes in all)", whole.size());
  std::string text = fmt::format("the call: {}", shown);
  for (const Destination& each : call.destinations) {
    text += fmt::format("\ngoes to: {}{}", shown_line(each.name, 300), each.is_known ? "" : " (unknown)");
  }
  if (call.label != kOwnersWords) {
    text += fmt::format("\nmade from: {}, {}", name_of(call.label.integrity), name_of(call.label.confidentiality));
  }
  return text + fmt::format("\nwhy asked: {}", decision.text);
}

}  // namespace favilla
