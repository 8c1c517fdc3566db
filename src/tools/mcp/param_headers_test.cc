// Arguments as headers.
#include "tools/mcp/param_headers.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

SortedJson schema_with(const SortedJson& city) {
  return {{"type", "object"}, {"properties", {{"city", city}}}};
}

TEST(McpParamHeaders, PlainValuesStayAndOthersAreEncoded) {
  EXPECT_EQ(header_value("Lisbon"), "Lisbon");
  EXPECT_EQ(header_value(""), "");
  EXPECT_EQ(header_value("S\xC3\xA3o Paulo"), "=?base64?U8OjbyBQYXVsbw==?=");
  EXPECT_EQ(header_value(" a"), "=?base64?IGE=?=");
  EXPECT_EQ(header_value("a\r\nHost: evil"), "=?base64?YQ0KSG9zdDogZXZpbA==?=");
  EXPECT_EQ(header_value("=?base64?YQ==?="), "=?base64?PT9iYXNlNjQ/WVE9PT89?=");
}

TEST(McpParamHeaders, MarkedArgumentsAreRepeated) {
  const SortedJson schema = SortedJson::parse(R"({"properties": {
      "city": {"type": "string", "x-mcp-header": "City"}, "days": {"type": "integer", "x-mcp-header": "Days"},
      "old": {"type": "boolean", "x-mcp-header": "Old"}, "other": {"type": "string"},
      "where": {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}}})");
  const auto headers = param_headers(schema, SortedJson::parse(
                                                 R"({"city": "Lisbon", "days": 3, "old": true, "other": "x",
                                                     "where": {"region": "west"}})"));
  ASSERT_TRUE(headers);
  EXPECT_EQ(*headers, (Headers{{"Mcp-Param-City", "Lisbon"},
                               {"Mcp-Param-Days", "3"},
                               {"Mcp-Param-Old", "true"},
                               {"Mcp-Param-Region", "west"}}));
  const auto missing = param_headers(schema, SortedJson::object());
  ASSERT_TRUE(missing);
  EXPECT_TRUE(missing->empty());
}

TEST(McpParamHeaders, MarksThatTheProtocolForbidsAreRefused) {
  for (const char* city : {R"({"type": "number", "x-mcp-header": "City"})", R"({"x-mcp-header": "City"})",
                           R"({"type": "string", "x-mcp-header": ""})", R"({"type": "string", "x-mcp-header": 7})",
                           R"({"type": "string", "x-mcp-header": "A: b\r\nHost"})"}) {
    EXPECT_FALSE(param_headers(schema_with(SortedJson::parse(city)), {{"city", "Lisbon"}})) << city;
  }
  const SortedJson twice = SortedJson::parse(R"({"properties": {"a": {"type": "string", "x-mcp-header": "X"},
                                                                "b": {"type": "string", "x-mcp-header": "x"}}})");
  EXPECT_FALSE(param_headers(twice, SortedJson::object()));
}

}  // namespace
}  // namespace favilla
