// The only place where CLI11's exceptions are caught.
#include "cli/arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace favilla::cli {
namespace {

// CLI11 words some complaints over several lines; ours is one sentence that ends with the way to the help.
std::string one_sentence(std::string message, const std::string& command) {
  while (!message.empty() && (message.back() == '\n' || message.back() == '.')) message.pop_back();
  std::replace(message.begin(), message.end(), '\n', ' ');
  return fmt::format("{}; see {} --help", message, command);
}

}  // namespace

std::optional<int> parse_arguments(CLI::App& app, const std::vector<std::string>& args, CommandContext& context) {
  // CLI11 takes the words from the back of the vector.
  std::vector<std::string> reversed(args.rbegin(), args.rend());
  try {
    app.parse(std::move(reversed));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    const std::string help = app.help();
    std::fwrite(help.data(), 1, help.size(), context.out);
    return kExitOk;
  } catch (const std::exception& error) {
    return print_error(context, {ErrorKind::kInvalidArgument, one_sentence(error.what(), app.get_name())});
  }
}

std::string examples(std::initializer_list<std::string_view> command_lines) {
  std::string block = "Examples:";
  for (const std::string_view line : command_lines) block += fmt::format("\n  {}", line);
  return block;
}

}  // namespace favilla::cli
