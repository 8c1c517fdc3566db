// Nothing runs in plan_*: they only look whether it could. The command itself is a call to the outside.
#include "tools/builtin/shell/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/foreign_text.h"
#include "base/subprocess.h"
#include "tools/match.h"
#include "tools/sandbox.h"

namespace favilla {

extern const char kShellSentences[];

namespace {

// There is no network in the sandbox, and folders only where config.toml names them.
constexpr Declared kRuns{kFromAnybody, Sends::kNowhere, Undo::kImpossible};

namespace fs = std::filesystem;

constexpr size_t kMaxOutput_bytes = size_t{64} << 10;
constexpr size_t kMaxFolders = 16;
constexpr size_t kMaxScripts = 1000;
constexpr int kTimeOver = 124;  // what timeout(1) says
constexpr const char* kLife_s = "30";
// Limits of what runs inside: seconds of CPU, blocks of 512 bytes of one file, kilobytes of address space, processes
// (bash and dash have different letters for them). dash accepts one limit a command.
constexpr const char* kInside =
    "ulimit -t 30; ulimit -f 2097152; ulimit -v 8388608; ulimit -u 4096 2>/dev/null || ulimit -p 4096; "
    "if [ -n \"$2\" ]; then exec \"$2\"; fi; eval \"$1\"";

fs::path expanded(const ToolContext& context, const std::string& text) {
  return text.starts_with("~/") ? context.folders.home / text.substr(2) : fs::path(text);
}

const Json* setting(const ToolContext& context, const char* key) {
  const auto table = context.settings.find("shell");
  const bool there = table != context.settings.end() && table->is_object() && table->contains(key);
  return there ? &(*table)[key] : nullptr;
}

// The folders that commands may change, as they are on this computer.
Result<std::vector<std::string>> named_folders(const ToolContext& context) {
  std::vector<std::string> folders;
  const Json* names = setting(context, "folders");
  if (names == nullptr) return folders;
  const bool listed = names->is_array() && names->size() <= kMaxFolders;
  for (const Json& name : listed ? *names : Json::array()) {
    const fs::path folder = name.is_string() ? expanded(context, name) : fs::path();
    std::error_code error;
    if (!folder.is_absolute() || !fs::is_directory(folder, error)) {
      return Error{ErrorKind::kNotFound, fmt::format("config.toml: shell.folders: there is no folder {}", name.dump())};
    }
    folders.push_back(folder);
  }
  if (listed) return folders;
  return Error{ErrorKind::kInvalidArgument,
               fmt::format("config.toml: shell.folders must be a list of at most {} names", kMaxFolders)};
}

// The start of every command, once it is sure that this computer can make the sandbox.
Result<std::vector<std::string>> working_sandbox(const ToolContext& context) {
  const std::vector<std::string> folders = TRY(named_folders(context));
  std::vector<std::string> argv = sandbox_argv({.write = folders,
                                                .hidden = own_folders(context.settings),
                                                .start_folder = folders.empty() ? std::string() : folders[0]});
  TRY(require_sandbox(argv, "Commands", context.cancel));
  argv.insert(argv.begin(), {"timeout", "--kill-after=2", kLife_s});
  return argv;
}

Result<Json> run_sandboxed(const ToolContext& context, const Json& request) {
  std::vector<std::string> argv = TRY(working_sandbox(context));
  const std::string script = request.value("script", "");
  if (!script.empty()) argv.insert(argv.end(), {"--ro-bind", script, "/script"});
  argv.insert(argv.end(), {"sh", "-c", kInside, "sh", request.value("command", ""), script.empty() ? "" : "/script"});
  const SubprocessResult done = TRY(
      run_subprocess({.argv = std::move(argv), .capture_limit_bytes = kMaxOutput_bytes, .cancel = &context.cancel}));
  const std::string output = shown_text(done.standard_output, kMaxOutput_bytes);
  const std::string errors = shown_text(done.standard_error, kMaxOutput_bytes);
  std::string reply = output;
  if (!errors.empty()) reply += (reply.empty() ? "" : "\n") + errors;
  if (done.standard_output.size() >= kMaxOutput_bytes || done.standard_error.size() >= kMaxOutput_bytes)
    reply += "\n(the rest of the output is left out)";
  if (done.exit_code == kTimeOver || done.exit_code == 128 + 9) {
    reply += fmt::format("\nIt was stopped after {} seconds.", kLife_s);
  } else if (done.exit_code != 0) {
    reply += fmt::format("\nIt ended with status {}.", done.exit_code);
  }
  if (reply.empty()) reply = "It said nothing.";
  return Json{{"reply", reply}, {"exit_code", done.exit_code}, {"output", output}, {"errors", errors}};
}

Outcome ask_for(Json request, const std::string& what) {
  Outcome outcome;
  outcome.result = request;
  outcome.reply = fmt::format("Ran {}:", what);
  outcome.needs_approval = fmt::format("run {} in a sandbox", what);
  outcome.changes.push_back(OutwardCall{std::move(request), std::nullopt});
  return outcome;
}

Result<Outcome> plan_run(const ToolContext& context, const Json& arguments) {
  const std::string command = arguments["command"];
  if (command.find('\0') != std::string::npos)
    return Error{ErrorKind::kInvalidArgument, "the command holds a null byte"};
  TRY(working_sandbox(context));
  return ask_for({{"command", command}}, command);
}

Result<std::vector<fs::path>> scripts_of(const ToolContext& context) {
  const Json* name = setting(context, "scripts");
  const fs::path folder =
      expanded(context, name != nullptr && name->is_string() ? name->get<std::string>() : "~/.config/favilla/scripts");
  std::vector<fs::path> scripts;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (scripts.size() == kMaxScripts) break;
    const bool runs = (entry.status(error).permissions() & fs::perms::owner_exec) != fs::perms::none;
    if (runs && entry.is_regular_file(error)) scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  if (!scripts.empty()) return scripts;
  return Error{ErrorKind::kNotFound,
               fmt::format("There are no scripts in {}: put executable files there.", folder.string())};
}

Result<Outcome> plan_script(const ToolContext& context, const Json& arguments) {
  const std::string asked = arguments["name"];
  const Words words(asked);
  std::vector<fs::path> found;
  for (const fs::path& script : TRY(scripts_of(context))) {
    if (match(words, Words(script.stem().string())) == Match::kSame) found.push_back(script);
  }
  if (found.empty()) return Error{ErrorKind::kNotFound, fmt::format("There is no script \"{}\".", asked)};
  if (found.size() > 1)
    return Error{ErrorKind::kInvalidArgument, fmt::format("Several scripts are called \"{}\".", asked)};
  TRY(working_sandbox(context));
  return ask_for({{"script", found[0].string()}}, found[0].filename().string());
}

Result<Outcome> plan_scripts(const ToolContext& context, const Json&) {
  Outcome outcome;
  outcome.result["scripts"] = Json::array();
  outcome.reply = "Scripts:";
  for (const fs::path& script : TRY(scripts_of(context))) {
    outcome.result["scripts"].push_back(script.string());
    outcome.reply += "\n- " + script.stem().string();
  }
  return outcome;
}

constexpr const char* kRun = R"({"type": "object", "properties": {
    "command": {"type": "string", "minLength": 1, "maxLength": 10000, "description": "for sh"}
  }, "required": ["command"], "additionalProperties": false})";

constexpr const char* kScript = R"({"type": "object", "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 200, "description": "its file's name, the ending aside"}
  }, "required": ["name"], "additionalProperties": false})";

constexpr const char* kNothing = R"({"type": "object", "properties": {}, "required": [],
    "additionalProperties": false})";

constexpr std::array<Action, 3> kActions{{
    {"run", "Run a shell command in a sandbox without network.", Effect::kAtMostOnce, kRuns, kRun, plan_run,
     run_sandboxed},
    {"script", "Run a saved script there.", Effect::kAtMostOnce, kRuns, kScript, plan_script, run_sandboxed},
    {"scripts", "List the saved scripts.", Effect::kPure, reads(kFromAnybody), kNothing, plan_scripts, nullptr},
}};

}  // namespace

const Tool kShellTool{"shell", "Commands and scripts of the owner, in a sandbox.", kActions, kShellSentences};

}  // namespace favilla
