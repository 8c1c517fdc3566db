// What the templates make of sentences, with the doubts about each reading: what fit.py fits the weights to.
//
//   doubt_rows [PARTS] < rows.jsonl > readings.jsonl
//
// A line in: {"text", "now"}. A line out: {"readings": [{"actions": [{"tool", "action", "arguments"}], "doubts":
// [...]}]}, the likeliest reading, if there is one. With PARTS further ones follow: the templates are dealt into so
// many parts, and each part in turn is left out. That is what happens to a sentence that the author of the templates
// did not think of, and shows errors of which the sentences that templates were written from have none.
#include <charconv>
#include <cstring>
#include <iostream>
#include <set>

#include "base/json.h"
#include "base/time_zone.h"
#include "tools/builtin/builtin.h"
#include "understand/understand.h"

namespace favilla {
namespace {

struct Row {
  std::string text;
  TimeContext context;
  Json readings = Json::array();
  std::set<std::string> known = {};  // the actions of these
};

bool is_template(std::string_view line) {
  return !line.empty() && line.find_first_of("#[!") != 0;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The same text without each template whose turn, counted through all files, is `part` of `parts`.
std::string without(std::string_view text, size_t part, size_t parts, size_t& turn) {
  std::string fewer;
  for (const std::string_view line : lines_of(text)) {
    if (is_template(line) && turn++ % parts == part) continue;
    fewer.append(line) += '\n';
  }
  return fewer;
}

Result<void> read(const std::vector<SentenceFile>& files, std::vector<Row>& rows) {
  const Understanding understanding = TRY(Understanding::load(files));
  for (Row& row : rows) {
    const std::optional<Plan> plan = understanding.likeliest(row.text, row.context);
    if (!plan) continue;
    Json actions = Json::array();
    for (const PlannedAction& each : plan->actions) {
      actions.push_back({{"tool", each.tool}, {"action", each.action}, {"arguments", each.arguments}});
    }
    if (!row.known.insert(to_json_text(actions)).second) continue;
    row.readings.push_back({{"actions", actions}, {"doubts", plan->doubts}});
  }
  return {};
}

Result<void> run(size_t parts) {
  const TimeZone zone = TRY(TimeZone::find("Europe/Lisbon"));
  std::vector<Row> rows;
  for (std::string line; std::getline(std::cin, line);) {
    const Json json = TRY(parse_json(line));
    rows.push_back(
        {json.at("text").get<std::string>(), {TRY(parse_iso_local(json.at("now").get<std::string>())), zone}});
  }
  std::vector<SentenceFile> files;
  for (const Tool& tool : builtin_tools()) files.push_back({tool.name, tool.sentences});
  TRY(read(files, rows));
  for (size_t part = 0; part < parts; ++part) {
    std::vector<std::string> texts;
    texts.reserve(files.size());
    std::vector<SentenceFile> fewer;
    size_t turn = 0;
    for (const SentenceFile& file : files) {
      fewer.push_back({file.tool, texts.emplace_back(without(file.text, part, parts, turn))});
    }
    TRY(read(fewer, rows));
  }
  for (const Row& row : rows) std::cout << to_json_text({{"readings", row.readings}}) << '\n';
  return {};
}

}  // namespace
}  // namespace favilla

int main(int argc, char** argv) {
  size_t parts = 0;
  if (argc == 2) std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), parts);
  const favilla::Result<void> done = favilla::run(parts);
  if (!done) std::cerr << "doubt_rows: " << done.error().message << '\n';
  return done ? 0 : 1;
}
