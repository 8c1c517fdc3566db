// Options of bubblewrap; nothing here runs but a trial of them.
#include "tools/sandbox.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/foreign_text.h"
#include "base/subprocess.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxReason_bytes = 200;
constexpr const char* kFolder_bytes = "268435456";  // of /tmp and of a home that vanishes
constexpr const char* kHome = "/home/sandbox";

// Where `hidden` would be seen when `named` is shared; empty: nowhere. Links on this computer lead nobody around it.
std::string place_in(const std::string& named, const std::string& hidden) {
  std::error_code error;
  if (!fs::exists(hidden, error)) return "";
  const fs::path inside = fs::weakly_canonical(hidden, error).lexically_relative(fs::weakly_canonical(named, error));
  if (error || inside.empty() || *inside.begin() == "..") return "";
  return (inside == "." ? fs::path(named) : named / inside).string();
}

}  // namespace

std::vector<std::string> own_folders(const Json& settings) {
  std::vector<std::string> folders;
  const auto own = settings.find("own_folders");
  if (own == settings.end() || !own->is_array()) return folders;
  for (const Json& each : *own) {
    if (each.is_string()) folders.push_back(each);
  }
  return folders;
}

std::vector<std::string> sandbox_argv(const SandboxOptions& options) {
  std::vector<std::string> argv{"bwrap", "--unshare-all", "--die-with-parent", "--new-session"};
  const auto add = [&](std::initializer_list<std::string> words) { argv.insert(argv.end(), words); };
  if (options.network) add({"--share-net"});
  if (!options.keep_environment) add({"--clearenv"});
  add({"--ro-bind", "/usr", "/usr"});
  for (const char* file : {"/etc/alternatives", "/etc/ld.so.cache"}) add({"--ro-bind-try", file, file});
  if (options.network) {
    for (const char* file : {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl"})
      add({"--ro-bind-try", file, file});
  }
  add({"--proc", "/proc", "--dev", "/dev", "--size", kFolder_bytes, "--tmpfs", "/tmp"});
  if (options.home.empty()) {
    add({"--size", kFolder_bytes, "--tmpfs", kHome});
  } else {
    add({"--bind", options.home, kHome});
  }
  add({"--setenv", "HOME", kHome});
  if (!options.keep_environment) {
    add({"--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8", "--setenv", "TERM",
         "dumb"});
  }
  for (const char* link : {"bin", "sbin", "lib", "lib64"}) {
    add({"--symlink", fmt::format("usr/{}", link), fmt::format("/{}", link)});
  }
  for (const std::string& folder : options.read) add({"--ro-bind", folder, folder});
  for (const std::string& folder : options.write) add({"--bind", folder, folder});
  for (const std::string& hidden : options.hidden) {
    for (const auto* named : {&options.read, &options.write}) {
      for (const std::string& folder : *named) {
        if (const std::string place = place_in(folder, hidden); !place.empty()) add({"--tmpfs", place});
      }
    }
  }
  add({"--chdir", options.start_folder.empty() ? kHome : options.start_folder});
  return argv;
}

Result<void> require_sandbox(const std::vector<std::string>& argv, std::string_view what, const CancelFlag& cancel) {
  const Result<SubprocessResult> version = run_subprocess({.argv = {"bwrap", "--version"}, .cancel = &cancel});
  if (!version || version->exit_code != 0) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("{} run only in a sandbox, and bubblewrap is not installed (sudo apt-get install "
                             "bubblewrap).",
                             what)};
  }
  std::vector<std::string> trial = argv;
  trial.push_back("true");
  const SubprocessResult tried = TRY(run_subprocess({.argv = std::move(trial), .cancel = &cancel}));
  if (tried.exit_code == 0) return {};
  return Error{ErrorKind::kUnsupported,
               fmt::format("{} run only in a sandbox, and this computer does not let bubblewrap make one ({}).", what,
                           shown_line(tried.standard_error, kMaxReason_bytes))};
}

}  // namespace favilla
