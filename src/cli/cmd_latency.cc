// favilla latency: the latency contract, measured on this machine now.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/latency_stages.h"
#include "cli/table.h"

namespace favilla::cli {
namespace {

void print_json(const CommandContext& context, const std::vector<LatencyStage>& stages) {
  Json rows = Json::array();
  for (const LatencyStage& stage : stages) {
    rows.push_back({{"stage", stage.name},
                    {"p50_ms", stage.timings.p50_ms()},
                    {"p95_ms", stage.timings.p95_ms()},
                    {"bar_ms", stage.bar_ms},
                    {"pass", stage.passes()}});
  }
  fmt::print(context.out, "{}\n", to_json_text({{"stages", std::move(rows)}}));
}

void print_stages(const CommandContext& context, const std::vector<LatencyStage>& stages) {
  std::vector<TableRow> rows = {{"STAGE", "P50 MS", "P95 MS", "BAR MS", ""}};
  for (const LatencyStage& stage : stages) {
    rows.push_back({stage.name, fmt::format("{:.3f}", stage.timings.p50_ms()),
                    fmt::format("{:.3f}", stage.timings.p95_ms()), fmt::format("{:g}", stage.bar_ms),
                    stage.passes() ? "pass" : "FAIL"});
  }
  fmt::print(context.out, "{}", format_table(rows));
}

}  // namespace

int cmd_latency(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{
      "Measures how long this machine makes its owner wait, against the bars of the latency contract: the 95th "
      "percentile counts. Needs the model smollm2-135m.",
      "favilla latency"};
  bool json = false;
  bool check = false;
  app.add_flag("--json", json, "print one JSON object");
  app.add_flag("--check", check, "exit with 1 when a stage misses its bar");
  app.footer(examples({"favilla latency", "favilla latency --check --json"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  const Result<std::vector<LatencyStage>> stages = measure_latency(context);
  if (!stages) return print_error(context, stages.error());
  if (json) {
    print_json(context, *stages);
  } else {
    print_stages(context, *stages);
  }
  const bool all_pass = std::all_of(stages->begin(), stages->end(), [](const LatencyStage& s) { return s.passes(); });
  return check && !all_pass ? kExitFailure : kExitOk;
}

}  // namespace favilla::cli
