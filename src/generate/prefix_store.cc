// The files of the prefix store: header, ids, logits, then for each layer and head its keys, values and their scales.
#include "generate/prefix_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "base/checksum.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr std::array<char, 8> kMagic = {'f', 'a', 'v', 'p', 'r', 'e', 'f', '\n'};
constexpr uint32_t kVersion = 1;
constexpr const char* kExtension = ".kv";
// A temporary file of this age is what a killed process left.
constexpr std::chrono::hours kAbandonedAfter{1};

struct Header {
  std::array<char, 8> magic = kMagic;
  uint32_t version = kVersion;
  uint32_t kv_type = 0;
  uint32_t layers = 0;
  uint32_t kv_heads = 0;
  uint32_t head_dim = 0;
  uint32_t vocabulary = 0;
  uint32_t tokens = 0;
  uint32_t logits = 0;                    // 0 or vocabulary
  std::array<char, 64> fingerprint = {};  // ends with a zero
  uint64_t body_checksum = 0;             // of all that follows the ids
  uint64_t head_checksum = 0;             // of the header before this field, and the ids
};
static_assert(std::has_unique_object_representations_v<Header>, "padding would be bytes that nobody sets");

Header header_of(const PrefixKey& key) {
  Header header;
  header.kv_type = static_cast<uint32_t>(key.type);
  header.layers = static_cast<uint32_t>(key.layers);
  header.kv_heads = static_cast<uint32_t>(key.kv_heads);
  header.head_dim = static_cast<uint32_t>(key.head_dim);
  header.vocabulary = static_cast<uint32_t>(key.vocabulary);
  key.fingerprint.copy(header.fingerprint.data(), header.fingerprint.size() - 1);
  return header;
}

// Whether two headers are of the same version, model and kind of cache.
bool is_same_kind(const Header& a, const Header& b) {
  return a.magic == b.magic && a.version == b.version && a.kv_type == b.kv_type && a.layers == b.layers &&
         a.kv_heads == b.kv_heads && a.head_dim == b.head_dim && a.vocabulary == b.vocabulary &&
         a.fingerprint == b.fingerprint;
}

uint64_t head_checksum(const Header& header, std::span<const std::byte> ids) {
  const std::span<const std::byte> before = std::as_bytes(std::span(&header, 1)).first(offsetof(Header, head_checksum));
  return checksum(ids, checksum(before));
}

// One kind of data of a head: `bytes` for each block of kKvBlock positions.
struct Plane {
  std::byte* data;
  size_t block_bytes;
  size_t element_bytes;
  bool is_interleaved;  // [n][kKvBlock] in a block, else [kKvBlock][n]
};

// The planes of one head. A scale covers kBlockColumns dimensions.
std::vector<Plane> planes_of(const KvView& kv, int layer, int kv_head) {
  const KvHeadView head = kv.head(layer, kv_head);
  // KvHeadView is for readers; the memory behind a KvView is the session's to write.
  const auto writable = [](const void* data) { return static_cast<std::byte*>(const_cast<void*>(data)); };
  const size_t element_bytes = kv.type == KvType::kF32 ? 4 : kv.type == KvType::kF16 ? 2 : 1;
  const size_t block_elements = static_cast<size_t>(kKvBlock) * static_cast<size_t>(kv.head_dim);
  std::vector<Plane> planes = {
      {writable(head.keys), block_elements * element_bytes, element_bytes, true},
      {writable(head.values), block_elements * element_bytes, element_bytes, false},
  };
  if (kv.type == KvType::kQ8_0) {
    const size_t scale_bytes = block_elements / kBlockColumns * sizeof(uint16_t);
    planes.push_back({writable(head.key_scales), scale_bytes, sizeof(uint16_t), true});
    planes.push_back({writable(head.value_scales), scale_bytes, sizeof(uint16_t), false});
  }
  return planes;
}

size_t blocks_of(size_t tokens) {
  return (tokens + kKvBlock - 1) / kKvBlock;
}

// Of one head and one block, all planes.
size_t head_block_bytes(KvType type, size_t head_dim) {
  const size_t elements = 2 * kKvBlock * head_dim;
  switch (type) {
    case KvType::kF32:
      return elements * 4;
    case KvType::kF16:
      return elements * 2;
    case KvType::kQ8_0:
      return elements + elements / kBlockColumns * sizeof(uint16_t);
  }
  return 0;
}

size_t body_bytes(const Header& header) {
  return size_t{header.logits} * sizeof(float) +
         size_t{header.layers} * header.kv_heads * blocks_of(header.tokens) *
             head_block_bytes(static_cast<KvType>(header.kv_type), header.head_dim);
}

// What lies in a block behind its first `used` positions was said after the prefix, and is nobody's business.
void clear_unused(const Plane& plane, size_t used, std::byte* block) {
  const size_t row_bytes = plane.is_interleaved ? kKvBlock * plane.element_bytes : plane.block_bytes;
  for (size_t row = 0; row < plane.block_bytes; row += row_bytes) {
    const size_t used_bytes = row_bytes / kKvBlock * used;
    std::memset(block + row + used_bytes, 0, row_bytes - used_bytes);
  }
}

template <class T>
void append_bytes(std::string& out, std::span<const T> values) {
  out.append(static_cast<const char*>(static_cast<const void*>(values.data())), values.size_bytes());
}

void append_heads(std::string& out, const PrefixKey& key, const KvView& kv, size_t tokens) {
  const size_t blocks = blocks_of(tokens);
  for (int layer = 0; layer < key.layers; ++layer) {
    for (int head = 0; head < key.kv_heads; ++head) {
      for (const Plane& plane : planes_of(kv, layer, head)) {
        append_bytes(out, std::span<const std::byte>(plane.data, blocks * plane.block_bytes));
        if (tokens % kKvBlock == 0) continue;
        char* last_block = out.data() + out.size() - plane.block_bytes;
        clear_unused(plane, tokens % kKvBlock, static_cast<std::byte*>(static_cast<void*>(last_block)));
      }
    }
  }
}

// The folder of one model and kind of cache.
fs::path folder_of(const fs::path& root, const PrefixKey& key) {
  const char* type = key.type == KvType::kF32 ? "f32" : key.type == KvType::kF16 ? "f16" : "q8_0";
  return root / fmt::format("{}-{}", key.fingerprint, type);
}

// A file whose header and ids are whole; its body is not read yet.
struct Candidate {
  fs::path path;
  MappedFile map;
  Header header;
  size_t shared = 0;  // leading tokens in common with those wanted

  std::span<const std::byte> body() const { return map.bytes().last(body_bytes(header)); }
};

enum class FileState { kGood, kUnreadable, kBad };

FileState read_head(const Header& wanted, std::span<const TokenId> ids, Candidate& candidate) {
  Result<MappedFile> map = MappedFile::open(candidate.path);
  if (!map) return FileState::kUnreadable;
  candidate.map = std::move(*map);
  const std::span<const std::byte> bytes = candidate.map.bytes();
  Header& header = candidate.header;
  if (bytes.size() < sizeof header) return FileState::kBad;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (!is_same_kind(header, wanted) || (header.logits != 0 && header.logits != header.vocabulary)) {
    return FileState::kBad;
  }
  // 32-bit counts of a known shape: nothing overflows.
  const size_t id_bytes = size_t{header.tokens} * sizeof(TokenId);
  if (bytes.size() != sizeof header + id_bytes + body_bytes(header)) return FileState::kBad;
  const std::span<const std::byte> stored = bytes.subspan(sizeof header, id_bytes);
  if (head_checksum(header, stored) != header.head_checksum) return FileState::kBad;
  for (const size_t most = std::min<size_t>(header.tokens, ids.size()); candidate.shared < most; ++candidate.shared) {
    if (std::memcmp(&ids[candidate.shared], stored.data() + candidate.shared * sizeof(TokenId), sizeof(TokenId)) != 0) {
      break;
    }
  }
  return FileState::kGood;
}

struct StoredFile {
  fs::path path;
  fs::file_time_type used;
  uint64_t bytes = 0;
};

// The files of a folder, whatever their names; none when it cannot be read.
std::vector<StoredFile> files_in(const fs::path& folder) {
  std::vector<StoredFile> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    files.push_back({it->path(), it->last_write_time(ignored), it->file_size(ignored)});
  }
  return files;
}

std::vector<fs::path> folders_in(const fs::path& root) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) folders.push_back(it->path());
  }
  return folders;
}

void remove_file(const fs::path& file) {
  std::error_code ignored;  // another process was faster, or the folder is read-only
  fs::remove(file, ignored);
}

// Removes the least recently used until at most `count` files of `bytes` together are left.
void remove_oldest(std::vector<StoredFile>& files, size_t count, uint64_t bytes) {
  std::sort(files.begin(), files.end(), [](const StoredFile& a, const StoredFile& b) { return a.used > b.used; });
  uint64_t sum = 0;
  size_t kept = 0;
  while (kept < std::min(files.size(), count) && sum + files[kept].bytes <= bytes) sum += files[kept++].bytes;
  for (size_t i = kept; i < files.size(); ++i) remove_file(files[i].path);
  files.resize(kept);
}

}  // namespace

void PrefixEntry::copy_to(const KvView& kv, int count) const {
  const size_t wanted_blocks = blocks_of(static_cast<size_t>(count));
  const size_t stored_blocks = blocks_of(static_cast<size_t>(tokens_));
  const std::byte* from = heads_.data();
  for (int layer = 0; layer < layers_; ++layer) {
    for (int head = 0; head < kv.kv_heads; ++head) {
      for (const Plane& plane : planes_of(kv, layer, head)) {
        std::memcpy(plane.data, from, wanted_blocks * plane.block_bytes);
        from += stored_blocks * plane.block_bytes;
      }
    }
  }
}

PrefixStore::PrefixStore(fs::path folder, const PrefixLimits& limits) : folder_(std::move(folder)), limits_(limits) {}

std::optional<PrefixStore::Match> PrefixStore::find(const PrefixKey& key, std::span<const TokenId> ids,
                                                    int held) const {
  const Header wanted = header_of(key);
  std::vector<Candidate> candidates;
  for (const StoredFile& file : files_in(folder_of(folder_, key))) {
    if (file.path.extension() != kExtension) continue;
    Candidate candidate{.path = file.path, .map = {}, .header = {}};
    const FileState state = read_head(wanted, ids, candidate);
    if (state == FileState::kBad) remove_file(file.path);
    if (state != FileState::kGood || candidate.shared <= static_cast<size_t>(held)) continue;
    candidates.push_back(std::move(candidate));
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.shared > b.shared; });
  for (Candidate& candidate : candidates) {
    const Header& header = candidate.header;
    const std::span<const std::byte> body = candidate.body();
    if (checksum(body) != header.body_checksum) {
      remove_file(candidate.path);
      continue;
    }
    std::error_code ignored;  // a read-only folder serves too; its entries only look older than they are
    fs::last_write_time(candidate.path, fs::file_time_type::clock::now(), ignored);
    PrefixEntry entry;
    entry.tokens_ = static_cast<int>(header.tokens);
    entry.layers_ = key.layers;
    entry.logits_ = {static_cast<const float*>(static_cast<const void*>(body.data())), header.logits};
    entry.heads_ = body.subspan(header.logits * sizeof(float));
    entry.map_ = std::move(candidate.map);
    return Match{.entry = std::move(entry), .shared = static_cast<int>(candidate.shared)};
  }
  return std::nullopt;
}

Result<void> PrefixStore::put(const PrefixKey& key, std::span<const TokenId> ids, std::span<const float> logits,
                              const KvView& kv) const {
  Header header = header_of(key);
  header.tokens = static_cast<uint32_t>(ids.size());
  header.logits = static_cast<uint32_t>(logits.size());
  const size_t size_bytes = sizeof header + ids.size_bytes() + body_bytes(header);
  if (size_bytes > limits_.entry_bytes) {
    return Error{ErrorKind::kExhausted, fmt::format("a prefix of {} tokens takes {} MiB; at most {} are kept",
                                                    ids.size(), size_bytes >> 20, limits_.entry_bytes >> 20)};
  }
  std::string content;
  content.reserve(size_bytes);
  append_bytes(content, std::span<const Header>(&header, 1));
  append_bytes(content, ids);
  const size_t body_start = content.size();
  append_bytes(content, logits);
  append_heads(content, key, kv, ids.size());
  header.body_checksum = checksum(std::as_bytes(std::span(content).subspan(body_start)));
  header.head_checksum = head_checksum(header, std::as_bytes(ids));
  std::memcpy(content.data(), &header, sizeof header);

  const fs::path folder = folder_of(folder_, key);
  TRY(make_private_folder(folder));
  const fs::path file = folder / fmt::format("{:016x}{}", checksum(std::as_bytes(ids)), kExtension);
  TRY(write_file_atomically(file, content, Flush::kNo));
  // The kernel's own time of writing may be 4 ms behind that of an entry which was used just now.
  std::error_code ignored;
  fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
  make_room();
  return {};
}

uint64_t PrefixStore::size_bytes() const {
  uint64_t sum = 0;
  for (const fs::path& folder : folders_in(folder_)) {
    for (const StoredFile& file : files_in(folder)) sum += file.bytes;
  }
  return sum;
}

void PrefixStore::make_room() const {
  std::vector<StoredFile> entries;
  for (const fs::path& folder : folders_in(folder_)) {
    std::vector<StoredFile> of_model = files_in(folder);
    const auto is_entry = [](const StoredFile& file) { return file.path.extension() == kExtension; };
    const auto others = std::partition(of_model.begin(), of_model.end(), is_entry);
    for (auto file = others; file != of_model.end(); ++file) {
      if (file->used < fs::file_time_type::clock::now() - kAbandonedAfter) remove_file(file->path);
    }
    of_model.erase(others, of_model.end());
    remove_oldest(of_model, limits_.entries_per_model, limits_.total_bytes);
    entries.insert(entries.end(), of_model.begin(), of_model.end());
  }
  remove_oldest(entries, entries.size(), limits_.total_bytes);
}

}  // namespace favilla
