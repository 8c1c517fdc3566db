// The actions that only tell: states, measurements, what there is.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/builtin/home/actions.h"
#include "tools/builtin/home/resolve.h"
#include "tools/builtin/home/restore.h"
#include "tools/wording.h"

namespace favilla {
namespace {

constexpr size_t kMaxListed = 50;

// What the two states of a binary sensor are called.
struct BinaryWords {
  std::string_view device_class;
  const char* on;
  const char* off;
};
constexpr BinaryWords kBinaryWords[] = {
    {"door", "open", "closed"},
    {"window", "open", "closed"},
    {"garage_door", "open", "closed"},
    {"opening", "open", "closed"},
    {"lock", "unlocked", "locked"},
    {"motion", "detected", "clear"},
    {"occupancy", "occupied", "empty"},
    {"presence", "home", "away"},
    {"moisture", "wet", "dry"},
    {"smoke", "detected", "clear"},
    {"gas", "detected", "clear"},
    {"carbon_monoxide", "detected", "clear"},
    {"battery", "low", "normal"},
    {"plug", "plugged in", "unplugged"},
    {"connectivity", "connected", "disconnected"},
    {"battery_charging", "charging", "not charging"},
};

std::string state_words(const HomeEntity& entity) {
  if (!entity.available()) return "not reachable";
  if (entity.domain == "binary_sensor") {
    for (const BinaryWords& words : kBinaryWords) {
      if (words.device_class == entity.device_class) return entity.state == "on" ? words.on : words.off;
    }
  }
  const auto unit = entity.attributes.find("unit_of_measurement");
  std::string text = entity.state;
  if (unit != entity.attributes.end() && unit->is_string()) text += " " + unit->get<std::string>();
  if (entity.domain == "light" && is_on(entity)) {
    const auto brightness = entity.attributes.find("brightness");
    if (brightness != entity.attributes.end() && brightness->is_number()) {
      text += fmt::format(" at {:.0f}%", brightness->get<double>() / 255 * 100);
    }
  }
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

bool has_state(const HomeEntity& entity, const std::string& wanted) {
  if (wanted == "on") return entity.available() && is_on(entity) && entity.state != "closed";
  if (wanted == "off") return entity.available() && !is_on(entity);
  const std::string words = state_words(entity);
  if (wanted == "open") return words == "open" || words == "opening";
  return words == wanted;
}

std::span<const std::string_view> domains_for(const std::string& state) {
  static constexpr std::string_view kSwitched[] = {"light",         "switch",     "fan",           "climate",
                                                   "media_player",  "humidifier", "input_boolean", "siren",
                                                   "binary_sensor", "automation"};
  static constexpr std::string_view kOpened[] = {"cover", "valve", "binary_sensor"};
  static constexpr std::string_view kLocked[] = {"lock", "binary_sensor"};
  static constexpr std::string_view kAny[] = {"light",  "switch", "fan",     "climate",       "media_player",
                                              "cover",  "valve",  "lock",    "binary_sensor", "sensor",
                                              "vacuum", "person", "weather", "input_boolean", "humidifier"};
  if (state == "on" || state == "off") return kSwitched;
  if (state == "open" || state == "closed") return kOpened;
  if (state == "locked" || state == "unlocked") return kLocked;
  return kAny;
}

// A question about what is no device of this house is somebody else's to answer.
Error not_ours(Error error) {
  if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kInvalidArgument;
  return error;
}

void tell(Outcome& outcome, const House& house, const HomeEntity& entity) {
  outcome.result["devices"].push_back(
      Json{{"id", entity.id}, {"name", entity.name}, {"area", house.area_name(entity)}, {"state", entity.state}});
  outcome.references.push_back({"device", entity.id, entity.name});
}

std::string names_of(const std::vector<const HomeEntity*>& entities) {
  std::vector<std::string> names;
  for (const HomeEntity* entity : entities) {
    if (names.size() == kMaxListed) break;
    names.push_back(entity->name);
  }
  if (entities.size() > kMaxListed) names.push_back(fmt::format("{} more", entities.size() - kMaxListed));
  return say_list(names);
}

std::string start_large(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string say_of_many(const Target& target, const std::string& wanted, const std::string& which) {
  std::vector<const HomeEntity*> fitting;
  std::copy_if(target.entities.begin(), target.entities.end(), std::back_inserter(fitting),
               [&](const HomeEntity* entity) { return has_state(*entity, wanted); });
  const size_t all = target.entities.size();
  if (which == "how_many") return fmt::format("{} of {} are {}.", fitting.size(), all, wanted);
  if (fitting.empty()) return fmt::format("{}None of {} is {}.", which == "any" ? "No. " : "", target.words, wanted);
  if (fitting.size() == all)
    return start_large(fmt::format("{}{} are {}.", which == "which" ? "" : "yes. ", "all", wanted));
  const std::string be = fitting.size() == 1 ? "is" : "are";
  const std::string lead = which == "which" ? "" : which == "any" ? "Yes: " : "No, only ";
  return fmt::format("{}{} {} {}.", lead, names_of(fitting), be, wanted);
}

struct Measure {
  std::string_view what;
  std::string_view device_class;
};
constexpr Measure kMeasures[] = {
    {"temperature", "temperature"}, {"humidity", "humidity"},      {"battery", "battery"},   {"power", "power"},
    {"energy", "energy"},           {"brightness", "illuminance"}, {"pressure", "pressure"}, {"co2", "carbon_dioxide"},
    {"moisture", "moisture"},       {"air quality", "aqi"},
};

// The figure of a sensor, or of a thermostat's own.
std::optional<std::string> figure(const HomeEntity& entity, const Measure& measure) {
  if (!entity.available()) return std::nullopt;
  if (entity.domain == "sensor" && entity.device_class == measure.device_class) return state_words(entity);
  const std::string attribute = fmt::format("current_{}", measure.what);
  if (entity.domain == "climate" && entity.attributes.contains(attribute) && entity.attributes[attribute].is_number()) {
    return fmt::format("{:g}{}", entity.attributes[attribute].get<double>(),
                       measure.what == "temperature" ? " degrees" : " %");
  }
  return std::nullopt;
}

}  // namespace

Result<Outcome> plan_home_state(const ToolContext& context, const Json& arguments) {
  Result<House> loaded = load_house(context);
  if (!loaded) return not_ours(std::move(loaded).error());
  const House& house = *loaded;
  const std::string wanted = arguments.value("state", "");
  const std::string which = arguments.value("which", "is");
  Asked asked = asked_of(arguments);
  if (which != "is" && asked.id.empty()) asked.name = (which == "all" || asked.area.empty() ? "all " : "") + asked.name;
  Result<Target> resolved = resolve(
      house, asked, {.domains = domains_for(wanted), .area = context.area, .kind_of_area = "", .whole_house = true});
  if (!resolved) return not_ours(std::move(resolved).error());
  Outcome outcome;
  if (resolved->question) {
    outcome.question = resolved->question;
    return outcome;
  }
  outcome.result["devices"] = Json::array();
  for (const HomeEntity* entity : resolved->entities) tell(outcome, house, *entity);
  const HomeEntity& first = *resolved->entities[0];
  if (wanted.empty()) {
    for (const HomeEntity* entity : resolved->entities) {
      outcome.reply +=
          fmt::format("{}{} is {}.", outcome.reply.empty() ? "" : "\n", entity->name, state_words(*entity));
    }
  } else if (resolved->entities.size() > 1 || which != "is") {
    outcome.reply = say_of_many(*resolved, wanted, which == "is" ? "all" : which);
  } else {
    const bool yes = has_state(first, wanted);
    outcome.reply = fmt::format("{} {} is {}.", yes ? "Yes," : "No,", first.name, yes ? wanted : state_words(first));
    outcome.result["answer"] = yes;
  }
  return outcome;
}

Result<Outcome> plan_home_measure(const ToolContext& context, const Json& arguments) {
  Result<House> loaded = load_house(context);
  if (!loaded) return not_ours(std::move(loaded).error());
  const std::string what = arguments["what"];
  const auto measure =
      std::find_if(std::begin(kMeasures), std::end(kMeasures), [&](const Measure& one) { return one.what == what; });
  if (measure == std::end(kMeasures)) return Error{ErrorKind::kInvalidArgument, "what is not one of the list"};
  House house = std::move(*loaded);
  std::erase_if(house.entities, [&](const HomeEntity& entity) { return !figure(entity, *measure); });
  const Asked asked = asked_of(arguments);
  const std::string place = asked.area.empty() ? asked.name : asked.area;
  const bool here = place.empty() || place == "here";
  const Area* area = house.area(here ? context.area : place);
  std::vector<const HomeEntity*> found;
  Outcome outcome;
  if (area != nullptr) {
    for (const HomeEntity& entity : house.entities) {
      if (entity.area == area->id) found.push_back(&entity);
    }
  } else if (!here) {
    static constexpr std::string_view kDomains[] = {"sensor", "climate"};
    Result<Target> target = resolve(house, asked, {.domains = kDomains, .area = context.area});
    if (!target) return not_ours(std::move(target).error());
    outcome.question = target->question;
    found = target->entities;
  } else if (house.entities.size() == 1) {
    found.push_back(&house.entities[0]);
  } else if (!house.entities.empty()) {
    outcome.question = Outcome::Question{fmt::format("The {} in which room?", what), "area", {}};
    for (const Area& one : house.areas) outcome.question->choices.push_back(one.name);
  }
  if (outcome.question) return outcome;
  if (found.empty()) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("Nothing there measures the {}.", what)};
  }
  outcome.result["devices"] = Json::array();
  for (const HomeEntity* entity : found) {
    tell(outcome, house, *entity);
    const std::string name =
        found.size() == 1 && area != nullptr ? fmt::format("The {} in {}", what, area->name) : entity->name;
    outcome.reply += fmt::format("{}{} is {}.", outcome.reply.empty() ? "" : "\n", name, *figure(*entity, *measure));
  }
  return outcome;
}

Result<Outcome> plan_home_list(const ToolContext& context, const Json& arguments) {
  Result<House> loaded = load_house(context);
  if (!loaded) return not_ours(std::move(loaded).error());
  const House& house = *loaded;
  const Area* area = nullptr;
  if (const std::string asked = arguments.value("area", ""); !asked.empty()) {
    area = house.area(asked == "here" ? context.area : asked);
    if (area == nullptr) return Error{ErrorKind::kInvalidArgument, fmt::format("I know no room \"{}\".", asked)};
  }
  const std::string domain = arguments.value("domain", "");
  Outcome outcome;
  outcome.result["devices"] = Json::array();
  const auto any = domains_for("");
  for (const HomeEntity& entity : house.entities) {
    if (area != nullptr && entity.area != area->id) continue;
    const bool listed =
        domain.empty() ? std::find(any.begin(), any.end(), entity.domain) != any.end() : entity.domain == domain;
    if (!listed || outcome.references.size() == kMaxListed) continue;
    tell(outcome, house, entity);
    const std::string room = house.area_name(entity);
    outcome.reply += fmt::format("\n- {}{}: {}", entity.name, room.empty() || area != nullptr ? "" : " (" + room + ")",
                                 state_words(entity));
  }
  outcome.reply = say_count(outcome.references.size(), "device") + (outcome.reply.empty() ? "." : ":") + outcome.reply;
  return outcome;
}

}  // namespace favilla
