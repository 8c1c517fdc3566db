// Calls in the answer's text: what is read must not depend on where the text was cut.
#include <gtest/gtest.h>

#include "base/random.h"
#include "model/chat/chat.h"

namespace favilla {
namespace {

// Text and calls in the order in which they came: "text|name{...}|text".
struct Parsed {
  std::string thinking;
  std::string rest;
  bool operator==(const Parsed&) const = default;
};

void PrintTo(const Parsed& parsed, std::ostream* out) {
  *out << "thinking [" << parsed.thinking << "] rest [" << parsed.rest << "]";
}

class Collector {
 public:
  explicit Collector(const char* family)
      : parser_(make_tool_parser(*find_chat_format_by_name(family), {"f", "get", "get_all"})) {}

  void feed(std::string_view text) { add(parser_->feed(text)); }

  Parsed finish() {
    add(parser_->finish());
    return parsed_;
  }

 private:
  void add(const std::vector<ChatDelta>& deltas) {
    for (const ChatDelta& delta : deltas) {
      if (delta.kind == ChatDelta::Kind::kThinking) {
        parsed_.thinking += delta.text;
      } else if (delta.kind == ChatDelta::Kind::kText) {
        EXPECT_FALSE(delta.text.empty());
        parsed_.rest += delta.text;
      } else {
        parsed_.rest += "|" + delta.call.name + to_json_text(delta.call.arguments) + "|";
      }
    }
  }

  std::unique_ptr<ChatParser> parser_;
  Parsed parsed_;
};

struct Case {
  const char* family;
  const char* generated;
  Parsed expected;
};

const Case kCases[] = {
    // Tags.
    {"qwen2.5", "", {"", ""}},
    {"qwen2.5", "No call.\n", {"", "No call.\n"}},
    {"qwen2.5", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>", {"", "|f{\"a\":1}|"}},
    {"qwen2.5", "I look.\n<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>\n", {"", "I look.|f{}|"}},
    {"qwen2.5",
     "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"get\",\"arguments\":{}}</"
     "tool_call>",
     {"", "|f{}||get{}|"}},
    {"qwen2.5", "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call> done ", {"", "|f{}| done "}},
    {"qwen2.5", "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}", {"", "|f{}|"}},  // the turn ended
    {"qwen2.5", "<tool_call>\n{\"name\": \"f\", \"argu", {"", "<tool_call>\n{\"name\": \"f\", \"argu"}},
    {"qwen2.5", "a <tool_call>not JSON</tool_call> b", {"", "a <tool_call>not JSON</tool_call> b"}},
    {"qwen2.5",
     "<tool_call>{\"name\":\"unknown\",\"arguments\":{}}</tool_call>",
     {"", "<tool_call>{\"name\":\"unknown\",\"arguments\":{}}</tool_call>"}},
    {"qwen2.5", "<tool_call>{\"name\":\"f\"}</tool_call>", {"", "<tool_call>{\"name\":\"f\"}</tool_call>"}},
    {"qwen2.5",
     "<tool_call>{\"name\":7,\"arguments\":{}}</tool_call>",
     {"", "<tool_call>{\"name\":7,\"arguments\":{}}</tool_call>"}},
    {"qwen2.5",
     "<tool_call>{\"name\":\"f\",\"arguments\":[]}</tool_call>",
     {"", "<tool_call>{\"name\":\"f\",\"arguments\":[]}</tool_call>"}},
    {"qwen2.5", "<tool_call></tool_call>", {"", "<tool_call></tool_call>"}},
    {"qwen2.5", "<tool_ <tool_call <<tool_call", {"", "<tool_ <tool_call <<tool_call"}},
    {"qwen2.5", "</tool_call>", {"", "</tool_call>"}},
    {"qwen2.5",
     "\xE4\xBD\xA0 <tool_call>{\"name\":\"f\",\"arguments\":{\"\xC3\xA9\":\"\xF0\x9F\x98\x80\"}}</tool_call>",
     {"", "\xE4\xBD\xA0|f{\"\xC3\xA9\":\"\xF0\x9F\x98\x80\"}|"}},
    {"qwen2.5",
     "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":\"\xFF\"}}</tool_call>",
     {"", "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":\"\xFF\"}}</tool_call>"}},
    {"smollm2",
     "<tool_call>[{\"name\": \"f\", \"arguments\": {\"a\": \"b\"}}, {\"name\": \"get_all\", \"arguments\": "
     "{}}]</tool_call>",
     {"", "|f{\"a\":\"b\"}||get_all{}|"}},
    {"smollm2", "<tool_call>[]</tool_call>", {"", ""}},
    {"smollm2",
     "<tool_call>[{\"name\": \"f\", \"arguments\": {}}, 1]</tool_call>",
     {"", "<tool_call>[{\"name\": \"f\", \"arguments\": {}}, 1]</tool_call>"}},
    // Tags behind thinking.
    {"qwen3",
     "<think>\nhm\n</think>\n\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>",
     {"hm", "|f{}|"}},
    {"qwen3",
     "<think><tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call></think>x",
     {"<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>", "x"}},
    // JSON alone.
    {"llama3.1", "{\"name\": \"f\", \"parameters\": {\"a\": \"}\\\"{\"}}", {"", "|f{\"a\":\"}\\\"{\"}|"}},
    {"llama3.1", "\n {\"name\": \"f\", \"parameters\": {}}\n", {"", "|f{}|"}},
    {"llama3.1",
     "{\"name\": \"f\", \"parameters\": {}}; {\"name\": \"get\", \"parameters\": {\"a\": [1]}}",
     {"", "|f{}||get{\"a\":[1]}|"}},
    {"llama3.1", "{\"name\": \"f\", \"parameters\": {}} and that is it", {"", "|f{}| and that is it"}},
    {"llama3.1", "Well, {\"name\": \"f\", \"parameters\": {}}", {"", "Well, {\"name\": \"f\", \"parameters\": {}}"}},
    {"llama3.1", "{\"name\": \"f\", \"param", {"", "{\"name\": \"f\", \"param"}},
    {"llama3.1", "{\"name\": \"Bob\", \"age\": 3}", {"", "{\"name\": \"Bob\", \"age\": 3}"}},
    {"llama3.1",
     "{not JSON} {\"name\": \"f\", \"parameters\": {}}",
     {"", "{not JSON} {\"name\": \"f\", \"parameters\": {}}"}},
    {"chatml", "[]", {"", "[]"}},
    {"chatml", "  indented", {"", "  indented"}},
    {"chatml", " \n", {"", " \n"}},
    {"gemma", "```json\n{\"name\": \"f\", \"arguments\": {}}\n```\n", {"", "|f{}|"}},
    {"gemma", "```tool_call\n{\"name\": \"f\", \"arguments\": {}}\n``` so", {"", "|f{}|\n``` so"}},
    {"gemma", "```python\nprint(1)\n```", {"", "```python\nprint(1)\n```"}},
    {"gemma", "``", {"", "``"}},
    {"gemma", "[{\"name\": \"f\", \"arguments\": {}}, {\"name\": \"f\", \"arguments\": {}}]", {"", "|f{}||f{}|"}},
};

TEST(ToolParser, gives_the_same_for_every_pair_of_cuts) {
  for (const Case& c : kCases) {
    const std::string_view text = c.generated;
    SCOPED_TRACE(text);
    for (size_t first = 0; first <= text.size(); ++first) {
      for (size_t second = first; second <= text.size(); ++second) {
        Collector collector(c.family);
        collector.feed(text.substr(0, first));
        collector.feed(text.substr(first, second - first));
        collector.feed(text.substr(second));
        ASSERT_EQ(collector.finish(), c.expected) << c.family << ", cut at " << first << " and " << second;
      }
    }
  }
}

TEST(ToolParser, gives_the_same_for_random_pieces_of_random_text) {
  constexpr const char* kPieces[] = {"<tool_call>",
                                     "</tool_call>",
                                     "{\"name\": \"f\", \"arguments\": {}}",
                                     "[",
                                     "]",
                                     "{",
                                     "}",
                                     "\"",
                                     "\\",
                                     "```",
                                     "json",
                                     "\n",
                                     " ",
                                     ";",
                                     "<",
                                     "text",
                                     "<think>",
                                     "</think>"};
  Random random(7);
  const auto below = [&](size_t limit) { return static_cast<size_t>(random.next_unit() * static_cast<double>(limit)); };
  for (int round = 0; round < 4000; ++round) {
    const char* family = std::array{"qwen3", "smollm2", "llama3.1", "gemma"}[below(4)];
    std::string text;
    for (size_t i = below(12); i > 0; --i) text += kPieces[below(std::size(kPieces))];
    Collector whole(family);
    whole.feed(text);
    Collector pieces(family);
    for (size_t at = 0; at < text.size();) {
      const size_t length = 1 + below(5);
      pieces.feed(std::string_view(text).substr(at, length));
      at += length;
    }
    ASSERT_EQ(pieces.finish(), whole.finish()) << family << ": " << text;
  }
}

}  // namespace
}  // namespace favilla
