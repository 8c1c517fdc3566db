// Secrets in files and among systemd's credentials.
#include "tools/net/secret.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"

namespace favilla {
namespace {

class SecretTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(std::string_view content, mode_t mode) {
    ASSERT_TRUE(write_file_atomically(folder_ / "key", content).has_value());
    ASSERT_EQ(::chmod((folder_ / "key").c_str(), mode), 0);
  }

  Result<std::string> read(std::string_view reference) const {
    return read_secret(reference, [this](const char* name) -> std::optional<std::string> {
      if (std::string_view(name) == "HOME" || std::string_view(name) == "CREDENTIALS_DIRECTORY") return folder_;
      return std::nullopt;
    });
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(FAVILLA_BINARY_DIR) / ("secret_test-" + std::to_string(::getpid()));
};

TEST_F(SecretTest, comes_without_the_white_space_around_it) {
  write("  sk-1234\r\n", 0600);
  for (const std::string& reference :
       {"file:" + (folder_ / "key").string(), std::string("file:~/key"), std::string("credential:key")}) {
    EXPECT_EQ(read(reference).value_or("nothing"), "sk-1234") << reference;
  }
}

TEST_F(SecretTest, of_a_file_that_others_may_read_is_refused) {
  for (const mode_t mode : {0640, 0604, 0620, 0602}) {
    write("sk-1234", mode);
    EXPECT_EQ(read("file:~/key").error().kind, ErrorKind::kPermission) << mode;
  }
}

TEST_F(SecretTest, that_is_none_is_refused_without_showing_it) {
  for (const std::string& content :
       {std::string(), std::string(" \n"), std::string("sk-1234 sk-5678"), std::string("sk-1234\nX: y"),
        std::string("sk-1234\0", 8), std::string("sk-1234\xC3\xA9")}) {
    write(content, 0600);
    const Result<std::string> secret = read("file:~/key");
    ASSERT_FALSE(secret.has_value()) << content;
    EXPECT_EQ(secret.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_EQ(secret.error().message.find("sk-"), std::string::npos);
  }
}

TEST_F(SecretTest, that_is_not_there_is_not_found) {
  EXPECT_EQ(read("file:~/other").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(read("credential:other").error().kind, ErrorKind::kNotFound);
  const GetEnvironment nothing = [](const char*) { return std::nullopt; };
  EXPECT_EQ(read_secret("credential:key", nothing).error().kind, ErrorKind::kNotFound);
}

TEST(SecretReference, has_one_of_few_forms) {
  for (const char* good : {"file:/a", "file:~/a", "credential:a", "secret-service:a/b"})
    EXPECT_TRUE(is_secret_reference(good)) << good;
  for (const char* bad : {"", "sk-1234", "secret-service:a", "secret-service:/b", "secret-service:a/",
                          "file:", "file:a", "credential:", "credential:../a", "FILE:/a"}) {
    EXPECT_FALSE(is_secret_reference(bad)) << bad;
  }
}

}  // namespace
}  // namespace favilla
