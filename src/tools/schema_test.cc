// Arguments against their schema: each sentence of an error names the argument.
#include "tools/schema.h"

#include <gtest/gtest.h>

#include "tools/builtin/builtin.h"

namespace favilla {
namespace {

const char* const kSchema = R"({
  "type": "object",
  "properties": {
    "count": {"type": "integer", "minimum": 1, "maximum": 9},
    "ratio": {"type": "number"},
    "word": {"type": "string", "minLength": 1, "maxLength": 3},
    "kind": {"type": "string", "enum": ["a", "b"]},
    "fixed": {"const": 7},
    "flag": {"type": "boolean"},
    "day": {"type": "string", "format": "date"},
    "at": {"type": "string", "format": "date-time"},
    "hour": {"type": "string", "format": "time"},
    "any": {"type": "string", "format": "date-or-time"},
    "many": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 2},
    "inner": {"type": "object", "properties": {"x": {"type": "null"}}, "required": ["x"], "additionalProperties": false}
  },
  "required": ["count"],
  "additionalProperties": false
})";

std::string complaint(const char* arguments) {
  const Result<void> checked = check_arguments(*parse_json(kSchema), *parse_json(arguments));
  return checked ? "" : checked.error().message;
}

TEST(Schema, AcceptsWhatItDescribes) {
  EXPECT_EQ(complaint(R"({"count": 3, "ratio": 1.5, "word": "\u00e9\u00e9\u00e9", "kind": "b", "fixed": 7, "flag": true,
                          "day": "2028-02-29", "at": "2026-11-23T18:00:00", "hour": "18:00", "many": [0, 5],
                          "inner": {"x": null}})"),
            "");
  EXPECT_EQ(complaint(R"({"count": 3.0, "ratio": 1, "any": "08:30"})"), "");
  EXPECT_EQ(complaint(R"({"count": 1, "any": "2026-11-23", "hour": "23:59:59"})"), "");
}

TEST(Schema, NamesWhatIsWrong) {
  EXPECT_EQ(complaint("{}"), "count is missing");
  EXPECT_EQ(complaint("[]"), "the arguments must be an object");
  EXPECT_EQ(complaint(R"({"count": 0})"), "count must be at least 1");
  EXPECT_EQ(complaint(R"({"count": 10})"), "count must be at most 9");
  EXPECT_EQ(complaint(R"({"count": 1.5})"), "count must be a whole number");
  EXPECT_EQ(complaint(R"({"count": "1"})"), "count must be a whole number");
  EXPECT_EQ(complaint(R"({"count": 1, "word": ""})"), "word must not be empty");
  EXPECT_EQ(complaint(R"({"count": 1, "word": "abcd"})"), "word must have at most 3 characters");
  EXPECT_EQ(complaint(R"({"count": 1, "kind": "c"})"), "kind must be one of a, b");
  EXPECT_EQ(complaint(R"({"count": 1, "fixed": 8})"), "fixed must be 7");
  EXPECT_EQ(complaint(R"({"count": 1, "flag": 1})"), "flag must be true or false");
  EXPECT_EQ(complaint(R"({"count": 1, "day": "2027-02-29"})"), "day must be a date such as 2026-11-23");
  EXPECT_EQ(complaint(R"({"count": 1, "at": "2026-11-23"})"), "at must be a date and time such as 2026-11-23T18:00:00");
  EXPECT_EQ(complaint(R"({"count": 1, "hour": "24:00"})"), "hour must be a time such as 18:00");
  EXPECT_EQ(complaint(R"({"count": 1, "many": []})"), "many must have at least 1 entries");
  EXPECT_EQ(complaint(R"({"count": 1, "many": [1, -1]})"), "many[1] must be at least 0");
  EXPECT_EQ(complaint(R"({"count": 1, "inner": {}})"), "inner.x is missing");
  EXPECT_EQ(complaint(R"({"count": 1, "inner": {"x": null, "y": 1}})"), "there is no argument inner.y");
  EXPECT_EQ(complaint(R"({"count": 1, "nope": 1})"), "there is no argument nope");
}

TEST(Schema, ValuesOfACommandLineGetTheirType) {
  const Json schema = *parse_json(kSchema);
  EXPECT_EQ(typed_argument(schema, "count", "3").value(), Json(3));
  EXPECT_EQ(typed_argument(schema, "word", "3").value(), Json("3"));
  EXPECT_EQ(typed_argument(schema, "many", "[1,2]").value(), Json({1, 2}));
  EXPECT_EQ(typed_argument(schema, "flag", "true").value(), Json(true));
  EXPECT_FALSE(typed_argument(schema, "count", "three"));
  EXPECT_FALSE(typed_argument(schema, "nope", "3"));
}

TEST(Schema, AnUnknownKeywordIsAMistakeOfTheSchema) {
  for (const char* schema :
       {R"({"type": "strin"})", R"({"pattern": "x"})", R"({"format": "uri"})", R"({"minimum": "1"})",
        R"({"type": "object", "required": ["x"]})", R"({"items": {"enum": []}})", "[]"}) {
    EXPECT_FALSE(check_schema(*parse_json(schema))) << schema;
  }
}

TEST(BuiltinTools, HaveSchemasThatAreKeptTo) {
  for (const Tool& tool : builtin_tools()) {
    for (const Action& action : tool.actions) {
      const Result<Json> schema = parse_json(action.parameters);
      ASSERT_TRUE(schema) << tool.name << " " << action.name << ": " << schema.error().message;
      const Result<void> checked = check_schema(*schema);
      EXPECT_TRUE(checked) << tool.name << " " << action.name << ": " << checked.error().message;
      EXPECT_TRUE(schema->contains("required") && schema->value("additionalProperties", true) == false)
          << tool.name << " " << action.name;
    }
  }
}

}  // namespace
}  // namespace favilla
