// See values.h. Weights are set by hand: what stands next to a value says most, then how it is written.
#include "assistant/agent/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "assistant/agent/time_text.h"

namespace favilla {
namespace {

constexpr size_t kMaxSpanWords = 7;
constexpr size_t kMaxQuotation_bytes = 400;

// Words before a value that say which role it has, and words of names of parameters with that role.
struct RoleCue {
  std::string_view before;
  std::array<std::string_view, 12> names;
};
constexpr RoleCue kRoleCues[] = {
    {"in", {"location", "city", "country", "place", "region", "state", "area", "language", "category", "field"}},
    {"at", {"location", "place", "venue", "address", "hotel", "restaurant", "site", "price"}},
    {"near", {"location", "city", "place", "address", "area"}},
    {"from", {"from", "origin", "source", "departure", "start", "sender", "begin", "country", "location"}},
    {"to", {"to", "destination", "target", "end", "recipient", "receiver", "arrival", "new", "language"}},
    {"into", {"to", "target", "language", "destination"}},
    {"by", {"by", "author", "artist", "creator", "director", "writer", "publisher", "composer", "singer"}},
    {"about", {"topic", "subject", "query", "keyword", "keywords", "about", "theme", "search"}},
    {"on", {"topic", "subject", "query", "keyword", "keywords", "date", "day", "platform", "device"}},
    {"for", {"query", "keyword", "keywords", "location", "city", "country", "person", "purpose", "subject", "company"}},
    {"of", {"location", "city", "country", "company", "topic", "subject", "person", "product", "item"}},
    {"with", {"attendees", "participants", "doctor", "person", "guest", "contact", "password"}},
    {"called", {"name", "title"}},
    {"named", {"name", "title"}},
    {"titled", {"title", "name"}},
};

constexpr std::array<std::string_view, 8> kLongTextNames = {"body", "content", "description", "message",
                                                            "note", "query",   "text",        "question"};
constexpr std::array<std::string_view, 7> kIdNames = {"id", "code", "key", "token", "uuid", "serial", "isbn"};
constexpr std::array<std::string_view, 8> kDigitNames = {"number", "phone",  "zip",  "year",
                                                         "pin",    "amount", "date", "time"};

// Of what is written with letters and digits, such as PX9020; and of what is never written so.
constexpr std::array<std::string_view, 14> kCodeNames = {"id",    "code",   "key",     "number",   "reference",
                                                         "ref",   "ticket", "invoice", "tracking", "sku",
                                                         "plate", "flight", "serial",  "account"};
constexpr std::array<std::string_view, 10> kNoCodeNames = {"address", "city",   "country", "location", "person",
                                                           "author",  "artist", "reason",  "language", "subject"};

constexpr std::array<std::string_view, 2> kMailNames = {"email", "mail"};
constexpr std::array<std::string_view, 3> kLinkNames = {"link", "url", "website"};

template <size_t kCount>
bool has_any(const Parameter& parameter, const std::array<std::string_view, kCount>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return parameter.has_word(word); });
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word;
  return text;
}

bool names_parameter(const TextWord& word, const Parameter& parameter) {
  return parameter.name_stems.contains(word.stem) || word.folded == joined(parameter.words) ||
         parameter.has_word(word.folded);
}

// What stands before and after words first..last.
double neighbours(const Parameter& parameter, const SaidText& said, size_t first, size_t last) {
  double evidence = 0;
  for (size_t back = 1; back <= 4 && back <= first; ++back) {
    const TextWord& word = said.words[first - back];
    if (names_parameter(word, parameter)) {
      evidence += 3.0 - 0.5 * static_cast<double>(back - 1);
      break;
    }
    if (!word.is_stop && parameter.note_stems.contains(word.stem)) {
      evidence += 1.2 - 0.2 * static_cast<double>(back - 1);
      break;
    }
    const bool links = word.is_stop || word.folded == "=" || word.folded == "named" || word.folded == "called";
    if (!links || said.words[first - back + 1].begins_sentence) break;
  }
  if (first > 0 && !said.words[first].begins_sentence) {
    const bool article = said.words[first - 1].folded == "the" || said.words[first - 1].folded == "a";
    const size_t before = article && first > 1 ? first - 2 : first - 1;
    for (const RoleCue& cue : kRoleCues) {
      if (said.words[before].folded == cue.before && has_any(parameter, cue.names)) evidence += 1.6;
    }
  }
  if (last + 1 < said.words.size() && said.words[last + 1].joined) {
    const TextWord& after = said.words[last + 1];
    if (names_parameter(after, parameter)) evidence += 1.8;
  }
  return evidence;
}

// The assistant has just asked for it, and this is the answer.
double answers_question(const Parameter& parameter, const SaidText& said) {
  if (said.answers.empty()) return 0;
  for (const TextWord& word : words_of(said.answers)) {
    if (names_parameter(word, parameter)) return said.words.size() <= 6 ? 2.0 : 0.5;
  }
  return 0;
}

bool is_quoted(const SaidText& said, size_t from, size_t to) {
  return from > 0 && to < said.text.size() &&
         std::string_view("\"'`").find(said.text[from - 1]) != std::string_view::npos &&
         said.text[from - 1] == said.text[to];
}

double like_examples(const Parameter& parameter, std::string_view text, bool capital) {
  if (parameter.examples.empty()) return 0;
  const std::string folded = fold_case(text);
  bool all_capital = true;
  for (const std::string& example : parameter.examples) {
    if (fold_case(example) == folded) return 4.0;
    all_capital = all_capital && std::isupper(static_cast<unsigned char>(example.front())) != 0;
  }
  return all_capital == capital ? 0.4 : -0.4;
}

// Letters and digits in one word: "PX9020", "bk-2815", but no "7pm" and no "3rd".
bool is_code(const TextWord& word, std::string_view text) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  if (!word.has_digit || std::none_of(text.begin(), text.end(), is_letter)) return false;
  return is_letter(text.front()) || std::count_if(text.begin(), text.end(), is_digit) > 2;
}

// How words first..last are written, whatever stands around them.
double shape(const Parameter& parameter, const SaidText& said, size_t first, size_t last,
             const std::set<std::string>& tool_stems) {
  double evidence = 0;
  size_t capitals = 0, of_tool = 0, of_name = 0, digits = 0, stops = 0;
  for (size_t i = first; i <= last; ++i) {
    const TextWord& word = said.words[i];
    capitals += word.capital && !(word.begins_sentence && i == first) ? 1 : 0;
    of_tool += tool_stems.contains(word.stem) ? 1 : 0;
    of_name += parameter.name_stems.contains(word.stem) ? 1 : 0;
    digits += word.has_digit ? 1 : 0;
    stops += word.is_stop ? 1 : 0;
  }
  const auto count = static_cast<double>(last - first + 1);
  const bool proper = capitals > 0 && said.words[first].capital && said.words[last].capital;
  if (proper) evidence += 1.3;
  if (!proper) evidence -= 1.5 * static_cast<double>(of_tool) / count + 1.5 * static_cast<double>(of_name) / count;
  evidence -= 0.6 * static_cast<double>(stops);
  const bool wants_id = has_any(parameter, kIdNames);
  const std::string text = said.span(first, last);
  const bool all_digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (all_digits && !wants_id && !has_any(parameter, kDigitNames)) evidence -= 1.5;
  if (wants_id) evidence += digits > 0 ? 1.5 : -0.8;
  if (wants_id && count > 1) evidence -= 1.5;
  if (first == last && is_code(said.words[first], text)) {
    if (has_any(parameter, kCodeNames)) evidence += 1.5;
    if (has_any(parameter, kNoCodeNames)) evidence -= 1.5;
  }
  if (has_any(parameter, kMailNames)) {
    evidence += said.span(first, last).find('@') != std::string::npos && count == 1 ? 4 : -3;
  }
  if (has_any(parameter, kLinkNames)) {
    evidence += said.span(first, last).find('.') != std::string::npos && count == 1 ? 3 : -2;
  }
  const bool long_text = has_any(parameter, kLongTextNames);
  if (count > 4 && !long_text) evidence -= 0.5 * (count - 4);
  return evidence + like_examples(parameter, said.span(first, last), said.words[first].capital);
}

// A part of a name or of a phrase is less likely than the whole.
double wholeness(const SaidText& said, size_t first, size_t last) {
  double evidence = 0;
  if (first > 0 && said.words[first].joined) {
    const TextWord& before = said.words[first - 1];
    if (before.capital && said.words[first].capital && !before.begins_sentence) evidence -= 2.5;
    if (!before.is_stop) evidence -= 0.5;
    if (before.folded == "of" && first > 1 && !said.words[first - 2].is_stop) evidence -= 1.2;  // "shortness of breath"
  }
  if (last + 1 < said.words.size() && said.words[last + 1].joined) {
    const TextWord& after = said.words[last + 1];
    if (after.capital && said.words[last].capital) evidence -= 2.5;
    if (!after.is_stop) evidence -= 0.7;
    if (after.folded == "of") evidence -= 0.7;
  }
  return evidence;
}

bool may_begin_or_end(const TextWord& word) {
  return !word.is_stop || word.has_digit || (word.capital && !word.begins_sentence && word.folded != "i");
}

void add_spans(const Parameter& parameter, const Said& said, const std::set<std::string>& tool_stems,
               std::vector<ArgumentCandidate>& found) {
  for (size_t source = 0; source < said.texts().size(); ++source) {
    const SaidText& text = said.texts()[source];
    const double about_all = answers_question(parameter, text) - 0.3 * text.age;
    for (size_t first = 0; first < text.words.size(); ++first) {
      const size_t end = std::min(text.words.size(), first + kMaxSpanWords);
      for (size_t last = first; last < end && text.is_together(first, last); ++last) {
        const size_t from = text.words[first].from, to = text.words[last].to;
        const bool quoted = is_quoted(text, from, to);
        if (!quoted && !(may_begin_or_end(text.words[first]) && may_begin_or_end(text.words[last]))) continue;
        double evidence = about_all + neighbours(parameter, text, first, last);
        evidence += quoted ? 3.0 : wholeness(text, first, last);
        evidence += shape(parameter, text, first, last, tool_stems);
        const bool is_verb = first == 0 && last == 0 && !quoted && text.words.size() > 3 &&  // "Find ..."
                             text.words[1].folded != "and" && text.words[1].folded != "or";  // "cheese and ham ..."
        if (is_verb) evidence -= 2.0;
        found.push_back({text.span(first, last), text.span(first, last), evidence, source, from, to});
      }
    }
  }
}

// What stands between double quotes, whatever is in it.
void add_quotations(const Parameter& parameter, const Said& said, const std::set<std::string>& tool_stems,
                    std::vector<ArgumentCandidate>& found) {
  for (size_t source = 0; source < said.texts().size(); ++source) {
    const SaidText& text = said.texts()[source];
    for (size_t open = text.text.find('"'); open != std::string::npos;) {
      const size_t close = text.text.find('"', open + 1);
      if (close == std::string::npos) break;
      const auto inside = [&](const TextWord& word) { return word.from > open && word.to <= close; };
      const auto first = std::find_if(text.words.begin(), text.words.end(), inside);
      const auto last = std::find_if_not(first, text.words.end(), inside);
      if (first != last && close - open <= kMaxQuotation_bytes) {
        const auto begin = static_cast<size_t>(first - text.words.begin());
        const auto end = static_cast<size_t>(last - text.words.begin()) - 1;
        const std::string value = text.text.substr(open + 1, close - open - 1);
        const double evidence = 3.2 + answers_question(parameter, text) - 0.3 * text.age +
                                neighbours(parameter, text, begin, end) +
                                std::max(-1.0, shape(parameter, text, begin, end, tool_stems));
        found.push_back({value, value, evidence, source, open + 1, close});
      }
      open = text.text.find('"', close + 1);
    }
  }
}

// Stems of `listed` that the text says.
std::set<std::string> said_stems(const ListedValue& listed, const SaidText& text) {
  std::set<std::string> hits;
  for (const TextWord& word : text.words) {
    if (listed.stems.contains(word.stem)) hits.insert(word.stem);
  }
  return hits;
}

// Things of the parameter's kind that a system message lists and the user names, at least by half of their words,
// unless that half is another thing's whole name. True when other texts need not be looked at: one is named wholly, or
// the parameter is optional and other words than those listed are no value of it (of "the hallway light", when a light
// has that name and no area is called so).
bool add_listed(const Parameter& parameter, const Said& said, std::vector<ArgumentCandidate>& found) {
  if (parameter.words.empty()) return false;
  const std::string stem = word_stem(parameter.words.back());
  bool is_settled = false;
  for (const ListedValue& listed : said.listed()) {
    if (listed.key_stem != stem) continue;
    is_settled = is_settled || !parameter.required;
    double evidence = 0;
    for (const SaidText& text : said.texts()) {
      const std::set<std::string> hits = said_stems(listed, text);
      const double share = static_cast<double>(hits.size()) / static_cast<double>(listed.stems.size());
      const bool is_other = share < 1 && std::any_of(said.listed().begin(), said.listed().end(),
                                                     [&](const ListedValue& other) { return other.stems == hits; });
      if (share < 0.5 || is_other) continue;
      is_settled = is_settled || share == 1;
      evidence = std::max(evidence, 5.0 * share - 1.0 + 0.5 * static_cast<double>(hits.size()) - 0.3 * text.age);
    }
    if (evidence > 0) {
      found.push_back({listed.value, listed.value, evidence, ArgumentCandidate::kElsewhere, 0, 0});
    }
  }
  return is_settled;
}

std::optional<double> to_double(std::string_view digits) {
  double value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

double number_of(const Entity& entity, const Parameter& parameter) {
  if (entity.kind == EntityKind::kDuration) {
    if (parameter.mentions("hours") || parameter.mentions("hour")) return entity.seconds / 3600;
    if (parameter.mentions("minutes") || parameter.mentions("minute")) return entity.seconds / 60;
    if (parameter.mentions("days") || parameter.mentions("day")) return entity.seconds / 86400;
    if (parameter.mentions("seconds") || parameter.mentions("second")) return entity.seconds;
    return std::nan("");
  }
  const double value = to_double(entity.number).value_or(std::nan(""));
  const bool share = parameter.mentions("probability") || parameter.mentions("fraction");
  return entity.kind == EntityKind::kPercentage && share ? value / 100 : value;
}

// 0 to 100, as percentages are.
bool is_share(const Json& schema) {
  return schema.value("minimum", Json()) == Json(0) && schema.value("maximum", Json()) == Json(100);
}

// 60 of "minutes"; 0 of what is no unit of time.
double seconds_of_unit(std::string_view word) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"second", 1}, {"minute", 60}, {"min", 60}, {"hour", 3600}, {"day", 86400}, {"week", 604800}};
  if (word.ends_with('s')) word.remove_suffix(1);
  for (const auto& [name, seconds] : kUnits) {
    if (word == name) return seconds;
  }
  return 0;
}

void add_number(const Parameter& parameter, const Said& said, size_t source, size_t from, size_t to, double value,
                const std::string& unit, std::vector<ArgumentCandidate>& found) {
  const SaidText& text = said.texts()[source];
  const bool whole = std::floor(value) == value && std::abs(value) < 1e15;
  if (!std::isfinite(value) || (parameter.kind == Parameter::Kind::kInteger && !whole)) return;
  const auto first = std::find_if(text.words.begin(), text.words.end(), [&](const TextWord& w) { return w.to > from; });
  if (first == text.words.end()) return;
  auto last = first;
  while (last + 1 != text.words.end() && (last + 1)->from < to) ++last;
  double evidence = 0.5 + answers_question(parameter, text) - 0.3 * text.age;
  evidence += neighbours(parameter, text, static_cast<size_t>(first - text.words.begin()),
                         static_cast<size_t>(last - text.words.begin()));
  const bool speaks_of_unit =
      !unit.empty() && (parameter.mentions(unit) || (unit == "percentage" && is_share(parameter.schema)));
  if (speaks_of_unit) evidence += 1.5;
  const bool is_year = whole && value >= 1500 && value <= 2200 && unit.empty();
  if (parameter.has_word("year")) evidence += is_year ? 2.5 : -2;
  const Json json = whole ? Json(static_cast<int64_t>(value)) : Json(value);
  found.push_back({json, text.text.substr(from, to - from), evidence, source, from, to});
}

void add_numbers(const Parameter& parameter, const Said& said, std::vector<ArgumentCandidate>& found) {
  for (size_t source = 0; source < said.texts().size(); ++source) {
    const SaidText& text = said.texts()[source];
    bool is_duration = false;  // "15 minutes" of a parameter in seconds: 900, and not 15
    for (const Entity& entity : text.entities) {
      std::string unit = entity.kind == EntityKind::kPercentage ? "percentage" : entity.unit;
      const bool is_number = !entity.number.empty() && entity.kind != EntityKind::kBoolean;
      if (!is_number && entity.kind != EntityKind::kDuration) continue;
      if (entity.kind == EntityKind::kDuration && parameter.has_word("seconds")) {
        unit = "seconds";
        is_duration = true;
      }
      add_number(parameter, said, source, entity.from, entity.to, number_of(entity, parameter), unit, found);
    }
    if (is_duration) continue;
    // Digits that are a part of something else ("74-year-old", the year of a date) or of nothing known.
    for (size_t i = 0; i < text.words.size(); ++i) {
      const TextWord& word = text.words[i];
      size_t end = word.from;
      while (end < word.to && (std::isdigit(static_cast<unsigned char>(text.text[end])) != 0 ||
                               (text.text[end] == '.' && end + 1 < word.to)))
        ++end;
      const std::optional<double> value = to_double(std::string_view(text.text).substr(word.from, end - word.from));
      if (!value) continue;
      // "After 35 minutes" is a time; for seconds it says how many all the same.
      const double unit =
          parameter.has_word("seconds") && i + 1 < text.words.size() ? seconds_of_unit(text.words[i + 1].folded) : 0;
      add_number(parameter, said, source, word.from, end, unit > 0 ? *value * unit : *value, {}, found);
    }
  }
}

void add_times(const Parameter& parameter, const Said& said, std::vector<ArgumentCandidate>& found) {
  for (size_t source = 0; source < said.texts().size(); ++source) {
    const SaidText& text = said.texts()[source];
    for (const Entity& entity : text.entities) {
      for (const TimeValue& value : time_values(entity, parameter)) {
        const auto word =
            std::find_if(text.words.begin(), text.words.end(), [&](const TextWord& w) { return w.to > entity.from; });
        if (word == text.words.end()) continue;
        const auto at = static_cast<size_t>(word - text.words.begin());
        const double evidence = 2.2 + value.evidence + answers_question(parameter, text) - 0.3 * text.age +
                                neighbours(parameter, text, at, at);
        // Both ends of a range come from the same words, so that they do not exclude each other.
        const size_t middle = (entity.from + entity.to) / 2;
        const size_t from = value.is_end ? middle : entity.from;
        const size_t to = value.is_start ? middle : entity.to;
        found.push_back(
            {value.text, text.text.substr(entity.from, entity.to - entity.from), evidence, source, from, to});
      }
    }
  }
}

// A choice whose words the user says.
void add_choices(const Parameter& parameter, const Said& said, std::vector<ArgumentCandidate>& found) {
  const Json& schema = parameter.schema;
  const Json values = schema.contains("enum") ? schema["enum"] : Json::array({schema["const"]});
  for (size_t choice = 0; choice < parameter.choices.size() && choice < values.size(); ++choice) {
    std::set<std::string> stems = identifier_stems(parameter.choices[choice]);
    if (stems.empty()) stems.insert(fold_case(parameter.choices[choice]));
    double evidence = values.size() == 1 && parameter.required ? 3.0 : -1.0;
    for (const SaidText& text : said.texts()) {
      size_t hits = 0;
      for (const std::string& stem : stems) {
        const bool has = std::any_of(text.words.begin(), text.words.end(),
                                     [&](const TextWord& word) { return word.stem == stem || word.folded == stem; });
        hits += has ? 1 : 0;
      }
      const double share = static_cast<double>(hits) / static_cast<double>(stems.size());
      if (hits > 0) evidence = std::max(evidence, 4.0 * share - 0.5 - 0.3 * text.age);
    }
    found.push_back({values[choice], parameter.choices[choice], evidence, ArgumentCandidate::kElsewhere, 0, 0});
  }
}

void add_boolean(const Parameter& parameter, const Said& said, std::vector<ArgumentCandidate>& found) {
  double evidence = -1.0;
  bool value = true;
  for (const SaidText& text : said.texts()) {
    for (size_t i = 0; i < text.words.size(); ++i) {
      if (!names_parameter(text.words[i], parameter) || text.words[i].is_stop) continue;
      evidence = std::max(evidence, 2.2);
      for (size_t back = 1; back <= 3 && back <= i; ++back) {
        const std::string& before = text.words[i - back].folded;
        if (before == "no" || before == "not" || before == "without" || before == "don't" || before == "off")
          value = false;
      }
    }
  }
  found.push_back({value, value ? "true" : "false", evidence, ArgumentCandidate::kElsewhere, 0, 0});
}

// The value among the things of the parameter's kind that a system message lists; nullopt when it lists none.
std::optional<bool> is_listed(const Parameter& parameter, const std::string& value, const Said& said) {
  const std::string stem = parameter.words.empty() ? "" : word_stem(parameter.words.back());
  std::optional<bool> found;
  for (const ListedValue& listed : said.listed()) {
    if (listed.key_stem == stem) found = found.value_or(false) || listed.value == value;
  }
  return found;
}

// Where whole words of what was said are these bytes; the newest text first.
std::optional<ArgumentCandidate> find_text(const std::string& value, const Said& said) {
  for (size_t source = 0; source < said.texts().size() && !value.empty(); ++source) {
    const SaidText& text = said.texts()[source];
    for (size_t at = text.text.find(value); at != std::string::npos; at = text.text.find(value, at + 1)) {
      const size_t end = at + value.size();
      const bool begins =
          std::any_of(text.words.begin(), text.words.end(), [&](const auto& w) { return w.from == at; });
      const bool ends = std::any_of(text.words.begin(), text.words.end(), [&](const auto& w) { return w.to == end; });
      if (begins && ends) return ArgumentCandidate{value, value, 0, source, at, end};
    }
  }
  return std::nullopt;
}

// Whether one text says each of these words, in whatever order and case: "lunch with Bob" of "I promised Bob we'd have
// lunch". Words that say nothing ("with") are free; one that says something must be among them.
std::optional<ArgumentCandidate> find_words(const std::string& value, const Said& said) {
  const std::vector<TextWord> words = words_of(value);
  const auto says = [](const TextWord& word) { return !word.is_stop || word.has_digit; };
  if (words.size() > kMaxSpanWords || std::none_of(words.begin(), words.end(), says)) return std::nullopt;
  for (const SaidText& text : said.texts()) {
    const auto is_said = [&](const TextWord& word) {
      const auto is_it = [&](const TextWord& other) { return other.folded == word.folded; };
      return !says(word) || std::any_of(text.words.begin(), text.words.end(), is_it);
    };
    if (!std::all_of(words.begin(), words.end(), is_said)) continue;
    return ArgumentCandidate{value, value, 0, ArgumentCandidate::kElsewhere, 0, 0};
  }
  return std::nullopt;
}

bool has_choice(const Parameter& parameter, const Json& value) {
  const auto choices = parameter.schema.find("enum");
  return choices != parameter.schema.end() && choices->is_array() &&
         std::find(choices->begin(), choices->end(), value) != choices->end();
}

}  // namespace

bool is_listed(const Parameter& parameter, const Said& said) {
  return is_listed(parameter, "", said).has_value();
}

std::optional<ArgumentCandidate> find_value(const Parameter& parameter, const Json& value, const Said& said) {
  using Kind = Parameter::Kind;
  const ArgumentCandidate elsewhere{value, value.dump(), 0, ArgumentCandidate::kElsewhere, 0, 0};
  switch (parameter.kind) {
    case Kind::kText:
      if (!value.is_string()) return std::nullopt;
      if (const auto listed = is_listed(parameter, value.get<std::string>(), said)) {
        return *listed ? std::optional(elsewhere) : std::nullopt;
      }
      if (auto found = find_text(value.get<std::string>(), said)) return found;
      return find_words(value.get<std::string>(), said);
    case Kind::kInteger:
    case Kind::kNumber: {
      if (!value.is_number() || (parameter.kind == Kind::kInteger && !value.is_number_integer())) return std::nullopt;
      std::optional<ArgumentCandidate> found = find_text(value.dump(), said);
      if (found) found->value = value;
      return found;
    }
    case Kind::kChoice:
      return has_choice(parameter, value) ? std::optional(elsewhere) : std::nullopt;
    case Kind::kBoolean:
      return value.is_boolean() ? std::optional(elsewhere) : std::nullopt;
    case Kind::kList: {
      const auto items = parameter.schema.find("items");
      const Parameter item =
          make_parameter(parameter.name, items == parameter.schema.end() ? Json::object() : *items, true);
      const auto is_said = [&](const Json& each) { return find_value(item, each, said).has_value(); };
      const bool all = value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_said);
      return all ? std::optional(elsewhere) : std::nullopt;
    }
    case Kind::kTime:
    case Kind::kObject:
    case Kind::kByRules:
      return std::nullopt;  // times are worked out, not copied
  }
  return std::nullopt;
}

std::vector<ArgumentCandidate> candidates_for(const Parameter& parameter, const Said& said,
                                              const std::set<std::string>& tool_stems) {
  using Kind = Parameter::Kind;
  std::vector<ArgumentCandidate> found;
  if (const auto value = said.result(parameter.name)) {
    Json json = *value;
    if (parameter.kind == Kind::kInteger || parameter.kind == Kind::kNumber) json = to_double(*value).value_or(0);
    found.push_back({std::move(json), *value, 5.0, ArgumentCandidate::kElsewhere, 0, 0});
  }
  switch (parameter.kind) {
    case Kind::kText:
      if (!add_listed(parameter, said, found)) {
        add_spans(parameter, said, tool_stems, found);
        add_quotations(parameter, said, tool_stems, found);
      }
      break;
    case Kind::kInteger:
    case Kind::kNumber:
      add_numbers(parameter, said, found);
      break;
    case Kind::kTime:
      add_times(parameter, said, found);
      break;
    case Kind::kChoice:
      add_choices(parameter, said, found);
      break;
    case Kind::kBoolean:
      add_boolean(parameter, said, found);
      break;
    case Kind::kList:
    case Kind::kObject:
    case Kind::kByRules:
      break;
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.evidence > b.evidence; });
  std::vector<ArgumentCandidate> best;
  for (ArgumentCandidate& candidate : found) {
    if (best.size() == kMaxCandidates) break;
    const bool known = std::any_of(best.begin(), best.end(), [&](const auto& b) {
      return b.value == candidate.value && b.source == candidate.source && b.from == candidate.from;
    });
    if (!known) best.push_back(std::move(candidate));
  }
  return best;
}

}  // namespace favilla
