// Courtesy off, templates on, and sentences of several actions. See understanding.h.
#include "understand/understanding.h"

#include <algorithm>
#include <span>

#include "base/embedded_text.h"

namespace favilla {

std::span<const EmbeddedText> understand_texts();

namespace {

constexpr size_t kMaxRepeatedWords = 2;  // "put down"
constexpr size_t kMaxSlotWords = 64;  // of a sentence in which slots are looked for; the work grows with their square

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

// "bread to shopping and apples|to groceries": whether a text that words follow holds an "and".
bool hides_joining(const Sentence& sentence, const std::vector<TemplateMatch>& matches) {
  return std::any_of(matches.begin(), matches.end(), [&](const TemplateMatch& match) {
    return std::any_of(match.slots.begin(), match.slots.end(), [&](const SaidSlot& slot) {
      if (slot.kind != SaidSlot::Kind::kText || slot.words.end == match.end) return false;
      const auto at = [&](size_t word) { return sentence.words.begin() + static_cast<std::ptrdiff_t>(word); };
      return std::any_of(at(slot.words.begin), at(slot.words.end), [](const Word& word) { return word.text == "and"; });
    });
  });
}

// Whether two matches are the same action with the same arguments.
bool is_alike(const TemplateMatch& a, const TemplateMatch& b) {
  const auto has = [&](const auto& argument) { return b.arguments.contains(argument.key()); };
  const auto arguments = a.arguments.items();
  return a.tool == b.tool && a.action == b.action && a.arguments.size() == b.arguments.size() &&
         std::all_of(arguments.begin(), arguments.end(), has);
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

bool stands_at(const Sentence& sentence, size_t word, const std::vector<std::string>& phrase) {
  return word + phrase.size() <= sentence.words.size() &&
         std::equal(phrase.begin(), phrase.end(), sentence.words.begin() + static_cast<std::ptrdiff_t>(word),
                    [](const std::string& a, const Word& b) { return a == b.text; });
}

}  // namespace

Understanding::Understanding(std::unique_ptr<EntityFinder> finder, Templates templates, Talk talk, DoubtFinder doubts)
    : finder_(std::move(finder)),
      templates_(std::move(templates)),
      talk_(std::move(talk)),
      doubts_(std::move(doubts)) {}

Result<Understanding> Understanding::load(const std::vector<SentenceFile>& files, std::string_view language) {
  auto finder = std::make_unique<EntityFinder>(TRY(EntityFinder::load(language)));
  const TimeContext context{};
  const std::vector<Mention> nothing;
  Talk talk = read_talk(language);
  Templates templates = TRY(Templates::compile(files, EntitySlots(*finder, talk.slot_words, context, nothing)));
  DoubtFinder doubts(*finder, talk.doubt_words, TRY(read_doubt_weights(talk.doubt_weights)));
  return Understanding(std::move(finder), std::move(templates), std::move(talk), std::move(doubts));
}

Understanding::Talk Understanding::read_talk(std::string_view language) {
  Talk talk;
  const std::string folder = std::string(language) + "/talk/";
  for (const EmbeddedText& text : understand_texts()) {
    if (text.path == folder + "courtesy.txt") {
      talk.fillers = read_phrases(text.content, "fillers");
      talk.courtesy_before = read_phrases(text.content, "before");
      talk.courtesy_after = read_phrases(text.content, "after");
      talk.no_courtesy = read_phrases(text.content, "not after");
      talk.questions = sorted_words(read_phrases(text.content, "questions"));
      talk.after_questions = read_phrases(text.content, "after questions");
    }
    if (text.path == folder + "loose_words.txt") {
      talk.doubt_words.loose_begins = read_phrases(text.content, "begins");
      talk.doubt_words.no_name_begins = sorted_words(read_phrases(text.content, "names begin"));
      talk.doubt_words.scopes = sorted_words(read_phrases(text.content, "scopes"));
      talk.doubt_words.loose_ends = read_phrases(text.content, "ends");
      talk.doubt_words.next_clauses = read_phrases(text.content, "after a comma");
      talk.doubt_words.before_time = sorted_words(read_phrases(text.content, "before a time"));
      talk.doubt_words.times_off = sorted_words(read_phrases(text.content, "times off"));
      talk.doubt_words.of_time = sorted_words(read_phrases(text.content, "of a time"));
    }
    if (text.path == folder + "doubt_words.txt") {
      talk.doubt_words.things = sorted_words(read_phrases(text.content, "things"));
      talk.doubt_words.pointers = sorted_words(read_phrases(text.content, "pointers"));
      talk.doubt_words.nameless = sorted_words(read_phrases(text.content, "nameless"));
      talk.doubt_words.prepositions = sorted_words(read_phrases(text.content, "prepositions"));
      talk.doubt_words.articles = sorted_words(read_phrases(text.content, "articles"));
      talk.doubt_words.clauses = sorted_words(read_phrases(text.content, "clauses"));
    }
    if (text.path == folder + "doubt_weights.txt") talk.doubt_weights = text.content;
    if (text.path == folder + "device_words.txt") talk.slot_words.device = read_words(text.content);
    if (text.path == folder + "name_words.txt") {
      talk.slot_words.not_name = sorted_words(read_phrases(text.content, "not in names"));
      talk.slot_words.player = sorted_words(read_phrases(text.content, "players"));
      talk.slot_words.extension = sorted_words(read_phrases(text.content, "extensions"));
    }
    if (text.path == folder + "calculation_words.txt") {
      talk.slot_words.calculation_operators = sorted_words(read_phrases(text.content, "operators"));
      talk.slot_words.calculation_joins = sorted_words(read_phrases(text.content, "joins"));
      talk.slot_words.calculation_others = sorted_words(read_phrases(text.content, "others"));
    }
    if (text.path == folder + "time_words.txt") {
      talk.slot_words.before_time = sorted_words(read_phrases(text.content, "before"));
      talk.slot_words.half_of_day.evening = sorted_words(read_phrases(text.content, "evening"));
      talk.slot_words.half_of_day.morning = sorted_words(read_phrases(text.content, "morning"));
      talk.slot_words.half_of_day.morning_phrases = read_phrases(text.content, "morning phrases");
    }
    if (text.path == folder + "event_words.txt") talk.slot_words.event = read_words(text.content);
    if (text.path == folder + "no_event_begins.txt") talk.slot_words.no_event_begins = read_words(text.content);
    if (text.path == folder + "no_event_words.txt") talk.slot_words.not_event = read_words(text.content);
  }
  talk.doubt_words.events = talk.slot_words.event;
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

// The sentence as it is without what is said while thinking: also inside of a text that a slot takes as it was said.
Sentence Understanding::read_without_fillers(std::string_view text) const {
  Sentence sentence = read_sentence(text);
  std::string kept;
  size_t from = 0;
  for (size_t at = 0; at < sentence.words.size(); ++at) {
    const auto ends_here = [&](const auto& phrase) {
      return at + 1 >= phrase.size() && stands_at(sentence, at + 1 - phrase.size(), phrase);
    };
    if (std::none_of(talk_.fillers.begin(), talk_.fillers.end(), ends_here)) continue;
    kept += std::string_view(sentence.text).substr(from, sentence.words[at].from - from);
    from = at + 1 < sentence.words.size() ? sentence.words[at + 1].from : sentence.text.size();
  }
  if (from == 0) return sentence;
  return read_sentence(kept + sentence.text.substr(from));
}

WordRange Understanding::strip_courtesy(const Sentence& sentence) const {
  WordRange words{0, sentence.words.size()};
  const auto ends_with = [&](const std::vector<std::string>& phrase) {
    return phrase.size() < words.end - words.begin && stands_at(sentence, words.end - phrase.size(), phrase);
  };
  for (bool again = true; again;) {
    again = false;
    for (const auto& phrase : talk_.courtesy_before) {
      if (phrase.size() >= words.end - words.begin || !stands_at(sentence, words.begin, phrase)) continue;
      words.begin += phrase.size();
      again = true;
      break;
    }
    if (std::any_of(talk_.no_courtesy.begin(), talk_.no_courtesy.end(), ends_with)) continue;
    const std::string& first = sentence.words[words.begin].text;
    const bool asks = std::binary_search(talk_.questions.begin(), talk_.questions.end(), first);
    for (const Phrases* phrases : {&talk_.courtesy_after, &talk_.after_questions}) {
      if (again || (phrases == &talk_.after_questions && !asks)) continue;
      const auto said = std::find_if(phrases->begin(), phrases->end(), ends_with);
      if (said == phrases->end()) continue;
      words.end -= said->size();
      again = true;
    }
  }
  return words;
}

std::vector<FoundSlot> Understanding::find_slots(std::string_view tool, std::string_view action, std::string_view text,
                                                 const TimeContext& context) const {
  const Sentence sentence = read_sentence(text);
  const std::vector<Mention> nothing;
  const EntitySlots reader(*finder_, talk_.slot_words, context, nothing);
  std::vector<FoundSlot> found;
  if (sentence.words.size() > kMaxSlotWords) return found;
  for (const SlotUse& use : templates_.slots_of(tool, action)) {
    for (size_t word = 0; word < sentence.words.size(); ++word) {
      const bool is_led = word > 0 && std::find(use.before.begin(), use.before.end(), sentence.words[word - 1].text) !=
                                          use.before.end();
      if (!is_led && !use.is_bare) continue;
      for (const SlotReading& reading : reader.read(use.kind, sentence, word)) {
        FoundSlot slot{.from = sentence.words[is_led ? word - 1 : word].from,
                       .to = sentence.words[reading.end_word - 1].to,
                       .arguments = {}};
        for (int i = 0; i < 2; ++i) {
          if (!use.arguments[i].empty() && !reading.values[i].is_null())
            slot.arguments.emplace_back(use.arguments[i], reading.values[i]);
        }
        if (!slot.arguments.empty()) found.push_back(std::move(slot));
      }
    }
  }
  return found;
}

std::string_view Understanding::without_courtesy(std::string_view text) const {
  const Sentence sentence = read_sentence(text);
  if (sentence.words.empty()) return text;
  const WordRange words = strip_courtesy(sentence);
  const size_t from = sentence.words[words.begin].from;
  if (sentence.text.size() != text.size()) return text;  // it was not valid UTF-8, so offsets differ
  return text.substr(from, sentence.words[words.end - 1].to - from);
}

std::optional<TemplateMatch> Understanding::match_one(const Sentence& sentence, WordRange words,
                                                      const SlotReader& reader, const TimeContext& context) const {
  return templates_.best(sentence, words, reader,
                         [&](const TemplateMatch& match) { return !doubts_.is_broken(sentence, match, context); });
}

// "turn on the kitchen and hallway lights": the noun of the second name is also the first one's.
bool Understanding::share_noun(const Sentence& sentence, const std::vector<TemplateMatch>& matches) const {
  const auto is_device = [&](const SaidSlot& slot) {
    const std::vector<std::string>& devices = talk_.slot_words.device;
    return std::binary_search(devices.begin(), devices.end(), sentence.words[slot.words.end - 1].text);
  };
  if (matches.front().slots.empty() || matches.back().slots.empty()) return false;
  const SaidSlot& second = matches.back().slots.front();
  const std::vector<std::string>& articles = talk_.doubt_words.articles;
  const bool has_article =
      std::binary_search(articles.begin(), articles.end(), sentence.words[second.words.begin].text);
  return !has_article && is_device(second) && !is_device(matches.front().slots.front());
}

// The whole as one action, or its first part as one and the rest as others, whichever leaves fewer words to free text.
// A part whose last words are free text is not cut off: "note buy milk and call Ana" is one note.
std::optional<std::vector<TemplateMatch>> Understanding::match(const Sentence& sentence, WordRange words,
                                                               const SlotReader& reader, const TimeContext& context,
                                                               size_t actions) const {
  std::optional<std::vector<TemplateMatch>> best;
  if (auto whole = match_one(sentence, words, reader, context)) best.emplace().push_back(std::move(*whole));
  if (actions <= 1) return best;
  bool hides_request = false;
  for (size_t at = words.begin + 1; at + 1 < words.end; ++at) {
    const std::optional<size_t> joining = joining_words(sentence, at);
    if (!joining || at + *joining >= words.end) continue;
    std::optional<TemplateMatch> first = match_one(sentence, {words.begin, at}, reader, context);
    if (!first) continue;
    if (first->ends_with_text) {
      hides_request = hides_request || goes_on(sentence, *first, {at + *joining, words.end}, reader, context);
      continue;
    }
    auto rest = match(sentence, {at + *joining, words.end}, reader, context, actions - 1);
    if (!rest || (best && text_words(*best) <= first->text_words + text_words(*rest))) continue;
    rest->insert(rest->begin(), std::move(*first));
    best = std::move(rest);
  }
  if (best && best->size() == 1) best->front().hides_request = hides_request;
  return best;
}

// "note that it leaks|put a bucket on the list": whether what stands behind the text of `first` is an action on its
// own. What is to be done may be two things: "remind me to lock the door|turn off the lights", but hardly something
// that only an assistant has: "... |add milk to the list".
bool Understanding::goes_on(const Sentence& sentence, const TemplateMatch& first, WordRange rest,
                            const SlotReader& reader, const TimeContext& context) const {
  if (rest.end - rest.begin < 2 || first.slots.empty() || first.slots.back().words.end != first.end) return false;
  const size_t text = first.slots.back().words.begin;
  if (text > 0 && sentence.words[text - 1].text == "to" && !doubts_.names_thing(sentence, rest)) return false;
  const std::optional<TemplateMatch> next = match_one(sentence, rest, reader, context);
  return next && doubts_.confidence(doubts_.find(sentence, *next, context)) >= doubts_.least_confidence();
}

std::optional<Plan> Understanding::plan(std::string_view text, const TimeContext& context,
                                        const std::vector<Mention>& mentions) const {
  std::optional<Plan> plan = likeliest(text, context, mentions);
  if (plan && plan->confidence < doubts_.least_confidence()) plan.reset();
  return plan;
}

// "add lemons to the shopping list and charcoal to the party list": the second action takes its first words from the
// first. Only where both are then the same action and say as much: "remind me at 7 and at 9 to take it" are not two.
std::optional<Understanding::Reading> Understanding::read_with_repeated_words(const Sentence& sentence,
                                                                              const std::vector<Mention>& mentions,
                                                                              const TimeContext& context) const {
  const WordRange words = strip_courtesy(sentence);
  const auto at = [](const auto& vector, size_t index) { return vector.begin() + static_cast<std::ptrdiff_t>(index); };
  for (size_t join = words.begin + 1; join + 2 < words.end; ++join) {
    if (sentence.words[join].text != "and") continue;
    for (size_t count = 1; count <= kMaxRepeatedWords && words.begin + count < join; ++count) {
      Sentence whole = sentence;
      whole.words.insert(at(whole.words, join + 1), at(sentence.words, words.begin),
                         at(sentence.words, words.begin + count));
      // A reader remembers what it found at each word, and here they have other places.
      const EntitySlots reader(*finder_, talk_.slot_words, context, mentions);
      const auto matches = match(whole, {words.begin, words.end + count}, reader, context, 2);
      if (!matches || matches->size() != 2) continue;
      if (!is_alike(matches->front(), matches->back()) || share_noun(whole, *matches)) continue;
      return reading_of(whole, *matches, context);
    }
  }
  return std::nullopt;
}

std::optional<Plan> Understanding::likeliest(std::string_view text, const TimeContext& context,
                                             const std::vector<Mention>& mentions) const {
  const Sentence sentence = read_without_fillers(text);
  if (sentence.words.empty()) return std::nullopt;
  const EntitySlots slots(*finder_, talk_.slot_words, context, mentions);
  auto matches = match(sentence, strip_courtesy(sentence), slots, context, kMaxActions);
  // A template may begin with what elsewhere is courtesy.
  if (!matches) matches = match(sentence, {0, sentence.words.size()}, slots, context, kMaxActions);
  std::optional<Reading> said;
  if (matches) said = reading_of(sentence, *matches, context);
  if (said && said->plan.confidence >= doubts_.least_confidence() && !hides_joining(sentence, *matches)) {
    return std::move(said->plan);
  }
  std::optional<Reading> repeated = read_with_repeated_words(sentence, mentions, context);
  if (repeated && (!said || repeated->text_words <= said->text_words)) return std::move(repeated->plan);
  return said ? std::optional(std::move(said->plan)) : std::nullopt;
}

Understanding::Reading Understanding::reading_of(const Sentence& sentence, const std::vector<TemplateMatch>& matches,
                                                 const TimeContext& context) const {
  Reading reading{.plan = {}, .text_words = text_words(matches)};
  Plan& plan = reading.plan;
  plan.source = "template";
  plan.confidence = 1;
  for (const TemplateMatch& each : matches) {
    const Doubts doubts = doubts_.find(sentence, each, context);
    plan.confidence = std::min(plan.confidence, doubts_.confidence(doubts));
    plan.doubts.push_back(to_json(doubts));
    plan.actions.push_back({each.tool, each.action, each.arguments});
  }
  return reading;
}

}  // namespace favilla
