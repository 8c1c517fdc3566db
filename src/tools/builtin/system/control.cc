// Volume by the programs of PipeWire or PulseAudio, brightness and lock by logind, pictures of the screen by whichever
// program the desktop has.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/subprocess.h"
#include "tools/builtin/system/actions.h"
#include "tools/net/dbus.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr double kVolumeStep_percent = 10;
constexpr double kBrightnessStep_percent = 10;
const BusObject kSession{"org.freedesktop.login1", "/org/freedesktop/login1/session/auto",
                         "org.freedesktop.login1.Session"};

struct Volume {
  double percent = 0;
  bool muted = false;
};

Result<std::string> output_of(const ToolContext& context, std::vector<std::string> argv) {
  const std::string name = argv[0];
  SubprocessResult result = TRY(run_subprocess({.argv = std::move(argv), .cancel = &context.cancel}));
  if (result.exit_code != 0) {
    return Error{ErrorKind::kIo,
                 fmt::format("{} fails: {}", name, result.standard_error.substr(0, result.standard_error.find('\n')))};
  }
  return std::move(result.standard_output);
}

std::optional<double> number_before(const std::string& text, size_t end) {
  size_t begin = end;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  double value = 0;
  return std::from_chars(text.data() + begin, text.data() + end, value).ec == std::errc() && begin < end
             ? std::optional(value)
             : std::nullopt;
}

// "Volume: 0.45 [MUTED]"
Result<Volume> volume_of_wpctl(const ToolContext& context) {
  const std::string text = TRY(output_of(context, {"wpctl", "get-volume", "@DEFAULT_AUDIO_SINK@"}));
  const size_t colon = text.find(": ");
  double value = 0;
  if (colon == std::string::npos ||
      std::from_chars(text.data() + colon + 2, text.data() + text.size(), value).ec != std::errc()) {
    return Error{ErrorKind::kIo, "wpctl tells no volume"};
  }
  return Volume{std::round(value * 100), text.find("MUTED") != std::string::npos};
}

// "Volume: front-left: 29491 /  45% / -20.81 dB", and "Mute: no"
Result<Volume> volume_of_pactl(const ToolContext& context) {
  const std::string text = TRY(output_of(context, {"pactl", "get-sink-volume", "@DEFAULT_SINK@"}));
  const size_t percent = text.find('%');
  const std::optional<double> value = percent == std::string::npos ? std::nullopt : number_before(text, percent);
  if (!value) return Error{ErrorKind::kIo, "pactl tells no volume"};
  const std::string mute = TRY(output_of(context, {"pactl", "get-sink-mute", "@DEFAULT_SINK@"}));
  return Volume{*value, mute.find("yes") != std::string::npos};
}

// Which of the two programs works, and what it tells.
struct Mixer {
  bool wpctl = false;
  Volume volume;
};

Result<Mixer> mixer_of(const ToolContext& context) {
  const Result<Volume> wpctl = volume_of_wpctl(context);
  if (wpctl) return Mixer{true, *wpctl};
  const Result<Volume> pactl = volume_of_pactl(context);
  if (pactl) return Mixer{false, *pactl};
  const bool absent = wpctl.error().kind == ErrorKind::kNotFound && pactl.error().kind == ErrorKind::kNotFound;
  if (absent) return Error{ErrorKind::kNotFound, "The volume cannot be reached: neither wpctl nor pactl is installed."};
  return wpctl.error().kind == ErrorKind::kNotFound ? pactl.error() : wpctl.error();
}

std::string say_volume(const Volume& volume) {
  return fmt::format("The volume is at {:.0f}%{}.", volume.percent, volume.muted ? ", muted" : "");
}

Json volume_json(const Volume& volume) {
  return {{"kind", "volume"}, {"percent", volume.percent}, {"muted", volume.muted}};
}

struct Backlight {
  std::string name;
  int64_t now = 0;
  int64_t most = 0;

  double percent() const { return static_cast<double>(now) / static_cast<double>(most) * 100; }
};

Result<Backlight> backlight_of(const ToolContext& context) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(system_path(context, "/sys/class/backlight"), error)) {
    Backlight light{entry.path().filename(), 0, 0};
    for (const auto& [file, target] : {std::pair{"brightness", &light.now}, {"max_brightness", &light.most}}) {
      const std::string text = system_text(context, "/sys/class/backlight/" + light.name + "/" + file).value_or("");
      std::from_chars(text.data(), text.data() + text.size(), *target);
    }
    if (light.most > 0) return light;
  }
  return Error{ErrorKind::kNotFound, "This computer has no screen whose brightness can be set."};
}

double stepped(const Json& arguments, double now, double step) {
  const std::string direction = arguments.value("step", "");
  const double wanted = direction == "up"     ? now + step
                        : direction == "down" ? now - step
                                              : arguments.value("percent", now);
  return std::clamp(wanted, 0.0, 100.0);
}

Result<Json> set_volume(const ToolContext& context, const Json& request) {
  const Mixer mixer = TRY(mixer_of(context));
  const std::string sink = mixer.wpctl ? "@DEFAULT_AUDIO_SINK@" : "@DEFAULT_SINK@";
  const std::string level = fmt::format("{:.0f}%", request["percent"].get<double>());
  const std::string mute = request["muted"].get<bool>() ? "1" : "0";
  if (mixer.wpctl) {
    TRY(output_of(context, {"wpctl", "set-volume", sink, level}));
    TRY(output_of(context, {"wpctl", "set-mute", sink, mute}));
  } else {
    TRY(output_of(context, {"pactl", "set-sink-volume", sink, level}));
    TRY(output_of(context, {"pactl", "set-sink-mute", sink, mute}));
  }
  return Json::object();
}

// The programs that take a picture of the whole screen without asking, each with the file's name last.
constexpr std::array<std::array<const char*, 3>, 5> kScreenPrograms{{{"grim", nullptr, nullptr},
                                                                     {"gnome-screenshot", "-f", nullptr},
                                                                     {"spectacle", "-bno", nullptr},
                                                                     {"scrot", nullptr, nullptr},
                                                                     {"import", "-window", "root"}}};

Result<Json> take_screenshot(const ToolContext& context, const std::string& file) {
  Error last{ErrorKind::kNotFound,
             "No program that takes pictures of the screen is installed (grim, gnome-screenshot, "
             "spectacle, scrot or ImageMagick's import)."};
  for (const auto& program : kScreenPrograms) {
    std::vector<std::string> argv;
    for (const char* word : program) {
      if (word != nullptr) argv.emplace_back(word);
    }
    argv.push_back(file);
    const Result<std::string> done = output_of(context, std::move(argv));
    std::error_code error;
    if (done && fs::exists(file, error)) return Json{{"file", file}};
    if (!done && done.error().kind != ErrorKind::kNotFound) last = done.error();
  }
  return last;
}

}  // namespace

Result<Outcome> plan_system_volume(const ToolContext& context, const Json&) {
  const Volume volume = TRY(mixer_of(context)).volume;
  Outcome outcome;
  outcome.result = {{"percent", volume.percent}, {"muted", volume.muted}};
  outcome.reply = say_volume(volume);
  return outcome;
}

Result<Outcome> plan_system_set_volume(const ToolContext& context, const Json& arguments) {
  const Volume before = TRY(mixer_of(context)).volume;
  Volume after = before;
  after.percent = stepped(arguments, before.percent, kVolumeStep_percent);
  // Whoever sets a level wants to hear it.
  after.muted =
      arguments.value("muted", arguments.contains("percent") || arguments.contains("step") ? false : before.muted);
  Outcome outcome;
  outcome.result = {{"percent", after.percent}, {"muted", after.muted}};
  outcome.reply = say_volume(after);
  if (after.percent == before.percent && after.muted == before.muted) return outcome;
  outcome.changes.push_back(OutwardCall{volume_json(after), volume_json(before)});
  return outcome;
}

Result<Outcome> plan_system_brightness(const ToolContext& context, const Json&) {
  const Backlight light = TRY(backlight_of(context));
  Outcome outcome;
  outcome.result = {{"percent", std::lround(light.percent())}};
  outcome.reply = fmt::format("The screen is at {:.0f}% brightness.", light.percent());
  return outcome;
}

Result<Outcome> plan_system_set_brightness(const ToolContext& context, const Json& arguments) {
  const Backlight light = TRY(backlight_of(context));
  // 0 would leave the owner in the dark.
  const double percent = std::max(1.0, stepped(arguments, light.percent(), kBrightnessStep_percent));
  const auto request = [&](int64_t value) {
    return Json{{"kind", "brightness"}, {"name", light.name}, {"value", value}};
  };
  Outcome outcome;
  outcome.result = {{"percent", std::lround(percent)}};
  outcome.reply = fmt::format("The screen is at {:.0f}% brightness.", percent);
  const int64_t wanted = std::llround(percent / 100 * static_cast<double>(light.most));
  if (wanted != light.now) outcome.changes.push_back(OutwardCall{request(wanted), request(light.now)});
  return outcome;
}

Result<Outcome> plan_system_screenshot(const ToolContext& context, const Json&) {
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  std::string name = "Screenshot " + format_iso(now) + ".png";
  std::replace(name.begin(), name.end(), 'T', ' ');
  std::replace(name.begin(), name.end(), ':', '-');
  std::error_code error;
  const fs::path pictures = context.folders.home / "Pictures";
  const fs::path folder = fs::is_directory(pictures, error) ? pictures : context.folders.home;
  const fs::path file = folder / name;
  if (fs::exists(file, error)) return Error{ErrorKind::kBusy, "There is a picture of this second already."};
  Outcome outcome;
  outcome.result = {{"file", file.string()}};
  outcome.reply = fmt::format("Saved {}.", file.string());
  outcome.references.push_back({"file", file.string(), name});
  outcome.changes.push_back(OutwardCall{{{"kind", "screenshot"}, {"file", file.string()}}, std::nullopt});
  return outcome;
}

Result<Outcome> plan_system_lock_screen(const ToolContext&, const Json&) {
  Outcome outcome;
  outcome.reply = "Locking the screen.";
  outcome.changes.push_back(OutwardCall{{{"kind", "lock"}}, std::nullopt});
  return outcome;
}

Result<Json> perform_system(const ToolContext& context, const Json& request) {
  const std::string kind = request["kind"];
  if (kind == "volume") return set_volume(context, request);
  if (kind == "screenshot") return take_screenshot(context, request["file"]);
  const Bus bus = TRY(Bus::open(BusKind::kSystem));
  if (kind == "lock") {
    TRY(bus.call(kSession, "Lock").context("The screen cannot be locked"));
    return Json::object();
  }
  const int64_t value = request["value"].get<int64_t>();
  TRY(bus.call(kSession, "SetBrightness", "ssu", {"backlight", request["name"], static_cast<uint32_t>(value)})
          .context("The brightness cannot be set"));
  return Json::object();
}

}  // namespace favilla
