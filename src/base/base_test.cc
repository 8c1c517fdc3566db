// What every module relies on.
#include "base/base.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <numeric>

namespace favilla {
namespace {

namespace fs = std::filesystem;

// A folder that is removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "favilla-base-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { fs::remove_all(path_); }
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

Result<int> half_of(int value) {
  if (value % 2 != 0) return Error{ErrorKind::kInvalidArgument, "odd"};
  return value / 2;
}

Result<int> quarter_of(int value) {
  return half_of(TRY(half_of(value).context("first")));
}

TEST(Result, TryReturnsTheErrorWithItsContext) {
  EXPECT_EQ(quarter_of(8).value(), 2);
  EXPECT_EQ(quarter_of(3).error().message, "first: odd");
  EXPECT_EQ(quarter_of(6).error().message, "odd");
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Values of the reference implementation's own `xxhsum -H3`.
TEST(Checksum, IsXxh3AndChainsPieces) {
  EXPECT_EQ(checksum({}), 0x2D06800538D394C2U);
  EXPECT_EQ(checksum(bytes_of("abc")), 0x78AF5F94892F3950U);
  EXPECT_NE(checksum(bytes_of("bc"), checksum(bytes_of("a"))), checksum(bytes_of("ac"), checksum(bytes_of("b"))));
}

TEST(Utf8, AcceptsExactlyWhatTheStandardAccepts) {
  for (const char* good : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(good));
  }
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
  }
  EXPECT_EQ(find_invalid_utf8("ab\xFFzz"), 2U);
  EXPECT_EQ(to_valid_utf8("a\xFF"), "a\xEF\xBF\xBD");
}

TEST(Utf8, EveryCodePointSurvivesEncodingAndDecoding) {
  for (char32_t point = 0; point < 0x110000; ++point) {
    if (point >= 0xD800 && point < 0xE000) continue;
    std::string text;
    append_utf8(text, point);
    const CodePoint decoded = decode_utf8(text);
    ASSERT_TRUE(decoded.valid);
    ASSERT_EQ(decoded.value, point);
    ASSERT_EQ(static_cast<size_t>(decoded.length), text.size());
  }
}

TEST(Utf8, TheAssemblerGivesTheSameTextForEverySplit) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xFFz\xE2\x82";
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      Utf8Assembler assembler;
      std::string out;
      for (const auto& part : {text.substr(0, first), text.substr(first, second - first), text.substr(second)}) {
        const std::string shown = assembler.feed(part);
        EXPECT_TRUE(is_valid_utf8(shown));
        out += shown;
      }
      EXPECT_EQ(out + assembler.finish(), to_valid_utf8(text));
    }
  }
}

TEST(Json, SaysWhereItBreaksAndSurvivesNesting) {
  EXPECT_EQ(parse_json("{\"a\":1}").value()["a"], 1);
  EXPECT_THAT(parse_json("[1,}").error().message, testing::HasSubstr("byte 4"));
  EXPECT_FALSE(parse_json(std::string(1000000, '[')));
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\""));
  EXPECT_EQ(to_json_text(Json("a\xFF")), "\"a\xEF\xBF\xBD\"");
}

TEST(File, AnAtomicWriteReplacesTheWholeOrNothing) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "a", "one"));
  ASSERT_TRUE(write_file_atomically(folder / "a", "two"));
  EXPECT_EQ(read_file(folder / "a").value(), "two");
  EXPECT_EQ(write_file_atomically(folder / "no/such/b", "x").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(read_file(folder / "a", 2).error().kind, ErrorKind::kExhausted);
}

TEST(File, MapsAFileAndRefusesFoldersAndPipes) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "a", "bytes"));
  ASSERT_TRUE(write_file_atomically(folder / "empty", ""));
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const MappedFile mapped = std::move(MappedFile::open(folder / "a")).value();
  EXPECT_EQ(mapped.bytes().size(), 5U);
  EXPECT_EQ(mapped.bytes()[0], std::byte{'b'});
  EXPECT_TRUE(MappedFile::open(folder / "empty").value().bytes().empty());
  EXPECT_EQ(MappedFile::open(folder / "none").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(MappedFile::open(folder / ".").error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(MappedFile::open(folder / "pipe").error().kind, ErrorKind::kInvalidArgument);
}

TEST(File, ALockIsHeldByOne) {
  const TemporaryFolder folder;
  {
    const FileLock lock = std::move(FileLock::try_acquire(folder / "lock")).value();
    EXPECT_EQ(FileLock::try_acquire(folder / "lock").error().kind, ErrorKind::kBusy);
  }
  EXPECT_TRUE(FileLock::try_acquire(folder / "lock"));
}

TEST(Sha256, EqualsTheStandardsExample) {
  Sha256 hash;
  const std::string text = "abc";
  hash.update(std::as_bytes(std::span(text)));
  EXPECT_EQ(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Paths, PreferOurVariableThenXdgThenHome) {
  const auto with = [](std::vector<std::pair<std::string, std::string>> variables) {
    return Paths::resolve([variables](const char* name) -> std::optional<std::string> {
      for (const auto& [key, value] : variables) {
        if (key == name) return value;
      }
      return std::nullopt;
    });
  };
  EXPECT_EQ(with({{"HOME", "/h"}}).data, "/h/.local/share/favilla");
  EXPECT_EQ(with({{"HOME", "/h"}, {"XDG_DATA_HOME", "/x"}}).models(), "/x/favilla/models");
  EXPECT_EQ(with({{"HOME", "/h"}, {"XDG_DATA_HOME", "relative"}}).data, "/h/.local/share/favilla");
  EXPECT_EQ(with({{"FAVILLA_CACHE_HOME", "/c"}, {"XDG_CACHE_HOME", "/x"}}).runtime, "/c/run");
}

TEST(Subprocess, CapturesBothStreamsAndTheExitCode) {
  const auto result = run_subprocess({.argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->standard_output, "out\n");
  EXPECT_EQ(result->standard_error, "err\n");
  EXPECT_EQ(run_subprocess({.argv = {"no-such-program-here"}}).error().kind, ErrorKind::kNotFound);
}

TEST(Subprocess, PassesOutputOnWhileTheChildRuns) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  std::string pieces;
  std::chrono::duration<double> first{0};
  const auto result = run_subprocess(
      {.argv = {"sh", "-c", "echo early; sleep 0.5; echo late"}, .on_output = [&](std::string_view piece) {
         if (pieces.empty()) first = Clock::now() - start;
         pieces += piece;
       }});
  ASSERT_TRUE(result);
  EXPECT_EQ(pieces, "early\nlate\n");
  EXPECT_GE((Clock::now() - start - first).count(), 0.4e9) << "the first piece came at the end";
}

TEST(Subprocess, StopsTheChildWhenCancelled) {
  CancelFlag cancel;
  cancel.request();
  EXPECT_EQ(run_subprocess({.argv = {"sleep", "60"}, .cancel = &cancel}).error().kind, ErrorKind::kCancelled);
}

TEST(Random, TheSameSeedGivesTheSameNumbersInsideTheirRange) {
  Random a(1), b(1), c(2);
  EXPECT_NE(a.next_u32(), c.next_u32());
  b.next_u32();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(a.next_u32(), b.next_u32());
    EXPECT_LT(a.next_below(7), 7U);
    b.next_below(7);
    EXPECT_LT(a.next_unit(), 1.0F);
    b.next_unit();
  }
}

}  // namespace
}  // namespace favilla
