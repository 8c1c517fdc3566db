// The packed form of a model's weights, kept in a mapped file of the cache folder.
//
//   PackedWeights weights = TRY(PackedWeights::open(architecture.weight_groups(), file, {folder, fingerprint}));
//   ... in a pass, by all members of a team, before layer i: if (!weights.is_ready(i)) weights.prepare(member, i) ...
//
// Nothing is packed or checked ahead of time. The first pass of a process does for each layer what it needs just before
// it computes it: with a cache file it compares the layer's checksums, without one it packs the layer into the map of a
// new file. When all of a new file is packed, a thread of ours writes the checksums and gives it its name; the file is
// used from the map at once and there is never a second copy. Where no file can be made, the memory is anonymous.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/worker_thread.h"
#include "model/gguf.h"
#include "tensor/tensor.h"

namespace favilla {

struct PackedWeightsOptions {
  std::filesystem::path folder;  // of cache files only, made when absent; empty: anonymous memory
  std::string fingerprint;       // names the model and the version of the layouts; at most 64 characters
};

class PackedWeights {
 public:
  using Groups = std::vector<std::vector<Matrix*>>;

  // The matrices and the file must outlive the result. A cache file that does not fit is deleted and made again. Old
  // files of the folder go when a new one is made and all together would exceed kFolderBytes. kExhausted.
  static Result<std::unique_ptr<PackedWeights>> open(Groups groups, const GgufFile& file, PackedWeightsOptions options);

  PackedWeights(const PackedWeights&) = delete;
  PackedWeights& operator=(const PackedWeights&) = delete;
  ~PackedWeights();  // waits for the thread that completes the file

  // Whether a group's matrices may be multiplied.
  bool is_ready(size_t group) const { return states_[group] == State::kReady; }
  // The same of all of them; any thread.
  bool all_ready() const { return all_ready_.load(std::memory_order_acquire); }

  // Makes a group ready; called by every member of a team. Ends with a barrier. False in all of them when the cache
  // file holds other bytes than were written: then call repack() and start over.
  bool prepare(TeamMember member, size_t group);

  // Lets go of the mapped bytes that a matrix has in the model's file; reading them maps them again. Any thread.
  void drop_raw_pages(const Matrix& matrix) const;

  // Deletes the cache file; all groups are packed anew. Between passes only. kExhausted.
  Result<void> repack();

 private:
  enum class State : uint8_t { kUnpacked, kUnchecked, kReady };
  static constexpr uint64_t kFolderBytes = uint64_t{32} << 30;

  // One packed matrix inside the file.
  struct Entry {
    Matrix* matrix;
    size_t group;
    uint64_t offset;
    uint64_t bytes;  // whole pages
    size_t first_chunk;
    size_t chunks;
  };

  PackedWeights(Groups groups, const GgufFile& file, PackedWeightsOptions options);
  std::filesystem::path path() const;
  std::string table() const;
  bool try_cache_file();
  Result<void> start_packing();
  void point_matrices(std::byte* base, State state);
  void pack(TeamMember member, Matrix& matrix) const;
  bool check(TeamMember member, size_t group);
  void finish_group(size_t group);
  void complete_file();
  void make_room() const;

  Groups groups_;
  const GgufFile& file_;
  PackedWeightsOptions options_;
  std::vector<Entry> entries_;
  size_t header_bytes_ = 0;
  size_t file_bytes_ = 0;
  size_t chunk_count_ = 0;
  MappedFile cache_;
  NewMappedFile fresh_;  // being packed or complete; empty with a cache file and in memory
  AlignedArray<std::byte> memory_;
  std::vector<uint64_t> chunk_sums_;  // of the cache file
  std::vector<State> states_;         // per group; written by member 0 between two barriers
  std::atomic<bool> all_ready_{false};
  std::atomic<bool> damaged_{false};
  std::optional<WorkerThread> completing_;
};

}  // namespace favilla
