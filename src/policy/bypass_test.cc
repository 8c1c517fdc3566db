// Attempts to get past the monitor, as data: bypass.case, one a line of five columns.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "base/time_zone.h"
#include "policy/policy.h"

namespace favilla {
namespace {

constexpr size_t kColumns = 5;
constexpr int kWantedCases = 150;

const ActionName kNames[] = {{"mail", "send"},     {"mail", "read"},     {"mail", "draft"},   {"mail", "trash"},
                             {"files", "trash"},   {"files", "move"},    {"notes", "delete"}, {"notes", "show"},
                             {"lists", "add"},     {"lists", "clear"},   {"home", "turn_on"}, {"home", "unlock"},
                             {"shell", "run"},     {"phrases", "teach"}, {"web", "fetch"},    {"calendar", "cancel"},
                             {"reminders", "add"}, {"journal", "undo"}};

struct DeclaredRow {
  const char* call;
  Declared declared;
};
const DeclaredRow kDeclared[] = {
    {"mail send", {kOwnRecords, Sends::kOthers, Undo::kImpossible}},
    {"mail read", reads(kFromAnybody)},
    {"notes show", reads(kOwnRecords)},
    {"web fetch", {{Integrity::kWeb, Confidentiality::kPublic}, Sends::kOthers, Undo::kNotNeeded}},
    {"shell run", {kFromAnybody, Sends::kNowhere, Undo::kImpossible}},
    {"home turn_on", commands(kFromDevices, Sends::kOwnServer)},
    {"home unlock", commands(kFromDevices, Sends::kOwnServer, Asks::kAlways)},
};

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  std::istringstream in(line);
  for (std::string column; std::getline(in, column, '|');) columns.push_back(trimmed(column));
  return columns;
}

// "tainted secret outside to=x?" says what the call comes with; "?" marks a destination that nobody named.
LocalSeconds apply(const std::string& words, PolicyCall& call) {
  LocalSeconds now = parse_iso_local("2026-11-23T12:00").value();
  std::istringstream in(words);
  for (std::string word; in >> word;) {
    for (int i = 0; i < 6; ++i) {
      std::string name = name_of(static_cast<Integrity>(i));
      std::replace(name.begin(), name.end(), ' ', '_');
      if (word == name) call.label.integrity = static_cast<Integrity>(i);
    }
    if (word == "personal") call.label.confidentiality = Confidentiality::kPersonal;
    if (word == "secret") call.label.confidentiality = Confidentiality::kSecret;
    if (word == "outside") call.place = Territory::kOutside;
    if (word == "protected") call.place = Territory::kProtected;
    if (word == "asks") call.needs_approval = "it opens the garage";
    if (word.starts_with("at=")) now = parse_iso_local("2026-11-23T" + word.substr(3)).value();
    if (word.starts_with("to=")) {
      const bool known = !word.ends_with("?");
      call.destinations.push_back({word.substr(3, word.size() - (known ? 3 : 4)), known});
    }
  }
  return now;
}

PolicyCall call_of(const std::string& text) {
  PolicyCall call;
  const size_t space = text.find(' ');
  const size_t end = std::min(text.find(' ', space + 1), text.size());
  call.tool = text.substr(0, space);
  call.action = text.substr(space + 1, end - space - 1);
  if (end < text.size()) call.arguments = parse_json(text.substr(end)).value();
  call.declared = keeps(kOwnRecords);
  for (const DeclaredRow& row : kDeclared) {
    if (text.substr(0, end) == row.call) call.declared = row.declared;
  }
  return call;
}

TEST(Bypass, EveryAttemptIsDecidedAsItsLineSays) {
  std::ifstream file(FAVILLA_SOURCE_DIR "/src/policy/bypass.case");
  ASSERT_TRUE(file);
  std::set<std::string> names;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with("#")) continue;
    const std::vector<std::string> columns = columns_of(line);
    ASSERT_EQ(columns.size(), kColumns) << line;
    EXPECT_TRUE(names.insert(columns[0]).second) << "twice: " << columns[0];
    std::string rules = columns[1];
    std::replace(rules.begin(), rules.end(), ';', '\n');
    const Result<std::vector<Rule>> parsed = parse_rules(rules, kNames);
    if (columns[4] == "error") {
      EXPECT_FALSE(parsed) << line;
      continue;
    }
    ASSERT_TRUE(parsed) << line << ": " << parsed.error().message;
    PolicyCall call = call_of(columns[3]);
    const LocalSeconds now = apply(columns[2], call);
    const Decision decision = decide(call, *parsed, now);
    EXPECT_EQ(fmt::format("{} {}", name_of(decision.verdict), name_of(decision.reason)), columns[4]) << line;
    EXPECT_FALSE(decision.text.empty());
  }
  EXPECT_GE(std::ssize(names), kWantedCases);
}

}  // namespace
}  // namespace favilla
