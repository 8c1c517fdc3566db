// Understanding, corrections and answers to questions; then the tools. See instant.h.
#include "assistant/instant.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "assistant/offered_functions.h"
#include "base/embedded_text.h"

namespace favilla {

std::span<const EmbeddedText> assistant_texts();

namespace {

constexpr std::string_view kDialogue = "dialogue";
constexpr std::string_view kPhrases = "phrases";
constexpr std::string_view kTeach = "teach";
constexpr std::string_view kMemory = "memory";

// A request is looked for among so many first words of what a phrase is to mean.
constexpr size_t kMaxRequestWords = 24;

double elapsed_ms(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
}

std::vector<int64_t> undo_ids(const ActionAnswer& answer) {
  std::vector<int64_t> ids;
  for (const AnsweredAction& action : answer.actions) {
    if (action.undo_id) ids.push_back(*action.undo_id);
  }
  return ids;
}

bool is_dialogue(const Plan& plan, std::string_view action) {
  return plan.actions.size() == 1 && plan.actions[0].tool == kDialogue && plan.actions[0].action == action;
}

// The kind of slot that reads an argument of this schema.
std::string_view slot_kind(const std::string& argument, const Json& property) {
  const std::string format = property.value("format", "");
  if (format == "date-time" || format == "date-or-time") return "datetime";
  if (format == "date") return "date";
  if (format == "time") return "time";
  if (argument.ends_with("_seconds")) return "duration";
  const std::string type = property.value("type", "");
  if (type == "integer" || type == "number") return "number";
  return "text";
}

// What a value is: "2026-11-23", "18:00:00" or both; empty for other texts.
std::string_view time_kind(const std::string& value) {
  if (parse_iso_local(value)) return value.size() > 10 ? "datetime" : "date";
  return parse_iso_local("2000-01-01T" + value) ? "time" : "";
}

bool is_article(std::string_view word) {
  return word == "the" || word == "my" || word == "a" || word == "an" || word == "our";
}

// The choice that an answer means: by its words or by its place ("the second").
std::optional<std::string> chosen(std::string_view text, const std::vector<std::string>& choices) {
  std::vector<Mention> mentions;
  Sentence said = read_sentence(text);
  // "the one with Rui"
  while (said.words.size() > 1 && (is_article(said.words.front().text) || said.words.front().text == "one")) {
    said.words.erase(said.words.begin());
  }
  const auto same = [](const Word& a, const Word& b) { return a.text == b.text; };
  std::optional<std::string> found;
  for (const std::string& choice : choices) {
    mentions.push_back({"choice", choice, choice});
    const Sentence words = read_sentence(choice);
    if (std::search(words.words.begin(), words.words.end(), said.words.begin(), said.words.end(), same) ==
        words.words.end()) {
      continue;
    }
    if (found) return std::nullopt;  // the answer fits several
    found = choice;
  }
  if (found || said.words.empty()) return found;
  constexpr std::string_view kPlaces[] = {"first", "second", "third", "fourth", "fifth"};
  for (size_t i = 0; i < std::min(choices.size(), std::size(kPlaces)); ++i) {
    for (const Word& word : said.words) {
      if (word.text == kPlaces[i] || word.text == std::to_string(i + 1)) return choices[i];
    }
  }
  return std::nullopt;
}

// "18:00:00" after "7" was meant: whether the words leave open which half of the day.
bool half_of_day_is_open(std::string_view text) {
  constexpr std::string_view kClear[] = {"am", "pm", "a.m", "p.m", "morning", "evening", "noon", "midnight", "night"};
  for (const Word& word : read_sentence(text).words) {
    for (const std::string_view clear : kClear) {
      if (word.text == clear || (word.text.ends_with(clear) && word.text[0] >= '0' && word.text[0] <= '9'))
        return false;
    }
  }
  return true;
}

// The time of day of a correction on the day of the old value. Where the half of the day is open it is the old one's.
Json with_time(const std::string& old, const std::string& time, std::string_view text) {
  const Result<LocalSeconds> before = parse_iso_local(old);
  if (!before) return time;  // the old one was a time without a day
  const auto day = std::chrono::floor<std::chrono::days>(*before);
  const std::string date = format_iso(std::chrono::year_month_day{day});
  const Result<LocalSeconds> now = parse_iso_local(date + "T" + time);
  if (!now) return old;
  LocalSeconds corrected = *now;
  const auto noon = day + std::chrono::hours{12};
  if (old.size() > 10 && half_of_day_is_open(text)) {
    if (*before >= noon && corrected < noon) corrected += std::chrono::hours{12};
    if (*before < noon && corrected >= noon && corrected < noon + std::chrono::hours{12}) {
      corrected -= std::chrono::hours{12};
    }
  }
  return format_iso(corrected);
}

// The old value's time of day on another date.
Json with_date(const std::string& old, const std::string& date) {
  return old.size() > 10 ? date + old.substr(10) : date;
}

// A sentence that is to be remembered goes with what it says. False: it tells nothing ("remember Paris?").
bool add_source(PlannedAction& action, std::string_view text) {
  if (action.tool != kMemory || !(action.action == "remember" || action.action == "edit")) return true;
  const std::string fact = action.arguments.value("fact", "");
  const bool says_that = text.find(" that ") != std::string_view::npos && !text.ends_with('?');
  if (action.action == "remember" && !says_that && !tells_fact(text)) return false;
  if (text.ends_with('?') || fact.empty()) return false;
  action.arguments["source"] = text;
  return true;
}

}  // namespace

Result<Understanding> InstantPath::load_understanding(std::span<const Tool> tools) {
  std::vector<SentenceFile> files;
  for (const Tool& tool : tools) files.push_back({tool.name, tool.sentences});
  // Last: where a tool has the same sentence, it is the tool's.
  for (const EmbeddedText& text : assistant_texts()) files.push_back({std::string(kDialogue), text.content});
  return Understanding::load(files);
}

TimeContext InstantPath::time_context() const {
  return {zone_.to_local(clock_.now()), zone_};
}

Json InstantPath::schema_of(const PlannedAction& action) const {
  const Result<const Action*> found = find_action(tools_, action.tool, action.action);
  if (!found) return Json::object();
  Result<Json> schema = parse_json((*found)->parameters);
  return schema ? std::move(*schema) : Json::object();
}

// What to ask before an action that lacks a required argument whose schema has a question.
std::optional<Outcome::Question> InstantPath::missing_argument(const PlannedAction& action) const {
  const Json schema = schema_of(action);
  for (const Json& required : schema.value("required", Json::array())) {
    const std::string name = required.get<std::string>();
    if (action.arguments.contains(name)) continue;
    const Json& property = schema["properties"][name];
    if (property.contains("question")) return Outcome::Question{property["question"].get<std::string>(), name, {}};
  }
  return std::nullopt;
}

std::optional<Plan> InstantPath::plan_of_answer(std::string_view text, const Dialogue::Pending& pending) const {
  PlannedAction action = pending.action;
  if (!pending.choices.empty()) {
    const std::optional<std::string> choice = chosen(understanding_.without_courtesy(text), pending.choices);
    if (!choice) return std::nullopt;
    said_arguments(action)[pending.argument] = *choice;
  } else {
    const Json properties = schema_of(action).value("properties", Json::object());
    const Json property = properties.contains(pending.argument) ? properties[pending.argument] : Json::object();
    const std::string_view kind = slot_kind(pending.argument, property);
    const std::string_view said = understanding_.without_courtesy(text);
    if (kind == "text") {
      said_arguments(action)[pending.argument] = said;
    } else {
      // "at 6" and "for 10 minutes" answer as well as "6" and "10 minutes".
      std::optional<Json> value;
      for (const std::string_view before : {"", "at ", "on ", "for ", "in "}) {
        if (!said.starts_with(before) || value) continue;
        value = slot_value(kind, said.substr(before.size()), understanding_.entities(), time_context());
      }
      if (!value) return std::nullopt;
      said_arguments(action)[pending.argument] = *value;
    }
  }
  return Plan{{std::move(action)}, 0.99, "answer"};
}

// The action again, with the argument that the correction is about. The old one is taken back by act().
std::optional<Plan> InstantPath::correct(PlannedAction action, const Json& correction, std::string_view text) const {
  if (correction.empty()) return std::nullopt;
  const std::string kind = correction.begin().key();
  const Json& value = correction.begin().value();
  const Json properties = schema_of(action).value("properties", Json::object());
  for (const auto& [name, property] : properties.items()) {
    const bool has_old = action.arguments.contains(name) && action.arguments[name].is_string();
    const std::string_view wanted =
        has_old ? time_kind(action.arguments[name].get<std::string>()) : slot_kind(name, property);
    const bool is_time = wanted == "datetime" || wanted == "date" || wanted == "time";
    if (kind == "seconds" && wanted == "duration" && action.arguments.contains(name)) {
      action.arguments[name] = value;
      return Plan{{std::move(action)}, 0.99, "correction"};
    }
    if (!is_time || !has_old || kind == "seconds") continue;
    const std::string old = action.arguments[name];
    if (wanted == "date" && kind == "time") continue;
    if (wanted == "time") {
      if (kind != "time") continue;
      action.arguments[name] = value;
    } else if (kind == "time") {
      action.arguments[name] = with_time(old, value.get<std::string>(), text);
    } else if (kind == "date") {
      action.arguments[name] = with_date(old, value.get<std::string>());
    } else {
      action.arguments[name] = value;
    }
    return Plan{{std::move(action)}, 0.99, "correction"};
  }
  return std::nullopt;
}

// Of several actions the one that the correction fits; the dialogue is then about that one alone, and so is what is
// taken back. Where it fits two it is no rule's to say which was meant.
std::optional<Plan> InstantPath::correct_last(Dialogue& dialogue, const Json& correction, std::string_view text) const {
  std::optional<Plan> plan;
  size_t which = 0;
  for (size_t i = 0; i < dialogue.last.size(); ++i) {
    std::optional<Plan> corrected = correct(dialogue.last[i], correction, text);
    if (!corrected) continue;
    if (plan) return std::nullopt;
    plan = std::move(corrected);
    which = i;
  }
  if (!plan || dialogue.last.size() == 1) return plan;
  if (dialogue.last_ids.size() != dialogue.last.size()) return std::nullopt;  // some changed nothing: whose are they?
  dialogue.last = {dialogue.last[which]};
  dialogue.last_ids = {dialogue.last_ids[which]};
  return plan;
}

std::optional<Plan> InstantPath::understand(std::string_view text, Dialogue& dialogue) const {
  std::optional<Plan> plan = understanding_.plan(text, time_context(), dialogue.mentions);
  const std::optional<Dialogue::Pending> pending = std::exchange(dialogue.pending, std::nullopt);
  if (plan && is_dialogue(*plan, "dismiss")) return pending ? plan : std::nullopt;
  if (pending && pending->is_proposal()) {
    if (plan && is_dialogue(*plan, "agree")) return Plan{{pending->action}, 0.99, "answer"};
    if (plan && is_dialogue(*plan, "correct")) {
      plan = correct(pending->action, plan->actions[0].arguments, text);
      if (plan) plan->source = "answer";  // nothing was done that is to be taken back
      return plan;
    }
  } else if (pending && (!plan || is_dialogue(*plan, "correct") || is_dialogue(*plan, "agree"))) {
    // A whole request is a new one; anything else is tried as the answer that is waited for.
    return plan_of_answer(text, *pending);
  }
  if (plan && is_dialogue(*plan, "agree")) return std::nullopt;
  if (plan && is_dialogue(*plan, "correct")) {
    return correct_last(dialogue, plan->actions[0].arguments, text);
  }
  if (plan) {
    for (PlannedAction& action : plan->actions) {
      if (!add_source(action, text)) return std::nullopt;
      if (action.tool == kDialogue && plan->actions.size() > 1) return std::nullopt;
      if (action.tool == kPhrases && action.action == kTeach && !teaches(action)) return std::nullopt;
    }
  }
  return plan;
}

// "when I say stop, set a timer" teaches; "when I say jump, you ask how high" is talk.
bool InstantPath::teaches(const PlannedAction& action) const {
  const Json sentence = action.arguments.value("sentence", Json());
  return !sentence.is_string() || begins_with_request(sentence.get<std::string>());
}

// Whether the text, or its beginning until an "and" or a comma, is something that rules understand.
bool InstantPath::begins_with_request(std::string_view text) const {
  const Sentence sentence = read_sentence(text);
  const TimeContext now = time_context();
  const size_t count = std::min(sentence.words.size(), kMaxRequestWords);
  for (size_t end = 1; end <= count; ++end) {
    const bool is_end = end == sentence.words.size();
    const std::string_view next = is_end ? "" : std::string_view(sentence.words[end].text);
    const char mark = is_end ? ' ' : sentence.text[sentence.words[end - 1].to];
    if (!is_end && next != "and" && next != "then" && mark != ',' && mark != ';') continue;
    if (understanding_.plan(sentence.part(0, end), now)) return true;
  }
  return false;
}

// A phrase of one sentence is that sentence, also as an answer or a correction; of several, their actions in order.
std::optional<Plan> InstantPath::understand_phrase(const std::vector<std::string>& sentences,
                                                   Dialogue& dialogue) const {
  std::optional<Plan> all;
  for (const std::string& sentence : sentences) {
    std::optional<Plan> plan = understand(sentence, dialogue);
    if (!plan || (sentences.size() > 1 && plan->actions[0].tool == kDialogue)) return std::nullopt;
    if (plan->source == "template") plan->source = "taught";
    if (!all) {
      all = std::move(plan);
      continue;
    }
    all->confidence = std::min(all->confidence, plan->confidence);
    std::move(plan->actions.begin(), plan->actions.end(), std::back_inserter(all->actions));
  }
  return all;
}

std::string InstantPath::meaning(std::string_view text) const {
  const Result<std::vector<std::string>> sentences = phrases_.meaning(text);
  if (!sentences) return std::string(text);
  std::string joined;
  for (const std::string& sentence : *sentences) {
    if (!joined.empty()) joined += ". ";
    joined += sentence;
  }
  return joined;
}

// A question that the tool cannot make sense of is one for the model.
bool InstantPath::is_no_request(const AnsweredAction& failed) const {
  if (failed.error->kind != ErrorKind::kInvalidArgument) return false;
  const Result<const Action*> asked = find_action(tools_, failed.action.tool, failed.action.action);
  return asked && (*asked)->effect == Effect::kPure;
}

bool InstantPath::take_back(ActionAnswer& answer, const std::vector<int64_t>& ids, const ActionOptions& options) const {
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    Result<RunResult> undone = runner_.undo(*id, {.approved = true, .dry_run = options.dry_run});
    if (!undone) {
      answer.tell(undone.error().message, "");
      answer.actions.push_back({{std::string(kDialogue), "undo", {{"id", *id}}}, Json::object(), {}, undone.error()});
      return false;
    }
    if (is_dialogue(answer.plan, "undo")) answer.tell(undone->outcome.reply, "");
    if (is_dialogue(answer.plan, "redo")) answer.tell("Done again.", "");
    answer.actions.push_back(
        {{std::string(kDialogue), "undo", {{"id", *id}}}, undone->outcome.result, undone->id, std::nullopt});
  }
  return true;
}

// "undo that": the actions of the turn before, or else the last action of all.
void InstantPath::undo(ActionAnswer& answer, const std::vector<int64_t>& before, const ActionOptions& options) const {
  if (!before.empty()) {
    take_back(answer, before, options);
    return;
  }
  Result<RunResult> undone = runner_.undo(std::nullopt, {.approved = true, .dry_run = options.dry_run});
  answer.tell(undone ? undone->outcome.reply : undone.error().message, "");
  AnsweredAction action{answer.plan.actions[0], Json::object(), std::nullopt, std::nullopt};
  if (undone) action.undo_id = undone->id;
  if (!undone) action.error = undone.error();
  answer.actions.push_back(std::move(action));
}

// False: it was no request after all.
bool InstantPath::act(ActionAnswer& answer, Dialogue& dialogue, const CallOrigin& origin,
                      const ActionOptions& options) const {
  const std::vector<int64_t> before = std::exchange(dialogue.last_ids, {});
  const std::vector<int64_t> undone = std::exchange(dialogue.undone_ids, {});
  if (is_dialogue(answer.plan, "undo")) {
    dialogue.mentions.clear();
    dialogue.last.clear();
    undo(answer, before, options);
    dialogue.undone_ids = undo_ids(answer);
    return true;
  }
  if (is_dialogue(answer.plan, "redo")) {
    if (undone.empty()) answer.reply = "There is nothing to do again: only what was undone just now can be.";
    take_back(answer, undone, options);
    dialogue.last_ids = undo_ids(answer);
    return true;
  }
  if (is_dialogue(answer.plan, "dismiss")) {
    answer.reply = "All right.";
    return true;
  }
  if (answer.plan.source == "correction" && !take_back(answer, before, options)) return true;
  ActionTaker taker(runner_, answer, dialogue, options);
  for (const PlannedAction& planned : answer.plan.actions) {
    if (std::optional<Outcome::Question> question = missing_argument(planned)) {
      answer.actions.push_back({planned, Json::object(), std::nullopt, std::nullopt});
      taker.ask(planned, *question, origin);
      break;
    }
    const bool is_first = answer.actions.empty();
    const Taken taken = taker.take(planned, origin);
    if (taken == Taken::kFailed && is_first && is_no_request(answer.actions.front())) return false;
    if (taken != Taken::kDone) break;
  }
  return true;
}

std::optional<ActionAnswer> InstantPath::answer(std::string_view text, Dialogue& dialogue,
                                                const ActionOptions& options) const {
  const auto start = std::chrono::steady_clock::now();
  dialogue.expire(clock_.now());
  ActionAnswer answer;
  const Result<std::vector<std::string>> sentences = phrases_.meaning(text);
  if (!sentences) {
    const PlannedAction said{std::string(kPhrases), "say", {{"phrase", text}}};
    answer.actions.push_back({said, Json::object(), std::nullopt, sentences.error()});
    answer.reply = answer.spoken = sentences.error().message;
    return answer;
  }
  const bool is_phrase = sentences->size() != 1 || sentences->front() != text;
  const bool was_proposed = dialogue.pending && dialogue.pending->is_proposal();
  std::optional<Plan> plan = is_phrase ? understand_phrase(*sentences, dialogue) : understand(text, dialogue);
  if (!plan) return std::nullopt;
  answer.plan = std::move(*plan);
  answer.understand_ms = elapsed_ms(start);
  const auto acting = std::chrono::steady_clock::now();
  const bool goes_on = answer.plan.source == "answer" || answer.plan.source == "correction";
  CallOrigin origin = goes_on ? dialogue.origin : CallOrigin{};
  // A bare "yes" names nothing: it must not make a destination of that name one of the owner's.
  const bool agrees = was_proposed && answer.plan.source == "answer";
  if (origin.words && !agrees) *origin.words += fmt::format("\n{}", text);
  const Dialogue before = dialogue;
  if (!act(answer, dialogue, origin, options)) {
    dialogue = before;
    return std::nullopt;
  }
  if (answer.spoken.empty()) answer.spoken = answer.reply;
  dialogue.time = clock_.now();
  answer.act_ms = elapsed_ms(acting);
  return answer;
}

}  // namespace favilla
