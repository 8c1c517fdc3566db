// The actions that change something: which devices, which service for each, and what takes it back.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "tools/builtin/home/actions.h"
#include "tools/builtin/home/resolve.h"
#include "tools/builtin/home/restore.h"
#include "tools/wording.h"

namespace favilla {
namespace {

constexpr double kLightStep_percent = 20;
constexpr double kVolumeStep_percent = 10;
constexpr double kFanStep_percent = 25;
constexpr double kTemperatureStep = 1;

constexpr std::string_view kSwitched[] = {"light",         "switch", "fan",        "climate",    "media_player",
                                          "input_boolean", "siren",  "humidifier", "automation", "group"};
constexpr std::string_view kOpened[] = {"cover", "valve"};

// What one device is told. A null call: it is so already.
using CallOf = std::function<Result<Json>(const HomeEntity&)>;

struct Order {
  std::span<const std::string_view> domains;
  CallOf call;
  std::string done;     // "Turned on {}."
  std::string already;  // "{} is already on."
  std::string_view kind_of_area = "";
  bool undoable = true;
};

// Equal calls become one call for several devices.
void add_call(Json& calls, Json call) {
  for (Json& other : calls) {
    Json data = other["data"];
    data["entity_id"] = call["data"]["entity_id"];
    if (other["domain"] != call["domain"] || other["service"] != call["service"] || data != call["data"]) continue;
    other["data"]["entity_id"].push_back(call["data"]["entity_id"][0]);
    return;
  }
  calls.push_back(std::move(call));
}

std::string filled(const std::string& pattern, const std::string& words) {
  std::string text = fmt::format(fmt::runtime(pattern), words);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

Outcome order_devices(const Target& target, const std::vector<Json>& calls, const Order& order) {
  Outcome outcome;
  outcome.result["devices"] = Json::array();
  Json request{{"calls", Json::array()}};
  Json undo{{"calls", Json::array()}};
  for (size_t i = 0; i < target.entities.size(); ++i) {
    const HomeEntity& entity = *target.entities[i];
    outcome.result["devices"].push_back(entity.id);
    outcome.references.push_back({"device", entity.id, entity.name});
    if (calls[i].is_null()) continue;
    add_call(request["calls"], calls[i]);
    for (Json& back : restoring_calls(entity)) add_call(undo["calls"], std::move(back));
  }
  const bool changes = !request["calls"].empty();
  outcome.reply = filled(changes ? order.done : order.already, target.words);
  outcome.result["changed"] = changes;
  if (!changes) return outcome;
  OutwardCall call{std::move(request), std::nullopt};
  if (order.undoable && !undo["calls"].empty()) call.undo = std::move(undo);
  outcome.changes.push_back(std::move(call));
  return outcome;
}

Result<Outcome> carry_out(const ToolContext& context, const Json& arguments, const Order& order) {
  const House house = TRY(load_house(context));
  const Target target =
      TRY(resolve(house, asked_of(arguments),
                  {.domains = order.domains, .area = context.area, .kind_of_area = order.kind_of_area}));
  if (target.question) {
    Outcome outcome;
    outcome.question = target.question;
    return outcome;
  }
  std::vector<Json> calls;
  for (const HomeEntity* entity : target.entities) {
    if (!entity->available()) {
      return Error{ErrorKind::kNotFound, fmt::format("{} does not answer now; nothing was changed.", entity->name)};
    }
    calls.push_back(TRY(order.call(*entity)));
  }
  return order_devices(target, calls, order);
}

CallOf turn(bool on) {
  return [on](const HomeEntity& entity) -> Result<Json> {
    if (is_on(entity) == on) return Json();
    return service_call(entity, on ? "turn_on" : "turn_off");
  };
}

// Opening what keeps people out needs the owner's agreement.
bool keeps_out(const HomeEntity& entity) {
  constexpr std::string_view kClasses[] = {"garage", "gate", "door"};
  return std::find(std::begin(kClasses), std::end(kClasses), entity.device_class) != std::end(kClasses);
}

Result<Outcome> open_or_close(const ToolContext& context, const Json& arguments, bool open) {
  std::string guarded;
  const auto call = [&](const HomeEntity& entity) -> Result<Json> {
    if (entity.state == (open ? "open" : "closed")) {
      const auto position = entity.attributes.find("current_position");
      const bool half = open && position != entity.attributes.end() && position->is_number() && *position < 100;
      if (!half) return Json();
    }
    if (open && keeps_out(entity)) guarded = entity.name;
    return service_call(entity, (open ? "open_" : "close_") + entity.domain);
  };
  Outcome outcome = TRY(carry_out(context, arguments,
                                  {kOpened, call, open ? "Opening {}." : "Closing {}.",
                                   open ? "{} is already open." : "{} is already closed.", ""}));
  if (!guarded.empty()) outcome.needs_approval = fmt::format("it opens {}.", guarded);
  return outcome;
}

double number_of(const HomeEntity& entity, const char* name, double fallback) {
  const auto found = entity.attributes.find(name);
  return found != entity.attributes.end() && found->is_number() ? found->get<double>() : fallback;
}

// "up" and "down" are steps from where it is now; the value is a percentage.
double level_of(const Json& value, double now, double step) {
  if (value == "up") return std::min(now + step, 100.0);
  if (value == "down") return std::max(now - step, std::min(now, 1.0));
  return value.get<double>();
}

Result<Json> call_light(const HomeEntity& entity, const Json& value) {
  const double now = is_on(entity) ? number_of(entity, "brightness", 255) / 255 * 100 : 0;
  const double level = std::round(level_of(value, now, kLightStep_percent));
  if (level <= 0) return service_call(entity, "turn_off");
  return service_call(entity, "turn_on", {{"brightness_pct", static_cast<int>(level)}});
}

Result<Json> call_cover(const HomeEntity& entity, const Json& value) {
  const double level = level_of(value, number_of(entity, "current_position", 0), kFanStep_percent);
  return service_call(entity, "set_" + entity.domain + "_position", {{"position", std::lround(level)}});
}

Result<Json> call_fan(const HomeEntity& entity, const Json& value) {
  const double level = level_of(value, number_of(entity, "percentage", 0), kFanStep_percent);
  return service_call(entity, "set_percentage", {{"percentage", std::lround(level)}});
}

Result<Json> call_volume(const HomeEntity& entity, const Json& value) {
  const double level = level_of(value, number_of(entity, "volume_level", 0.5) * 100, kVolumeStep_percent);
  return service_call(entity, "volume_set", {{"volume_level", std::round(level) / 100}});
}

Result<Json> call_level(const HomeEntity& entity, const Json& value) {
  if (entity.domain == "light") return call_light(entity, value);
  if (entity.domain == "fan") return call_fan(entity, value);
  if (entity.domain == "media_player") return call_volume(entity, value);
  return call_cover(entity, value);
}

Result<Json> call_temperature(const HomeEntity& entity, const Json& value) {
  double wanted = number_of(entity, "temperature", 20);
  if (value == "up") wanted += kTemperatureStep;
  if (value == "down") wanted -= kTemperatureStep;
  if (value.is_number()) wanted = value.get<double>();
  const double least = number_of(entity, "min_temp", -100);
  const double most = number_of(entity, "max_temp", 1000);
  if (wanted < least || wanted > most) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("{} can be set from {:g} to {:g} degrees.", entity.name, least, most)};
  }
  return service_call(entity, "set_temperature", {{"temperature", wanted}});
}

Result<Json> call_color(const HomeEntity& entity, const Json& value) {
  struct White {
    std::string_view name;
    int kelvin;
  };
  constexpr White kWhites[] = {{"warmwhite", 2700}, {"softwhite", 2700}, {"neutralwhite", 4000},
                               {"coolwhite", 5500}, {"coldwhite", 6000}, {"daylight", 5500}};
  std::string name;
  for (const char c : value.get<std::string>()) {
    if (c >= 'A' && c <= 'Z') name += static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') name += c;
  }
  for (const White& white : kWhites) {
    if (name == white.name) return service_call(entity, "turn_on", {{"color_temp_kelvin", white.kelvin}});
  }
  return service_call(entity, "turn_on", {{"color_name", name}});
}

struct Property {
  const char* argument;
  std::array<std::string_view, 5> domains;
  Result<Json> (*call)(const HomeEntity&, const Json&);
  std::string_view kind_of_area;
  const char* unit;  // behind the value in the reply
};
constexpr Property kProperties[] = {
    {"brightness", {"light"}, call_light, "lights", "%"},
    {"color", {"light"}, call_color, "lights", ""},
    {"temperature", {"climate", "water_heater"}, call_temperature, "thermostat", " degrees"},
    {"position", {"cover", "valve"}, call_cover, "", "%"},
    {"volume", {"media_player"}, call_volume, "speakers", "%"},
    {"fan_speed", {"fan"}, call_fan, "fans", "%"},
    {"level", {"light", "cover", "valve", "fan", "media_player"}, call_level, "lights", "%"},
};

std::string say_value(const Property& property, const Json& value) {
  if (value == "up") return "up";
  if (value == "down") return "down";
  if (value.is_string()) return "to " + value.get<std::string>();
  return fmt::format("to {:g}{}", value.get<double>(), property.unit);
}

}  // namespace

Result<Outcome> plan_home_turn_on(const ToolContext& context, const Json& arguments) {
  return carry_out(context, arguments, {kSwitched, turn(true), "Turned on {}.", "{} is already on."});
}

Result<Outcome> plan_home_turn_off(const ToolContext& context, const Json& arguments) {
  return carry_out(context, arguments, {kSwitched, turn(false), "Turned off {}.", "{} is already off."});
}

Result<Outcome> plan_home_toggle(const ToolContext& context, const Json& arguments) {
  const auto call = [](const HomeEntity& entity) { return turn(!is_on(entity))(entity); };
  return carry_out(context, arguments, {kSwitched, call, "Switched {}.", ""});
}

Result<Outcome> plan_home_set(const ToolContext& context, const Json& arguments) {
  const Property* asked = nullptr;
  for (const Property& property : kProperties) {
    if (!arguments.contains(property.argument)) continue;
    if (asked != nullptr) return Error{ErrorKind::kInvalidArgument, "One property at a time can be set."};
    asked = &property;
  }
  if (asked == nullptr) return Error{ErrorKind::kInvalidArgument, "There is nothing to set: name one property."};
  const Json& value = arguments[asked->argument];
  const bool step = value == "up" || value == "down";
  if (value.is_string() && !step && asked->call != call_color) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} is a number, up or down.", asked->argument)};
  }
  const bool percent = std::string_view(asked->unit) == "%";
  if (value.is_number() && percent && (value < 0 || value > 100)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} goes from 0 to 100 percent.", asked->argument)};
  }
  const auto call = [&](const HomeEntity& entity) { return asked->call(entity, value); };
  const auto last = std::find(asked->domains.begin(), asked->domains.end(), std::string_view());
  const std::string done = step ? fmt::format("Turned {{}} {}.", say_value(*asked, value))
                                : fmt::format("Set {{}} {}.", say_value(*asked, value));
  std::string guarded;
  const auto guarded_call = [&](const HomeEntity& entity) {
    if (entity.domain == "cover" && keeps_out(entity) && value != 0) guarded = entity.name;
    return call(entity);
  };
  Outcome outcome =
      TRY(carry_out(context, arguments, {{asked->domains.begin(), last}, guarded_call, done, "", asked->kind_of_area}));
  if (!guarded.empty()) outcome.needs_approval = fmt::format("it opens {}.", guarded);
  return outcome;
}

Result<Outcome> plan_home_open(const ToolContext& context, const Json& arguments) {
  return open_or_close(context, arguments, true);
}

Result<Outcome> plan_home_close(const ToolContext& context, const Json& arguments) {
  return open_or_close(context, arguments, false);
}

Result<Outcome> plan_home_lock(const ToolContext& context, const Json& arguments) {
  static constexpr std::string_view kDomains[] = {"lock"};
  const auto call = [](const HomeEntity& entity) -> Result<Json> {
    return entity.state == "locked" ? Json() : service_call(entity, "lock");
  };
  return carry_out(context, arguments, {kDomains, call, "Locked {}.", "{} is already locked."});
}

Result<Outcome> plan_home_unlock(const ToolContext& context, const Json& arguments) {
  static constexpr std::string_view kDomains[] = {"lock"};
  const auto call = [](const HomeEntity& entity) -> Result<Json> {
    return entity.state == "unlocked" ? Json() : service_call(entity, "unlock");
  };
  return carry_out(context, arguments, {kDomains, call, "Unlocked {}.", "{} is already unlocked."});
}

Result<Outcome> plan_home_activate(const ToolContext& context, const Json& arguments) {
  static constexpr std::string_view kDomains[] = {"scene", "script"};
  const auto call = [](const HomeEntity& entity) -> Result<Json> { return service_call(entity, "turn_on"); };
  Order order{kDomains, call, "Started {}.", ""};
  order.undoable = false;  // which devices it sets, and how, is the server's secret
  return carry_out(context, arguments, order);
}

Result<Outcome> plan_home_media(const ToolContext& context, const Json& arguments) {
  struct Command {
    std::string_view name;
    std::string_view service;
    const char* done;
    bool undoable;
  };
  static constexpr Command kCommands[] = {{"play", "media_play", "Playing on {}.", true},
                                          {"pause", "media_pause", "Paused {}.", true},
                                          {"stop", "media_stop", "Stopped {}.", true},
                                          {"next", "media_next_track", "Next one on {}.", false},
                                          {"previous", "media_previous_track", "Previous one on {}.", false}};
  static constexpr std::string_view kDomains[] = {"media_player"};
  const std::string name = arguments["command"];
  const auto command =
      std::find_if(std::begin(kCommands), std::end(kCommands), [&](const Command& one) { return one.name == name; });
  if (command == std::end(kCommands)) return Error{ErrorKind::kInvalidArgument, "command is not one of the list"};
  const auto call = [&](const HomeEntity& entity) -> Result<Json> { return service_call(entity, command->service); };
  Order order{kDomains, call, command->done, "", "speakers"};
  order.undoable = command->undoable;
  return carry_out(context, arguments, order);
}

Result<Outcome> plan_home_vacuum(const ToolContext& context, const Json& arguments) {
  static constexpr std::string_view kDomains[] = {"vacuum"};
  const bool start = arguments["command"] == "start";
  const auto call = [&](const HomeEntity& entity) -> Result<Json> {
    if (entity.state == (start ? "cleaning" : "docked")) return Json();
    return service_call(entity, start ? "start" : "return_to_base");
  };
  Order order{kDomains, call, start ? "Started {}." : "{} goes back to its base.",
              start ? "{} is already cleaning." : "{} is already at its base.", "vacuum"};
  order.undoable = false;
  return carry_out(context, arguments, order);
}

Result<Json> perform_home_calls(const ToolContext& context, const Json& request) {
  for (const Json& call : request["calls"]) TRY(call_service(context, call));
  return Json{{"calls", request["calls"].size()}};
}

}  // namespace favilla
