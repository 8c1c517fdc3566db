// The cases of `files`, and what needs links, times, archives and a Trash.
#include "tools/builtin/files/files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/subprocess.h"
#include "tools/builtin/files/actions.h"
#include "tools/cases_test.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

class NoRecords : public Records {
 public:
  Result<std::optional<Json>> find(std::string_view, std::string_view) const override { return std::optional<Json>(); }
  Result<std::vector<std::pair<std::string, Json>>> all(std::string_view) const override {
    return std::vector<std::pair<std::string, Json>>();
  }
};

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string name = (fs::temp_directory_path() / "favilla-files-XXXXXX").string();
    root_ = mkdtemp(name.data());
    folders_.home = root_ / "home";
    fs::create_directories(folders_.home);
  }
  ~FilesTest() override { fs::remove_all(root_); }

  fs::path home(const std::string& name) const { return folders_.home / name; }
  void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  fs::path root_;
  DataFolders folders_;
  FixedClock clock_{Moment(std::chrono::seconds(1'795'424'400))};
  TimeZone zone_ = TimeZone::utc();
  NoRecords records_;
  Settings settings_ = Json::object();
  CancelFlag cancel_;
  ToolContext context_{clock_, zone_, folders_, records_, settings_, cancel_, ""};
};

TEST(Files, Cases) {
  run_cases("builtin/files/files.case", {&kFilesTool});
}

TEST_F(FilesTest, LinksOutOfHomeAreNotFollowed) {
  write(root_ / "outside/secret.txt", "x");
  fs::create_directory_symlink(root_ / "outside", home("link"));
  EXPECT_EQ(plan_files_find(context_, {{"words", "secret"}})->result["count"], 0);
  EXPECT_EQ(plan_files_trash(context_, {{"file", "link/secret.txt"}}).error().kind, ErrorKind::kPermission);
  write(home("mine.txt"), "x");
  EXPECT_EQ(plan_files_move(context_, {{"file", "mine.txt"}, {"to", "link/mine.txt"}}).error().kind,
            ErrorKind::kPermission);
}

TEST_F(FilesTest, AnArchiveIsOneNewFileThatCanBeTakenBack) {
  write(home("photos/a.txt"), "one");
  const Result<Outcome> outcome = plan_files_archive(context_, {{"file", "photos"}});
  ASSERT_TRUE(outcome) << outcome.error().message;
  const OutwardCall& call = std::get<OutwardCall>(outcome->changes.at(0));
  const Result<Json> made = perform_files(context_, call.request);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_GT((*made)["bytes"], 50);
  EXPECT_TRUE(fs::exists(home("photos.tar.gz")));
  EXPECT_FALSE(perform_files(context_, call.request)) << "it replaced a file";
  const Result<Json> undone = perform_files(context_, *call.undo);
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_FALSE(fs::exists(home("photos.tar.gz")));
  EXPECT_TRUE(fs::exists(home(".local/share/Trash/files/photos.tar.gz")));
  // And back out of the Trash.
  const Result<Outcome> restored = plan_files_restore(context_, Json::object());
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(std::get<MoveFile>(restored->changes.at(0)).to, home("photos.tar.gz"));
}

TEST_F(FilesTest, AZipHoldsFoldersFilesAndLinks) {
  write(home("photos/summer/a.txt"), "one");
  fs::create_symlink("summer/a.txt", home("photos/best"));
  const Result<Outcome> outcome = plan_files_archive(context_, {{"file", "photos"}, {"format", "zip"}});
  ASSERT_TRUE(outcome) << outcome.error().message;
  const Json request = std::get<OutwardCall>(outcome->changes.at(0)).request;
  const Result<Json> made = perform_files(context_, request);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(perform_files(context_, request)) << "it replaced a file";
  SubprocessOptions python;  // an independent reader
  python.argv = {"python3", "-c",
                 "import sys, zipfile\n"
                 "z = zipfile.ZipFile(sys.argv[1])\n"
                 "print(z.testzip(), *[(i.filename, i.external_attr >> 28) for i in sorted(z.infolist(), "
                 "key=lambda i: i.filename)], z.read('photos/summer/a.txt'), z.read('photos/best'))",
                 home("photos.zip").string()};
  EXPECT_EQ(run_subprocess(python)->standard_output,
            "None ('photos/', 4) ('photos/best', 10) ('photos/summer/', 4) ('photos/summer/a.txt', 8) "
            "b'one' b'summer/a.txt'\n");
}

TEST_F(FilesTest, FilesAreFoundByWhenTheyWereChanged) {
  write(home("old.txt"), "x");
  write(home("new.txt"), "x");
  const auto at = [](int64_t seconds) {
    return std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
  };
  fs::last_write_time(home("old.txt"), at(1'700'000'000));
  fs::last_write_time(home("new.txt"), at(1'795'420'000));
  const Result<Outcome> found = plan_files_find(context_, {{"start", "2026-11-01"}, {"end", "2026-12-01"}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->result["count"], 1);
  EXPECT_EQ(plan_files_organise(context_, {{"in", "home"}, {"by", "month"}})->result["folders"],
            (Json{{"2023/11", 1}, {"2026/11", 1}}));
}

TEST_F(FilesTest, KindsOfFilesWithoutAnEndingAreSeenInTheirBytes) {
  write(home("scan"), "%PDF-1.7 ...");
  write(home("empty"), "");
  EXPECT_EQ(kind_of(home("scan")), "documents");
  EXPECT_EQ(kind_of(home("empty")), "other");
  EXPECT_EQ(kind_of(home("x.JPEG")), "pictures");
}

TEST_F(FilesTest, AStopIsHeeded) {
  write(home("a.txt"), "x");
  cancel_.request();
  EXPECT_EQ(plan_files_find(context_, Json::object()).error().kind, ErrorKind::kCancelled);
}

TEST(Files, SizesAreSaidInDecimalUnits) {
  EXPECT_EQ(say_bytes(0), "0 bytes");
  EXPECT_EQ(say_bytes(999), "999 bytes");
  EXPECT_EQ(say_bytes(1'500), "1.5 kB");
  EXPECT_EQ(say_bytes(999'999), "1.0 MB");
  EXPECT_EQ(say_bytes(123'456'789), "123 MB");
}

}  // namespace
}  // namespace favilla
