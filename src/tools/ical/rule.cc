// The only file that includes libical. It computes the occurrences; checking the rule's text, UNTIL and limits are
// ours, because the library reads invalid parts silently and searches impossible rules for minutes.
#include "tools/ical/rule.h"

#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

namespace favilla {
namespace {

constexpr size_t kMaxRuleBytes = 2000;
constexpr int kMaxCount = 100000;

struct PartLimits {
  std::string_view name;
  int least;
  int most;
  bool negative;  // also -most..-least
};

// The numeric parts of a rule and their ranges (RFC 5545, section 3.3.10).
constexpr std::array<PartLimits, 10> kNumericParts{{
    {"COUNT", 1, kMaxCount, false},
    {"INTERVAL", 1, 10000, false},
    {"BYSECOND", 0, 59, false},
    {"BYMINUTE", 0, 59, false},
    {"BYHOUR", 0, 23, false},
    {"BYMONTHDAY", 1, 31, true},
    {"BYYEARDAY", 1, 366, true},
    {"BYWEEKNO", 1, 53, true},
    {"BYMONTH", 1, 12, false},
    {"BYSETPOS", 1, 366, true},
}};
constexpr std::array<std::string_view, 7> kDays{"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
constexpr std::array<std::string_view, 6> kFrequencies{"MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

bool all_of_list(std::string_view list, const std::function<bool(std::string_view)>& good) {
  while (true) {
    const size_t comma = list.find(',');
    if (!good(list.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

// A number with an optional sign, all of `text`.
std::optional<int> signed_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool good_day(std::string_view text) {
  if (text.size() < 2) return false;
  if (std::find(kDays.begin(), kDays.end(), text.substr(text.size() - 2)) == kDays.end()) return false;
  if (text.size() == 2) return true;
  const std::optional<int> ordinal = signed_number(text.substr(0, text.size() - 2));
  return ordinal && *ordinal != 0 && std::abs(*ordinal) <= 53;
}

bool good_part(std::string_view name, std::string_view value) {
  if (name == "FREQ") return std::find(kFrequencies.begin(), kFrequencies.end(), value) != kFrequencies.end();
  if (name == "WKST") return std::find(kDays.begin(), kDays.end(), value) != kDays.end();
  if (name == "BYDAY") return all_of_list(value, good_day);
  if (name == "UNTIL") return value.size() == 8 || value.size() == 15 || value.size() == 16;
  const auto limits = std::find_if(kNumericParts.begin(), kNumericParts.end(),
                                   [&](const PartLimits& part) { return part.name == name; });
  if (limits == kNumericParts.end()) return false;
  return all_of_list(value, [&](std::string_view one) {
    const std::optional<int> number = signed_number(one);
    if (!number) return false;
    const int size = limits->negative ? std::abs(*number) : *number;
    return size >= limits->least && size <= limits->most;
  });
}

bool is_list(const std::optional<std::string>& value) {
  return value && value->find(',') != std::string::npos;
}

// The library takes the numbers of a list in the order in which they stand, and would return 16:00 before 07:00.
std::string sorted_numbers(std::string_view list) {
  std::vector<int> numbers;
  all_of_list(list, [&](std::string_view one) {
    numbers.push_back(signed_number(one).value_or(0));
    return true;
  });
  std::sort(numbers.begin(), numbers.end());
  return fmt::format("{}", fmt::join(numbers, ","));
}

icaltimetype to_library(LocalSeconds local) {
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{local - day};
  icaltimetype result = icaltime_null_time();
  result.year = static_cast<int>(date.year());
  result.month = static_cast<int>(static_cast<unsigned>(date.month()));
  result.day = static_cast<int>(static_cast<unsigned>(date.day()));
  result.hour = static_cast<int>(time.hours().count());
  result.minute = static_cast<int>(time.minutes().count());
  result.second = static_cast<int>(time.seconds().count());
  return result;
}

LocalSeconds from_library(const icaltimetype& time) {
  const std::chrono::year_month_day date{std::chrono::year{time.year},
                                         std::chrono::month{static_cast<unsigned>(time.month)},
                                         std::chrono::day{static_cast<unsigned>(time.day)}};
  return std::chrono::local_days{date} + std::chrono::hours{time.hour} + std::chrono::minutes{time.minute} +
         std::chrono::seconds{time.second};
}

}  // namespace

Result<RecurrenceRule> RecurrenceRule::parse(std::string_view text) {
  const auto fail = [&](std::string_view why) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("\"{}\" is not a recurrence such as FREQ=WEEKLY;BYDAY=MO: {}", text.substr(0, 80), why)};
  };
  if (text.size() > kMaxRuleBytes) return fail("it is too long");
  RecurrenceRule rule;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const size_t equals = one.find('=');
    const std::string name = upper(one.substr(0, equals));
    const std::string value = equals == std::string_view::npos ? "" : upper(one.substr(equals + 1));
    if (name.starts_with("X-")) continue;
    if (!good_part(name, value)) return fail(fmt::format("\"{}\" is not understood", one.substr(0, 40)));
    if (rule.part(name)) return fail(fmt::format("{} occurs twice", name));
    rule.parts_.emplace_back(name, is_list(value) && name != "BYDAY" ? sorted_numbers(value) : value);
  }
  const std::optional<std::string> frequency = rule.part("FREQ");
  if (!frequency) return fail("FREQ is missing");
  const bool conditions = std::any_of(rule.parts_.begin(), rule.parts_.end(),
                                      [](const auto& part) { return part.first.starts_with("BY"); });
  if (*frequency == "MINUTELY" && conditions) return fail("a rule by the minute cannot have conditions");
  if (rule.part("BYSETPOS") && (is_list(rule.part("BYHOUR")) || is_list(rule.part("BYMINUTE"))))
    return fail("BYSETPOS among several times of a day is not supported");
  return rule;
}

bool RecurrenceRule::for_each(LocalSeconds first, LocalSeconds from,
                              const std::function<bool(LocalSeconds)>& visit) const {
  const std::string rule_text = with("UNTIL", std::nullopt).text();
  icalrecurrencetype parsed = icalrecurrencetype_from_string(rule_text.c_str());
  struct Free {
    void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
  };
  const std::unique_ptr<icalrecur_iterator, Free> steps(icalrecur_iterator_new(parsed, to_library(first)));
  if (!steps) return true;  // a rule without any occurrence
  // A counted series must be counted from its start.
  if (from > first && parsed.count == 0) icalrecur_iterator_set_start(steps.get(), to_library(from));
  for (int step = 0; step < kMaxRuleSteps; ++step) {
    const icaltimetype next = icalrecur_iterator_next(steps.get());
    if (icaltime_is_null_time(next)) return true;
    const LocalSeconds occurrence = from_library(next);
    if (occurrence >= from && !visit(occurrence)) return true;
  }
  return false;
}

std::optional<std::string> RecurrenceRule::part(std::string_view name) const {
  for (const auto& [part_name, value] : parts_) {
    if (part_name == name) return value;
  }
  return std::nullopt;
}

RecurrenceRule RecurrenceRule::with(std::string_view name, std::optional<std::string> value) const {
  RecurrenceRule changed = *this;
  const auto found =
      std::find_if(changed.parts_.begin(), changed.parts_.end(), [&](const auto& part) { return part.first == name; });
  if (found == changed.parts_.end()) {
    if (value) changed.parts_.emplace_back(name, *std::move(value));
  } else if (value) {
    found->second = *std::move(value);
  } else {
    changed.parts_.erase(found);
  }
  return changed;
}

std::string RecurrenceRule::text() const {
  std::string result;
  for (const auto& [name, value] : parts_) {
    if (!result.empty()) result += ';';
    result += name + "=" + value;
  }
  return result;
}

}  // namespace favilla
