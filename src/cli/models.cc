// Questions are read with poll, so that Ctrl+C ends them at once.
#include "cli/models.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace favilla::cli {
namespace {

constexpr int kPoll_ms = 100;
constexpr size_t kAnswerLimit = 80;

}  // namespace

Json row_json(const Catalog& catalog, const ModelRow& row) {
  Json files = Json::array();
  for (const ModelFile& file : row.files) {
    files.push_back({{"file", file.file}, {"sha256", file.sha256}, {"bytes", file.bytes}});
  }
  return {{"name", row.name},
          {"role", row.role},
          {"path", catalog.path_of(row.files.front()).string()},
          {"bytes", row.bytes()},
          {"sha256", row.files.front().sha256},
          {"licence", row.licence},
          {"source", row.source},
          {"accepted_terms", row.accepted_terms},
          {"complete", catalog.is_complete(row)},
          {"files", std::move(files)}};
}

bool can_ask(const CommandContext& context) {
  return context.err_is_terminal && ::isatty(STDIN_FILENO) == 1;
}

std::string ask_line(const CommandContext& context, const std::string& prompt) {
  fmt::print(context.err, "{}", prompt);
  std::fflush(context.err);
  std::string answer;
  while (!context.cancel.requested() && answer.size() < kAnswerLimit) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, kPoll_ms) <= 0) continue;
    char c = 0;
    if (::read(STDIN_FILENO, &c, 1) != 1 || c == '\n') break;
    answer += c;
  }
  return answer;
}

bool ask_yes_no(const CommandContext& context, const std::string& question) {
  const std::string answer = ask_line(context, question + " [y/N] ");
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

}  // namespace favilla::cli
