// models.toml: what we write we read, and what others write cannot hurt.
#include "catalog/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace favilla {
namespace {

using testing::HasSubstr;

constexpr int kMutations = 20'000;
const std::string kDigest(64, 'a');

ModelRow row_named(std::string name) {
  return {.name = std::move(name),
          .role = "chat",
          .licence = "Apache-2.0",
          .source = "hf.co/org/repo:Q4_K_M",
          .accepted_terms = "",
          .files = {{"x.gguf", kDigest, 7}}};
}

std::string table(const std::string& lines) {
  return "[[model]]\n" + lines;
}

TEST(Manifest, rows_come_back_as_they_were_written_in_the_order_of_names) {
  ModelRow split = row_named("b");
  split.files = {{"b-00001-of-00002.gguf", kDigest, 1}, {"b-00002-of-00002.gguf", std::string(64, 'b'), 2}};
  split.accepted_terms = "Terms \"with\" 'quotes'\n and lines";
  const std::vector<ModelRow> rows{split, row_named("a")};
  const Result<std::vector<ModelRow>> read = parse_manifest(format_manifest(rows));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].name, "a");
  EXPECT_EQ((*read)[0].source, "hf.co/org/repo:Q4_K_M");
  EXPECT_EQ((*read)[1].accepted_terms, split.accepted_terms);
  ASSERT_EQ((*read)[1].files.size(), 2U);
  EXPECT_EQ((*read)[1].files[1].file, "b-00002-of-00002.gguf");
  EXPECT_EQ((*read)[1].files[1].sha256, std::string(64, 'b'));
  EXPECT_EQ((*read)[1].bytes(), 3U);
}

TEST(Manifest, no_rows_is_a_valid_file) {
  EXPECT_TRUE(parse_manifest(format_manifest({})));
  EXPECT_TRUE(parse_manifest(""));
  EXPECT_TRUE(parse_manifest("model = []"));
  EXPECT_TRUE(read_manifest("/nonexistent/models.toml")->empty());
}

TEST(Manifest, a_wrong_row_is_refused_with_its_line) {
  const std::string good = "name = 'a'\nfile = 'a.gguf'\nbytes = 1\nsha256 = '" + kDigest + "'\n";
  ASSERT_TRUE(parse_manifest(table(good)));
  for (const std::string& bad :
       {table("name = 'a'\n"), table(good + "role = 1\n"), table(good + "splits = 3\n"), table(good + "splits = [4]\n"),
        table(good) + table(good), std::string("model = 1"), std::string("[model]\n"), std::string("model = [1]"),
        table("name = 'A'\nfile = 'a.gguf'\nbytes = 1\nsha256 = '" + kDigest + "'\n"),
        table("name = 'a'\nfile = '../a.gguf'\nbytes = 1\nsha256 = '" + kDigest + "'\n"),
        table("name = 'a'\nfile = '/a.gguf'\nbytes = 1\nsha256 = '" + kDigest + "'\n"),
        table("name = 'a'\nfile = 'a.gguf'\nbytes = -1\nsha256 = '" + kDigest + "'\n"),
        table("name = 'a'\nfile = 'a.gguf'\nbytes = 1\nsha256 = 'abc'\n"), std::string("x = [")}) {
    const Result<std::vector<ModelRow>> read = parse_manifest(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(read.error().message, HasSubstr("line ")) << bad;
  }
}

TEST(Manifest, mutated_and_truncated_files_give_an_error_or_valid_rows) {
  const std::string good = format_manifest(std::vector<ModelRow>{row_named("a"), row_named("b")});
  Random random(3);
  for (int i = 0; i < kMutations; ++i) {
    std::string text = good;
    if (random.next_below(4) == 0) text.resize(random.next_below(static_cast<uint32_t>(text.size())));
    for (uint32_t flips = random.next_below(4); flips > 0 && !text.empty(); --flips) {
      text[random.next_below(static_cast<uint32_t>(text.size()))] = static_cast<char>(random.next_below(256));
    }
    if (const Result<std::vector<ModelRow>> rows = parse_manifest(text)) {
      for (const ModelRow& row : *rows) EXPECT_FALSE(row.files.empty());
    }
  }
}

}  // namespace
}  // namespace favilla
