// Server-sent events, fed whole and in every pair of pieces.
#include "generate/remote/event_stream.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

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
    {"data: {\"x\": \"\xE2\x82\xAC\"}\n\ndata: [DONE]\n\n", {"{\"x\": \"\xE2\x82\xAC\"}", "[DONE]"}},
};

TEST(EventStream, gives_the_data_of_whole_events) {
  for (const Sample& sample : kSamples) {
    EventStream events;
    EXPECT_EQ(fed(events, sample.bytes), sample.data) << sample.bytes;
  }
}

TEST(EventStream, gives_the_same_wherever_the_bytes_are_cut) {
  for (const Sample& sample : kSamples) {
    for (size_t cut = 0; cut <= sample.bytes.size(); ++cut) {
      EventStream events;
      std::vector<std::string> data = fed(events, sample.bytes.substr(0, cut));
      for (std::string& more : fed(events, sample.bytes.substr(cut))) data.push_back(std::move(more));
      EXPECT_EQ(data, sample.data) << sample.bytes << " cut at " << cut;
    }
  }
}

TEST(EventStream, refuses_a_line_and_an_event_without_end) {
  EventStream events;
  EXPECT_TRUE(events.feed(std::string(EventStream::kMaxEvent_bytes, 'x')).has_value());
  EXPECT_EQ(events.feed("x").error().kind, ErrorKind::kExhausted);

  EventStream many_lines;
  const std::string line = "data: " + std::string(1000, 'x') + "\n";
  Result<std::vector<std::string>> fed_lines = many_lines.feed("");
  for (size_t bytes = 0; fed_lines && bytes <= EventStream::kMaxEvent_bytes; bytes += 1000) {
    fed_lines = many_lines.feed(line);
  }
  ASSERT_FALSE(fed_lines.has_value());
  EXPECT_EQ(fed_lines.error().kind, ErrorKind::kExhausted);
}

}  // namespace
}  // namespace favilla
