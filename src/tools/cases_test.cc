// The runner of *.case files (cases_test.h tells their format).
#include "tools/cases_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "base/file.h"
#include "tools/apply.h"
#include "tools/prepare.h"
#include "tools/schema.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

// `*` in the pattern stands for any characters.
bool like(std::string_view text, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  pattern.remove_prefix(star + 1);
  for (size_t at = star; at <= text.size(); ++at) {
    if (like(text.substr(at), pattern)) return true;
  }
  return false;
}

std::string take_word(std::string& rest) {
  const size_t space = rest.find(' ');
  std::string word = rest.substr(0, space);
  rest = space == std::string::npos ? "" : rest.substr(space + 1);
  return word;
}

class MapRecords : public Records {
 public:
  Result<std::optional<Json>> find(std::string_view collection, std::string_view key) const override {
    const auto found = values.find({std::string(collection), std::string(key)});
    if (found == values.end()) return std::optional<Json>();
    return std::optional(found->second);
  }
  Result<std::vector<std::pair<std::string, Json>>> all(std::string_view collection) const override {
    std::vector<std::pair<std::string, Json>> found;
    for (const auto& [name, value] : values) {
      if (name.first == collection) found.emplace_back(name.second, value);
    }
    return found;
  }

  std::map<std::pair<std::string, std::string>, Json> values;
};

// One case: a world in a temporary folder, and the outcome of the last call.
class Case {
 public:
  explicit Case(const std::vector<const Tool*>& tools) : tools_(tools) {
    std::string name = (fs::temp_directory_path() / "favilla-case-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~Case() {
    std::error_code error;
    fs::remove_all(root_, error);
  }
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  void run(const std::string& keyword, std::string rest, const std::vector<std::string>& block) {
    if (keyword == "now") {
      now_ = rest;
    } else if (keyword == "zone") {
      zone_ = rest;
    } else if (keyword == "area") {
      area_ = rest;
    } else if (keyword == "setting") {
      const std::string key = take_word(rest);
      const size_t dot = key.find('.');
      settings_[key.substr(0, dot)][key.substr(dot + 1)] = rest;
    } else if (keyword == "file" || keyword == "task" || keyword == "event") {
      write(keyword, rest, block);
    } else if (keyword == "record") {
      record(rest);
    } else if (keyword == "do" || keyword == "try" || keyword == "due") {
      call(keyword, rest);
    } else {
      check(keyword, rest, block);
    }
  }

 private:
  void write(const std::string& kind, const std::string& path, const std::vector<std::string>& block) {
    std::string content;
    if (kind == "file") {
      for (const std::string& line : block) content += line + "\n";
    } else {
      const char* component = kind == "task" ? "VTODO" : "VEVENT";
      content = fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//case//EN\r\nBEGIN:{}\r\nUID:{}\r\n", component,
                            fs::path(path).stem().string());
      for (const std::string& line : block) content += line + "\r\n";
      content += fmt::format("END:{}\r\nEND:VCALENDAR\r\n", component);
    }
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << content;
    if (!called_) at_start_[path] = content;
  }

  void record(std::string rest) {
    const std::string collection = take_word(rest);
    // A key may be several words: it ends where JSON begins, or before a last "none".
    const size_t value = rest.ends_with(" none") ? rest.size() - 4 : rest.find_first_of("{[\"");
    ASSERT_TRUE(value != std::string::npos && value > 0) << "record needs a key and a value: " << rest;
    const std::string key = rest.substr(0, value - 1);
    rest.erase(0, value);
    const auto expected = rest == "none" ? std::nullopt : std::optional(parse_json(rest).value());
    if (!called_) {
      records_.values[{collection, key}] = *expected;
      return;
    }
    EXPECT_EQ(records_.find(collection, key).value(), expected);
  }

  void call(const std::string& keyword, std::string rest) {
    called_ = true;
    const std::string name = take_word(rest);
    const auto tool = std::find_if(tools_.begin(), tools_.end(), [&](const Tool* one) { return one->name == name; });
    ASSERT_NE(tool, tools_.end()) << "no tool " << name;
    const TimeZone zone = TimeZone::find(zone_).value();
    const FixedClock clock(parse_iso_moment(now_, zone).value());
    const DataFolders folders{root_ / "calendars", root_ / "contacts", root_ / "notes",
                              root_ / "lists",     root_ / "mail",     root_ / "home"};
    const CancelFlag cancel;
    const ToolContext context{clock, zone, folders, records_, settings_, cancel, area_};
    if (keyword == "due") {
      outcome_ = (*tool)->due(context);
    } else {
      const std::string action_name = take_word(rest);
      const auto action = std::find_if((*tool)->actions.begin(), (*tool)->actions.end(),
                                       [&](const Action& one) { return one.name == action_name; });
      ASSERT_NE(action, (*tool)->actions.end()) << "no action " << action_name;
      const auto arguments = parse_json(rest.empty() ? "{}" : rest);
      ASSERT_TRUE(arguments.has_value()) << arguments.error().message;
      const Json schema = parse_json(action->parameters).value();
      const auto well_formed = check_schema(schema);
      ASSERT_TRUE(well_formed.has_value()) << well_formed.error().message;
      if (auto accepted = check_arguments(schema, *arguments); !accepted) {
        outcome_ = accepted.error();
        return;
      }
      outcome_ = action->plan(context, *arguments);
      if (action->effect == Effect::kPure && outcome_.has_value()) {
        EXPECT_TRUE(outcome_->changes.empty()) << "a pure action wants changes";
      }
    }
    if (!outcome_.has_value() || keyword == "try") return;
    EXPECT_TRUE(!outcome_->question || outcome_->changes.empty()) << "a question comes with changes";
    const auto steps = prepare_changes(outcome_->changes, {root_ / "trash", zone.to_local(clock.now())});
    ASSERT_TRUE(steps.has_value()) << steps.error().message;
    ++calls_;
    for (size_t i = 0; i < steps->size(); ++i) apply((*steps)[i], {fmt::format("{}", calls_), i, Flush::kNo});
  }

  void apply(const Step& step, const StepPlace& place) {
    if (const SetRecord* set_record = std::get_if<SetRecord>(&step)) {
      const std::pair<std::string, std::string> key{set_record->collection, set_record->key};
      EXPECT_EQ(records_.find(key.first, key.second).value(), set_record->before);
      records_.values.erase(key);
      if (set_record->after) records_.values.emplace(key, *set_record->after);
      return;
    }
    ASSERT_TRUE(is_file_step(step)) << "cases make no calls to the outside";
    const Result<void> applied = apply_step(step, place);
    ASSERT_TRUE(applied.has_value()) << applied.error().message;
    ASSERT_TRUE(clean_step(step, place).has_value());
  }

  void check(const std::string& keyword, const std::string& rest, const std::vector<std::string>& block) {
    if (keyword == "error") {
      ASSERT_FALSE(outcome_.has_value()) << "no error, but: " << outcome_->reply;
      expect_like(outcome_.error().message, rest);
      return;
    }
    if (keyword == "same") {
      EXPECT_EQ(read_file(root_ / rest).value_or("(no such file)"), at_start_[rest]);
      return;
    }
    ASSERT_TRUE(outcome_.has_value()) << outcome_.error().message;
    if (keyword == "reply" || keyword == "spoken") {
      const std::string wanted = block.empty() ? rest : fmt::format("{}", fmt::join(block, "\n"));
      expect_like(keyword == "reply" ? outcome_->reply : outcome_->spoken, wanted);
      EXPECT_FALSE(outcome_->question.has_value()) << outcome_->question->text;
    } else if (keyword == "question" || keyword == "choices") {
      ASSERT_TRUE(outcome_->question.has_value()) << "no question, but: " << outcome_->reply;
      const Outcome::Question& question = *outcome_->question;
      expect_like(keyword == "question" ? question.text : fmt::format("{}", fmt::join(question.choices, " | ")), rest);
    } else if (keyword == "result") {
      const Json wanted = parse_json(rest).value();
      for (const auto& [key, value] : wanted.items()) EXPECT_EQ(outcome_->result[key], value) << key;
    } else if (keyword == "none") {
      EXPECT_FALSE(find(rest).has_value()) << rest << " exists";
    } else {
      check_file(keyword, rest, block);
    }
  }

  void check_file(const std::string& keyword, const std::string& path, const std::vector<std::string>& block) {
    ASSERT_TRUE(keyword == "has" || keyword == "lacks" || keyword == "is") << "no such keyword: " << keyword;
    const std::optional<fs::path> found = find(path);
    ASSERT_TRUE(found.has_value()) << "no file, or more than one, is like " << path;
    const std::vector<std::string> lines = lines_of(read_file(*found).value());
    const std::string all = fmt::format("{}", fmt::join(lines, "\n"));
    if (keyword == "is") {
      ASSERT_EQ(lines.size(), block.size()) << all;
      for (size_t i = 0; i < lines.size(); ++i) EXPECT_PRED2(like, lines[i], block[i]) << all;
      return;
    }
    auto from = lines.begin();
    for (const std::string& pattern : block) {
      if (keyword == "lacks") from = lines.begin();
      const auto at = std::find_if(from, lines.end(), [&](const std::string& line) { return like(line, pattern); });
      EXPECT_EQ(at != lines.end(), keyword == "has") << pattern << "\nin:\n" << all;
      if (at != lines.end()) from = at + 1;
    }
  }

  // The one file that is like `pattern`.
  std::optional<fs::path> find(const std::string& pattern) const {
    std::optional<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      if (!entry.is_regular_file() || !like(entry.path().lexically_relative(root_).string(), pattern)) continue;
      if (found) return std::nullopt;
      found = entry.path();
    }
    return found;
  }

  static void expect_like(const std::string& text, const std::string& pattern) {
    EXPECT_TRUE(like(text, pattern)) << "got:  " << text << "\nwant: " << pattern;
  }

  const std::vector<const Tool*>& tools_;
  fs::path root_;
  std::string now_ = "2026-11-23T09:00:00";
  std::string zone_ = "Europe/Lisbon";
  std::string area_;
  Settings settings_ = Json::object();
  MapRecords records_;
  std::map<std::string, std::string> at_start_;
  bool called_ = false;
  int calls_ = 0;
  Result<Outcome> outcome_ = Error{ErrorKind::kInternal, "nothing was called"};
};

}  // namespace

void run_cases(std::string_view path, const std::vector<const Tool*>& tools) {
  std::ifstream file(fmt::format("{}/src/tools/{}", FAVILLA_SOURCE_DIR, path));
  ASSERT_TRUE(file.is_open()) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::unique_ptr<Case> current;
  std::string title;
  int cases = 0;
  for (size_t i = 0; i < lines.size();) {
    const size_t number = i + 1;
    std::string rest = lines[i++];
    if (rest.empty() || rest.starts_with('#')) continue;
    if (rest.starts_with("= ")) {
      title = rest.substr(2);
      current = std::make_unique<Case>(tools);
      ++cases;
      continue;
    }
    ASSERT_NE(current, nullptr) << path << ":" << number << ": a case starts with `= title`";
    std::vector<std::string> block;
    for (; i < lines.size() && lines[i].starts_with('|'); ++i)
      block.push_back(lines[i].size() < 2 ? "" : lines[i].substr(2));
    const testing::ScopedTrace trace(path.data(), static_cast<int>(number), title);
    const std::string keyword = take_word(rest);
    current->run(keyword, rest, block);
  }
  EXPECT_GT(cases, 0);
}

}  // namespace favilla
