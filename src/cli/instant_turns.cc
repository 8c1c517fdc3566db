// See instant_turns.h.
#include "cli/instant_turns.h"

#include <fmt/format.h>

#include "base/file.h"
#include "cli/models.h"
#include "cli/outcomes.h"
#include "cli/terminal.h"
#include "tools/skills/skills.h"

namespace favilla::cli {
namespace {

std::filesystem::path dialogue_file(const Paths& paths) {
  return paths.runtime / "dialogue.json";
}

}  // namespace

InstantTurns::InstantTurns(const CommandContext& context, InstantFlags flags, std::unique_ptr<Workshop> workshop,
                           Understanding understanding)
    : context_(context),
      flags_(std::move(flags)),
      workshop_(std::move(workshop)),
      understanding_(std::move(understanding)),
      path_(understanding_, workshop_->runner, builtin_tools(), workshop_->records, *workshop_->clock,
            workshop_->zone) {}

Result<std::unique_ptr<InstantTurns>> InstantTurns::open(const CommandContext& context, const InstantFlags& flags) {
  std::unique_ptr<Workshop> workshop = TRY(open_workshop(context.paths, flags.workshop, context.cancel));
  Understanding understanding = TRY(InstantPath::load_understanding(builtin_tools()));
  return std::unique_ptr<InstantTurns>(new InstantTurns(context, flags, std::move(workshop), std::move(understanding)));
}

std::optional<InstantAnswer> InstantTurns::answer(std::string_view text) {
  InstantOptions options{.dry_run = flags_.dry_run, .approve = nullptr};
  options.approve = [&](const std::string& what) -> std::optional<Grant> {
    return flags_.yes ? Grant{} : ask_grant(context_, what, true);
  };
  return path_.answer(text, dialogue_, options);
}

std::vector<Fact> InstantTurns::facts_about(std::string_view text) const {
  return favilla::facts_about(workshop_->store, text, workshop_->clock->now());
}

std::string InstantTurns::skill_for(std::string_view text) const {
  const auto folders = skill_folders(workshop_->settings, context_.paths.data, workshop_->folders.home);
  const FoundSkills found = folders ? find_skills(*folders) : FoundSkills();
  const Skill* skill = matching_skill(found.skills, text);
  return skill == nullptr ? "" : skill_text(*skill);
}

std::vector<std::string> InstantTurns::notices() {
  std::vector<std::string> lines;
  for (const Recovered& recovered : workshop_->runner.take_recovered()) lines.push_back(recovered.text);
  if (flags_.dry_run) return lines;
  if (const Result<std::vector<Outcome>> due = workshop_->runner.due()) {
    for (const Outcome& outcome : *due) lines.push_back(outcome.reply);
  } else {
    lines.push_back(due.error().message);
  }
  return lines;
}

void InstantTurns::load_dialogue() {
  const Result<std::string> text = read_file(dialogue_file(context_.paths), size_t{1} << 20);
  if (!text) return;
  const Result<Json> json = parse_json(*text);
  if (!json) return;
  if (Result<Dialogue> dialogue = dialogue_from_json(*json)) dialogue_ = std::move(*dialogue);
}

void InstantTurns::save_dialogue() const {
  if (flags_.dry_run) return;
  const std::filesystem::path file = dialogue_file(context_.paths);
  if (!make_private_folder(file.parent_path())) return;
  const Result<void> saved = write_file_atomically(file, to_json_text(favilla::to_json(dialogue_)), Flush::kNo);
  static_cast<void>(saved.has_value());
}

Json to_json(const InstantAnswer& answer) {
  Json json{{"path", "instant"},
            {"text", answer.reply},
            {"reply", answer.reply},
            {"spoken", answer.spoken},
            {"asks", answer.asks}};
  json["plan"] = {{"source", answer.plan.source}, {"confidence", answer.plan.confidence}, {"actions", Json::array()}};
  if (!answer.plan.doubts.empty()) json["plan"]["doubts"] = answer.plan.doubts;
  for (const PlannedAction& each : answer.plan.actions) {
    json["plan"]["actions"].push_back({{"tool", each.tool}, {"action", each.action}, {"arguments", each.arguments}});
  }
  json["actions"] = Json::array();
  json["undo_ids"] = Json::array();
  for (const InstantAction& each : answer.actions) {
    Json action{{"tool", each.action.tool},
                {"action", each.action.action},
                {"arguments", each.action.arguments},
                {"result", each.result},
                {"undo_id", each.undo_id ? Json(*each.undo_id) : Json()}};
    if (each.error) action["error"] = each.error->message;
    if (each.undo_id) json["undo_ids"].push_back(*each.undo_id);
    json["actions"].push_back(std::move(action));
  }
  json["timings"] = {{"understand_ms", answer.understand_ms}, {"act_ms", answer.act_ms}};
  return json;
}

int exit_code(const InstantAnswer& answer) {
  for (const InstantAction& action : answer.actions) {
    if (action.error) return exit_code(*action.error);
  }
  return kExitOk;
}

}  // namespace favilla::cli
