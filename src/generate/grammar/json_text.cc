// See json_text.h.
#include "generate/grammar/json_text.h"

#include <algorithm>

#include "generate/grammar/expression.h"
#include "generate/grammar/json_number.h"

namespace favilla::grammar {

std::string to_canonical_json(const Json& value) {
  if (!value.is_structured()) return to_json_text(value);
  std::string text(1, value.is_object() ? '{' : '[');
  bool first = true;
  for (const auto& [name, item] : value.items()) {
    if (!first) text += ", ";
    first = false;
    if (value.is_object()) text += to_json_text(name) + ": ";
    text += to_canonical_json(item);
  }
  return text + (value.is_object() ? '}' : ']');
}

bool JsonRules::begin(Known& known) {
  if (known.made) return false;
  known = {true, builder_.new_rule()};
  return !builder_.full();
}

RuleId JsonRules::character() {
  if (begin(character_)) {
    ExpressionWriter writer(builder_, Spelling::kJsonString);
    writer.characters(CharacterSet::all(), builder_.start(character_.rule), builder_.end(character_.rule));
  }
  return character_.rule;
}

StateId JsonRules::string(StateId from, uint32_t least, uint32_t most) {
  const StateId inside = builder_.literal(from, "\"");
  return builder_.literal(builder_.repeat(inside, character(), least, most, RepeatOf::kDelimited), "\"");
}

RuleId JsonRules::any_string() {
  if (begin(string_)) builder_.epsilon(string(builder_.start(string_.rule), 0, kUnlimited), builder_.end(string_.rule));
  return string_.rule;
}

RuleId JsonRules::any_number() {
  if (begin(number_)) write_numbers(builder_, {}, builder_.start(number_.rule), builder_.end(number_.rule));
  return number_.rule;
}

RuleId JsonRules::any_integer() {
  if (begin(integer_)) {
    write_numbers(builder_, {.integer = true}, builder_.start(integer_.rule), builder_.end(integer_.rule));
  }
  return integer_.rule;
}

RuleId JsonRules::any_value() {
  if (!begin(value_)) return value_.rule;
  const RuleId rule = value_.rule;
  const StateId start = builder_.start(rule);
  const StateId end = builder_.end(rule);
  builder_.call(start, any_string(), end);
  builder_.call(start, any_number(), end);
  for (const std::string_view word : {"true", "false", "null"}) builder_.epsilon(builder_.literal(start, word), end);
  builder_.epsilon(write_list(builder_, start, "[", "]", rule, 0, kUnlimited), end);
  const RuleId member = builder_.new_rule();
  if (builder_.full()) return rule;
  const StateId colon = builder_.call(builder_.start(member), any_string());
  builder_.call(builder_.literal(colon, ": "), rule, builder_.end(member));
  builder_.epsilon(write_list(builder_, start, "{", "}", member, 0, kUnlimited), end);
  return rule;
}

StateId write_list(NetworkBuilder& builder, StateId from, std::string_view open, std::string_view close, RuleId item,
                   uint32_t least, uint32_t most) {
  const StateId inside = builder.literal(from, open);
  const StateId end = builder.new_state();
  if (least == 0) builder.epsilon(builder.literal(inside, close), end);
  if (most == 0 || builder.full()) return end;
  const RuleId next = builder.new_rule();
  if (builder.full()) return end;
  builder.call(builder.literal(builder.start(next), ", "), item, builder.end(next));
  const StateId first = builder.call(inside, item);
  const StateId all = builder.repeat(first, next, least == 0 ? 0 : least - 1, most == kUnlimited ? most : most - 1);
  builder.epsilon(builder.literal(all, close), end);
  return end;
}

}  // namespace favilla::grammar
