// Lists: the cases, and edits of files that no case can show.
#include "tools/builtin/lists/lists.h"

#include <gtest/gtest.h>

#include "tools/builtin/lists/list_file.h"
#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Lists, Cases) {
  run_cases("builtin/lists/lists.case", {&kListsTool});
}

TEST(ListFile, KeepsWindowsLineEndsAndAMissingLastOne) {
  ListFile list("- [ ] a\r\n- [ ] b");
  list.add("c");
  EXPECT_EQ(list.text(), "- [ ] a\r\n- [ ] b\r\n- [ ] c");
  list.remove(0);
  EXPECT_EQ(list.text(), "- [ ] b\r\n- [ ] c");
}

TEST(ListFile, AddsBehindAHeadingWithAnEmptyLineBetween) {
  ListFile list("# Shopping");
  list.add("milk");
  EXPECT_EQ(list.text(), "# Shopping\n\n- [ ] milk\n");
}

TEST(ListFile, ADashOfNumberedItemsIsAListItemToo) {
  ListFile list("1. a\n2) b\n");
  ASSERT_EQ(list.items().size(), 2U);
  list.set_done(1, true);
  list.add("c");
  EXPECT_EQ(list.text(), "1. a\n2) [x] b\n- [ ] c\n");
}

TEST(ListFile, HostileBytesAreNoItems) {
  for (const char* text : {"-", "- ", "-x", "[ ]", "- [", "1", "1.", "\xff\xfe- [ ] a", "- [ ]", "---\n"}) {
    ListFile list(text);
    EXPECT_TRUE(list.items().empty() || list.items().size() == 1) << text;
    list.add("x");
    EXPECT_FALSE(list.items().empty()) << text;
  }
}

}  // namespace
}  // namespace favilla
