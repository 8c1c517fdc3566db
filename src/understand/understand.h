// understand: from words to a plan. Numbers, units, times, sentence templates, learned intents; no language model.
//
//   Understanding understanding = TRY(Understanding::load({{"reminders", sentences}}));
//   std::optional<Plan> plan = understanding.plan("remind me to call Ana at 6", {now, zone});
//
//   const std::vector<Example> examples = TRY(parse_examples(TRY(read_file("house.jsonl"))));
//   const IntentModel model = TRY(teach(examples, {.threads = 2}));
//   const RecognizedIntent result = TRY(model.understand("dim the lights"));   // result.intent, result.entities
#pragma once

#include "understand/entities.h"              // IWYU pragma: export
#include "understand/learned/examples.h"      // IWYU pragma: export
#include "understand/learned/intent_model.h"  // IWYU pragma: export
#include "understand/learned/teach.h"         // IWYU pragma: export
#include "understand/plan.h"                  // IWYU pragma: export
#include "understand/sentence.h"              // IWYU pragma: export
#include "understand/slots.h"                 // IWYU pragma: export
#include "understand/templates.h"             // IWYU pragma: export
#include "understand/understanding.h"         // IWYU pragma: export
