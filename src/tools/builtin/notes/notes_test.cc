// The cases of `notes`, and what they cannot say: times, bytes and names.
#include "tools/builtin/notes/notes.h"

#include <gtest/gtest.h>

#include "tools/builtin/notes/vault.h"
#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Notes, Cases) {
  run_cases("builtin/notes/notes.case", {&kNotesTool});
}

TEST(Notes, LineEndsOfOtherSystemsStay) {
  EXPECT_EQ(body_of("---\r\na: b\r\n---\r\ntext\r\n"), "text\r\n");
  EXPECT_EQ(body_of("--- no front matter\ntext"), "--- no front matter\ntext");
  EXPECT_EQ(body_of("---\nnever closed"), "---\nnever closed");
}

TEST(Notes, TagsAreWhatObsidianTakesForTags) {
  using Tags = std::vector<std::string>;
  EXPECT_EQ(tags_of("#a-b #1 #x2 a#c\n```\n#code\n```\n#\xC3\x89T\xC3\x89"), (Tags{"a-b", "x2", "\xC3\xA9t\xC3\xA9"}));
  EXPECT_EQ(tags_of("---\ntags: one two\n---\n"), (Tags{"one", "two"}));
}

TEST(Notes, NamesAreSafeOnEverySystem) {
  EXPECT_EQ(note_file_name("../../etc/passwd"), "etc passwd");
  EXPECT_EQ(note_file_name(" .hidden. "), "hidden");
  EXPECT_EQ(note_file_name("a\nb\tc"), "a b c");
  EXPECT_EQ(note_file_name("\xFF\xFE"), "");
  EXPECT_LE(note_file_name(std::string(500, 'x')).size(), 120U);
  EXPECT_TRUE(is_note_folder("recipes/sweet"));
  for (const char* bad : {"", "/etc", "..", "a/../b", ".git", "a//b", "a/"}) EXPECT_FALSE(is_note_folder(bad)) << bad;
}

}  // namespace
}  // namespace favilla
