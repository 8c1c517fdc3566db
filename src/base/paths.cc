// XDG Base Directory Specification 0.8.
#include "base/paths.h"

#include <cstdlib>

namespace favilla {
namespace {

namespace fs = std::filesystem;

fs::path choose(const GetEnvironment& environment, const char* own, const char* xdg, const fs::path& fallback) {
  if (const auto value = environment(own); value && !value->empty()) return *value;
  if (const auto value = environment(xdg); value && fs::path(*value).is_absolute()) return fs::path(*value) / "favilla";
  return fallback;
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Paths Paths::resolve(const GetEnvironment& environment) {
  const fs::path home = environment("HOME").value_or("/");
  Paths paths;
  paths.data = choose(environment, "FAVILLA_DATA_HOME", "XDG_DATA_HOME", home / ".local/share/favilla");
  paths.config = choose(environment, "FAVILLA_CONFIG_HOME", "XDG_CONFIG_HOME", home / ".config/favilla");
  paths.cache = choose(environment, "FAVILLA_CACHE_HOME", "XDG_CACHE_HOME", home / ".cache/favilla");
  paths.runtime = choose(environment, "FAVILLA_RUNTIME_DIR", "XDG_RUNTIME_DIR", paths.cache / "run");
  return paths;
}

}  // namespace favilla
