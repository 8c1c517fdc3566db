// Every action of every tool, while each single system call that writes, flushes, renames or opens fails, and while all
// from some call on fail. Whatever happens: no crash, nothing half done, no temporary file left after recovery, a whole
// journal that tells what is in the world, and the action can be done afterwards.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/file.h"
#include "failing_calls.h"
#include "tools/tools.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;
using faults::Failing;

constexpr int kMaxCalls = 2000;  // no action comes near

struct Call {
  std::string tool;
  std::string action;
  Json arguments;
};

// One line of scenarios.jsonl: an action, and the files and actions that make the world it needs. $ROOT in arguments is
// the world's folder.
struct Scenario {
  Json files;  // path -> content
  std::vector<Call> before;
  Call call;
};

Call call_of(const Json& json) {
  return {json["tool"], json["action"], json["arguments"]};
}

std::vector<Scenario> scenarios() {
  std::ifstream file(FAVILLA_SOURCE_DIR "/tests/faults/scenarios.jsonl");
  std::vector<Scenario> all;
  for (std::string line; std::getline(file, line);) {
    const Json json = parse_json(line).value();
    Scenario scenario{json.value("files", Json::object()), {}, call_of(json)};
    for (const Json& call : json.value("before", Json::array())) scenario.before.push_back(call_of(call));
    all.push_back(std::move(scenario));
  }
  return all;
}

// Everything a process has, over one folder.
class World {
 public:
  explicit World(const fs::path& root)
      : root_(root),
        folders_{root / "calendars", root / "contacts", root / "notes", root / "lists",
                 root / "mail",      root / "home",     root / "Trash"},
        store_({root / "data/favilla.db", true}),
        records_(store_),
        settings_{{"mcp", {{"file", (root / "mcp.json").string()}}}},
        context_{clock_, zone_, folders_, records_, settings_, cancel_, "", root / "cache"},
        runner_(store_, builtin_tools(), context_, {root / "Trash"}) {}

  Result<RunResult> run(const Call& call) {
    if (call.tool == "journal") return runner_.undo(std::nullopt, {.approved = true});
    Json arguments = call.arguments;
    for (Json& value : arguments) {
      if (value.is_string() && value.get<std::string>().starts_with("$ROOT")) {
        value = root_.string() + value.get<std::string>().substr(5);
      }
    }
    return runner_.run(call.tool, call.action, arguments, {.approved = true});
  }
  Runner& runner() { return runner_; }
  Store& store() { return store_; }

  // Files, folders of the home folder, and records; of calendars and contacts without what is different each time.
  std::multiset<std::string> content() const {
    std::multiset<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      const fs::path name = entry.path().lexically_relative(root_);
      if (entry.is_directory() && name.string().starts_with("home/")) all.insert(name.string() + "/");
      if (!entry.is_regular_file() || name.string().starts_with("data/")) continue;
      const bool own_name = name.extension() == ".ics" || name.extension() == ".vcf";
      std::istringstream text(read_file(entry.path()).value());
      std::string kept = (own_name ? name.parent_path() / ("*" + name.extension().string()) : name).string() + "\n";
      for (std::string line; std::getline(text, line);) {
        const bool differs = line.starts_with("UID:") || line.starts_with("REV:") || line.starts_with("Path=");
        if (!own_name || !differs) kept += line + "\n";
      }
      all.insert(kept);
    }
    for (const char* collection : {"timer", "alarm", "stopwatch", "phrase", "memory", "memory_expiry", "mcp_pin"}) {
      const Result<std::vector<std::pair<std::string, Json>>> records = records_.all(collection);
      if (!records) {
        all.insert("unreadable: " + records.error().message);
        continue;
      }
      for (const auto& [key, value] : *records) {
        all.insert(fmt::format("{} {} {}", collection, key, to_json_text(value)));
      }
    }
    return all;
  }

 private:
  fs::path root_;
  FixedClock clock_{Moment{std::chrono::milliseconds{1'795'424'400'000}}};
  TimeZone zone_ = TimeZone::utc();
  DataFolders folders_;
  CancelFlag cancel_;
  Store store_;
  StoreRecords records_;
  Settings settings_;
  ToolContext context_;
  Runner runner_;
};

class FaultsTest : public testing::Test {
 protected:
  // In memory where there is such a folder: other programs that flush the disk would hold up each of thousands of runs.
  FaultsTest()
      : folder_((fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) /
                fmt::format("favilla-faults-{}", ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~FaultsTest() override { fs::remove_all(folder_); }

  // The world before the scenario's action, made once.
  void prepare(const Scenario& scenario) {
    fs::remove_all(folder_ / "start");
    fs::create_directories(folder_ / "start/home");
    for (const auto& [path, content] : scenario.files.items()) {
      fs::create_directories((folder_ / "start" / path).parent_path());
      std::ofstream(folder_ / "start" / path, std::ios::binary) << content.get<std::string>();
    }
    World world(folder_ / "start");
    for (const Call& call : scenario.before) {
      const Result<RunResult> done = world.run(call);
      ASSERT_TRUE(done) << call.action << ": " << done.error().message;
      ASSERT_TRUE(done->id || !done->outcome.question) << done->outcome.reply;
    }
    before_ = world.content();
  }

  // One run with a fault; returns false when the fault's number was never reached.
  bool run_with_fault(const Scenario& scenario, Failing mode, int number) {
    const fs::path root = folder_ / "start";
    fs::remove_all(folder_ / "kept");
    fs::copy(root, folder_ / "kept", fs::copy_options::recursive);
    bool reached = false;
    bool said_done = false;
    {
      World world(root);
      faults::fail_calls(mode, number);
      const Result<RunResult> result = world.run(scenario.call);
      reached = faults::calls_counted() >= number;
      faults::fail_calls(Failing::kNothing, 0);
      said_done = result.has_value();
    }
    expect_settled(root, scenario, said_done);
    fs::remove_all(root);
    fs::rename(folder_ / "kept", root);
    return reached;
  }

  // What another process finds, after its recovery.
  void expect_settled(const fs::path& root, const Scenario& scenario, bool said_done) {
    World world(root);
    ASSERT_TRUE(world.runner().recover());
    std::multiset<std::string> content = world.content();
    const Result<VerifyReport> report = world.store().verify();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->problems.empty()) << report->problems.front();
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      EXPECT_EQ(entry.path().filename().string().find(".favilla-"), std::string::npos) << entry.path();
    }
    const bool done = content == after_;
    EXPECT_TRUE(done || !said_done) << "it said that it was done";
    if (!done) {
      EXPECT_EQ(content, before_) << "half done";
      const Result<RunResult> again = world.run(scenario.call);
      EXPECT_TRUE(again) << again.error().message;
      EXPECT_EQ(world.content(), after_);
    } else {
      EXPECT_EQ(world.store().entries({})->front().state, "done");
    }
  }

  fs::path folder_;
  std::multiset<std::string> before_;
  std::multiset<std::string> after_;
};

TEST_F(FaultsTest, NoFailingCallLeavesAnActionHalfDone) {
  int runs = 0;
  for (const Scenario& scenario : scenarios()) {
    SCOPED_TRACE(
        fmt::format("{} {} {}", scenario.call.tool, scenario.call.action, to_json_text(scenario.call.arguments)));
    prepare(scenario);
    {
      fs::copy(folder_ / "start", folder_ / "kept", fs::copy_options::recursive);
      World world(folder_ / "start");
      const Result<RunResult> done = world.run(scenario.call);
      ASSERT_TRUE(done) << done.error().message;
      ASSERT_TRUE(done->id) << "changes nothing: " << done->outcome.reply;
      after_ = world.content();
    }
    fs::remove_all(folder_ / "start");
    fs::rename(folder_ / "kept", folder_ / "start");
    for (const Failing mode : {Failing::kOnce, Failing::kFromThere}) {
      int number = 1;
      for (; number < kMaxCalls; ++number) {
        SCOPED_TRACE(fmt::format("call {} fails{}", number, mode == Failing::kFromThere ? ", and all after it" : ""));
        const bool reached = run_with_fault(scenario, mode, number);
        ++runs;
        if (!reached || HasFailure()) break;
      }
      ASSERT_FALSE(HasFailure());
      EXPECT_GT(number, 5) << "no call was made to fail";
    }
  }
  fmt::print("{} runs with a fault\n", runs);
}

TEST_F(FaultsTest, EveryActionThatChangesSomethingHasAScenario) {
  std::set<std::string> covered;
  for (const Scenario& scenario : scenarios()) covered.insert(scenario.call.tool + " " + scenario.call.action);
  for (const Tool& tool : builtin_tools()) {
    for (const Action& action : tool.actions) {
      const std::string name = fmt::format("{} {}", tool.name, action.name);
      // What happens outside of files is tested against stand-ins.
      if (action.effect == Effect::kPure || action.perform != nullptr) continue;
      EXPECT_TRUE(covered.count(name)) << name << " has no line in tests/faults/scenarios.jsonl";
    }
  }
}

}  // namespace
}  // namespace favilla
