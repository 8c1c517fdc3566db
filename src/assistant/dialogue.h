// What the next sentence may refer to: the last actions, what they were about, and a question that waits for its
// answer. One dialogue is one face's; `favilla ask` keeps it in a small file between two calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "policy/policy.h"
#include "understand/understand.h"

namespace favilla {

// After this long "it" and "no, at 7" no longer refer to what was said before.
inline constexpr std::chrono::minutes kDialogueMemory{10};

// What a call was made from, as the monitor wants to know it (RunOptions has the same).
struct CallOrigin {
  Label label = kOwnersWords;
  std::optional<std::string> words = std::nullopt;  // of a model's call: what the owner said
};

struct Dialogue {
  // A question, and the action that goes on once it is answered.
  struct Pending {
    PlannedAction action;
    std::string argument;  // that the answer fills; empty: whether to do it at all
    std::vector<std::string> choices;

    bool is_proposal() const { return argument.empty(); }
  };

  std::vector<Mention> mentions;
  std::vector<PlannedAction> last;  // the actions of the last turn, with the arguments they ran with
  std::vector<int64_t> last_ids;    // their entries in the journal; fewer when some changed nothing
  std::vector<int64_t> undone_ids;  // of the undo before, for "redo"
  std::optional<Pending> pending;
  CallOrigin origin;  // of `last` and `pending`
  Moment time{};      // of the last turn
  Moment begun{};     // of the first

  // What an approval "for this task" is bound to.
  std::string task() const;

  // Begins anew when the last turn is older than kDialogueMemory.
  void expire(Moment now);
};

Json to_json(const Dialogue& dialogue);

// kCorrupt for JSON that to_json did not write.
Result<Dialogue> dialogue_from_json(const Json& json);

}  // namespace favilla
