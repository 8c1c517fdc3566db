// The actions of `memory`.
#include "tools/builtin/memory/memory_tool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/file.h"
#include "base/foreign_text.h"
#include "memory/memory.h"
#include "tools/match.h"
#include "tools/wording.h"

namespace favilla {

extern const char kMemorySentences[];

namespace {

constexpr size_t kCandidates = 64;
constexpr size_t kMaxShown = 20;
constexpr size_t kMaxAnswers = 3;  // a question that more facts fit is not answered by them
constexpr size_t kMaxImport_bytes = 16'000'000;

const std::string kCollection(kMemoryCollection);

Result<std::vector<Fact>> facts_of(std::vector<std::pair<std::string, Json>> rows, Moment now) {
  std::vector<Fact> facts;
  for (const auto& [key, value] : rows) {
    Result<Fact> fact = fact_from_json(key, value);
    if (fact && !fact->is_expired(now)) facts.push_back(std::move(*fact));
  }
  return facts;
}

Result<std::vector<Fact>> all_facts(const ToolContext& context) {
  return facts_of(TRY(context.records.all(kMemoryCollection)), context.clock.now());
}

// All facts that have one of the telling words, best first.
Result<std::vector<Fact>> candidates(const ToolContext& context, const Words& words) {
  return facts_of(TRY(context.records.memories_with_words(words.telling(), kCandidates)), context.clock.now());
}

// Those that have all of the words.
Result<std::vector<Fact>> facts_about(const ToolContext& context, std::string_view about) {
  const Words words(about);
  std::vector<Fact> found = TRY(candidates(context, words));
  std::erase_if(found, [&](const Fact& fact) { return match(words, Words(fact.text)) < Match::kWords; });
  return found;
}

Result<Fact> fact_with_id(const ToolContext& context, const std::string& id) {
  const std::optional<Json> record = TRY(context.records.find(kMemoryCollection, id));
  if (!record) return Error{ErrorKind::kNotFound, fmt::format("There is no fact {}.", shown_line(id, 40))};
  return fact_from_json(id, *record);
}

std::string as_sentence(std::string_view fact) {
  std::string text = told_to_owner(fact);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return sentence(text);
}

void refer_to(Outcome& outcome, const Fact& fact) {
  outcome.references.push_back({"fact", fact.key, fact.text});
}

// The facts as lines, and as the result.
Outcome shown(const std::vector<Fact>& facts) {
  Outcome outcome;
  outcome.result["facts"] = Json::array();
  for (const Fact& fact : facts) {
    Json json = fact_json(fact);
    json["id"] = fact.key;
    outcome.result["facts"].push_back(std::move(json));
    if (outcome.references.size() == kMaxShown) continue;
    if (!outcome.reply.empty()) outcome.reply += '\n';
    outcome.reply += as_sentence(fact.text);
    refer_to(outcome, fact);
  }
  if (facts.size() > kMaxShown) outcome.reply += fmt::format("\nAnd {} more.", facts.size() - kMaxShown);
  return outcome;
}

// ---- remember

// A key that no fact has: the time, so that keys sort by it.
Result<std::string> free_key(const ToolContext& context, const std::set<std::string>& taken) {
  int64_t number = context.clock.now().time_since_epoch().count();
  while (true) {
    std::string key = fmt::format("{}", number++);
    if (!taken.contains(key) && !TRY(context.records.find(kMemoryCollection, key))) return key;
  }
}

// The end of a day, or the time.
Result<Moment> end_of(const ToolContext& context, const std::string& until) {
  LocalSeconds local = TRY(parse_iso_local(until));
  if (until.size() <= 10) local += std::chrono::days{1};
  const Moment moment = context.zone.to_moment(local);
  if (moment > context.clock.now()) return moment;
  return Error{ErrorKind::kInvalidArgument, "That is over already, so there is nothing to remember."};
}

// What was remembered only until now goes with the next change.
Result<void> drop_expired(const ToolContext& context, Outcome& outcome) {
  for (const auto& [key, value] : TRY(context.records.all("memory_expiry"))) {
    const int64_t expires = value.is_number_integer() ? value.get<int64_t>() : 0;
    if (Moment{std::chrono::milliseconds{expires}} > context.clock.now()) continue;
    outcome.changes.push_back(SetRecord{"memory_expiry", key, value, std::nullopt});
    const std::optional<Json> fact = TRY(context.records.find(kMemoryCollection, key));
    if (fact) outcome.changes.push_back(SetRecord{kCollection, key, fact, std::nullopt});
  }
  return {};
}

Result<Outcome> plan_remember(const ToolContext& context, const Json& arguments) {
  const std::string text = arguments["fact"];
  const std::string source = arguments.value("source", text);
  Fact fact = TRY(new_fact(text, {source, context.clock.now()}));
  if (arguments.contains("until")) fact.expires = TRY(end_of(context, arguments["until"]));
  Outcome outcome;
  const Words words(fact.text);
  std::optional<Fact> older;
  for (Fact& other : TRY(candidates(context, words))) {
    if (other.text == fact.text && other.expires == fact.expires) {
      outcome = shown({other});
      outcome.reply = fmt::format("I know: {}", sentence(told_to_owner(fact.text)));
      return outcome;
    }
    if (!older && (other.text == fact.text || facts_conflict(fact, other))) older = std::move(other);
  }
  TRY(drop_expired(context, outcome));
  fact.key = older ? older->key : TRY(free_key(context, {}));
  const std::optional<Json> before =
      older ? TRY(context.records.find(kMemoryCollection, fact.key)) : std::optional<Json>();
  outcome.result = fact_json(fact);
  outcome.result["id"] = fact.key;
  outcome.reply = fmt::format("Remembered: {}", sentence(told_to_owner(fact.text)));
  if (older && older->text != fact.text) {
    outcome.reply += fmt::format(" Before, it was: {}", sentence(told_to_owner(older->text)));
    outcome.result["replaced"] = older->text;
  }
  if (fact.expires) {
    const LocalSeconds end = context.zone.to_local(std::chrono::floor<std::chrono::seconds>(*fact.expires));
    const LocalSeconds now = context.zone.to_local(context.clock.now());
    outcome.reply += fmt::format(" Until {}.", say_time(end, now, Say::kWritten));
  }
  refer_to(outcome, fact);
  outcome.changes.push_back(SetRecord{kCollection, fact.key, before, fact_json(fact)});
  const std::optional<Json> expiry = TRY(context.records.find("memory_expiry", fact.key));
  std::optional<Json> new_expiry;
  if (fact.expires) new_expiry = Json(fact.expires->time_since_epoch().count());
  if (expiry != new_expiry) outcome.changes.push_back(SetRecord{"memory_expiry", fact.key, expiry, new_expiry});
  return outcome;
}

// ---- asking

Result<Outcome> plan_recall(const ToolContext& context, const Json& arguments) {
  const std::string about = arguments["about"];
  Outcome outcome = shown(TRY(facts_about(context, about)));
  if (outcome.reply.empty()) {
    outcome.reply = fmt::format("I remember nothing about {}.", told_to_owner(shown_line(about, 100)));
  }
  return outcome;
}

// kInvalidArgument: none of the facts answers.
Result<Outcome> plan_answer(const ToolContext& context, const Json& arguments) {
  const std::string question = arguments["question"];
  std::vector<Fact> found = TRY(facts_about(context, question));
  const std::string subject = subject_of(question + " is");
  const auto is_about = [&](const Fact& fact) { return !subject.empty() && subject_of(fact.text) == subject; };
  if (std::any_of(found.begin(), found.end(), is_about))
    std::erase_if(found, [&](auto& one) { return !is_about(one); });
  // One word that a fact has somewhere is not enough: "what is the weather" and "the weather station is in the garden".
  const Words words(question);
  std::erase_if(found, [&](const Fact& fact) {
    const std::vector<std::string> all = Words(fact.text).all();
    return words.telling().size() == 1 && !is_about(fact) && all.back() != words.telling().front();
  });
  if (found.empty() || found.size() > kMaxAnswers) {
    return Error{ErrorKind::kInvalidArgument, "Nothing that I remember answers that."};
  }
  return shown(found);
}

Result<Outcome> plan_list(const ToolContext& context, const Json&) {
  std::vector<Fact> facts = TRY(all_facts(context));
  std::reverse(facts.begin(), facts.end());  // newest first
  Outcome outcome = shown(facts);
  if (outcome.reply.empty()) outcome.reply = "I remember nothing yet: say \"remember that ...\".";
  return outcome;
}

Result<Outcome> plan_why(const ToolContext& context, const Json& arguments) {
  const Fact fact = TRY(fact_with_id(context, arguments["id"]));
  Outcome outcome = shown({fact});
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  const std::string when = say_time(context.zone.to_local(fact.origin.learnt), now, Say::kWritten);
  outcome.reply = fact.origin.source == "import" ? fmt::format("You imported it, {}.", when)
                                                 : fmt::format("You said {}: \"{}\".", when, fact.origin.source);
  return outcome;
}

// ---- changing

Result<Outcome> plan_edit(const ToolContext& context, const Json& arguments) {
  const Fact old = TRY(fact_with_id(context, arguments["id"]));
  const std::string text = arguments["fact"];
  Fact fact = TRY(new_fact(text, {arguments.value("source", text), context.clock.now()}));
  fact.key = old.key;
  fact.expires = old.expires;
  Outcome outcome = shown({fact});
  outcome.reply = fmt::format("Remembered: {} Before, it was: {}", sentence(told_to_owner(fact.text)),
                              sentence(told_to_owner(old.text)));
  outcome.changes.push_back(
      SetRecord{kCollection, fact.key, TRY(context.records.find(kMemoryCollection, fact.key)), fact_json(fact)});
  return outcome;
}

Result<Outcome> plan_forget(const ToolContext& context, const Json& arguments) {
  std::vector<Fact> facts;
  if (arguments.contains("id")) facts.push_back(TRY(fact_with_id(context, arguments["id"])));
  if (arguments.contains("about")) {
    const std::string about = arguments["about"];
    for (Fact& fact : TRY(facts_about(context, about))) facts.push_back(std::move(fact));
    if (facts.empty()) {
      return Error{ErrorKind::kNotFound,
                   fmt::format("I remember nothing about {}.", told_to_owner(shown_line(about, 100)))};
    }
  }
  if (facts.empty()) return Error{ErrorKind::kInvalidArgument, "Say which fact: its id, or what it is about."};
  Outcome outcome;
  std::set<std::string> seen;
  for (const Fact& fact : facts) {
    if (!seen.insert(fact.key).second) continue;
    outcome.reply +=
        fmt::format("{}Forgotten: {}", outcome.reply.empty() ? "" : "\n", sentence(told_to_owner(fact.text)));
    const std::optional<Json> record = TRY(context.records.find(kMemoryCollection, fact.key));
    outcome.changes.push_back(SetRecord{kCollection, fact.key, record, std::nullopt});
    const std::optional<Json> expiry = TRY(context.records.find("memory_expiry", fact.key));
    if (expiry) outcome.changes.push_back(SetRecord{"memory_expiry", fact.key, expiry, std::nullopt});
  }
  outcome.reply += " For ten minutes it can be undone.";
  outcome.result["forgotten"] = seen.size();
  return outcome;
}

// ---- JSON Lines

Result<Outcome> plan_export(const ToolContext& context, const Json&) {
  Outcome outcome;
  for (const Fact& fact : TRY(all_facts(context))) {
    if (!outcome.reply.empty()) outcome.reply += '\n';
    outcome.reply += to_json_text(fact_json(fact));
  }
  if (outcome.reply.empty()) outcome.spoken = "There are no facts.";
  return outcome;
}

Result<Outcome> plan_import(const ToolContext& context, const Json& arguments) {
  const std::filesystem::path path = arguments["path"].get<std::string>();
  std::string text = TRY(read_file(path, kMaxImport_bytes));
  Outcome outcome;
  std::set<std::string> known;
  for (const Fact& fact : TRY(all_facts(context))) known.insert(fact.text);
  std::set<std::string> keys;
  size_t line_number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line_number;
    if (line.empty()) continue;
    const std::string where = fmt::format("{}, line {}", path.string(), line_number);
    const Json json = TRY(parse_json(line).context(where));
    Fact fact = TRY(fact_from_json("", json).context(where));
    if (fact.is_expired(context.clock.now()) || !known.insert(fact.text).second) continue;
    if (keys.size() == kMaxFacts)
      return Error{ErrorKind::kExhausted, fmt::format("{}: more than {} facts", where, kMaxFacts)};
    fact.key = TRY(free_key(context, keys));
    keys.insert(fact.key);
    outcome.changes.push_back(SetRecord{kCollection, fact.key, std::nullopt, fact_json(fact)});
    if (!fact.expires) continue;
    outcome.changes.push_back(
        SetRecord{"memory_expiry", fact.key, std::nullopt, Json(fact.expires->time_since_epoch().count())});
  }
  outcome.result["imported"] = keys.size();
  outcome.reply = fmt::format("Imported {}.", say_count(keys.size(), "fact"));
  return outcome;
}

constexpr const char* kRemember = R"({
  "type": "object",
  "properties": {
    "fact": {"type": "string", "minLength": 1, "maxLength": 1000,
             "description": "what to remember, in the owner's words"},
    "until": {"type": "string", "format": "date-or-time", "description": "when it stops to be true"},
    "source": {"type": "string", "maxLength": 2000, "description": "the owner's whole sentence"}
  },
  "required": ["fact"],
  "additionalProperties": false
})";

constexpr const char* kAbout = R"({
  "type": "object",
  "properties": {"about": {"type": "string", "minLength": 1, "maxLength": 200}},
  "required": ["about"],
  "additionalProperties": false
})";

constexpr const char* kQuestion = R"({
  "type": "object",
  "properties": {
    "question": {"type": "string", "minLength": 1, "maxLength": 200, "description": "what is asked for: my wifi code"}
  },
  "required": ["question"],
  "additionalProperties": false
})";

constexpr const char* kId = R"({
  "type": "object",
  "properties": {"id": {"type": "string", "maxLength": 40}},
  "required": ["id"],
  "additionalProperties": false
})";

constexpr const char* kEdit = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 40},
    "fact": {"type": "string", "minLength": 1, "maxLength": 1000},
    "source": {"type": "string", "maxLength": 2000}
  },
  "required": ["id", "fact"],
  "additionalProperties": false
})";

constexpr const char* kForget = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 40},
    "about": {"type": "string", "minLength": 1, "maxLength": 200, "description": "words that the facts have"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kPath = R"({
  "type": "object",
  "properties": {"path": {"type": "string", "minLength": 1, "maxLength": 4096, "description": "a file of JSON Lines"}},
  "required": ["path"],
  "additionalProperties": false
})";

constexpr const char* kNothing =
    R"({"type": "object", "properties": {}, "required": [], "additionalProperties": false})";

constexpr Action reading(const char* name, const char* summary, const char* parameters,
                         Result<Outcome> (*plan)(const ToolContext&, const Json&)) {
  return {name, summary, Effect::kPure, reads(kOwnRecords), parameters, plan, nullptr};
}

constexpr Action changing(const char* name, const char* summary, const char* parameters,
                          Result<Outcome> (*plan)(const ToolContext&, const Json&)) {
  return {name, summary, Effect::kIdempotent, keeps(kOwnRecords), parameters, plan, nullptr, Trace::kSealed};
}

constexpr Action kActions[] = {
    changing("remember", "Remember a fact", kRemember, plan_remember),
    reading("recall", "Say what is remembered about something", kAbout, plan_recall),
    reading("answer", "Answer a question by what is remembered", kQuestion, plan_answer),
    reading("list", "List all that is remembered", kNothing, plan_list),
    reading("why", "Say where a fact comes from", kId, plan_why),
    changing("edit", "Change a fact", kEdit, plan_edit),
    changing("forget", "Forget facts", kForget, plan_forget),
    reading("export", "Print all facts as JSON Lines", kNothing, plan_export),
    changing("import", "Add the facts of a file of JSON Lines", kPath, plan_import),
};

}  // namespace

std::string told_to_owner(std::string_view fact) {
  constexpr std::array<std::array<std::string_view, 2>, 10> kYours{{{"my", "your"},
                                                                    {"mine", "yours"},
                                                                    {"i", "you"},
                                                                    {"me", "you"},
                                                                    {"am", "are"},
                                                                    {"myself", "yourself"},
                                                                    {"i'm", "you're"},
                                                                    {"i've", "you've"},
                                                                    {"i'd", "you'd"},
                                                                    {"i'll", "you'll"}}};
  std::string told;
  while (!fact.empty()) {
    const size_t end = std::min(fact.find(' '), fact.size());
    const std::string_view word = fact.substr(0, end);
    std::string lower(word);
    for (char& letter : lower) letter = static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
    const auto found = std::find_if(kYours.begin(), kYours.end(), [&](const auto& row) { return row[0] == lower; });
    told += found == kYours.end() ? word : (*found)[1];
    if (end < fact.size()) told += ' ';
    fact.remove_prefix(std::min(end + 1, fact.size()));
  }
  return told;
}

bool tells_fact(std::string_view text) {
  return !text.ends_with('?') && !subject_of(text).empty();
}

const Tool kMemoryTool = {"memory", "Facts that the owner told to be remembered", kActions, kMemorySentences};

}  // namespace favilla
