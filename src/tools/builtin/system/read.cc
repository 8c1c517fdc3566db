// What the kernel and its services tell; nothing is changed.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "base/file.h"
#include "tools/builtin/system/actions.h"
#include "tools/match.h"
#include "tools/net/dbus.h"
#include "tools/wording.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSmallFile_bytes = size_t{1} << 20;
constexpr size_t kMaxProcesses = 50'000;
constexpr size_t kShownProcesses = 8;
const BusObject kDisplayDevice{"org.freedesktop.UPower", "/org/freedesktop/UPower/devices/DisplayDevice",
                               "org.freedesktop.UPower.Device"};

std::string say_bytes(double bytes) {
  constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  return fmt::format(fmt::runtime(bytes < 10 && unit > 0 ? "{:.1f} {}" : "{:.0f} {}"), bytes, kUnits[unit]);
}

std::optional<int64_t> integer(std::string_view text) {
  const size_t digit = text.find_first_of("0123456789");
  int64_t value = 0;
  if (digit == std::string_view::npos) return std::nullopt;
  const auto parsed = std::from_chars(text.data() + digit, text.data() + text.size(), value);
  return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

struct Battery {
  double percent = 0;
  std::string state;   // "charging", "discharging", "full"
  int64_t left_s = 0;  // until empty or full; 0: unknown
};

std::optional<Battery> battery_of_upower() {
  const Result<Bus> bus = Bus::open(BusKind::kSystem);
  if (!bus) return std::nullopt;
  const Result<Json> present = bus->property(kDisplayDevice, "IsPresent");
  const Result<Json> percent = bus->property(kDisplayDevice, "Percentage");
  const Result<Json> state = bus->property(kDisplayDevice, "State");
  if (!present || *present != true || !percent || !percent->is_number() || !state || !state->is_number()) {
    return std::nullopt;
  }
  Battery battery{percent->get<double>(), "discharging", 0};
  const int code = state->get<int>();
  if (code == 1 || code == 5) battery.state = "charging";
  if (code == 4) battery.state = "full";
  const Result<Json> left = bus->property(kDisplayDevice, battery.state == "charging" ? "TimeToFull" : "TimeToEmpty");
  if (left && left->is_number_integer()) battery.left_s = left->get<int64_t>();
  return battery;
}

std::optional<Battery> battery_of_kernel(const ToolContext& context) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(system_path(context, "/sys/class/power_supply"), error)) {
    const std::string folder = "/sys/class/power_supply/" + entry.path().filename().string();
    const Result<std::string> type = system_text(context, folder + "/type");
    const Result<std::string> capacity = system_text(context, folder + "/capacity");
    if (!type || *type != "Battery" || !capacity || !integer(*capacity)) continue;
    std::string status = system_text(context, folder + "/status").value_or("Unknown");
    std::transform(status.begin(), status.end(), status.begin(), [](unsigned char c) { return std::tolower(c); });
    return Battery{static_cast<double>(*integer(*capacity)), status, 0};
  }
  return std::nullopt;
}

// "MemTotal:  16310000 kB" of /proc/meminfo, in bytes.
int64_t memory_field(const std::string& text, std::string_view name) {
  const size_t at = text.find(name);
  return at == std::string::npos ? 0 : integer(std::string_view(text).substr(at + name.size(), 40)).value_or(0) * 1024;
}

struct Process {
  int64_t id = 0;
  std::string name;
  int64_t memory_bytes = 0;
  int64_t cpu_ticks = 0;
};

// One /proc/N/stat: "12 (a name) S 1 ..."; the name may hold spaces and brackets.
std::optional<Process> read_process(const std::string& stat) {
  const size_t open = stat.find('(');
  const size_t close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  std::istringstream rest(stat.substr(close + 1));
  std::vector<std::string> fields;
  for (std::string field; fields.size() < 22 && rest >> field;) fields.push_back(field);
  if (fields.size() < 22) return std::nullopt;
  Process process{integer(stat).value_or(0), stat.substr(open + 1, close - open - 1), 0, 0};
  process.cpu_ticks = integer(fields[11]).value_or(0) + integer(fields[12]).value_or(0);
  process.memory_bytes = integer(fields[21]).value_or(0) * ::sysconf(_SC_PAGESIZE);
  return process;
}

}  // namespace

fs::path system_path(const ToolContext& context, std::string_view path) {
  const auto table = context.settings.find("system");
  const bool moved =
      table != context.settings.end() && table->is_object() && table->contains("root") && (*table)["root"].is_string();
  return moved ? fs::path((*table)["root"].get<std::string>() + std::string(path)) : fs::path(path);
}

Result<std::string> system_text(const ToolContext& context, std::string_view path) {
  std::string text = TRY(read_file(system_path(context, path), kSmallFile_bytes));
  text.resize(text.find_last_not_of(" \r\n\t") + 1);
  return text;
}

Result<Outcome> plan_system_battery(const ToolContext& context, const Json&) {
  std::optional<Battery> battery = battery_of_upower();
  if (!battery) battery = battery_of_kernel(context);
  if (!battery) return Error{ErrorKind::kNotFound, "This computer has no battery that tells its charge."};
  Outcome outcome;
  outcome.result = {{"percent", battery->percent}, {"state", battery->state}};
  outcome.reply = fmt::format("The battery is at {:.0f}%, {}", battery->percent, battery->state);
  if (battery->left_s > 0) {
    outcome.result["left_seconds"] = battery->left_s;
    outcome.reply += fmt::format(", {} {}", say_duration(std::chrono::seconds(battery->left_s / 60 * 60)),
                                 battery->state == "charging" ? "until full" : "left");
  }
  outcome.reply += ".";
  return outcome;
}

Result<Outcome> plan_system_network(const ToolContext& context, const Json&) {
  std::error_code error;
  Outcome outcome;
  outcome.result["interfaces"] = Json::array();
  std::vector<std::string> up;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(system_path(context, "/sys/class/net"), error)) {
    found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  for (const fs::path& path : found) {
    const std::string name = path.filename();
    const std::string folder = "/sys/class/net/" + name;
    if (name == "lo") continue;
    const std::string state = system_text(context, folder + "/operstate").value_or("unknown");
    const bool wireless = fs::exists(path / "wireless", error);
    outcome.result["interfaces"].push_back({{"name", name}, {"state", state}, {"wireless", wireless}});
    // Tunnels and the like tell "unknown" while they work.
    if (state == "up" || state == "unknown")
      up.push_back(fmt::format("{} ({})", name, wireless ? "wireless" : "wired"));
  }
  outcome.result["connected"] = !up.empty();
  outcome.reply = up.empty() ? "No network is connected." : fmt::format("Connected by {}.", say_list(up));
  return outcome;
}

Result<Outcome> plan_system_disk(const ToolContext& context, const Json&) {
  struct statvfs info {};
  if (::statvfs(context.folders.home.c_str(), &info) != 0) {
    return errno_error("cannot look at the disk of", context.folders.home, errno);
  }
  const double unit = static_cast<double>(info.f_frsize);
  const double free = static_cast<double>(info.f_bavail) * unit;
  const double all = static_cast<double>(info.f_blocks) * unit;
  Outcome outcome;
  outcome.result = {{"free_bytes", free}, {"total_bytes", all}};
  outcome.reply = fmt::format("{} of {} are free.", say_bytes(free), say_bytes(all));
  return outcome;
}

Result<Outcome> plan_system_memory(const ToolContext& context, const Json&) {
  const std::string text = TRY(system_text(context, "/proc/meminfo"));
  const int64_t all = memory_field(text, "MemTotal:");
  const int64_t free = memory_field(text, "MemAvailable:");
  if (all == 0) return Error{ErrorKind::kUnsupported, "The kernel does not tell how much memory there is."};
  Outcome outcome;
  outcome.result = {{"available_bytes", free}, {"total_bytes", all}};
  outcome.reply = fmt::format("{} of {} of memory are available.", say_bytes(static_cast<double>(free)),
                              say_bytes(static_cast<double>(all)));
  return outcome;
}

Result<Outcome> plan_system_uptime(const ToolContext& context, const Json&) {
  const std::optional<int64_t> seconds = integer(TRY(system_text(context, "/proc/uptime")));
  if (!seconds) return Error{ErrorKind::kUnsupported, "The kernel does not tell how long it runs."};
  Outcome outcome;
  outcome.result = {{"seconds", *seconds}};
  const int64_t rounded = *seconds >= 60 ? *seconds / 60 * 60 : *seconds;
  outcome.reply = fmt::format("This computer has been on for {}.", say_duration(std::chrono::seconds(rounded)));
  return outcome;
}

Result<Outcome> plan_system_processes(const ToolContext& context, const Json& arguments) {
  std::vector<Process> processes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(system_path(context, "/proc"), error)) {
    const std::string name = entry.path().filename();
    if (name[0] < '1' || name[0] > '9' || processes.size() == kMaxProcesses) continue;
    const Result<std::string> stat = system_text(context, "/proc/" + name + "/stat");
    if (std::optional<Process> process = stat ? read_process(*stat) : std::nullopt) processes.push_back(*process);
  }
  if (processes.empty()) return Error{ErrorKind::kUnsupported, "The kernel does not tell which programs run."};
  const std::string asked = arguments.value("match", "");
  if (!asked.empty()) {
    const Words wanted(asked);
    std::erase_if(processes, [&](const Process& one) { return match(wanted, Words(one.name)) == Match::kNone; });
  }
  const bool by_cpu = arguments.value("by", "memory") == "cpu";
  const auto weight = [&](const Process& one) { return by_cpu ? one.cpu_ticks : one.memory_bytes; };
  std::stable_sort(processes.begin(), processes.end(),
                   [&](const Process& a, const Process& b) { return weight(a) > weight(b); });
  Outcome outcome;
  outcome.result = {{"count", processes.size()}, {"processes", Json::array()}};
  if (asked.empty()) {
    outcome.reply = fmt::format("{} run; the {}:", say_count(processes.size(), "program"),
                                by_cpu ? "busiest since they started" : "largest");
  } else {
    outcome.reply = processes.empty() ? fmt::format("No program \"{}\" is running.", asked)
                                      : fmt::format("{} is running:", processes[0].name);
  }
  const double ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  for (size_t i = 0; i < std::min(kShownProcesses, processes.size()); ++i) {
    const Process& one = processes[i];
    const double cpu_s = static_cast<double>(one.cpu_ticks) / ticks_per_s;
    outcome.result["processes"].push_back(
        {{"id", one.id}, {"name", one.name}, {"memory_bytes", one.memory_bytes}, {"cpu_seconds", cpu_s}});
    outcome.reply +=
        fmt::format("\n- {} ({}): {}", one.name, one.id,
                    by_cpu ? fmt::format("{:.0f} s of CPU", cpu_s) : say_bytes(static_cast<double>(one.memory_bytes)));
  }
  return outcome;
}

}  // namespace favilla
