// What mcp.json may say, and the one sentence for everything else.
#include "tools/mcp/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/file.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

std::string problem(std::string_view text) {
  const Result<std::vector<McpServer>> servers = parse_mcp_servers(text, "/home/ana");
  return servers ? "none" : servers.error().message;
}

std::string problem_of(const std::string& entry) {
  return problem("{\"mcpServers\": {\"x\": " + entry + "}}");
}

TEST(McpConfig, AServerAsOtherHostsWriteIt) {
  const auto servers = parse_mcp_servers(R"({"mcpServers": {
      "notes": {"type": "stdio", "command": "~/mcp/notes", "args": ["--all"], "env": {"TOKEN": "s3"}, "cwd": "/x"},
      "off": {"command": "x", "disabled": true},
      "weather": {"type": "http", "url": "https://weather.example/mcp", "headers": {"Authorization": "Bearer s3"}}}})",
                                         "/home/ana");
  ASSERT_TRUE(servers) << servers.error().message;
  ASSERT_EQ(servers->size(), 2U);
  const McpServer& notes = (*servers)[0];
  EXPECT_EQ(notes.command, "/home/ana/mcp/notes");
  EXPECT_EQ(notes.args, std::vector<std::string>{"--all"});
  EXPECT_EQ(notes.env, (McpServer::Pairs{{"TOKEN", "s3"}}));
  EXPECT_FALSE(notes.network);
  EXPECT_EQ(notes.limits.call_s, 60);
  EXPECT_EQ((*servers)[1].url, "https://weather.example/mcp");
}

TEST(McpConfig, SandboxAndLimitsAreOurs) {
  const auto servers = parse_mcp_servers(R"({"mcpServers": {"notes": {"command": "x",
      "sandbox": {"network": true, "read": ["~/mcp"], "write": ["/srv/notes"]},
      "limits": {"start_seconds": 30, "call_seconds": 5, "memory_megabytes": 256}}}})",
                                         "/home/ana");
  ASSERT_TRUE(servers) << servers.error().message;
  const McpServer& notes = servers->front();
  EXPECT_TRUE(notes.network);
  EXPECT_EQ(notes.read, std::vector<std::string>{"/home/ana/mcp"});
  EXPECT_EQ(notes.write, std::vector<std::string>{"/srv/notes"});
  EXPECT_EQ(notes.limits.start_s, 30);
  EXPECT_EQ(notes.limits.call_s, 5);
  EXPECT_EQ(notes.limits.memory_mb, 256);
}

TEST(McpConfig, EverythingElseIsOneSentenceThatNamesTheServer) {
  EXPECT_EQ(problem("{"), "mcp.json: this is not valid JSON");
  EXPECT_EQ(problem("[]"), "mcp.json: it must be {\"mcpServers\": {NAME: {\"command\" or \"url\": ...}}}");
  EXPECT_EQ(problem_of("{}"), "mcp.json: x: it needs either \"command\" or \"url\"");
  EXPECT_EQ(problem_of("[]"), "mcp.json: x: it must be an object");
  EXPECT_EQ(problem_of(R"({"command": "a", "url": "https://b"})"),
            "mcp.json: x: it needs either \"command\" or \"url\"");
  EXPECT_EQ(problem_of(R"({"command": "a\nb"})"), "mcp.json: x: \"command\" must be a text of one line");
  EXPECT_EQ(problem_of(R"({"command": "a", "args": "b"})"),
            "mcp.json: x: \"args\" must be a list of at most 100 texts");
  EXPECT_EQ(problem_of(R"({"command": "a", "env": {"A": 1}})"), "mcp.json: x: \"env\" must be a text of one line");
  EXPECT_EQ(problem_of(R"({"command": "a", "limits": {"call_seconds": 0}})"),
            "mcp.json: x: \"call_seconds\" must be a whole number from 1 to 3600");
  EXPECT_EQ(problem_of(R"({"command": "a", "limits": {"call_secs": 1}})"),
            "mcp.json: x: \"limits\" has no \"call_secs\"");
  EXPECT_EQ(problem_of(R"({"command": "a", "sandbox": {"write": ["/"]}})"),
            "mcp.json: x: \"write\" must list folders that begin with / or ~/, and not the root");
  EXPECT_EQ(
      problem_of(R"({"type": "sse", "url": "https://b"})"),
      "mcp.json: x: \"sse\" is the transport of 2024, which is not supported: ask for the server's Streamable HTTP "
      "address");
}

TEST(McpConfig, NamesCannotBeMistakenForOthers) {
  for (const char* name :
       {"", "a__b", "_a", "a_", "a/b", "..", "a b", "a\\u202eb", "a2345678901234567890123456789012x"}) {
    const std::string text = std::string("{\"mcpServers\": {\"") + name + "\": {\"command\": \"a\"}}}";
    EXPECT_NE(problem(text).find("must be at most 32 letters"), std::string::npos) << name;
  }
}

TEST(McpConfig, WhatWouldReachBehindTheSandboxIsRefused) {
  for (const char* name : {"LD_PRELOAD", "LD_LIBRARY_PATH", "GLIBC_TUNABLES", "HOME", "A=B", ""}) {
    const std::string entry = std::string(R"({"command": "a", "env": {")") + name + R"(": "b"}})";
    EXPECT_NE(problem_of(entry).find("is not allowed there"), std::string::npos) << name;
  }
}

TEST(McpConfig, TokensTravelEncryptedOrNotAtAll) {
  const std::string headers = R"(", "headers": {"Authorization": "Bearer s3"}})";
  EXPECT_EQ(problem_of(R"({"url": "https://weather.example/mcp)" + headers), "none");
  EXPECT_EQ(problem_of(R"({"url": "http://localhost:8000/mcp)" + headers), "none");
  EXPECT_EQ(problem_of(R"({"url": "http://127.0.0.1:8000/mcp)" + headers), "none");
  EXPECT_EQ(problem_of(R"({"url": "http://[::1]:8000/mcp)" + headers), "none");
  EXPECT_EQ(problem_of(R"({"url": "http://192.168.1.2/mcp"})"), "none");
  for (const char* url : {"http://weather.example", "http://127.0.0.1.evil.example", "http://127.evil.example"}) {
    EXPECT_EQ(problem_of(std::string(R"({"url": ")") + url + headers),
              "mcp.json: x: \"headers\" would travel unencrypted: the url must begin with https://")
        << url;
  }
  EXPECT_NE(problem_of(R"({"url": "https://ana:s3@weather.example"})").find("put them into"), std::string::npos);
  EXPECT_NE(problem_of(R"({"url": "file:///etc/passwd"})").find("https://"), std::string::npos);
  EXPECT_NE(problem_of(R"({"url": "https://b", "headers": {"Mcp-Session-Id": "1"}})").find("not allowed"),
            std::string::npos);
  EXPECT_NE(problem_of(R"({"url": "https://b", "headers": {"A: b\r\nC": "1"}})").find("not allowed"),
            std::string::npos);
}

TEST(McpConfig, AServerIsAnotherOneWhenItIsStartedInAnotherWay) {
  McpServer server;
  server.command = "a";
  server.args = {"b"};
  McpServer other = server;
  other.headers = {{"Authorization", "Bearer 2"}};
  other.limits.call_s = 5;
  EXPECT_EQ(identity_of(server), identity_of(other));
  const auto differs = [&](void (*change)(McpServer&)) {
    McpServer changed = server;
    change(changed);
    return identity_of(changed) != identity_of(server);
  };
  EXPECT_TRUE(differs([](McpServer& s) { s.command = "c"; }));
  EXPECT_TRUE(differs([](McpServer& s) { s.args = {}; }));
  EXPECT_TRUE(differs([](McpServer& s) { s.env = {{"PATH", "/srv"}}; }));
  EXPECT_TRUE(differs([](McpServer& s) { s.url = "https://b"; }));
  EXPECT_TRUE(differs([](McpServer& s) { s.network = true; }));
  EXPECT_TRUE(differs([](McpServer& s) { s.read = {"/srv"}; }));
  EXPECT_TRUE(differs([](McpServer& s) { s.write = {"/srv"}; }));
}

class NoRecords : public Records {
 public:
  Result<std::optional<Json>> find(std::string_view, std::string_view) const override { return std::optional<Json>(); }
  Result<std::vector<std::pair<std::string, Json>>> all(std::string_view) const override {
    return std::vector<std::pair<std::string, Json>>();
  }
};

class McpConfigFile : public testing::Test {
 protected:
  McpConfigFile() : folder_(fs::path(testing::TempDir()) / ("favilla-mcp-config-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    folders_.home = "/home/ana";
    EXPECT_TRUE(complete_mcp_settings(settings_, folder_ / "mcp.json", "/home/ana"));
  }
  ~McpConfigFile() override { fs::remove_all(folder_); }
  void write(std::string_view text) { std::ofstream(folder_ / "mcp.json") << text; }
  std::string text() { return read_file(folder_ / "mcp.json").value(); }

  const fs::path folder_;
  FixedClock clock_{Moment{}};
  TimeZone zone_ = TimeZone::utc();
  DataFolders folders_{};
  NoRecords records_;
  Settings settings_ = Json::object();
  CancelFlag cancel_;
  ToolContext context_{clock_, zone_, folders_, records_, settings_, cancel_, ""};
};

TEST_F(McpConfigFile, WithoutAFileThereAreNoServers) {
  const auto servers = read_mcp_servers(context_);
  ASSERT_TRUE(servers);
  EXPECT_TRUE(servers->empty());
}

TEST_F(McpConfigFile, TheSettingsMayNameAnotherFile) {
  const auto file_for = [&](const Json& mcp) {
    settings_["mcp"] = mcp;
    const Result<void> done = complete_mcp_settings(settings_, "/standard.json", "/home/ana");
    return done ? mcp_file(context_).string() : done.error().message;
  };
  EXPECT_EQ(file_for({{"file", "~/.mcp.json"}}), "/home/ana/.mcp.json");
  EXPECT_EQ(file_for({{"file", "/srv/mcp.json"}}), "/srv/mcp.json");
  EXPECT_EQ(file_for(nullptr), "/standard.json");
  EXPECT_EQ(file_for({{"file", "mcp.json"}}), "config.toml: mcp.file must be a path that begins with / or ~/");
  EXPECT_EQ(file_for(7), "config.toml: mcp.file must be a path that begins with / or ~/");
}

TEST_F(McpConfigFile, AFileThatOthersMayWriteIsNotRead) {
  write("{\"mcpServers\": {}}");
  fs::permissions(folder_ / "mcp.json", fs::perms::group_write, fs::perm_options::add);
  const auto servers = read_mcp_servers(context_);
  ASSERT_FALSE(servers);
  EXPECT_EQ(servers.error().kind, ErrorKind::kPermission);
}

TEST_F(McpConfigFile, EditingKeepsWhatOthersWrote) {
  write(R"({"theme": "dark", "mcpServers": {"a": {"command": "x", "autoApprove": ["y"]}}})");
  ASSERT_TRUE(edit_mcp_servers(context_, "b", Json{{"url", "https://b.example"}}));
  EXPECT_EQ(parse_json(text()).value(), Json::parse(R"({"theme": "dark", "mcpServers": {
      "a": {"command": "x", "autoApprove": ["y"]}, "b": {"url": "https://b.example"}}})"));
  ASSERT_TRUE(edit_mcp_servers(context_, "a", std::nullopt));
  EXPECT_EQ(parse_json(text()).value()["mcpServers"].size(), 1U);
  const Result<void> missing = edit_mcp_servers(context_, "a", std::nullopt);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
}

TEST_F(McpConfigFile, NothingIsWrittenThatCouldNotBeReadAgain) {
  ASSERT_FALSE(edit_mcp_servers(context_, "a__b", Json{{"command", "x"}}));
  ASSERT_FALSE(edit_mcp_servers(context_, "a", Json{{"command", 1}}));
  EXPECT_FALSE(fs::exists(folder_ / "mcp.json"));
}

}  // namespace
}  // namespace favilla
