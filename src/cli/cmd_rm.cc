// favilla rm: forgets models and deletes their files.
#include <fmt/format.h>

#include "catalog/catalog.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/models.h"

namespace favilla::cli {
namespace {

// nullopt: go on. A name that is no row is left to Catalog::remove, which knows what to say.
std::optional<Error> confirm(const CommandContext& context, const Catalog& catalog, const std::string& name) {
  const Result<std::optional<ModelRow>> row = catalog.find(name);
  if (!row) return row.error();
  if (!row->has_value()) return std::nullopt;
  if (ask_yes_no(context, fmt::format("Remove {} ({})?", name, format_bytes((*row)->bytes())))) return std::nullopt;
  return Error{ErrorKind::kCancelled, fmt::format("{} was kept", name)};
}

}  // namespace

int cmd_rm(CommandContext& context, const std::vector<std::string>& args) {
  std::vector<std::string> names;
  bool yes = false;
  CLI::App app{"Removes models: the names, and the files that no other name uses.", "favilla rm"};
  app.add_option("model", names, "names of `favilla list`")->required();
  app.add_flag("-y,--yes", yes, "do not ask");
  app.footer(examples({"favilla rm gemma3-270m", "favilla rm --yes first second"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  Catalog catalog(context.paths.models());
  for (const std::string& name : names) {
    if (!yes && can_ask(context)) {
      if (const std::optional<Error> kept = confirm(context, catalog, name)) return print_error(context, *kept);
    }
    const Result<std::vector<std::filesystem::path>> deleted = catalog.remove(name);
    if (!deleted) return print_error(context, deleted.error());
    fmt::print(context.out, "removed {}\n", name);
    for (const std::filesystem::path& path : *deleted) fmt::print(context.out, "  deleted {}\n", path.string());
  }
  return kExitOk;
}

}  // namespace favilla::cli
