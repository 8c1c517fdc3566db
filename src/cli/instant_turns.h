// The turns that act, by rules or by the model, as the terminal uses them: one object for `ask` and `chat`, and how its
// answers look.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/assistant_agent.h"
#include "app/workshop.h"
#include "assistant/assistant.h"
#include "cli/command.h"

namespace favilla::cli {

struct InstantFlags {
  WorkshopOptions workshop;
  bool yes = false;         // every approval is given
  bool dry_run = false;     // nothing is done, and nothing remembered
  bool no_instant = false;  // no rules: answer() understands nothing
  bool no_act = false;      // act() does nothing: the model answers in words
};

// What was understood and what can be done with it. Stays where it is.
class InstantTurns {
 public:
  // Opens no database. `context` must outlive it.
  static Result<std::unique_ptr<InstantTurns>> open(const CommandContext& context, const InstantFlags& flags);

  // nullopt: the model's turn. Asks on the terminal where an action needs approval.
  std::optional<ActionAnswer> answer(std::string_view text);

  // The model's turn of what no rule understands. nullopt: no function fits, nothing was done, it is for prose. Asks on
  // the terminal where an action needs approval. `model` must stay until forget_model(); nullptr: one elsewhere, which
  // does not act. Loads the embedding model.
  Result<std::optional<ActionAnswer>> act(std::string_view text, LoadedModel* model, const CancelFlag& cancel);
  void forget_model() { acting_.reset(); }

  // What act() decided, step by step, the last time; empty when answer() understood.
  const std::vector<AgentReply>& decisions() const { return decisions_; }

  // Keeps the vectors of functions for the next start, and makes those of facts that have none. For when nobody waits;
  // what does not work now is done the next time.
  void keep_vectors();

  // What the model is to answer: `text`, or what it stands for when it is one of the owner's phrases.
  std::string meaning(std::string_view text) const { return path_.meaning(text); }

  // What memory has for the model's answer (assistant/known_facts.h); by meaning, too, once act() was asked.
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
  ActionOptions action_options() const;
  LoadedModel* embedding_model();

  const CommandContext& context_;
  InstantFlags flags_;
  std::unique_ptr<Workshop> workshop_;
  Understanding understanding_;
  InstantPath path_;
  Dialogue dialogue_;
  std::optional<LoadedModel> embedding_model_;
  bool looked_for_embedding_model_ = false;
  std::unique_ptr<AssistantAgent> acting_;  // of the model that act() was given
  std::vector<AgentReply> decisions_;
};

// "instant" or "agent": whether rules or the model planned it.
const char* path_of(const ActionAnswer& answer);

// {"path", "text", "reply", "spoken", "asks", "plan", "actions", "undo_ids", "timings"}
Json to_json(const ActionAnswer& answer);

// The functions that a decision was made among, with their scores, the calls and the remarks.
Json to_json(const AgentReply& decision);
// The same for a person, one line each.
std::string in_lines(const AgentReply& decision);

// 0, or the code of the first action that was not done.
int exit_code(const ActionAnswer& answer);

}  // namespace favilla::cli
