// Server-sent events, fed whole and cut at every two points.
#include "base/event_stream.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

constexpr size_t kMaxEvent_bytes = size_t{1} << 20;

std::vector<std::string> fed(EventStream& events, std::string_view bytes) {
  Result<std::vector<std::string>> data = events.feed(bytes);
  return data ? std::move(*data) : std::vector<std::string>{data.error().message};
}

struct Sample {
  std::string_view bytes;
  std::vector<std::string> data;
};

const Sample kSamples[] = {
    {"data: a\n\ndata: b\n\n", {"a", "b"}},
    {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", {"a", "b", "c"}},
    {"data: one\ndata: two\n\n", {"one\ntwo"}},
    {"data:no blank\n\ndata:  one blank of two\n\n", {"no blank", " one blank of two"}},
    {": a comment\nevent: message\nid: 7\ndata: a\nretry: 10\n\n", {"a"}},
    {"data\n\ndata:\n\n", {"", ""}},
    {"\n\n\nevent: nothing\n\n", {}},
    {"database: a\n\nDATA: b\n\n data: c\n\n", {}},
    {"\xEF\xBB\xBF"
     "data: a\n\n\xEF\xBB\xBF"
     "data: b\n\n",
     {"a"}},
    {"data: a\n\ndata: torn\n", {"a"}},
    {": keep open\n\nid: 1\ndata:\n\nevent: message\r\ndata: {\"a\":1}\r\n\r\ndata: one\rdata:two\r\rdata\ndata: x\n\n",
     {"", "{\"a\":1}", "one\ntwo", "\nx"}},
    {"data: {\"x\": \"\xE2\x82\xAC\"}\n\ndata: [DONE]\n\n", {"{\"x\": \"\xE2\x82\xAC\"}", "[DONE]"}},
};

TEST(EventStream, gives_the_data_of_whole_events) {
  for (const Sample& sample : kSamples) {
    EventStream events(kMaxEvent_bytes);
    EXPECT_EQ(fed(events, sample.bytes), sample.data) << sample.bytes;
  }
}

TEST(EventStream, gives_the_same_wherever_the_bytes_are_cut) {
  for (const Sample& sample : kSamples) {
    for (size_t i = 0; i <= sample.bytes.size(); ++i) {
      for (size_t k = i; k <= sample.bytes.size(); ++k) {
        EventStream events(kMaxEvent_bytes);
        std::vector<std::string> data;
        for (const std::string_view piece :
             {sample.bytes.substr(0, i), sample.bytes.substr(i, k - i), sample.bytes.substr(k)}) {
          for (std::string& more : fed(events, piece)) data.push_back(std::move(more));
        }
        EXPECT_EQ(data, sample.data) << sample.bytes << " cut at " << i << " and " << k;
      }
    }
  }
}

TEST(EventStream, refuses_a_line_and_an_event_without_end) {
  EventStream events(kMaxEvent_bytes);
  EXPECT_TRUE(events.feed(std::string(kMaxEvent_bytes, 'x')).has_value());
  EXPECT_EQ(events.feed("x").error().kind, ErrorKind::kExhausted);

  EventStream many_lines(kMaxEvent_bytes);
  const std::string line = "data: " + std::string(1000, 'x') + "\n";
  Result<std::vector<std::string>> fed_lines = many_lines.feed("");
  for (size_t bytes = 0; fed_lines && bytes <= kMaxEvent_bytes; bytes += 1000) {
    fed_lines = many_lines.feed(line);
  }
  ASSERT_FALSE(fed_lines.has_value());
  EXPECT_EQ(fed_lines.error().kind, ErrorKind::kExhausted);
}

}  // namespace
}  // namespace favilla
