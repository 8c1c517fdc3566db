// See self_run.h.
#include "cli/self_run.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "base/subprocess.h"
#include "cli/timings.h"

namespace favilla::cli {

Result<double> seconds_to_first_byte(const std::vector<std::string>& args, const CancelFlag& cancel) {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return Error{ErrorKind::kIo, fmt::format("cannot find this program's file: {}", error.message())};
  SubprocessOptions options{.argv = {program.string()}, .cancel = &cancel};
  options.argv.insert(options.argv.end(), args.begin(), args.end());
  std::optional<double> first_byte;
  const Stopwatch watch;
  options.on_output = [&](std::string_view) {
    if (!first_byte) first_byte = watch.seconds();
  };
  const SubprocessResult run = TRY(run_subprocess(options));
  if (run.exit_code != 0) {
    return Error{ErrorKind::kInternal,
                 fmt::format("`favilla {}` ended with exit code {}: {}", args.front(), run.exit_code,
                             run.standard_error.substr(0, run.standard_error.find('\n')))};
  }
  return first_byte.value_or(watch.seconds());
}

}  // namespace favilla::cli
