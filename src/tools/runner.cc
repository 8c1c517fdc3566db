// Running an action: intent, steps, result; and taking back what cannot be finished.
#include "tools/runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/checksum.h"
#include "tools/effect_facts.h"
#include "tools/prepare.h"
#include "tools/schema.h"

namespace favilla {
namespace {

constexpr int kMaxUndoDepth = 1000;  // undo of undo of undo ...

// How long a record that a sealed action removed can be brought back by an undo.
constexpr auto kUndoOfForgetting = std::chrono::minutes(10);

const char* effect_name(Effect effect) {
  switch (effect) {
    case Effect::kPure:
      return "pure";
    case Effect::kIdempotent:
      return "idempotent";
    case Effect::kAtMostOnce:
      return "at_most_once";
    case Effect::kAskOnDoubt:
      return "ask_on_doubt";
  }
  return "pure";
}

// Unlike that of every other action, of this process or another.
std::string new_token() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const std::string seed =
      fmt::format("{} {} {}", ::getpid(), now, std::chrono::steady_clock::now().time_since_epoch().count());
  return fmt::format("{:016x}", checksum(std::as_bytes(std::span(seed))));
}

bool is_record(const Step& step) {
  return std::holds_alternative<SetRecord>(step);
}

bool is_call(const Step& step) {
  return std::holds_alternative<OutwardCall>(step);
}

template <class Names>
std::string listed(const Names& rows) {
  std::string text;
  for (const auto& row : rows) text += fmt::format("{}{}", text.empty() ? "" : ", ", row.name);
  return text;
}

}  // namespace

Result<std::vector<std::pair<std::string, Json>>> Records::memories_with_words(const std::vector<std::string>&,
                                                                               size_t) const {
  return all("memory");
}

Result<const Action*> find_action(std::span<const Tool> tools, std::string_view tool, std::string_view action) {
  const auto named = [](std::string_view name) { return [name](const auto& row) { return row.name == name; }; };
  const auto found = std::find_if(tools.begin(), tools.end(), named(tool));
  if (found == tools.end()) {
    return Error{ErrorKind::kNotFound, fmt::format("there is no tool \"{}\"; there are {}", tool, listed(tools))};
  }
  const auto row = std::find_if(found->actions.begin(), found->actions.end(), named(action));
  if (row == found->actions.end()) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("{} has no action \"{}\"; it has {}", tool, action, listed(found->actions))};
  }
  return &*row;
}

std::vector<ActionName> action_names(std::span<const Tool> tools) {
  std::vector<ActionName> names;
  for (const Tool& tool : tools) {
    for (const Action& action : tool.actions) names.push_back({tool.name, action.name});
  }
  return names;
}

Result<RunResult> Runner::run(std::string_view tool, std::string_view action_name, const Json& arguments,
                              const RunOptions& options) {
  const Action* action = TRY(find_action(tools_, tool, action_name));
  const std::string name = fmt::format("{} {}", tool, action_name);
  const Json schema = TRY(parse_json(action->parameters).context(fmt::format("the schema of {}", name)));
  TRY(check_arguments(schema, arguments).context(name));
  asked_.reset();
  if (context_.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
  PolicyCall call;
  call.tool = tool;
  call.action = action->name;
  call.arguments = arguments;
  call.declared = action->declared;
  call.label = options.label;
  const Label label = join(options.label, action->declared.reads);
  if (!action->declared.changes()) TRY(admit_reading(call, name, options));
  std::optional<StoreLock> lock;
  if (action->effect != Effect::kPure && !options.dry_run) {
    lock = TRY(store_.lock(context_.cancel));
    TRY(recover_locked());
  }
  Outcome outcome = TRY(action->plan(context_, arguments));
  if (outcome.question) outcome.changes.clear();
  if (outcome.changes.empty()) return RunResult{std::move(outcome), std::nullopt, label};
  if (action->effect == Effect::kPure || !action->declared.changes()) {
    return Error{ErrorKind::kInternal, fmt::format("{} is declared to read only, and wants to change something", name)};
  }
  const LocalSeconds now = context_.zone.to_local(context_.clock.now());
  Work work;
  work.action = action;
  work.steps = TRY(prepare_changes(outcome.changes, {options_.trash, now}));
  call.needs_approval = outcome.needs_approval;
  add_effect(call, work.steps, {context_, options_.protected_places, options.words});
  const std::string& what = outcome.needs_approval.empty() ? to_json_text(arguments) : outcome.needs_approval;
  Admission admission = TRY(admit(call, name, what, options));
  work.approval = std::move(admission.approval);
  work.intent = Json{{"turn", options.turn},
                     {"tool", tool},
                     {"action", action_name},
                     {"arguments", arguments},
                     {"effect", effect_name(action->effect)},
                     {"reply", outcome.reply},
                     {"allowed", name_of(admission.decision.reason)}};
  if (options.dry_run || work.steps.empty()) return RunResult{std::move(outcome), std::nullopt, label};
  RunResult done = TRY(finish_run(std::move(work), std::move(outcome)));
  done.label = label;
  return done;
}

// Asks the monitor, and where it says "ask", whether the owner has agreed.
Result<Runner::Admission> Runner::admit(const PolicyCall& call, const std::string& name, const std::string& what,
                                        const RunOptions& options) {
  Admission admission{options_.decide(call, options_.rules, context_.zone.to_local(context_.clock.now())), {}};
  const Decision& decision = admission.decision;
  if (decision.verdict == Verdict::kDeny) {
    return Error{ErrorKind::kPermission, fmt::format("{} is not allowed: {}", name, decision.text)};
  }
  if (decision.verdict == Verdict::kAllow || options.dry_run) return admission;
  if (!options.approved) {
    const std::string hash = hash_of(call);
    admission.approval = TRY(approvals_.find(hash, options.turn, context_.clock.now()));
    if (!admission.approval) {
      asked_ = AskedApproval{hash, canonical_call(call), options.turn, question_for(call, decision)};
      return Error{ErrorKind::kPermission, fmt::format("{} needs your approval: {}", name, what)};
    }
  }
  admission.decision.reason = Reason::kApproved;
  return admission;
}

// Reading has no entry of the journal that could use up an approval, so it is used before.
Result<void> Runner::admit_reading(const PolicyCall& call, const std::string& name, const RunOptions& options) {
  const Admission admission = TRY(admit(call, name, to_json_text(call.arguments), options));
  if (!admission.approval || admission.approval->scope != Scope::kOnce) return {};
  return approvals_.revoke(admission.approval->id, context_.cancel);
}

Result<void> Runner::approve(const Grant& grant) {
  if (!asked_) return Error{ErrorKind::kInvalidArgument, "nothing waits for an approval"};
  const AskedApproval asked = *asked_;
  const Moment now = context_.clock.now();
  TRY(approvals_.give(asked.hash, asked.call, grant.scope, now, now + grant.length, asked.turn, context_.cancel));
  return {};
}

Result<RunResult> Runner::finish_run(Work work, Outcome outcome) {
  TRY(carry_out(work, outcome.result));
  for (const Json& call : work.calls) {
    if (!call.is_object() || !call.contains("reply")) continue;
    outcome.reply += "\n" + call["reply"].get<std::string>();
    outcome.result["calls"].push_back(call);
  }
  return RunResult{std::move(outcome), work.id};
}

// The caller holds the lock.
Result<void> Runner::carry_out(Work& work, const Json& result) {
  work.intent["token"] = new_token();
  if (work.undo_of != 0) work.intent["undo_of"] = work.undo_of;
  const auto has = [&](auto test) { return std::any_of(work.steps.begin(), work.steps.end(), test); };
  if (!has(is_file_step) && !has(is_call)) return write_at_once(work, result);
  TRY(write_intent(work));
  for (size_t i = 0; i < work.steps.size(); ++i) {
    if (!is_file_step(work.steps[i])) continue;
    if (context_.cancel.requested()) return fail(work, i, {ErrorKind::kCancelled, "stopped, nothing was done"});
    Result<void> applied = apply_step(work.steps[i], place_of(work, i));
    if (!applied) return fail(work, i + 1, applied.error());
  }
  Json end{{"result", result}};
  if (has(is_call)) end["calls"] = work.calls = TRY(call_outside(work));
  // Files are on the disk by now: after a power failure that takes this row, recovery sees that they are done.
  const Durability durability = has(is_record) || has(is_call) ? Durability::kFlushed : Durability::kSoon;
  const Result<void> written = write_end(work, "done", end, durability);
  if (!written) return fail(work, work.steps.size(), written.error());
  clean(work);
  return {};
}

StepPlace Runner::place_of(const Work& work, size_t index) const {
  return {work.intent.value("token", ""), index, store_.flushes() ? Flush::kYes : Flush::kNo};
}

Result<void> Runner::write_intent(Work& work) {
  Result<void> written = store_.write(Durability::kFlushed, [&](StoreWriter& writer) -> Result<void> {
    for (const int64_t id : cleaned_) TRY(writer.set_pending(id, false));
    if (work.approval) TRY(Approvals::use(writer, *work.approval));
    Json body = work.intent;
    body["changes"] = Json::array();
    for (const Step& step : work.steps) {
      body["changes"].push_back(
          TRY(step_json(step, [&](std::string_view content) { return writer.put_blob(content); })));
    }
    work.id = TRY(writer.begin(context_.clock.now(), body));
    return writer.set_pending(work.id, true);
  });
  if (written) cleaned_.clear();
  return written;
}

// Records alone need no recovery: intent, records and result are one transaction.
Result<void> Runner::write_at_once(Work& work, const Json& result) {
  const Result<void> written = store_.write(Durability::kFlushed, [&](StoreWriter& writer) -> Result<void> {
    if (work.approval) TRY(Approvals::use(writer, *work.approval));
    Json body = work.intent;
    body["changes"] = Json::array();
    for (const Step& step : work.steps) body["changes"].push_back(TRY(step_json(step, nullptr)));
    if (work.action != nullptr && work.action->trace == Trace::kSealed) {
      TRY(write_sealed(writer, work, std::move(body), result));
      return append_end(writer, work, "done", Json::object());
    }
    work.id = TRY(writer.begin(context_.clock.now(), body));
    return append_end(writer, work, "done", Json{{"result", result}});
  });
  if (written) return {};
  // A commit that failed late may be in the file all the same.
  const Result<std::optional<JournalEntry>> entry = store_.entry(work.id);
  const bool there = entry && *entry && (*entry)->intent.value("token", "") == work.intent["token"];
  return there ? Result<void>() : written;
}

Result<void> Runner::write_sealed(StoreWriter& writer, Work& work, Json body, const Json& result) const {
  SealedPart part;
  body["result"] = result;
  for (const char* key : {"arguments", "reply", "changes", "origin", "result"}) {
    if (!body.contains(key)) continue;
    part.content[key] = std::move(body[key]);
    body.erase(key);
  }
  for (const Step& step : work.steps) {
    const auto* record = std::get_if<SetRecord>(&step);
    if (record == nullptr) continue;
    const std::string topic = record->collection + "/" + record->key;
    std::optional<Moment> due;
    if (!record->after) due = context_.clock.now() + kUndoOfForgetting;
    TRY(writer.set_erasure(topic, due));
    part.topics.push_back(topic);
  }
  work.id = TRY(writer.begin_sealed(context_.clock.now(), std::move(body), part));
  return {};
}

Result<void> Runner::write_end(const Work& work, std::string_view state, const Json& end, Durability durability) {
  const Result<void> written =
      store_.write(durability, [&](StoreWriter& writer) { return append_end(writer, work, state, end); });
  if (written) return {};
  const Result<std::optional<JournalEntry>> entry = store_.entry(work.id);
  return entry && *entry && (*entry)->state == state ? Result<void>() : written;
}

Result<void> Runner::append_end(StoreWriter& writer, const Work& work, std::string_view state, const Json& end) {
  const bool done = state == "done";
  if (done) TRY(set_records(writer, work));
  TRY(writer.append(work.id, context_.clock.now(), state, end));
  if (done && work.undo_of != 0) TRY(mark_undone(writer, work.undo_of, work.id, true, 0));
  const bool has_temporaries = std::any_of(work.steps.begin(), work.steps.end(), needs_cleaning);
  return writer.set_pending(work.id, state == "calling" || (done && has_temporaries));
}

Result<void> Runner::set_records(StoreWriter& writer, const Work& work) const {
  for (const Step& step : work.steps) {
    const auto* record = std::get_if<SetRecord>(&step);
    if (record == nullptr) continue;
    if (TRY(store_.record(record->collection, record->key)) != record->before) {
      return Error{ErrorKind::kBusy, fmt::format("the {} {} has changed meanwhile", record->collection, record->key)};
    }
    TRY(writer.set_record(record->collection, record->key, record->after));
  }
  return {};
}

// Taking back an undo brings back what that had undone, and so on down the chain.
Result<void> Runner::mark_undone(StoreWriter& writer, int64_t id, int64_t by, bool undone, int depth) const {
  TRY(writer.append(id, context_.clock.now(), undone ? "undone" : "done", Json{{"by", by}}));
  const std::optional<JournalEntry> entry = TRY(store_.entry(id));
  const int64_t earlier = entry ? entry->intent.value("undo_of", int64_t{0}) : 0;
  if (earlier == 0 || depth > kMaxUndoDepth) return {};
  return mark_undone(writer, earlier, by, !undone, depth + 1);
}

// Leaves the world as it was before the first `applied` steps. What cannot be taken back now stays pending.
Error Runner::fail(const Work& work, size_t applied, Error error) {
  const Result<void> back = take_back(work, applied);
  if (!back) {
    error.message += fmt::format("; what was already done could not be taken back ({}), the next start tries again",
                                 back.error().message);
    return error;
  }
  // If this row cannot be written, recovery finds nothing done and writes it.
  (void)write_end(work, "failed", Json{{"error", error.message}}, Durability::kSoon);
  return error;
}

Result<void> Runner::take_back(const Work& work, size_t count) const {
  Result<void> all;
  for (size_t i = count; i-- > 0;) {
    Result<void> back = take_back_step(work.steps[i], place_of(work, i));
    if (!back && all) all = std::move(back);
  }
  return all;
}

// Journals that calls begin, makes them, and settles the entry when one fails.
Result<Json> Runner::call_outside(const Work& work) {
  const Result<void> begun = write_end(work, "calling", Json::object(), Durability::kFlushed);
  if (!begun) return fail(work, work.steps.size(), begun.error());
  Calls calls = make_calls(work);
  if (!calls.error) return std::move(calls.results);
  if (!calls.unsure) return fail(work, work.steps.size(), std::move(*calls.error));
  Error error = std::move(*calls.error).context("it is unsure whether this happened");
  (void)write_end(work, "unsure", Json{{"error", error.message}}, Durability::kFlushed);
  return error;
}

Runner::Calls Runner::make_calls(const Work& work) const {
  Calls calls;
  std::vector<const OutwardCall*> made;
  for (const Step& step : work.steps) {
    const auto* call = std::get_if<OutwardCall>(&step);
    if (call == nullptr) continue;
    if (work.action == nullptr || work.action->perform == nullptr) {
      calls.error = Error{ErrorKind::kInternal, "nothing knows how to make this call"};
      break;
    }
    if (context_.cancel.requested()) {
      calls.error = Error{ErrorKind::kCancelled, "stopped"};
      break;
    }
    Result<Json> result = work.action->perform(context_, call->request);
    if (!result) {
      calls.unsure = result.error().kind == ErrorKind::kNetwork && work.action->effect != Effect::kIdempotent;
      calls.error = std::move(result).error();
      break;
    }
    calls.results.push_back(std::move(*result));
    made.push_back(call);
  }
  if (!calls.error) return calls;
  for (auto call = made.rbegin(); call != made.rend(); ++call) {
    const bool back = (*call)->undo && work.action->perform(context_, *(*call)->undo).has_value();
    calls.unsure = calls.unsure || !back;
  }
  return calls;
}

// What cannot be cleaned now stays pending, and is done by another start.
void Runner::clean(const Work& work) {
  if (std::none_of(work.steps.begin(), work.steps.end(), needs_cleaning)) return;
  bool clean = true;
  for (size_t i = 0; i < work.steps.size(); ++i) {
    clean = clean_step(work.steps[i], place_of(work, i)).has_value() && clean;
  }
  if (clean) cleaned_.push_back(work.id);
}

Result<std::vector<Outcome>> Runner::due() {
  std::vector<Outcome> told;
  for (const Tool& tool : tools_) {
    if (tool.due == nullptr) continue;
    Outcome outcome = TRY(tool.due(context_));
    if (outcome.reply.empty()) continue;
    if (!outcome.changes.empty()) {
      // Planned again under the lock: another process may have told it meanwhile.
      const StoreLock lock = TRY(store_.lock(context_.cancel));
      TRY(recover_locked());
      outcome = TRY(tool.due(context_));
      Work work;
      work.steps = TRY(prepare_changes(outcome.changes, {options_.trash, {}}));
      work.intent = Json{{"turn", ""},
                         {"tool", tool.name},
                         {"action", "due"},
                         {"arguments", Json::object()},
                         {"effect", "idempotent"},
                         {"reply", outcome.reply},
                         {"housekeeping", true}};
      if (!work.steps.empty()) TRY(carry_out(work, outcome.result));
    }
    if (!outcome.reply.empty()) told.push_back(std::move(outcome));
  }
  return told;
}

}  // namespace favilla
