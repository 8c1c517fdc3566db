// The model acts: which of the offered functions a request asks for, and with which arguments.
//
//   Agent agent({session, tokenizer, format, &embedder, std::move(vectors)}, understanding.entities());
//   AgentRequest request{.messages = {{.content = "weather in Lisbon tomorrow?"}}, .tools = tools};
//   AgentReply reply = TRY(agent.decide(request, &cancel));
//   for (const ToolCall& call : reply.calls) ...  // run it, add the call and its result to `messages`, decide again
//   if (reply.calls.empty()) show(reply.text);    // a question about what is missing; empty: no function fits
//
// A decision is put together from several scorers (docs/agent.md): a classifier recognizes the functions that it
// learned; of others vectors and words choose some, and a reranker judges each of them beside the request (without one
// the model reads them in a short fixed prompt and weighs their names). Each argument is a text that stands in the
// conversation, or a number, a time or a choice that it says. Nothing is invented: what a function needs and nobody
// said is asked for. Nothing is run: that is the caller's, with policy and journal.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assistant/agent/argument_reader.h"
#include "assistant/agent/arguments.h"
#include "assistant/agent/function_classifier.h"
#include "assistant/agent/reranker.h"
#include "assistant/agent/vector_cache.h"
#include "base/cancel.h"
#include "base/json.h"
#include "base/result.h"
#include "generate/generate.h"
#include "memory/memory.h"
#include "model/model.h"
#include "understand/understand.h"

namespace favilla {

inline constexpr size_t kMaxRecognizedTools = 5;  // of those that the classifier learned
inline constexpr size_t kMaxRerankedTools = 12;   // that the reranker reads
inline constexpr size_t kMaxAgentTools = 5;       // that the model reads at a time
inline constexpr int kMaxAgentSteps = 8;          // decisions for one sentence of the owner; then there is no call
inline constexpr size_t kMaxAgentCalls = 4;       // of one decision

// What an agent needs of its models; all outlive it. The session is the agent's alone.
struct AgentModel {
  Session& session;
  const Tokenizer& tokenizer;
  const ChatFormat* format;      // nullptr: a base model
  Embedder* embedder = nullptr;  // nullptr: words alone choose the functions
  VectorCache vectors = {};      // of functions, by this embedder
  Reranker* reranker = nullptr;  // nullptr: the model judges the functions
  FunctionClassifier* classifier = nullptr;  // nullptr: nothing was learned of the functions that are offered
  ArgumentReader* reader = nullptr;  // nullptr: evidence and the model find the arguments
  bool is_trained = false;       // on this prompt, by training/tools: then the model's word weighs more
};

enum class AgentChoice {
  kAuto,
  kNone,      // no call
  kRequired,  // one of the functions, whatever fits best
  kNamed,     // `named`
};

struct AgentRequest {
  std::vector<ChatMessage> messages;  // calls and their results included
  std::vector<ToolDefinition> tools;
  AgentChoice choice = AgentChoice::kAuto;
  std::string named = {};
  bool parallel = false;  // several calls when the sentence joins several requests
  TimeContext time = {};  // what "tomorrow" means, unless the messages say what day it is
  // What rules read in a text as values of this function's arguments; empty: nothing.
  std::function<std::vector<FoundSlot>(const std::string& function, std::string_view text)> find_slots = {};
  // Sentences that ask for a function, by its name, and under kNoTool some that ask for none. Compared by meaning.
  std::map<std::string, std::vector<std::string>> examples = {};
};

// One function, and why it was chosen or not. Above a score of 0 it fits.
struct RankedTool {
  std::string name;
  double words = 0;       // 0..1: how much of the request its name and description speak of
  double similarity = 0;  // -1..1: of sentence vectors, the best of function and examples; 0 without an embedder
  double fit = 0;         // log odds, the reranker's; 0: there is none
  double known = 0;       // log odds, the classifier's; then all others but the score are 0. 0: it was not learned
  double likelihood = 0;  // natural logarithm, the model's; less that of "none" where it is trained; 0: not asked
  double fill = 0;        // 0..1: of the arguments that it needs, how many the conversation has
  double sureness = 0;    // 0..1: how much speaks for those
  double rank = 0;        // log odds without the model
  double lead = 0;        // of `rank` over the best other's, within kMaxLead
  double score = 0;       // log odds with it
};

// For people who ask why.
struct AgentTrace {
  std::vector<RankedTool> ranked;    // best first
  double like_none = 0;              // similarity with the examples that ask for no function
  std::vector<std::string> remarks;  // one line each: what was found for which argument, what was decided and why
  double recognize_ms = 0;           // the classifier
  double rank_ms = 0;                // choosing the functions that are judged
  double choose_ms = 0;              // the choice among them: until here it is the first decision
  double arguments_ms = 0;
};

struct AgentReply {
  std::string text;             // a question, or empty
  std::vector<ToolCall> calls;  // ids are "call_1", ...; in the order of the sentence
  // With the question: the call that waits for the answer, and the arguments that it lacks.
  std::optional<ToolCall> incomplete = std::nullopt;
  std::vector<std::string> missing = {};
  double margin = kMostMargin;  // of the call's arguments (FilledCall)
  AgentTrace trace;
  int prompt_tokens = 0;     // read, cached ones included
  int generated_tokens = 0;  // weighed
};

// Belongs to one thread. Remembers the vectors of functions and, in the session, the prompt's beginning.
class Agent {
 public:
  Agent(AgentModel model, const EntityFinder& entities);
  ~Agent();

  // kInvalidArgument: no message of the user, a named function that is not offered. kExhausted: the prompt does not fit
  // into the session. kCancelled.
  Result<AgentReply> decide(const AgentRequest& request, const CancelFlag* cancel = nullptr);

  // Keeps the vectors of functions for the next start. For when nobody waits.
  void keep_vectors() { model_.vectors.keep(); }

 private:
  class Turn;
  AgentModel model_;
  const EntityFinder& entities_;
};

}  // namespace favilla
