// What a sandbox shows; that bubblewrap does as it is told is tests/e2e/shell and tests/e2e/mcp.
#include "tools/sandbox.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace favilla {
namespace {

namespace fs = std::filesystem;

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() : folder_(fs::canonical(testing::TempDir()) / ("favilla-sandbox-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "home/.config/favilla/scripts");
    fs::create_symlink(folder_ / "home/.config", folder_ / "link");
  }
  ~SandboxTest() override { fs::remove_all(folder_); }

  // The folders that are empty although one that holds them is shared.
  std::vector<std::string> emptied(const std::string& named) const {
    const std::vector<std::string> argv = sandbox_argv(
        {.write = {(folder_ / named).string()}, .hidden = {path("home/.config/favilla"), path("home/missing")}});
    std::vector<std::string> found;
    const auto shared = std::find(argv.begin(), argv.end(), (folder_ / named).string());
    for (auto it = shared; it + 1 < argv.end(); ++it) {
      if (*it == "--tmpfs") found.push_back(*(it + 1));
    }
    return found;
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }

  using Folders = std::vector<std::string>;
  const fs::path folder_;
};

TEST_F(SandboxTest, FavillasOwnFoldersAreEmptyInWhateverHoldsThem) {
  EXPECT_EQ(emptied("home"), Folders{path("home/.config/favilla")});
  EXPECT_EQ(emptied("home/.config/favilla"), Folders{path("home/.config/favilla")});
  EXPECT_EQ(emptied("link"), Folders{path("link/favilla")});
  EXPECT_EQ(emptied("home/.config/favilla/scripts"), Folders());
  EXPECT_EQ(emptied("elsewhere"), Folders());
}

TEST_F(SandboxTest, TheSettingsSayWhichTheyAre) {
  EXPECT_EQ(own_folders({{"own_folders", {"/a", 7, "/b"}}}), (Folders{"/a", "/b"}));
  EXPECT_EQ(own_folders(Json::object()), Folders());
}

TEST_F(SandboxTest, TheNetworkIsThereOnlyWhenAskedFor) {
  const auto has = [](const Folders& argv, const char* word) {
    return std::find(argv.begin(), argv.end(), word) != argv.end();
  };
  EXPECT_FALSE(has(sandbox_argv({}), "--share-net"));
  EXPECT_TRUE(has(sandbox_argv({.network = true}), "--share-net"));
  EXPECT_TRUE(has(sandbox_argv({.network = true}), "--unshare-all"));
}

}  // namespace
}  // namespace favilla
