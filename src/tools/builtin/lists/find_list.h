// Which list the owner means, and which item.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "tools/builtin/lists/list_file.h"
#include "tools/tool.h"

namespace favilla {

struct NamedList {
  std::string name;  // the file's name without .md
  std::filesystem::path path;
  std::optional<std::string> content;  // nullopt: it is to be created
};

// The names of all lists, sorted. A folder that is not there has none.
Result<std::vector<std::string>> list_names(const ToolContext& context);

// A list to read, or a question which one. `asked` may be "shopping", "the shopping list" or empty, which is the only
// list, the one of the setting lists.default, or "shopping" when it is there. kNotFound names the lists there are.
using ListOrQuestion = std::variant<NamedList, Outcome::Question>;
Result<ListOrQuestion> find_list(const ToolContext& context, const std::string& asked);

// The same for adding to it: a list that is not there is to be created.
Result<ListOrQuestion> find_or_create_list(const ToolContext& context, const std::string& asked);

// "the shopping list" is "shopping". kInvalidArgument for what cannot be a file's name.
Result<std::string> list_name(const std::string& asked);
std::filesystem::path list_path(const ToolContext& context, const std::string& name);

// The index of the item; a question when several fit. kNotFound.
using ItemOrQuestion = std::variant<size_t, Outcome::Question>;
Result<ItemOrQuestion> find_item(const ListFile& list, const std::string& asked, const std::string& name);

// "milk, eggs and bread" is three items; "mac and cheese" is one.
std::vector<std::string> split_items(std::string_view text);

}  // namespace favilla
