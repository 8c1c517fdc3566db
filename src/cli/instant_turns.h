// The instant path as the terminal uses it: one object for `ask` and `chat`, and how its answers look.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/workshop.h"
#include "assistant/assistant.h"
#include "cli/command.h"

namespace favilla::cli {

struct InstantFlags {
  WorkshopOptions workshop;
  bool yes = false;      // every approval is given
  bool dry_run = false;  // nothing is done, and nothing remembered
};

// What was understood and what can be done with it. Stays where it is.
class InstantTurns {
 public:
  // Opens no database. `context` must outlive it.
  static Result<std::unique_ptr<InstantTurns>> open(const CommandContext& context, const InstantFlags& flags);

  // nullopt: the model's turn. Asks on the terminal where an action needs approval.
  std::optional<InstantAnswer> answer(std::string_view text);

  // What the model is to answer: `text`, or what it stands for when it is one of the owner's phrases.
  std::string meaning(std::string_view text) const { return path_.meaning(text); }

  // What memory has for the model's answer (assistant/known_facts.h).
  std::vector<Fact> facts_about(std::string_view text) const;

  // The instructions of the skill that the text names (tools/skills/skills.h); empty for none.
  std::string skill_for(std::string_view text) const;

  // What a killed process left, and what came due while no process ran: one line each.
  std::vector<std::string> notices();

  // Between two processes the dialogue is in a small file of the runtime folder. A missing or damaged one is an empty
  // dialogue; one that cannot be written is a shorter memory, not an error.
  void load_dialogue();
  void save_dialogue() const;
  void forget_dialogue() { dialogue_ = Dialogue{}; }

 private:
  InstantTurns(const CommandContext& context, InstantFlags flags, std::unique_ptr<Workshop> workshop,
               Understanding understanding);

  const CommandContext& context_;
  InstantFlags flags_;
  std::unique_ptr<Workshop> workshop_;
  Understanding understanding_;
  InstantPath path_;
  Dialogue dialogue_;
};

// {"path": "instant", "text", "reply", "spoken", "asks", "plan", "actions", "undo_ids", "timings"}
Json to_json(const InstantAnswer& answer);

// 0, or the code of the first action that was not done.
int exit_code(const InstantAnswer& answer);

}  // namespace favilla::cli
