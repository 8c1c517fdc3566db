// Times the matrix products of every packed type, single-threaded in CPU time of the thread (other programs may use the
// other cores). For each (matrix, type, instruction set, tokens): billions of operations (a multiplication and an
// addition are two) and gigabytes of weights per second, the median of several runs.
//
//   build/dev/bench/kernel_bench [TYPE [ISA [TOKENS]]]      e.g. kernel_bench Q4_K avx2
//   build/dev/bench/kernel_bench screen [ISA]               the two ways to read the head of a large vocabulary
//   build/dev/bench/kernel_bench attention [ISA]            heads of one token over a cache of f16
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "tensor/tensor.h"

namespace favilla {
namespace {

constexpr DType kTypes[] = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0,   DType::kQ5_1, DType::kQ8_0, DType::kQ4_K,
                            DType::kQ5_K, DType::kQ6_K, DType::kIQ4_NL, DType::kF16,  DType::kBF16, DType::kF32};
constexpr int64_t kTokens[] = {1, 2, 4, 8, 32, 128};  // 2: a head reads its input in two parts

struct Size {
  int64_t rows, columns;
};
constexpr Size kSizes[] = {{1024, 1024}, {4096, 2560}};

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The median of several samples of some milliseconds each.
template <class Body>
double median_seconds(Body body) {
  constexpr double kSample_s = 0.004;
  constexpr size_t kSamples = 15;
  body();
  double start = thread_seconds();
  body();
  const int repetitions = 1 + static_cast<int>(kSample_s / (thread_seconds() - start + 1e-9));
  std::vector<double> samples(kSamples);
  for (double& sample : samples) {
    start = thread_seconds();
    for (int i = 0; i < repetitions; ++i) body();
    sample = (thread_seconds() - start) / repetitions;
  }
  std::sort(samples.begin(), samples.end());
  return samples[kSamples / 2];
}

// The activations of all tokens, as floats and quantized.
struct Input {
  std::vector<float> x;
  std::vector<int8_t> quants;
  std::vector<float> scales, sums;
  std::vector<int32_t> block_offsets, half_offsets;
  std::vector<int16_t> half_sums;

  Input(Random& random, int64_t tokens, int64_t columns)
      : x(static_cast<size_t>(tokens * columns)),
        quants(x.size()),
        scales(x.size() / kBlockColumns),
        sums(scales.size()),
        block_offsets(scales.size()),
        half_offsets(2 * scales.size()),
        half_sums(2 * scales.size()) {
    for (float& value : x) value = random.next_unit() - 0.5F;
    // Rows stand without gaps, so they are quantized as one.
    kernel_table(Isa::kScalar)
        .quantize_row(
            x.data(), tokens * columns,
            {quants.data(), scales.data(), sums.data(), block_offsets.data(), half_offsets.data(), half_sums.data()});
  }

  QuantizedRows view(int64_t columns) const {
    return {quants.data(),       scales.data(),    sums.data(), block_offsets.data(),
            half_offsets.data(), half_sums.data(), columns};
  }
};

void time_type(DType type, Size size, Isa isa, int64_t only_tokens) {
  Random random(1);
  std::vector<std::byte> raw(dtype_bytes(type, static_cast<size_t>(size.rows * size.columns)));
  // Any two bytes make a normal half.
  for (std::byte& byte : raw) byte = static_cast<std::byte>((random.next_u32() & 0x33) | 0x04);
  Matrix matrix = Matrix::view(type, size.rows, size.columns, raw);
  auto memory = std::move(*AlignedArray<std::byte>::create(matrix.packed_bytes(), PageSize::kHuge));
  matrix.set_packed(memory.data());
  matrix.pack({0, matrix.rows()});
  const KernelTable& kernels = kernel_table(isa);
  const Range panels{0, size.rows / kPanelRows};
  for (const int64_t tokens : kTokens) {
    if (only_tokens != 0 && tokens != only_tokens) continue;
    const Input input(random, tokens, size.columns);
    std::vector<float> out(static_cast<size_t>(tokens * size.rows));
    const double seconds = median_seconds([&] {
      if (is_float_layout(matrix.layout())) {
        kernels.multiply_float(matrix, panels, input.x.data(), {0, tokens}, out.data(), size.rows);
      } else {
        kernels.multiply_packed(matrix, panels, input.view(size.columns), {0, tokens}, out.data(), size.rows);
      }
    });
    const double operations = 2.0 * static_cast<double>(size.rows * size.columns * tokens);
    std::printf("%4lldx%-4lld  %-7s %-11s tokens %3lld  %7.1f GOP/s  %6.2f GB/s\n", static_cast<long long>(size.rows),
                static_cast<long long>(size.columns), dtype_info(type).name, isa_name(isa),
                static_cast<long long>(tokens), operations / seconds / 1e9,
                static_cast<double>(matrix.packed_bytes()) / seconds / 1e9);
  }
}

// One token: the screen of the head of a small model with a large vocabulary, and the exact product from both forms.
void time_screen(Isa isa) {
  constexpr Size kHead{262144, 640};
  Random random(1);
  std::vector<std::byte> raw(dtype_bytes(DType::kQ8_0, static_cast<size_t>(kHead.rows * kHead.columns)));
  for (std::byte& byte : raw) byte = static_cast<std::byte>((random.next_u32() & 0x33) | 0x04);
  const Input input(random, 1, kHead.columns);
  const QuantizedRows x = input.view(kHead.columns);
  const KernelTable& kernels = kernel_table(isa);
  std::vector<float> out(static_cast<size_t>(kHead.rows)), deviation(out.size());
  const auto print = [&](const char* what, size_t bytes, double seconds) {
    std::printf("%lldx%-4lld %-15s %-11s %6.2f ms  %6.2f GB/s\n", static_cast<long long>(kHead.rows),
                static_cast<long long>(kHead.columns), what, isa_name(isa), 1e3 * seconds,
                static_cast<double>(bytes) / seconds / 1e9);
  };
  for (const bool planes : {false, true}) {
    Matrix matrix = Matrix::view(DType::kQ8_0, kHead.rows, kHead.columns, raw);
    if (planes) matrix.request_screening();
    auto memory = std::move(*AlignedArray<std::byte>::create(matrix.packed_bytes(), PageSize::kHuge));
    matrix.set_packed(memory.data());
    matrix.pack({0, matrix.rows()});
    const Range panels{0, matrix.panels()};
    print(planes ? "product, planes" : "product, bytes", matrix.packed_bytes(), median_seconds([&] {
            kernels.multiply_packed(matrix, panels, x, {0, 1}, out.data(), kHead.rows);
          }));
    if (!planes) continue;
    print("screen", matrix.panel_bytes() * static_cast<size_t>(panels.end),
          median_seconds([&] { kernels.screen(matrix, panels, x, 0, out.data(), deviation.data()); }));
  }
}

// One token's heads of one kv head over `positions`: from a cache that stays in the second-level cache, and from one
// that is read from memory, as when many layers follow each other.
void time_attention(Isa isa, int head_dim) {
  constexpr size_t kCacheBytes = size_t{64} << 20;
  const KernelTable& kernels = kernel_table(isa);
  Random random(1);
  auto cache = std::move(*AlignedArray<uint16_t>::create(kCacheBytes / 2, PageSize::kHuge));
  for (size_t i = 0; i < kCacheBytes / 2; ++i)
    cache.data()[i] = static_cast<uint16_t>(0x3000 | (random.next_u32() & 0x83FF));
  for (const int64_t positions : {512, 2048}) {
    for (const int heads : {1, 2, 3, 4}) {
      std::vector<float> queries(static_cast<size_t>(heads * head_dim), 0.1F), out(queries.size());
      std::vector<float> scores(static_cast<size_t>(heads * positions));
      const size_t head_numbers = static_cast<size_t>(2 * positions * head_dim);
      for (const size_t views : {size_t{1}, kCacheBytes / 2 / head_numbers}) {
        const double seconds =
            median_seconds([&] {
              for (size_t i = 0; i < views; ++i) {
                const uint16_t* keys = cache.data() + i * head_numbers;
                kernels.attend({KvType::kF16, keys, keys + head_numbers / 2, nullptr, nullptr, head_dim},
                               {queries.data(), heads, 0.125F, 0, 0, positions, scores.data(), out.data()});
              }
            }) /
            static_cast<double>(views);
        std::printf("attention %5lld positions, %d heads of %3d, %-6s %-11s %7.1f us  %6.2f GB/s  %6.1f GFLOP/s\n",
                    static_cast<long long>(positions), heads, head_dim, views == 1 ? "cache" : "memory", isa_name(isa),
                    1e6 * seconds, 2 * static_cast<double>(head_numbers) / seconds / 1e9,
                    4.0 * heads * head_dim * static_cast<double>(positions) / seconds / 1e9);
      }
    }
  }
}

int run(std::string_view type_name, std::string_view isa, std::string_view tokens_text) {
  int64_t tokens = 0;  // all
  std::from_chars(tokens_text.data(), tokens_text.data() + tokens_text.size(), tokens);
  for (const Isa each : kIsas) {
    if (each == Isa::kScalar || !has_isa(detect_cpu(), each)) continue;
    if (!isa.empty() && isa != isa_name(each)) continue;
    if (type_name == "screen") time_screen(each);
    if (type_name == "attention")
      for (const int head_dim : {64, 128, 256}) time_attention(each, head_dim);
  }
  for (const Size size : kSizes) {
    for (const DType type : kTypes) {
      if (!type_name.empty() && type_name != dtype_info(type).name) continue;
      for (const Isa each : kIsas) {
        if (each == Isa::kScalar || !has_isa(detect_cpu(), each)) continue;
        if (isa.empty() || isa == isa_name(each)) time_type(type, size, each, tokens);
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace favilla

int main(int argc, char** argv) {
  return favilla::run(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "");
}
