// See action_answer.h.
#include "assistant/action_answer.h"

#include <fmt/format.h>

#include <algorithm>

namespace favilla {
namespace {

// Appends with a line between.
void add_line(std::string& text, const std::string& line) {
  if (line.empty()) return;
  if (!text.empty()) text += '\n';
  text += line;
}

Result<RunResult> run_asking(Runner& runner, const PlannedAction& action, const RunOptions& run,
                             const ActionOptions& options) {
  Result<RunResult> done = runner.run(action.tool, action.action, action.arguments, run);
  if (done || !runner.asked() || !options.approve) return done;
  const std::optional<Grant> grant =
      options.approve(fmt::format("{}\n{}", done.error().message, runner.asked()->question));
  if (!grant) return done;
  TRY(runner.approve(*grant));
  return runner.run(action.tool, action.action, action.arguments, run);
}

}  // namespace

bool ActionAnswer::can_undo() const {
  return std::any_of(actions.begin(), actions.end(),
                     [](const AnsweredAction& each) { return each.undo_id.has_value(); });
}

void ActionAnswer::tell(const std::string& reply_line, const std::string& spoken_line) {
  add_line(reply, reply_line);
  add_line(spoken, spoken_line.empty() ? reply_line : spoken_line);
}

ActionTaker::ActionTaker(Runner& runner, ActionAnswer& answer, Dialogue& dialogue, const ActionOptions& options)
    : runner_(runner), answer_(answer), dialogue_(dialogue), options_(options) {
  dialogue_.last.clear();
  dialogue_.last_ids.clear();
  dialogue_.undone_ids.clear();
  dialogue_.mentions.clear();
}

Taken ActionTaker::take(const PlannedAction& action, const CallOrigin& origin) {
  const RunOptions run{.approved = false,
                       .dry_run = options_.dry_run,
                       .turn = dialogue_.task(),
                       .label = origin.label,
                       .words = origin.words};
  const Result<RunResult> done = run_asking(runner_, action, run, options_);
  answer_.actions.push_back({action, Json::object(), std::nullopt, std::nullopt});
  AnsweredAction& answered = answer_.actions.back();
  if (!done) {
    answer_.tell(done.error().message, "");
    answered.error = done.error();
    return Taken::kFailed;
  }
  const Outcome& outcome = done->outcome;
  label_ = done->label;
  answered.result = outcome.result;
  answered.undo_id = done->id;
  if (done->id) dialogue_.last_ids.push_back(*done->id);
  for (const Reference& reference : outcome.references) {
    dialogue_.mentions.push_back({reference.kind, reference.id, reference.title});
  }
  dialogue_.last.push_back(action);
  dialogue_.origin = origin;
  if (outcome.question) {
    // What a model's call is asked about may be others' words; a sentence that rules understood is the owner's.
    ask(action, *outcome.question, {origin.words ? done->label : origin.label, origin.words});
    return Taken::kAsked;
  }
  answer_.tell(outcome.reply, outcome.spoken);
  return Taken::kDone;
}

void ActionTaker::ask(const PlannedAction& action, const Outcome::Question& question, const CallOrigin& origin) {
  answer_.tell(question.text, "");
  answer_.asks = true;
  dialogue_.pending = {action, question.argument, question.choices};
  dialogue_.origin = origin;
}

}  // namespace favilla
