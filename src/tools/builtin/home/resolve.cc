// From the exact to the vague: an id, a full name, a kind of thing in a room, words of a name.
#include "tools/builtin/home/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/match.h"
#include "tools/wording.h"

namespace favilla {
namespace {

using WordList = std::vector<std::string>;

constexpr size_t kMaxChoices = 8;

// What words stand for. Device classes count only for things that have one.
struct Kind {
  std::string_view word;  // singular; the plural has an s more
  std::array<std::string_view, 3> domains;
  std::array<std::string_view, 4> classes;
};
constexpr Kind kKinds[] = {
    {"light", {"light"}, {}},
    {"lamp", {"light"}, {}},
    {"bulb", {"light"}, {}},
    {"fan", {"fan"}, {}},
    {"switch", {"switch"}, {}},
    {"plug", {"switch"}, {"outlet"}},
    {"outlet", {"switch"}, {"outlet"}},
    {"socket", {"switch"}, {"outlet"}},
    {"blind", {"cover"}, {"blind", "shade", "shutter", "curtain"}},
    {"shade", {"cover"}, {"shade", "blind", "shutter", "curtain"}},
    {"shutter", {"cover"}, {"shutter", "blind", "shade"}},
    {"curtain", {"cover"}, {"curtain", "shade", "blind"}},
    {"drape", {"cover"}, {"curtain"}},
    {"awning", {"cover"}, {"awning"}},
    {"window", {"cover", "binary_sensor"}, {"window"}},
    {"garage", {"cover", "binary_sensor"}, {"garage", "garage_door"}},
    {"gate", {"cover", "binary_sensor"}, {"gate"}},
    {"door", {"lock", "cover", "binary_sensor"}, {"door", "garage", "garage_door"}},
    {"lock", {"lock"}, {}},
    {"valve", {"valve"}, {}},
    {"thermostat", {"climate"}, {}},
    {"heating", {"climate"}, {}},
    {"heater", {"climate"}, {}},
    {"ac", {"climate"}, {}},
    {"tv", {"media_player"}, {"tv"}},
    {"television", {"media_player"}, {"tv"}},
    {"speaker", {"media_player"}, {"speaker"}},
    {"vacuum", {"vacuum"}, {}},
};

constexpr std::string_view kFillers[] = {"the",    "my",  "our",   "a",    "an",   "of",
                                         "please", "all", "every", "each", "both", "any"};
constexpr std::string_view kAllWords[] = {"all", "every", "each", "both", "any"};
constexpr std::string_view kHouseWords[] = {"house", "home", "everywhere", "apartment", "flat"};

template <class Range>
bool is_in(std::string_view word, const Range& list) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

struct KindFound {
  const Kind* kind = nullptr;
  bool plural = false;
};

KindFound kind_of(std::string_view word) {
  for (const Kind& kind : kKinds) {
    if (word == kind.word) return {&kind, false};
    const bool plural = word == std::string(kind.word) + "s" || word == std::string(kind.word) + "es";
    if (plural) return {&kind, true};
  }
  return {};
}

// "garage door", "air conditioning" aside, a kind is its last word alone.
KindFound kind_of(const WordList& words) {
  if (words.size() == 1) return kind_of(words[0]);
  if (words.size() == 2 && words[0] == "garage" && words[1].starts_with("door")) {
    return {kind_of("garage").kind, words[1].ends_with('s')};
  }
  return {};
}

bool is_of(const HomeEntity& entity, const Kind& kind) {
  if (!is_in(entity.domain, kind.domains)) return false;
  return kind.classes[0].empty() || entity.device_class.empty() || is_in(entity.device_class, kind.classes) ||
         entity.domain == "lock";
}

// What the phrase says beside the name.
struct Phrase {
  WordList words;  // without fillers, and without the room when one was found
  bool all = false;
  bool everywhere = false;
  const Area* area = nullptr;
};

WordList words_of(std::string_view text) {
  return Words(text).all();
}

Phrase read_phrase(const House& house, const Asked& asked, std::string_view here) {
  Phrase phrase;
  std::string text = asked.name + " " + asked.kind;
  const WordList area = words_of(asked.area);
  if (!area.empty()) {
    phrase.area = house.area(asked.area);
    if (area == WordList{"here"} || area == WordList{"this", "room"}) phrase.area = house.area(here);
    if (phrase.area == nullptr && is_in(area.back(), kHouseWords)) phrase.everywhere = phrase.all = true;
    if (phrase.area == nullptr && !phrase.everywhere) text += " " + asked.area;
  }
  for (const std::string& word : words_of(text)) {
    if (is_in(word, kAllWords)) phrase.all = true;
    if (word == "here" && phrase.area == nullptr) phrase.area = house.area(here);
    if (!is_in(word, kFillers) && word != "here") phrase.words.push_back(word);
  }
  return phrase;
}

// Takes the longest room's name out of the words.
void take_area(const House& house, Phrase& phrase) {
  WordList longest;
  const auto look = [&](const Area& area, const std::string& name) {
    const WordList words = words_of(name);
    if (words.size() <= longest.size()) return;
    if (std::search(phrase.words.begin(), phrase.words.end(), words.begin(), words.end()) == phrase.words.end()) return;
    longest = words;
    phrase.area = &area;
  };
  for (const Area& area : house.areas) {
    look(area, area.name);
    for (const std::string& alias : area.aliases) look(area, alias);
  }
  if (longest.empty()) return;
  const auto at = std::search(phrase.words.begin(), phrase.words.end(), longest.begin(), longest.end());
  auto from = phrase.words.erase(at, at + static_cast<std::ptrdiff_t>(longest.size()));
  constexpr std::string_view kBefore[] = {"in", "at", "on"};
  if (from != phrase.words.begin() && is_in(*(from - 1), kBefore)) phrase.words.erase(from - 1);
}

Outcome::Question which_one(const House& house, const std::vector<const HomeEntity*>& entities,
                            const std::string& words) {
  Outcome::Question question{fmt::format("Which {}?", words), "name", {}};
  for (const HomeEntity* entity : entities) {
    if (question.choices.size() == kMaxChoices) break;
    const bool twin = std::count_if(entities.begin(), entities.end(),
                                    [&](const HomeEntity* other) { return other->name == entity->name; }) > 1;
    question.choices.push_back(twin ? house.area_name(*entity) + " " + entity->name : entity->name);
  }
  question.text = fmt::format("Which one: {}?", fmt::join(question.choices, ", "));
  return question;
}

Target target_of(const House& house, std::vector<const HomeEntity*> entities, const std::string& words) {
  Target target;
  target.words = entities.size() == 1 ? entities[0]->name : words;
  if (entities.size() > 1) target.question = which_one(house, entities, words);
  if (!target.question) target.entities = std::move(entities);
  return target;
}

class Resolver {
 public:
  Resolver(const House& house, const ResolveOptions& options) : house_(house), options_(options) {
    for (const HomeEntity& entity : house.entities) {
      if (is_in(entity.domain, options.domains)) candidates_.push_back(&entity);
    }
  }

  Result<Target> by_id(const std::string& id) const {
    for (const HomeEntity* entity : candidates_) {
      if (entity->id == id) return Target{{entity}, entity->name, std::nullopt};
    }
    return Error{ErrorKind::kNotFound, fmt::format("There is no device {} for this.", id)};
  }

  // Those with exactly this name or alias.
  std::vector<const HomeEntity*> named(const WordList& words, const Area* area) const {
    std::vector<const HomeEntity*> found;
    for (const HomeEntity* entity : candidates_) {
      if (area != nullptr && entity->area != area->id) continue;
      const bool same = words_of(entity->name) == words ||
                        std::any_of(entity->aliases.begin(), entity->aliases.end(),
                                    [&](const std::string& alias) { return words_of(alias) == words; });
      if (same && !words.empty()) found.push_back(entity);
    }
    return found;
  }

  // Of several, the one that is where the owner is.
  std::vector<const HomeEntity*> nearest(std::vector<const HomeEntity*> found) const {
    const Area* here = house_.area(options_.area);
    if (found.size() < 2 || here == nullptr) return found;
    std::vector<const HomeEntity*> near;
    std::copy_if(found.begin(), found.end(), std::back_inserter(near),
                 [&](const HomeEntity* entity) { return entity->area == here->id; });
    return near.empty() ? found : near;
  }

  Result<Target> by_kind(const Phrase& phrase, KindFound found, const std::string& said) const {
    const Area* area = phrase.area;
    const bool many = found.plural || phrase.all;
    if (area == nullptr && !phrase.all) area = house_.area(options_.area);
    std::vector<const HomeEntity*> things;
    for (const HomeEntity* entity : candidates_) {
      if (is_of(*entity, *found.kind) && (area == nullptr || entity->area == area->id)) things.push_back(entity);
    }
    const std::string where = area == nullptr ? "" : " in " + area->name;
    if (things.empty()) return Error{ErrorKind::kNotFound, fmt::format("I know no {}{}.", said, where)};
    const std::string words = fmt::format("the {}{}", said, where);
    if (things.size() == 1) return target_of(house_, things, words);
    if (area == nullptr && !phrase.all && !(many && options_.whole_house)) return which_room(things, said);
    if (!many) return target_of(house_, things, words);
    std::vector<const HomeEntity*> there;
    std::copy_if(things.begin(), things.end(), std::back_inserter(there),
                 [](const HomeEntity* entity) { return entity->available(); });
    if (there.empty()) return Error{ErrorKind::kNotFound, fmt::format("None of {} answers now.", words)};
    return Target{std::move(there), words, std::nullopt};
  }

  // All words are among those of the name, the room and the kind.
  std::vector<const HomeEntity*> like(const WordList& words, const Area* area) const {
    const Words asked(fmt::format("{}", fmt::join(words, " ")));
    std::vector<const HomeEntity*> best;
    Match level = Match::kBeginnings;
    for (const HomeEntity* entity : candidates_) {
      if (area != nullptr && entity->area != area->id) continue;
      const Match fits = how_well(asked, *entity);
      if (fits < level) continue;
      if (fits > level) best.clear();
      level = fits;
      best.push_back(entity);
    }
    return best;
  }

 private:
  Match how_well(const Words& asked, const HomeEntity& entity) const {
    std::string kinds = " " + house_.area_name(entity);
    for (const Kind& kind : kKinds) {
      if (is_of(entity, kind)) kinds += " " + std::string(kind.word);
    }
    Match best = match(asked, Words(entity.name + kinds));
    for (const std::string& alias : entity.aliases) best = std::max(best, match(asked, Words(alias + kinds)));
    return best;
  }

  Target which_room(const std::vector<const HomeEntity*>& things, const std::string& said) const {
    Target target;
    target.question = Outcome::Question{fmt::format("The {} in which room?", said), "area", {}};
    for (const HomeEntity* entity : things) {
      const std::string name = house_.area_name(*entity);
      if (!name.empty() && !is_in(name, target.question->choices)) target.question->choices.push_back(name);
    }
    if (target.question->choices.size() < 2) target.question = which_one(house_, things, said);
    return target;
  }

  const House& house_;
  const ResolveOptions& options_;
  std::vector<const HomeEntity*> candidates_;
};

}  // namespace

Asked asked_of(const Json& arguments) {
  return {arguments.value("id", ""), arguments.value("name", ""), arguments.value("area", ""),
          arguments.value("kind", "")};
}

Result<Target> resolve(const House& house, const Asked& asked, const ResolveOptions& options) {
  const Resolver resolver(house, options);
  if (!asked.id.empty()) return resolver.by_id(asked.id);
  Phrase phrase = read_phrase(house, asked, options.area);
  const std::string said = fmt::format("{}", fmt::join(phrase.words, " "));
  // What an answer chose stands before the kind that was first asked for.
  for (const WordList& words : {words_of(asked.name), phrase.words}) {
    const auto named = resolver.nearest(resolver.named(words, phrase.area));
    if (!named.empty()) return target_of(house, named, said);
  }
  if (phrase.area == nullptr) take_area(house, phrase);
  if (phrase.words.empty() && phrase.area != nullptr && !options.kind_of_area.empty()) {
    return resolver.by_kind(phrase, kind_of(options.kind_of_area), std::string(options.kind_of_area));
  }
  if (const KindFound kind = kind_of(phrase.words); kind.kind != nullptr) {
    return resolver.by_kind(phrase, kind, fmt::format("{}", fmt::join(phrase.words, " ")));
  }
  if (!phrase.words.empty()) {
    auto found = resolver.named(phrase.words, phrase.area);
    if (found.empty()) found = resolver.like(phrase.words, phrase.area);
    if (phrase.area == nullptr) found = resolver.nearest(std::move(found));
    if (!found.empty()) return target_of(house, found, said);
  }
  return Error{ErrorKind::kNotFound,
               said.empty() ? std::string("Which device?") : fmt::format("I know no device \"{}\" for this.", said)};
}

}  // namespace favilla
