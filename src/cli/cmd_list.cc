// favilla list: the models of this machine, and those that `favilla pull` knows by name.
#include <fmt/format.h>

#include <algorithm>

#include "catalog/catalog.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/table.h"

namespace favilla::cli {
namespace {

// By source and not by name: a model may have been pulled under another name.
std::vector<const KnownModel*> not_here(const std::vector<ModelRow>& rows) {
  std::vector<const KnownModel*> absent;
  for (const KnownModel& model : known_models()) {
    const bool here =
        std::any_of(rows.begin(), rows.end(), [&](const ModelRow& row) { return row.source == model.name; });
    if (!here) absent.push_back(&model);
  }
  return absent;
}

void print_json(const CommandContext& context, const Catalog& catalog, const std::vector<ModelRow>& rows) {
  Json report{{"folder", catalog.folder().string()}, {"models", Json::array()}, {"available", Json::array()}};
  for (const ModelRow& row : rows) report["models"].push_back(row_json(catalog, row));
  for (const KnownModel* model : not_here(rows)) {
    report["available"].push_back({{"name", model->name},
                                   {"role", model->role},
                                   {"bytes", model->package_bytes()},
                                   {"licence", model->licence},
                                   {"summary", model->summary}});
  }
  fmt::print(context.out, "{}\n", to_json_text(report));
}

void print_tables(const CommandContext& context, const Catalog& catalog, const std::vector<ModelRow>& rows) {
  if (rows.empty()) {
    fmt::print(context.out, "No models yet.\n");
  } else {
    std::vector<TableRow> table{{"NAME", "ROLE", "SIZE", "LICENCE", "SOURCE"}};
    for (const ModelRow& row : rows) {
      // Asks the disk, because a file can go without its row.
      const std::string size = catalog.is_complete(row) ? format_bytes(row.bytes()) : "file missing";
      table.push_back({row.name, row.role, size, row.licence, row.source});
    }
    fmt::print(context.out, "{}", format_table(table));
  }
  const std::vector<const KnownModel*> absent = not_here(rows);
  if (absent.empty()) return;
  std::vector<TableRow> table;
  for (const KnownModel* model : absent) {
    table.push_back({fmt::format("  favilla pull {}", model->name), std::string(model->role),
                     format_bytes(model->package_bytes()), std::string(model->licence), std::string(model->summary)});
  }
  fmt::print(context.out, "\nTo fetch:\n{}", format_table(table));
}

}  // namespace

int cmd_list(CommandContext& context, const std::vector<std::string>& args) {
  bool json = false;
  CLI::App app{"Lists the models of this machine and those that can be fetched by name.", "favilla list"};
  app.add_flag("--json", json, "print as JSON");
  app.footer(examples({"favilla list", "favilla list --json"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  const Catalog catalog(context.paths.models());
  const Result<std::vector<ModelRow>> rows = catalog.rows();
  if (!rows) return print_error(context, rows.error());
  if (json) {
    print_json(context, catalog, *rows);
  } else {
    print_tables(context, catalog, *rows);
  }
  return kExitOk;
}

}  // namespace favilla::cli
