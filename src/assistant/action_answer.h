// An answer that is made of actions. Whoever planned them, rules or the model, they come to the runner in this one way.
//
//   ActionAnswer answer{.plan = plan};
//   ActionTaker taker(runner, answer, dialogue, options);
//   if (taker.take(action, origin) == Taken::kDone) ...   // answer and dialogue have what it did
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "assistant/dialogue.h"
#include "base/result.h"
#include "tools/tools.h"
#include "understand/understand.h"

namespace favilla {

// One action of an answer.
struct AnsweredAction {
  PlannedAction action;
  Json result = Json::object();
  std::optional<int64_t> undo_id;  // the journal's entry; absent when nothing was changed
  std::optional<Error> error;      // it was not done
};

struct ActionAnswer {
  Plan plan;
  std::vector<AnsweredAction> actions;  // those that were begun: after one that fails or asks, the rest is not
  std::string reply;                    // for the eye
  std::string spoken;                   // for the ear
  bool asks = false;                    // the reply is a question, and the next sentence may be its answer
  double understand_ms = 0;
  double act_ms = 0;

  bool can_undo() const;

  // Ends the answer with what is told of one more action.
  void tell(const std::string& reply_line, const std::string& spoken_line);
};

struct ActionOptions {
  bool dry_run = false;
  // Asked before an action that needs approval, with what exactly it is, in lines. Absent, or nullopt: not approved.
  std::function<std::optional<Grant>(const std::string& what)> approve;
};

enum class Taken { kDone, kAsked, kFailed };

// Takes the actions of one turn.
class ActionTaker {
 public:
  // All must outlive it. What the dialogue says of the turn before is replaced.
  ActionTaker(Runner& runner, ActionAnswer& answer, Dialogue& dialogue, const ActionOptions& options);

  // Runs it; where an approval is needed, asks for it and runs it again. After kAsked and kFailed the turn is over.
  Taken take(const PlannedAction& action, const CallOrigin& origin);

  // Instead of doing it: asks, and the dialogue waits for what is said to it.
  void ask(const PlannedAction& action, const Outcome::Question& question, const CallOrigin& origin);

  // Of what the last action read and was made from.
  const Label& label() const { return label_; }

 private:
  Runner& runner_;
  ActionAnswer& answer_;
  Dialogue& dialogue_;
  const ActionOptions& options_;
  Label label_;
};

}  // namespace favilla
