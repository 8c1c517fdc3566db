// Courtesy off, templates on, and sentences of several actions. See understanding.h.
#include "understand/understanding.h"

#include <algorithm>
#include <span>

#include "base/embedded_text.h"

namespace favilla {

std::span<const EmbeddedText> understand_texts();

namespace {

// A template that covers the whole sentence is as good as certain; each word that free text swallowed might have meant
// something else.
constexpr double kTemplateConfidence = 0.995;
constexpr double kDoubtPerTextWord = 0.002;

size_t text_words(const std::vector<TemplateMatch>& matches) {
  size_t count = 0;
  for (const TemplateMatch& match : matches) count += match.text_words;
  return count;
}

// How many words at `word` join two actions: "and", "then", "and then", "and also", or none after a comma; nullopt when
// nothing does.
std::optional<size_t> joining_words(const Sentence& sentence, size_t word) {
  const auto is = [&](size_t at, std::string_view text) {
    return at < sentence.words.size() && sentence.words[at].text == text;
  };
  if (is(word, "then")) return 1;
  if (!is(word, "and")) {
    const Word& before = sentence.words[word - 1];
    const bool comma = before.to < sentence.text.size() && sentence.text[before.to] == ',';
    return comma ? std::optional<size_t>(0) : std::nullopt;
  }
  return is(word + 1, "then") || is(word + 1, "also") ? 2 : 1;
}

// The words of a text whose first line is a comment, sorted.
std::vector<std::string> read_words(std::string_view text) {
  std::vector<std::string> words;
  for (Word& word : read_sentence(text.substr(std::min(text.find('\n'), text.size()))).words) {
    words.push_back(std::move(word.text));
  }
  std::sort(words.begin(), words.end());
  return words;
}

std::vector<std::string> sorted_words(const std::vector<std::vector<std::string>>& phrases) {
  std::vector<std::string> words;
  for (const auto& phrase : phrases) words.insert(words.end(), phrase.begin(), phrase.end());
  std::sort(words.begin(), words.end());
  return words;
}

bool is_time(EntityKind kind) {
  return kind == EntityKind::kDate || kind == EntityKind::kTime || kind == EntityKind::kDateTime ||
         kind == EntityKind::kRange || kind == EntityKind::kRecurrence;
}

// Words before a time.
bool is_preposition(std::string_view word) {
  constexpr std::string_view kPrepositions[] = {"for", "on", "at", "by", "in", "until", "till", "from", "every"};
  return std::find(std::begin(kPrepositions), std::end(kPrepositions), word) != std::end(kPrepositions);
}

bool stands_at(const Sentence& sentence, size_t word, const std::vector<std::string>& phrase) {
  return word + phrase.size() <= sentence.words.size() &&
         std::equal(phrase.begin(), phrase.end(), sentence.words.begin() + static_cast<std::ptrdiff_t>(word),
                    [](const std::string& a, const Word& b) { return a == b.text; });
}

}  // namespace

Understanding::Understanding(std::unique_ptr<EntityFinder> finder, Templates templates, Talk talk)
    : finder_(std::move(finder)), templates_(std::move(templates)), talk_(std::move(talk)) {}

Result<Understanding> Understanding::load(const std::vector<SentenceFile>& files, std::string_view language) {
  auto finder = std::make_unique<EntityFinder>(TRY(EntityFinder::load(language)));
  const TimeContext context{};
  const std::vector<Mention> nothing;
  Talk talk = read_talk(language);
  Templates templates = TRY(Templates::compile(files, EntitySlots(*finder, talk.slot_words, context, nothing)));
  return Understanding(std::move(finder), std::move(templates), std::move(talk));
}

Understanding::Talk Understanding::read_talk(std::string_view language) {
  Talk talk;
  const std::string folder = std::string(language) + "/talk/";
  for (const EmbeddedText& text : understand_texts()) {
    if (text.path == folder + "courtesy.txt") {
      talk.courtesy_before = read_phrases(text.content, "before");
      talk.courtesy_after = read_phrases(text.content, "after");
    }
    if (text.path == folder + "loose_words.txt") {
      talk.loose_begins = read_phrases(text.content, "begins");
      talk.loose_ends = read_phrases(text.content, "ends");
      talk.next_clauses = read_phrases(text.content, "after a comma");
    }
    if (text.path == folder + "device_words.txt") talk.slot_words.device = read_words(text.content);
    if (text.path == folder + "calculation_words.txt") {
      talk.slot_words.calculation_operators = sorted_words(read_phrases(text.content, "operators"));
      talk.slot_words.calculation_others = sorted_words(read_phrases(text.content, "others"));
    }
    if (text.path == folder + "time_words.txt") {
      talk.slot_words.before_time = sorted_words(read_phrases(text.content, "before"));
      talk.slot_words.half_of_day.evening = sorted_words(read_phrases(text.content, "evening"));
      talk.slot_words.half_of_day.morning = sorted_words(read_phrases(text.content, "morning"));
    }
    if (text.path == folder + "event_words.txt") talk.slot_words.event = read_words(text.content);
    if (text.path == folder + "no_event_words.txt") talk.slot_words.not_event = read_words(text.content);
  }
  return talk;
}

// The lines below [section], as words; # starts a comment.
Understanding::Phrases Understanding::read_phrases(std::string_view text, std::string_view section) {
  Phrases phrases;
  bool is_inside = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#') || line.empty()) continue;
    if (line.starts_with('[')) {
      is_inside = line.substr(1, line.size() - 2) == section;
      continue;
    }
    if (!is_inside) continue;
    std::vector<std::string>& words = phrases.emplace_back();
    for (Word& word : read_sentence(line).words) words.push_back(std::move(word.text));
  }
  std::stable_sort(phrases.begin(), phrases.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return phrases;
}

WordRange Understanding::strip_courtesy(const Sentence& sentence) const {
  WordRange words{0, sentence.words.size()};
  for (bool again = true; again;) {
    again = false;
    for (const auto& phrase : talk_.courtesy_before) {
      if (phrase.size() >= words.end - words.begin || !stands_at(sentence, words.begin, phrase)) continue;
      words.begin += phrase.size();
      again = true;
      break;
    }
    for (const auto& phrase : talk_.courtesy_after) {
      if (phrase.size() >= words.end - words.begin || !stands_at(sentence, words.end - phrase.size(), phrase)) continue;
      words.end -= phrase.size();
      again = true;
      break;
    }
  }
  return words;
}

std::string_view Understanding::without_courtesy(std::string_view text) const {
  const Sentence sentence = read_sentence(text);
  if (sentence.words.empty()) return text;
  const WordRange words = strip_courtesy(sentence);
  const size_t from = sentence.words[words.begin].from;
  if (sentence.text.size() != text.size()) return text;  // it was not valid UTF-8, so offsets differ
  return text.substr(from, sentence.words[words.end - 1].to - from);
}

// Words that hold what another slot should have had: the template did not understand the sentence.
bool Understanding::is_doubtful(const Sentence& sentence, const TemplateMatch& match,
                                const TimeContext& context) const {
  const auto any = [](const auto& parts, const auto& doubt) { return std::any_of(parts.begin(), parts.end(), doubt); };
  const auto holds_time = [&](const WordRange& words) {
    const std::vector<std::string>& events = talk_.slot_words.event;
    const bool is_event = words.end - words.begin == 1 &&
                          std::binary_search(events.begin(), events.end(), sentence.words[words.begin].text);
    return !is_event && !times_in(sentence, words, context).empty();  // "lunch" is a meal here, not noon
  };
  const auto is_loose = [&](const WordRange& words) {
    const size_t count = words.end - words.begin;
    const auto begins = [&](const auto& phrase) { return stands_at(sentence, words.begin, phrase); };
    const auto ends = [&](const auto& phrase) {
      return phrase.size() <= count && stands_at(sentence, words.end - phrase.size(), phrase);
    };
    return any(talk_.loose_begins, begins) || any(talk_.loose_ends, ends);
  };
  const auto is_broken = [&](const WordRange& words) {
    const std::string_view text = sentence.part(words.begin, words.end);
    // A quotation that ends inside is somebody's words; "I did|not ask for it"; "birthday on|every year".
    return std::count(text.begin(), text.end(), '"') % 2 != 0 || is_loose(words) ||
           (match.has_time && is_preposition(sentence.words[words.end - 1].text));
  };
  // "washing powder, put it on the list".
  const auto holds_next_clause = [&](const WordRange& words) {
    for (size_t at = words.begin + 1; at < words.end; ++at) {
      const bool is_after_comma = sentence.text[sentence.words[at - 1].to] == ',';
      const auto stands_here = [&](const auto& phrase) { return stands_at(sentence, at, phrase); };
      if (is_after_comma && any(talk_.next_clauses, stands_here)) return true;
    }
    return false;
  };
  // "for tomorrow: call Ana".
  const auto starts_with_time = [&](const WordRange& words) {
    if (words.end - words.begin < 2 || !is_preposition(sentence.words[words.begin].text)) return false;
    const size_t second = sentence.words[words.begin + 1].from - sentence.words[words.begin].from;
    const std::vector<size_t> times = times_in(sentence, words, context);
    return !times.empty() && times.front() <= second;
  };
  // "pay the March invoice on Friday", where no template took the time.
  const auto ends_with_time = [&](const WordRange& words) {
    const std::string_view text = sentence.part(words.begin, words.end);
    const std::vector<Entity> found = finder_->find(text, context);
    return any(found, [&](const Entity& entity) {
      const bool is_point = entity.kind == EntityKind::kDate || entity.kind == EntityKind::kTime ||
                            entity.kind == EntityKind::kDateTime || entity.kind == EntityKind::kRecurrence;
      return is_point && entity.to == text.size();
    });
  };
  return any(match.tasks, ends_with_time) || any(match.names, is_broken) || any(match.names, holds_time) ||
         any(match.texts, is_broken) || any(match.texts, holds_next_clause) || any(match.texts, starts_with_time) ||
         (match.has_time && any(match.texts, holds_time));
}

// Where in the words times begin, in bytes from the first.
std::vector<size_t> Understanding::times_in(const Sentence& sentence, WordRange words,
                                            const TimeContext& context) const {
  std::vector<size_t> places;
  const std::string_view text = sentence.part(words.begin, words.end);
  for (const Entity& entity : finder_->find(text, context)) {
    const std::string_view said = text.substr(entity.from, entity.to - entity.from);
    // "the weekly report": one word that tells how often describes what it stands before; "take tablets daily" does
    // not.
    const bool describes =
        entity.kind == EntityKind::kRecurrence && said.find(' ') == std::string_view::npos && entity.to < text.size();
    if (is_time(entity.kind) && !describes) places.push_back(entity.from);
  }
  return places;
}

std::optional<TemplateMatch> Understanding::match_one(const Sentence& sentence, WordRange words,
                                                      const SlotReader& reader, const TimeContext& context) const {
  return templates_.best(sentence, words, reader,
                         [&](const TemplateMatch& match) { return !is_doubtful(sentence, match, context); });
}

// The whole as one action, or its first part as one and the rest as others, whichever leaves fewer words to free text.
// A part whose last words are free text is not cut off: "note buy milk and call Ana" is one note.
std::optional<std::vector<TemplateMatch>> Understanding::match(const Sentence& sentence, WordRange words,
                                                               const SlotReader& reader, const TimeContext& context,
                                                               size_t actions) const {
  std::optional<std::vector<TemplateMatch>> best;
  if (auto whole = match_one(sentence, words, reader, context)) best.emplace().push_back(std::move(*whole));
  if (actions <= 1) return best;
  for (size_t at = words.begin + 1; at + 1 < words.end; ++at) {
    const std::optional<size_t> joining = joining_words(sentence, at);
    if (!joining || at + *joining >= words.end) continue;
    std::optional<TemplateMatch> first = match_one(sentence, {words.begin, at}, reader, context);
    if (!first || first->ends_with_text) continue;
    auto rest = match(sentence, {at + *joining, words.end}, reader, context, actions - 1);
    if (!rest || (best && text_words(*best) <= first->text_words + text_words(*rest))) continue;
    rest->insert(rest->begin(), std::move(*first));
    best = std::move(rest);
  }
  return best;
}

std::optional<Plan> Understanding::plan(std::string_view text, const TimeContext& context,
                                        const std::vector<Mention>& mentions) const {
  const Sentence sentence = read_sentence(text);
  if (sentence.words.empty()) return std::nullopt;
  const EntitySlots slots(*finder_, talk_.slot_words, context, mentions);
  auto matches = match(sentence, strip_courtesy(sentence), slots, context, kMaxActions);
  // A template may begin with what elsewhere is courtesy.
  if (!matches) matches = match(sentence, {0, sentence.words.size()}, slots, context, kMaxActions);
  if (!matches) return std::nullopt;
  Plan plan;
  plan.source = "template";
  plan.confidence = std::max(0.5, kTemplateConfidence - kDoubtPerTextWord * static_cast<double>(text_words(*matches)));
  for (TemplateMatch& each : *matches) {
    plan.actions.push_back({std::move(each.tool), std::move(each.action), std::move(each.arguments)});
  }
  return plan;
}

}  // namespace favilla
