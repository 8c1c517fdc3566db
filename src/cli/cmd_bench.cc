// favilla bench: tokens per second of reading a prompt and of writing, and how long the first token takes.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/json.h"
#include "cli/bench_limits.h"
#include "cli/bench_runs.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/self_run.h"

namespace favilla::cli {
namespace {

struct BenchFlags {
  EngineFlags engine;
  BenchPlan plan{.prefill = {16, 128, 512},
                 .decode = 64,
                 .depths = {0, 512, 2048},
                 .batches = {},
                 .new_tokens = {15, 40},
                 .restored = {300}};
  int starts = 3;
  std::string kv = "f16";
  bool limits = false;
  bool screen = false;
  bool json = false;
};

// What was asked for, measured.
struct BenchReport {
  std::string isa;
  int threads;
  std::vector<Measurement> results;
  std::optional<MachineLimits> limits;
  std::optional<ModelWork> work;  // with limits

  // How much of the machine's limit a result reaches: of int8 products when reading a prompt, of memory bandwidth when
  // writing. nullopt without limits, and where none is known.
  std::optional<double> percent_of_limit(const Measurement& result) const;
};

std::optional<double> BenchReport::percent_of_limit(const Measurement& result) const {
  if (!limits || result.tokens == 0) return std::nullopt;
  const MachineLimits::Figures& most = threads == 1 ? limits->one_thread : limits->all_threads;
  const double seconds = result.timings.percentile_s(50);
  if (result.name.starts_with("tg")) return 100 * work->token_bytes * result.passes / seconds / most.read_bytes_per_s;
  if (most.multiply_adds_per_s == 0) return std::nullopt;
  const double multiply_adds = work->prompt_multiply_adds * result.tokens + work->head_multiply_adds;
  return 100 * multiply_adds / seconds / most.multiply_adds_per_s;
}

bool is_given(const CLI::App& app, const char* option) {
  return app.count(option) > 0;
}

// Defaults that the model's window has no room for are left out; what was asked for and does not fit is an error.
void fit_defaults(const CLI::App& app, int window_tokens, BenchPlan& plan) {
  const auto drop = [&](const char* option, std::vector<int>& counts, int beside) {
    if (!is_given(app, option)) std::erase_if(counts, [&](int count) { return count + beside > window_tokens; });
  };
  drop("--prefill", plan.prefill, 0);
  drop("--depth", plan.depths, plan.decode);
  drop("--first-token", plan.new_tokens, kCachedPrefixTokens + 1);
  drop("--restore", plan.restored, 0);
}

// Whole processes, as a person starts them, with the model in the page cache.
Result<Measurement> measure_starts(const BenchFlags& flags, const CancelFlag& cancel) {
  std::vector<std::string> args = {"run", flags.engine.model, "--kv", flags.kv, "--max-tokens", "1"};
  if (!flags.engine.adapter.empty()) args.insert(args.end(), {"--adapter", flags.engine.adapter});
  args.insert(args.end(), {"--threads", std::to_string(flags.engine.threads), "What is the capital of France?"});
  Measurement measurement{.name = "cold start"};
  TRY(seconds_to_first_byte(args, cancel));
  for (int i = 0; i < flags.starts; ++i) measurement.timings.add(TRY(seconds_to_first_byte(args, cancel)));
  return measurement;
}

Result<BenchReport> run_bench(const CommandContext& context, const CLI::App& app, BenchFlags flags) {
  BenchReport report;
  // Before the model takes its memory here too.
  if (flags.starts > 0) report.results.push_back(TRY(measure_starts(flags, context.cancel)));
  LoadedModel model = TRY(load_model(context, flags.engine));
  flags.plan.adapter = TRY(load_adapter(model.engine, flags.engine.adapter));
  const Isa isa = TRY(engine_options(flags.engine)).isa.value_or(best_isa(detect_cpu()));
  report.isa = isa_name(isa);
  report.threads = model.engine.threads();
  if (flags.limits) {
    report.work = TRY(model_work(context.paths, flags.engine.model));
    report.limits = TRY(measure_limits(isa, report.threads, static_cast<int64_t>(report.work->token_bytes)));
  }
  fit_defaults(app, model.engine.info().training_context_tokens, flags.plan);
  // Beside the real ones: the same disk.
  const std::filesystem::path folder = context.paths.cache / fmt::format("bench-{}", ::getpid());
  std::vector<Measurement> results = TRY(run_plan(model, flags.plan, folder, context.cancel));
  report.results.insert(report.results.begin(), results.begin(), results.end());
  return report;
}

Json limits_json(const MachineLimits& limits) {
  const auto figures = [](const MachineLimits::Figures& of) {
    Json json = {{"read_bytes_per_s", of.read_bytes_per_s}, {"multiply_adds_per_s", nullptr}};
    if (of.multiply_adds_per_s > 0) json["multiply_adds_per_s"] = of.multiply_adds_per_s;
    return json;
  };
  return {{"one_thread", figures(limits.one_thread)},
          {"all_threads", figures(limits.all_threads)},
          {"buffer_bytes", limits.buffer_bytes},
          {"may_sit_in_l3", limits.may_sit_in_l3()}};
}

void print_json(const CommandContext& context, const BenchFlags& flags, const BenchReport& report) {
  Json rows = Json::array();
  for (const Measurement& m : report.results) {
    Json row = {{"name", m.name}, {"p50_ms", m.timings.p50_ms()}, {"p95_ms", m.timings.p95_ms()}};
    if (m.tokens > 0) {
      row["tokens_per_s"] = m.tokens_per_s();
      row["min"] = m.tokens / m.timings.slowest_s();
      row["max"] = m.tokens / m.timings.fastest_s();
    }
    if (const std::optional<double> percent = report.percent_of_limit(m)) row["percent_of_limit"] = *percent;
    row["runs"] = m.timings.count();
    rows.push_back(std::move(row));
  }
  Json all = {{"model", flags.engine.model},
              {"cpu", detect_cpu().name},
              {"isa", report.isa},
              {"threads", report.threads},
              {"arithmetic", flags.engine.arithmetic},
              {"kv", flags.kv},
              {"adapter", flags.engine.adapter},
              {"results", std::move(rows)}};
  if (report.limits) all["limits"] = limits_json(*report.limits);
  fmt::print(context.out, "{}\n", to_json_text(all));
}

void print_table(const CommandContext& context, const BenchFlags& flags, const BenchReport& report) {
  fmt::print(context.out, "{}, {} threads, {} ({})\n\n", flags.engine.model, report.threads, detect_cpu().name,
             report.isa);
  fmt::print(context.out, "{:<20}{:>11}{:>11}{:>11}{:>11}{:>11}{}\n", "test", "tokens/s", "slowest", "fastest",
             "p50 ms", "p95 ms", report.limits ? "    % of limit" : "");
  for (const Measurement& m : report.results) {
    const auto rate = [&](double seconds) { return m.tokens > 0 ? fmt::format("{:.1f}", m.tokens / seconds) : ""; };
    const std::optional<double> percent = report.percent_of_limit(m);
    fmt::print(context.out, "{:<20}{:>11}{:>11}{:>11}{:>11.1f}{:>11.1f}{}\n", m.name, rate(m.timings.percentile_s(50)),
               rate(m.timings.slowest_s()), rate(m.timings.fastest_s()), m.timings.p50_ms(), m.timings.p95_ms(),
               percent ? fmt::format("{:>14.0f}", *percent) : "");
  }
  if (report.limits) fmt::print(context.out, "\n{}\n", limits_text(*report.limits));
}

void add_bench_options(CLI::App& app, BenchFlags& flags) {
  const auto list = [&](const char* name, std::vector<int>& counts, int least, int most, const char* help) {
    app.add_option(name, counts, help)->delimiter(',')->check(CLI::Range(least, most))->capture_default_str();
  };
  add_engine_options(app, flags.engine);
  add_adapter_option(app, flags.engine.adapter);
  constexpr int kMostTokens = 1 << 20;
  list("--prefill", flags.plan.prefill, 1, kMostTokens, "prompt lengths in tokens");
  app.add_option("--decode", flags.plan.decode, "tokens to write")
      ->check(CLI::Range(0, kMostTokens))
      ->capture_default_str();
  list("--depth", flags.plan.depths, 0, kMostTokens, "tokens in the context before writing");
  list("--batch", flags.plan.batches, 1, static_cast<int>(kMaxBatchSessions), "sequences written at once");
  list("--first-token", flags.plan.new_tokens, 0, kMostTokens,
       "new tokens after 300 cached ones, until the first token of the answer; 0: none");
  list("--restore", flags.plan.restored, 0, kMostTokens, "tokens of a prefix that is read back from the disk; 0: none");
  app.add_option("--starts", flags.starts, "counted processes, from their start to their first token")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--repeat", flags.plan.repeat, "counted runs of all else")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--kv", flags.kv, "cache of the context")
      ->check(CLI::IsMember({"f16", "q8_0"}))
      ->capture_default_str();
  app.add_flag("--screen", flags.screen, "write as the chat does: only the likeliest logits are exact");
  app.add_flag("--limits", flags.limits, "measure this machine's limits too, and say how near each figure comes");
  app.add_flag("--json", flags.json, "print one JSON object");
}

}  // namespace

int cmd_bench(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{
      "Measures how fast a model reads (pp) and writes (tg), in tokens per second, and how long a first token "
      "takes: the median (p50) and the 95th percentile of several runs.",
      "favilla bench"};
  BenchFlags flags;
  add_bench_options(app, flags);
  app.footer(examples({"favilla bench smollm2-135m",
                       "favilla bench smollm2-135m --prefill 4,16,128,2048 --depth 0,512,2048 --limits --json",
                       "favilla bench smollm2-135m --batch 1,2,4,8"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  std::erase(flags.plan.new_tokens, 0);
  std::erase(flags.plan.restored, 0);
  flags.plan.kv = kv_type(flags.kv);
  if (flags.screen) flags.plan.top = SamplingOptions{}.top_k;
  if (is_given(app, "--isa") || is_given(app, "--arithmetic")) {
    if (is_given(app, "--starts") && flags.starts > 0) {
      return print_error(context, {ErrorKind::kInvalidArgument,
                                   "--starts runs `favilla run`, which has no --isa and no --arithmetic"});
    }
    flags.starts = 0;
  }
  const Result<BenchReport> report = run_bench(context, app, flags);
  if (!report) return print_error(context, report.error());
  if (flags.json) {
    print_json(context, flags, *report);
  } else {
    print_table(context, flags, *report);
  }
  return kExitOk;
}

}  // namespace favilla::cli
