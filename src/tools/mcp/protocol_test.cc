// Messages and lines, cut at every point.
#include "tools/mcp/protocol.h"

#include <gtest/gtest.h>

#include <vector>

namespace favilla {
namespace {

std::vector<std::string> lines_of(std::initializer_list<std::string_view> pieces) {
  MessageLines lines;
  std::vector<std::string> found;
  for (const std::string_view piece : pieces) {
    EXPECT_TRUE(lines.feed(piece));
    while (const std::optional<std::string> line = lines.next()) found.push_back(*line);
  }
  return found;
}

TEST(McpProtocol, LinesAreTheSameWhereverTheStreamIsCut) {
  const std::string_view stream = "{\"a\":1}\n\n{\"b\":\"\xC3\xA9\"}\r\nrest\nunfinished";
  const std::vector<std::string> expected{"{\"a\":1}", "{\"b\":\"\xC3\xA9\"}", "rest"};
  for (size_t i = 0; i <= stream.size(); ++i) {
    for (size_t k = i; k <= stream.size(); ++k) {
      EXPECT_EQ(lines_of({stream.substr(0, i), stream.substr(i, k - i), stream.substr(k)}), expected) << i << " " << k;
    }
  }
}

TEST(McpProtocol, ALineWithoutEndIsRefusedBeforeItFillsTheMemory) {
  MessageLines lines;
  const std::string piece(kMaxMessage_bytes / 2, 'x');
  EXPECT_TRUE(lines.feed("{}\n" + piece));
  EXPECT_EQ(lines.next(), "{}");
  EXPECT_EQ(lines.next(), std::nullopt);
  EXPECT_TRUE(lines.feed(piece));
  EXPECT_EQ(lines.next(), std::nullopt);
  const Result<void> over = lines.feed("x");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().kind, ErrorKind::kExhausted);
}

TEST(McpProtocol, ARequestSaysWhatJsonRpcAsks) {
  EXPECT_EQ(text_of({7, "tools/list", {{"cursor", "a"}}}),
            R"({"id":7,"jsonrpc":"2.0","method":"tools/list","params":{"cursor":"a"}})");
  EXPECT_EQ(notification_text("notifications/initialized", SortedJson::object()),
            R"({"jsonrpc":"2.0","method":"notifications/initialized","params":{}})");
}

TEST(McpProtocol, AReplyBelongsToItsRequestOnly) {
  const auto reply = [](std::string_view text) { return reply_in(parse_message(text).value(), 7); };
  EXPECT_EQ(reply(R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})")->result, SortedJson({{"a", 1}}));
  EXPECT_FALSE(reply(R"({"jsonrpc":"2.0","id":8,"result":{}})"));
  EXPECT_FALSE(reply(R"({"jsonrpc":"2.0","id":"7","result":{}})"));
  EXPECT_FALSE(reply(R"({"jsonrpc":"2.0","id":7,"method":"ping"})"));
  EXPECT_FALSE(reply(R"({"jsonrpc":"2.0","method":"notifications/progress"})"));
  const auto error = reply(R"({"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no\u001b[2J \u202Eone"}})");
  ASSERT_TRUE(error && error->error);
  EXPECT_EQ(error->error->code, kMethodNotFound);
  EXPECT_EQ(error->error->message, "no[2J one");
  EXPECT_TRUE(reply(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}})"));
  EXPECT_FALSE(reply(R"({"jsonrpc":"2.0","id":8,"error":{"code":1,"message":"another's"}})"));
}

TEST(McpProtocol, WhatIsNoMessageIsRefused) {
  for (const char* text : {"", "null", "[]", "1", "{}", R"({"jsonrpc":"1.0","id":1,"result":{}})",
                           R"([{"jsonrpc":"2.0","id":1,"result":{}}])", R"({"jsonrpc":"2.0","id":1,"result":3})",
                           R"({"jsonrpc":"2.0","id":{},"result":{}})", R"({"jsonrpc":"2.0","method":1})",
                           R"({"jsonrpc":"2.0","id":1})", "Server running on stdio"}) {
    const Result<RpcMessage> message = parse_message(text);
    ASSERT_FALSE(message) << text;
    EXPECT_EQ(message.error().kind, ErrorKind::kCorrupt) << text;
  }
  EXPECT_FALSE(parse_message(std::string(100, '[') + std::string(100, ']')));
  const Result<RpcMessage> huge = parse_message(std::string(kMaxMessage_bytes + 1, ' '));
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().kind, ErrorKind::kExhausted);
}

TEST(McpProtocol, AServersOwnRequestsAreRefusedButForAPing) {
  const auto answer = [](std::string_view text) { return answer_to(parse_message(text).value()); };
  EXPECT_EQ(answer(R"({"jsonrpc":"2.0","id":"p1","method":"ping"})"), R"({"id":"p1","jsonrpc":"2.0","result":{}})");
  EXPECT_NE(answer(R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage"})").find("-32601"), std::string::npos);
}

}  // namespace
}  // namespace favilla
