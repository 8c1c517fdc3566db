// The actions of `lists`.
#include "tools/builtin/lists/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tools/builtin/lists/find_list.h"
#include "tools/file_ops.h"
#include "tools/match.h"
#include "tools/wording.h"

namespace favilla {

extern const char kListsSentences[];

namespace {

std::string text_of(const Json& arguments, const char* key) {
  return arguments.value(key, std::string());
}

Outcome ask(Outcome::Question question) {
  Outcome outcome;
  outcome.reply = question.text;
  outcome.question = std::move(question);
  return outcome;
}

constexpr char kInId = '/';  // no name of a list has it

Reference reference_to(const std::string& list, const std::string& item) {
  return {"list_item", list + kInId + item, item};
}

void change_list(Outcome& outcome, const NamedList& list, const ListFile& edited) {
  outcome.result["list"] = list.name;
  if (list.content != edited.text()) outcome.changes.push_back(SetFile{list.path, list.content, edited.text()});
}

// A new list has a heading: "shopping" is "# Shopping".
std::string new_list_text(const std::string& name) {
  std::string title = name;
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return fmt::format("# {}\n\n", title);
}

// Items must stay one line, or they would become something else in the file.
Result<std::vector<std::string>> items_of(const Json& arguments) {
  std::vector<std::string> items = split_items(text_of(arguments, "item"));
  for (const Json& item : arguments.value("items", Json::array())) items.push_back(item.get<std::string>());
  if (items.empty()) return Error{ErrorKind::kInvalidArgument, "item is missing"};
  for (const std::string& item : items) {
    if (item.find_first_of("\r\n") != std::string::npos) {
      return Error{ErrorKind::kInvalidArgument, "item must be one line"};
    }
  }
  return items;
}

Result<Outcome> plan_add(const ToolContext& context, const Json& arguments) {
  const std::vector<std::string> items = TRY(items_of(arguments));
  ListOrQuestion which = TRY(find_or_create_list(context, text_of(arguments, "list")));
  if (auto* question = std::get_if<Outcome::Question>(&which)) return ask(std::move(*question));
  const NamedList& list = std::get<NamedList>(which);
  ListFile file(list.content.value_or(new_list_text(list.name)));
  Outcome outcome;
  std::vector<std::string> added;
  std::vector<std::string> there;
  for (const std::string& item : items) {
    const auto same = std::find_if(file.items().begin(), file.items().end(), [&](const ListItem& other) {
      return match(Words(item), Words(other.text)) == Match::kSame;
    });
    if (same == file.items().end()) {
      file.add(item);
      added.push_back(item);
    } else if (same->done) {
      file.set_done(static_cast<size_t>(same - file.items().begin()), false);
      added.push_back(item);
    } else {
      there.push_back(item);
    }
    outcome.references.push_back(reference_to(list.name, item));
  }
  outcome.result["added"] = added;
  change_list(outcome, list, file);
  if (!added.empty()) outcome.reply = fmt::format("Added to {}: {}.", list.name, say_list(added));
  if (!there.empty()) {
    if (!outcome.reply.empty()) outcome.reply += " ";
    outcome.reply += fmt::format("Already on {}: {}.", list.name, say_list(there));
  }
  return outcome;
}

using Edit = std::function<void(ListFile&, size_t)>;

Result<Outcome> edit_item(const ToolContext& context, Json arguments, const char* done, const Edit& edit) {
  if (const std::string id = text_of(arguments, "id"); !id.empty()) {
    const size_t end = std::min(id.find(kInId), id.size());
    arguments["list"] = id.substr(0, end);
    arguments["items"] = {id.substr(std::min(end + 1, id.size()))};
  }
  ListOrQuestion which = TRY(find_list(context, text_of(arguments, "list")));
  if (auto* question = std::get_if<Outcome::Question>(&which)) return ask(std::move(*question));
  const NamedList& list = std::get<NamedList>(which);
  ListFile file(list.content.value_or(""));
  Outcome outcome;
  std::vector<std::string> names;
  for (const std::string& asked : TRY(items_of(arguments))) {
    ItemOrQuestion item = TRY(find_item(file, asked, list.name));
    if (auto* question = std::get_if<Outcome::Question>(&item)) return ask(std::move(*question));
    const ListItem found = file.items()[std::get<size_t>(item)];
    names.push_back(found.text);
    outcome.references.push_back(reference_to(list.name, found.text));
    edit(file, std::get<size_t>(item));
  }
  outcome.result["items"] = names;
  change_list(outcome, list, file);
  outcome.reply = fmt::format("{} {}: {}.", done, list.name, say_list(names));
  if (outcome.changes.empty()) outcome.reply = fmt::format("Nothing to change on {}: {}.", list.name, say_list(names));
  return outcome;
}

Result<Outcome> plan_remove(const ToolContext& context, const Json& arguments) {
  return edit_item(context, arguments, "Removed from", [](ListFile& file, size_t index) { file.remove(index); });
}
Result<Outcome> plan_check(const ToolContext& context, const Json& arguments) {
  return edit_item(context, arguments, "Checked off on",
                   [](ListFile& file, size_t index) { file.set_done(index, true); });
}
Result<Outcome> plan_uncheck(const ToolContext& context, const Json& arguments) {
  return edit_item(context, arguments, "Open again on",
                   [](ListFile& file, size_t index) { file.set_done(index, false); });
}

Result<Outcome> plan_show(const ToolContext& context, const Json& arguments) {
  ListOrQuestion which = TRY(find_list(context, text_of(arguments, "list")));
  if (auto* question = std::get_if<Outcome::Question>(&which)) return ask(std::move(*question));
  const NamedList& list = std::get<NamedList>(which);
  const std::string wanted = arguments.value("which", "open");
  const ListFile file(list.content.value_or(""));
  Outcome outcome;
  outcome.result = Json{{"list", list.name}, {"items", Json::array()}};
  std::vector<std::string> names;
  std::string lines;
  for (const ListItem& item : file.items()) {
    if (wanted != "all" && item.done != (wanted == "done")) continue;
    outcome.result["items"].push_back({{"text", item.text}, {"done", item.done}});
    outcome.references.push_back(reference_to(list.name, item.text));
    names.push_back(item.text);
    lines += fmt::format("\n- {}{}", item.text, item.done && wanted == "all" ? " (done)" : "");
  }
  const std::string kind = wanted == "open" ? "" : (wanted == "done" ? "done " : "");
  if (names.empty()) {
    outcome.reply = fmt::format("Nothing {}on the {} list.", kind, list.name);
    return outcome;
  }
  outcome.reply = fmt::format("On the {} list ({}):{}", list.name, say_count(names.size(), kind + "item"), lines);
  outcome.spoken = fmt::format("On the {} list: {}.", list.name, say_list(names));
  return outcome;
}

Result<Outcome> plan_names(const ToolContext& context, const Json&) {
  const std::vector<std::string> names = TRY(list_names(context));
  Outcome outcome;
  outcome.result["lists"] = names;
  outcome.reply = names.empty() ? "There are no lists yet." : fmt::format("Your lists: {}.", say_list(names));
  return outcome;
}

Result<Outcome> plan_find(const ToolContext& context, const Json& arguments) {
  const std::string asked = text_of(arguments, "item");
  Outcome outcome;
  outcome.result["found"] = Json::array();
  std::vector<std::string> places;
  for (const std::string& name : TRY(list_names(context))) {
    const ListFile file(TRY(read_if_there(list_path(context, name))).value_or(""));
    for (const ListItem& item : file.items()) {
      if (match(Words(asked), Words(item.text)) < Match::kWords) continue;
      outcome.result["found"].push_back({{"list", name}, {"text", item.text}, {"done", item.done}});
      places.push_back(fmt::format("{} on {}{}", item.text, name, item.done ? " (done)" : ""));
    }
  }
  outcome.reply = places.empty() ? fmt::format("\"{}\" is on no list.", asked) : say_list(places) + ".";
  return outcome;
}

Result<Outcome> plan_create(const ToolContext& context, const Json& arguments) {
  const std::string name = TRY(list_name(text_of(arguments, "list")));
  if (is_there(list_path(context, name))) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("there is already a list \"{}\"", name)};
  }
  Outcome outcome;
  change_list(outcome, {name, list_path(context, name), std::nullopt}, ListFile(new_list_text(name)));
  outcome.reply = fmt::format("Made the list {}.", name);
  return outcome;
}

Result<Outcome> plan_rename(const ToolContext& context, const Json& arguments) {
  ListOrQuestion which = TRY(find_list(context, text_of(arguments, "list")));
  if (auto* question = std::get_if<Outcome::Question>(&which)) return ask(std::move(*question));
  const NamedList& list = std::get<NamedList>(which);
  const std::string name = TRY(list_name(text_of(arguments, "to")));
  if (is_there(list_path(context, name))) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("there is already a list \"{}\"", name)};
  }
  Outcome outcome;
  outcome.result["list"] = name;
  outcome.changes.push_back(MoveFile{list.path, list_path(context, name)});
  outcome.reply = fmt::format("The list {} is now called {}.", list.name, name);
  return outcome;
}

Result<Outcome> plan_delete(const ToolContext& context, const Json& arguments) {
  ListOrQuestion which = TRY(find_list(context, text_of(arguments, "list")));
  if (auto* question = std::get_if<Outcome::Question>(&which)) return ask(std::move(*question));
  const NamedList& list = std::get<NamedList>(which);
  Outcome outcome;
  outcome.result["list"] = list.name;
  outcome.changes.push_back(TrashFile{list.path});
  outcome.reply = fmt::format("Moved the list {} to the trash.", list.name);
  return outcome;
}

Result<Outcome> plan_clear(const ToolContext& context, const Json& arguments) {
  ListOrQuestion which = TRY(find_list(context, text_of(arguments, "list")));
  if (auto* question = std::get_if<Outcome::Question>(&which)) return ask(std::move(*question));
  const NamedList& list = std::get<NamedList>(which);
  const bool all = arguments.value("which", "all") == "all";
  ListFile file(list.content.value_or(""));
  size_t count = 0;
  for (size_t i = file.items().size(); i-- > 0;) {
    if (!all && !file.items()[i].done) continue;
    file.remove(i);
    ++count;
  }
  Outcome outcome;
  outcome.result["removed"] = count;
  change_list(outcome, list, file);
  outcome.reply = fmt::format("Removed {} from {}.", say_count(count, all ? "item" : "done item"), list.name);
  return outcome;
}

constexpr const char* kItems = R"({
  "type": "object",
  "properties": {
    "item": {"type": "string", "maxLength": 1000, "description": "one item, or several as in 'milk, eggs and bread'"},
    "items": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 1000}, "maxItems": 100},
    "list": {"type": "string", "maxLength": 100, "description": "name of the list; absent: the usual one"}
  },
  "required": [],
  "additionalProperties": false
})";

// As above, or one item by what a result has named.
constexpr const char* kWhichItems = R"({
  "type": "object",
  "properties": {
    "item": {"type": "string", "maxLength": 1000, "description": "one item, or several as in 'milk, eggs and bread'"},
    "items": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 1000}, "maxItems": 100},
    "list": {"type": "string", "maxLength": 100, "description": "name of the list; absent: the usual one"},
    "id": {"type": "string", "maxLength": 1101, "description": "list and item, as in 'shopping/milk'"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kShow = R"({
  "type": "object",
  "properties": {
    "list": {"type": "string", "maxLength": 100},
    "which": {"type": "string", "enum": ["open", "done", "all"], "default": "open"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kClear = R"({
  "type": "object",
  "properties": {
    "list": {"type": "string", "maxLength": 100},
    "which": {"type": "string", "enum": ["done", "all"], "default": "all", "description": "which items to remove"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kNothing =
    R"({"type": "object", "properties": {}, "required": [], "additionalProperties": false})";

constexpr const char* kFind = R"({
  "type": "object",
  "properties": {"item": {"type": "string", "minLength": 1, "maxLength": 1000}},
  "required": ["item"],
  "additionalProperties": false
})";

constexpr const char* kName = R"({
  "type": "object",
  "properties": {"list": {"type": "string", "minLength": 1, "maxLength": 100}},
  "required": ["list"],
  "additionalProperties": false
})";

constexpr const char* kRename = R"({
  "type": "object",
  "properties": {
    "list": {"type": "string", "minLength": 1, "maxLength": 100},
    "to": {"type": "string", "minLength": 1, "maxLength": 100, "description": "the new name"}
  },
  "required": ["list", "to"],
  "additionalProperties": false
})";

constexpr Action change(const char* name, const char* summary, const char* parameters,
                        Result<Outcome> (*plan)(const ToolContext&, const Json&)) {
  return {name, summary, Effect::kIdempotent, keeps(kOwnRecords), parameters, plan, nullptr};
}
constexpr Action look(const char* name, const char* summary, const char* parameters,
                      Result<Outcome> (*plan)(const ToolContext&, const Json&)) {
  return {name, summary, Effect::kPure, reads(kOwnRecords), parameters, plan, nullptr};
}

constexpr Action kActions[] = {
    change("add", "Put items on a list; a list that is not there is made", kItems, plan_add),
    change("remove", "Take items off a list", kWhichItems, plan_remove),
    change("check", "Check items off", kWhichItems, plan_check),
    change("uncheck", "Open checked items again", kWhichItems, plan_uncheck),
    look("show", "Read a list", kShow, plan_show),
    look("names", "Name all lists", kNothing, plan_names),
    look("find", "Find out on which list something is", kFind, plan_find),
    change("create", "Make an empty list", kName, plan_create),
    change("rename", "Give a list another name", kRename, plan_rename),
    change("delete", "Move a whole list to the trash", kName, plan_delete),
    change("clear", "Remove all items, or those that are done", kClear, plan_clear),
};

}  // namespace

const Tool kListsTool = {"lists", "Shopping lists and others, as Markdown files", kActions, kListsSentences};

}  // namespace favilla
