// favilla bench: tokens per second of reading a prompt and of writing after contexts of several depths.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/json.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"

namespace favilla::cli {
namespace {

struct BenchFlags {
  EngineFlags engine;
  std::vector<int> prefill = {16, 128};
  int decode = 64;
  std::vector<int> depths = {0, 512};
  int repeat = 5;
  std::string kv = "f16";
  bool json = false;
};

struct Measurement {
  std::string name;
  std::vector<double> tokens_per_s;  // sorted

  double median() const { return tokens_per_s[tokens_per_s.size() / 2]; }
};

// Any ids do: the work does not depend on them. The same in every run.
std::vector<TokenId> some_tokens(size_t count, int vocabulary) {
  Random random(1);
  std::vector<TokenId> ids(count);
  for (TokenId& id : ids) id = static_cast<TokenId>(random.next_below(static_cast<uint32_t>(vocabulary)));
  return ids;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<double> time_prefill(Session& session, std::span<const TokenId> ids, const CancelFlag& cancel) {
  session.truncate(0);
  const auto start = std::chrono::steady_clock::now();
  TRY(session.prefill(ids, &cancel));
  return static_cast<double>(ids.size()) / seconds_since(start);
}

Result<double> time_decode(Session& session, std::span<const TokenId> context, std::span<const TokenId> ids,
                           const CancelFlag& cancel) {
  session.truncate(0);
  if (!context.empty()) TRY(session.prefill(context, &cancel));
  const auto start = std::chrono::steady_clock::now();
  for (const TokenId id : ids) TRY(session.append(id, &cancel));
  return static_cast<double>(ids.size()) / seconds_since(start);
}

// One run that is not counted, then `repeat` that are.
template <class Time>
Result<Measurement> measure(std::string name, int repeat, Time time) {
  Measurement measurement{std::move(name), {}};
  TRY(time());
  for (int i = 0; i < repeat; ++i) measurement.tokens_per_s.push_back(TRY(time()));
  std::sort(measurement.tokens_per_s.begin(), measurement.tokens_per_s.end());
  return measurement;
}

Result<std::vector<Measurement>> run_bench(LoadedModel& model, const BenchFlags& flags, const CancelFlag& cancel) {
  const int deepest = flags.depths.empty() ? 0 : *std::max_element(flags.depths.begin(), flags.depths.end());
  const int longest = flags.prefill.empty() ? 0 : *std::max_element(flags.prefill.begin(), flags.prefill.end());
  const int context = std::max({longest, deepest + flags.decode, 1});
  Session session = TRY(model.engine.new_session({.context_tokens = context, .kv_type = kv_type(flags.kv)}));
  const std::vector<TokenId> tokens = some_tokens(static_cast<size_t>(context), model.engine.info().vocabulary_size);
  const std::span<const TokenId> all(tokens);
  std::vector<Measurement> results;
  for (const int count : flags.prefill) {
    results.push_back(TRY(measure(fmt::format("pp{}", count), flags.repeat, [&] {
      return time_prefill(session, all.first(static_cast<size_t>(count)), cancel);
    })));
  }
  for (const int depth : flags.depths) {
    if (flags.decode == 0) break;
    const std::string name =
        depth == 0 ? fmt::format("tg{}", flags.decode) : fmt::format("tg{}@{}", flags.decode, depth);
    const auto before = all.first(static_cast<size_t>(depth));
    const auto written = all.subspan(static_cast<size_t>(depth), static_cast<size_t>(flags.decode));
    results.push_back(TRY(measure(name, flags.repeat, [&] { return time_decode(session, before, written, cancel); })));
  }
  return results;
}

void print_results(CommandContext& context, const BenchFlags& flags, const LoadedModel& model,
                   const std::vector<Measurement>& results) {
  const CpuFeatures cpu = detect_cpu();
  const std::string isa = flags.engine.isa.empty() ? isa_name(best_isa(cpu)) : flags.engine.isa;
  if (flags.json) {
    Json rows = Json::array();
    for (const Measurement& m : results) {
      rows.push_back({{"name", m.name},
                      {"tokens_per_s", m.median()},
                      {"min", m.tokens_per_s.front()},
                      {"max", m.tokens_per_s.back()},
                      {"runs", m.tokens_per_s.size()}});
    }
    const Json all = {{"model", model.name},
                      {"cpu", cpu.name},
                      {"isa", isa},
                      {"threads", model.engine.threads()},
                      {"arithmetic", flags.engine.arithmetic},
                      {"kv", flags.kv},
                      {"results", rows}};
    fmt::print(context.out, "{}\n", to_json_text(all));
    return;
  }
  fmt::print(context.out, "{}, {} threads, {} ({})\n\n", model.name, model.engine.threads(), cpu.name, isa);
  fmt::print(context.out, "{:<12} {:>12} {:>12} {:>12}\n", "test", "tokens/s", "slowest", "fastest");
  for (const Measurement& m : results) {
    fmt::print(context.out, "{:<12} {:>12.1f} {:>12.1f} {:>12.1f}\n", m.name, m.median(), m.tokens_per_s.front(),
               m.tokens_per_s.back());
  }
}

}  // namespace

int cmd_bench(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{
      "Measures how fast a model reads (pp) and writes (tg), in tokens per second: the median of several runs.",
      "favilla bench"};
  BenchFlags flags;
  add_engine_options(app, flags.engine);
  app.add_option("--prefill", flags.prefill, "prompt lengths in tokens")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--decode", flags.decode, "tokens to write")->check(CLI::Range(0, 1 << 20))->capture_default_str();
  app.add_option("--depth", flags.depths, "tokens in the context before writing")
      ->delimiter(',')
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  app.add_option("--repeat", flags.repeat, "counted runs")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--kv", flags.kv, "cache of the context")
      ->check(CLI::IsMember({"f16", "q8_0"}))
      ->capture_default_str();
  app.add_flag("--json", flags.json, "print one JSON object");
  app.footer(
      examples({"favilla bench smollm2-135m", "favilla bench smollm2-135m --prefill 16,128 --depth 0,512 --json"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  Result<LoadedModel> model = load_model(context, flags.engine);
  if (!model) return print_error(context, model.error());
  const Result<std::vector<Measurement>> results = run_bench(*model, flags, context.cancel);
  if (!results) return print_error(context, results.error());
  print_results(context, flags, *model, *results);
  return kExitOk;
}

}  // namespace favilla::cli
