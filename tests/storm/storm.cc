// Kills a process that does actions, thousands of times, and looks at what is left.
//
//   storm [--kills N] [--seed S] [--folder DIR] [--json]
//
// Each round forks a child that adds, removes, renames, trashes, times and takes back at random, and tells its parent
// through a pipe before and after each action. The parent kills it with SIGKILL at a random moment, recovers, and
// compares the world with the actions that were acknowledged; the one under way may have happened or not, and nothing
// else. Nothing is flushed to the disk, because a killed process loses nothing that the kernel has. Exit code 1 when an
// acknowledged effect is lost, done twice, or anything is corrupt.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "tools/tools.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr uint32_t kMaxLife_us = 12'000;  // of a child: some die before they are ready, some after a dozen actions
constexpr int kVerifyEvery = 100;         // rounds; the whole journal is read
constexpr size_t kMaxItems = 20;

// What the world should hold.
struct Model {
  std::map<std::string, std::multiset<std::string>> lists;  // name -> items
  std::multiset<std::string> timers;                        // names
  int trashed = 0;
  bool operator==(const Model&) const = default;
};

struct Operation {
  std::string action;  // "lists add", "clock timer_start", "undo"
  Json arguments;
};

// What the operation does to the model. `undone` is what an undo goes back to.
Model after(const Model& model, const Operation& operation, const Model& undone) {
  Model next = model;
  const std::string list = operation.arguments.value("list", "");
  const std::string item = operation.arguments.value("item", "");
  if (operation.action == "undo") return undone;
  if (operation.action == "lists add") next.lists[list].insert(item);
  if (operation.action == "lists remove") next.lists[list].erase(next.lists[list].find(item));
  if (operation.action == "lists clear") next.lists[list].clear();
  if (operation.action == "lists delete") next.trashed += static_cast<int>(next.lists.erase(list));
  if (operation.action == "clock timer_start") next.timers.insert(operation.arguments.value("name", ""));
  if (operation.action == "clock timer_cancel") next.timers.clear();
  if (operation.action == "lists rename") {
    auto moved = next.lists.extract(list);
    moved.key() = operation.arguments.value("to", "");
    next.lists.insert(std::move(moved));
  }
  return next;
}

const std::string& pick(const std::map<std::string, std::multiset<std::string>>& lists, Random& random) {
  return std::next(lists.begin(), random.next_below(static_cast<uint32_t>(lists.size())))->first;
}

Operation choose(const Model& model, bool can_undo, const std::string& token, Random& random) {
  const uint32_t dice = random.next_below(100);
  const std::string free = fmt::format("list {}", token);
  if (can_undo && dice < 15) return {"undo", Json::object()};
  if (model.timers.size() > kMaxItems) return {"clock timer_cancel", {{"all", true}}};
  if (dice < 30) return {"clock timer_start", {{"name", token}, {"duration_seconds", 3600}}};
  if (model.lists.size() < 3) return {"lists add", {{"list", free}, {"item", token}}};
  const std::string list = pick(model.lists, random);
  const std::multiset<std::string>& items = model.lists.at(list);
  if (dice < 40) return {"lists rename", {{"list", list}, {"to", free}}};
  if (dice < 45) return {"lists delete", {{"list", list}}};
  if (dice < 60 && !items.empty()) return {"lists remove", {{"list", list}, {"item", *items.begin()}}};
  if (items.size() > kMaxItems) return {"lists clear", {{"list", list}}};
  return {"lists add", {{"list", list}, {"item", token}}};
}

// What a process opens.
class Process {
 public:
  explicit Process(const fs::path& root)
      : folders_{root, root, root, root / "lists", root, root},
        store_({root / "data/favilla.db", false}),
        records_(store_),
        context_{clock_, zone_, folders_, records_, settings_, cancel_, ""},
        runner_(store_, builtin_tools(), context_, {root / "Trash"}) {}

  Runner& runner() { return runner_; }
  Store& store() { return store_; }
  const StoreRecords& records() const { return records_; }

 private:
  SystemClock clock_;
  TimeZone zone_ = TimeZone::utc();
  DataFolders folders_;
  Settings settings_ = Json::object();
  CancelFlag cancel_;
  Store store_;
  StoreRecords records_;
  ToolContext context_;
  Runner runner_;
};

void tell(int pipe, const std::string& line) {
  (void)!::write(pipe, line.data(), line.size());
}

// Acts until it is killed.
void act(const fs::path& root, Model model, int round, uint64_t seed, int pipe) {
  Process process(root);
  Random random(seed);
  Model before;
  bool can_undo = false;
  Result<void> recovered = process.runner().recover();
  for (int number = 0; recovered; ++number) {
    const Operation operation = choose(model, can_undo, fmt::format("t{}n{}", round, number), random);
    tell(pipe, fmt::format("B {} {}\n", operation.action, to_json_text(operation.arguments)));
    const size_t space = operation.action.find(' ');
    const Result<RunResult> result =
        operation.action == "undo" ? process.runner().undo(std::nullopt)
                                   : process.runner().run(operation.action.substr(0, space),
                                                          operation.action.substr(space + 1), operation.arguments);
    if (!result || !result->id) {
      tell(pipe, fmt::format("E {}\n", result ? result->outcome.reply : result.error().message));
      break;
    }
    tell(pipe, "A\n");
    Model next = after(model, operation, before);
    can_undo = operation.action != "undo";
    before = std::exchange(model, std::move(next));
  }
  while (true) ::pause();
}

// What is there. Anything that no action of ours leaves is corrupt.
Result<Model> look(const fs::path& root, Process& process) {
  Model found;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(root / "lists", code)) {
    const fs::path& path = entry.path();
    if (path.extension() != ".md") return Error{ErrorKind::kCorrupt, fmt::format("left over: {}", path.string())};
    std::string text = TRY(read_file(path));
    std::multiset<std::string>& items = found.lists[path.stem().string()];
    const size_t heading = text.find("\n\n");
    if (!text.starts_with("# ") || heading == std::string::npos)
      return Error{ErrorKind::kCorrupt, "a torn list: " + text};
    for (size_t at = heading + 2; at < text.size();) {
      const size_t end = text.find('\n', at);
      if (end == std::string::npos || !text.substr(at).starts_with("- [ ] ")) {
        return Error{ErrorKind::kCorrupt, "a torn list: " + text};
      }
      items.insert(text.substr(at + 6, end - at - 6));
      at = end + 1;
    }
  }
  for (const auto& [key, value] : TRY(process.records().all("timer"))) found.timers.insert(value.value("name", ""));
  for (const auto& entry : fs::directory_iterator(root / "Trash/files", code)) {
    if (!entry.path().empty()) ++found.trashed;
  }
  return found;
}

struct Heard {
  std::vector<std::string> lines;
};

Heard listen(int pipe) {
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(pipe, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  Heard heard;
  for (size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    heard.lines.push_back(text.substr(at, end - at));
  }
  return heard;
}

struct Options {
  int kills = 200;
  uint64_t seed = 1;
  fs::path folder;
  bool json = false;
};

struct Report {
  int kills = 0;
  int64_t acknowledged = 0;
  int64_t under_way = 0;  // kills that hit an action between its two messages
  std::vector<double> ready_ms;
};

class Storm {
 public:
  explicit Storm(const Options& options) : options_(options), random_(options.seed) {}

  Result<Report> run() {
    for (int round = 0; round < options_.kills; ++round) {
      Heard heard = TRY(one_life(round));
      TRY(check(heard).context(fmt::format("round {} of seed {}", round, options_.seed)));
      ++report_.kills;
    }
    return report_;
  }

 private:
  Result<Heard> one_life(int round) {
    int ends[2];
    if (::pipe(ends) != 0) return Error{ErrorKind::kIo, "no pipe"};
    const uint64_t seed = (uint64_t{random_.next_u32()} << 32) | random_.next_u32();
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      act(options_.folder, model_, round, seed, ends[1]);
    }
    ::close(ends[1]);
    ::usleep(random_.next_below(kMaxLife_us));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    Heard heard = listen(ends[0]);
    ::close(ends[0]);
    return heard;
  }

  Result<void> check(const Heard& heard) {
    Model before;
    std::optional<Operation> open;
    for (const std::string& line : heard.lines) {
      if (line[0] == 'E') return Error{ErrorKind::kInternal, "an action failed: " + line};
      if (line[0] == 'B') {
        const size_t brace = line.find('{');
        open = Operation{line.substr(2, brace - 3), TRY(parse_json(line.substr(brace)))};
      } else {
        Model next = after(model_, *open, before);
        before = std::exchange(model_, std::move(next));
        open.reset();
        ++report_.acknowledged;
      }
    }
    if (open) ++report_.under_way;
    return compare(open, before);
  }

  Result<void> compare(const std::optional<Operation>& open, const Model& before) {
    const auto start = Steady::now();
    Process process(options_.folder);
    TRY(process.runner().recover());
    TRY(process.store().records("timer"));
    report_.ready_ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
    const Model found = TRY(look(options_.folder, process));
    if (found != model_) {
      if (!open || found != after(model_, *open, before)) return Error{ErrorKind::kCorrupt, difference(found, open)};
      model_ = found;
    }
    const bool last = report_.kills + 1 == options_.kills;
    if (report_.kills % kVerifyEvery != 0 && !last) return {};
    const VerifyReport verified = TRY(process.store().verify());
    if (verified.problems.empty()) return {};
    return Error{ErrorKind::kCorrupt, verified.problems.front()};
  }

  std::string difference(const Model& found, const std::optional<Operation>& open) const {
    std::string text = "lost, done twice, or half done:";
    const auto describe = [](const Model& model) {
      std::string all = fmt::format("{} timers, {} trashed", model.timers.size(), model.trashed);
      for (const auto& [name, items] : model.lists) all += fmt::format(", {}({})", name, items.size());
      return all;
    };
    text += fmt::format("\n  acknowledged: {}\n  found:        {}", describe(model_), describe(found));
    if (open) text += fmt::format("\n  under way:    {} {}", open->action, to_json_text(open->arguments));
    return text;
  }

  Options options_;
  Random random_;
  Model model_;
  Report report_;
};

int number_of(const char* text) {
  int value = 0;
  const std::string_view view(text);
  std::from_chars(view.data(), view.data() + view.size(), value);
  return value;
}

double percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[static_cast<size_t>(part * static_cast<double>(values.size() - 1))];
}

int run_storm(int argc, char** argv) {
  Options options;
  // In memory where there is such a folder: the kernel keeps what a killed process wrote, wherever that is.
  const fs::path memory = "/dev/shm";
  options.folder =
      (fs::is_directory(memory) ? memory : fs::temp_directory_path()) / fmt::format("favilla-storm-{}", ::getpid());
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") options.json = true;
    if (i + 1 == argc) break;
    if (word == "--kills") options.kills = number_of(argv[++i]);
    if (word == "--seed") options.seed = static_cast<uint64_t>(number_of(argv[++i]));
    if (word == "--folder") options.folder = argv[++i];
  }
  fs::create_directories(options.folder);
  const auto start = Steady::now();
  const Result<Report> report = Storm(options).run();
  const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
  if (!report) {
    fmt::print(stderr, "storm: {}\n(kept: {})\n", report.error().message, options.folder.string());
    return 1;
  }
  std::error_code code;
  fs::remove_all(options.folder, code);
  const Json json{{"kills", report->kills},
                  {"acknowledged", report->acknowledged},
                  {"under_way", report->under_way},
                  {"lost", 0},
                  {"duplicated", 0},
                  {"corrupt", 0},
                  {"ready_p50_ms", percentile(report->ready_ms, 0.5)},
                  {"ready_p99_ms", percentile(report->ready_ms, 0.99)},
                  {"seconds", seconds}};
  if (options.json) {
    fmt::print("{}\n", to_json_text(json));
  } else {
    fmt::print(
        "{} kills, {} while an action was under way; {} acknowledged actions: none lost, none doubled, nothing "
        "corrupt; ready after {:.1f} ms (p99), {:.0f} s\n",
        report->kills, report->under_way, report->acknowledged, percentile(report->ready_ms, 0.99), seconds);
  }
  return percentile(report->ready_ms, 0.99) <= 500 ? 0 : 1;
}

}  // namespace
}  // namespace favilla

int main(int argc, char** argv) {
  return favilla::run_storm(argc, argv);
}
