// assistant: the turn. A conversation with a model, told as a stream of events that every face reads.
//
//   Conversation conversation(session_model(session, tokenizer, format), {.generation = {.max_tokens = 256}});
//   TurnResult turn = TRY(conversation.send("Hello", [](const TurnEvent& event) { show(event); }));
//   TRY(write_file_atomically("talk.md", to_markdown(conversation.messages(), "smollm2-135m")));
#pragma once

#include "assistant/action_answer.h"              // IWYU pragma: export
#include "assistant/agent/agent.h"                // IWYU pragma: export
#include "assistant/agent/built_in_adapters.h"    // IWYU pragma: export
#include "assistant/agent_turn.h"                 // IWYU pragma: export
#include "assistant/conversation.h"               // IWYU pragma: export
#include "assistant/dialogue.h"                   // IWYU pragma: export
#include "assistant/instant.h"                    // IWYU pragma: export
#include "assistant/known_facts.h"                // IWYU pragma: export
#include "assistant/model_argument_reader.h"      // IWYU pragma: export
#include "assistant/model_embedder.h"             // IWYU pragma: export
#include "assistant/model_function_classifier.h"  // IWYU pragma: export
#include "assistant/model_reranker.h"             // IWYU pragma: export
#include "assistant/offered_functions.h"          // IWYU pragma: export
#include "assistant/stable_prefix.h"              // IWYU pragma: export
#include "assistant/transcript.h"                 // IWYU pragma: export
#include "assistant/type_ahead.h"                 // IWYU pragma: export
