// The turn of a sentence that no rule understands: the model chooses among the tools' actions, the runner does them.
//
//   const AgentTurn turn([&](const AgentRequest& request, const CancelFlag* cancel) {
//     return agent.decide(request, cancel);
//   }, runner, builtin_tools(), clock, zone);
//   if (auto answer = TRY(turn.answer("jot down that the boiler hums", dialogue, {}))) show(answer->reply);
//   // nullopt: no function fits, and nothing was done; the sentence is for prose
//
// A small model is often wrong, and a wrong effect is worse than none. So a call is done at once only when much speaks
// for it; when less does, the answer asks whether to do it, and the dialogue waits for a "yes" (kAgentBars). What may
// happen is decided by the monitor, from the label of all that the turn has read and from the owner's own words.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "assistant/action_answer.h"
#include "assistant/agent/agent.h"
#include "assistant/dialogue.h"
#include "base/clock.h"
#include "base/time_zone.h"
#include "tools/mcp/mcp.h"
#include "tools/tools.h"

namespace favilla {

// How much must speak for a call (RankedTool::score) by what it does.
struct AgentBar {
  double done;      // at once
  double proposed;  // asked about; below it no function fits
};
struct AgentBars {
  AgentBar reads;
  AgentBar changes;  // what the journal can take back
  AgentBar sends;    // what leaves the computer or cannot be taken back
  double further;    // on top, for a call after the first
  double indirect;   // on top, to be proposed: for a change, where the sentence is no plain request
  double margin;     // of its arguments (AgentReply::margin), whatever the score is
};
extern const AgentBars kAgentBars;

struct AgentTurnOptions {
  std::string_view request = {};  // the sentence without "could you please ...?"; empty: the sentence itself
  ActionOptions actions = {};
  std::function<void(const AgentReply&)> on_decision = {};  // for people who ask why
  const CancelFlag* cancel = nullptr;
};

class AgentTurn {
 public:
  // Agent::decide, or a stand-in for it.
  using Decide = std::function<Result<AgentReply>(const AgentRequest&, const CancelFlag*)>;

  // All must outlive the turn. `runner` is used by one thread at a time; `offers` are the tools of servers that may be
  // called beside those of `tools`, which then have `mcp` among them. `rules` read times and numbers of the arguments.
  AgentTurn(Decide decide, Runner& runner, std::span<const Tool> tools, const Clock& clock, const TimeZone& zone,
            std::span<const McpToolOffer> offers = {}, const Understanding* rules = nullptr);

  // What goes wrong in an action is part of the answer. Errors are those of the decider; kCancelled.
  Result<std::optional<ActionAnswer>> answer(std::string_view text, Dialogue& dialogue,
                                             const AgentTurnOptions& options) const;

 private:
  class Steps;

  const Decide decide_;
  Runner& runner_;
  const std::span<const Tool> tools_;
  const std::span<const McpToolOffer> offers_;
  const Understanding* rules_;
  const std::vector<ToolDefinition> functions_;
  const std::map<std::string, std::vector<std::string>> examples_;
  const Clock& clock_;
  const TimeZone& zone_;
};

}  // namespace favilla
