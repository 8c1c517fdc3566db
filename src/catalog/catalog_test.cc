// Names to files, and what is said when there is none.
#include "catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "catalog/http.h"
#include "catalog/transfer.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CatalogTest : public testing::Test {
 protected:
  static fs::path make_folder() {
    std::string pattern = testing::TempDir() + "catalog-XXXXXX";
    return ::mkdtemp(pattern.data());
  }
  ~CatalogTest() override { fs::remove_all(folder_); }

  fs::path write(const fs::path& path, const std::string& bytes = "GGUF") {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  // A row with one file of four bytes that exists.
  ModelRow add(const std::string& name) {
    const ModelRow row{.name = name,
                       .role = "chat",
                       .licence = "MIT",
                       .source = "https://example.org/" + name,
                       .accepted_terms = "",
                       .files = {{name + ".gguf", std::string(64, 'a'), 4}}};
    write(catalog_.path_of(row.files.front()));
    EXPECT_TRUE(catalog_.put(row));
    return row;
  }

  std::string why_not(std::string_view name) {
    const Result<ResolvedModel> model = catalog_.resolve(name);
    return model ? "resolved to " + model->path.string() : model.error().message;
  }

  fs::path folder_ = make_folder();
  Catalog catalog_{folder_ / "models"};
};

TEST_F(CatalogTest, a_folder_that_is_not_there_has_no_models) {
  EXPECT_TRUE(catalog_.rows()->empty());
  EXPECT_FALSE(fs::exists(catalog_.folder()));
}

TEST_F(CatalogTest, a_name_resolves_to_its_file_and_row) {
  add("tiny");
  const Result<ResolvedModel> model = catalog_.resolve("tiny");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->path, catalog_.folder() / "tiny.gguf");
  EXPECT_EQ(model->row->licence, "MIT");
}

TEST_F(CatalogTest, a_path_works_wherever_a_name_does) {
  const fs::path path = write(folder_ / "elsewhere.gguf");
  const Result<ResolvedModel> model = catalog_.resolve(path.string());
  ASSERT_TRUE(model);
  EXPECT_EQ(model->path, path);
  EXPECT_FALSE(model->row);
}

TEST_F(CatalogTest, an_unknown_name_comes_with_the_next_step) {
  add("tiny-chat");
  EXPECT_THAT(why_not("smollm2-135m"), HasSubstr("run: favilla pull smollm2-135m"));
  EXPECT_THAT(why_not("smolm2-135m"), HasSubstr("did you mean smollm2-135m? (to fetch it: favilla pull smollm2-135m)"));
  EXPECT_EQ(why_not("tiny-chatt"), "there is no model named tiny-chatt; did you mean tiny-chat?");
  EXPECT_THAT(why_not("zebra-elephant"), HasSubstr("`favilla list` shows the names"));
  EXPECT_EQ(why_not("/no/such.gguf"), "there is no model file /no/such.gguf");
  EXPECT_THAT(why_not(folder_.string()), HasSubstr("is a folder, not a GGUF file"));
}

TEST_F(CatalogTest, a_row_whose_file_is_gone_says_how_to_get_it_back) {
  const ModelRow row = add("tiny");
  EXPECT_TRUE(catalog_.is_complete(row));
  write(catalog_.path_of(row.files.front()), "short");
  EXPECT_FALSE(catalog_.is_complete(row));
  fs::remove(catalog_.path_of(row.files.front()));
  EXPECT_THAT(why_not("tiny"), HasSubstr("favilla pull https://example.org/tiny"));
}

TEST_F(CatalogTest, a_file_goes_with_its_last_name) {
  add("a");
  ASSERT_TRUE(catalog_.copy("a", "b"));
  EXPECT_THAT(*catalog_.remove("a"), IsEmpty());
  EXPECT_THAT(*catalog_.remove("b"), ElementsAre(catalog_.folder() / "a.gguf"));
  EXPECT_EQ(catalog_.remove("b").error().kind, ErrorKind::kNotFound);
}

TEST_F(CatalogTest, removing_an_unfinished_pull_deletes_its_part) {
  const fs::path part = write(catalog_.folder() / ".partial" / "tiny" / "tiny.gguf.part");
  ASSERT_TRUE(catalog_.remove("tiny"));
  EXPECT_FALSE(fs::exists(part.parent_path()));
  EXPECT_FALSE(catalog_.remove(".."));
}

TEST_F(CatalogTest, the_default_model_is_known_and_known_models_are_consistent) {
  ASSERT_NE(find_known_model(default_model_name()), nullptr);
  EXPECT_EQ(find_known_model(default_model_name())->package_bytes(), 98362432U);
  EXPECT_EQ(find_known_model("gemma3-270m")->package_bytes(), 253113024U);
  for (const KnownModel& model : known_models()) {
    EXPECT_EQ(model.sha256.size(), 64U) << model.name;
    EXPECT_FALSE(model.packages.empty()) << model.name;
  }
}

TEST(Addresses, only_https_and_plain_loopback_are_accepted) {
  for (const char* good :
       {"https://example.org/m.gguf", "http://127.0.0.1:80/m", "http://localhost/m", "http://[::1]/m"}) {
    EXPECT_TRUE(check_url(good)) << good;
  }
  for (const char* bad : {"http://example.org/m", "ftp://127.0.0.1/m", "file:///m", "https://", "x", "https://u:p@h/m",
                          "http://localhost.example.org/m"}) {
    EXPECT_FALSE(check_url(bad)) << bad;
  }
  EXPECT_EQ(public_url("https://h/a.gguf?token=1#x"), "https://h/a.gguf");
}

TEST(Sizes, are_written_for_people) {
  EXPECT_EQ(format_bytes(0), "0 bytes");
  EXPECT_EQ(format_bytes(999), "999 bytes");
  EXPECT_EQ(format_bytes(98362432), "98.4 MB");
  EXPECT_EQ(format_bytes(999'990), "1.0 MB");
  EXPECT_EQ(format_bytes(UINT64_MAX), "18.4 EB");
}

TEST(Disk, too_little_room_names_both_figures) {
  EXPECT_TRUE(require_free_space("/", 1));
  const Result<void> result = require_free_space("/", uint64_t{1} << 62);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kExhausted);
  EXPECT_THAT(result.error().message, HasSubstr("4.6 EB more are needed in /"));
}

}  // namespace
}  // namespace favilla
