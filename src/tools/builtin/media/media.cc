// The player that the owner means is the one that plays; else one that is paused; else the only one.
#include "tools/builtin/media/media.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/match.h"
#include "tools/net/dbus.h"
#include "tools/wording.h"

namespace favilla {

extern const char kMediaSentences[];

namespace {

constexpr Declared kOrders = commands(kFromDevices, Sends::kDesktop);

constexpr std::string_view kPrefix = "org.mpris.MediaPlayer2.";
constexpr const char* kPath = "/org/mpris/MediaPlayer2";
constexpr const char* kRoot = "org.mpris.MediaPlayer2";
constexpr const char* kPlayer = "org.mpris.MediaPlayer2.Player";
constexpr int64_t kMicroseconds = 1'000'000;
constexpr double kVolumeStep = 0.1;
constexpr size_t kMaxPlayers = 32;

struct Player {
  std::string service;
  std::string name;    // "VLC media player"
  std::string status;  // "Playing", "Paused", "Stopped"

  BusObject object() const { return {service, kPath, kPlayer}; }
};

Result<std::vector<Player>> players_on(const Bus& bus) {
  std::vector<Player> players;
  for (const std::string& service : TRY(bus.names(kPrefix))) {
    if (players.size() == kMaxPlayers) break;
    const Result<Json> status = bus.property({service, kPath, kPlayer}, "PlaybackStatus");
    if (!status || !status->is_string()) continue;  // it has just ended, or hangs
    const Result<Json> name = bus.property({service, kPath, kRoot}, "Identity");
    players.push_back({service, name && name->is_string() ? name->get<std::string>() : service.substr(kPrefix.size()),
                       status->get<std::string>()});
  }
  const auto rank = [](const Player& one) { return one.status == "Playing" ? 0 : one.status == "Paused" ? 1 : 2; };
  std::stable_sort(players.begin(), players.end(), [&](const Player& a, const Player& b) { return rank(a) < rank(b); });
  return players;
}

Result<Bus> session() {
  Result<Bus> bus = Bus::open(BusKind::kSession);
  if (!bus) return Error{ErrorKind::kNotFound, "No player can be reached: " + bus.error().message + "."};
  return bus;
}

Result<Player> chosen_player(const Bus& bus, const Json& arguments) {
  const std::vector<Player> players = TRY(players_on(bus));
  if (players.empty()) return Error{ErrorKind::kNotFound, "No player is running."};
  const std::string asked = arguments.value("player", "");
  if (asked.empty()) return players[0];
  for (const Player& player : players) {
    if (match(Words(asked), Words(player.name)) != Match::kNone) return player;
  }
  return Error{ErrorKind::kNotFound, fmt::format("No player \"{}\" is running.", asked)};
}

std::string title_of(const Json& metadata) {
  if (!metadata.is_object()) return {};
  const std::string title = metadata.contains("xesam:title") && metadata["xesam:title"].is_string()
                                ? metadata["xesam:title"].get<std::string>()
                                : "";
  std::vector<std::string> artists;
  if (metadata.contains("xesam:artist") && metadata["xesam:artist"].is_array()) {
    for (const Json& artist : metadata["xesam:artist"]) {
      if (artist.is_string() && artist != "") artists.push_back(artist);
    }
  }
  if (title.empty() || artists.empty()) return title;
  return fmt::format("{} by {}", title, say_list(artists));
}

std::string now_playing(const Bus& bus, const Player& player) {
  const Result<Json> metadata = bus.property(player.object(), "Metadata");
  return metadata ? title_of(*metadata) : std::string();
}

Json request_of(const Player& player, const char* method) {
  return {{"service", player.service}, {"method", method}};
}

Result<Outcome> plan_players(const ToolContext&, const Json&) {
  const Bus bus = TRY(session());
  Outcome outcome;
  outcome.result["players"] = Json::array();
  for (const Player& player : TRY(players_on(bus))) {
    const std::string title = now_playing(bus, player);
    outcome.result["players"].push_back({{"name", player.name}, {"status", player.status}, {"title", title}});
    outcome.reply += fmt::format("{}{}: {}{}{}", outcome.reply.empty() ? "" : "\n", player.name, player.status,
                                 title.empty() ? "" : ", ", title);
  }
  if (outcome.reply.empty()) outcome.reply = "No player is running.";
  return outcome;
}

Result<Outcome> plan_now(const ToolContext&, const Json& arguments) {
  const Bus bus = TRY(session());
  const Player player = TRY(chosen_player(bus, arguments));
  const std::string title = now_playing(bus, player);
  Outcome outcome;
  outcome.result = {{"player", player.name}, {"status", player.status}, {"title", title}};
  if (player.status == "Stopped" || title.empty()) {
    outcome.reply = fmt::format("{} is {}.", player.name,
                                player.status == "Playing" ? "playing something without a title" : "not playing");
  } else {
    outcome.reply = fmt::format("{}{} ({}).", player.status == "Paused" ? "Paused: " : "", title, player.name);
  }
  return outcome;
}

struct Command {
  std::string_view action;
  const char* method;
  const char* back;          // what takes it back; nullptr: nothing
  std::string_view already;  // the status that it leads to
  const char* done;
};
constexpr Command kCommands[] = {{"play", "Play", "Pause", "Playing", "Playing"},
                                 {"pause", "Pause", "Play", "Paused", "Paused"},
                                 {"stop", "Stop", "Play", "Stopped", "Stopped"},
                                 {"next", "Next", nullptr, "", "Next one on"},
                                 {"previous", "Previous", nullptr, "", "Previous one on"}};

Result<Outcome> plan_command(const Json& arguments, const Command& command) {
  const Bus bus = TRY(session());
  const Player player = TRY(chosen_player(bus, arguments));
  Outcome outcome;
  outcome.result = {{"player", player.name}};
  const bool idle = command.action == "pause" && player.status != "Playing";
  if (player.status == command.already || idle) {
    outcome.reply = fmt::format("{} is already {}.", player.name,
                                idle                         ? "silent"
                                : player.status == "Playing" ? "playing"
                                                             : "stopped");
    return outcome;
  }
  outcome.reply = fmt::format("{} {}.", command.done, player.name);
  OutwardCall call{request_of(player, command.method), std::nullopt};
  if (command.back != nullptr) call.undo = request_of(player, player.status == "Playing" ? "Play" : command.back);
  outcome.changes.push_back(std::move(call));
  return outcome;
}

template <size_t row>
Result<Outcome> plan_row(const ToolContext&, const Json& arguments) {
  return plan_command(arguments, kCommands[row]);
}

Result<Outcome> plan_seek(const ToolContext&, const Json& arguments) {
  const Bus bus = TRY(session());
  const Player player = TRY(chosen_player(bus, arguments));
  const int64_t by_s = arguments["by_seconds"].get<int64_t>() * (arguments.value("direction", "") == "back" ? -1 : 1);
  Outcome outcome;
  outcome.reply =
      fmt::format("{} {} on {}.", by_s < 0 ? "Back" : "Forward", say_duration(std::chrono::seconds(by_s)), player.name);
  OutwardCall call{request_of(player, "Seek"), request_of(player, "Seek")};
  call.request["by_us"] = by_s * kMicroseconds;
  (*call.undo)["by_us"] = -by_s * kMicroseconds;
  outcome.changes.push_back(std::move(call));
  return outcome;
}

Result<Outcome> plan_volume(const ToolContext&, const Json& arguments) {
  const Bus bus = TRY(session());
  const Player player = TRY(chosen_player(bus, arguments));
  const Json now = TRY(bus.property(player.object(), "Volume").context("this player has no volume"));
  if (!now.is_number()) return Error{ErrorKind::kUnsupported, fmt::format("{} has no volume of its own.", player.name)};
  const std::string step = arguments.value("step", "");
  double wanted = step == "up"     ? now.get<double>() + kVolumeStep
                  : step == "down" ? now.get<double>() - kVolumeStep
                                   : arguments.value("percent", 50.0) / 100;
  wanted = std::clamp(wanted, 0.0, 1.0);
  Outcome outcome;
  outcome.result = {{"player", player.name}, {"percent", std::lround(wanted * 100)}};
  outcome.reply = fmt::format("{} plays at {:.0f}%.", player.name, wanted * 100);
  OutwardCall call{request_of(player, "Volume"), request_of(player, "Volume")};
  call.request["volume"] = wanted;
  (*call.undo)["volume"] = now;
  outcome.changes.push_back(std::move(call));
  return outcome;
}

// A property of the player that not all have, and what it is set to; what is so already changes nothing.
Result<Outcome> plan_setting(const Player& player, const Json& now, const char* property, const Json& wanted,
                             std::string reply) {
  Outcome outcome;
  outcome.result = {{"player", player.name}};
  outcome.reply = std::move(reply);
  if (now == wanted) return outcome;
  OutwardCall call{request_of(player, property), request_of(player, property)};
  call.request["value"] = wanted;
  (*call.undo)["value"] = now;
  outcome.changes.push_back(std::move(call));
  return outcome;
}

Result<Outcome> plan_shuffle(const ToolContext&, const Json& arguments) {
  const Bus bus = TRY(session());
  const Player player = TRY(chosen_player(bus, arguments));
  const Result<Json> now = bus.property(player.object(), "Shuffle");
  if (!now || !now->is_boolean()) {
    return Error{ErrorKind::kUnsupported, fmt::format("{} cannot shuffle.", player.name)};
  }
  const bool on = arguments.value("on", true);
  return plan_setting(player, *now, "Shuffle", on,
                      fmt::format("{} plays {}.", player.name, on ? "in random order" : "in order"));
}

struct Loop {
  std::string_view mode;
  const char* status;  // of MPRIS
  const char* said;
};
constexpr Loop kLoops[] = {{"track", "Track", "repeats this one"},
                           {"playlist", "Playlist", "repeats the whole list"},
                           {"off", "None", "repeats nothing"}};

Result<Outcome> plan_repeat(const ToolContext&, const Json& arguments) {
  const Bus bus = TRY(session());
  const Player player = TRY(chosen_player(bus, arguments));
  const Result<Json> now = bus.property(player.object(), "LoopStatus");
  if (!now || !now->is_string()) {
    return Error{ErrorKind::kUnsupported, fmt::format("{} cannot repeat.", player.name)};
  }
  const std::string mode = arguments.value("mode", "track");
  const auto loop =
      std::find_if(std::begin(kLoops), std::end(kLoops), [&](const Loop& one) { return one.mode == mode; });
  return plan_setting(player, *now, "LoopStatus", loop->status, fmt::format("{} {}.", player.name, loop->said));
}

Result<Json> perform_media(const ToolContext&, const Json& request) {
  const Bus bus = TRY(session());
  const BusObject object{request["service"], kPath, kPlayer};
  const std::string method = request["method"];
  if (method == "Volume") {
    TRY(bus.set_property(object, "Volume", 'd', request["volume"]));
  } else if (method == "Seek") {
    TRY(bus.call(object, method, "x", {request["by_us"]}));
  } else if (method == "Shuffle" || method == "LoopStatus") {
    TRY(bus.set_property(object, method, method == "Shuffle" ? 'b' : 's', request["value"]));
  } else {
    TRY(bus.call(object, method));
  }
  return Json::object();
}

constexpr const char* kPlayerOnly = R"({"type": "object", "properties": {
    "player": {"type": "string", "maxLength": 100, "description": "a player's name; absent: the one that plays"}
  }, "required": [], "additionalProperties": false})";

constexpr const char* kSeek = R"({"type": "object", "properties": {
    "player": {"type": "string", "maxLength": 100},
    "by_seconds": {"type": "integer", "minimum": -86400, "maximum": 86400},
    "direction": {"type": "string", "enum": ["forward", "back"]}
  }, "required": ["by_seconds"], "additionalProperties": false})";

constexpr const char* kVolume = R"({"type": "object", "properties": {
    "player": {"type": "string", "maxLength": 100},
    "percent": {"type": "number", "minimum": 0, "maximum": 100},
    "step": {"type": "string", "enum": ["up", "down"]}
  }, "required": [], "additionalProperties": false})";

constexpr const char* kShuffle = R"({"type": "object", "properties": {
    "player": {"type": "string", "maxLength": 100},
    "on": {"type": "boolean", "description": "absent: true"}
  }, "required": [], "additionalProperties": false})";

constexpr const char* kRepeat = R"({"type": "object", "properties": {
    "player": {"type": "string", "maxLength": 100},
    "mode": {"type": "string", "enum": ["track", "playlist", "off"], "description": "absent: track"}
  }, "required": [], "additionalProperties": false})";

constexpr std::array<Action, 11> kActions{{
    {"players", "List the players that run.", Effect::kPure, reads(kFromDevices), kPlayerOnly, plan_players, nullptr},
    {"now", "Tell what is playing.", Effect::kPure, reads(kFromDevices), kPlayerOnly, plan_now, nullptr},
    {"play", "Go on playing.", Effect::kIdempotent, kOrders, kPlayerOnly, plan_row<0>, perform_media},
    {"pause", "Pause.", Effect::kIdempotent, kOrders, kPlayerOnly, plan_row<1>, perform_media},
    {"stop", "Stop.", Effect::kIdempotent, kOrders, kPlayerOnly, plan_row<2>, perform_media},
    {"next", "Skip to the next one.", Effect::kAtMostOnce, kOrders, kPlayerOnly, plan_row<3>, perform_media},
    {"previous", "Go back to the one before.", Effect::kAtMostOnce, kOrders, kPlayerOnly, plan_row<4>, perform_media},
    {"seek", "Go forward or back in it.", Effect::kAtMostOnce, kOrders, kSeek, plan_seek, perform_media},
    {"volume", "Set the player's own volume.", Effect::kIdempotent, kOrders, kVolume, plan_volume, perform_media},
    {"shuffle", "Play in random order, or in order.", Effect::kIdempotent, kOrders, kShuffle, plan_shuffle,
     perform_media},
    {"repeat", "Repeat this one, the whole list, or nothing.", Effect::kIdempotent, kOrders, kRepeat, plan_repeat,
     perform_media},
}};

}  // namespace

const Tool kMediaTool{"media", "Music and video players of this computer.", kActions, kMediaSentences};

}  // namespace favilla
