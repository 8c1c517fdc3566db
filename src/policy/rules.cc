// A rule is: [TOOL:] VERDICT [VERB] [WHAT] [to WHOM] [after|before|between TIME] [even after untrusted text].
#include "policy/rules.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/file.h"

namespace favilla {
namespace {

constexpr size_t kMaxRules_bytes = size_t{256} << 10;
constexpr size_t kMaxRules = 1000;
constexpr int kDay_minutes = 24 * 60;

// A verb of people, and the actions that it means. The longer word of two forms is found by its stem.
struct Verb {
  const char* verb;
  std::array<const char*, 9> actions;
};
constexpr Verb kVerbs[] = {
    {"delete", {"delete", "trash", "remove", "clear", "cancel", "forget", "timer_cancel", "alarm_cancel", "due"}},
    {"send", {"send"}},
    {"open", {"open", "unlock"}},
};
constexpr std::string_view kFamilies[] = {"change", "read", "do"};

// What people call a tool.
struct Alias {
  const char* word;
  const char* tool;
};
constexpr Alias kAliases[] = {
    {"mails", "mail"},           {"email", "mail"},
    {"emails", "mail"},          {"event", "calendar"},
    {"events", "calendar"},      {"file", "files"},
    {"folder", "files"},         {"folders", "files"},
    {"note", "notes"},           {"list", "lists"},
    {"contact", "contacts"},     {"people", "contacts"},
    {"appointment", "calendar"}, {"appointments", "calendar"},
    {"task", "reminders"},       {"tasks", "reminders"},
    {"reminder", "reminders"},   {"command", "shell"},
    {"commands", "shell"},       {"scripts", "shell"},
    {"phrase", "phrases"},       {"music", "media"},
    {"devices", "home"},
};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return low;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : lower(text)) {
    if (c == ' ' || c == '\t') {
      if (!word.empty()) words.push_back(std::exchange(word, {}));
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

// "lights" and "light" are one word.
std::string singular(const std::string& word) {
  return word.size() > 3 && word.ends_with("s") && !word.ends_with("ss") ? word.substr(0, word.size() - 1) : word;
}

bool has_word(const std::string& text, const std::string& wanted) {
  std::string word;
  const std::string low = lower(text) + " ";
  for (const char c : low) {
    if (is_word(c)) {
      word += c;
      continue;
    }
    if (!word.empty() && singular(std::exchange(word, {})) == singular(wanted)) return true;
  }
  return false;
}

std::string tool_called(const std::string& word, std::span<const ActionName> names) {
  const bool there = std::any_of(names.begin(), names.end(), [&](const ActionName& name) { return name.tool == word; });
  if (there) return word;
  for (const Alias& alias : kAliases) {
    if (word == alias.word) return alias.tool;
  }
  return "";
}

// "deleting", "running" and "send" to the verb that there is; empty: there is none.
std::string verb_of(const std::string& word, std::span<const ActionName> names) {
  std::vector<std::string> forms{word};
  if (word.size() > 4 && word.ends_with("ing")) {
    const std::string stem = word.substr(0, word.size() - 3);
    forms.push_back(stem);
    forms.push_back(stem + "e");
    if (stem.size() > 2 && stem[stem.size() - 1] == stem[stem.size() - 2]) {
      forms.push_back(stem.substr(0, stem.size() - 1));
    }
  }
  for (const std::string& form : forms) {
    if (std::find(std::begin(kFamilies), std::end(kFamilies), form) != std::end(kFamilies)) return form;
    for (const Verb& verb : kVerbs) {
      if (form == verb.verb) return form;
    }
    for (const ActionName& name : names) {
      if (name.action == form) return form;
    }
  }
  return "";
}

// "22:00", "7", "7:30".
std::optional<int> minutes_of(std::string_view text) {
  int hours = 0;
  int minutes = 0;
  size_t digits = 0;
  size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && digits < 2; ++i, ++digits)
    hours = hours * 10 + text[i] - '0';
  if (digits == 0 || hours > 24) return std::nullopt;
  if (i < text.size()) {
    const std::string_view rest = text.substr(i);
    const bool two = rest.size() == 3 && rest[0] == ':' && std::isdigit(static_cast<unsigned char>(rest[1])) != 0 &&
                     std::isdigit(static_cast<unsigned char>(rest[2])) != 0;
    if (!two) return std::nullopt;
    minutes = (rest[1] - '0') * 10 + rest[2] - '0';
  }
  const int all = hours * 60 + minutes;
  if (minutes > 59 || all > kDay_minutes) return std::nullopt;
  return all;
}

// Words, taken from the front.
class Reader {
 public:
  explicit Reader(std::vector<std::string> words) : words_(std::move(words)) {}
  bool at_end() const { return next_ == words_.size(); }
  std::string_view peek() const { return at_end() ? std::string_view() : words_[next_]; }
  std::string take() { return at_end() ? std::string() : words_[next_++]; }
  bool take(std::initializer_list<std::string_view> wanted) {
    if (words_.size() - next_ < wanted.size()) return false;
    if (!std::equal(wanted.begin(), wanted.end(), words_.begin() + static_cast<std::ptrdiff_t>(next_))) return false;
    next_ += wanted.size();
    return true;
  }

 private:
  std::vector<std::string> words_;
  size_t next_ = 0;
};

Error not_understood(std::string what) {
  return {ErrorKind::kInvalidArgument, std::move(what)};
}

Result<Verdict> take_verdict(Reader& reader) {
  if (reader.take({"never", "allow"}) || reader.take({"do", "not", "allow"}) || reader.take({"never"}) ||
      reader.take({"deny"})) {
    return Verdict::kDeny;
  }
  if (reader.take({"always", "ask", "before"}) || reader.take({"ask", "before"})) return Verdict::kAsk;
  if (reader.take({"always", "allow"}) || reader.take({"allow"})) return Verdict::kAllow;
  return not_understood(
      fmt::format("a rule begins with \"never\", \"ask before\" or \"allow\", not with \"{}\"", reader.peek()));
}

Result<int> take_time(Reader& reader) {
  const std::string word = reader.take();
  const std::optional<int> minutes = minutes_of(word);
  if (minutes) return *minutes;
  return not_understood(fmt::format("\"{}\" is not a time of day such as 22:00", word));
}

Result<void> take_tail(Reader& reader, Rule& rule) {
  while (!reader.at_end()) {
    if (reader.take({"even", "after", "untrusted", "text"})) {
      rule.even_tainted = true;
    } else if (reader.take({"after"})) {
      rule.when = DailyWindow{TRY(take_time(reader)), kDay_minutes};
    } else if (reader.take({"before"})) {
      rule.when = DailyWindow{0, TRY(take_time(reader))};
    } else if (reader.take({"between"})) {
      const int from = TRY(take_time(reader));
      if (!reader.take({"and"})) return not_understood("\"between\" needs two times: between 22:00 and 7:00");
      rule.when = DailyWindow{from, TRY(take_time(reader))};
    } else if (reader.take({"to"})) {
      rule.to = reader.take();
      if (rule.to.empty()) return not_understood("\"to\" needs an address");
    } else {
      return not_understood(fmt::format("\"{}\" is not understood there", reader.peek()));
    }
  }
  if (rule.even_tainted && rule.verdict != Verdict::kAllow) {
    return not_understood("\"even after untrusted text\" goes with \"allow\" only: other rules always hold");
  }
  return {};
}

bool begins_tail(std::string_view word) {
  constexpr std::string_view kTail[] = {"even", "after", "before", "between", "to"};
  return std::find(std::begin(kTail), std::end(kTail), word) != std::end(kTail);
}

bool verb_fits(const std::string& verb, const PolicyCall& call) {
  if (verb.empty() || verb == "do") return true;
  if (verb == "change") return call.declared.changes();
  if (verb == "read") return !call.declared.changes();
  if (verb == "send" && call.declared.sends == Sends::kOthers) return true;
  for (const Verb& row : kVerbs) {
    if (verb != row.verb) continue;
    return std::any_of(row.actions.begin(), row.actions.end(),
                       [&](const char* action) { return action != nullptr && call.action == action; });
  }
  return call.action == verb;
}

// What forbids or asks also holds for a word of the action's name: "clock: never start" for timer_start.
bool what_fits(const std::string& what, Verdict verdict, const PolicyCall& call) {
  if (what.empty()) return true;
  if (verdict != Verdict::kAllow && has_word(call.action, what)) return true;
  for (const Alias& alias : kAliases) {
    if (what == alias.word && call.tool == alias.tool) return true;
  }
  return call.tool == what || has_word(to_json_text(call.arguments), what);
}

bool destination_fits(const std::string& to, const PolicyCall& call) {
  if (to.empty()) return true;
  return std::any_of(call.destinations.begin(), call.destinations.end(),
                     [&](const Destination& each) { return lower(each.name) == to; });
}

bool time_fits(const std::optional<DailyWindow>& when, LocalSeconds now) {
  if (!when) return true;
  const auto since = now - std::chrono::floor<std::chrono::days>(now);
  const auto minute = std::chrono::duration_cast<std::chrono::minutes>(since).count();
  if (when->from < when->to) return minute >= when->from && minute < when->to;
  return minute >= when->from || minute < when->to;
}

}  // namespace

Result<Rule> parse_rule(std::string_view text, std::span<const ActionName> names) {
  Rule rule;
  rule.text = std::string(text);
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\t') return not_understood("a rule is one line of plain text");
  }
  std::string_view rest = text;
  const size_t colon = text.find(':');
  const bool has_tool =
      colon != std::string_view::npos && text.substr(0, colon).find_first_of(" \t0123456789") == std::string_view::npos;
  if (has_tool) {
    const std::string name = lower(text.substr(0, colon));
    rule.tool = tool_called(name, names);
    if (rule.tool.empty()) return not_understood(fmt::format("there is no tool \"{}\"", name));
    rest.remove_prefix(colon + 1);
  }
  Reader reader(words_of(rest));
  rule.verdict = TRY(take_verdict(reader));
  if (!reader.at_end() && !begins_tail(reader.peek())) {
    std::string word = reader.take();
    const bool everything = word == "everything" || word == "anything";
    rule.verb = everything ? "do" : verb_of(word, names);
    if (rule.verb.empty()) {
      rule.what = word;
    } else if (!reader.at_end() && !begins_tail(reader.peek())) {
      rule.what = reader.take();
    }
    const bool knows = rule.what.empty() || !tool_called(rule.what, names).empty() || !rule.tool.empty();
    if (!knows) {
      return not_understood(
          fmt::format("\"{}\" is no action and no tool; for a word of the arguments name the tool "
                      "first, as in \"home: allow lights\"",
                      rule.what));
    }
  } else if (rule.tool.empty()) {
    return not_understood("the rule does not say what it is about");
  }
  TRY(take_tail(reader, rule));
  return rule;
}

Result<std::vector<Rule>> parse_rules(std::string_view text, std::span<const ActionName> names) {
  std::vector<Rule> rules;
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (row.ends_with('\r')) row.remove_suffix(1);
    while (!row.empty() && (row.front() == ' ' || row.front() == '\t')) row.remove_prefix(1);
    while (!row.empty() && (row.back() == ' ' || row.back() == '\t')) row.remove_suffix(1);
    if (row.empty() || row.front() == '#') continue;
    if (rules.size() == kMaxRules) return not_understood(fmt::format("there are more than {} rules", kMaxRules));
    rules.push_back(TRY(parse_rule(row, names).context(fmt::format("line {}", line))));
    rules.back().line = line;
  }
  return rules;
}

Result<std::vector<Rule>> read_rules(const std::filesystem::path& file, std::span<const ActionName> names) {
  struct stat info {};
  if (::lstat(file.c_str(), &info) != 0) return std::vector<Rule>();
  if (!S_ISREG(info.st_mode) || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{ErrorKind::kPermission,
                 fmt::format("{} must be a plain file that only you can write (chmod 600)", file.string())};
  }
  return parse_rules(TRY(read_file(file, kMaxRules_bytes)), names).context(file.string());
}

const Rule* strictest_rule(std::span<const Rule> rules, const PolicyCall& call, LocalSeconds now) {
  const Rule* found = nullptr;
  for (const Rule& rule : rules) {
    const bool fits = (rule.tool.empty() || rule.tool == call.tool) && verb_fits(rule.verb, call) &&
                      what_fits(rule.what, rule.verdict, call) && destination_fits(rule.to, call) &&
                      time_fits(rule.when, now);
    if (!fits) continue;
    if (found == nullptr || rule.verdict > found->verdict) found = &rule;
  }
  return found;
}

}  // namespace favilla
