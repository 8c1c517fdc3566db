// favilla skills: the Agent Skills that are there. Texts only; nothing of them runs.
#include <fmt/format.h>

#include <algorithm>

#include "app/workshop.h"
#include "base/foreign_text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "tools/skills/skills.h"

namespace favilla::cli {
namespace {

constexpr size_t kMaxLine_bytes = 100;

Json skill_json(const Skill& skill) {
  return {{"name", skill.name},
          {"description", skill.description},
          {"license", skill.license},
          {"compatibility", skill.compatibility},
          {"allowed_tools", skill.allowed_tools},
          {"folder", skill.folder.string()}};
}

void list(const CommandContext& context, const FoundSkills& found, const std::vector<std::filesystem::path>& folders) {
  std::vector<TableRow> table{{"SKILL", "WHAT"}};
  for (const Skill& skill : found.skills) table.push_back({skill.name, shown_line(skill.description, kMaxLine_bytes)});
  if (found.skills.empty()) {
    fmt::print(context.out, "No skills: put folders with a SKILL.md into {}\n", folders.front().string());
  } else {
    fmt::print(context.out, "{}", format_table(table));
  }
  for (const std::string& problem : found.problems) {
    fmt::print(context.err, "favilla: not a skill: {}\n", without_controls(shown_line(problem, 1000)));
  }
}

void show(const CommandContext& context, const Skill& skill) {
  fmt::print(context.out, "{}: {}\n", skill.name, without_controls(skill.description));
  const std::pair<const char*, const std::string*> rows[] = {{"license", &skill.license},
                                                             {"compatibility", &skill.compatibility},
                                                             {"tools its author would allow", &skill.allowed_tools}};
  for (const auto& [name, value] : rows) {
    if (!value->empty()) fmt::print(context.out, "{}: {}\n", name, without_controls(*value));
  }
  fmt::print(context.out, "folder: {} (nothing in it is ever run)\n\n{}\n", skill.folder.string(),
             without_controls(skill.body));
}

Result<int> run(const CommandContext& context, const std::string& name, bool json) {
  const std::unique_ptr<Workshop> workshop = TRY(open_workshop(context.paths, {}, context.cancel));
  const std::vector<std::filesystem::path> folders =
      TRY(skill_folders(workshop->settings, context.paths.data, workshop->folders.home));
  const FoundSkills found = find_skills(folders);
  if (name.empty() && json) {
    Json all{{"skills", Json::array()}, {"problems", found.problems}};
    for (const Skill& skill : found.skills) all["skills"].push_back(skill_json(skill));
    fmt::print(context.out, "{}\n", to_json_text(all));
  }
  if (name.empty() && !json) list(context, found, folders);
  if (name.empty()) return kExitOk;
  const auto skill =
      std::find_if(found.skills.begin(), found.skills.end(), [&](const Skill& s) { return s.name == name; });
  if (skill == found.skills.end()) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("there is no skill \"{}\" (`favilla skills` lists them)", shown_line(name, 100))};
  }
  if (!json) {
    show(context, *skill);
  } else {
    Json whole = skill_json(*skill);
    whole["body"] = skill->body;
    fmt::print(context.out, "{}\n", to_json_text(whole));
  }
  return kExitOk;
}

}  // namespace

int cmd_skills(CommandContext& context, const std::vector<std::string>& args) {
  std::string name;
  bool json = false;
  CLI::App app{"Lists the skills that the model can use, or shows one.", "favilla skills"};
  app.add_option("name", name, "name of a skill");
  app.add_flag("--json", json, "print as JSON");
  app.footer(examples({"favilla skills", "favilla skills release-notes"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  const Result<int> code = run(context, name, json);
  return code ? *code : print_error(context, code.error());
}

}  // namespace favilla::cli
