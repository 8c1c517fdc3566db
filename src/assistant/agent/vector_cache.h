// Sentence vectors of texts that stay the same, kept from start to start: the functions that an agent is offered.
//
//   VectorCache cache = VectorCache::open(paths.cache / "vectors", engine.fingerprint());
//   if (const std::vector<float>* vector = cache.find(text)) ...
//   cache.add(text, std::move(vector));
//   cache.keep();   // when nobody waits
//
// A file belongs to one engine and holds a checksum of all its bytes: one that is torn, changed or of another version
// is as good as none. It can be deleted at any time. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace favilla {

inline constexpr size_t kMaxKeptVectors = 4096;  // then the cache begins anew

class VectorCache {
 public:
  // Keeps nothing after its end.
  VectorCache() = default;

  // With what `folder` has of this engine.
  static VectorCache open(const std::filesystem::path& folder, const std::string& engine_fingerprint);

  // nullptr: none. Valid until the next add().
  const std::vector<float>* find(std::string_view text) const;
  const std::vector<float>& add(std::string_view text, std::vector<float> vector);

  // Writes the file if something was added. One that cannot be written is no error: the next start is slower.
  void keep();

 private:
  bool read(std::string_view bytes);
  std::string file_bytes() const;

  std::filesystem::path file_;
  std::map<uint64_t, std::vector<float>> vectors_;  // by the text's checksum
  bool grown_ = false;
};

}  // namespace favilla
