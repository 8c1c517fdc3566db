#include "assistant/plain_request.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

TEST(PlainRequest, SaysWhatIsToBeDone) {
  for (const char* text : {"mute the sound", "the eggs need 7 minutes, set a timer", "cheese belongs on the list"}) {
    EXPECT_TRUE(is_plain_request(text)) << text;
  }
}

TEST(PlainRequest, IsNoDenialNoSuppositionNoTaleNoQuotation) {
  for (const char* text : {"don't mute the sound", "do not pause the music", "if the battery is low, mute everything",
                           "I would set a timer if I knew how long", "she said to lock the door",
                           "he said \"turn off the lights\"", "how do I add a contact", "should the lights be off?",
                           "turn off everything except the heater", "we deleted it two weeks ago", ""}) {
    EXPECT_FALSE(is_plain_request(text)) << text;
  }
}

TEST(PlainRequest, ADenialIsMoreThanNoRequest) {
  for (const char* text : {"don't mute the sound", "never lock it", "everything except the heater"}) {
    EXPECT_TRUE(denies(text)) << text;
  }
  for (const char* text : {"she said to lock the door", "if it rains, close the window", "note it"}) {
    EXPECT_FALSE(denies(text)) << text;
  }
}

}  // namespace
}  // namespace favilla
