// Evaluated beginnings of prompts on disk, so that a system text is read once and not at every start.
//
//   PrefixStore store(paths.cache / "prefix");
//   session.restore(store, ids);                     // copies what it has; the rest is prefill's
//   const Result<void> saved = session.save(store, 300);
//
// An entry is one file: a header with everything that its bits depend on, token ids, the logits after the last of them
// where they were known, and for each layer and head the keys and values in the layout of KvView. Checksums cover every
// byte. A file that is torn, changed, or of another version or model is removed and never used. Entries are made under
// a temporary name and renamed, and never written again, so any number of processes may share a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "model/arch/architecture.h"

namespace favilla {

struct PrefixLimits {
  uint64_t total_bytes = uint64_t{512} << 20;  // of all models together; the least recently used entries go first
  uint64_t entry_bytes = uint64_t{128} << 20;  // a longer prefix is not kept
  size_t entries_per_model = 32;               // a look-up opens each of a model's: 32 take 0.5 ms
};

// Whose keys and values they are: entries of another key are foreign.
struct PrefixKey {
  std::string fingerprint;  // Engine::fingerprint(): at most 63 characters, safe in file names
  KvType type = KvType::kF16;
  int layers = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int vocabulary = 0;
};

// A verified entry, mapped.
class PrefixEntry {
 public:
  int tokens() const { return tokens_; }

  // [vocabulary] after the last token; empty when they were not known.
  std::span<const float> logits() const { return logits_; }

  // Copies the positions before `count` <= tokens() to a cache of the entry's key and of room for them. Writes whole
  // blocks: positions up to the next multiple of kKvBlock are overwritten too.
  void copy_to(const KvView& kv, int count) const;

 private:
  friend class PrefixStore;
  MappedFile map_;
  int tokens_ = 0;
  int layers_ = 0;
  std::span<const float> logits_;
  std::span<const std::byte> heads_;
};

// A file named for what it holds. Owner: one thread; other threads and processes may use the same folder.
class PrefixStore {
 public:
  explicit PrefixStore(std::filesystem::path folder, const PrefixLimits& limits = {});

  // The entry that shares the most leading tokens with `ids`, if those are more than `held`. `shared` says how many.
  // Whatever cannot be read is as if it were not there.
  struct Match {
    PrefixEntry entry;
    int shared = 0;
  };
  std::optional<Match> find(const PrefixKey& key, std::span<const TokenId> ids, int held) const;

  // Keeps the first ids.size() positions of a cache; `logits` is empty or [vocabulary]. kExhausted for a prefix over
  // the limit or a full disk, kPermission, kIo: nothing was kept, and nothing else is lost.
  Result<void> put(const PrefixKey& key, std::span<const TokenId> ids, std::span<const float> logits,
                   const KvView& kv) const;

  // What all entries take on the disk, in bytes.
  uint64_t size_bytes() const;

 private:
  void make_room() const;

  std::filesystem::path folder_;
  PrefixLimits limits_;
};

}  // namespace favilla
