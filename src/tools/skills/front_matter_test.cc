// The part of YAML that skills use.
#include "tools/skills/front_matter.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

using Values = std::map<std::string, std::string>;

Values values_of(const std::string& lines) {
  const std::string text = "---\n" + lines + "---\nbody\n";
  const Result<FrontMatter> front = parse_front_matter(text);
  EXPECT_TRUE(front) << front.error().message;
  EXPECT_EQ(front ? front->body : "", "body\n");
  return front ? front->values : Values();
}

std::string problem(std::string_view text) {
  const Result<FrontMatter> front = parse_front_matter(text);
  return front ? "none" : front.error().message;
}

TEST(FrontMatter, PlainAndQuotedTexts) {
  EXPECT_EQ(values_of("name: pdf\ndescription: Fills in forms.  # a comment\n# another\n\nlicense:\n"),
            (Values{{"name", "pdf"}, {"description", "Fills in forms."}, {"license", ""}}));
  EXPECT_EQ(values_of("a: \"one: \\\"two\\\" \\\\ #3\"  # four\nb: 'it''s'\n"),
            (Values{{"a", "one: \"two\" \\ #3"}, {"b", "it's"}}));
  EXPECT_EQ(values_of("url: https://a.example/b#c\n"), (Values{{"url", "https://a.example/b#c"}}));
}

TEST(FrontMatter, TextsOfSeveralLines) {
  EXPECT_EQ(values_of("a: >-\n  one\n  two\n\n  three\nb: |\n  one\n    two\nc: one\n  two\n"),
            (Values{{"a", "one two\nthree"}, {"b", "one\n  two"}, {"c", "one two"}}));
}

TEST(FrontMatter, KeysBelowAKeyArePassedOver) {
  EXPECT_EQ(values_of("metadata:\n  author: ana\n  version: \"1\"\nname: pdf\n"),
            (Values{{"metadata", ""}, {"name", "pdf"}}));
}

TEST(FrontMatter, LinesMayEndAsOnWindows) {
  const Result<FrontMatter> front = parse_front_matter("---\r\nname: pdf\r\n---\r\nbody\r\n");
  ASSERT_TRUE(front);
  EXPECT_EQ(front->values, (Values{{"name", "pdf"}}));
  EXPECT_EQ(front->body, "body\r\n");
}

TEST(FrontMatter, EverythingElseIsNamedWithItsLine) {
  EXPECT_EQ(problem(""), "line 1: the file must begin with a line ---");
  EXPECT_EQ(problem("# Title\n"), "line 1: the file must begin with a line ---");
  EXPECT_EQ(problem("---\nname: pdf\n"), "line 2: the front matter must end with a line ---");
  EXPECT_EQ(problem("---\nname\n---\n"), "line 2: it must be \"key: text\"");
  EXPECT_EQ(problem("---\n  name: pdf\n---\n"), "line 2: it must be \"key: text\"");
  EXPECT_EQ(problem("---\na: b\na: c\n---\n"), "line 3: \"a\" is there twice");
  EXPECT_EQ(problem("---\na: [b]\n---\n"), "line 2: only texts are understood there: put it in quotes");
  EXPECT_EQ(problem("---\na: &b c\n---\n"), "line 2: only texts are understood there: put it in quotes");
  EXPECT_EQ(problem("---\na: b: c\n---\n"), "line 2: a text with a colon must be in quotes");
  EXPECT_EQ(problem("---\na: \"b\n---\n"), "line 2: a quoted text must end where the line ends");
  EXPECT_EQ(problem("---\na: \"b\" c\n---\n"), "line 2: a quoted text must end where the line ends");
  EXPECT_EQ(problem("---\na: \"\\x\"\n---\n"), "line 2: \\x is not known");
}

}  // namespace
}  // namespace favilla
