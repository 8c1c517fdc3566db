// Which slots exclude each other.
#include "assistant/agent/slot_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favilla {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST(SlotChoice, IsTheSetThatGainsMost) {
  // "from Monday to Friday" as a range, or as what it is now and what it will be.
  const SlotOption range{.from = 0, .to = 21, .arguments = 0b011, .gain = 9};
  const SlotOption monday{.from = 0, .to = 11, .arguments = 0b100, .gain = 6};
  const SlotOption friday{.from = 12, .to = 21, .arguments = 0b001, .gain = 5};
  EXPECT_THAT(choose_slots({range, monday, friday}), UnorderedElementsAre(1, 2));
  EXPECT_THAT(choose_slots({range, monday}), ElementsAre(0));
}

TEST(SlotChoice, HasEachArgumentOnceAndNothingThatGainsNothing) {
  EXPECT_THAT(choose_slots({{0, 5, 1, 2.0}, {6, 9, 1, 3.0}, {10, 12, 2, -1.0}, {13, 15, 4, 0.0}}), ElementsAre(1));
  EXPECT_THAT(choose_slots({}), IsEmpty());
}

TEST(SlotChoice, OfManyLooksAtFew) {
  std::vector<SlotOption> options;
  for (size_t i = 0; i < 60; ++i)
    options.push_back({.from = 10 * i, .to = 10 * i + 5, .arguments = 1ULL << i, .gain = 1});
  EXPECT_THAT(choose_slots(options), SizeIs(kMaxSlotOptions));
}

}  // namespace
}  // namespace favilla
