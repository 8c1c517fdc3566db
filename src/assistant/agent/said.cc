// See said.h.
#include "assistant/agent/said.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace favilla {
namespace {

constexpr size_t kMaxTextBytes = 8000;
constexpr size_t kMaxTexts = 16;
constexpr size_t kMaxResults = 200;
constexpr size_t kMaxListBytes = 64'000;
constexpr size_t kMaxListed = 2000;
constexpr size_t kMaxListedBytes = 80;  // of one value

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const std::string& word : identifier_words(name)) plain += word;
  return plain;
}

// The year behind "year is"; 0: it is not said.
int year_said(std::string_view folded) {
  const size_t found = folded.find("year is ");
  if (found == std::string_view::npos) return 0;
  const std::string_view digits = folded.substr(found + 8, 4);
  int year = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), year).ptr;
  return end == digits.data() + 4 && year >= 1900 && year < 2200 ? year : 0;
}

// A dot behind it ends no sentence: "Dr. Smith".
bool is_abbreviation(std::string_view folded) {
  constexpr std::array<std::string_view, 9> kTitles = {"dr", "mr", "mrs", "ms", "prof", "st", "jr", "sr", "no"};
  return std::find(kTitles.begin(), kTitles.end(), folded) != kTitles.end();
}

}  // namespace

std::string SaidText::span(size_t first, size_t last) const {
  return text.substr(words[first].from, words[last].to - words[first].from);
}

bool SaidText::is_together(size_t first, size_t last) const {
  for (size_t i = first; i < last; ++i) {
    const std::string_view gap = std::string_view(text).substr(words[i].to, words[i + 1].from - words[i].to);
    if (gap == ". " && is_abbreviation(words[i].folded)) continue;
    if (gap.find_first_of(".!?;:\n\"`()[]{}") != std::string_view::npos) return false;
    if (gap.find(" '") != std::string_view::npos || gap.find("' ") != std::string_view::npos) return false;
  }
  return true;
}

Said::Said(std::span<const ChatMessage> messages, const EntityFinder& entities, const TimeContext& time) : time_(time) {
  for (const ChatMessage& message : messages) {
    if (message.role != Role::kSystem) continue;
    read_time(message.content, entities);
    read_list(message.content);
  }
  for (const ChatMessage& message : messages) {
    for (const ToolCall& call : message.calls) calls_.push_back(call);
    if (message.role == Role::kTool) read_result(message.content);
    if (message.role == Role::kAssistant && !message.content.empty()) last_assistant_text_ = message.content;
    const bool announces = message.role == Role::kAssistant && message.calls.empty();
    announced_ = announces ? message.content.substr(0, kMaxTextBytes) : std::string();
    if (message.role != Role::kUser) continue;
    SaidText said;
    said.text = message.content.substr(0, kMaxTextBytes);
    said.answers = last_assistant_text_;
    said.words = words_of(said.text);
    said.entities = entities.find(said.text, time_);
    texts_.push_back(std::move(said));
  }
  std::reverse(texts_.begin(), texts_.end());
  if (texts_.size() > kMaxTexts) texts_.resize(kMaxTexts);
  int age = 0;
  for (SaidText& text : texts_) text.age = age++;
  for (const SaidText& text : texts_) {
    if (!stems_.empty()) break;
    stems_ = content_stems(text.text);
  }
}

void Said::read_time(std::string_view system, const EntityFinder& entities) {
  const std::string folded = fold_case(system.substr(0, kMaxTextBytes));
  if (const int that_year = year_said(folded); that_year != 0) {
    time_.now = LocalSeconds(std::chrono::local_days(std::chrono::year(that_year) / 1 / 1));
  }
  for (const std::string_view cue : {"today is ", "date is ", "today's date: ", "current date: "}) {
    const size_t found = folded.find(cue);
    if (found == std::string::npos) continue;
    for (const Entity& entity : entities.find(folded.substr(found + cue.size(), 60), time_)) {
      const bool is_day = entity.kind == EntityKind::kDate || entity.kind == EntityKind::kDateTime;
      if (is_day && entity.from < 12 && entity.reading.start) {
        time_.now = *entity.reading.start;
        return;
      }
    }
  }
}

// Lines KEY: VALUE or KEY: VALUE, VALUE, as YAML writes lists of things.
void Said::read_list(std::string_view system) {
  std::set<std::pair<std::string, std::string>> known;
  system = system.substr(0, kMaxListBytes);
  while (!system.empty() && listed_.size() < kMaxListed) {
    std::string_view line = system.substr(0, system.find('\n'));
    system.remove_prefix(std::min(line.size() + 1, system.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" -*"), line.size()));
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos || !std::all_of(line.begin(), line.begin() + colon, is_name_char)) continue;
    const std::vector<std::string> key = identifier_words(line.substr(0, colon));
    std::string_view rest = line.substr(colon + 2);
    while (!key.empty() && !rest.empty()) {
      std::string_view value = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(value.size() + 1, rest.size()));
      value.remove_prefix(std::min(value.find_first_not_of(" '\""), value.size()));
      value = value.substr(0, value.find_last_not_of(" '\"") + 1);
      ListedValue listed{.key_stem = word_stem(key.back()), .value = std::string(value), .stems = content_stems(value)};
      const bool fits = !listed.stems.empty() && value.size() <= kMaxListedBytes;
      if (fits && known.emplace(listed.key_stem, listed.value).second) listed_.push_back(std::move(listed));
    }
  }
}

// Names and values as JSON has them, also where the text is no JSON but looks like it ({'token': 'abc'}).
void Said::read_result(std::string_view text) {
  text = text.substr(0, kMaxTextBytes);
  for (size_t colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
    size_t end = colon;
    while (end > 0 && std::string_view(" \"'").find(text[end - 1]) != std::string_view::npos) --end;
    size_t begin = end;
    while (begin > 0 && is_name_char(text[begin - 1])) --begin;
    size_t at = colon + 1;
    while (at < text.size() && text[at] == ' ') ++at;
    if (begin == end || at == text.size() || results_.size() >= kMaxResults) continue;
    const char quote = text[at];
    const bool quoted = quote == '"' || quote == '\'';
    const size_t stop = quoted ? text.find(quote, at + 1) : text.find_first_of(",}] \n", at);
    const size_t from = quoted ? at + 1 : at;
    const std::string_view value = text.substr(from, stop == std::string_view::npos ? stop : stop - from);
    if (value.empty() || value.front() == '{' || value.front() == '[') continue;
    results_.emplace_back(plain_name(text.substr(begin, end - begin)), std::string(value));
  }
}

std::optional<std::string> Said::result(std::string_view name) const {
  const std::string plain = plain_name(name);
  for (auto it = results_.rbegin(); it != results_.rend(); ++it) {
    if (it->first == plain) return it->second;
  }
  return std::nullopt;
}

}  // namespace favilla
