// understand: from words to a plan. The part in learned/: intents and slots from example sentences.
//
//   const std::vector<Example> examples = TRY(parse_examples(TRY(read_file("house.jsonl"))));
//   const IntentModel model = TRY(teach(examples, {.threads = 2}));
//   const Understanding result = TRY(model.understand("dim the lights"));   // result.intent, result.entities
#pragma once

#include "understand/learned/examples.h"      // IWYU pragma: export
#include "understand/learned/intent_model.h"  // IWYU pragma: export
#include "understand/learned/teach.h"         // IWYU pragma: export
