#include "tools/choose.h"

#include <fmt/format.h>

#include "tools/match.h"

namespace favilla {

std::vector<size_t> best_matches(std::string_view asked, const std::vector<std::string>& names) {
  const Words words(asked);
  std::vector<size_t> best;
  Match reached = Match::kBeginnings;
  for (size_t i = 0; i < names.size(); ++i) {
    const Match fits = match(words, Words(names[i]));
    if (fits < reached) continue;
    if (fits > reached) best.clear();
    reached = fits;
    best.push_back(i);
  }
  return best;
}

Outcome ask_which(std::string_view kind, std::string argument, std::vector<std::string> choices) {
  constexpr size_t kMaxChoices = 5;
  Outcome outcome;
  std::string text = fmt::format("Which {}?", kind);
  if (choices.size() > kMaxChoices) {
    text = fmt::format("{} {}s fit; which one? Say more of its name.", choices.size(), kind);
    choices.resize(kMaxChoices);
  }
  outcome.reply = text;
  outcome.question = Outcome::Question{std::move(text), std::move(argument), std::move(choices)};
  return outcome;
}

}  // namespace favilla
