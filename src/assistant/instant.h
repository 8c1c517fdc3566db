// The instant path of a turn: understood by rules, done by tools, journaled, answered; no model takes part.
//
//   const Understanding understanding = TRY(InstantPath::load_understanding(builtin_tools()));
//   InstantPath instant(understanding, runner, builtin_tools(), records, clock, zone);
//   Dialogue dialogue;
//   if (auto answer = TRY(instant.answer("remind me to call Ana at 6", dialogue, {}))) show(answer->reply);
//   // nullopt: not understood; instant.meaning(...) is the model's
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assistant/action_answer.h"
#include "assistant/dialogue.h"
#include "assistant/phrase_book.h"
#include "base/result.h"
#include "tools/tools.h"
#include "understand/understand.h"

namespace favilla {

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
  std::optional<ActionAnswer> answer(std::string_view text, Dialogue& dialogue, const ActionOptions& options) const;

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
  std::optional<Plan> correct(PlannedAction action, const Json& correction, std::string_view text) const;
  std::optional<Plan> correct_last(Dialogue& dialogue, const Json& correction, std::string_view text) const;
  Json schema_of(const PlannedAction& action) const;
  std::optional<Outcome::Question> missing_argument(const PlannedAction& action) const;
  bool act(ActionAnswer& answer, Dialogue& dialogue, const CallOrigin& origin, const ActionOptions& options) const;
  bool is_no_request(const AnsweredAction& failed) const;
  void undo(ActionAnswer& answer, const std::vector<int64_t>& before, const ActionOptions& options) const;
  bool take_back(ActionAnswer& answer, const std::vector<int64_t>& ids, const ActionOptions& options) const;

  const Understanding& understanding_;
  const PhraseBook phrases_;
  Runner& runner_;
  std::span<const Tool> tools_;
  const Clock& clock_;
  const TimeZone& zone_;
};

}  // namespace favilla
