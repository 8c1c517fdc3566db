// Reads nothing but its arguments. A text that is no calculation is kInvalidArgument, so that "what is 7 of 9 about"
// can be answered by somebody else.
#include "tools/builtin/calculator/calculator.h"

#include <fmt/format.h>

#include "tools/builtin/calculator/calculate.h"
#include "tools/builtin/calculator/units.h"

namespace favilla {

extern const char kCalculatorSentences[];

namespace {

constexpr int64_t kMaxPeople = 1'000;
constexpr int64_t kMaxTipPercent = 1'000;

// Amounts come as text, as JSON numbers, or as an object of number and unit.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object()) return text_of(value.value("number", Json(""))) + " " + value.value("unit", std::string());
  return value.is_null() ? std::string() : value.dump();
}

std::string text_argument(const Json& arguments, const char* name) {
  return arguments.contains(name) ? text_of(arguments[name]) : std::string();
}

std::string trimmed(std::string text) {
  const size_t end = text.find_last_not_of(" \t\r\n?=");
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

Json number_json(const Calculated& number) {
  Json result{{"value", number_text(number)}, {"exact", number.exact}};
  if (number.exact && !exact_decimal(number.value)) {
    result["fraction"] = number.value.fraction();
    result["exact"] = false;  // the decimals of `value` do not end
  }
  return result;
}

// "20" and "% of" and "85" are "20% of 85".
std::string expression_of(const Json& arguments) {
  std::string first = trimmed(text_argument(arguments, "first"));
  const std::string operation = text_argument(arguments, "operator");
  const std::string rest = trimmed(text_argument(arguments, "expression"));
  if (operation == "as % of") return fmt::format("{} / ({}) * 100", first, rest);
  if (operation.starts_with('%')) {
    if (first.ends_with('%')) first.pop_back();
    return first + operation + " " + rest;
  }
  std::string text = first;
  for (const std::string& part : {operation, rest}) {
    if (!part.empty()) text += (text.empty() ? "" : " ") + part;
  }
  return text;
}

Result<Outcome> plan_calculate(const ToolContext&, const Json& arguments) {
  const std::string expression = expression_of(arguments);
  const Calculated number = TRY(calculate(expression));
  if (number.trivial) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("there is nothing to work out in \"{}\"", expression)};
  }
  const SaidNumber said = say_number(number);
  Outcome outcome;
  outcome.result = number_json(number);
  outcome.result["expression"] = expression;
  outcome.reply = fmt::format("{} = {}{}", expression, said.text, said.about ? " (rounded)" : "");
  outcome.spoken = fmt::format("{}{}.", said.about ? "About " : "", said.text);
  return outcome;
}

// Money to the cent.
std::string say_money(const Exact& amount) {
  const Exact cents = (amount * Exact(100) + Exact(1) / Exact(2)).floor();
  const int64_t all = cents.to_int64().value_or(0);
  return fmt::format("{}.{:02}", say_number({Exact(all / 100), true, false}).text, all % 100);
}

Result<Outcome> plan_tip(const ToolContext&, const Json& arguments) {
  const Calculated amount = TRY(calculate(text_argument(arguments, "amount")));
  std::string percent_text = text_argument(arguments, "percent");
  if (percent_text.ends_with('%')) percent_text.pop_back();
  const Calculated percent = TRY(calculate(percent_text.empty() ? "15" : percent_text));
  const int64_t people = arguments.value("people", int64_t{1});
  if (amount.value.sign() < 0 || !(amount.value * Exact(100)).floor().to_int64()) {
    return Error{ErrorKind::kInvalidArgument, "the amount is no bill I can tip on"};
  }
  if (percent.value.sign() < 0 || (percent.value - Exact(kMaxTipPercent)).sign() > 0) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("a tip is between 0 and {} percent", kMaxTipPercent)};
  }
  const Exact tip = amount.value * percent.value / Exact(100);
  const Exact total = amount.value + tip;
  const std::string rate = say_number(percent).text;
  Outcome outcome;
  outcome.result = {{"tip", say_money(tip)}, {"total", say_money(total)}, {"percent", number_text(percent)}};
  outcome.reply = fmt::format("A {}% tip on {} is {}, {} in total", rate, say_money(amount.value), say_money(tip),
                              say_money(total));
  if (people > 1) {
    const Exact share = total / Exact(people);
    outcome.result["each"] = say_money(share);
    outcome.reply += fmt::format(": {} for each of {} people", say_money(share), people);
  }
  outcome.reply += ".";
  return outcome;
}

Result<Outcome> plan_convert(const ToolContext&, const Json& arguments) {
  const Converted converted =
      TRY(convert(trimmed(text_argument(arguments, "quantity")), trimmed(text_argument(arguments, "to"))));
  Outcome outcome;
  outcome.result = number_json(converted.value);
  outcome.result["unit"] = converted.unit;
  outcome.result["text"] = converted.text;
  outcome.reply = fmt::format("{} = {}{}", converted.from, converted.text, converted.about ? " (rounded)" : "");
  outcome.spoken = fmt::format("{} is {}{}.", converted.from, converted.about ? "about " : "", converted.text);
  return outcome;
}

constexpr Action kActions[] = {
    {"calculate", "works out an expression exactly: numbers, + - * / ^ % !, roots, percentages, also in words",
     Effect::kPure, reads(kPublicFact),
     R"({"type": "object", "properties": {
       "expression": {"type": "string", "maxLength": 2000,
                      "description": "\"(3 + 4) * 2\", \"20% off 85\", \"square root of 2\""},
       "first": {"description": "a number that stands before the operator and the expression"},
       "operator": {"type": "string", "enum": ["+", "-", "*", "/", "^", "mod", "of", "% of", "% off", "as % of"]}},
      "required": ["expression"], "additionalProperties": false})",
     plan_calculate, nullptr},
    {"tip", "works out a tip, the total, and what each person pays", Effect::kPure, reads(kPublicFact),
     R"({"type": "object", "properties": {
       "amount": {"description": "the bill: \"48.60\""},
       "percent": {"description": "15 when not said"},
       "people": {"type": "integer", "minimum": 1, "maximum": 1000}},
      "required": ["amount"], "additionalProperties": false})",
     plan_tip, nullptr},
    {"convert",
     "converts between units of length, mass, temperature, area, volume, time, data, energy, power, pressure, "
     "angle and speed",
     Effect::kPure, reads(kPublicFact),
     R"({"type": "object", "properties": {
       "quantity": {"description": "\"5 feet 11 inches\", \"100 F\""},
       "to": {"type": "string", "maxLength": 300, "description": "\"cm\", \"miles per hour\", \"feet and inches\""}},
      "required": ["quantity", "to"], "additionalProperties": false})",
     plan_convert, nullptr},
};

}  // namespace

const Tool kCalculatorTool = {"calculator", "exact calculations, tips and unit conversions", kActions,
                              kCalculatorSentences};

}  // namespace favilla
