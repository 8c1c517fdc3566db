// The arguments of one call, put together from what the conversation has for each parameter.
//
//   FilledCall filled = TRY(fill_arguments(tool, said, {.trust = trust, .read = reader}));
//   if (filled.missing.empty()) call(tool.name, filled.arguments);
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "assistant/agent/argument_reader.h"
#include "assistant/agent/values.h"
#include "base/result.h"
#include "model/model.h"
#include "understand/understand.h"

namespace favilla {

// How likely each of `options` is behind the pieces of the call written so far (tool_prompt.h, tool_answer_pieces), as
// natural logarithms.
using WeighOptions = std::function<Result<std::vector<double>>(std::span<const std::string> written,
                                                               std::span<const std::string> options)>;
// Which words are the parameter's.
using ReadArgument = std::function<Result<ArgumentReading>(const Parameter& parameter)>;

// What becomes of the models' words for an argument: units of evidence.
struct ArgumentTrust {
  double likelihood = 0;  // one unit of log likelihood, among values that the conversation has
  double proposed = 0;    // the value that the model itself would write
  double unproposed = 0;  // less, of an optional argument that it would not write
  double reading = 0;     // one unit of the reader's log odds
  double beside = 1;      // one unit of evidence, where there is a reading
  double slot_word = 0;   // each word of a slot that rules found, beside the reading of its arguments
};

// What models say of a call's arguments. All of it may be absent: then evidence alone decides.
struct ArgumentHelp {
  ArgumentTrust trust = {};
  WeighOptions weigh = {};
  ReadArgument read = {};
  std::span<const FoundSlot> slots = {};  // that rules found in what the user said last, for this function
  Json proposal = nullptr;  // the arguments that a model would write; of texts, only what the conversation has counts
};

inline constexpr double kMostMargin = 6.0;  // more makes a call no surer

struct FilledCall {
  Json arguments = Json::object();
  std::vector<std::string> missing;  // required, and the conversation has nothing for them
  std::vector<std::string> remarks;
  double fill = 1;      // 0..1: of the required parameters, how many are known
  double sureness = 0;  // 0..1: how much speaks for their values, on average; 0 when nothing is required
  // By how much the closest choice was made, which value or whether there is one; in units of evidence, by a reader.
  double margin = kMostMargin;
};

FilledCall fill_by_evidence(const ToolDefinition& tool, const Said& said);
Result<FilledCall> fill_arguments(const ToolDefinition& tool, const Said& said, const ArgumentHelp& help);

}  // namespace favilla
