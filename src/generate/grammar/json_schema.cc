// The compiler: a schema becomes the alternatives that its $ref, allOf, anyOf and oneOf stand for, each without them;
// an alternative becomes a way through the network for each of its types. References that stand alone become calls, so
// that recursive schemas are recursive rules.
#include "generate/grammar/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <map>
#include <set>

#include "base/utf8.h"
#include "generate/grammar/expression.h"
#include "generate/grammar/json_disjoint.h"
#include "generate/grammar/json_format.h"
#include "generate/grammar/json_keywords.h"
#include "generate/grammar/json_number.h"
#include "generate/grammar/json_text.h"
#include "generate/grammar/matcher.h"
#include "generate/grammar/regex.h"

namespace favilla::grammar {
namespace {

constexpr size_t kMaxAlternatives = 256;
constexpr size_t kMaxUniqueValues = 6;
constexpr std::array<std::string_view, 4> kJoining = {"$ref", "allOf", "anyOf", "oneOf"};

// A count of the schema; 3.0 is 3. What is beyond 32 bits is the largest.
uint32_t count_of(const Json& schema, std::string_view keyword, uint32_t otherwise) {
  const Json* value = find_member(schema, keyword);
  if (value == nullptr) return otherwise;
  const std::optional<Decimal> decimal = to_decimal(*value);
  uint32_t count = kUnlimited - 1;
  if (decimal) std::from_chars(decimal->whole.data(), decimal->whole.data() + decimal->whole.size(), count);
  return count;
}

class SchemaCompiler {
 public:
  explicit SchemaCompiler(const Json& document) : document_(document), rules_(builder_) {}

  // The texts of a part of the document.
  Result<Network> compile(const Json& schema) {
    const RuleId root = builder_.new_rule("the schema");
    TRY(write_into(root, schema, ""));
    while (!waiting_.empty() && !builder_.full()) {
      const auto [rule, pointer] = waiting_.back();
      waiting_.pop_back();
      const Json* target = TRY(resolve(document_, pointer, pointer));
      TRY(write_into(rule, *target, pointer.substr(1)));
    }
    return std::move(builder_).finish(root).context("the schema");
  }

 private:
  using Place = const std::string&;  // a JSON pointer, for messages

  Result<void> write_into(RuleId rule, const Json& schema, Place place) {
    builder_.epsilon(TRY(value(schema, builder_.start(rule), place, 0)), builder_.end(rule));
    return {};
  }

  Result<void> count_work(Place place, int depth) {
    if (depth > kMaxSchemaDepth) {
      return schema_error(
          ErrorKind::kExhausted, place.substr(0, 80),
          fmt::format("more than {} levels of schemas, or a reference that never ends", kMaxSchemaDepth));
    }
    if (++work_ > kMaxSchemaWork) {
      return schema_error(ErrorKind::kExhausted, place, fmt::format("more than {} schemas", kMaxSchemaWork));
    }
    return {};
  }

  // ---- what schemas are made of

  Result<StateId> value(const Json& schema, StateId from, Place place, int depth) {
    TRY(count_work(place, depth));
    if (builder_.full()) return from;
    if (schema.is_boolean()) return schema.get<bool>() ? builder_.call(from, rules_.any_value()) : builder_.new_state();
    if (!schema.is_object())
      return schema_error(ErrorKind::kInvalidArgument, place, "a schema is an object or a boolean");
    TRY(check_keywords(schema, place));
    std::vector<std::string> followed;
    for (const auto& [name, unused] : schema.items()) {
      if (!is_note(name)) followed.push_back(name);
    }
    if (followed.empty()) return builder_.call(from, rules_.any_value());
    if (followed.size() == 1 && followed[0] == "$ref") {
      return builder_.call(from, TRY(rule_of(schema["$ref"].get<std::string>(), place)));
    }
    if (followed.size() == 1 && (followed[0] == "anyOf" || followed[0] == "oneOf")) {
      return choices(schema[followed[0]], followed[0], from, place, depth);
    }
    const StateId end = builder_.new_state();
    const std::vector<Json> all = TRY(alternatives(schema, place, depth));
    for (const Json& one : all) {
      builder_.epsilon(TRY(simple(one, from, place, depth)), end);
    }
    return end;
  }

  Result<StateId> choices(const Json& schemas, const std::string& keyword, StateId from, Place place, int depth) {
    if (keyword == "oneOf") TRY(require_disjoint(schemas, place));
    const StateId end = builder_.new_state();
    for (size_t i = 0; i < schemas.size(); ++i) {
      builder_.epsilon(TRY(value(schemas[i], from, fmt::format("{}/{}/{}", place, keyword, i), depth + 1)), end);
    }
    return end;
  }

  Result<void> require_disjoint(const Json& schemas, Place place) {
    for (size_t i = 0; i < schemas.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        TRY(count_work(place, 0));
        if (!are_disjoint(document_, schemas[i], schemas[j])) {
          return schema_error(ErrorKind::kUnsupported, place,
                              fmt::format("choices {} and {} of oneOf may overlap; anyOf allows that", j, i));
        }
      }
    }
    return {};
  }

  Result<RuleId> rule_of(const std::string& pointer, Place place) {
    const auto known = references_.find(pointer);
    if (known != references_.end()) return known->second;
    TRY(resolve(document_, pointer, place));
    const RuleId rule = builder_.new_rule(pointer);
    references_.emplace(pointer, rule);
    waiting_.emplace_back(rule, pointer);
    return rule;
  }

  // ---- schemas without joining keywords

  Result<std::vector<Json>> alternatives(const Json& schema, Place place, int depth) {
    TRY(count_work(place, depth));
    if (schema.is_boolean()) return schema.get<bool>() ? std::vector<Json>{Json::object()} : std::vector<Json>{};
    TRY(check_keywords(schema, place));
    Json base = Json::object();
    for (const auto& [name, member] : schema.items()) {
      if (!is_note(name) && std::find(kJoining.begin(), kJoining.end(), name) == kJoining.end()) base[name] = member;
    }
    std::vector<Json> all = {base};
    if (const Json* reference = find_member(schema, "$ref")) {
      const Json* target = TRY(resolve(document_, reference->get<std::string>(), place));
      const std::vector<Json> targets = TRY(alternatives(*target, place, depth + 1));
      all = TRY(join(all, targets, place));
    }
    if (const Json* parts = find_member(schema, "allOf")) {
      for (const Json& part : *parts) {
        const std::vector<Json> some = TRY(alternatives(part, place, depth + 1));
        all = TRY(join(all, some, place));
      }
    }
    for (const char* keyword : {"anyOf", "oneOf"}) {
      const Json* parts = find_member(schema, keyword);
      if (parts == nullptr) continue;
      if (std::string_view(keyword) == "oneOf") TRY(require_disjoint(with_base(base, *parts), place));
      std::vector<Json> any;
      for (const Json& part : *parts) {
        const std::vector<Json> some = TRY(alternatives(part, place, depth + 1));
        any.insert(any.end(), some.begin(), some.end());
      }
      all = TRY(join(all, any, place));
    }
    return all;
  }

  // Choices as they are beside the other keywords: what those say helps to tell the choices apart.
  static Json with_base(const Json& base, const Json& parts) {
    Json joined = Json::array();
    for (const Json& part : parts) {
      const bool plain = part.is_object() && std::none_of(kJoining.begin(), kJoining.end(), [&](std::string_view name) {
                           return find_member(part, name) != nullptr;
                         });
      Result<Json> merged = plain ? merge_schemas(base, part, "") : Result<Json>(part);
      joined.push_back(merged ? *std::move(merged) : part);
    }
    return joined;
  }

  Result<std::vector<Json>> join(const std::vector<Json>& a, const std::vector<Json>& b, Place place) {
    if (a.size() * b.size() > kMaxAlternatives) {
      return schema_error(ErrorKind::kExhausted, place, fmt::format("more than {} combined choices", kMaxAlternatives));
    }
    std::vector<Json> joined;
    for (const Json& one : a) {
      for (const Json& other : b) {
        TRY(count_work(place, 0));
        joined.push_back(one.empty() ? other : TRY(merge_schemas(one, other, place)));
      }
    }
    return joined;
  }

  Result<StateId> simple(const Json& schema, StateId from, Place place, int depth) {
    if (schema.contains("const") || schema.contains("enum")) return enumerated(schema, from, place);
    const StateId end = builder_.new_state();
    for (const std::string& type : types_of(schema))
      builder_.epsilon(TRY(typed(schema, type, from, place, depth)), end);
    return end;
  }

  Result<StateId> typed(const Json& schema, const std::string& type, StateId from, Place place, int depth) {
    if (type == "object") return object(schema, from, place, depth);
    if (type == "array") return array(schema, from, place, depth);
    if (type == "string") return string(schema, from, place);
    if (type == "integer" || type == "number") return number(schema, type == "integer", from, place);
    if (type == "null") return builder_.literal(from, "null");
    const StateId end = builder_.new_state();
    for (const char* word : {"true", "false"}) builder_.epsilon(builder_.literal(from, word), end);
    return end;
  }

  // The values that the schema's other keywords allow too.
  Result<StateId> enumerated(const Json& schema, StateId from, Place place) {
    const StateId end = builder_.new_state();
    const std::vector<Json> values = TRY(values_of(schema, place));
    for (const Json& value : values) {
      builder_.epsilon(builder_.literal(from, to_canonical_json(value)), end);
    }
    return end;
  }

  Result<std::vector<Json>> values_of(const Json& schema, Place place) {
    std::vector<Json> values;
    Json rest = Json::object();
    for (const auto& [name, member] : schema.items()) {
      if (name == "const") {
        const Json* listed = find_member(schema, "enum");
        if (listed == nullptr || std::find(listed->begin(), listed->end(), member) != listed->end()) values = {member};
      } else if (name == "enum") {
        if (!schema.contains("const")) values.assign(member.begin(), member.end());
      } else if (!is_note(name)) {
        rest[name] = member;
      }
    }
    if (const Json* type = find_member(rest, "type")) {
      const std::vector<std::string> types = types_of({{"type", *type}});
      std::erase_if(values, [&](const Json& value) {
        return std::none_of(types.begin(), types.end(), [&](const std::string& name) { return has_type(value, name); });
      });
      if (rest.size() == 1) return values;
    }
    if (rest.empty()) return values;
    TRY(count_work(place, 0));
    const Result<Network> others = SchemaCompiler(document_).compile(rest);
    if (!others) return others.error();
    Matcher matcher(*others);
    std::erase_if(values, [&](const Json& value) {
      ConfigId at = matcher.start();
      for (const char c : to_canonical_json(value)) at = matcher.step(at, static_cast<uint8_t>(c));
      return !matcher.accepts(at);
    });
    return values;
  }

  // ---- objects

  struct Property {
    std::string name;
    Json schema;
    bool required = false;
  };

  static std::vector<Property> properties_of(const Json& schema) {
    std::vector<Property> properties;
    const Json* listed = find_member(schema, "properties");
    const Json* required = find_member(schema, "required");
    const Json* additional = find_member(schema, "additionalProperties");
    if (listed != nullptr) {
      for (const auto& [name, property] : listed->items()) properties.push_back({name, property});
    }
    std::map<std::string, size_t> index;
    for (size_t i = 0; i < properties.size(); ++i) index.emplace(properties[i].name, i);
    for (const Json& name : required != nullptr ? *required : Json::array()) {
      const auto [found, is_new] = index.try_emplace(name.get<std::string>(), properties.size());
      if (is_new) properties.push_back({found->first, additional != nullptr ? *additional : Json(true)});
      properties[found->second].required = true;
    }
    return properties;
  }

  Result<StateId> object(const Json& schema, StateId from, Place place, int depth) {
    const std::vector<Property> properties = properties_of(schema);
    const Json* additional = find_member(schema, "additionalProperties");
    const bool others = properties.empty() ? additional == nullptr || *additional != false
                                           : additional != nullptr && additional->is_object();
    const auto required = static_cast<uint32_t>(
        std::count_if(properties.begin(), properties.end(), [](const Property& p) { return p.required; }));
    const uint32_t least = count_of(schema, "minProperties", 0);
    const uint32_t most = count_of(schema, "maxProperties", kUnlimited);
    const bool counted = others && properties.empty() && least <= 1;
    if (!counted && (least > required || most < properties.size() || (others && most != kUnlimited))) {
      return schema_error(ErrorKind::kUnsupported, place,
                          "minProperties and maxProperties beside these members are not supported");
    }
    RuleId member = 0;
    if (others) member = TRY(other_member(properties, additional != nullptr ? *additional : Json(true), place, depth));
    if (properties.empty() && others) return write_list(builder_, from, "{", "}", member, least, most);
    return members(properties, others ? &member : nullptr, from, place, depth);
  }

  // Two ways run beside each other: nothing was written yet, and something was, so that a comma comes first.
  Result<StateId> members(const std::vector<Property>& properties, const RuleId* other, StateId from, Place place,
                          int depth) {
    StateId none = builder_.literal(from, "{");
    StateId some = builder_.new_state();
    for (const Property& property : properties) {
      if (builder_.full()) return from;
      const RuleId member = builder_.new_rule();
      const StateId colon = builder_.literal(builder_.start(member), to_json_text(property.name) + ": ");
      const std::string inside = fmt::format("{}/properties/{}", place, property.name);
      builder_.epsilon(TRY(value(property.schema, colon, inside, depth + 1)), builder_.end(member));
      const StateId next_none = builder_.new_state();
      const StateId next_some = builder_.new_state();
      builder_.call(none, member, next_some);
      builder_.call(builder_.literal(some, ", "), member, next_some);
      if (!property.required) {
        builder_.epsilon(none, next_none);
        builder_.epsilon(some, next_some);
      }
      none = next_none;
      some = next_some;
    }
    if (other != nullptr) {
      const RuleId next = builder_.new_rule();
      builder_.call(builder_.literal(builder_.start(next), ", "), *other, builder_.end(next));
      const StateId first = builder_.call(none, *other);
      builder_.epsilon(first, some);
      some = builder_.repeat(some, next, 0, kUnlimited);
    }
    const StateId end = builder_.new_state();
    builder_.bytes(none, '}', '}', end);
    builder_.bytes(some, '}', '}', end);
    return end;
  }

  // A member with any name but those of the properties.
  Result<RuleId> other_member(const std::vector<Property>& properties, const Json& schema, Place place, int depth) {
    const RuleId member = builder_.new_rule();
    StateId colon = builder_.start(member);
    if (properties.empty()) {
      colon = builder_.call(colon, rules_.any_string());
    } else {
      std::set<std::string> names;
      for (const Property& property : properties) names.insert(property.name);
      const StateId end = builder_.new_state();
      other_names(names, 0, builder_.literal(colon, "\""), end);
      colon = builder_.literal(end, "\"");
    }
    const StateId start = builder_.literal(colon, ": ");
    builder_.epsilon(TRY(value(schema, start, place + "/additionalProperties", depth + 1)), builder_.end(member));
    return member;
  }

  // All texts but the names, which share their first `done` bytes: what leaves their tree goes on freely.
  void other_names(const std::set<std::string>& names, size_t done, StateId from, StateId end) {
    std::map<char32_t, std::set<std::string>> branches;
    bool is_name = false;
    for (const std::string& name : names) {
      if (name.size() == done) {
        is_name = true;
      } else {
        branches[decode_utf8(std::string_view(name).substr(done)).value].insert(name);
      }
    }
    if (!is_name) builder_.epsilon(from, end);
    ExpressionWriter writer(builder_, Spelling::kJsonString);
    CharacterSet first;
    for (const auto& [character, below] : branches) {
      if (builder_.full()) return;
      first.add(character, character);
      const StateId next = builder_.new_state();
      writer.characters(CharacterSet::of(character), from, next);
      std::string bytes;
      append_utf8(bytes, character);
      other_names(below, done + bytes.size(), next, end);
    }
    const StateId apart = builder_.new_state();
    writer.characters(first.complement(), from, apart);
    builder_.epsilon(builder_.repeat(apart, rules_.character(), 0, kUnlimited, RepeatOf::kDelimited), end);
  }

  // ---- arrays

  Result<StateId> array(const Json& schema, StateId from, Place place, int depth) {
    const Json* items = find_member(schema, "items");
    const Json* first = find_member(schema, "prefixItems");
    const Json item = items != nullptr ? *items : Json(true);
    const uint32_t least = count_of(schema, "minItems", 0);
    const uint32_t most = count_of(schema, "maxItems", kUnlimited);
    if (least > most) return builder_.new_state();
    if (find_member(schema, "uniqueItems") != nullptr && schema["uniqueItems"] == true && most > 1) {
      if (first == nullptr) return unique_items(item, least, most, from, place);
      return schema_error(ErrorKind::kUnsupported, place, "uniqueItems beside prefixItems is not supported");
    }
    const RuleId rule = builder_.new_rule();
    if (builder_.full()) return from;
    const StateId item_end = TRY(value(item, builder_.start(rule), place + "/items", depth + 1));
    builder_.epsilon(item_end, builder_.end(rule));
    if (first == nullptr) return write_list(builder_, from, "[", "]", rule, least, item == false ? 0 : most);

    StateId at = builder_.literal(from, "[");
    const StateId end = builder_.new_state();
    uint32_t done = 0;
    for (const Json& part : *first) {
      if (done >= least) builder_.bytes(at, ']', ']', end);
      if (done == most || builder_.full()) return end;
      if (done > 0) at = builder_.literal(at, ", ");
      at = TRY(value(part, at, fmt::format("{}/prefixItems/{}", place, done), depth + 1));
      ++done;
    }
    const RuleId next = builder_.new_rule();
    if (builder_.full()) return end;
    builder_.call(builder_.literal(builder_.start(next), ", "), rule, builder_.end(next));
    at = builder_.repeat(at, next, least > done ? least - done : 0, most == kUnlimited ? most : most - done);
    builder_.bytes(at, ']', ']', end);
    return end;
  }

  // Of a few values, each at most once: a state for each set of values that are left.
  Result<StateId> unique_items(const Json& item, uint32_t least, uint32_t most, StateId from, Place place) {
    const std::vector<Json> all = TRY(alternatives(item, place, 0));
    const bool listed = all.size() == 1 && (all[0].contains("enum") || all[0].contains("const"));
    std::vector<Json> values;
    if (listed) values = TRY(values_of(all[0], place));
    if (!listed || values.size() > kMaxUniqueValues) {
      return schema_error(ErrorKind::kUnsupported, place,
                          fmt::format("uniqueItems is supported for an enum of up to {} values", kMaxUniqueValues));
    }
    const size_t sets = size_t{1} << values.size();
    std::vector<StateId> used(sets);  // by the set of values that were written
    for (StateId& state : used) state = builder_.new_state();
    builder_.epsilon(builder_.literal(from, "["), used[0]);
    const StateId end = builder_.new_state();
    for (size_t set = 0; set < sets && !builder_.full(); ++set) {
      const auto written = static_cast<uint32_t>(std::popcount(set));
      if (written >= least && written <= most) builder_.bytes(used[set], ']', ']', end);
      if (written >= most) continue;
      for (size_t i = 0; i < values.size(); ++i) {
        if ((set >> i & 1) != 0) continue;
        const std::string text = (written > 0 ? ", " : "") + to_canonical_json(values[i]);
        builder_.epsilon(builder_.literal(used[set], text), used[set | size_t{1} << i]);
      }
    }
    return end;
  }

  // ---- strings and numbers

  Result<StateId> string(const Json& schema, StateId from, Place place) {
    const LengthRange length{count_of(schema, "minLength", 0), count_of(schema, "maxLength", kUnlimited)};
    const Json* pattern = find_member(schema, "pattern");
    const Json* format = find_member(schema, "format");
    const std::string_view format_pattern = format != nullptr ? format_regex(format->get<std::string>()) : "";
    if (length.least > length.most) return builder_.new_state();
    if (pattern == nullptr && format_pattern.empty()) {
      if (length.least == 0 && length.most == kUnlimited) return builder_.call(from, rules_.any_string());
      return rules_.string(from, length.least, length.most);
    }
    if (pattern != nullptr && !format_pattern.empty()) {
      return schema_error(ErrorKind::kUnsupported, place, "pattern and format together are not supported");
    }
    const std::string what = fmt::format("the pattern at #{}", place);
    Expression expression = pattern != nullptr
                                ? TRY(parse_regex(pattern->get<std::string>(), RegexMatch::kSearch, what))
                                : TRY(parse_regex(format_pattern, RegexMatch::kWhole, what));
    if (!limit_length(expression, length)) {
      return schema_error(ErrorKind::kUnsupported, place,
                          "minLength or maxLength beside this pattern is not supported");
    }
    const RuleId rule = builder_.new_rule();
    if (builder_.full()) return from;
    ExpressionWriter writer(builder_, Spelling::kJsonString);
    const StateId inside = builder_.literal(builder_.start(rule), "\"");
    builder_.bytes(writer.write(expression, inside), '"', '"', builder_.end(rule));
    return builder_.call(from, rule);
  }

  Result<StateId> number(const Json& schema, bool integer, StateId from, Place place) {
    NumberRange range{.integer = integer};
    for (const auto& [keyword, exclusive] : {std::pair{"minimum", false}, std::pair{"exclusiveMinimum", true}}) {
      const std::optional<NumberBound> bound = TRY(bound_of(schema, keyword, exclusive, place));
      if (bound && (!range.low || is_tighter(*bound, *range.low, 1))) range.low = bound;
    }
    for (const auto& [keyword, exclusive] : {std::pair{"maximum", false}, std::pair{"exclusiveMaximum", true}}) {
      const std::optional<NumberBound> bound = TRY(bound_of(schema, keyword, exclusive, place));
      if (bound && (!range.high || is_tighter(*bound, *range.high, -1))) range.high = bound;
    }
    if (const Json* multiple = find_member(schema, "multipleOf")) TRY(set_multiple(*multiple, range, place));
    if (range.multiple_of == 1 && !range.low && !range.high &&
        range.most_fraction_digits == NumberRange{}.most_fraction_digits) {
      return builder_.call(from, range.integer ? rules_.any_integer() : rules_.any_number());
    }
    const RuleId rule = builder_.new_rule();
    if (builder_.full()) return from;
    write_numbers(builder_, range, builder_.start(rule), builder_.end(rule));
    return builder_.call(from, rule);
  }

  static bool is_tighter(const NumberBound& bound, const NumberBound& than, int sign) {
    const int order = sign * compare(bound.value, than.value);
    return order > 0 || (order == 0 && bound.exclusive);
  }

  static Result<std::optional<NumberBound>> bound_of(const Json& schema, const char* keyword, bool exclusive,
                                                     Place place) {
    const Json* value = find_member(schema, keyword);
    if (value == nullptr) return std::optional<NumberBound>();
    const std::optional<Decimal> decimal = to_decimal(*value);
    if (!decimal) return schema_error(ErrorKind::kUnsupported, place, fmt::format("{} is too large a number", keyword));
    return std::optional(NumberBound{*decimal, exclusive});
  }

  // Whole numbers; or 0.1, 0.01 and so on, which only limit the digits behind the point.
  static Result<void> set_multiple(const Json& multiple, NumberRange& range, Place place) {
    const std::optional<Decimal> decimal = to_decimal(multiple);
    const bool whole = decimal && !decimal->negative && !decimal->is_zero() && decimal->fraction.empty();
    if (whole && decimal->whole.size() <= 3) {
      uint32_t value = 0;
      std::from_chars(decimal->whole.data(), decimal->whole.data() + decimal->whole.size(), value);
      range.integer = true;
      range.multiple_of = value;
      if (value <= kMostMultiple) return {};
    }
    const bool tenth = decimal && !decimal->negative && decimal->whole == "0" && decimal->fraction.ends_with('1') &&
                       decimal->fraction.find_first_not_of('0') + 1 == decimal->fraction.size();
    if (tenth) {
      range.most_fraction_digits = std::min(range.most_fraction_digits, static_cast<int>(decimal->fraction.size()));
      return {};
    }
    return schema_error(
        ErrorKind::kUnsupported, place,
        fmt::format("multipleOf is supported for whole numbers up to {} and for 0.1, 0.01, ...", kMostMultiple));
  }

  const Json& document_;
  NetworkBuilder builder_;
  JsonRules rules_;
  std::map<std::string, RuleId> references_;
  std::vector<std::pair<RuleId, std::string>> waiting_;
  int work_ = 0;
};

// Objects with very many members take long to read: their order has to be kept. Counts them before that.
Result<void> check_size(std::string_view text) {
  if (text.size() > kMaxSchemaBytes) {
    return Error{ErrorKind::kExhausted, fmt::format("the schema has more than {} bytes", kMaxSchemaBytes)};
  }
  std::vector<size_t> members;  // of the open objects and arrays
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
      continue;
    }
    in_string = c == '"';
    if (c == '{' || c == '[') members.push_back(0);
    if ((c == '}' || c == ']') && !members.empty()) members.pop_back();
    if (c != ':' || members.empty()) continue;
    if (++members.back() > kMaxSchemaMembers) {
      return Error{ErrorKind::kExhausted,
                   fmt::format("the schema has an object with more than {} members, at byte {}", kMaxSchemaMembers, i)};
    }
  }
  return {};
}

}  // namespace

Result<Network> compile_json_schema(std::string_view text) {
  TRY(check_size(text));
  const Json schema = TRY(parse_json(text).context("the schema"));
  return SchemaCompiler(schema).compile(schema);
}

}  // namespace favilla::grammar
