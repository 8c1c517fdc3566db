// What is written to a server and what is read of its answers, hostile ones among them.
#include "generate/remote/wire.h"

#include <gtest/gtest.h>

#include "generate/remote/address.h"

namespace favilla {
namespace {

ChatMessage said(Role role, const char* text) {
  return {.role = role, .content = text, .thinking = "never sent"};
}

TEST(ChatRequestBody, has_the_messages_and_only_members_that_every_server_knows) {
  const ChatMessage messages[] = {said(Role::kSystem, "Be short."), said(Role::kUser, "Hello"),
                                  said(Role::kAssistant, "Hi"), said(Role::kUser, "bad \xFF byte")};
  GenerateOptions options{.max_tokens = 7, .stop_strings = {"\n"}};
  options.sampling.seed = 3;
  const Json body = Json::parse(chat_request_body("m", messages, options));
  EXPECT_EQ(body["messages"][0], (Json{{"role", "system"}, {"content", "Be short."}}));
  EXPECT_EQ(body["messages"][2], (Json{{"role", "assistant"}, {"content", "Hi"}}));
  EXPECT_EQ(body["messages"][3]["content"], "bad \xEF\xBF\xBD byte");
  std::vector<std::string> names;
  for (const auto& [name, value] : body.items()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"model", "messages", "stream", "stream_options", "temperature", "top_p",
                                             "seed", "max_tokens", "stop"}));
}

TEST(AnswerPiece, is_read_from_an_event_and_from_a_whole_answer) {
  for (const char* said_in : {"delta", "message"}) {
    const std::string json =
        std::string(R"({"choices": [{")") + said_in +
        R"(": {"content": "Hi", "reasoning_content": "hm"}, "finish_reason": "length"}], "usage": {"prompt_tokens": 5,
           "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}})";
    const Result<AnswerPiece> piece = parse_answer_piece(json);
    ASSERT_TRUE(piece.has_value()) << piece.error().message;
    EXPECT_EQ(piece->text, "Hi");
    EXPECT_EQ(piece->thinking, "hm");
    EXPECT_EQ(piece->finish_reason, "length");
    ASSERT_TRUE(piece->usage.has_value());
    EXPECT_EQ(piece->usage->prompt_tokens, 5);
    EXPECT_EQ(piece->usage->cached_tokens, 3);
    EXPECT_EQ(piece->usage->completion_tokens, 2);
  }
}

TEST(AnswerPiece, takes_members_of_another_type_for_absent_ones) {
  for (const char* json :
       {"{}", R"({"choices": []})", R"({"choices": [7]})", R"({"choices": {"delta": {"content": "x"}}})",
        R"({"choices": [{"delta": {"content": 7, "reasoning": []}, "finish_reason": null}], "usage": null})",
        R"({"choices": [{"message": "Hi"}]})"}) {
    const Result<AnswerPiece> piece = parse_answer_piece(json);
    ASSERT_TRUE(piece.has_value()) << json;
    EXPECT_TRUE(piece->text.empty() && piece->thinking.empty() && piece->finish_reason.empty()) << json;
    EXPECT_FALSE(piece->usage.has_value()) << json;
  }
  const Result<AnswerPiece> piece =
      parse_answer_piece(R"({"usage": {"prompt_tokens": -1, "completion_tokens": 99999999999, "x": 1}})");
  ASSERT_TRUE(piece.has_value());
  EXPECT_EQ(piece->usage->prompt_tokens, 0);
  EXPECT_EQ(piece->usage->completion_tokens, 0);
}

TEST(AnswerPiece, refuses_what_is_no_object_and_tells_an_error_in_the_servers_words) {
  for (const char* text : {"", "Hi", "[]", "7", "{\"choices\": [", "<html>"}) {
    EXPECT_EQ(parse_answer_piece(text).error().kind, ErrorKind::kNetwork) << text;
  }
  EXPECT_EQ(parse_answer_piece(R"({"error": {"message": "out of\n\u001b[31mmemory", "code": 500}})").error().message,
            "out of [31mmemory");
}

TEST(ErrorWords, are_found_in_every_form_that_is_in_use) {
  EXPECT_EQ(error_words(R"({"error": {"message": "no such model"}})"), "no such model");
  EXPECT_EQ(error_words(R"({"error": "no such model"})"), "no such model");
  EXPECT_EQ(error_words(R"({"object": "error", "message": "no such model"})"), "no such model");
  EXPECT_EQ(error_words(R"({"detail": "Not Found"})"), "Not Found");
  EXPECT_EQ(error_words(R"({"error": {"code": 7}})"), "an error without words");
  EXPECT_EQ(error_words("<html>Bad Gateway</html>"), "");
  EXPECT_EQ(error_words("{}"), "");
}

TEST(RemoteEmbeddings, are_put_in_order_and_brought_to_length_1) {
  const Result<RemoteEmbeddings> embeddings = parse_embeddings(
      R"({"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}],
          "usage": {"prompt_tokens": 9}})",
      2);
  ASSERT_TRUE(embeddings.has_value()) << embeddings.error().message;
  EXPECT_EQ(embeddings->vectors, (std::vector<std::vector<float>>{{0.6F, 0.8F}, {0, 1}}));
  EXPECT_EQ(embeddings->prompt_tokens, 9);
}

TEST(RemoteEmbeddings, are_refused_unless_each_text_has_one_vector_of_the_same_size) {
  for (const char* json : {R"({"data": [{"index": 0, "embedding": [1]}]})", R"({"data": {"index": 0}})", "{}",
                           R"({"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]})",
                           R"({"data": [{"index": 0, "embedding": [0]}, {"index": 1, "embedding": [1]}]})",
                           R"({"data": [{"index": 0, "embedding": [1e300]}, {"index": 1, "embedding": [1]}]})",
                           R"({"data": [{"index": 0, "embedding": ["1"]}, {"index": 1, "embedding": [1]}]})",
                           R"({"data": [{"index": 0, "embedding": [1]}, {"index": 9, "embedding": [1]}]})"}) {
    EXPECT_EQ(parse_embeddings(json, 2).error().kind, ErrorKind::kNetwork) << json;
  }
}

TEST(ModelNames, are_the_ids_of_the_list) {
  const Result<std::vector<std::string>> names = parse_model_names(R"({"data": [{"id": "a"}, {"name": "b"}, 7]})");
  ASSERT_TRUE(names.has_value());
  EXPECT_EQ(*names, std::vector<std::string>{"a"});
  EXPECT_FALSE(parse_model_names(R"({"models": []})").has_value());
}

TEST(ServerAddress, tells_whether_another_machine_can_answer) {
  struct Case {
    const char* url;
    const char* shown;
    bool is_loopback;
  };
  for (const Case& sample :
       {Case{"http://127.0.0.1:8080/v1", "127.0.0.1:8080", true}, Case{"http://localhost/v1", "localhost", true},
        Case{"http://[::1]:1/v1", "[::1]:1", true}, Case{"http://127.1/v1", "127.0.0.1", true},
        Case{"https://2130706433/v1", "127.0.0.1", true}, Case{"http://127.evil.example/v1", "127.evil.example", false},
        Case{"http://localhost.evil.example/v1", "localhost.evil.example", false},
        Case{"http://192.168.1.4:8080/v1", "192.168.1.4:8080", false},
        Case{"https://llm.example/v1", "llm.example", false}}) {
    const Result<ServerAddress> address = parse_server_address(sample.url);
    ASSERT_TRUE(address.has_value()) << sample.url;
    EXPECT_EQ(address->shown, sample.shown);
    EXPECT_EQ(address->is_loopback, sample.is_loopback) << sample.url;
    EXPECT_EQ(address->is_https, std::string_view(sample.url).starts_with("https")) << sample.url;
  }
}

TEST(ServerAddress, has_no_password_and_no_query) {
  for (const char* url : {"", "hall", "ftp://hall/v1", "file:///etc/passwd", "hall:8080/v1", "http://",
                          "http://ana:pass@hall/v1", "http://hall/v1?key=7", "http://hall/v1#x", "http://ha ll/v1"}) {
    EXPECT_EQ(parse_server_address(url).error().kind, ErrorKind::kInvalidArgument) << url;
  }
}

}  // namespace
}  // namespace favilla
