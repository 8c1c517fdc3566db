// The stages of the latency contract: what a person waits for, how long at most, and how it is measured here and now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/timings.h"

namespace favilla::cli {

struct LatencyStage {
  std::string name;
  double bar_ms;  // of the 95th percentile
  Timings timings;

  bool passes() const { return timings.p95_ms() <= bar_ms; }
};

// Stages whose part does not exist yet, or whose model is not installed, are absent. kNotFound with the command that
// fetches it when the model that most stages need is not here.
Result<std::vector<LatencyStage>> measure_latency(const CommandContext& context);

// From the event of a token to the write having returned, on a pseudo-terminal of our own.
Result<Timings> time_terminal_writes(const CancelFlag& cancel, int events);

}  // namespace favilla::cli
