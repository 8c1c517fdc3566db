// The actions of `phrases`.
#include "tools/builtin/phrases/phrases.h"

#include <fmt/format.h>

#include <map>

#include "tools/match.h"

namespace favilla {

extern const char kPhrasesSentences[];

namespace {

constexpr std::string_view kCollection = "phrase";
constexpr size_t kMaxPhrases = 1000;

// The key of a phrase's record: its words. Empty for a text without any.
std::string key_of(std::string_view phrase) {
  return fmt::format("{}", fmt::join(Words(phrase).all(), " "));
}

std::vector<std::string> sentences_in(const Json& record) {
  std::vector<std::string> sentences;
  for (const Json& sentence : record.value("sentences", Json::array())) {
    if (sentence.is_string()) sentences.push_back(sentence.get<std::string>());
  }
  return sentences;
}

// Cuts at semicolons; parts without words are left out.
std::vector<std::string> split_sentences(std::string_view text) {
  std::vector<std::string> sentences;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (key_of(part).empty()) continue;
    const size_t begin = part.find_first_not_of(' ');
    sentences.emplace_back(part.substr(begin, part.find_last_not_of(' ') + 1 - begin));
  }
  return sentences;
}

// All phrases by key, with the keys of their sentences.
using PhraseGraph = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> keys_of(const std::vector<std::string>& sentences) {
  std::vector<std::string> keys;
  for (const std::string& sentence : sentences) keys.push_back(key_of(sentence));
  return keys;
}

// How many phrases follow from one another, `key` included; more than kMaxPhraseDepth are not counted.
size_t depth_of(const PhraseGraph& phrases, const std::string& key, size_t above = 0) {
  const auto phrase = phrases.find(key);
  if (phrase == phrases.end()) return above;
  if (above == kMaxPhraseDepth) return above + 1;
  size_t deepest = above + 1;
  for (const std::string& next : phrase->second) deepest = std::max(deepest, depth_of(phrases, next, above + 1));
  return deepest;
}

// Whether the phrase `key` is among what follows from the sentence `from`.
bool leads_to(const PhraseGraph& phrases, const std::string& from, const std::string& key, size_t depth = 0) {
  if (from == key) return true;
  const auto phrase = phrases.find(from);
  if (phrase == phrases.end() || depth > kMaxPhraseDepth) return false;
  return std::any_of(phrase->second.begin(), phrase->second.end(),
                     [&](const std::string& next) { return leads_to(phrases, next, key, depth + 1); });
}

// Refuses what could not be said to its end: a phrase that stands for itself, and chains that are too long.
Result<void> check_chain(const ToolContext& context, const std::string& phrase, const std::string& key,
                         const std::vector<std::string>& sentences) {
  PhraseGraph phrases;
  for (const auto& [other, record] : TRY(context.records.all(kCollection))) {
    phrases[other] = keys_of(sentences_in(record));
  }
  if (!phrases.contains(key) && phrases.size() >= kMaxPhrases) {
    return Error{ErrorKind::kExhausted, fmt::format("There are {} phrases already; forget one first.", kMaxPhrases)};
  }
  for (const std::string& sentence : sentences) {
    if (leads_to(phrases, key_of(sentence), key)) {
      return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" would stand for itself.", phrase)};
    }
  }
  phrases[key] = keys_of(sentences);
  for (const auto& [other, next] : phrases) {
    if (depth_of(phrases, other) > kMaxPhraseDepth) {
      return Error{ErrorKind::kInvalidArgument,
                   fmt::format("More than {} phrases would follow from one another.", kMaxPhraseDepth)};
    }
  }
  return {};
}

std::string shown(const std::vector<std::string>& sentences) {
  return fmt::format("{}", fmt::join(sentences, "; "));
}

Result<Outcome> plan_teach(const ToolContext& context, const Json& arguments) {
  const std::string phrase = arguments["phrase"];
  const std::string key = key_of(phrase);
  const std::vector<std::string> sentences = split_sentences(arguments["sentence"].get<std::string>());
  if (key.empty()) return Error{ErrorKind::kInvalidArgument, "The phrase has no words."};
  if (sentences.empty()) return Error{ErrorKind::kInvalidArgument, "The sentence has no words."};
  if (sentences.size() > kMaxPhraseSentences) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("A phrase can stand for {} sentences, not for {}.",
                                                          kMaxPhraseSentences, sentences.size())};
  }
  TRY(check_chain(context, phrase, key, sentences));
  const std::optional<Json> before = TRY(context.records.find(kCollection, key));
  Outcome outcome;
  Json record{{"phrase", phrase}, {"sentences", sentences}};
  outcome.result = record;
  outcome.reply = fmt::format("\"{}\" now means: {}.", phrase, shown(sentences));
  outcome.spoken = fmt::format("All right. When you say {}, I will {}.", phrase, fmt::join(sentences, ", then "));
  if (before && before != record) outcome.reply += fmt::format(" It meant: {}.", shown(sentences_in(*before)));
  if (before != record) outcome.changes.push_back(SetRecord{std::string(kCollection), key, before, std::move(record)});
  return outcome;
}

Result<Outcome> plan_forget(const ToolContext& context, const Json& arguments) {
  const std::string phrase = arguments["phrase"];
  const std::string key = key_of(phrase);
  const std::optional<Json> before = TRY(context.records.find(kCollection, key));
  if (!before) return Error{ErrorKind::kNotFound, fmt::format("There is no phrase \"{}\".", phrase)};
  Outcome outcome;
  outcome.result = *before;
  outcome.reply =
      fmt::format("Forgot \"{}\", which meant: {}.", before->value("phrase", phrase), shown(sentences_in(*before)));
  outcome.spoken = fmt::format("I have forgotten {}.", before->value("phrase", phrase));
  outcome.changes.push_back(SetRecord{std::string(kCollection), key, before, std::nullopt});
  return outcome;
}

Result<Outcome> plan_list(const ToolContext& context, const Json&) {
  Outcome outcome;
  outcome.result["phrases"] = Json::array();
  std::vector<std::string> names;
  for (const auto& [key, record] : TRY(context.records.all(kCollection))) {
    names.push_back(record.value("phrase", key));
    if (!outcome.reply.empty()) outcome.reply += '\n';
    outcome.reply += fmt::format("{}: {}", names.back(), shown(sentences_in(record)));
    outcome.result["phrases"].push_back(record);
  }
  if (names.empty()) outcome.reply = "No phrase was taught yet.";
  if (!names.empty()) outcome.spoken = fmt::format("I know {}.", fmt::join(names, ", "));
  return outcome;
}

constexpr const char* kTeach = R"({
  "type": "object",
  "properties": {
    "phrase": {"type": "string", "minLength": 1, "maxLength": 100, "description": "what will be said"},
    "sentence": {"type": "string", "minLength": 1, "maxLength": 1000, "question": "What should it mean?",
                 "description": "what that means; several sentences are separated by semicolons"}
  },
  "required": ["phrase", "sentence"],
  "additionalProperties": false
})";

constexpr const char* kForget = R"({
  "type": "object",
  "properties": {"phrase": {"type": "string", "minLength": 1, "maxLength": 100}},
  "required": ["phrase"],
  "additionalProperties": false
})";

constexpr const char* kNothing =
    R"({"type": "object", "properties": {}, "required": [], "additionalProperties": false})";

constexpr Action kActions[] = {
    {"teach", "Let a phrase stand for a sentence", Effect::kIdempotent, keeps(kOwnRecords), kTeach, plan_teach,
     nullptr},
    {"forget", "Forget a phrase", Effect::kIdempotent, keeps(kOwnRecords), kForget, plan_forget, nullptr},
    {"list", "List the phrases that were taught", Effect::kPure, reads(kOwnRecords), kNothing, plan_list, nullptr},
};

}  // namespace

Result<std::optional<std::vector<std::string>>> sentences_of_phrase(const Records& records, std::string_view phrase) {
  using Found = std::optional<std::vector<std::string>>;
  const std::string key = key_of(phrase);
  if (key.empty()) return Found{};
  const std::optional<Json> record = TRY(records.find(kCollection, key));
  return record ? Found(sentences_in(*record)) : Found{};
}

const Tool kPhrasesTool = {"phrases", "The owner's own phrases for longer requests", kActions, kPhrasesSentences};

}  // namespace favilla
