#include "tools/effect_facts.h"

#include <algorithm>
#include <cctype>

#include "base/file.h"
#include "base/foreign_text.h"
#include "memory/memory.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDestinationKeys[] = {"to", "cc", "bcc", "url", "urls", "host"};
// Where a file of the owner's configuration names it: a plan function writes this key into a request, never a caller.
constexpr const char* kConfiguredKey = "configured_destination";
constexpr std::string_view kPhrases = "phrase";
constexpr size_t kMaxCards = 20'000;
constexpr size_t kMaxCard_bytes = size_t{1} << 20;

fs::path resolved(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : real;
}

// Whether `path` is `folder` or in it.
bool is_within(const fs::path& path, const fs::path& folder) {
  if (folder.empty()) return false;
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end() || (std::next(end) == folder.end() && end->empty());
}

// Also what lies beside it under its name and a suffix, as a database's log does.
bool is_protected(const fs::path& path, const fs::path& place, bool moves) {
  if (is_within(path, place) || (moves && is_within(place, path))) return true;
  return path.parent_path() == place.parent_path() && path.filename().string().starts_with(place.filename().string());
}

// `moves`: what is in it goes with it.
Territory place_of(const fs::path& path, bool moves, const EffectWorld& world) {
  const fs::path real = resolved(path);
  for (const fs::path& place : world.protected_places) {
    if (is_protected(real, resolved(place), moves)) return Territory::kProtected;
  }
  const DataFolders& folders = world.context.folders;
  for (const fs::path* folder : {&folders.home, &folders.calendars, &folders.contacts, &folders.notes, &folders.lists,
                                 &folders.mail, &folders.trash}) {
    if (!folder->empty() && is_within(real, resolved(*folder))) return Territory::kOwn;
  }
  return Territory::kOutside;
}

bool same(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

bool is_part_of_name(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || byte >= 0x80 || c == '@' || c == '-' || c == '_' || c == '+' || c == '%';
}

// As a whole: "ana@a.example" is not in "diana@a.example.net".
bool mentions(std::string_view text, std::string_view name) {
  if (name.empty()) return false;
  for (auto from = text.begin(); from != text.end();) {
    const auto found = std::search(from, text.end(), name.begin(), name.end(), same);
    if (found == text.end()) return false;
    const auto end = found + static_cast<std::ptrdiff_t>(name.size());
    const bool begins = found == text.begin() || (!is_part_of_name(*(found - 1)) && *(found - 1) != '.');
    const bool dot_ends = end != text.end() && *end == '.' && (end + 1 == text.end() || !is_part_of_name(*(end + 1)));
    const bool ends = end == text.end() || dot_ends || (!is_part_of_name(*end) && *end != '.');
    if (begins && ends) return true;
    from = found + 1;
  }
  return false;
}

bool is_contact(const fs::path& folder, std::string_view name) {
  std::error_code error;
  size_t cards = 0;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".vcf" || ++cards > kMaxCards) continue;
    const Result<std::string> card = read_file(it->path(), kMaxCard_bytes);
    if (card && mentions(*card, name)) return true;
  }
  return false;
}

// A name with signs that nobody sees is nobody's: what is shown for it is another one.
bool is_known(const std::string& name, const EffectWorld& world) {
  if (shown_line(name, name.size() + 1) != name) return false;
  if (!world.words || mentions(*world.words, name)) return true;
  return mentions(to_json_text(world.context.settings), name) || is_contact(world.context.folders.contacts, name);
}

void add_destinations(PolicyCall& call, const Json& request, const EffectWorld& world) {
  if (call.declared.sends != Sends::kOthers || !request.is_object()) return;
  if (request.contains(kConfiguredKey)) {
    call.destinations.push_back({request[kConfiguredKey].get<std::string>(), true});
    // It passes on what it gets: whom the arguments name is where they go.
    add_destinations(call, request.value("arguments", Json()), world);
  }
  for (const char* key : kDestinationKeys) {
    if (!request.contains(key)) continue;
    const Json& value = request[key];
    for (const Json& each : value.is_array() ? value : Json::array({value})) {
      const std::string name = each.is_string() ? each.get<std::string>() : to_json_text(each);
      call.destinations.push_back({name, is_known(name, world)});
    }
  }
}

// Whether later decisions trust what the step writes: recipients come from contacts, phrases stand for sentences,
// and facts are told as the owner's.
bool is_trusted_later(const Step& step, const EffectWorld& world) {
  if (const auto* record = std::get_if<SetRecord>(&step))
    return record->collection == kPhrases || record->collection == kMemoryCollection;
  if (!is_file_step(step)) return false;
  const std::vector<std::string> paths = touched_by(step);
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return is_within(resolved(path), resolved(world.context.folders.contacts));
  });
}

}  // namespace

void add_effect(PolicyCall& call, std::span<const Step> steps, const EffectWorld& world) {
  for (const Step& step : steps) {
    if (world.words && call.needs_approval.empty() && is_trusted_later(step, world)) {
      call.needs_approval = "later requests would trust it";
    }
    if (const auto* outward = std::get_if<OutwardCall>(&step)) {
      add_destinations(call, outward->request, world);
    } else if (is_file_step(step)) {
      const bool moves = std::holds_alternative<MoveFile>(step) || std::holds_alternative<TrashStep>(step);
      for (const std::string& path : touched_by(step)) call.place = std::max(call.place, place_of(path, moves, world));
    }
  }
}

}  // namespace favilla
