// Entities as values of arguments.
#include "understand/slots.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/time_zone.h"

namespace favilla {
namespace {

struct KindName {
  std::string_view name;
  EntityKind kind;
};
constexpr KindName kKinds[] = {
    {"number", EntityKind::kNumber},     {"numeral", EntityKind::kNumber},
    {"ordinal", EntityKind::kOrdinal},   {"percentage", EntityKind::kPercentage},
    {"money", EntityKind::kMoney},       {"quantity", EntityKind::kQuantity},
    {"date", EntityKind::kDate},         {"time", EntityKind::kTime},
    {"datetime", EntityKind::kDateTime}, {"waking", EntityKind::kDateTime},
    {"duration", EntityKind::kDuration}, {"recurrence", EntityKind::kRecurrence},
    {"range", EntityKind::kRange},       {"planned_range", EntityKind::kRange},
    {"planned_date", EntityKind::kDate}, {"past_date", EntityKind::kDate},
    {"past_range", EntityKind::kRange},
};

// When something that is asked for at a part of the day is due.
struct PartOfDay {
  std::string_view part;
  int hour;
};
constexpr PartOfDay kParts[] = {{"morning", 9},  {"noon", 12},  {"midday", 12},  {"lunch", 12},  {"afternoon", 15},
                                {"evening", 19}, {"night", 21}, {"tonight", 20}, {"dinner", 19}, {"breakfast", 8}};

// Words that point at one of the things just mentioned: 0 is "the only one", 1 the first, -1 the last.
struct Pointer {
  std::string_view words;
  int which;
};
constexpr Pointer kPointers[] = {
    {"it", 0},
    {"that", 0},
    {"this", 0},
    {"that one", 0},
    {"this one", 0},
    {"the first", 1},
    {"the first one", 1},
    {"number one", 1},
    {"the second", 2},
    {"the second one", 2},
    {"number two", 2},
    {"the third", 3},
    {"the third one", 3},
    {"number three", 3},
    {"the last", -1},
    {"the last one", -1},
};

// Of a word in a name or an event: a little less than a word of any text costs (kTextWordCost).
constexpr uint32_t kNameWordCost = 14;
constexpr uint32_t kEventWordCost = 15;

// The word that makes it an event is among so many first ones.
constexpr size_t kEventWordWithin = 3;

// "915": not a word of a title, but of a number that goes on. Years are words.
bool is_long_number(std::string_view word) {
  if (word.size() == 4 && (word.starts_with("19") || word.starts_with("20"))) return false;
  return word.size() >= 3 && word.find_first_not_of("0123456789") == std::string_view::npos;
}

// Whether punctuation separates a word from the next.
bool has_mark(const Sentence& sentence, size_t word) {
  const size_t from = sentence.words[word].to;
  const size_t to = sentence.words[word + 1].from;
  return from < to && sentence.text.substr(from, to - from).find_first_of(",;:?!") != std::string::npos;
}

// "report.txt", but not "e.g" or "3.14".
bool has_ending(std::string_view word) {
  const size_t dot = word.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || word.size() - dot < 3 || word.size() - dot > 6) return false;
  const std::string_view ending = word.substr(dot + 1);
  return std::all_of(ending.begin(), ending.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '7'; }) ||
         ending.starts_with("mp");
}

// Whether one of the words of an entity that begins at `word` is this.
bool holds_word(const Entity& entity, const Sentence& sentence, size_t word, std::string_view wanted) {
  for (; word < sentence.words.size() && sentence.words[word].from < entity.to; ++word) {
    if (sentence.words[word].text == wanted) return true;
  }
  return false;
}

// "that morning", "the same day": of a day that was said before.
bool is_of_day_before(const Entity& entity, const Sentence& sentence, size_t word) {
  return holds_word(entity, sentence, word, "that") || holds_word(entity, sentence, word, "same");
}

// "at 11 every night"
void set_evening(Entity& entity, const Sentence& sentence, size_t word) {
  if (!entity.reading.start || entity.whole_days) return;
  constexpr std::chrono::hours kNoon{12};
  constexpr std::chrono::hours kFirst{5};
  const auto clock = *entity.reading.start - std::chrono::floor<std::chrono::days>(*entity.reading.start);
  const bool is_evening = holds_word(entity, sentence, word, "night") || holds_word(entity, sentence, word, "evening");
  if (is_evening && clock >= kFirst && clock < kNoon) *entity.reading.start += kNoon;
}

// Words before times that also end verbs: "turn on", "hand in".
bool is_particle(std::string_view word) {
  return word == "at" || word == "by" || word == "in" || word == "on" || word == "over";
}

bool is_one_of(const std::vector<std::string>& sorted, const std::string& word) {
  return std::binary_search(sorted.begin(), sorted.end(), word);
}

Json number_value(const std::string& digits) {
  int64_t whole = 0;
  const char* end = digits.data() + digits.size();
  if (auto [rest, error] = std::from_chars(digits.data(), end, whole); error == std::errc() && rest == end)
    return whole;
  double value = 0;
  if (auto [rest, error] = std::from_chars(digits.data(), end, value); error == std::errc() && rest == end)
    return value;
  return digits;
}

std::string date_text(LocalSeconds local) {
  return format_iso(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(local)});
}

// An end of a range: whole days are told as dates.
Json edge(const std::optional<LocalSeconds>& local, bool whole_days) {
  if (!local) return nullptr;
  return whole_days ? date_text(*local) : format_iso(*local);
}

// nullopt: this entity has no value for a slot.
std::optional<SlotReading> reading_of(const Entity& entity, std::string_view text) {
  SlotReading reading{};
  const auto& start = entity.reading.start;
  switch (entity.kind) {
    case EntityKind::kNumber:
    case EntityKind::kOrdinal:
    case EntityKind::kPercentage:
      reading.values[0] = number_value(entity.number);
      return reading;
    case EntityKind::kMoney:
    case EntityKind::kQuantity:
      reading.values[0] = text.substr(entity.from, entity.to - entity.from);
      return reading;
    case EntityKind::kBoolean:
      reading.values[0] = entity.number == "true";
      return reading;
    case EntityKind::kDate:
      if (!start) return std::nullopt;
      reading.values[0] = date_text(*start);
      return reading;
    case EntityKind::kTime:
      if (!start) return std::nullopt;
      reading.values[0] = format_iso(*start).substr(11);
      return reading;
    case EntityKind::kDateTime:
      if (!start) return std::nullopt;
      reading.values[0] = format_iso(*start);
      return reading;
    case EntityKind::kDuration:
      reading.values[0] = std::llround(entity.seconds);
      return reading;
    case EntityKind::kRange:
      reading.values[0] = edge(start, entity.whole_days);
      reading.values[1] = edge(entity.reading.end, entity.whole_days);
      return reading;
    case EntityKind::kRecurrence:
      reading.values[0] = entity.rrule;
      if (start) reading.values[1] = edge(start, entity.whole_days);
      return reading;
  }
  return std::nullopt;
}

// The word after the last byte of an entity, which may be "tomorrow" in "tomorrow's". nullopt when it ends inside a
// word.
std::optional<size_t> word_after(const Sentence& sentence, size_t word, size_t to) {
  size_t end = word;
  while (end < sentence.words.size() && sentence.words[end].to <= to) ++end;
  if (end < sentence.words.size() && sentence.words[end].from < to && sentence.words[end].text.ends_with("'s") &&
      sentence.words[end].to - to <= std::string_view("\u2019s").size()) {
    return end + 1;
  }
  if (end == word) return std::nullopt;
  const bool between = end == sentence.words.size() || to <= sentence.words[end].from;
  return between ? std::optional(end) : std::nullopt;
}

}  // namespace

bool EntitySlots::knows(std::string_view kind) const {
  constexpr std::string_view kOfWords[] = {"name",  "event",       "title",  "owner",    "file_name", "device",
                                           "phone", "calculation", "clause", "unbroken", "player",    "extension"};
  if (kind.starts_with("it.")) return true;
  if (std::find(std::begin(kOfWords), std::end(kOfWords), kind) != std::end(kOfWords)) return true;
  return std::any_of(std::begin(kKinds), std::end(kKinds), [&](const KindName& each) { return each.name == kind; });
}

std::vector<SlotReading> EntitySlots::read(std::string_view kind, const Sentence& sentence, size_t word) const {
  if (sentence.text != text_) {
    text_ = sentence.text;
    known_.clear();
  }
  const auto [known, is_new] = known_.try_emplace({std::string(kind), word});
  if (is_new) known->second = read_anew(kind, sentence, word);
  return known->second;
}

std::vector<SlotReading> EntitySlots::read_anew(std::string_view kind, const Sentence& sentence, size_t word) const {
  if (kind.starts_with("it.")) return read_mention(kind.substr(3), sentence, word);
  std::vector<SlotReading> readings;
  if (kind == "name" || kind == "file_name" || kind == "device") {
    const size_t last = std::min(sentence.words.size(), word + kMaxNameWords);
    for (size_t end = word + 1; end <= last; ++end) {
      // "is the lamp" names nothing, "Ana about the trip" names more than Ana.
      const std::string& added = sentence.words[end - 1].text;
      if (is_one_of(words_.not_event, added) || is_one_of(words_.not_name, added)) break;
      if (end - word > 1 && has_mark(sentence, end - 2)) break;
      const std::string& last_word = sentence.words[end - 1].text;
      if (kind == "file_name" && !has_ending(last_word)) continue;
      if (kind == "device" && !is_one_of(words_.device, last_word)) continue;
      readings.push_back({end, {sentence.part(word, end), nullptr}, kNameWordCost * static_cast<uint32_t>(end - word)});
    }
    return readings;
  }
  if (kind == "player" || kind == "extension") {
    std::string_view said = sentence.part(word, word + 1);
    std::string name = sentence.words[word].text;
    if (name.ends_with("'s")) {  // "mpv's volume"
      name.resize(name.size() - 2);
      said = said.substr(0, name.size());
    }
    if (is_one_of(kind == "player" ? words_.player : words_.extension, name)) {
      readings.push_back({word + 1, {said, nullptr}});
    }
    return readings;
  }
  if (kind == "event" || kind == "title") return read_title(sentence, word, kind == "title");
  if (kind == "owner") return read_owner(sentence, word);
  if (kind == "phone") return read_phone(sentence, word);
  if (kind == "calculation") return read_calculation(sentence, word);
  if (kind == "clause" || kind == "unbroken") return read_clause(sentence, word, kind == "clause");
  for (const auto& [name, entity_kind] : kKinds) {
    if (name == kind) readings = read_entity(kind, entity_kind, sentence, word);
  }
  if (kind == "datetime" || kind == "waking") {
    for (SlotReading& reading : read_part_of_day(sentence, word)) readings.push_back(std::move(reading));
  }
  return readings;
}

// `is_event`: whether it is one without a word that says so.
std::vector<SlotReading> EntitySlots::read_title(const Sentence& sentence, size_t word, bool is_event) const {
  std::vector<SlotReading> readings;
  if (!is_event && is_one_of(words_.no_event_begins, sentence.words[word].text)) return readings;
  const size_t last = std::min(sentence.words.size(), word + kMaxEventWords);
  for (size_t end = word + 1; end <= last; ++end) {
    const std::string& added = sentence.words[end - 1].text;
    if (is_one_of(words_.not_event, added) || is_long_number(added)) break;
    if (end - word > 1 && has_mark(sentence, end - 2)) break;  // what a comma separates is not one title
    is_event = is_event || (end <= word + kEventWordWithin && is_one_of(words_.event, added));
    const auto cost = kEventWordCost * static_cast<uint32_t>(end - word);
    if (is_event) readings.push_back({end, {sentence.part(word, end), nullptr}, cost});
  }
  return readings;
}

// What the words come to is for the calculator to find out.
std::vector<SlotReading> EntitySlots::read_calculation(const Sentence& sentence, size_t word) const {
  std::vector<SlotReading> readings;
  bool has_number = false;
  bool has_operator = false;
  size_t end = word;
  // "then times four" goes on with what was calculated before.
  if (is_one_of(words_.calculation_joins, sentence.words[word].text)) return readings;
  while (end < sentence.words.size()) {
    const std::string& text = sentence.words[end].text;
    const bool has_digit = text.find_first_of("0123456789") != std::string::npos;
    if (is_one_of(words_.calculation_operators, text)) {
      has_operator = has_operator || end > word || (text != "minus" && text != "-" && text != "+");  // it may be a sign
    } else if (has_digit && text.find_first_not_of("0123456789.,$+-*/^%!()x") == std::string::npos) {
      has_number = true;
      has_operator = has_operator || text.find_first_of("+-*/^%!()x", 1) != std::string::npos;
    } else if (const std::optional<size_t> after = after_number(sentence, end)) {
      has_number = true;
      end = *after - 1;
    } else if (!is_one_of(words_.calculation_others, text)) {
      break;
    }
    ++end;
    if (has_number && has_operator) {
      readings.push_back({end, {sentence.part(word, end), nullptr}, static_cast<uint32_t>(end - word)});
    }
  }
  return readings;
}

// Words of digits and of what telephone numbers have between them.
std::vector<SlotReading> EntitySlots::read_phone(const Sentence& sentence, size_t word) const {
  constexpr size_t kFewestDigits = 6;
  std::vector<SlotReading> readings;
  size_t digits = 0;
  for (size_t end = word; end < sentence.words.size(); ++end) {
    const std::string& text = sentence.words[end].text;
    if (text.find_first_not_of("0123456789+-/.()") != std::string::npos) break;
    digits += static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
    if (digits >= kFewestDigits) readings.push_back({end + 1, {sentence.part(word, end + 1), nullptr}});
  }
  return readings;
}

// "twenty three" and what follows it.
std::optional<size_t> EntitySlots::after_number(const Sentence& sentence, size_t word) const {
  const auto found = finder_.find_at(sentence.text, sentence.words[word].from, EntityKind::kNumber, context_);
  return found.empty() ? std::nullopt : word_after(sentence, word, found.front().to);
}

std::vector<SlotReading> EntitySlots::read_owner(const Sentence& sentence, size_t word) const {
  std::vector<SlotReading> readings;
  const size_t last = std::min(sentence.words.size(), word + kMaxNameWords);
  for (size_t end = word + 1; end <= last; ++end) {
    const std::string& text = sentence.words[end - 1].text;
    if (!text.ends_with("'s") && !text.ends_with("s'")) continue;
    std::string_view name = sentence.part(word, end);
    const size_t mark = name.find_last_of("'\x99");  // the last byte of a typographic one
    if (mark == std::string_view::npos) continue;
    name = name.substr(0, name[mark] == '\'' ? mark : mark - 2);
    readings.push_back({end, {name, nullptr}, kNameWordCost * static_cast<uint32_t>(end - word)});
  }
  return readings;
}

std::vector<SlotReading> EntitySlots::read_clause(const Sentence& sentence, size_t word, bool until_mark) {
  std::vector<SlotReading> readings;
  for (size_t end = word + 1; end < sentence.words.size(); ++end) {
    const bool is_marked = has_mark(sentence, end - 1);
    if (is_marked || !until_mark) {
      readings.push_back({end, {sentence.part(word, end), nullptr}, kNameWordCost * static_cast<uint32_t>(end - word)});
    }
    if (is_marked) break;
  }
  return readings;
}

std::vector<SlotReading> EntitySlots::read_mention(std::string_view kind, const Sentence& sentence, size_t word) const {
  std::vector<const Mention*> candidates;
  for (const Mention& mention : mentions_) {
    if (mention.kind == kind) candidates.push_back(&mention);
  }
  std::vector<SlotReading> readings;
  for (const auto& [words, which] : kPointers) {
    const Sentence pattern = read_sentence(words);
    const size_t end = word + pattern.words.size();
    if (end > sentence.words.size()) continue;
    const bool same = std::equal(pattern.words.begin(), pattern.words.end(),
                                 sentence.words.begin() + static_cast<std::ptrdiff_t>(word),
                                 [](const Word& a, const Word& b) { return a.text == b.text; });
    if (!same) continue;
    const auto count = static_cast<int>(candidates.size());
    if (which == 0 && count != 1) continue;  // "it" among several is not clear
    const int index = which == 0 ? 0 : (which < 0 ? count + which : which - 1);
    if (index >= 0 && index < count) readings.push_back({end, {candidates[static_cast<size_t>(index)]->id, nullptr}});
  }
  return readings;
}

// Whether words before it belong to what looks like a time: "chapter|5 tonight", "add 10% to|250", "the parents|evening
// on Friday", or words after it that no slot keeps: "every Thursday from 5|to 6".
bool EntitySlots::is_cut(const Entity& entity, const Sentence& sentence, size_t word) const {
  if (is_of_day_before(entity, sentence, word)) return true;
  // "turn the oven on|at 6": the first of two prepositions is not the time's.
  if (word > 0 && is_particle(sentence.words[word - 1].text) && is_particle(sentence.words[word].text)) return true;
  if (entity.kind == EntityKind::kRecurrence) return entity.reading.end && entity.part.empty();
  if (entity.kind != EntityKind::kTime && entity.kind != EntityKind::kDateTime) return false;
  const std::string& first = sentence.words[word].text;
  const bool is_after_noun = word > 0 && !is_one_of(words_.before_time, sentence.words[word - 1].text);
  if (!is_after_noun) return false;
  if (std::any_of(std::begin(kParts), std::end(kParts), [&](const PartOfDay& each) { return each.part == first; }))
    return first != "noon" && first != "midday" && first != "tonight";
  if (first.size() > 4 || first.find_first_not_of("0123456789") != std::string::npos) return false;
  const size_t end = sentence.words[word].to;
  const auto is_number_alone = [&](const Entity& each) { return each.to == end; };
  const auto times = finder_.find_at(sentence.text, sentence.words[word].from, EntityKind::kTime, context_);
  const auto dates = finder_.find_at(sentence.text, sentence.words[word].from, EntityKind::kDate, context_);
  return dates.empty() && std::all_of(times.begin(), times.end(), is_number_alone);
}

std::vector<SlotReading> EntitySlots::read_entity(std::string_view kind, EntityKind entity_kind,
                                                  const Sentence& sentence, size_t word) const {
  std::vector<SlotReading> readings;
  for (Entity& entity : finder_.find_at(sentence.text, sentence.words[word].from, entity_kind, context_)) {
    if (is_cut(entity, sentence, word)) continue;
    if (kind.starts_with("past_") && entity.past) entity.reading = *entity.past;
    if (kind == "time") set_daytime(entity, sentence, words_.half_of_day, context_);
    if (kind == "datetime" || kind == "waking" || kind.starts_with("planned_"))
      set_planned_time(entity, sentence, words_.half_of_day, context_, kind == "waking");
    if (kind == "recurrence") set_evening(entity, sentence, word);
    const auto end = word_after(sentence, word, entity.to);
    std::optional<SlotReading> reading = reading_of(entity, sentence.text);
    if (!end || !reading) continue;
    reading->end_word = *end;
    if (kind == "numeral") reading->values[0] = sentence.text.substr(entity.from, entity.to - entity.from);
    // A point in time: when the clock next shows it.
    if (entity_kind == EntityKind::kDateTime && entity.kind == EntityKind::kTime) {
      reading->values[0] = format_iso(*entity.reading.start);
    }
    readings.push_back(std::move(*reading));
  }
  return readings;
}

// "schedule dinner with Sara": no time, unless "at" or the like stands before it.
bool EntitySlots::is_meal(std::string_view said, const Sentence& sentence, size_t word) const {
  const bool is_alone = said.find(' ') == std::string_view::npos && is_one_of(words_.event, sentence.words[word].text);
  return is_alone && (word == 0 || !is_one_of(words_.before_time, sentence.words[word - 1].text));
}

// "tomorrow morning", "tonight", "next week": a range to the finder, a point in time to a reminder.
std::vector<SlotReading> EntitySlots::read_part_of_day(const Sentence& sentence, size_t word) const {
  std::vector<SlotReading> readings;
  for (const Entity& entity : finder_.find_at(sentence.text, sentence.words[word].from, EntityKind::kRange, context_)) {
    const auto end = word_after(sentence, word, entity.to);
    if (!end || !entity.reading.start || is_of_day_before(entity, sentence, word)) continue;
    const std::string_view said = std::string_view(sentence.text).substr(entity.from, entity.to - entity.from);
    constexpr std::ptrdiff_t kMostSpaces = 1;  // "next week", "the weekend", "March", and no "20 to 27 March"
    const bool is_period = std::count(said.begin(), said.end(), ' ') <= kMostSpaces;
    if (is_period && entity.whole_days && context_.now < *entity.reading.start) {
      readings.push_back({*end, {date_text(*entity.reading.start), nullptr}});
    }
    for (const auto& [part, hour] : kParts) {
      if (entity.part != part || is_meal(said, sentence, word)) continue;
      const LocalSeconds day = std::chrono::floor<std::chrono::days>(*entity.reading.start);
      LocalSeconds due = said.starts_with("after ") ? *entity.reading.start : day + std::chrono::hours{hour};
      // "this morning" at eleven: what is left of it.
      if (due < context_.now && entity.reading.end && context_.now < *entity.reading.end) due = context_.now;
      readings.push_back({*end, {format_iso(due), nullptr}});
    }
  }
  return readings;
}

std::optional<Json> slot_value(std::string_view kind, std::string_view text, const EntityFinder& finder,
                               const TimeContext& context) {
  const Sentence sentence = read_sentence(text);
  if (sentence.words.empty()) return std::nullopt;
  const std::vector<Mention> nothing;
  const SlotWords no_words;
  const EntitySlots slots(finder, no_words, context, nothing);
  for (const SlotReading& reading : slots.read(kind, sentence, 0)) {
    if (reading.end_word == sentence.words.size()) return reading.values[0];
  }
  return std::nullopt;
}

}  // namespace favilla
