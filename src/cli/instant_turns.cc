// See instant_turns.h.
#include "cli/instant_turns.h"

#include <fmt/format.h>

#include "base/file.h"
#include "cli/models.h"
#include "cli/outcomes.h"
#include "cli/terminal.h"
#include "tools/mcp/mcp.h"
#include "tools/skills/skills.h"

namespace favilla::cli {
namespace {

constexpr size_t kMaxNewFactVectors = 64;  // made after one turn

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

ActionOptions InstantTurns::action_options() const {
  return {.dry_run = flags_.dry_run, .approve = [this](const std::string& what) -> std::optional<Grant> {
            return flags_.yes ? Grant{} : ask_grant(context_, what, true);
          }};
}

std::optional<ActionAnswer> InstantTurns::answer(std::string_view text) {
  decisions_.clear();
  if (flags_.no_instant) return std::nullopt;
  return path_.answer(text, dialogue_, action_options());
}

LoadedModel* InstantTurns::embedding_model() {
  if (!std::exchange(looked_for_embedding_model_, true)) {
    // One that is not installed is no error: words alone choose then.
    if (Result<LoadedModel> model = load_model(context_.paths, kEmbeddingModel, {})) {
      embedding_model_.emplace(std::move(*model));
    }
  }
  return embedding_model_ ? &*embedding_model_ : nullptr;
}

Result<std::optional<ActionAnswer>> InstantTurns::act(std::string_view text, LoadedModel* model,
                                                      const CancelFlag& cancel) {
  decisions_.clear();
  if (flags_.no_act || model == nullptr) return std::optional<ActionAnswer>();
  if (!acting_) {
    acting_ = TRY(open_agent(context_.paths, *model, embedding_model(), understanding_.entities(),
                             BuiltInAdapters::kForOwnFunctions));
  }
  const auto decide = [this](const AgentRequest& request, const CancelFlag* flag) {
    return acting_->agent.decide(request, flag);
  };
  // A broken mcp.json is the business of `favilla mcp`; the other functions are there without it.
  const std::vector<McpToolOffer> offers = offered_mcp_tools(workshop_->context).value_or({});
  const AgentTurn turn(decide, workshop_->runner, builtin_tools(), *workshop_->clock, workshop_->zone, offers,
                       &understanding_);
  // "Could you lock the door?" asks for it, "the door is locked?" does not.
  const std::string_view request = understanding_.without_courtesy(text);
  return turn.answer(text, dialogue_,
                     {.request = request.data() != text.data() ? request : text,
                      .actions = action_options(),
                      .on_decision = [this](const AgentReply& decision) { decisions_.push_back(decision); },
                      .cancel = &cancel});
}

void InstantTurns::keep_vectors() {
  if (!acting_) return;
  acting_->agent.keep_vectors();
  if (acting_->find_embedder() == nullptr || flags_.dry_run) return;
  if (const Result<StoreLock> lock = workshop_->store.lock(context_.cancel)) {
    static_cast<void>(embed_facts(workshop_->store, *acting_->find_embedder(), kMaxNewFactVectors).has_value());
  }
}

std::vector<Fact> InstantTurns::facts_about(std::string_view text) const {
  return favilla::facts_about(workshop_->store, text, workshop_->clock->now(),
                              acting_ ? acting_->find_embedder() : nullptr);
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

const char* path_of(const ActionAnswer& answer) {
  return answer.plan.source == "agent" ? "agent" : "instant";
}

Json to_json(const ActionAnswer& answer) {
  Json json{{"path", path_of(answer)},
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
  for (const AnsweredAction& each : answer.actions) {
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

Json to_json(const AgentReply& decision) {
  const AgentTrace& trace = decision.trace;
  Json json{{"ranked", Json::array()},
            {"calls", Json::array()},
            {"missing", decision.missing},
            {"margin", decision.margin},
            {"like_none", trace.like_none},
            {"remarks", trace.remarks},
            {"recognize_ms", trace.recognize_ms},
            {"rank_ms", trace.rank_ms},
            {"choose_ms", trace.choose_ms},
            {"arguments_ms", trace.arguments_ms}};
  for (const RankedTool& tool : trace.ranked) {
    json["ranked"].push_back({{"name", tool.name},
                              {"score", tool.score},
                              {"words", tool.words},
                              {"similarity", tool.similarity},
                              {"fit", tool.fit},
                              {"known", tool.known},
                              {"fill", tool.fill},
                              {"sureness", tool.sureness},
                              {"likelihood", tool.likelihood}});
  }
  for (const ToolCall& call : decision.calls) {
    json["calls"].push_back({{"name", call.name}, {"arguments", call.arguments}});
  }
  return json;
}

std::string in_lines(const AgentReply& decision) {
  const AgentTrace& trace = decision.trace;
  std::string lines = fmt::format("agent: like none {:.2f}\n", trace.like_none);
  for (const RankedTool& tool : trace.ranked) {
    lines += fmt::format("agent: {:+.2f} {}: ", tool.score, tool.name);
    lines += tool.known != 0 ? fmt::format("known {:+.1f}\n", tool.known)
                             : fmt::format(
                                   "words {:.2f}, similarity {:.2f}, fit {:+.1f}, arguments {:.2f}, sure {:.2f}, model "
                                   "{:.1f}\n",
                                   tool.words, tool.similarity, tool.fit, tool.fill, tool.sureness, tool.likelihood);
  }
  for (const std::string& remark : trace.remarks) lines += fmt::format("agent: {}\n", remark);
  return lines +
         fmt::format("agent: recognized in {:.1f} ms, ranked in {:.1f} ms, chosen in {:.1f} ms, filled in {:.1f} ms\n",
                     trace.recognize_ms, trace.rank_ms, trace.choose_ms, trace.arguments_ms);
}

int exit_code(const ActionAnswer& answer) {
  for (const AnsweredAction& action : answer.actions) {
    if (action.error) return exit_code(*action.error);
  }
  return kExitOk;
}

}  // namespace favilla::cli
