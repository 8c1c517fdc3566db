// Runs a fuzz target without libFuzzer, so that GCC builds and every ctest run exercise it.
//
//   fuzz_gguf [--runs N] [--seconds S] [--seed X] [FILE or FOLDER...]
//
// Tries each seed file, every truncation of seeds up to 4 KiB, then N seeded mutations or as many as S seconds allow.
// One thread. The same arguments give the same inputs. A crash, or an input that takes longer than ten seconds, writes
// the input to crash-PROGRAM in the current folder before the process dies.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes);

namespace favilla {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr unsigned kSlowInputSeconds = 10;
constexpr size_t kTruncateAllBelowBytes = 4096;
constexpr size_t kLargestSeedBytes = size_t{1} << 20;

// What the signal handler writes out. A handler can reach nothing but globals; tidy lists this exception.
struct CurrentInput {
  const uint8_t* data = nullptr;
  size_t size_bytes = 0;
  char path[256] = "crash";
};
CurrentInput current_input;

// Only calls that are safe in a signal handler.
void save_input_and_die(int signal_number) {
  const int fd = ::open(current_input.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd >= 0) {
    constexpr std::string_view kMessage = "the fuzz target failed; its input is in ./";
    if (::write(fd, current_input.data, current_input.size_bytes) >= 0 &&
        ::write(STDERR_FILENO, kMessage.data(), kMessage.size()) >= 0 &&
        ::write(STDERR_FILENO, current_input.path, std::strlen(current_input.path)) >= 0 &&
        ::write(STDERR_FILENO, "\n", 1) >= 0) {
      ::close(fd);
    }
  }
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void run_one(const Bytes& input) {
  // A heap copy of exact size, so that a sanitizer sees a read past the end.
  const Bytes exact(input.begin(), input.end());
  current_input.data = exact.data();
  current_input.size_bytes = exact.size();
  ::alarm(kSlowInputSeconds);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  ::alarm(0);
}

void overwrite_number(Bytes& input, Random& random) {
  // Sizes, counts and offsets fail at their limits, so those come often.
  constexpr std::array<uint64_t, 12> kInteresting = {0,          1,          0x7F,       0x80,       0xFF,       0xFFFF,
                                                     0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1ULL << 32, 1ULL << 62, ~0ULL};
  const uint64_t number = kInteresting[random.next_below(kInteresting.size())];
  const size_t width = size_t{1} << random.next_below(4);
  if (input.size() < width) return;
  const size_t offset = random.next_below(static_cast<uint32_t>(input.size() - width + 1));
  std::memcpy(input.data() + offset, &number, width);
}

// Applies one random change. `other` is another seed, to splice from.
void mutate_once(Bytes& input, const Bytes& other, Random& random) {
  const auto position = [&](const Bytes& bytes) { return random.next_below(static_cast<uint32_t>(bytes.size()) + 1); };
  const auto range = [&](const Bytes& bytes) {
    const uint32_t first = position(bytes);
    return std::pair{bytes.begin() + first,
                     bytes.begin() + std::min<size_t>(bytes.size(), first + position(bytes) / 4)};
  };
  switch (random.next_below(7)) {
    case 0:
      if (!input.empty()) {
        const size_t at = random.next_below(static_cast<uint32_t>(input.size()));
        input[at] = static_cast<uint8_t>(input[at] ^ (1U << random.next_below(8)));
      }
      break;
    case 1:
      if (!input.empty()) {
        input[random.next_below(static_cast<uint32_t>(input.size()))] = static_cast<uint8_t>(random.next_u32());
      }
      break;
    case 2:
      overwrite_number(input, random);
      break;
    case 3:
      input.resize(position(input));
      break;
    case 4: {
      const auto [first, last] = range(input);
      input.erase(first, last);
      break;
    }
    case 5: {
      const auto [first, last] = range(other);
      input.insert(input.begin() + position(input), first, last);
      break;
    }
    default:
      input.insert(input.begin() + position(input), static_cast<uint8_t>(random.next_u32()));
      break;
  }
}

Bytes read_bytes(const std::filesystem::path& path) {
  const Result<std::string> content = read_file(path, kLargestSeedBytes);
  return content ? Bytes(content->begin(), content->end()) : Bytes{};
}

// All seeds below the given files and folders, in a fixed order, plus the empty input. What does not exist is skipped:
// a target need not have a corpus.
std::vector<Bytes> read_seeds(const std::vector<std::filesystem::path>& arguments) {
  std::vector<std::filesystem::path> files;
  std::error_code ignored;
  for (const auto& argument : arguments) {
    if (std::filesystem::is_regular_file(argument, ignored)) files.push_back(argument);
    if (!std::filesystem::is_directory(argument, ignored)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(argument, ignored)) {
      if (entry.is_regular_file(ignored)) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Bytes> seeds{Bytes{}};
  for (const auto& file : files) seeds.push_back(read_bytes(file));
  return seeds;
}

struct DriverOptions {
  uint32_t runs = 5000;
  uint32_t seconds = 60;
  uint32_t seed = 1;
  std::vector<std::filesystem::path> paths;
};

DriverOptions parse_options(const std::vector<std::string_view>& words) {
  DriverOptions options;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    uint32_t* target = word == "--runs"      ? &options.runs
                       : word == "--seconds" ? &options.seconds
                       : word == "--seed"    ? &options.seed
                                             : nullptr;
    if (target != nullptr && i + 1 < words.size()) {
      ++i;
      std::from_chars(words[i].data(), words[i].data() + words[i].size(), *target);
    } else {
      options.paths.emplace_back(word);
    }
  }
  return options;
}

uint32_t run_mutations(const std::vector<Bytes>& seeds, const DriverOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  Random random(options.seed);
  uint32_t run = 0;
  while (run < options.runs && std::chrono::steady_clock::now() < deadline) {
    Bytes input = seeds[random.next_below(static_cast<uint32_t>(seeds.size()))];
    const Bytes& other = seeds[random.next_below(static_cast<uint32_t>(seeds.size()))];
    for (uint32_t changes = 1 + random.next_below(6); changes > 0; --changes) mutate_once(input, other, random);
    run_one(input);
    ++run;
  }
  return run;
}

int run_driver(const std::string& program, const std::vector<std::string_view>& words) {
  const DriverOptions options = parse_options(words);
  std::snprintf(current_input.path, sizeof current_input.path, "crash-%s", program.c_str());
  for (const int signal_number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM}) {
    std::signal(signal_number, save_input_and_die);
  }
  const std::vector<Bytes> seeds = read_seeds(options.paths);
  size_t truncations = 0;
  for (const Bytes& seed : seeds) {
    run_one(seed);
    if (seed.size() > kTruncateAllBelowBytes) continue;
    for (size_t length = 0; length < seed.size(); ++length, ++truncations) {
      run_one(Bytes(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(length)));
    }
  }
  const uint32_t mutations = run_mutations(seeds, options);
  std::printf("%s: %zu seeds, %zu truncations, %u mutations: no crash\n", program.c_str(), seeds.size(), truncations,
              mutations);
  return 0;
}

}  // namespace
}  // namespace favilla

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  return favilla::run_driver(std::filesystem::path(argv[0]).filename().string(), words);
}
