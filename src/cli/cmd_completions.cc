// favilla completions: scripts that let bash, zsh and fish complete commands, options, model names and files.
//
// Commands and their summaries come from the table of commands, so a new one is completed at once. Options are read
// from `favilla COMMAND --help` and model names from `favilla completions models` at the moment of completion: a start
// takes milliseconds, and nothing can go stale.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "catalog/catalog.h"
#include "cli/arguments.h"
#include "cli/commands.h"

namespace favilla::cli {
namespace {

constexpr std::string_view kBash =
    R"(# bash completion for favilla. To use it at once: source <(favilla completions bash)
_favilla() {
  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "@COMMANDS@ --help --version" -- "$current")
    return
  fi
  case $current in
    -*)
      local options
      options=$("${COMP_WORDS[0]}" "$command" --help 2>/dev/null | grep -oE -e '--[a-z][a-z0-9-]*' | sort -u)
      mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
      ;;
    *)
      local models=
      ((COMP_CWORD == 2)) && models=$("${COMP_WORDS[0]}" completions models 2>/dev/null)
      [[ $command == completions ]] && models="bash zsh fish models"
      mapfile -t COMPREPLY < <(compgen -W "$models" -- "$current"; compgen -f -- "$current")
      ;;
  esac
}
complete -o filenames -F _favilla favilla
)";

constexpr std::string_view kZsh = R"zsh(#compdef favilla
# zsh completion for favilla. To use it at once: source <(favilla completions zsh)
_favilla() {
  local -a commands models options
  commands=(
@DESCRIBED@  )
  if ((CURRENT == 2)); then
    _describe -t commands 'command' commands
    return
  fi
  if [[ $PREFIX == -* ]]; then
    options=(${(fu)"$($words[1] $words[2] --help 2>/dev/null | grep -oE -e '--[a-z][a-z0-9-]*')"})
    compadd -a options
    return
  fi
  if [[ $words[2] == completions ]]; then
    compadd bash zsh fish models
    return
  fi
  if ((CURRENT == 3)); then
    models=(${(f)"$($words[1] completions models 2>/dev/null)"})
    compadd -a models
  fi
  _files
}
if [[ $funcstack[1] == _favilla ]]; then
  _favilla "$@"
else
  compdef _favilla favilla
fi
)zsh";

constexpr std::string_view kFish =
    R"(# fish completion for favilla. To use it at once: favilla completions fish | source
function __favilla_options
    set -l words (commandline -opc)
    $words[1] $words[2] --help 2>/dev/null | string match -ra -- '--[a-z][a-z0-9-]*' | sort -u
end
function __favilla_is_command_next
    test (count (commandline -opc)) -eq 1
end
function __favilla_is_model_next
    test (count (commandline -opc)) -eq 2
end
function __favilla_is_option
    test (count (commandline -opc)) -ge 2; and string match -q -- '-*' (commandline -ct)
end
complete -c favilla -n __favilla_is_command_next -f
@DESCRIBED@complete -c favilla -n __favilla_is_option -f -a '(__favilla_options)'
complete -c favilla -n __favilla_is_model_next -a '(favilla completions models 2>/dev/null)' -d model
complete -c favilla -n '__fish_seen_subcommand_from completions' -f -a 'bash zsh fish models'
)";

std::string replace_marker(std::string_view script, std::string_view marker, std::string_view text) {
  std::string result(script);
  const size_t at = result.find(marker);
  if (at != std::string::npos) result.replace(at, marker.size(), text);
  return result;
}

// Inside single quotes of zsh and fish; an apostrophe would end them.
std::string single_quoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + quoted + "'";
}

std::string bash_script() {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  return replace_marker(kBash, "@COMMANDS@", fmt::format("{}", fmt::join(names, " ")));
}

std::string zsh_script() {
  std::string lines;
  for (const Command& command : commands()) {
    lines += fmt::format("    {}\n", single_quoted(fmt::format("{}:{}", command.name, command.summary)));
  }
  return replace_marker(kZsh, "@DESCRIBED@", lines);
}

std::string fish_script() {
  std::string lines;
  for (const Command& command : commands()) {
    lines += fmt::format("complete -c favilla -n __favilla_is_command_next -a {} -d {}\n", command.name,
                         single_quoted(command.summary));
  }
  return replace_marker(kFish, "@DESCRIBED@", lines);
}

// Names that a command may be given: those here, then those that could be pulled.
std::string model_names(const CommandContext& context) {
  std::vector<std::string> names;
  // A broken models.toml must not print into somebody's command line; `favilla list` reports it.
  if (const auto rows = Catalog(context.paths.models()).rows()) {
    for (const ModelRow& row : *rows) names.push_back(row.name);
  }
  for (const KnownModel& known : known_models()) {
    if (std::find(names.begin(), names.end(), known.name) == names.end()) names.emplace_back(known.name);
  }
  return fmt::format("{}\n", fmt::join(names, "\n"));
}

}  // namespace

int cmd_completions(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{"Prints the completion script of a shell.", "favilla completions"};
  std::string what;
  app.add_option("shell", what, "bash, zsh or fish; models prints the model names that scripts complete")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "models"}));
  app.footer(examples({"source <(favilla completions bash)", "favilla completions zsh > ~/.zfunc/_favilla",
                       "favilla completions fish > ~/.config/fish/completions/favilla.fish"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  std::string text;
  if (what == "bash") text = bash_script();
  if (what == "zsh") text = zsh_script();
  if (what == "fish") text = fish_script();
  if (what == "models") text = model_names(context);
  std::fwrite(text.data(), 1, text.size(), context.out);
  return kExitOk;
}

}  // namespace favilla::cli
