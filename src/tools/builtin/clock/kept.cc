// Choosing among the timers or alarms that there are.
#include <fmt/format.h>

#include <algorithm>

#include "tools/builtin/clock/actions.h"
#include "tools/match.h"
#include "tools/wording.h"

namespace favilla::clock_tool {
namespace {

std::string name_of(const Kept& one) {
  return one.value.value("name", std::string());
}

// What the arguments ask for, one by one; absent ones ask for nothing.
std::vector<Kept> narrowed(std::vector<Kept> all, std::string_view noun, const Json& arguments) {
  const std::string id = arguments.value("id", std::string());
  const std::string name = arguments.value("name", std::string());
  const int64_t duration = arguments.value("duration_seconds", int64_t{0});
  if (!id.empty()) std::erase_if(all, [&](const Kept& one) { return one.key != id; });
  if (duration != 0) {
    std::erase_if(all, [&](const Kept& one) { return one.value.value("duration_seconds", int64_t{0}) != duration; });
  }
  if (name.empty()) return all;
  // By its title is what an answer to "Which timer?" says.
  const Words words(name);
  const auto fit = [&](const Kept& one) {
    return std::max(match(words, Words(name_of(one))), match(words, Words(title_of(noun, one))));
  };
  Match best = Match::kBeginnings;
  for (const Kept& one : all) best = std::max(best, fit(one));
  std::erase_if(all, [&](const Kept& one) { return fit(one) < best; });
  return all;
}

}  // namespace

Moment ends(const Kept& one) {
  return Moment{std::chrono::milliseconds{one.value.value("ends", int64_t{0})}};
}

Result<std::vector<Kept>> kept(const ToolContext& context, std::string_view collection) {
  std::vector<Kept> all;
  for (auto& [key, value] : TRY(context.records.all(collection))) {
    if (value.is_object()) all.push_back({key, std::move(value)});
  }
  std::stable_sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return ends(a) < ends(b); });
  return all;
}

std::string free_key(const std::vector<Kept>& all) {
  for (size_t number = 1;; ++number) {
    const std::string key = fmt::format("{}", number);
    if (std::none_of(all.begin(), all.end(), [&](const Kept& one) { return one.key == key; })) return key;
  }
}

std::string title_of(std::string_view noun, const Kept& one) {
  const std::string name = name_of(one);
  if (!name.empty()) return fmt::format("the {} {}", name, noun);
  const int64_t duration = one.value.value("duration_seconds", int64_t{0});
  if (duration == 0) return fmt::format("the {}", noun);
  return fmt::format("the {} {}", say_duration(std::chrono::seconds{duration}), noun);
}

Outcome ask(Outcome::Question question) {
  Outcome outcome;
  outcome.reply = question.text;
  outcome.question = std::move(question);
  return outcome;
}

Result<KeptOrQuestion> choose(const ToolContext& context, std::string_view noun, const Json& arguments) {
  std::vector<Kept> all = TRY(kept(context, noun));
  if (all.empty()) return Error{ErrorKind::kNotFound, fmt::format("there is no {}", noun)};
  if (arguments.value("all", false)) return KeptOrQuestion(std::move(all));
  std::vector<Kept> found = narrowed(all, noun, arguments);
  if (found.empty()) return Error{ErrorKind::kNotFound, fmt::format("there is no such {}", noun)};
  if (found.size() == 1) return KeptOrQuestion(std::move(found));
  Outcome::Question question{fmt::format("Which {}?", noun), "name", {}};
  for (const Kept& one : found) question.choices.push_back(title_of(noun, one));
  return KeptOrQuestion(std::move(question));
}

}  // namespace favilla::clock_tool
