// policy: what may happen, decided outside the model. Labels say where data come from, each action declares its effect,
// the owner's rules and approvals say what he wants, and one function decides.
//
//   PolicyCall call{.tool = "mail", .action = "send", .arguments = arguments, .declared = action.declared};
//   Decision decision = decide(call, rules, now);
//   if (decision.verdict == Verdict::kAsk && TRY(approvals.find(hash_of(call), turn, clock.now()))) ...
//
// The runner (tools/runner.h) is the only caller on the way to an effect.
#pragma once

#include "policy/approvals.h"  // IWYU pragma: export
#include "policy/call.h"       // IWYU pragma: export
#include "policy/declared.h"   // IWYU pragma: export
#include "policy/label.h"      // IWYU pragma: export
#include "policy/monitor.h"    // IWYU pragma: export
#include "policy/rules.h"      // IWYU pragma: export
