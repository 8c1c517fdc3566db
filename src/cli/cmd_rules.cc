// favilla rules: the owner's rules, lines of rules.txt in the configuration folder.
#include <fmt/format.h>

#include "base/file.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/outcomes.h"
#include "cli/table.h"

namespace favilla::cli {
namespace {

struct RulesOptions {
  std::string verb = "list";
  std::vector<std::string> words;
  bool json = false;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

Result<std::string> text_of(const std::filesystem::path& file) {
  Result<std::string> text = read_file(file);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::string();
  return text;
}

Result<void> save(const std::filesystem::path& file, const std::string& text) {
  TRY(make_private_folder(file.parent_path()));
  return write_file_atomically(file, text, Flush::kYes);
}

Result<void> add(const std::filesystem::path& file, const std::string& rule, std::span<const ActionName> names) {
  TRY(parse_rule(rule, names));
  std::string text = TRY(text_of(file));
  if (!text.empty() && text.back() != '\n') text += '\n';
  return save(file, text + rule + "\n");
}

// By its number in the list.
Result<std::string> remove(const std::filesystem::path& file, const std::string& number,
                           const std::vector<Rule>& rules) {
  for (size_t i = 0; i < rules.size(); ++i) {
    if (std::to_string(i + 1) != number) continue;
    const std::string text = TRY(text_of(file));
    std::string kept;
    size_t begin = 0;
    for (int line = 1; begin < text.size(); ++line) {
      const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
      if (line != rules[i].line) kept += text.substr(begin, end - begin);
      begin = end;
    }
    TRY(save(file, kept));
    return rules[i].text;
  }
  return Error{ErrorKind::kNotFound, fmt::format("there is no rule {} (`favilla rules` numbers them)", number)};
}

void print_rules(const CommandContext& context, const std::vector<Rule>& rules, bool json) {
  if (json) {
    Json all = Json::array();
    for (const Rule& rule : rules) {
      all.push_back(
          {{"number", all.size() + 1}, {"line", rule.line}, {"verdict", name_of(rule.verdict)}, {"rule", rule.text}});
    }
    fmt::print(context.out, "{}\n", to_json_text(all));
    return;
  }
  if (rules.empty())
    fmt::print(context.out, "No rules: what cannot be undone or leaves this computer is asked about.\n");
  std::vector<TableRow> table{{"NO", "VERDICT", "RULE"}};
  for (const Rule& rule : rules) table.push_back({std::to_string(table.size()), name_of(rule.verdict), rule.text});
  if (!rules.empty()) fmt::print(context.out, "{}", format_table(table));
}

Result<void> run(const CommandContext& context, const RulesOptions& options) {
  const std::filesystem::path file = rules_file(context.paths);
  const std::vector<ActionName> names = action_names(builtin_tools());
  if (options.verb == "check" && !options.words.empty()) {
    const Rule rule = TRY(parse_rule(joined(options.words), names));
    print_rules(context, {rule}, options.json);
    return {};
  }
  const std::vector<Rule> rules = TRY(read_rules(file, names));
  if (options.verb == "add") {
    TRY(add(file, joined(options.words), names));
  } else if (options.verb == "remove") {
    const std::string removed = TRY(remove(file, joined(options.words), rules));
    if (!options.json) fmt::print(context.out, "Removed: {}\n", removed);
  }
  print_rules(context, TRY(read_rules(file, names)), options.json);
  return {};
}

}  // namespace

int cmd_rules(CommandContext& context, const std::vector<std::string>& args) {
  RulesOptions options;
  CLI::App app{"Lists your rules of what may be done, adds one, removes one by its number, or checks one.",
               "favilla rules"};
  app.add_option("verb", options.verb, "list, add, remove or check")
      ->check(CLI::IsMember({"list", "add", "remove", "check"}));
  app.add_option("rule", options.words, "the rule, or its number");
  app.add_flag("--json", options.json, "print as JSON");
  app.footer(examples({"favilla rules", "favilla rules add ask before deleting",
                       "favilla rules add never send mail after 22:00", "favilla rules remove 1"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  const Result<void> done = run(context, options);
  return done ? kExitOk : print_error(context, done.error());
}

}  // namespace favilla::cli
