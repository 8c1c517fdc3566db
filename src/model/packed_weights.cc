// File: header, table (what is where, as this version would lay it out), a checksum of each chunk of the data, then the
// packed matrices at multiples of the page size. A reader that would lay out anything else refuses the file.
#include "model/packed_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/checksum.h"

namespace favilla {
namespace {

constexpr size_t kPageBytes = 4096;
// What one checksum covers: small enough to share out, large enough to list.
constexpr uint64_t kChunkBytes = uint64_t{1} << 20;
// How much of a matrix each thread has in memory as raw bytes while it packs.
constexpr int64_t kSliceBytes = int64_t{2} << 20;
constexpr char kMagic[8] = {'F', 'A', 'V', 'P', 'A', 'N', 'E', 'L'};
constexpr uint32_t kVersion = 1;  // of the file; the fingerprint holds that of the layouts

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t entries;
  uint64_t file_bytes;
  uint64_t table_bytes;
  char fingerprint[64];
  uint64_t checksum;  // of the table and the chunks' sums, seeded with that of the fields above
};

uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::span<const std::byte> chunk_of(std::span<const std::byte> bytes, size_t chunk) {
  const size_t begin = chunk * kChunkBytes;
  return bytes.subspan(begin, std::min<size_t>(kChunkBytes, bytes.size() - begin));
}

std::span<const std::byte> as_bytes(const void* data, size_t count) {
  return {static_cast<const std::byte*>(data), count};
}

Header make_header(const std::string& fingerprint, size_t entries, uint64_t file_bytes, std::string_view table,
                   std::span<const uint64_t> sums) {
  Header header{};
  std::copy(std::begin(kMagic), std::end(kMagic), header.magic);
  header.version = kVersion;
  header.entries = static_cast<uint32_t>(entries);
  header.file_bytes = file_bytes;
  header.table_bytes = table.size();
  fingerprint.copy(header.fingerprint, sizeof header.fingerprint);
  header.checksum = checksum(as_bytes(&header, offsetof(Header, checksum)));
  header.checksum = checksum(as_bytes(table.data(), table.size()), header.checksum);
  header.checksum = checksum(as_bytes(sums.data(), sums.size_bytes()), header.checksum);
  return header;
}

}  // namespace

PackedWeights::PackedWeights(Groups groups, const GgufFile& file, PackedWeightsOptions options)
    : groups_(std::move(groups)), file_(file), options_(std::move(options)) {
  uint64_t offset = 0;  // in the data area for now
  for (size_t group = 0; group < groups_.size(); ++group) {
    for (Matrix* matrix : groups_[group]) {
      const uint64_t bytes = round_up(matrix->packed_bytes(), kPageBytes);
      if (bytes == 0) continue;
      const auto chunks = static_cast<size_t>((bytes + kChunkBytes - 1) / kChunkBytes);
      entries_.push_back({matrix, group, offset, bytes, chunk_count_, chunks});
      offset += bytes;
      chunk_count_ += chunks;
    }
  }
  header_bytes_ = round_up(sizeof(Header) + table().size() + chunk_count_ * sizeof(uint64_t), kPageBytes);
  for (Entry& entry : entries_) entry.offset += header_bytes_;
  file_bytes_ = header_bytes_ + offset;
  states_.assign(groups_.size(), State::kReady);
}

Result<std::unique_ptr<PackedWeights>> PackedWeights::open(Groups groups, const GgufFile& file,
                                                           PackedWeightsOptions options) {
  std::unique_ptr<PackedWeights> weights(new PackedWeights(std::move(groups), file, std::move(options)));
  if (weights->entries_.empty()) {
    weights->all_ready_ = true;
  } else if (!weights->try_cache_file()) {
    TRY(weights->start_packing());
  }
  return weights;
}

PackedWeights::~PackedWeights() = default;

std::filesystem::path PackedWeights::path() const {
  return options_.folder / (options_.fingerprint + ".panels");
}

// One line per matrix.
std::string PackedWeights::table() const {
  std::string table;
  for (const Entry& entry : entries_) {
    table += fmt::format("{} {} {} {} {} {}\n", entry.group, static_cast<int>(entry.matrix->packed_form()),
                         entry.matrix->rows(), entry.matrix->columns(), entry.bytes, entry.chunks);
  }
  return table;
}

bool PackedWeights::try_cache_file() {
  if (options_.folder.empty()) return false;
  Result<MappedFile> opened = MappedFile::open(path());
  if (!opened) return false;
  const std::span<const std::byte> bytes = opened->bytes();
  const std::string expected = table();
  Header header{};
  std::vector<uint64_t> sums(chunk_count_);
  bool fits = bytes.size() == file_bytes_;
  if (fits) {
    std::memcpy(&header, bytes.data(), sizeof header);
    std::memcpy(sums.data(), bytes.data() + sizeof header + expected.size(), sums.size() * sizeof(uint64_t));
    const Header wanted = make_header(options_.fingerprint, entries_.size(), file_bytes_, expected, sums);
    fits = std::memcmp(&header, &wanted, sizeof header) == 0 &&
           std::memcmp(bytes.data() + sizeof header, expected.data(), expected.size()) == 0;
  }
  if (!fits) {
    std::error_code ignored;
    std::filesystem::remove(path(), ignored);
    return false;
  }
  cache_ = std::move(*opened);
  cache_.read_ahead();
  chunk_sums_ = std::move(sums);
  // The map is read-only, and so is every use of a matrix that is not unpacked.
  point_matrices(const_cast<std::byte*>(cache_.bytes().data()), State::kUnchecked);
  return true;
}

Result<void> PackedWeights::start_packing() {
  if (!options_.folder.empty() && make_private_folder(options_.folder)) {
    make_room();
    Result<NewMappedFile> fresh = NewMappedFile::create(options_.folder, file_bytes_);
    if (fresh) {
      fresh_ = std::move(*fresh);
      point_matrices(fresh_.bytes().data(), State::kUnpacked);
      return {};
    }
  }
  memory_ = TRY(AlignedArray<std::byte>::create(file_bytes_, PageSize::kHuge));
  point_matrices(memory_.data(), State::kUnpacked);
  return {};
}

void PackedWeights::point_matrices(std::byte* base, State state) {
  for (const Entry& entry : entries_) {
    entry.matrix->set_packed(base + entry.offset);
    states_[entry.group] = state;
  }
}

bool PackedWeights::prepare(TeamMember member, size_t group) {
  if (states_[group] == State::kUnchecked) {
    if (!check(member, group)) return false;
  } else {
    for (const Entry& entry : entries_) {
      if (entry.group == group) pack(member, *entry.matrix);
    }
  }
  member.barrier();
  if (member.is_first()) finish_group(group);
  member.barrier();
  return true;
}

// Packs the member's share. Raw bytes leave our memory slice by slice: a head of some hundred megabytes would be there
// twice otherwise.
void PackedWeights::pack(TeamMember member, Matrix& matrix) const {
  const auto row_bytes = static_cast<int64_t>(matrix.raw().size()) / matrix.rows();
  const int64_t slice_rows = std::max<int64_t>(kSliceBytes / row_bytes / kPanelRows, 1) * kPanelRows;
  const Range share = member.share(matrix.rows(), kPanelRows);
  for (int64_t row = share.begin; row < share.end; row += slice_rows) {
    const int64_t end = std::min(row + slice_rows, share.end);
    matrix.pack({row, end});
    // From the beginning of the share: the kernel maps the neighbours of a page too, those just dropped among them.
    file_.drop_pages(matrix.raw().subspan(static_cast<size_t>(share.begin * row_bytes),
                                          static_cast<size_t>((end - share.begin) * row_bytes)));
  }
}

void PackedWeights::drop_raw_pages(const Matrix& matrix) const {
  file_.drop_pages(matrix.raw());
}

// Compares the group's chunks with their sums. Ends with a barrier.
bool PackedWeights::check(TeamMember member, size_t group) {
  for (const Entry& entry : entries_) {
    if (entry.group != group) continue;
    const std::span<const std::byte> bytes = cache_.bytes().subspan(entry.offset, entry.bytes);
    const Range share = member.share(static_cast<int64_t>(entry.chunks));
    for (auto chunk = static_cast<size_t>(share.begin); chunk < static_cast<size_t>(share.end); ++chunk) {
      if (checksum(chunk_of(bytes, chunk)) != chunk_sums_[entry.first_chunk + chunk]) damaged_ = true;
    }
  }
  member.barrier();
  return !damaged_;
}

void PackedWeights::finish_group(size_t group) {
  const bool packed = states_[group] == State::kUnpacked;
  states_[group] = State::kReady;
  if (packed) {
    for (const Entry& entry : entries_) {
      if (entry.group == group) file_.drop_pages(entry.matrix->raw());
    }
  }
  if (!std::all_of(states_.begin(), states_.end(), [](State state) { return state == State::kReady; })) return;
  all_ready_.store(true, std::memory_order_release);
  if (!fresh_.bytes().empty()) completing_.emplace([this] { complete_file(); });
}

void PackedWeights::complete_file() {
  const std::span<std::byte> bytes = fresh_.bytes();
  std::vector<uint64_t> sums(chunk_count_);
  for (const Entry& entry : entries_) {
    for (size_t chunk = 0; chunk < entry.chunks; ++chunk)
      sums[entry.first_chunk + chunk] = checksum(chunk_of(bytes.subspan(entry.offset, entry.bytes), chunk));
  }
  const std::string text = table();
  const Header header = make_header(options_.fingerprint, entries_.size(), file_bytes_, text, sums);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, text.data(), text.size());
  std::memcpy(bytes.data() + sizeof header + text.size(), sums.data(), sums.size() * sizeof(uint64_t));
  // Without a name it serves this process all the same.
  static_cast<void>(fresh_.publish(path()));
}

Result<void> PackedWeights::repack() {
  std::error_code ignored;
  std::filesystem::remove(path(), ignored);
  cache_ = MappedFile();
  damaged_ = false;
  return start_packing();
}

// Deletes the least recently made files until the new one fits.
void PackedWeights::make_room() const {
  struct Old {
    std::filesystem::file_time_type time;
    uint64_t bytes;
    std::filesystem::path path;
  };
  std::vector<Old> files;
  uint64_t total = file_bytes_;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder, code)) {
    if (!entry.is_regular_file(code)) continue;
    const uint64_t bytes = entry.file_size(code);
    files.push_back({entry.last_write_time(code), bytes, entry.path()});
    total += bytes;
  }
  std::sort(files.begin(), files.end(), [](const Old& a, const Old& b) { return a.time < b.time; });
  for (const Old& old : files) {
    if (total <= kFolderBytes) break;
    std::filesystem::remove(old.path, code);
    total -= old.bytes;
  }
}

}  // namespace favilla
