// What a request may say: requests.case, a line each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/api.h"
#include "base/file.h"

namespace favilla {
namespace {

constexpr std::string_view kBody = R"("model": "m", "messages": [{"role": "user", "content": "Hi"}])";

template <class T>
std::string outcome(const ApiResult<T>& result) {
  return result.value ? "ok" : result.error.message;
}

std::string verdict(std::string_view kind, std::string_view text) {
  const ApiResult<Json> body = parse_object(text);
  if (!body.value) return body.error.message;
  return kind == "chat" ? outcome(parse_chat_request(*body.value)) : outcome(parse_embedding_request(*body.value));
}

TEST(Requests, are_taken_or_refused_by_naming_the_member) {
  const std::string text = read_file(std::string(FAVILLA_SOURCE_DIR) + "/src/api/openai/requests.case").value();
  size_t cases = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty() || line.starts_with('#')) continue;
    const size_t arrow = line.rfind(" => ");
    ASSERT_NE(arrow, std::string::npos) << line;
    const std::string expected = line.substr(arrow + 4);
    std::string request = line.substr(line.find(' ') + 1, arrow - line.find(' ') - 1);
    if (const size_t body = request.find("BODY"); body != std::string::npos) request.replace(body, 4, kBody);
    EXPECT_EQ(verdict(line.substr(0, line.find(' ')), request), expected) << line;
    ++cases;
  }
  EXPECT_GE(cases, 90u);
}

TEST(Requests, are_read_whole) {
  const Json body = parse_json(R"({"model": "m", "messages": [
      {"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
      {"role": "assistant", "content": "c", "tool_calls": [{"id": "1", "type": "function",
        "function": {"name": "f", "arguments": "{\"x\": 1}"}}]},
      {"role": "tool", "content": "d", "tool_call_id": "1"}],
    "tools": [{"type": "function", "function": {"name": "f", "description": "g", "parameters": {"type": "object"},
      "strict": true}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": false,
    "temperature": 0.5, "top_p": 0.25, "seed": -1, "max_completion_tokens": 9, "stop": ["x", "y"],
    "logprobs": true, "top_logprobs": 3, "stream": true})")
                        .value();
  const ApiResult<ChatRequest> result = parse_chat_request(body);
  ASSERT_TRUE(result.value.has_value()) << result.error.message;
  const ChatRequest& request = *result.value;
  ASSERT_EQ(request.messages.size(), 3u);
  EXPECT_EQ(request.messages[0].role, Role::kSystem);
  EXPECT_EQ(request.messages[0].content, "a\nb");
  EXPECT_EQ(request.messages[1].calls.at(0).arguments, Json({{"x", 1}}));
  EXPECT_EQ(request.messages[2].call_id, "1");
  EXPECT_EQ(request.tools.at(0).definition.whole, body.at("tools").at(0));
  EXPECT_EQ(request.tools.at(0).definition.description, "g");
  EXPECT_TRUE(request.tools.at(0).strict);
  EXPECT_EQ(request.tool_choice.kind, ToolChoice::Kind::kNamed);
  EXPECT_EQ(request.tool_choice.name, "f");
  EXPECT_FALSE(request.parallel_tool_calls);
  EXPECT_EQ(request.temperature, 0.5);
  EXPECT_EQ(request.top_p, 0.25);
  EXPECT_EQ(request.seed, ~uint64_t{0});
  EXPECT_EQ(request.max_tokens, 9);
  EXPECT_EQ(request.stop, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(request.logprobs);
  EXPECT_EQ(request.top_logprobs, 3);
  EXPECT_TRUE(request.stream);
}

TEST(Requests, of_hostile_size_are_refused_at_once) {
  std::string many = "{";
  for (int i = 0; i < 5000; ++i) many += fmt::format("\"{}\": 1, ", i);
  EXPECT_NE(verdict("chat", many + "\"x\": 1}").find("more than 4096 members"), std::string::npos);
  EXPECT_NE(verdict("chat", std::string(100'000, '[')).find("nests deeper"), std::string::npos);
  EXPECT_EQ(parse_object(std::string(17 << 20, ' ')).error.status, 413);
}

TEST(ApiErrors, look_like_OpenAIs) {
  const ApiResult<ChatRequest> result = parse_chat_request(Json{{"model", "m"}});
  EXPECT_EQ(result.error.status, 400);
  EXPECT_EQ(to_json_text(to_json(result.error)),
            R"({"error":{"message":"messages: is missing","type":"invalid_request_error","param":"messages",)"
            R"("code":"missing_required_parameter"}})");
  EXPECT_EQ(api_error({ErrorKind::kNotFound, "no model"}).status, 404);
  EXPECT_EQ(api_error({ErrorKind::kIo, "no disk"}).status, 500);
}

TEST(Embeddings, in_base_64_are_little_endian_floats) {
  EXPECT_EQ(base64_of({}), "");
  EXPECT_EQ(base64_of(std::vector<float>{1.0F}), "AACAPw==");
  EXPECT_EQ(base64_of(std::vector<float>{1.0F, -2.5F}), "AACAPwAAIMA=");
  EXPECT_EQ(base64_of(std::vector<float>{1.0F, -2.5F, 0.1F}), "AACAPwAAIMDNzMw9");
}

}  // namespace
}  // namespace favilla
