// What `favilla doctor` looks at: each check says in one line what is there, and, when something is missing, the
// command that mends it. Checks read the system and change nothing.
//
//   for (const HealthCheck& check : check_health({.paths = context.paths})) print(check.summary, check.remedy);
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/json.h"
#include "base/paths.h"
#include "catalog/catalog.h"
#include "tensor/cpu.h"

namespace favilla::cli {

enum class HealthState {
  kOk,
  kNote,     // works, but something could be better
  kMissing,  // a part of Favilla does not work until the remedy is applied
};

const char* health_state_name(HealthState state);  // "ok", "note", "missing"

struct HealthCheck {
  std::string name;  // "cpu", "memory", ...
  HealthState state = HealthState::kOk;
  std::string summary;  // one line
  std::string remedy;   // a command, or a short instruction; empty when there is nothing to do
  Json details = Json::object();
};

struct HealthInputs {
  Paths paths;
  GetEnvironment environment = process_environment;
  bool is_terminal = false;
  const CancelFlag* cancel = nullptr;
};

// All checks, in the order in which a person wants to read them. Blocks for the start of python3, some 0.3 s, and up to
// five seconds for each server that does not answer.
std::vector<HealthCheck> check_health(const HealthInputs& inputs);

// The single checks, for tests.
HealthCheck check_cpu(const CpuFeatures& cpu);
// meminfo: the text of /proc/meminfo. limit_bytes: of the control group, when there is one.
HealthCheck check_memory(std::string_view meminfo, std::optional<uint64_t> limit_bytes);
HealthCheck check_disk(const std::filesystem::path& models_folder);
HealthCheck check_models(const Catalog& catalog);
HealthCheck check_folders(const Paths& paths);
HealthCheck check_cache(const Paths& paths);
// Asks each server of config.toml once; nullopt when there is none.
std::optional<HealthCheck> check_servers(const HealthInputs& inputs);
HealthCheck check_terminal(const GetEnvironment& environment, bool is_terminal);

}  // namespace favilla::cli
