// See latency_stages.h.
#include "cli/latency_stages.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "app/assistant_agent.h"
#include "base/file.h"
#include "catalog/catalog.h"
#include "cli/bench_runs.h"
#include "cli/instant_turns.h"
#include "cli/self_run.h"
#include "cli/temporary_folder.h"
#include "cli/terminal.h"

namespace favilla::cli {
namespace {

constexpr const char* kContractModel = "smollm2-135m";
constexpr int kRuns = 20;
constexpr int kTerminalEvents = 500;

// Each changes something: a task, a list, an event, a timer, and what takes the last of them back.
constexpr std::string_view kInstantSentences[] = {
    "remind me to call Ana tomorrow at 6 pm",
    "add milk and eggs to the shopping list",
    "put lunch with Rui on friday at 12:30 in my calendar",
    "set a timer for 10 minutes",
    "undo that",
};

// Each is a request that no rule understands.
constexpr std::string_view kAgentSentences[] = {
    "plumber's coming round this Saturday at 11, that should go in my calendar",
    "pasta's in, it takes 9 minutes, time it",
    "I need to ring Lena, what do I dial",
    "there's a file somewhere that mentions marmalade, which one is it",
    "what was in my note on the wifi again",
};

// "0.5B" of the contract.
constexpr int64_t kMiddleLeastParameters = 400'000'000;
constexpr int64_t kMiddleMostParameters = 650'000'000;

Result<Timings> time_first_tokens(const CommandContext& context, const std::string& model_name, int new_tokens) {
  LoadedModel model = TRY(load_model(context.paths, model_name, {}));
  const int window_tokens = kCachedPrefixTokens + new_tokens + 1;
  Session session = TRY(model.engine.new_session({.context_tokens = window_tokens}));
  const std::vector<TokenId> ids = some_tokens(static_cast<size_t>(window_tokens), model.engine.info().vocabulary_size);
  return TRY(measure_first_token(session, model.tokenizer, ids, new_tokens, kRuns, context.cancel)).timings;
}

Result<Timings> time_starts(const CommandContext& context) {
  const std::vector<std::string> args = {"run", kContractModel, "--max-tokens", "1", "What is the capital of France?"};
  Timings timings;
  TRY(seconds_to_first_byte(args, context.cancel));  // fills the page cache
  for (int i = 0; i < kRuns; ++i) timings.add(TRY(seconds_to_first_byte(args, context.cancel)));
  return timings;
}

// From the text to the reply, with everything done in between. The folder is on the owner's disk, where flushing takes
// the time that it will take.
Result<Timings> time_instant_turns(const CommandContext& context, bool flush) {
  const TemporaryFolder folder(context.paths.cache / fmt::format("latency-{}", ::getpid()));
  const std::filesystem::path& root = folder.path();
  const CommandContext inside{.paths = {root / "data", root / "config", root / "cache", root / "run"},
                              .cancel = context.cancel,
                              .out = context.out,
                              .err = context.err};
  const auto turns = TRY(InstantTurns::open(inside, {.workshop = {.flush = flush}, .yes = true}));
  Timings timings;
  for (int i = 0; i <= kRuns; ++i) {
    for (const std::string_view sentence : kInstantSentences) {
      const Stopwatch watch;
      const std::optional<ActionAnswer> answer = turns->answer(sentence);
      const double seconds = watch.seconds();
      if (!answer) return Error{ErrorKind::kInternal, fmt::format("\"{}\" is not understood", sentence)};
      for (const AnsweredAction& action : answer->actions) {
        if (action.error) return *action.error;
      }
      if (i > 0) timings.add(seconds);  // the first round makes the database
    }
  }
  return timings;
}

Result<Timings> time_instant_starts(const CommandContext& context) {
  const std::vector<std::string> args = {"ask", "--instant-only", "--dry-run", "what", "time", "is", "it"};
  Timings timings;
  TRY(seconds_to_first_byte(args, context.cancel));  // fills the page cache
  for (int i = 0; i < kRuns; ++i) timings.add(TRY(seconds_to_first_byte(args, context.cancel)));
  return timings;
}

// From the sentence to the function that it asks for: ranked, read and weighed by the model. Nothing is done.
Result<Timings> time_agent_decisions(const CommandContext& context) {
  LoadedModel model = TRY(load_model(context.paths, kContractModel, {}));
  Result<LoadedModel> embedding_model = load_model(context.paths, kEmbeddingModel, {});
  const EntityFinder entities = TRY(EntityFinder::load());
  const auto acting = TRY(open_agent(context.paths, model, embedding_model ? &*embedding_model : nullptr, entities,
                                     BuiltInAdapters::kForOwnFunctions));
  const TimeZone zone = TimeZone::of_this_machine();
  AgentRequest request{.messages = {}, .tools = offered_functions(builtin_tools()), .choice = AgentChoice::kRequired};
  request.examples = function_examples();
  request.time = {zone.to_local(SystemClock().now()), zone};
  Timings timings;
  for (int i = 0; i <= kRuns; ++i) {
    for (const std::string_view sentence : kAgentSentences) {
      request.messages = {{.content = std::string(sentence), .thinking = {}}};
      const AgentReply reply = TRY(acting->agent.decide(request, &context.cancel));
      if (i == 0) continue;  // makes vectors
      timings.add((reply.trace.recognize_ms + reply.trace.rank_ms + reply.trace.choose_ms) / 1000);
    }
  }
  return timings;
}

// An installed chat model of the middle size; empty when there is none.
Result<std::string> find_middle_model(const Catalog& catalog) {
  for (const ModelRow& row : TRY(catalog.rows())) {
    if (!catalog.is_complete(row)) continue;
    const ResolvedModel resolved = TRY(catalog.resolve(row.name));
    const GgufFile file = TRY(GgufFile::open(resolved.path));
    int64_t parameters = 0;
    for (const GgufTensor& tensor : file.tensors()) parameters += tensor.elements();
    const bool generates = file.find_string("general.architecture").value_or("") != "bert";
    if (generates && parameters >= kMiddleLeastParameters && parameters <= kMiddleMostParameters) return row.name;
  }
  return std::string();
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OwnedFile = std::unique_ptr<std::FILE, CloseFile>;

// Both ends of a pseudo-terminal. Reads from the master do not block.
struct PseudoTerminal {
  OwnedFile master;
  OwnedFile terminal;
};

Result<PseudoTerminal> open_pseudo_terminal() {
  PseudoTerminal made;
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (master < 0) return errno_error("cannot open", "a pseudo-terminal", errno);
  made.master.reset(::fdopen(master, "r"));
  std::array<char, 128> name{};
  if (::grantpt(master) != 0 || ::unlockpt(master) != 0 || ::ptsname_r(master, name.data(), name.size()) != 0) {
    return errno_error("cannot open", "a pseudo-terminal", errno);
  }
  const int terminal = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return errno_error("cannot open", name.data(), errno);
  made.terminal.reset(::fdopen(terminal, "w"));
  return made;
}

}  // namespace

Result<Timings> time_terminal_writes(const CancelFlag& cancel, int events) {
  const PseudoTerminal pseudo = TRY(open_pseudo_terminal());
  CommandContext context{
      .paths = {}, .cancel = cancel, .out = pseudo.terminal.get(), .out_is_terminal = true, .colour = true};
  AnswerPrinter printer(context);
  Timings timings;
  std::array<char, 4096> shown{};
  for (int i = 0; i < events; ++i) {
    const TurnEvent event{.kind = TurnEvent::Kind::kText, .text = i % 10 == 9 ? "word,\n" : " word", .result = {}};
    const Stopwatch watch;
    printer.print(event);
    timings.add(watch.seconds());
    // A terminal reads what it shows; without a reader its buffer would fill and block us.
    if (::read(::fileno(pseudo.master.get()), shown.data(), shown.size()) <= 0) {
      return errno_error("cannot read from", "a pseudo-terminal", errno);
    }
  }
  return timings;
}

Result<std::vector<LatencyStage>> measure_latency(const CommandContext& context) {
  const Catalog catalog(context.paths.models());
  TRY(catalog.resolve(kContractModel));
  std::vector<LatencyStage> stages;
  stages.push_back({"instant turn, flushed to disk", 10, TRY(time_instant_turns(context, true))});
  stages.push_back({"instant turn, not flushed", 2, TRY(time_instant_turns(context, false))});
  stages.push_back({"process start to instant reply", 30, TRY(time_instant_starts(context))});
  stages.push_back(
      {"first token, prefix cached, 40 new tokens, 135M", 60, TRY(time_first_tokens(context, kContractModel, 40))});
  stages.push_back(
      {"agent turn, 5 functions, warm, to the first decision, 135M", 100, TRY(time_agent_decisions(context))});
  if (const std::string middle = TRY(find_middle_model(catalog)); !middle.empty()) {
    stages.push_back(
        {"first token, prefix cached, 12 new tokens, 0.5B", 100, TRY(time_first_tokens(context, middle, 12))});
  }
  stages.push_back(
      {"process start to first token, files in page cache, prefix on disk, 135M", 150, TRY(time_starts(context))});
  stages.push_back(
      {"token to screen overhead, terminal", 5, TRY(time_terminal_writes(context.cancel, kTerminalEvents))});
  return stages;
}

}  // namespace favilla::cli
