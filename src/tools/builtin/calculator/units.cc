#include "tools/builtin/calculator/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "tools/builtin/calculator/unit_table.h"

namespace favilla {
namespace {

constexpr size_t kMaxQuantityBytes = 300;
constexpr size_t kMaxUnitWords = 5;
constexpr size_t kSymbolChars = 3;  // names of at most so many letters are compared as written first
constexpr int kShownDigits = 6;

constexpr std::string_view kCurrencies[] = {"dollar",    "dollars",
                                            "usd",       "$",
                                            "euro",      "euros",
                                            "eur",       "\xE2\x82\xAC",
                                            "gbp",       "\xC2\xA3",
                                            "yen",       "jpy",
                                            "yuan",      "cny",
                                            "rupee",     "inr",
                                            "rupees",    "franc",
                                            "francs",    "chf",
                                            "sterling",  "pounds sterling",
                                            "bucks",     "krona",
                                            "sek",       "pesos",
                                            "peso",      "cad",
                                            "aud",       "bitcoin",
                                            "bitcoins",  "quid",
                                            "us dollars"};

Error invalid(std::string message) {
  return {ErrorKind::kInvalidArgument, std::move(message)};
}

// Both units are understood: other words would not help.
Error no_conversion(std::string message) {
  return {ErrorKind::kUnsupported, std::move(message)};
}

// A unit with its numbers read: base = value * factor + offset.
struct Measure {
  Dimension dimension;
  std::string singular;
  std::string plural;
  Exact factor{1};
  Exact offset{0};
};
using Measures = std::vector<Measure>;  // all that a name can mean, likely ones first

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

// The table's numbers are ours, so that they can be read.
Exact read_factor(std::string_view text) {
  const size_t slash = text.find('/');
  const Exact numerator = Exact::parse(text.substr(0, slash)).value_or(Exact(0));
  if (slash == std::string_view::npos) return numerator;
  return numerator / Exact::parse(text.substr(slash + 1)).value_or(Exact(1));
}

// Calls `visit(name)` for each name until it returns true.
template <class Visit>
bool any_name(const Unit& unit, Visit visit) {
  if (visit(unit.singular) || visit(unit.plural)) return true;
  std::string_view names = unit.names;
  while (!names.empty()) {
    const size_t comma = std::min(names.find(','), names.size());
    if (visit(names.substr(0, comma))) return true;
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return false;
}

// Symbols exactly as written, or, when no unit is written so, in any case.
Measures find_simple(std::string_view name) {
  const std::string lowered = lower(name);
  Measures exact;
  Measures folded;
  for (const Unit& unit : unit_table()) {
    const bool is_exact = any_name(unit, [&](std::string_view known) { return known == name; });
    if (!is_exact && !any_name(unit, [&](std::string_view known) { return lower(known) == lowered; })) continue;
    Measure measure{unit.dimension, std::string(unit.singular), std::string(unit.plural), read_factor(unit.factor),
                    read_factor(unit.offset)};
    (is_exact ? exact : folded).push_back(std::move(measure));
  }
  // Words mean the same in any case ("Feet"); of symbols only those written so.
  if (!exact.empty() && name.size() <= kSymbolChars) return exact;
  exact.insert(exact.end(), folded.begin(), folded.end());
  return exact;
}

// "feet per minute", "km/h": a length or data by a time.
Measures find_rate(std::string_view name) {
  for (const std::string_view joint : {" per ", " an ", " a ", "/"}) {
    const size_t at = name.find(joint);
    if (at == std::string_view::npos) continue;
    for (const Measure& above : find_simple(name.substr(0, at))) {
      for (const Measure& below : find_simple(name.substr(at + joint.size()))) {
        if (below.dimension != Dimension::kTime) continue;
        if (above.dimension != Dimension::kLength && above.dimension != Dimension::kData) continue;
        const Dimension rate = above.dimension == Dimension::kLength ? Dimension::kSpeed : Dimension::kDataRate;
        return {{rate, above.singular + " per " + below.singular, above.plural + " per " + below.singular,
                 above.factor / below.factor, Exact(0)}};
      }
    }
  }
  return {};
}

Measures find_measures(std::string_view name) {
  Measures found = find_simple(name);
  return found.empty() ? find_rate(name) : found;
}

bool is_currency(std::string_view name) {
  const std::string lowered = lower(name);
  return std::find(std::begin(kCurrencies), std::end(kCurrencies), lowered) != std::end(kCurrencies);
}

Error no_rates() {
  return {ErrorKind::kUnsupported, "I have no exchange rates: they change daily, and I work offline"};
}

// What stands between blanks; a number and what touches it are two ("5kg", "5'11\"").
std::vector<std::string_view> split(std::string_view text) {
  const auto is_numeric = [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == ','; };
  std::vector<std::string_view> words;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
      continue;
    }
    size_t end = at + 1;
    const bool numeric = is_numeric(text[at]) || text[at] == '-' || text[at] == '+';
    // Digits may belong to a unit ("m2"), but not the other way round.
    while (end < text.size() && text[end] != ' ' && text[end] != '\t' && (!numeric || is_numeric(text[end])) &&
           (numeric || (text[at] != '\'' && text[at] != '"'))) {
      ++end;
    }
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::string_view joined(const std::vector<std::string_view>& words, size_t begin, size_t end) {
  return {words[begin].data(),
          static_cast<size_t>(words[end - 1].data() + words[end - 1].size() - words[begin].data())};
}

struct Part {
  Calculated amount;
  Measures measures;
};

bool is_article(std::string_view word) {
  return word == "a" || word == "an" || word == "one" || word == "the" || word == "of";
}

// "", "a", "half a", "3 and a half", "2 * 7"
Result<Calculated> read_amount(const std::vector<std::string_view>& words, size_t begin, size_t end) {
  while (end > begin + 1 && is_article(words[end - 1])) --end;
  if (begin < end && (words[begin] == "and" || words[begin] == "about")) ++begin;
  if (begin == end || (begin + 1 == end && is_article(words[begin]))) return Calculated{Exact(1), true, true};
  return calculate(joined(words, begin, end));
}

// Number words are amounts, also where a unit has the same name ("second").
Result<std::vector<Part>> read_parts(std::string_view quantity) {
  if (quantity.size() > kMaxQuantityBytes) return invalid("the quantity is too long");
  const std::vector<std::string_view> words = split(quantity);
  std::vector<Part> parts;
  size_t amount_begin = 0;
  for (size_t at = 0; at < words.size(); ++at) {
    for (size_t count = std::min(kMaxUnitWords, words.size() - at); count > 0; --count) {
      const std::string_view name = joined(words, at, at + count);
      if (count == 1 && is_currency(name)) return no_rates();
      Measures measures = find_measures(name);
      if (measures.empty()) continue;
      const Calculated amount = TRY(read_amount(words, amount_begin, at));
      parts.push_back({amount, std::move(measures)});
      amount_begin = at + count;
      at += count - 1;
      break;
    }
  }
  if (parts.empty()) return invalid(fmt::format("I know no unit in \"{}\"", quantity));
  if (amount_begin < words.size()) {  // "6 ft 2"
    if (parts.back().measures.front().singular != "foot") {
      return invalid(fmt::format("I do not know what \"{}\" measures", joined(words, amount_begin, words.size())));
    }
    const Calculated amount = TRY(read_amount(words, amount_begin, words.size()));
    parts.push_back({amount, find_simple("inch")});
  }
  return parts;
}

const Measure* of_dimension(const Measures& measures, Dimension dimension) {
  const auto found = std::find_if(measures.begin(), measures.end(),
                                  [&](const Measure& measure) { return measure.dimension == dimension; });
  return found == measures.end() ? nullptr : &*found;
}

// The dimension that all parts and the target can have.
std::optional<Dimension> shared_dimension(const std::vector<Part>& parts, const Measures& target) {
  for (const Measure& wanted : target) {
    if (std::all_of(parts.begin(), parts.end(),
                    [&](const Part& part) { return of_dimension(part.measures, wanted.dimension) != nullptr; })) {
      return wanted.dimension;
    }
  }
  return std::nullopt;
}

std::string_view name_for(const Measure& measure, const Calculated& amount) {
  return amount.exact && amount.value == Exact(1) ? measure.singular : measure.plural;
}

std::string say(const Calculated& amount, const Measure& measure, bool* about) {
  const SaidNumber said = say_number(amount, kShownDigits);
  if (about != nullptr) *about = *about || said.about;
  return fmt::format("{} {}", said.text, name_for(measure, amount));
}

Result<Measures> find_target(std::string_view name) {
  for (const std::string_view article : {"a ", "an ", "the "}) {
    if (name.starts_with(article)) name.remove_prefix(article.size());
  }
  if (is_currency(name)) return no_rates();
  Measures measures = find_measures(name);
  if (measures.empty()) return invalid(fmt::format("I do not know the unit \"{}\"", name));
  return measures;
}

}  // namespace

Result<Converted> convert(std::string_view quantity, std::string_view to) {
  if (to.size() > kMaxQuantityBytes) return invalid("the unit's name is too long");
  const std::vector<Part> parts = TRY(read_parts(quantity));
  const size_t joint = to.find(" and ");
  const Measures target = TRY(find_target(to.substr(0, joint)));
  const Measures minor = joint == std::string_view::npos ? Measures{} : TRY(find_target(to.substr(joint + 5)));
  const std::optional<Dimension> dimension = shared_dimension(parts, target);
  if (!dimension) {
    return no_conversion(fmt::format("a {} measures {} and a {} measures {}: there is no conversion",
                                     parts.front().measures.front().singular,
                                     dimension_name(parts.front().measures.front().dimension), target.front().singular,
                                     dimension_name(target.front().dimension)));
  }
  if (*dimension == Dimension::kTemperature && (parts.size() > 1 || !minor.empty())) {
    return invalid("temperatures do not add up");
  }
  Converted result;
  Exact base(0);
  for (const Part& part : parts) {
    const Measure& measure = *of_dimension(part.measures, *dimension);
    base = base + part.amount.value * measure.factor + measure.offset;
    result.value.exact = result.value.exact && part.amount.exact;
    result.from += (result.from.empty() ? "" : " ") + say(part.amount, measure, nullptr);
  }
  const Measure& unit = *of_dimension(target, *dimension);
  result.value.value = (base - unit.offset) / unit.factor;
  result.unit = unit.singular;
  if (unit.singular == "radian" || result.from.find("radian") != std::string::npos) {
    result.value.exact = result.value.exact && base.sign() == 0;  // pi is in between
  }
  if (minor.empty()) {
    result.text = say(result.value, unit, &result.about);
    return result;
  }
  const Measure* small = of_dimension(minor, *dimension);
  if (small == nullptr) return invalid(fmt::format("\"{}\" are units of different kinds", to));
  const Exact whole = result.value.value.floor();
  const Exact rest = (base - whole * unit.factor) / small->factor;
  result.text =
      say({whole, true, false}, unit, nullptr) + " " + say({rest, result.value.exact, false}, *small, &result.about);
  return result;
}

}  // namespace favilla
