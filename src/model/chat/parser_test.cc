// The streaming parsers: what comes out must not depend on where the text was cut.
#include <gtest/gtest.h>

#include "base/random.h"
#include "model/chat/chat.h"

namespace favilla {
namespace {

struct Parsed {
  std::string thinking;
  std::string text;
  bool operator==(const Parsed&) const = default;
};

void PrintTo(const Parsed& parsed, std::ostream* out) {
  *out << "thinking [" << parsed.thinking << "] text [" << parsed.text << "]";
}

void add(Parsed& parsed, const std::vector<ChatDelta>& deltas) {
  for (const ChatDelta& delta : deltas) {
    // Thinking comes first: once the answer has begun nothing is thinking any more.
    const bool thinking = delta.kind == ChatDelta::Kind::kThinking;
    EXPECT_TRUE(!thinking || parsed.text.empty());
    EXPECT_FALSE(delta.text.empty());
    (thinking ? parsed.thinking : parsed.text) += delta.text;
  }
}

Parsed parse(const char* family, const std::vector<std::string_view>& pieces) {
  const std::unique_ptr<ChatParser> parser = find_chat_format_by_name(family)->make_parser();
  Parsed parsed;
  for (const std::string_view piece : pieces) add(parsed, parser->feed(piece));
  add(parsed, parser->finish());
  return parsed;
}

struct Case {
  const char* generated;
  Parsed expected;
};

const Case kThinkingCases[] = {
    {"", {"", ""}},
    {"42", {"", "42"}},
    {"<think>\n6 * 7\n</think>\n\n42", {"6 * 7", "42"}},
    {"\n<think>6 * 7</think>42", {"6 * 7", "42"}},
    {"<think>\n\n</think>\n\n42", {"", "42"}},
    {"<think></think>", {"", ""}},
    {"<think>\n\na\n\nb\n\n</think>\n\nc\n\nd\n", {"a\n\nb", "c\n\nd\n"}},
    // Unfinished.
    {"<thi", {"", "<thi"}},
    {" \n", {"", " \n"}},
    {"<think>", {"", ""}},
    {"<think>\n6 *", {"6 *", ""}},
    {"<think>a\n</thi", {"a\n</thi", ""}},
    {"<think>a</think>\n", {"a", ""}},
    // Looks like a tag and is not.
    {"<thinking>a</thinking>", {"", "<thinking>a</thinking>"}},
    {"< think>a</think>b", {"", "< think>a</think>b"}},
    {"the tag <think>a</think> opens", {"", "the tag <think>a</think> opens"}},
    {"</think>a", {"", "</think>a"}},
    {"<think>a </ think> </thin k> <</think>>b", {"a </ think> </thin k> <", ">b"}},
    {"<think>a</</</think>b", {"a</</", "b"}},
    {"<think>a\n\n</thinker></think>b", {"a\n\n</thinker>", "b"}},
    {"<think><think>a</think></think>b", {"<think>a", "</think>b"}},
    {"<think>a</think>b<think>c</think>d", {"a", "b<think>c</think>d"}},
    {"  indented answer", {"", "  indented answer"}},
    {"<think>\xE4\xBD\xA0\n\xF0\x9F\x98\x80</think>\xE5\xA5\xBD", {"\xE4\xBD\xA0\n\xF0\x9F\x98\x80", "\xE5\xA5\xBD"}},
};

TEST(ThinkingParser, gives_the_same_for_every_pair_of_cuts) {
  for (const Case& c : kThinkingCases) {
    const std::string_view text = c.generated;
    SCOPED_TRACE(text);
    for (size_t first = 0; first <= text.size(); ++first) {
      for (size_t second = first; second <= text.size(); ++second) {
        const std::vector<std::string_view> pieces{text.substr(0, first), text.substr(first, second - first),
                                                   text.substr(second)};
        ASSERT_EQ(parse("qwen3", pieces), c.expected) << "cut at " << first << " and " << second;
      }
    }
  }
}

TEST(ThinkingParser, gives_the_same_byte_by_byte) {
  for (const Case& c : kThinkingCases) {
    std::vector<std::string_view> pieces;
    for (size_t i = 0; c.generated[i] != '\0'; ++i) pieces.emplace_back(c.generated + i, 1);
    EXPECT_EQ(parse("qwen3", pieces), c.expected) << c.generated;
  }
}

TEST(ThinkingParser, loses_nothing_but_tags_and_their_newlines_in_random_text) {
  Random random(7);
  const std::string_view pieces[] = {"<think>", "</think>", "<", "/", "think>", "\n", " ", "a", "</thin", "<thi"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (uint32_t count = random.next_below(12); count > 0; --count)
      text += pieces[random.next_below(std::size(pieces))];
    const size_t cut = random.next_below(static_cast<uint32_t>(text.size()) + 1);
    const std::string_view view = text;
    const Parsed whole = parse("qwen3", {view});
    ASSERT_EQ(parse("qwen3", {view.substr(0, cut), view.substr(cut)}), whole) << text;
    const auto letters = [](std::string_view s) { return std::count(s.begin(), s.end(), 'a'); };
    ASSERT_EQ(letters(whole.thinking) + letters(whole.text), letters(text)) << text;
  }
}

TEST(ThinkingParser, shows_thinking_as_it_comes) {
  const std::unique_ptr<ChatParser> parser = find_chat_format_by_name("qwen3")->make_parser();
  EXPECT_TRUE(parser->feed("<think>\n").empty());
  const std::vector<ChatDelta> deltas = parser->feed("Let me see");
  ASSERT_EQ(deltas.size(), 1u);
  EXPECT_EQ(deltas[0].text, "Let me see");
}

TEST(PlainParser, passes_everything_on_at_once) {
  for (const char* family : {"chatml", "smollm2", "gemma", "llama3"}) {
    const std::string_view text = "<think>not a tag here</think> \n";
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_EQ(parse(family, {text.substr(0, cut), text.substr(cut)}), (Parsed{"", std::string(text)}));
    }
  }
}

}  // namespace
}  // namespace favilla
