// favilla cp: a second name for a model.
#include <fmt/format.h>

#include "catalog/catalog.h"
#include "cli/arguments.h"
#include "cli/commands.h"

namespace favilla::cli {

int cmd_cp(CommandContext& context, const std::vector<std::string>& args) {
  std::string from;
  std::string to;
  CLI::App app{"Gives a model a second name; its files are shared, not copied.", "favilla cp"};
  app.add_option("model", from, "a name of `favilla list`")->required();
  app.add_option("name", to, "the new name")->required();
  app.footer(examples({"favilla cp smollm2-135m small"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  Catalog catalog(context.paths.models());
  if (const Result<void> copied = catalog.copy(from, to); !copied) return print_error(context, copied.error());
  fmt::print(context.out, "{} is now also {}\n", from, to);
  return kExitOk;
}

}  // namespace favilla::cli
