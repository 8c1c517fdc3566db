// Trains a model from example sentences. All names of intents and entities come from them.
//
//   const std::vector<Example> examples = TRY(parse_examples(TRY(read_file("house.jsonl"))));
//   IntentModel model = TRY(teach(examples, {.threads = 2}));
//   TRY(write_file_atomically("house.model", model.bytes()));
#pragma once

#include <functional>
#include <span>

#include "base/cancel.h"
#include "understand/learned/examples.h"
#include "understand/learned/intent_model.h"

namespace favilla {

struct TeachOptions {
  int threads = 1;
  uint64_t seed = 1;
  SentenceEmbedder embedder = {};  // empty: words alone
  const CancelFlag* cancel = nullptr;
  std::function<void(double)> progress = {};  // the part done, 0 to 1; called on the caller's thread. May be empty
};

// The same examples, seed and embedder give the same model, whatever the number of threads. kInvalidArgument without
// any example; kExhausted beyond ExampleLimits; kCancelled; the embedder's errors.
Result<IntentModel> teach(std::span<const Example> examples, const TeachOptions& options);

}  // namespace favilla
