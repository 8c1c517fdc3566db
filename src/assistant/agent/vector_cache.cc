// The file: a head, then for each vector the checksum of its text and its numbers. All in the machine's byte order: it
// is a cache of this machine.
#include "assistant/agent/vector_cache.h"

#include <cstring>
#include <span>

#include "base/checksum.h"
#include "base/file.h"

namespace favilla {
namespace {

struct Head {
  char magic[8] = {'F', 'V', 'v', 'e', 'c', 's', '0', '1'};
  uint32_t length = 0;  // of each vector
  uint32_t count = 0;
  uint64_t sum = 0;  // of all bytes behind the head
};

constexpr uint32_t kMaxLength = 1 << 14;

// Appends `bytes` bytes from `data` on.
void append(std::string& to, const void* data, size_t bytes) {
  to.resize(to.size() + bytes);
  std::memcpy(to.data() + to.size() - bytes, data, bytes);
}

uint64_t checksum_of(std::string_view text) {
  return checksum(std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace

VectorCache VectorCache::open(const std::filesystem::path& folder, const std::string& engine_fingerprint) {
  VectorCache cache;
  cache.file_ = folder / engine_fingerprint;
  const Result<std::string> bytes = read_file(cache.file_);
  if (bytes && !cache.read(*bytes)) cache.vectors_.clear();
  return cache;
}

const std::vector<float>* VectorCache::find(std::string_view text) const {
  const auto found = vectors_.find(checksum_of(text));
  return found == vectors_.end() ? nullptr : &found->second;
}

const std::vector<float>& VectorCache::add(std::string_view text, std::vector<float> vector) {
  if (vectors_.size() >= kMaxKeptVectors) vectors_.clear();
  grown_ = true;
  return vectors_[checksum_of(text)] = std::move(vector);
}

void VectorCache::keep() {
  if (!grown_ || file_.empty()) return;
  grown_ = false;
  std::error_code error;
  std::filesystem::create_directories(file_.parent_path(), error);
  if (!error) static_cast<void>(write_file_atomically(file_, file_bytes(), Flush::kNo).has_value());
}

bool VectorCache::read(std::string_view bytes) {
  const Head good;
  Head head;
  if (bytes.size() < sizeof head) return false;
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  if (std::memcmp(head.magic, good.magic, sizeof good.magic) != 0) return false;
  if (head.length == 0 || head.length > kMaxLength || head.count > kMaxKeptVectors) return false;
  const size_t row = sizeof(uint64_t) + head.length * sizeof(float);
  if (bytes.size() != row * head.count || checksum_of(bytes) != head.sum) return false;
  for (; !bytes.empty(); bytes.remove_prefix(row)) {
    uint64_t key = 0;
    std::memcpy(&key, bytes.data(), sizeof key);
    std::vector<float>& vector = vectors_[key];
    vector.resize(head.length);
    std::memcpy(vector.data(), bytes.data() + sizeof key, head.length * sizeof(float));
  }
  return true;
}

std::string VectorCache::file_bytes() const {
  Head head;
  head.length = static_cast<uint32_t>(vectors_.begin()->second.size());
  std::string rows;
  for (const auto& [key, vector] : vectors_) {
    if (vector.size() != head.length) continue;  // an engine's are all of one length
    ++head.count;
    append(rows, &key, sizeof key);
    append(rows, vector.data(), vector.size() * sizeof(float));
  }
  head.sum = checksum_of(rows);
  std::string bytes;
  append(bytes, &head, sizeof head);
  return bytes + rows;
}

}  // namespace favilla
