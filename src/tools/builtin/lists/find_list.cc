// Names of lists and items, compared the way people say them.
#include "tools/builtin/lists/find_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/file_ops.h"
#include "tools/match.h"
#include "tools/wording.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDefaultList = "shopping";
constexpr size_t kMaxNameBytes = 100;

// Things with an "and" in them that people put on lists.
constexpr std::string_view kPairs[] = {
    "mac and cheese",   "salt and pepper",          "fish and chips",  "bread and butter",
    "peas and carrots", "oil and vinegar",          "gin and tonic",   "ham and cheese",
    "salt and vinegar", "cream and sugar",          "rum and coke",    "bed and breakfast",
    "half and half",    "research and development", "black and white", "peanut butter and jelly"};

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

constexpr std::string_view kAnd = " and ";

// Of the first item of "a and b".
size_t first_length(std::string_view text) {
  for (const std::string_view pair : kPairs) {
    const bool begins = text.starts_with(pair);
    if (begins && (text.size() == pair.size() || text.substr(pair.size()).starts_with(kAnd))) return pair.size();
  }
  return std::min(text.find(kAnd), text.size());
}

bool ends_with_word(std::string_view text, std::string_view word) {
  return text.size() > word.size() && text.ends_with(word) && text[text.size() - word.size() - 1] == ' ';
}

Result<NamedList> read_list(const ToolContext& context, const std::string& name) {
  const fs::path path = list_path(context, name);
  return NamedList{name, path, TRY(read_if_there(path))};
}

std::string default_list(const ToolContext& context) {
  const auto table = context.settings.find("lists");
  if (table != context.settings.end() && table->is_object()) {
    const std::string name = table->value("default", Json("")).is_string() ? table->value("default", "") : "";
    if (!name.empty()) return name;
  }
  return std::string(kDefaultList);
}

// Names that fit best; empty when none does.
std::vector<std::string> best_names(const std::vector<std::string>& names, const std::string& asked) {
  std::vector<std::string> found;
  Match best = Match::kBeginnings;
  for (const std::string& name : names) {
    const Match fit = match(Words(asked), Words(name));
    if (fit == Match::kNone || fit < best) continue;
    if (fit > best) found.clear();
    best = fit;
    found.push_back(name);
  }
  return found;
}

Outcome::Question which_list(const std::vector<std::string>& names) {
  return {"Which list?", "list", names};
}

}  // namespace

Result<std::vector<std::string>> list_names(const ToolContext& context) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator it(context.folders.lists, code); !code && it != fs::directory_iterator();
       it.increment(code)) {
    const fs::path& path = it->path();
    if (path.extension() == ".md" && !path.filename().string().starts_with('.')) names.push_back(path.stem().string());
  }
  if (code && code != std::errc::no_such_file_or_directory) {
    return errno_error("cannot list", context.folders.lists, code.value());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> list_name(const std::string& asked) {
  std::string_view name = trimmed(asked);
  for (const std::string_view article : {"the ", "my ", "our ", "a ", "new "}) {
    if (name.starts_with(article)) name.remove_prefix(article.size());
  }
  if (ends_with_word(name, "list") || ends_with_word(name, "List")) name.remove_suffix(4);
  name = trimmed(name);
  const bool control = std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 32; });
  if (name.empty() || name.size() > kMaxNameBytes || name.front() == '.' || control ||
      name.find('/') != std::string_view::npos) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" cannot be the name of a list", asked)};
  }
  return std::string(name);
}

fs::path list_path(const ToolContext& context, const std::string& name) {
  return context.folders.lists / (name + ".md");
}

Result<ListOrQuestion> find_list(const ToolContext& context, const std::string& asked) {
  const std::vector<std::string> names = TRY(list_names(context));
  if (names.empty()) return Error{ErrorKind::kNotFound, "there are no lists yet"};
  if (asked.empty() && names.size() == 1) return ListOrQuestion(TRY(read_list(context, names.front())));
  const std::string name = TRY(list_name(asked.empty() ? default_list(context) : asked));
  const std::vector<std::string> found = best_names(names, name);
  if (found.size() == 1) return ListOrQuestion(TRY(read_list(context, found.front())));
  if (found.size() > 1) return ListOrQuestion(which_list(found));
  if (asked.empty()) return ListOrQuestion(which_list(names));
  return Error{ErrorKind::kNotFound, fmt::format("there is no list \"{}\"; there is {}", name, say_list(names))};
}

Result<ListOrQuestion> find_or_create_list(const ToolContext& context, const std::string& asked) {
  const std::string name = TRY(list_name(asked.empty() ? default_list(context) : asked));
  const std::vector<std::string> found = best_names(TRY(list_names(context)), name);
  if (found.size() > 1) return ListOrQuestion(which_list(found));
  return ListOrQuestion(TRY(read_list(context, found.empty() ? name : found.front())));
}

Result<ItemOrQuestion> find_item(const ListFile& list, const std::string& asked, const std::string& name) {
  std::vector<size_t> found;
  Match best = Match::kBeginnings;
  const Words words(asked);
  for (size_t i = 0; i < list.items().size(); ++i) {
    const Match fit = match(words, Words(list.items()[i].text));
    if (fit == Match::kNone || fit < best) continue;
    if (fit > best) found.clear();
    best = fit;
    found.push_back(i);
  }
  if (found.empty()) return Error{ErrorKind::kNotFound, fmt::format("\"{}\" is not on the {} list", asked, name)};
  if (found.size() == 1 || best == Match::kSame) return ItemOrQuestion(found.front());
  Outcome::Question question{fmt::format("Which one on the {} list?", name), "item", {}};
  for (const size_t index : found) question.choices.push_back(list.items()[index].text);
  return ItemOrQuestion(std::move(question));
}

std::vector<std::string> split_items(std::string_view text) {
  std::vector<std::string> items;
  const auto add = [&](std::string_view part) {
    part = trimmed(part);
    if (part.starts_with("and ")) part = trimmed(part.substr(4));
    if (!part.empty()) items.emplace_back(part);
  };
  const auto add_split_at_and = [&](std::string_view part) {
    while (!(part = trimmed(part)).empty()) {
      const size_t length = first_length(part);
      add(part.substr(0, length));
      part.remove_prefix(std::min(part.size(), length + kAnd.size()));
    }
  };
  for (size_t comma = text.find(','); comma != std::string_view::npos; comma = text.find(',')) {
    add(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  add_split_at_and(text);
  return items;
}

}  // namespace favilla
