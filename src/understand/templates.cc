// A template is compiled to a small automaton. A sentence is tried only against templates whose necessary words it has;
// then the cheapest way through the automaton is found by dynamic programming over (state, word).
#include "understand/templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>

#include "understand/template_syntax.h"

namespace favilla {
namespace {

constexpr int kNone = -1;
constexpr uint32_t kImpossible = std::numeric_limits<uint32_t>::max();

constexpr uint32_t kSingleWordCost = 12;  // of the slot "word"

struct State {
  enum class Kind { kWord, kSlot, kSplit, kAccept };
  Kind kind = Kind::kAccept;
  int word = kNone;   // kWord: id in the vocabulary
  int slot = kNone;   // kSlot: index in the template's slots
  int next = kNone;   // where it goes on
  int other = kNone;  // kSplit: the other way
};

struct Slot {
  std::string kind;
  std::string arguments[2];
};

struct Template {
  int tool = 0;
  std::string action;
  Json fixed;
  bool excluding = false;
  int start = 0;
  std::vector<State> states = {};
  std::vector<Slot> slots = {};
  bool takes_time = false;                       // some template of its action does
  std::vector<std::vector<int>> necessary = {};  // of each set, the sentence has at least one word
};

bool is_time(std::string_view kind) {
  constexpr std::string_view kTimes[] = {"date",         "time",          "datetime",  "waking",     "range",
                                         "planned_date", "planned_range", "past_date", "past_range", "recurrence"};
  return std::find(std::begin(kTimes), std::end(kTimes), kind) != std::end(kTimes);
}

bool is_free_text(std::string_view kind) {
  return kind == "text" || kind == "task" || kind == "sentence";
}

// Slots whose value is the words themselves, as they were said.
bool is_of_words(std::string_view kind) {
  return kind == "name" || kind == "event" || kind == "title" || kind == "owner" || kind == "file_name" ||
         kind == "device";
}

// Slots whose value is what the words mean, wherever they stand. A "numeral" is only a part of what is calculated.
bool is_typed(std::string_view kind) {
  constexpr std::string_view kOthers[] = {"word", "clause", "unbroken", "numeral"};
  return !is_free_text(kind) && !is_of_words(kind) && !kind.starts_with("it.") &&
         std::find(std::begin(kOthers), std::end(kOthers), kind) == std::end(kOthers);
}

using Vocabulary = std::unordered_map<std::string, int>;

int word_id(Vocabulary& vocabulary, const std::string& word) {
  return vocabulary.try_emplace(word, static_cast<int>(vocabulary.size())).first->second;
}

// Appends the states of `sequence`, back to front, so that each knows its successor. Returns the first.
int build(Template& into, const TemplatePart::Sequence& sequence, int next, Vocabulary& vocabulary) {
  for (auto part = sequence.rbegin(); part != sequence.rend(); ++part) {
    State state{.next = next};
    switch (part->kind) {
      case TemplatePart::Kind::kWord:
        state.kind = State::Kind::kWord;
        state.word = word_id(vocabulary, part->word);
        break;
      case TemplatePart::Kind::kSlot:
        state.kind = State::Kind::kSlot;
        state.slot = static_cast<int>(into.slots.size());
        into.slots.push_back({part->word, {}});
        std::copy(part->arguments.begin(), part->arguments.end(), into.slots.back().arguments);
        break;
      case TemplatePart::Kind::kGroup: {
        int entry = part->optional ? next : kNone;
        for (auto alternative = part->alternatives.rbegin(); alternative != part->alternatives.rend(); ++alternative) {
          const int way = build(into, *alternative, next, vocabulary);
          if (entry == kNone) {
            entry = way;
            continue;
          }
          into.states.push_back({.kind = State::Kind::kSplit, .next = way, .other = entry});
          entry = static_cast<int>(into.states.size()) - 1;
        }
        next = entry;
        continue;
      }
    }
    into.states.push_back(state);
    next = static_cast<int>(into.states.size()) - 1;
  }
  return next;
}

// Sets of words of which a sentence needs one each.
std::vector<std::vector<int>> necessary_words(const TemplatePart::Sequence& sequence, Vocabulary& vocabulary) {
  std::vector<std::vector<int>> sets;
  for (const TemplatePart& part : sequence) {
    if (part.kind == TemplatePart::Kind::kWord) sets.push_back({word_id(vocabulary, part.word)});
    if (part.kind != TemplatePart::Kind::kGroup || part.optional) continue;
    std::vector<int> any;
    bool all_have_one = true;
    for (const TemplatePart::Sequence& alternative : part.alternatives) {
      const auto inner = necessary_words(alternative, vocabulary);
      if (inner.empty()) all_have_one = false;
      if (!inner.empty()) any.insert(any.end(), inner.front().begin(), inner.front().end());
    }
    if (all_have_one) sets.push_back(std::move(any));
  }
  return sets;
}

// Calls `visit` with each slot that may be next from `state` on.
template <typename Visit>
void next_slots(const Template& in, int state, const Visit& visit) {
  const State& here = in.states[static_cast<size_t>(state)];
  if (here.kind == State::Kind::kSlot) visit(in.slots[static_cast<size_t>(here.slot)]);
  if (here.kind != State::Kind::kSplit) return;
  next_slots(in, here.next, visit);
  next_slots(in, here.other, visit);
}

// What one template knows of the slots of its action.
void add_uses(const Template& from, const std::vector<std::string_view>& words, std::vector<SlotUse>& uses) {
  const auto use_of = [&](const Slot& slot) -> SlotUse* {
    if (slot.arguments[0].empty() || !is_typed(slot.kind)) return nullptr;
    const auto is_same = [&](const SlotUse& use) {
      return use.kind == slot.kind && std::ranges::equal(use.arguments, slot.arguments);
    };
    auto found = std::find_if(uses.begin(), uses.end(), is_same);
    if (found == uses.end()) found = uses.insert(uses.end(), {slot.kind, {slot.arguments[0], slot.arguments[1]}});
    return &*found;
  };
  const auto is_bare = [&](const Slot& slot) {
    if (SlotUse* use = use_of(slot)) use->is_bare = true;
  };
  next_slots(from, from.start, is_bare);
  for (const State& state : from.states) {
    if (state.kind == State::Kind::kSlot) next_slots(from, state.next, is_bare);
    if (state.kind != State::Kind::kWord) continue;
    next_slots(from, state.next, [&](const Slot& slot) {
      SlotUse* use = use_of(slot);
      const std::string_view word = words[static_cast<size_t>(state.word)];
      if (use == nullptr || std::find(use->before.begin(), use->before.end(), word) != use->before.end()) return;
      use->before.emplace_back(word);
    });
  }
}

// One template against one range of words.
class Matcher {
 public:
  Matcher(const Template& tried, const Sentence& sentence, const std::vector<int>& ids, WordRange words,
          const SlotReader& reader)
      : template_(tried), sentence_(sentence), ids_(ids), words_(words), reader_(reader) {
    const size_t places = tried.states.size() * (words.end - words.begin + 1);
    cells_.resize(places);
  }

  uint32_t cost() { return cell(template_.start, words_.begin).cost; }

  // Requires cost() != kImpossible.
  TemplateMatch match() {
    TemplateMatch match;
    match.action = template_.action;
    match.arguments = template_.fixed;
    size_t at = words_.begin;
    for (int state = template_.start; template_.states[static_cast<size_t>(state)].kind != State::Kind::kAccept;) {
      const State& here = template_.states[static_cast<size_t>(state)];
      const Cell& chosen = cell(state, at);
      if (here.kind == State::Kind::kSlot) fill(template_.slots[static_cast<size_t>(here.slot)], at, chosen, match);
      if (here.kind == State::Kind::kWord) ++match.template_words;
      state = chosen.next;
      at = chosen.end;
    }
    match.end = words_.end;
    match.takes_time = template_.takes_time;
    return match;
  }

 private:
  struct Cell {
    bool known = false;
    uint32_t cost = kImpossible;
    int next = kNone;    // the state after this one on the cheapest way
    size_t end = 0;      // and its word
    size_t reading = 0;  // of a typed slot
  };

  Cell& cell(int state, size_t word) {
    Cell& result = cells_[static_cast<size_t>(state) * (words_.end - words_.begin + 1) + (word - words_.begin)];
    if (!result.known) {
      result.known = true;  // no way leads back to the same state and word
      solve(template_.states[static_cast<size_t>(state)], word, result);
    }
    return result;
  }

  void consider(Cell& result, int next, size_t end, uint32_t step, size_t reading = 0) {
    const uint32_t rest = cell(next, end).cost;
    if (rest == kImpossible || rest + step >= result.cost) return;
    result.cost = rest + step;
    result.next = next;
    result.end = end;
    result.reading = reading;
  }

  void solve(const State& state, size_t word, Cell& result) {
    switch (state.kind) {
      case State::Kind::kAccept:
        if (word == words_.end) result.cost = 0;
        break;
      case State::Kind::kSplit:
        consider(result, state.next, word, 0);
        consider(result, state.other, word, 0);
        break;
      case State::Kind::kWord:
        if (word < words_.end && ids_[word] == state.word) consider(result, state.next, word + 1, 0);
        break;
      case State::Kind::kSlot:
        if (word < words_.end) solve_slot(state, word, result);
        break;
    }
  }

  void solve_slot(const State& state, size_t word, Cell& result) {
    const std::string& kind = template_.slots[static_cast<size_t>(state.slot)].kind;
    if (kind == "word") return consider(result, state.next, word + 1, kSingleWordCost);
    if (is_free_text(kind)) {
      for (size_t end = word + 1; end <= words_.end; ++end) {
        consider(result, state.next, end, kTextWordCost * static_cast<uint32_t>(end - word));
      }
      return;
    }
    const std::vector<SlotReading> readings = reader_.read(kind, sentence_, word);
    for (size_t i = 0; i < readings.size(); ++i) {
      if (readings[i].end_word <= words_.end) consider(result, state.next, readings[i].end_word, readings[i].cost, i);
    }
  }

  void fill(const Slot& slot, size_t word, const Cell& chosen, TemplateMatch& match) {
    if (is_free_text(slot.kind) || slot.kind == "word") {
      match.text_words += chosen.end - word;
      if (slot.kind != "sentence") {
        const SaidSlot::Kind kind = slot.kind == "task" ? SaidSlot::Kind::kTask : SaidSlot::Kind::kText;
        match.slots.push_back({kind, {word, chosen.end}, might_end_before(word, chosen.end), is_fenced(chosen.end)});
      }
      match.ends_with_text = chosen.end == words_.end;
      if (!slot.arguments[0].empty()) match.arguments[slot.arguments[0]] = sentence_.part(word, chosen.end);
      return;
    }
    const SlotReading reading = reader_.read(slot.kind, sentence_, word)[chosen.reading];
    if (is_time(slot.kind)) match.times.push_back({word, chosen.end});
    if (is_of_words(slot.kind)) {
      match.slots.push_back(
          {SaidSlot::Kind::kName, {word, chosen.end}, might_end_before(word, chosen.end), is_fenced(chosen.end)});
    }
    for (int i = 0; i < 2; ++i) {
      if (!slot.arguments[i].empty() && !reading.values[i].is_null()) {
        match.arguments[slot.arguments[i]] = reading.values[i];
      }
    }
  }

  // "bread to shopping and apples|to groceries": whether the word behind the slot is also inside it. With two words of
  // the template behind it, both must be: "talked to Nuno|to my daily note" can end nowhere else.
  bool might_end_before(size_t begin, size_t end) const {
    if (!is_of_template(end)) return false;
    const auto at = [this](size_t word) { return ids_.begin() + static_cast<std::ptrdiff_t>(word); };
    const size_t count = is_of_template(end + 1) ? 2 : 1;
    return std::search(at(begin + 1), at(end), at(end), at(end + count)) != at(end);
  }

  bool is_fenced(size_t end) const { return is_of_template(end) && (end + 1 == words_.end || is_of_template(end + 1)); }

  bool is_of_template(size_t word) const {
    if (word >= words_.end || ids_[word] == kNone) return false;
    return std::any_of(template_.states.begin(), template_.states.end(), [id = ids_[word]](const State& state) {
      return state.kind == State::Kind::kWord && state.word == id;
    });
  }

  const Template& template_;
  const Sentence& sentence_;
  const std::vector<int>& ids_;
  WordRange words_;
  const SlotReader& reader_;
  std::vector<Cell> cells_;
};

}  // namespace

struct Templates::Program {
  std::vector<std::string> tools;
  std::vector<Template> templates;
  Vocabulary vocabulary;
};

Templates::Templates(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Templates::Templates(Templates&&) noexcept = default;
Templates& Templates::operator=(Templates&&) noexcept = default;
Templates::~Templates() = default;

Result<Templates> Templates::compile(const std::vector<SentenceFile>& files, const SlotReader& reader) {
  auto program = std::make_unique<Program>();
  for (const SentenceFile& file : files) {
    program->tools.push_back(file.tool);
    const auto take = [&](ParsedTemplate parsed) -> Result<void> {
      Template compiled{.tool = static_cast<int>(program->tools.size()) - 1,
                        .action = std::move(parsed.action),
                        .fixed = std::move(parsed.fixed),
                        .excluding = parsed.excluding};
      compiled.states.push_back({.kind = State::Kind::kAccept});
      compiled.start = build(compiled, parsed.sequence, 0, program->vocabulary);
      compiled.necessary = necessary_words(parsed.sequence, program->vocabulary);
      for (const Slot& slot : compiled.slots) {
        if (is_free_text(slot.kind) || slot.kind == "word" || reader.knows(slot.kind)) continue;
        return Error{ErrorKind::kCorrupt, fmt::format("there is no slot kind \"{}\"", slot.kind)};
      }
      program->templates.push_back(std::move(compiled));
      return {};
    };
    TRY(parse_templates(file.text, take).context("sentences of " + file.tool));
  }
  std::set<std::pair<int, std::string>> taking;
  for (const Template& each : program->templates) {
    const auto is_of_time = [](const Slot& slot) { return is_time(slot.kind); };
    if (std::any_of(each.slots.begin(), each.slots.end(), is_of_time)) taking.emplace(each.tool, each.action);
  }
  for (Template& each : program->templates) each.takes_time = taking.contains({each.tool, each.action});
  return Templates(std::move(program));
}

std::optional<TemplateMatch> Templates::best(const Sentence& sentence, WordRange words, const SlotReader& reader,
                                             const std::function<bool(const TemplateMatch&)>& accept) const {
  if (words.begin >= words.end) return std::nullopt;
  std::vector<char> present(program_->vocabulary.size(), 0);
  std::vector<int> ids(sentence.words.size(), kNone);
  for (size_t i = words.begin; i < words.end; ++i) {
    const auto known = program_->vocabulary.find(sentence.words[i].text);
    if (known == program_->vocabulary.end()) continue;
    ids[i] = known->second;
    present[static_cast<size_t>(known->second)] = 1;
  }
  const auto has_one = [&](const std::vector<int>& set) {
    return std::any_of(set.begin(), set.end(), [&](int id) { return present[static_cast<size_t>(id)] != 0; });
  };
  std::optional<TemplateMatch> best;
  uint32_t best_cost = kImpossible;
  uint32_t refused_cost = kImpossible;
  std::vector<std::pair<int, std::string_view>> excluded;
  for (const Template& each : program_->templates) {
    if (!std::all_of(each.necessary.begin(), each.necessary.end(), has_one)) continue;
    Matcher matcher(each, sentence, ids, words, reader);
    const uint32_t cost = matcher.cost();
    if (cost == kImpossible) continue;
    if (each.excluding) {
      excluded.emplace_back(each.tool, each.action);
      continue;
    }
    if (cost >= best_cost) continue;
    TemplateMatch match = matcher.match();
    match.tool = program_->tools[static_cast<size_t>(each.tool)];
    if (accept && !accept(match)) {
      refused_cost = std::min(refused_cost, cost);
      continue;
    }
    best_cost = cost;
    best = std::move(match);
  }
  if (!best) return std::nullopt;
  best->is_second_best = refused_cost < best_cost;
  for (const auto& [tool, action] : excluded) {
    if (best->tool == program_->tools[static_cast<size_t>(tool)] && best->action == action) return std::nullopt;
  }
  return best;
}

std::vector<SlotUse> Templates::slots_of(std::string_view tool, std::string_view action) const {
  std::vector<std::string_view> words(program_->vocabulary.size());
  for (const auto& [word, id] : program_->vocabulary) words[static_cast<size_t>(id)] = word;
  std::vector<SlotUse> uses;
  for (const Template& each : program_->templates) {
    const bool is_of_action = each.action == action && program_->tools[static_cast<size_t>(each.tool)] == tool;
    if (is_of_action && !each.excluding) add_uses(each, words, uses);
  }
  return uses;
}

size_t Templates::size() const {
  return program_->templates.size();
}

}  // namespace favilla
