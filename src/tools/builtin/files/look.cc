// Finding files and telling what takes the space.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "tools/builtin/calculator/units.h"
#include "tools/builtin/files/actions.h"
#include "tools/choose.h"
#include "tools/match.h"
#include "tools/wording.h"

namespace favilla {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxFound = 10'000;
constexpr int64_t kDefaultShown = 10;
constexpr size_t kMaxContent_bytes = size_t{4} << 20;  // larger files are not searched for words

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// "1 GB", or a JSON object of number and unit, as bytes.
Result<std::optional<uint64_t>> bytes_argument(const Json& arguments, const char* name) {
  if (!arguments.contains(name)) return std::optional<uint64_t>();
  const Json& value = arguments[name];
  if (value.is_number_unsigned()) return std::optional(value.get<uint64_t>());
  const std::string text = value.is_object()
                               ? value.value("number", std::string()) + " " + value.value("unit", std::string())
                           : value.is_string() ? value.get<std::string>()
                                               : std::string();
  const Converted size = TRY(convert(text, "bytes"));
  const std::optional<int64_t> bytes = size.value.value.floor().to_int64();
  if (!bytes || *bytes < 0) return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" is no size of a file", text)};
  return std::optional(static_cast<uint64_t>(*bytes));
}

struct Wanted {
  Words words{""};
  std::string content;
  std::string kind;
  std::string extension;
  std::optional<Moment> start;
  std::optional<Moment> end;
  std::optional<uint64_t> larger_than;
  std::optional<uint64_t> smaller_than;
};

Result<Wanted> wanted_of(const ToolContext& context, const Json& arguments) {
  Wanted wanted;
  wanted.words = Words(file_argument(arguments, "words"));
  wanted.content = lower(file_argument(arguments, "content"));
  wanted.kind = file_argument(arguments, "kind");
  wanted.extension = lower(file_argument(arguments, "extension"));
  if (wanted.extension.starts_with('.')) wanted.extension.erase(0, 1);
  if (arguments.contains("start"))
    wanted.start = TRY(parse_iso_moment(file_argument(arguments, "start"), context.zone));
  if (arguments.contains("end")) wanted.end = TRY(parse_iso_moment(file_argument(arguments, "end"), context.zone));
  wanted.larger_than = TRY(bytes_argument(arguments, "larger_than"));
  wanted.smaller_than = TRY(bytes_argument(arguments, "smaller_than"));
  return wanted;
}

// What costs most comes last.
bool fits(const FoundFile& file, const Wanted& wanted) {
  const bool about_files = !wanted.kind.empty() || !wanted.extension.empty() || !wanted.content.empty() ||
                           wanted.larger_than || wanted.smaller_than || wanted.start || wanted.end;
  if (file.folder && about_files) return false;
  if (wanted.start && file.modified < *wanted.start) return false;
  if (wanted.end && file.modified >= *wanted.end) return false;
  if (wanted.larger_than && file.size_bytes <= *wanted.larger_than) return false;
  if (wanted.smaller_than && file.size_bytes >= *wanted.smaller_than) return false;
  if (!wanted.extension.empty() && lower(file.path.extension().string()) != "." + wanted.extension) return false;
  if (!wanted.words.all().empty()) {
    const bool whole = match(wanted.words, Words(file.path.filename().string())) != Match::kNone;
    if (!whole && match(wanted.words, Words(file.path.stem().string())) == Match::kNone) return false;
  }
  if (!wanted.kind.empty() && kind_of(file.path) != wanted.kind) return false;
  if (wanted.content.empty()) return true;
  if (file.size_bytes > kMaxContent_bytes) return false;
  const Result<std::string> text = read_file(file.path, kMaxContent_bytes);
  // A zero byte tells that it is no text.
  return text && text->find('\0') == std::string::npos && lower(*text).find(wanted.content) != std::string::npos;
}

std::string say_nothing_found(const Json& arguments) {
  for (const char* name : {"words", "content"}) {
    if (const std::string asked = file_argument(arguments, name); !asked.empty())
      return fmt::format("I found no files for \"{}\".", asked);
  }
  return "I found no such files.";
}

}  // namespace

std::string file_argument(const Json& arguments, const char* name) {
  if (!arguments.contains(name) || !arguments[name].is_string()) return "";
  const std::string text = arguments[name].get<std::string>();
  const size_t begin = text.find_first_not_of(" \t\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

Result<PickedFile> pick_file(const ToolContext& context, const std::string& words, const std::string& argument) {
  if (words.empty()) return PickedFile{{}, ask_which("file", argument, {})};
  const fs::path place = TRY(place_in_home(context.folders.home, words));
  std::error_code error;
  if (fs::exists(fs::symlink_status(place, error))) return PickedFile{place, std::nullopt};
  std::vector<fs::path> paths;
  std::vector<std::string> names;
  TRY(walk(context.folders.home, context.cancel, [&](const FoundFile& file) {
    for (const std::string& name : {file.path.filename().string(), file.path.stem().string()}) {
      if (paths.size() >= kMaxFound || match(Words(words), Words(name)) == Match::kNone) continue;
      paths.push_back(file.path);
      names.push_back(name);
      break;
    }
  }));
  const std::vector<size_t> best = best_matches(words, names);
  if (best.empty()) return Error{ErrorKind::kNotFound, fmt::format("There is no file called \"{}\".", words)};
  if (best.size() == 1) return PickedFile{paths[best.front()], std::nullopt};
  std::vector<std::string> choices;
  for (const size_t index : best) choices.push_back(short_path(context.folders.home, paths[index]));
  return PickedFile{{}, ask_which("file", argument, std::move(choices))};
}

Result<Outcome> plan_files_find(const ToolContext& context, const Json& arguments) {
  const Wanted wanted = TRY(wanted_of(context, arguments));
  const fs::path& home = context.folders.home;
  const fs::path root = TRY(place_in_home(home, file_argument(arguments, "in")));
  const bool by_size = file_argument(arguments, "sort") == "largest";
  std::vector<FoundFile> found;
  bool more = false;
  TRY(walk(root, context.cancel, [&](const FoundFile& file) {
    if (!fits(file, wanted)) return;
    more = more || found.size() == kMaxFound;
    if (!more) found.push_back(file);
  }));
  std::sort(found.begin(), found.end(), [&](const FoundFile& a, const FoundFile& b) {
    if (by_size && a.size_bytes != b.size_bytes) return a.size_bytes > b.size_bytes;
    return a.modified != b.modified ? a.modified > b.modified : a.path < b.path;
  });
  const auto shown = static_cast<size_t>(arguments.value("limit", kDefaultShown));
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  Outcome outcome;
  outcome.result = {{"count", found.size()}, {"files", Json::array()}};
  outcome.reply = found.empty() ? say_nothing_found(arguments)
                                : fmt::format("{}{}{}:", more ? "More than " : "", say_count(found.size(), "file"),
                                              found.size() > shown ? fmt::format(", the first {}", shown) : "");
  for (size_t i = 0; i < found.size() && i < shown; ++i) {
    const FoundFile& file = found[i];
    const LocalSeconds modified = context.zone.to_local(file.modified);
    outcome.result["files"].push_back({{"path", file.path.string()},
                                       {"folder", file.folder},
                                       {"bytes", file.size_bytes},
                                       {"modified", format_iso(modified)}});
    outcome.reply +=
        fmt::format("\n- {} ({})", short_path(home, file.path),
                    file.folder ? "folder" : say_bytes(file.size_bytes) + ", " + say_day(modified, now, Say::kWritten));
    outcome.references.push_back(file_reference(context, file.path));
  }
  return outcome;
}

Result<Outcome> plan_files_usage(const ToolContext& context, const Json& arguments) {
  const fs::path& home = context.folders.home;
  const fs::path root = TRY(place_in_home(home, file_argument(arguments, "in")));
  const auto shown = static_cast<size_t>(arguments.value("limit", int64_t{5}));
  std::map<std::string, uint64_t> folders;
  std::vector<FoundFile> largest;
  uint64_t total = 0;
  TRY(walk(root, context.cancel, [&](const FoundFile& file) {
    if (file.folder) return;
    total += file.size_bytes;
    const fs::path relative = file.path.lexically_relative(root);
    if (relative.has_parent_path()) folders[relative.begin()->string()] += file.size_bytes;
    const auto by_size = [](const FoundFile& a, const FoundFile& b) { return a.size_bytes > b.size_bytes; };
    largest.insert(std::upper_bound(largest.begin(), largest.end(), file, by_size), file);
    if (largest.size() > shown) largest.pop_back();
  }));
  std::vector<std::pair<std::string, uint64_t>> sorted(folders.begin(), folders.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (sorted.size() > shown) sorted.resize(shown);
  Outcome outcome;
  outcome.result = {{"bytes", total}, {"folders", Json::array()}, {"files", Json::array()}};
  outcome.reply = fmt::format("{} in {}.", say_bytes(total), short_path(home, root));
  if (!sorted.empty()) outcome.reply += "\nLargest folders:";
  for (const auto& [name, bytes] : sorted) {
    outcome.result["folders"].push_back({{"name", name}, {"bytes", bytes}});
    outcome.reply += fmt::format("\n- {} ({})", name, say_bytes(bytes));
  }
  if (!largest.empty()) outcome.reply += "\nLargest files:";
  for (const FoundFile& file : largest) {
    outcome.result["files"].push_back({{"path", file.path.string()}, {"bytes", file.size_bytes}});
    outcome.reply += fmt::format("\n- {} ({})", short_path(home, file.path), say_bytes(file.size_bytes));
    outcome.references.push_back(file_reference(context, file.path));
  }
  return outcome;
}

}  // namespace favilla
