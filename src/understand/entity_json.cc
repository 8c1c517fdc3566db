// What `favilla when --json` prints.
#include "base/utf8.h"
#include "understand/entities.h"

namespace favilla {
namespace {

size_t count_code_points(std::string_view text) {
  size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(static_cast<size_t>(decode_utf8(text).length));
    ++count;
  }
  return count;
}

enum class Form { kDate, kClock, kDateTime };

std::string shown(LocalSeconds time, Form form) {
  const std::string iso = format_iso(time);
  if (form == Form::kDate) return iso.substr(0, iso.find('T'));
  return form == Form::kClock ? iso.substr(iso.find('T') + 1) : iso;
}

Json reading_json(const Entity& entity, const Reading& reading, Form form) {
  Json json = Json::object();
  if (entity.kind != EntityKind::kRange) {
    if (reading.start) json["value"] = shown(*reading.start, form);
    return json;
  }
  if (reading.start) json["start"] = shown(*reading.start, form);
  if (reading.end) json["end"] = shown(*reading.end, form);
  return json;
}

void add_time(const Entity& entity, Json& json) {
  const bool days = entity.kind == EntityKind::kDate || entity.whole_days;
  const bool clock = entity.kind == EntityKind::kTime || entity.clock_only;
  const Form form = days ? Form::kDate : clock ? Form::kClock : Form::kDateTime;
  json.update(reading_json(entity, entity.reading, form));
  if (clock) json["next"] = reading_json(entity, entity.reading, Form::kDateTime);
  if (entity.past) json["past"] = reading_json(entity, *entity.past, form);
  if (!entity.others.empty()) {
    Json others = Json::array();
    for (const Reading& other : entity.others) others.push_back(reading_json(entity, other, form));
    json["others"] = std::move(others);
  }
  if (!entity.part.empty()) json["part"] = entity.part;
  if (entity.approximate) json["approximate"] = true;
  if (entity.is_unresolved) json["unresolved"] = true;
}

}  // namespace

Json to_json(const Entity& entity, std::string_view text) {
  const std::string_view words = text.substr(entity.from, entity.to - entity.from);
  const size_t from_char = count_code_points(text.substr(0, entity.from));
  Json json;
  json["text"] = words;
  json["from_char"] = from_char;
  json["to_char"] = from_char + count_code_points(words);
  json["type"] = entity_kind_name(entity.kind);
  switch (entity.kind) {
    case EntityKind::kDuration:
      json["value"] = entity.duration;
      json["seconds"] = entity.seconds;
      return json;
    case EntityKind::kRecurrence:
      json["rrule"] = entity.rrule;
      if (entity.reading.start) {
        json["start"] = shown(*entity.reading.start, entity.whole_days ? Form::kDate : Form::kDateTime);
      }
      if (!entity.part.empty()) json["part"] = entity.part;
      if (entity.except_holidays) json["except"] = "holidays";
      return json;
    case EntityKind::kBoolean:
      json["value"] = entity.number == "true";
      return json;
    default:
      if ((kind_bit(entity.kind) & kTimeKinds) != 0) {
        add_time(entity, json);
        return json;
      }
  }
  json["value"] = entity.number;
  if (!entity.unit.empty()) json["unit"] = entity.unit;
  if (!entity.dimension.empty()) json["dimension"] = entity.dimension;
  if (!entity.relative_to.empty()) json["relative_to"] = entity.relative_to;
  return json;
}

}  // namespace favilla
