// Streams of events, cut at every point.
#include "tools/net/sse.h"

#include <gtest/gtest.h>

#include <vector>

namespace favilla {
namespace {

std::vector<std::string> events_of(std::initializer_list<std::string_view> pieces) {
  SseEvents events(1000);
  std::vector<std::string> found;
  for (const std::string_view piece : pieces) {
    EXPECT_TRUE(events.feed(piece));
    while (const std::optional<std::string> data = events.next()) found.push_back(*data);
  }
  return found;
}

TEST(Sse, EventsAreTheSameWhereverTheStreamIsCut) {
  const std::string_view stream =
      ": keep open\n\nid: 1\ndata:\n\nevent: message\r\ndata: {\"a\":1}\r\n\r\ndata: one\rdata:two\r\rdata\ndata: x\n\n"
      "data: unfinished\n";
  const std::vector<std::string> expected{"{\"a\":1}", "one\ntwo", "\nx"};
  for (size_t i = 0; i <= stream.size(); ++i) {
    for (size_t k = i; k <= stream.size(); ++k) {
      EXPECT_EQ(events_of({stream.substr(0, i), stream.substr(i, k - i), stream.substr(k)}), expected) << i << " " << k;
    }
  }
}

TEST(Sse, AnEventWithoutEndIsRefused) {
  SseEvents events(100);
  const std::string line = "data: " + std::string(40, 'x') + "\n";
  EXPECT_TRUE(events.feed(line));
  EXPECT_TRUE(events.feed(line));
  const Result<void> over = events.feed(line);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().kind, ErrorKind::kExhausted);
}

}  // namespace
}  // namespace favilla
