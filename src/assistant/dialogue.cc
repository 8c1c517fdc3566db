// A dialogue as JSON and back.
#include "assistant/dialogue.h"

#include <fmt/format.h>

namespace favilla {
namespace {

Json action_json(const PlannedAction& action) {
  return {{"tool", action.tool}, {"action", action.action}, {"arguments", action.arguments}};
}

// Reads members of a JSON object; the first one that is missing or of another type makes it fail.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) { ok_ = json.is_object(); }

  std::string text(const char* key) {
    const Json* value = find(key);
    if (value == nullptr || !value->is_string()) return fail(), "";
    return value->get<std::string>();
  }

  int64_t integer(const char* key) {
    const Json* value = find(key);
    if (value == nullptr || !value->is_number_integer()) return fail(), 0;
    return value->get<int64_t>();
  }

  // An empty array when there is none.
  const Json& array(const char* key) {
    static const Json kNone = Json::array();
    const Json* value = find(key);
    if (value == nullptr || !value->is_array()) return fail(), kNone;
    return *value;
  }

  const Json* find(const char* key) const {
    if (!json_.is_object()) return nullptr;
    const auto member = json_.find(key);
    return member == json_.end() ? nullptr : &*member;
  }

  void fail() { ok_ = false; }
  bool ok() const { return ok_; }

 private:
  const Json& json_;
  bool ok_;
};

std::optional<PlannedAction> action_from(const Json& json) {
  Reader reader(json);
  PlannedAction action{reader.text("tool"), reader.text("action"), Json::object()};
  const Json* arguments = reader.find("arguments");
  if (!reader.ok() || arguments == nullptr || !arguments->is_object()) return std::nullopt;
  action.arguments = *arguments;
  return action;
}

Json origin_json(const CallOrigin& origin) {
  Json json{{"integrity", name_of(origin.label.integrity)}, {"confidentiality", name_of(origin.label.confidentiality)}};
  if (origin.words) json["words"] = *origin.words;
  return json;
}

std::optional<Label> label_of(const std::string& integrity, const std::string& confidentiality) {
  for (int i = 0; i <= static_cast<int>(Integrity::kToolVendor); ++i) {
    for (int c = 0; c <= static_cast<int>(Confidentiality::kSecret); ++c) {
      const Label label{static_cast<Integrity>(i), static_cast<Confidentiality>(c)};
      if (name_of(label.integrity) == integrity && name_of(label.confidentiality) == confidentiality) return label;
    }
  }
  return std::nullopt;
}

std::optional<CallOrigin> origin_from(const Json& json) {
  Reader reader(json);
  const std::optional<Label> label = label_of(reader.text("integrity"), reader.text("confidentiality"));
  if (!label) return std::nullopt;
  CallOrigin origin{*label};
  if (reader.find("words") != nullptr) origin.words = reader.text("words");
  return reader.ok() ? std::optional(origin) : std::nullopt;
}

Error not_a_dialogue() {
  return {ErrorKind::kCorrupt, "this is not a dialogue"};
}

}  // namespace

void Dialogue::expire(Moment now) {
  if (now - time <= kDialogueMemory && now >= time) return;
  *this = Dialogue{};
  begun = now;
}

std::string Dialogue::task() const {
  return fmt::format("dialogue {}", begun.time_since_epoch().count());
}

Json to_json(const Dialogue& dialogue) {
  Json json{{"time_ms", dialogue.time.time_since_epoch().count()},
            {"begun_ms", dialogue.begun.time_since_epoch().count()},
            {"mentions", Json::array()},
            {"last", Json::array()},
            {"last_ids", dialogue.last_ids},
            {"origin", origin_json(dialogue.origin)},
            {"undone_ids", dialogue.undone_ids}};
  for (const Mention& mention : dialogue.mentions) {
    json["mentions"].push_back({{"kind", mention.kind}, {"id", mention.id}, {"title", mention.title}});
  }
  for (const PlannedAction& action : dialogue.last) json["last"].push_back(action_json(action));
  if (const auto& pending = dialogue.pending) {
    json["pending"] = {
        {"action", action_json(pending->action)}, {"argument", pending->argument}, {"choices", pending->choices}};
  }
  return json;
}

Result<Dialogue> dialogue_from_json(const Json& json) {
  Reader reader(json);
  Dialogue dialogue;
  dialogue.time = Moment{std::chrono::milliseconds{reader.integer("time_ms")}};
  dialogue.begun = Moment{std::chrono::milliseconds{reader.integer("begun_ms")}};
  for (const Json& each : reader.array("mentions")) {
    Reader mention(each);
    dialogue.mentions.push_back({mention.text("kind"), mention.text("id"), mention.text("title")});
    if (!mention.ok()) return not_a_dialogue();
  }
  for (const Json& each : reader.array("last")) {
    std::optional<PlannedAction> action = action_from(each);
    if (!action) return not_a_dialogue();
    dialogue.last.push_back(std::move(*action));
  }
  for (const Json& id : reader.array("last_ids")) {
    if (!id.is_number_integer()) return not_a_dialogue();
    dialogue.last_ids.push_back(id.get<int64_t>());
  }
  for (const Json& id : reader.array("undone_ids")) {
    if (!id.is_number_integer()) return not_a_dialogue();
    dialogue.undone_ids.push_back(id.get<int64_t>());
  }
  const Json* origin = reader.find("origin");
  const std::optional<CallOrigin> made_from = origin == nullptr ? std::nullopt : origin_from(*origin);
  if (!made_from) return not_a_dialogue();
  dialogue.origin = *made_from;
  if (const Json* pending = reader.find("pending")) {
    Reader question(*pending);
    const Json* asked = question.find("action");
    std::optional<PlannedAction> action = asked == nullptr ? std::nullopt : action_from(*asked);
    if (!action) return not_a_dialogue();
    dialogue.pending = Dialogue::Pending{std::move(*action), question.text("argument"), {}};
    for (const Json& choice : question.array("choices")) {
      if (!choice.is_string()) return not_a_dialogue();
      dialogue.pending->choices.push_back(choice.get<std::string>());
    }
    if (!question.ok()) return not_a_dialogue();
  }
  if (!reader.ok()) return not_a_dialogue();
  return dialogue;
}

}  // namespace favilla
