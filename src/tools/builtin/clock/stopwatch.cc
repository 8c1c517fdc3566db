// The stopwatch, one record: {"elapsed_ms" before the last start, "started": MS while it runs, "laps_ms": [...]}.
#include <fmt/format.h>

#include "tools/builtin/clock/actions.h"
#include "tools/wording.h"

namespace favilla::clock_tool {
namespace {

constexpr std::string_view kCollection = "stopwatch";
constexpr std::string_view kKey = "main";
constexpr size_t kMaxLaps = 1000;

struct Stopwatch {
  std::optional<Json> before;
  int64_t elapsed_ms = 0;
  bool running = false;
};

Result<Stopwatch> read(const ToolContext& context) {
  Stopwatch watch;
  watch.before = TRY(context.records.find(kCollection, kKey));
  if (!watch.before) return watch;
  watch.running = watch.before->contains("started");
  watch.elapsed_ms = watch.before->value("elapsed_ms", int64_t{0});
  if (watch.running) {
    watch.elapsed_ms += context.clock.now().time_since_epoch().count() - watch.before->value("started", int64_t{0});
  }
  return watch;
}

// "1 minute 5.3 seconds"; tenths only below a minute and where there are any.
std::string shown(int64_t ms) {
  if (ms >= 60'000) return say_duration(std::chrono::seconds{ms / 1000});
  return fmt::format("{}.{} seconds", ms / 1000, ms % 1000 / 100);
}

Outcome change(const Stopwatch& watch, Json after, std::string reply, int64_t elapsed_ms) {
  Outcome outcome;
  outcome.result = Json{{"elapsed_ms", elapsed_ms}};
  outcome.reply = std::move(reply);
  outcome.changes.push_back(SetRecord{std::string(kCollection), std::string(kKey), watch.before, std::move(after)});
  return outcome;
}

Error not_running() {
  return {ErrorKind::kNotFound, "the stopwatch is not running"};
}

}  // namespace

Result<Outcome> stopwatch_start(const ToolContext& context, const Json& arguments) {
  const Stopwatch watch = TRY(read(context));
  if (watch.running) return Error{ErrorKind::kInvalidArgument, "the stopwatch is running already"};
  const bool resume = arguments.value("resume", false) && watch.before;
  Json after = resume ? *watch.before : Json{{"elapsed_ms", 0}, {"laps_ms", Json::array()}};
  after["started"] = context.clock.now().time_since_epoch().count();
  return change(watch, std::move(after), resume ? "The stopwatch goes on." : "The stopwatch is running.",
                resume ? watch.elapsed_ms : 0);
}

Result<Outcome> stopwatch_lap(const ToolContext& context, const Json&) {
  const Stopwatch watch = TRY(read(context));
  if (!watch.running) return not_running();
  Json after = *watch.before;
  if (after["laps_ms"].size() >= kMaxLaps) return Error{ErrorKind::kExhausted, "there are too many laps"};
  const int64_t last = after["laps_ms"].empty() ? 0 : after["laps_ms"].back().get<int64_t>();
  after["laps_ms"].push_back(watch.elapsed_ms);
  const size_t number = after["laps_ms"].size();
  return change(watch, std::move(after), fmt::format("Lap {}: {}.", number, shown(watch.elapsed_ms - last)),
                watch.elapsed_ms);
}

Result<Outcome> stopwatch_stop(const ToolContext& context, const Json&) {
  const Stopwatch watch = TRY(read(context));
  if (!watch.running) return not_running();
  Json after = *watch.before;
  after["elapsed_ms"] = watch.elapsed_ms;
  after.erase("started");
  return change(watch, std::move(after), fmt::format("Stopped at {}.", shown(watch.elapsed_ms)), watch.elapsed_ms);
}

Result<Outcome> stopwatch_show(const ToolContext& context, const Json&) {
  const Stopwatch watch = TRY(read(context));
  Outcome outcome;
  outcome.result = Json{{"elapsed_ms", watch.elapsed_ms}, {"running", watch.running}};
  outcome.reply = fmt::format("The stopwatch {} {}.", watch.running ? "shows" : "stands at", shown(watch.elapsed_ms));
  return outcome;
}

}  // namespace favilla::clock_tool
