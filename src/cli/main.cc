// favilla: picks the subcommand. Plain `favilla` opens the chat.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace favilla::cli {
namespace {

// A signal handler can reach nothing but statics; these two are written by it alone and handed to commands by
// reference.
CancelFlag interrupted;
volatile std::sig_atomic_t received_signal = 0;

void on_signal(int number) {
  received_signal = number;
  interrupted.request();
  std::signal(number, SIG_DFL);  // a second one ends the program even if it hangs
}

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a blocked read returns
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond the file-size limit fails and says so, instead of ending the program
}

void print_help(std::FILE* out) {
  fmt::print(out, "Favilla, a personal assistant that runs on this computer.\n\nUsage: favilla [COMMAND] [OPTIONS]\n");
  const char* group = "";
  for (const Command& command : commands()) {
    if (std::string_view(group) != command.group) fmt::print(out, "\n{}:\n", command.group);
    group = command.group;
    fmt::print(out, "  {:<12} {}\n", command.name, command.summary);
  }
  fmt::print(out, R"(
Options:
  -h, --help   Show this help; `favilla COMMAND --help` shows a command's options and examples
  --version    Show the version

Examples:
  favilla                                 Open the chat
  favilla ask "What is a good name for a cat?"
  favilla pull hf.co/Qwen/Qwen3-0.6B-GGUF:Q8_0
  favilla doctor
)");
}

// A command that begins like what was typed, or with its first letter; empty when there is none.
std::string nearest_command(const std::string& typed) {
  for (const Command& command : commands()) {
    if (std::string_view(command.name).starts_with(typed) || typed.starts_with(command.name)) return command.name;
  }
  for (const Command& command : commands()) {
    if (typed[0] == command.name[0]) return command.name;
  }
  return "";
}

bool use_colour() {
  const char* terminal = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(STDOUT_FILENO) != 0 && !dumb && (no_colour == nullptr || *no_colour == '\0');
}

int run_program(const std::vector<std::string>& words) {
  const std::string name = words.empty() || words.front().empty() ? "chat" : words.front();
  if (name == "--help" || name == "-h" || name == "help") {
    print_help(stdout);
    return kExitOk;
  }
  if (name == "--version") {
    fmt::print("favilla {}\n", FAVILLA_VERSION);
    return kExitOk;
  }
  const auto found =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return name == c.name; });
  if (found == commands().end()) {
    const std::string nearest = nearest_command(name);
    const std::string hint = nearest.empty() ? "" : fmt::format("; did you mean `favilla {}`?", nearest);
    fmt::print(stderr, "favilla: there is no command \"{}\"{} (`favilla --help` lists them)\n", name, hint);
    return kExitUsage;
  }
  install_signal_handlers();
  CommandContext context{.paths = Paths::resolve(),
                         .cancel = interrupted,
                         .out_is_terminal = ::isatty(STDOUT_FILENO) != 0,
                         .err_is_terminal = ::isatty(STDERR_FILENO) != 0,
                         .colour = use_colour()};
  const std::vector<std::string> args(words.empty() ? words.end() : words.begin() + 1, words.end());
  const int code = found->run(context, args);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    fmt::print(stderr, "favilla: cannot write the output (is the disk full?)\n");
    return kExitFailure;
  }
  return code == kExitInterrupted && received_signal == SIGTERM ? 128 + SIGTERM : code;
}

}  // namespace
}  // namespace favilla::cli

int main(int argc, char** argv) {
  return favilla::cli::run_program({argv + 1, argv + argc});
}
