// understand: from words to a plan. Numbers, units, times, sentence templates; no language model.
//
//   Understanding understanding = TRY(Understanding::load({{"reminders", sentences}}));
//   std::optional<Plan> plan = understanding.plan("remind me to call Ana at 6", {now, zone});
#pragma once

#include "understand/entities.h"       // IWYU pragma: export
#include "understand/plan.h"           // IWYU pragma: export
#include "understand/sentence.h"       // IWYU pragma: export
#include "understand/slots.h"          // IWYU pragma: export
#include "understand/templates.h"      // IWYU pragma: export
#include "understand/understanding.h"  // IWYU pragma: export
