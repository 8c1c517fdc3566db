// Where things live: XDG base folders, each overridable by one variable (and by a flag where a command has one).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace favilla {

// Reads one environment variable; passed in so that tests need not change the process's own.
using GetEnvironment = std::function<std::optional<std::string>(const char* name)>;

std::optional<std::string> process_environment(const char* name);

struct Paths {
  std::filesystem::path data;     // FAVILLA_DATA_HOME,    $XDG_DATA_HOME/favilla,   ~/.local/share/favilla
  std::filesystem::path config;   // FAVILLA_CONFIG_HOME,  $XDG_CONFIG_HOME/favilla, ~/.config/favilla
  std::filesystem::path cache;    // FAVILLA_CACHE_HOME,   $XDG_CACHE_HOME/favilla,  ~/.cache/favilla
  std::filesystem::path runtime;  // FAVILLA_RUNTIME_DIR,  $XDG_RUNTIME_DIR/favilla, <cache>/run

  std::filesystem::path models() const { return data / "models"; }
  std::filesystem::path prefixes() const { return cache / "prefix"; }
  std::filesystem::path packed() const { return cache / "packed"; }  // weights and vocabularies, ready to use

  // Relative values of the XDG variables are ignored, as the specification asks. Creates nothing.
  static Paths resolve(const GetEnvironment& environment = process_environment);
};

}  // namespace favilla
