// Zips that are small, large, damaged or hostile.
#include "catalog/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>

#include "base/file.h"
#include "base/random.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int kMutations = 1'000;

void append_u16(std::string& out, uint32_t value) {
  out += static_cast<char>(value & 0xFF);
  out += static_cast<char>(value >> 8 & 0xFF);
}

void append_u32(std::string& out, uint32_t value) {
  append_u16(out, value & 0xFFFF);
  append_u16(out, value >> 16);
}

uint32_t crc32_of(std::string_view text) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

// What local header and directory say alike: version, flags, method "stored", time, digest, sizes, name length.
std::string common_fields(std::string_view name, std::string_view content, uint32_t announced_bytes) {
  std::string fields;
  for (const uint32_t value : {20U, 0U, 0U, 0U, 0U}) append_u16(fields, value);
  append_u32(fields, crc32_of(content));
  append_u32(fields, static_cast<uint32_t>(content.size()));
  append_u32(fields, announced_bytes);
  append_u16(fields, static_cast<uint32_t>(name.size()));
  append_u16(fields, 0);
  return fields;
}

// A zip as PKWARE's APPNOTE lays it out, written by hand because a library would refuse the hostile ones.
std::string make_zip(const std::map<std::string, std::string>& files, uint32_t surplus_bytes = 0) {
  std::string zip;
  std::string directory;
  for (const auto& [name, content] : files) {
    const std::string fields = common_fields(name, content, static_cast<uint32_t>(content.size()) + surplus_bytes);
    directory += "PK\x01\x02";
    append_u16(directory, 20);
    directory += fields;
    for (int i = 0; i < 3; ++i) append_u16(directory, 0);
    append_u32(directory, 0);
    append_u32(directory, static_cast<uint32_t>(zip.size()));
    directory += name;
    zip += "PK\x03\x04" + fields + name + content;
  }
  const auto directory_start = static_cast<uint32_t>(zip.size());
  zip += directory + "PK\x05\x06";
  for (const size_t value : {size_t{0}, size_t{0}, files.size(), files.size()})
    append_u16(zip, static_cast<uint32_t>(value));
  append_u32(zip, static_cast<uint32_t>(directory.size()));
  append_u32(zip, directory_start);
  append_u16(zip, 0);
  return zip;
}

class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() {
    std::string pattern = testing::TempDir() + "archive-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ArchiveTest() override { fs::remove_all(folder_); }

  fs::path write(const std::string& bytes) {
    std::ofstream(folder_ / "a.zip", std::ios::binary) << bytes;
    return folder_ / "a.zip";
  }

  Result<std::string> extract(const std::string& zip, const std::string& entry, uint64_t expected_bytes) {
    const fs::path archive = write(zip);
    fs::remove(folder_ / "out");
    GrowingFile target = TRY(GrowingFile::open(folder_ / "out"));
    TRY(extract_entry(archive, entry, expected_bytes, target, hooks_));
    return read_file(folder_ / "out");
  }

  fs::path folder_;
  TransferHooks hooks_;
};

TEST_F(ArchiveTest, an_entry_of_the_expected_size_comes_out_whole) {
  const Result<std::string> text = extract(make_zip({{"a/b.txt", "hello"}, {"c", "x"}}), "a/b.txt", 5);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "hello");
}

TEST_F(ArchiveTest, absent_entries_and_other_sizes_are_refused) {
  const std::string zip = make_zip({{"a", "hello"}});
  EXPECT_THAT(extract(zip, "b", 5).error().message, HasSubstr("has no b"));
  EXPECT_THAT(extract(zip, "a", 6).error().message, HasSubstr("a has 5 bytes, not 6"));
  EXPECT_EQ(extract("not a zip", "a", 5).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(extract("", "a", 5).error().kind, ErrorKind::kCorrupt);
}

TEST_F(ArchiveTest, an_entry_that_lies_about_its_size_is_corrupt) {
  EXPECT_EQ(extract(make_zip({{"a", "hello"}}, 100), "a", 105).error().kind, ErrorKind::kCorrupt);
}

TEST_F(ArchiveTest, a_tree_is_unpacked_with_its_folders) {
  ASSERT_TRUE(extract_tree(write(make_zip({{"x/y/z", "1"}, {"x/w", "22"}, {"x/", ""}})), folder_ / "t", 10, hooks_));
  EXPECT_EQ(*read_file(folder_ / "t/x/y/z"), "1");
  EXPECT_EQ(*read_file(folder_ / "t/x/w"), "22");
}

TEST_F(ArchiveTest, a_tree_cannot_leave_its_folder_or_fill_the_disk) {
  for (const char* name : {"../evil", "/evil", "a/../../evil"}) {
    const Result<void> result = extract_tree(write(make_zip({{name, "x"}})), folder_ / "t", 10, hooks_);
    ASSERT_FALSE(result) << name;
    EXPECT_THAT(result.error().message, HasSubstr("would leave the folder"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "evil"));
  const Result<void> large =
      extract_tree(write(make_zip({{"a", "12345"}, {"b", "678901"}})), folder_ / "t", 10, hooks_);
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("would unpack to more than 10 bytes"));
  std::map<std::string, std::string> many;
  for (int i = 0; i <= kTreeEntryLimit; ++i) many[std::to_string(i)] = "";
  EXPECT_FALSE(extract_tree(write(make_zip(many)), folder_ / "t", 10, hooks_));
}

TEST_F(ArchiveTest, mutated_and_truncated_archives_never_give_more_than_expected) {
  const std::string good = make_zip({{"a", std::string(200, 'x')}, {"b", "y"}});
  Random random(5);
  for (int i = 0; i < kMutations; ++i) {
    std::string zip = good;
    if (random.next_below(4) == 0) zip.resize(random.next_below(static_cast<uint32_t>(zip.size())));
    for (uint32_t flips = 1 + random.next_below(3); flips > 0 && !zip.empty(); --flips) {
      zip[random.next_below(static_cast<uint32_t>(zip.size()))] = static_cast<char>(random.next_below(256));
    }
    const Result<std::string> text = extract(zip, "a", 200);
    EXPECT_TRUE(!text || text->size() == 200U);
  }
}

TEST_F(ArchiveTest, a_cancelled_extraction_stops) {
  CancelFlag cancel;
  cancel.request();
  hooks_.cancel = &cancel;
  EXPECT_EQ(extract(make_zip({{"a", "hello"}}), "a", 5).error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace favilla
