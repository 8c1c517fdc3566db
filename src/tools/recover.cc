// Runner's second half: what a killed process left, and undo.
#include <fmt/format.h>

#include <algorithm>

#include "tools/effect_facts.h"
#include "tools/prepare.h"
#include "tools/runner.h"

namespace favilla {
namespace {

// An idempotent call is made again after a crash only while its owner still waits for it.
constexpr auto kRepeatCallsWithin = std::chrono::minutes(2);
constexpr int64_t kPage = 50;
constexpr int64_t kMaxLaterEntries = 500;  // how far to look for who changed something since

std::string title(const Json& intent) {
  const std::string reply = intent.value("reply", "");
  return reply.empty() ? fmt::format("{} {}", intent.value("tool", ""), intent.value("action", "")) : reply;
}

// What the journal's rows need to be for this program to work with them; they may have been edited by hand.
Result<void> require_intent(const JournalEntry& entry) {
  if (entry.intent.is_object() && entry.intent.contains("erased")) {
    return Error{ErrorKind::kUnsupported, fmt::format("entry {} was about something that is forgotten", entry.id)};
  }
  const auto text = [&](const char* key) { return entry.intent.contains(key) && entry.intent[key].is_string(); };
  if (entry.intent.is_object() && text("tool") && text("action") && text("token") && text("reply") &&
      entry.intent.contains("changes") && entry.intent["changes"].is_array()) {
    return {};
  }
  return Error{ErrorKind::kCorrupt, fmt::format("entry {} of the journal is damaged", entry.id)};
}

}  // namespace

Result<Runner::Work> Runner::work_of(const JournalEntry& entry) const {
  TRY(require_intent(entry));
  Work work;
  work.id = entry.id;
  work.intent = entry.intent;
  work.undo_of = entry.intent.value("undo_of", int64_t{0});
  const Json& origin = entry.intent.contains("origin") ? entry.intent["origin"] : entry.intent;
  const Result<const Action*> action = find_action(tools_, origin.value("tool", ""), origin.value("action", ""));
  if (action) work.action = *action;
  for (const Json& change : entry.intent["changes"]) {
    work.steps.push_back(TRY(step_from_json(change, [&](std::string_view sha256) { return store_.blob(sha256); })));
  }
  return work;
}

Result<void> Runner::recover() {
  if (TRY(store_.pending()).empty() && !TRY(store_.has_due_erasure(context_.clock.now()))) return {};
  const StoreLock lock = TRY(store_.lock(context_.cancel));
  return recover_locked();
}

Result<void> Runner::recover_locked() {
  for (const int64_t id : TRY(store_.pending())) {
    if (std::find(cleaned_.begin(), cleaned_.end(), id) != cleaned_.end()) continue;
    const std::optional<JournalEntry> entry = TRY(store_.entry(id));
    // An entry that is gone: `favilla journal verify` tells that rows are missing.
    if (entry) TRY(recover_entry(*entry));
  }
  // When the disk refuses it stays due, and must not keep the owner from everything else.
  (void)store_.erase_due(context_.clock.now());
  return {};
}

Result<void> Runner::recover_entry(const JournalEntry& entry) {
  const Result<Work> work = work_of(entry);
  if (!work) {  // nothing can be done about it but to say so, once
    Work unreadable;
    unreadable.id = entry.id;
    unreadable.intent = entry.intent;
    return settle(unreadable, "unsure", work.error().message);
  }
  if (entry.state == "intent") {
    // When the disk refuses it stays pending, and must not keep the owner from everything else.
    (void)recover_files(*work);
    return {};
  }
  if (entry.state == "calling") return recover_calls(*work, entry.at);
  clean(*work);
  return {};
}

Result<void> Runner::recover_files(const Work& work) {
  const std::string what = title(work.intent);
  const bool all_applied = std::all_of(work.steps.begin(), work.steps.end(),
                                       [](const Step& step) { return is_file_step(step) && is_applied(step); });
  if (all_applied) {
    TRY(settle(work, "done", fmt::format("Finished after an interruption: {}", what)));
    clean(work);
    return {};
  }
  const Result<void> back = take_back(work, work.steps.size());
  if (back) return settle(work, "failed", fmt::format("Interrupted, nothing was done: {}", what));
  if (back.error().kind != ErrorKind::kBusy) return back;
  for (size_t i = 0; i < work.steps.size(); ++i) {  // the journal has what these held
    if (std::holds_alternative<SetFile>(work.steps[i])) (void)clean_step(work.steps[i], place_of(work, i));
  }
  return settle(work, "unsure",
                fmt::format("Interrupted, and {}, so it is left as it is: {}", back.error().message, what));
}

Result<void> Runner::recover_calls(const Work& work, Moment begun) {
  const std::string what = title(work.intent);
  const bool again = work.action != nullptr && work.action->effect == Effect::kIdempotent &&
                     context_.clock.now() - begun < kRepeatCallsWithin;
  if (!again) {
    return settle(work, "unsure", fmt::format("Interrupted, and it is unsure whether this happened: {}", what));
  }
  const Calls calls = make_calls(work);
  if (!calls.error) return settle(work, "done", fmt::format("Finished after an interruption: {}", what));
  return settle(work, "unsure",
                fmt::format("Interrupted, and trying again failed ({}): {}", calls.error->message, what));
}

Result<void> Runner::settle(const Work& work, std::string_view state, const std::string& text) {
  const Json end{{"recovered", true}, {state == "done" ? "note" : "error", text}};
  TRY(write_end(work, state, end, Durability::kFlushed));
  recovered_.push_back({work.id, std::string(state), text});
  return {};
}

// ---- undo

Result<JournalEntry> Runner::entry_to_undo(std::optional<int64_t> id) const {
  if (id) {
    const std::optional<JournalEntry> entry = TRY(store_.entry(*id));
    if (entry) return *entry;
    return Error{ErrorKind::kNotFound, fmt::format("the journal has no entry {} (`favilla journal` lists them)", *id)};
  }
  JournalQuery query{.limit = kPage};
  while (true) {
    const std::vector<JournalEntry> page = TRY(store_.entries(query));
    for (const JournalEntry& entry : page) {
      const bool counts = !entry.intent.contains("undo_of") && !entry.intent.contains("housekeeping") &&
                          !entry.intent.contains("erased");
      if (entry.state == "done" && counts) return entry;
    }
    if (page.empty()) return Error{ErrorKind::kNotFound, "there is nothing to undo"};
    query.before_id = page.back().id;
  }
}

// "entry 7 (lists add)" and so on: who in the journal touched the same things after `undone`; empty when nobody did.
std::string Runner::changed_since(const Work& undone) const {
  std::vector<std::string> mine;
  for (const Step& step : undone.steps) {
    for (std::string& name : touched_by(step)) mine.push_back(std::move(name));
  }
  std::string later;
  const Result<std::vector<JournalEntry>> entries = store_.entries({.limit = kMaxLaterEntries});
  if (!entries) return later;
  for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
    if (entry->id <= undone.id || entry->state != "done" || !require_intent(*entry)) continue;
    for (const Json& change : entry->intent["changes"]) {
      const Result<Step> step = step_from_json(change, [](std::string_view) { return std::string(); });
      if (!step) continue;
      const std::vector<std::string> theirs = touched_by(*step);
      if (std::find_first_of(mine.begin(), mine.end(), theirs.begin(), theirs.end()) == mine.end()) continue;
      later += fmt::format("{}entry {} ({} {})", later.empty() ? "" : ", ", entry->id, entry->intent.value("tool", ""),
                           entry->intent.value("action", ""));
      break;
    }
  }
  return later;
}

namespace {

Result<void> require_undoable(const JournalEntry& entry) {
  if (entry.state == "done") return {};
  if (entry.state == "undone") {
    const int64_t by = entry.end.value("by", int64_t{0});
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("entry {} is already undone; `favilla undo {}` does it again", entry.id, by)};
  }
  if (entry.state == "unsure") {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("it is unsure whether entry {} happened, so it cannot be undone safely", entry.id)};
  }
  return Error{ErrorKind::kInvalidArgument,
               fmt::format("entry {} did not happen, so there is nothing to undo", entry.id)};
}

// The intent of the undo of `entry`. `origin` is the tool's own action at the end of a chain of undos.
Json undo_intent(const JournalEntry& entry, const std::string& turn) {
  Json origin{{"tool", entry.intent["tool"]},
              {"action", entry.intent["action"]},
              {"reply", title(entry.intent)},
              {"again", true}};
  if (entry.intent.contains("origin")) origin = entry.intent["origin"];
  const bool again = !origin.value("again", true);
  origin["again"] = again;
  return {{"turn", turn},
          {"tool", "journal"},
          {"action", "undo"},
          {"arguments", {{"id", entry.id}}},
          {"effect", entry.intent.value("effect", "idempotent")},
          {"reply", fmt::format("{}: {}", again ? "Done again" : "Undone", origin.value("reply", ""))},
          {"origin", origin}};
}

}  // namespace

// The rules of the tool whose action is undone hold for its undo.
PolicyCall Runner::undo_call(const JournalEntry& entry, const Work& undone, const std::vector<Step>& steps,
                             const RunOptions& options) const {
  PolicyCall call;
  call.tool = entry.intent.value("tool", "journal");
  call.action = "undo";
  call.arguments["id"] = entry.id;
  if (entry.intent.contains("origin")) call.tool = entry.intent["origin"].value("tool", call.tool);
  call.declared = undone.action != nullptr ? undone.action->declared : keeps(kOwnRecords);
  call.label = options.label;
  add_effect(call, steps, {context_, options_.protected_places, options.words});
  return call;
}

Result<RunResult> Runner::undo(std::optional<int64_t> id, const RunOptions& options) {
  const StoreLock lock = TRY(store_.lock(context_.cancel));
  TRY(recover_locked());
  const JournalEntry entry = TRY(entry_to_undo(id));
  TRY(require_undoable(entry));
  const Work undone = TRY(work_of(entry));
  const std::string what = fmt::format("cannot undo entry {} ({})", entry.id, title(entry.intent));
  Work work;
  work.action = undone.action;
  work.undo_of = entry.id;
  work.intent = undo_intent(entry, options.turn);
  const LocalSeconds now = context_.zone.to_local(context_.clock.now());
  work.steps = TRY(prepare_undo(undone.steps, {options_.trash, now}).context(what));
  Outcome outcome;
  outcome.reply = work.intent["reply"].get<std::string>();
  outcome.result = Json{{"undone", entry.id}};
  asked_.reset();
  Admission admission = TRY(admit(undo_call(entry, undone, work.steps, options),
                                  fmt::format("undoing entry {}", entry.id), title(entry.intent), options));
  work.approval = std::move(admission.approval);
  work.intent["allowed"] = name_of(admission.decision.reason);
  if (options.dry_run) return RunResult{std::move(outcome), std::nullopt};
  Result<void> done = carry_out(work, outcome.result);
  if (!done && done.error().kind == ErrorKind::kBusy) {
    const std::string later = changed_since(undone);
    if (!later.empty()) return Error{ErrorKind::kBusy, fmt::format("{}: {}, by {}", what, done.error().message, later)};
  }
  TRY(std::move(done).context(what));
  return RunResult{std::move(outcome), work.id};
}

}  // namespace favilla
