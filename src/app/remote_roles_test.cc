// The tables [models.ROLE] of config.toml.
#include "app/remote_roles.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

Json chat_with(const char* name, const Json& value) {
  Json table{{"url", "http://127.0.0.1:8080/v1"}, {"model", "m"}};
  table[name] = value;
  return {{"models", {{"chat", std::move(table)}}}};
}

RemoteRole role_of(const Json& settings) {
  const Result<std::vector<RemoteRole>> roles = remote_roles(settings);
  EXPECT_TRUE(roles.has_value() && roles->size() == 1) << (roles ? "not one role" : roles.error().message);
  return roles && roles->size() == 1 ? roles->front() : RemoteRole{};
}

TEST(RemoteRoles, are_none_without_the_table) {
  EXPECT_TRUE(remote_roles(Json::object())->empty());
}

TEST(RemoteRoles, have_defaults_for_all_but_address_and_model) {
  const RemoteRole role = role_of(chat_with("model", "m"));
  EXPECT_EQ(role.name, "chat");
  EXPECT_EQ(role.server.model, "m");
  EXPECT_EQ(role.server.address.shown, "127.0.0.1:8080");
  EXPECT_EQ(role.server.timeout_s, 60);
  EXPECT_EQ(role.server.retries, 2);
  EXPECT_EQ(role.key, "");
}

TEST(RemoteRoles, may_read_personal_things_on_this_machine_only_unless_the_owner_says_so) {
  EXPECT_EQ(role_of(chat_with("model", "m")).may_read, Confidentiality::kPersonal);
  EXPECT_EQ(role_of(chat_with("url", "http://127.evil.example/v1")).may_read, Confidentiality::kPublic);
  EXPECT_EQ(role_of(chat_with("url", "https://llm.example/v1")).may_read, Confidentiality::kPublic);
  EXPECT_EQ(role_of(chat_with("allow", "public")).may_read, Confidentiality::kPublic);
  Json allowed = chat_with("url", "https://llm.example/v1");
  allowed["models"]["chat"]["allow"] = "personal";
  EXPECT_EQ(role_of(allowed).may_read, Confidentiality::kPersonal);
}

TEST(RemoteRoles, are_refused_with_the_setting_and_what_is_expected_but_not_what_stands_there) {
  struct Case {
    const char* name;
    Json value;
    const char* words;
  };
  const Case cases[] = {{"url", "sk-1234", "must be an address"},
                        {"model", "", "must be the name"},
                        {"key", "sk-1234", "must say where the key is"},
                        {"timeout_s", 0, "must be a whole number from 1 to 3600"},
                        {"timeout_s", 1.5, "must be a whole number from 1 to 3600"},
                        {"retries", 11, "must be a whole number from 0 to 10"},
                        {"allow", "secret", "must be \"public\" or \"personal\""}};
  for (const Case& one : cases) {
    const Result<std::vector<RemoteRole>> roles = remote_roles(chat_with(one.name, one.value));
    ASSERT_FALSE(roles.has_value()) << one.name;
    EXPECT_NE(roles.error().message.find(std::string("config.toml: models.chat.") + one.name + " " + one.words),
              std::string::npos)
        << roles.error().message;
    EXPECT_EQ(roles.error().message.find("sk-"), std::string::npos);
  }
  EXPECT_FALSE(remote_roles(chat_with("modell", "m")).has_value());
  EXPECT_FALSE(remote_roles({{"models", {{"chatt", Json::object()}}}}).has_value());
  EXPECT_FALSE(remote_roles({{"models", {{"chat", {{"model", "m"}}}}}}).has_value());
}

TEST(RemoteRoles, send_a_key_to_another_machine_over_https_only) {
  Json settings = chat_with("key", "credential:llm");
  EXPECT_EQ(role_of(settings).key, "credential:llm");
  settings["models"]["chat"]["url"] = "http://llm.example/v1";
  EXPECT_FALSE(remote_roles(settings).has_value());
  settings["models"]["chat"]["url"] = "https://llm.example/v1";
  EXPECT_TRUE(remote_roles(settings).has_value());
}

}  // namespace
}  // namespace favilla
