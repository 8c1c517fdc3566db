// See arguments.h. Parameters choose in the order of how sure they are, so that a text which surely is one parameter's
// is not taken by another.
#include "assistant/agent/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "assistant/agent/slot_choice.h"
#include "assistant/agent/tool_prompt.h"

namespace favilla {
namespace {

constexpr double kWorthAsking = 4.0;   // candidates this far behind the best are not shown to the model
constexpr double kMostEvidence = 6.0;  // more makes a value no surer
constexpr double kOnlyNumber = 1.6;    // of evidence: the only number said, for the only parameter that takes one
constexpr size_t kMaxWeighed = 6;
constexpr double kMostLogOdds = 8.0;  // of a reading; more makes a value no surer
constexpr size_t kMaxReadWords = 24;
constexpr double kLeastShare = 0.1;  // of evidence that a reading leaves
constexpr int kMaxDepth = 3;
constexpr size_t kNewest = 0;  // of said.texts(): what slots were found in

struct Open {
  Parameter parameter;
  std::vector<ArgumentCandidate> candidates = {};
  std::optional<ArgumentReading> reading = std::nullopt;
  ArgumentReading::Span best = {};  // of the reading, where the parameter is a text
  bool done = false;
};

std::set<std::string> stems_of(const ToolDefinition& tool) {
  std::set<std::string> stems = identifier_stems(tool.name);
  stems.merge(content_stems(tool.description));
  return stems;
}

// Neighbouring texts joined by commas or "and", from the best candidate for one item on.
Json list_value(const Parameter& list, const Said& said, const std::set<std::string>& tool_stems, double& evidence) {
  const auto items = list.schema.find("items");
  Parameter item = make_parameter(list.name, items == list.schema.end() ? Json::object() : *items, true);
  item.note_stems.merge(content_stems(list.description));
  const std::vector<ArgumentCandidate> found = candidates_for(item, said, tool_stems);
  evidence = found.empty() ? kHardlyMeant - 1 : found.front().evidence;
  if (found.empty()) return Json::array();
  std::vector<const ArgumentCandidate*> members = {&found.front()};
  const auto joins = [&](const ArgumentCandidate& a, const ArgumentCandidate& b) {
    if (a.source == ArgumentCandidate::kElsewhere || a.source != b.source || b.from < a.to) return false;
    std::string gap = fold_case(said.texts()[a.source].text.substr(a.to, b.from - a.to));
    std::erase_if(gap, [](char c) { return std::string_view(" ,\"'[]").find(c) != std::string_view::npos; });
    return gap.empty() ? b.from - a.to > 1 : gap == "and" || gap == "&" || gap == "or";
  };
  for (bool grown = true; grown;) {
    grown = false;
    for (const ArgumentCandidate& candidate : found) {
      const bool free = std::none_of(members.begin(), members.end(), [&](const auto* m) {
        return m->overlaps(candidate) || m->value == candidate.value;
      });
      if (!free) continue;
      if (joins(*members.back(), candidate)) {
        members.push_back(&candidate);
        grown = true;
      } else if (joins(candidate, *members.front())) {
        members.insert(members.begin(), &candidate);
        grown = true;
      }
      if (grown) break;
    }
  }
  Json values = Json::array();
  for (const ArgumentCandidate* member : members) values.push_back(member->value);
  return values;
}

// One object's members, from the conversation's words.
class Filler {
 public:
  Filler(const Said& said, std::set<std::string> tool_stems, const ArgumentHelp& help, FilledCall& filled)
      : said_(said), tool_stems_(std::move(tool_stems)), help_(help), filled_(filled) {}

  // Of all required values.
  double sureness() const { return required_ == 0 ? 0 : evidence_ / (kMostEvidence * required_); }

  // `proposal`: an object, or null when there is none.
  Result<Json> object(const Json& schema, const Json& proposal, std::span<const std::string> written, int depth) {
    std::vector<Open> open;
    for (Parameter& parameter : parameters_of(schema)) {
      Open one{.parameter = std::move(parameter)};
      const Json proposed = proposal.is_object() ? proposal.value(one.parameter.name, Json()) : Json();
      if (one.parameter.kind == Parameter::Kind::kObject && depth < kMaxDepth) {
        const Json inner = TRY(object(one.parameter.schema, proposed, written, depth + 1));
        const double evidence = inner.empty() ? kHardlyMeant - 1 : kSurelyMeant + 1;
        one.candidates = {{inner, inner.dump(), evidence, ArgumentCandidate::kElsewhere, 0, 0}};
      } else {
        one.candidates = candidates(one.parameter, depth);
        if (help_.read) TRY(read(one));
        if (proposal.is_object()) hear(one, proposed);
      }
      open.push_back(std::move(one));
    }
    match_only_number(open);
    Json chosen = Json::object();
    if (depth == 0) take_slots(open, chosen);
    while (Open* next = surest(open)) TRY(choose(*next, written, chosen));
    // In the schema's order.
    Json ordered = Json::object();
    for (const Open& one : open) {
      if (const auto found = chosen.find(one.parameter.name); found != chosen.end())
        ordered[one.parameter.name] = *found;
    }
    return ordered;
  }

 private:
  std::vector<ArgumentCandidate> candidates(const Parameter& parameter, int depth) {
    if (parameter.kind != Parameter::Kind::kList) return candidates_for(parameter, said_, tool_stems_);
    if (depth >= kMaxDepth) return {};
    double evidence = 0;
    Json values = list_value(parameter, said_, tool_stems_, evidence);
    std::string text = values.dump();
    return {{std::move(values), std::move(text), evidence, ArgumentCandidate::kElsewhere, 0, 0}};
  }

  // What the reader says of texts, numbers and times; a text that it would rather have is one more candidate.
  Result<void> read(Open& open) const {
    using Kind = Parameter::Kind;
    const Kind kind = open.parameter.kind;
    const bool is_read = kind == Kind::kText || kind == Kind::kNumber || kind == Kind::kInteger ||
                         kind == Kind::kTime || kind == Kind::kByRules;
    if (!is_read || is_listed(open.parameter, said_)) return {};  // of a list only its things are meant
    if (kind != Kind::kText && open.candidates.empty() && !has_slot(open.parameter.name)) return {};
    open.reading = TRY(help_.read(open.parameter));
    const ArgumentReading& reading = *open.reading;
    if (kind == Kind::kText) open.best = reading.best(kMaxReadWords);
    ArgumentReading::Span best = open.best;
    for (ArgumentCandidate& each : open.candidates) {
      if (each.source == ArgumentCandidate::kElsewhere) continue;
      const auto [first, last] = words_between(each.source, each.from, each.to);
      each.evidence = with_reading(open.parameter, each.evidence, reading.score(each.source, first, last));
      if (best.source == each.source && best.first == first && best.last == last) best.score = 0;
    }
    if (best.score > 0) add_span(open, best);
    sort(open.candidates);
    return {};
  }

  void add_span(Open& open, const ArgumentReading::Span& span) const {
    const SaidText& text = said_.texts()[span.source];
    const std::string words = text.span(span.first, span.last);
    open.candidates.push_back({words, words, with_reading(open.parameter, kSurelyMeant, span.score), span.source,
                               text.words[span.first].from, text.words[span.last].to});
  }

  // The first and the last word of which some bytes are among these.
  std::pair<size_t, size_t> words_between(size_t source, size_t from, size_t to) const {
    const std::vector<TextWord>& words = said_.texts()[source].words;
    const auto begins = [&](const TextWord& word) { return word.to > from; };
    const auto ends = [&](const TextWord& word) { return word.from >= to; };
    const auto first = static_cast<size_t>(std::find_if(words.begin(), words.end(), begins) - words.begin());
    const auto end = static_cast<size_t>(std::find_if(words.begin(), words.end(), ends) - words.begin());
    return {first, end - 1};
  }

  bool has_slot(const std::string& name) const {
    return std::any_of(help_.slots.begin(), help_.slots.end(), [&](const FoundSlot& slot) {
      return std::any_of(slot.arguments.begin(), slot.arguments.end(),
                         [&](const auto& argument) { return argument.first == name; });
    });
  }

  // What rules read are the arguments, unless the reader thinks otherwise.
  void take_slots(std::vector<Open>& open, Json& chosen) {
    std::vector<SlotOption> options;
    for (const FoundSlot& slot : help_.slots) options.push_back(option_of(slot, open));
    for (const size_t index : choose_slots(options)) {
      const FoundSlot& slot = help_.slots[index];
      const std::string words = said_.texts()[kNewest].text.substr(slot.from, slot.to - slot.from);
      for (const auto& [name, value] : slot.arguments) {
        Open& one = *std::find_if(open.begin(), open.end(), [&](const Open& o) { return o.parameter.name == name; });
        one.done = true;
        count_required(one.parameter, options[index].gain);
        filled_.remarks.push_back(fmt::format("{} = {} by rules ({:.1f})", name, words, options[index].gain));
        chosen[name] = value;
      }
      taken_.push_back({nullptr, words, options[index].gain, kNewest, slot.from, slot.to});
      narrow(options[index].gain);
    }
    for (Open& one : open) {
      if (!one.done && one.parameter.kind == Parameter::Kind::kText) cut(one);
    }
  }

  // Its gain is what the reader thinks of the words for each of its arguments; 0: it does not fit.
  SlotOption option_of(const FoundSlot& slot, const std::vector<Open>& open) const {
    const auto [first, last] = words_between(kNewest, slot.from, slot.to);
    if (slot.to > said_.texts()[kNewest].text.size() || first > last) return {};
    SlotOption option{.from = slot.from, .to = slot.to};
    for (const auto& [name, value] : slot.arguments) {
      const auto one = std::find_if(open.begin(), open.end(), [&](const Open& o) { return o.parameter.name == name; });
      if (one == open.end() || !one->reading) return {};
      const double score = one->reading->best_within(kNewest, first, last);
      option.gain += help_.trust.reading * std::clamp(score, -kMostLogOdds, kMostLogOdds);
      option.arguments |= uint64_t{1} << (one - open.begin());
    }
    option.gain += help_.trust.slot_word * static_cast<double>(last - first + 1);
    // "book the Friday concert": what is in the middle of a text belongs to it.
    for (const Open& one : open) {
      const bool is_inside = one.best.source == kNewest && one.best.first < first && last < one.best.last;
      if (is_inside && one.best.score > option.gain) return {};
    }
    return option;
  }

  // What the reader reads begins and ends with no words that were taken.
  void cut(Open& open) const {
    ArgumentReading::Span span = open.best;
    if (span.score <= 0) return;
    for (const ArgumentCandidate& taken : taken_) {
      if (taken.source != span.source) continue;
      const auto [first, last] = words_between(taken.source, taken.from, taken.to);
      if (first <= span.first && span.first <= last) span.first = last + 1;
      if (first <= span.last && span.last <= last) {
        if (first == 0) return;
        span.last = first - 1;
      }
    }
    if (span.first > span.last || (span.first == open.best.first && span.last == open.best.last)) return;
    add_span(open, span);
    sort(open.candidates);
  }

  double with_reading(const Parameter& parameter, double evidence, double score) const {
    const double with = kSurelyMeant + help_.trust.reading * std::clamp(score, -kMostLogOdds, kMostLogOdds) +
                        help_.trust.beside * (evidence - kSurelyMeant);
    // What is required lacks only when the words say so, too.
    if (!parameter.required || evidence < kHardlyMeant) return with;
    return std::max(with, kHardlyMeant + kLeastShare * (evidence - kHardlyMeant));
  }

  static void sort(std::vector<ArgumentCandidate>& candidates) {
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const auto& a, const auto& b) { return a.evidence > b.evidence; });
  }

  // The one number that was said is the one number that is asked for, whatever stands beside it.
  static void match_only_number(std::vector<Open>& open) {
    Open* only = nullptr;
    for (Open& one : open) {
      if (one.parameter.kind != Parameter::Kind::kInteger && one.parameter.kind != Parameter::Kind::kNumber) continue;
      if (only != nullptr) return;
      only = &one;
    }
    if (only == nullptr || only->candidates.empty()) return;
    const Json& value = only->candidates.front().value;
    const auto is_same = [&](const ArgumentCandidate& each) { return each.value == value; };
    if (!std::all_of(only->candidates.begin(), only->candidates.end(), is_same)) return;
    only->candidates.front().evidence += kOnlyNumber;
  }

  // What the model would write, null for nothing.
  void hear(Open& open, const Json& proposed) const {
    using Kind = Parameter::Kind;
    if (open.parameter.kind == Kind::kTime) return;  // times are worked out, not copied
    if (proposed.is_null()) {
      const double less = open.parameter.required ? 0 : help_.trust.unproposed;
      for (ArgumentCandidate& each : open.candidates) each.evidence -= less;
      return;
    }
    bool is_known = false;
    for (ArgumentCandidate& each : open.candidates) {
      if (each.value != proposed) continue;
      each.evidence += help_.trust.proposed;
      is_known = true;
    }
    // All numbers that were said are candidates already, in the parameter's unit: "9 minutes" is 540 seconds, not 9.
    const bool is_number = open.parameter.kind == Kind::kInteger || open.parameter.kind == Kind::kNumber;
    if (!is_known && !(is_number && !open.candidates.empty())) {
      if (auto found = find_value(open.parameter, proposed, said_)) {
        found->evidence = help_.trust.proposed;
        open.candidates.push_back(std::move(*found));
      }
    }
    sort(open.candidates);
  }

  bool is_free(const ArgumentCandidate& candidate) const {
    return std::none_of(taken_.begin(), taken_.end(), [&](const auto& taken) { return taken.overlaps(candidate); });
  }

  Open* surest(std::vector<Open>& open) const {
    Open* best = nullptr;
    for (Open& one : open) {
      if (one.done) continue;
      std::erase_if(one.candidates, [&](const auto& candidate) { return !is_free(candidate); });
      const auto key = [](const Open& o) {
        const double evidence = o.candidates.empty() ? -100 : o.candidates.front().evidence;
        return evidence + (o.parameter.required ? 0.5 : 0);
      };
      if (best == nullptr || key(one) > key(*best)) best = &one;
    }
    return best;
  }

  Result<size_t> best_of(const Open& open, std::span<const std::string> written, const Json& chosen) {
    size_t count = 0;
    const auto& all = open.candidates;
    while (count < all.size() && count < kMaxWeighed && all[count].evidence > all[0].evidence - kWorthAsking) ++count;
    if (!help_.weigh || count < 2) return size_t{0};
    std::vector<std::string> before(written.begin(), written.end());
    size_t keys = 0;
    for (const auto& [name, value] : chosen.items()) {
      before.push_back(key_piece(name, keys++));
      before.push_back(value_piece(value));
    }
    before.push_back(key_piece(open.parameter.name, keys));
    std::vector<std::string> options;
    for (size_t i = 0; i < count; ++i) options.push_back(value_piece(all[i].value));
    const std::vector<double> weights = TRY(help_.weigh(before, options));
    size_t best = 0;
    const auto score = [&](size_t i) { return all[i].evidence + help_.trust.likelihood * weights[i]; };
    for (size_t i = 1; i < count; ++i) {
      if (score(i) > score(best)) best = i;
    }
    return best;
  }

  Result<void> choose(Open& open, std::span<const std::string> written, Json& chosen) {
    open.done = true;
    const Parameter& parameter = open.parameter;
    const double least = parameter.required ? kHardlyMeant : kSurelyMeant;
    if (open.candidates.empty() || open.candidates.front().evidence < least) {
      if (parameter.required) filled_.missing.push_back(parameter.name);
      count_required(parameter, 0);
      if (!open.candidates.empty()) narrow(least - open.candidates.front().evidence);
      return {};
    }
    const size_t best = TRY(best_of(open, written, chosen));
    const ArgumentCandidate& candidate = open.candidates[best];
    filled_.remarks.push_back(fmt::format("{} = {} ({:.1f})", parameter.name, candidate.text, candidate.evidence));
    if (parameter.required) narrow(candidate.evidence - least);  // what is optional does little harm when it is told
    for (const ArgumentCandidate& other : open.candidates) {
      if (other.value != candidate.value) narrow(candidate.evidence - other.evidence);
    }
    count_required(parameter, candidate.evidence);
    chosen[parameter.name] = candidate.value;
    taken_.push_back(candidate);
    return {};
  }

  void count_required(const Parameter& parameter, double evidence) {
    if (!parameter.required) return;
    ++required_;
    evidence_ += std::clamp(evidence, 0.0, kMostEvidence);
  }

  // Evidence alone says little of how sure a choice is.
  void narrow(double margin) {
    if (help_.read) filled_.margin = std::min(filled_.margin, std::max(0.0, margin));
  }

  const Said& said_;
  const std::set<std::string> tool_stems_;
  const ArgumentHelp& help_;
  FilledCall& filled_;
  std::vector<ArgumentCandidate> taken_;
  int required_ = 0;     // parameters decided about
  double evidence_ = 0;  // of the values chosen for them
};

}  // namespace

Result<FilledCall> fill_arguments(const ToolDefinition& tool, const Said& said, const ArgumentHelp& help) {
  FilledCall filled;
  Filler filler(said, stems_of(tool), help, filled);
  std::vector<std::string> written = tool_answer_pieces({.id = {}, .name = tool.name, .arguments = Json::object()});
  written.pop_back();
  filled.arguments = TRY(filler.object(tool.parameters, help.proposal, written, 0));
  filled.sureness = filler.sureness();
  size_t required = 0;
  for (const Parameter& parameter : parameters_of(tool.parameters)) required += parameter.required ? 1 : 0;
  if (required > 0) {
    const auto missing = static_cast<double>(std::min(filled.missing.size(), required));
    filled.fill = 1 - missing / static_cast<double>(required);
  }
  return filled;
}

FilledCall fill_by_evidence(const ToolDefinition& tool, const Said& said) {
  return fill_arguments(tool, said, {}).value_or({});
}

}  // namespace favilla
