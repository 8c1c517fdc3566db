// See bench_limits.h.
#include "cli/bench_limits.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/thread_team.h"
#include "catalog/catalog.h"
#include "cli/timings.h"
#include "tensor/kernels/int8_peak.h"

namespace favilla::cli {
namespace {

constexpr int64_t kLeastBufferBytes = int64_t{64} << 20;
constexpr int64_t kMostBufferBytes = int64_t{1} << 30;
constexpr int kRuns = 5;                    // the fastest counts: a limit is what was possible
constexpr int64_t kPeakRounds = 2'000'000;  // some 10 ms
constexpr size_t kLineBytes = 64;

// Eight independent sums of whole cache lines: enough to keep the loads of one core busy.
uint64_t sum_of(const std::byte* data, size_t bytes) {
  std::array<uint64_t, kLineBytes / sizeof(uint64_t)> sums{};
  for (size_t i = 0; i + kLineBytes <= bytes; i += kLineBytes) {
    std::array<uint64_t, sums.size()> line;
    std::memcpy(line.data(), data + i, kLineBytes);
    for (size_t j = 0; j < sums.size(); ++j) sums[j] += line[j];
  }
  uint64_t all = 0;
  for (const uint64_t sum : sums) all += sum;
  return all;
}

double fastest_read_s(ThreadTeam& team, const AlignedArray<std::byte>& buffer) {
  Timings timings;
  std::vector<uint64_t> sums(static_cast<size_t>(team.size()));
  for (int run = 0; run < kRuns; ++run) {
    const Stopwatch watch;
    team.run([&](TeamMember member) {
      const Range part = member.share(static_cast<int64_t>(buffer.size()), kLineBytes);
      uint64_t& sum = sums[static_cast<size_t>(member.index())];
      sum += sum_of(buffer.data() + part.begin, static_cast<size_t>(part.end - part.begin));
      asm volatile("" : "+r"(sum));  // the sum is used
    });
    timings.add(watch.seconds());
  }
  return timings.fastest_s();
}

double multiply_adds_per_s(ThreadTeam& team, Isa isa) {
  Timings timings;
  int64_t of_one_thread = 0;
  for (int run = 0; run < kRuns; ++run) {
    const Stopwatch watch;
    team.run([&](TeamMember member) {
      const int64_t done = run_int8_peak(isa, kPeakRounds);
      if (member.is_first()) of_one_thread = done;
    });
    timings.add(watch.seconds());
  }
  return static_cast<double>(of_one_thread * team.size()) / timings.fastest_s();
}

MachineLimits::Figures measure(int threads, Isa isa, const AlignedArray<std::byte>& buffer) {
  ThreadTeam team(threads);
  return {.read_bytes_per_s = static_cast<double>(buffer.size()) / fastest_read_s(team, buffer),
          .multiply_adds_per_s = multiply_adds_per_s(team, isa)};
}

std::optional<int64_t> l3_bytes() {
  const long bytes = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (bytes <= 0) return std::nullopt;
  return bytes;
}

}  // namespace

Result<MachineLimits> measure_limits(Isa isa, int threads, int64_t weight_bytes) {
  const int64_t bytes = std::clamp(weight_bytes, kLeastBufferBytes, kMostBufferBytes);
  AlignedArray<std::byte> buffer = TRY(AlignedArray<std::byte>::create(static_cast<size_t>(bytes), PageSize::kHuge));
  std::memset(buffer.data(), 1, buffer.size());  // pages that nobody has written are all one page of zeros
  return MachineLimits{.threads = threads,
                       .one_thread = measure(1, isa, buffer),
                       .all_threads = measure(threads, isa, buffer),
                       .buffer_bytes = bytes,
                       .l3_bytes = l3_bytes()};
}

std::string limits_text(const MachineLimits& limits) {
  const auto figures = [](const MachineLimits::Figures& of) {
    std::string text = fmt::format("reads {:.1f} GB/s", of.read_bytes_per_s / 1e9);
    if (of.multiply_adds_per_s > 0) {
      text += fmt::format(" and adds up {:.0f} G int8 products a second", of.multiply_adds_per_s / 1e9);
    }
    return text;
  };
  std::string cache = "no L3 cache is known";
  if (limits.l3_bytes) {
    cache = fmt::format("{} the L3 cache of {} MiB", limits.may_sit_in_l3() ? "may sit in" : "is larger than",
                        *limits.l3_bytes >> 20);
  }
  return fmt::format("Limits: 1 thread {}; {} threads: {}. Buffer read: {} MiB, {}.", figures(limits.one_thread),
                     limits.threads, figures(limits.all_threads), limits.buffer_bytes >> 20, cache);
}

Result<ModelWork> model_work(const Paths& paths, const std::string& model_name) {
  const ResolvedModel resolved = TRY(Catalog(paths.models()).resolve(model_name));
  const GgufFile file = TRY(GgufFile::open(resolved.path));
  int64_t matrix_elements = 0;
  for (const GgufTensor& tensor : file.tensors()) {
    if (tensor.dimensions > 1) matrix_elements += tensor.elements();
  }
  const GgufTensor* embedding = file.find_tensor("token_embd.weight");
  const GgufTensor* head = file.find_tensor("output.weight");
  const int64_t embedding_elements = embedding != nullptr ? embedding->elements() : 0;
  // Without a head of its own the embedding is the head. With one, a token reads a single row of the embedding.
  const int64_t head_elements = head != nullptr ? head->elements() : embedding_elements;
  const size_t unread_bytes = head != nullptr && embedding != nullptr ? embedding->data.size() : 0;
  const int64_t outside_layers = embedding_elements + (head != nullptr ? head_elements : 0);
  return ModelWork{.token_bytes = static_cast<double>(file.tensor_bytes() - unread_bytes),
                   .prompt_multiply_adds = static_cast<double>(matrix_elements - outside_layers),
                   .head_multiply_adds = static_cast<double>(head_elements)};
}

}  // namespace favilla::cli
