// File: a header with everything that the tables depend on, then the words of the vocabulary.
#include "model/tokenizer/vocabulary_cache.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "base/checksum.h"
#include "base/file.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

struct Header {
  std::array<char, 8> magic = {'f', 'a', 'v', 'v', 'o', 'c', 'a', '\n'};
  uint32_t version = Vocabulary::kVersion;
  uint32_t extras = 0;
  uint64_t source = 0;    // the model file
  uint64_t checksum = 0;  // of the fields above, and the words
};
static_assert(std::has_unique_object_representations_v<Header>, "padding would be bytes that nobody sets");

// Names the model file: what it says before its weights, and when it was written.
uint64_t source_of(const GgufFile& file) {
  const int64_t modified_ns = file.modified_ns();
  return checksum(std::as_bytes(std::span(&modified_ns, 1)), file.header_checksum());
}

Header make_header(uint64_t source, Vocabulary::Extras extras, std::span<const std::byte> words) {
  Header header;
  header.extras = static_cast<uint32_t>(extras);
  header.source = source;
  header.checksum = checksum(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, checksum)));
  header.checksum = checksum(words, header.checksum);
  return header;
}

std::optional<Vocabulary> read_tables(const fs::path& path, uint64_t source, Vocabulary::Extras extras) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file) return std::nullopt;
  const std::span<const std::byte> bytes = file->bytes();
  if (bytes.size() < sizeof(Header)) return std::nullopt;
  const Header wanted = make_header(source, extras, bytes.subspan(sizeof(Header)));
  if (std::memcmp(bytes.data(), &wanted, sizeof wanted) != 0) return std::nullopt;
  return Vocabulary::view(std::move(*file), sizeof(Header), extras);
}

Result<void> write_tables(const fs::path& path, uint64_t source, Vocabulary::Extras extras,
                          const Vocabulary& vocabulary) {
  TRY(make_private_folder(path.parent_path()));
  const std::span<const std::byte> words = std::as_bytes(vocabulary.words());
  const Header header = make_header(source, extras, words);
  std::string content(sizeof header + words.size(), '\0');
  std::memcpy(content.data(), &header, sizeof header);
  std::memcpy(content.data() + sizeof header, words.data(), words.size());
  return write_file_atomically(path, content, Flush::kNo);
}

}  // namespace

Result<Vocabulary> load_vocabulary(const GgufFile& file, Vocabulary::Extras extras, const fs::path& folder) {
  if (folder.empty()) return Vocabulary::build(file, extras);
  const uint64_t source = source_of(file);
  const fs::path path = folder / fmt::format("{:016x}.vocabulary", source);
  if (std::optional<Vocabulary> found = read_tables(path, source, extras)) return std::move(*found);
  Vocabulary built = TRY(Vocabulary::build(file, extras));
  std::error_code ignored;
  fs::remove(path, ignored);  // what could not be read would be met again at each start if the next line fails
  static_cast<void>(write_tables(path, source, extras, built));
  return built;
}

}  // namespace favilla
