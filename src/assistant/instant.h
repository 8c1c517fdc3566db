// The instant path of a turn: understood by rules, done by tools, journaled, answered; no model takes part.
//
//   const Understanding understanding = TRY(InstantPath::load_understanding(builtin_tools()));
//   InstantPath instant(understanding, runner, builtin_tools(), records, clock, zone);
//   Dialogue dialogue;
//   if (auto answer = TRY(instant.answer("remind me to call Ana at 6", dialogue, {}))) show(answer->reply);
//   // nullopt: not understood; instant.meaning(...) is the model's
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "assistant/dialogue.h"
#include "assistant/phrase_book.h"
#include "base/result.h"
#include "tools/tools.h"
#include "understand/understand.h"

namespace favilla {

// One action of an answer.
struct InstantAction {
  PlannedAction action;
  Json result = Json::object();
  std::optional<int64_t> undo_id;  // the journal's entry; absent when nothing was changed
  std::optional<Error> error;      // it was not done
};

struct InstantAnswer {
  Plan plan;
  std::vector<InstantAction> actions;  // those that were begun: after one that fails or asks, the rest is not
  std::string reply;                   // for the eye
  std::string spoken;                  // for the ear
  bool asks = false;                   // the reply is a question, and the next sentence may be its answer
  double understand_ms = 0;
  double act_ms = 0;

  bool can_undo() const;
};

struct InstantOptions {
  bool dry_run = false;
  // Asked before an action that needs approval, with what exactly it is, in lines. Absent, or nullopt: not approved.
  std::function<std::optional<Grant>(const std::string& what)> approve;
};

class InstantPath {
 public:
  // All must outlive the path. `runner` is used by one thread at a time.
  InstantPath(const Understanding& understanding, Runner& runner, std::span<const Tool> tools, const Records& records,
              const Clock& clock, const TimeZone& zone)
      : understanding_(understanding),
        phrases_(records, understanding),
        runner_(runner),
        tools_(tools),
        clock_(clock),
        zone_(zone) {}

  // nullopt: no rule understands the sentence, and nothing was done. What goes wrong in an action is part of the
  // answer. `dialogue` is what was said before, and then what the next sentence may refer to.
  std::optional<InstantAnswer> answer(std::string_view text, Dialogue& dialogue, const InstantOptions& options) const;

  // `text`, or what it stands for when it is one of the owner's phrases.
  std::string meaning(std::string_view text) const;

  // The sentences of all tools, and those about the turn before ("undo that", "no, at 7"). A few milliseconds.
  static Result<Understanding> load_understanding(std::span<const Tool> tools);

 private:
  TimeContext time_context() const;
  std::optional<Plan> understand(std::string_view text, Dialogue& dialogue) const;
  std::optional<Plan> understand_phrase(const std::vector<std::string>& sentences, Dialogue& dialogue) const;
  bool teaches(const PlannedAction& action) const;
  bool begins_with_request(std::string_view text) const;
  std::optional<Plan> plan_of_answer(std::string_view text, const Dialogue::Pending& pending) const;
  std::optional<Plan> correct(const Json& correction, std::string_view text, const Dialogue& dialogue) const;
  Json schema_of(const PlannedAction& action) const;
  std::optional<Outcome::Question> missing_argument(const PlannedAction& action) const;
  bool act(InstantAnswer& answer, Dialogue& dialogue, const InstantOptions& options) const;
  void undo(InstantAnswer& answer, const std::vector<int64_t>& before, const InstantOptions& options) const;
  bool take_back(InstantAnswer& answer, const std::vector<int64_t>& ids, const InstantOptions& options) const;

  const Understanding& understanding_;
  const PhraseBook phrases_;
  Runner& runner_;
  std::span<const Tool> tools_;
  const Clock& clock_;
  const TimeZone& zone_;
};

}  // namespace favilla
