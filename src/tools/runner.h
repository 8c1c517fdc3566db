// Runner: does what a tool's action asks for, once, journaled, so that it can be undone.
//
// An action's life: check the arguments -> plan (the tool reads) -> the monitor allows it, or the owner -> intent row,
// on the disk -> steps, each on the disk -> result row. Nothing half done: when a step fails, those before it are taken
// back and the action has failed.
//
// After a crash, recover() looks at every intent without a result. If all its steps are in the world, the action is
// finished ("done"). Otherwise it is taken back ("failed"): its owner never saw it confirmed. Only an outward call that
// had begun cannot be judged so: it is made again if its action is idempotent and the crash is recent, and otherwise
// the entry becomes "unsure", which the owner is told.
//
// Only one process runs an action at a time (Store::lock). Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"
#include "store/store.h"
#include "tools/apply.h"
#include "tools/step.h"
#include "tools/tool.h"

namespace favilla {

struct RunOptions {
  bool approved = false;       // the owner agrees to whatever it is; what a rule forbids stays forbidden
  bool dry_run = false;        // says what would happen, does nothing
  std::string turn = "";       // which turn of a conversation asks for it; may be empty
  Label label = kOwnersWords;  // of everything that the call was made from
  // Of a model's call: what the owner said, where its destinations may come from. nullopt: the call itself is what he
  // said, or what rules made of it.
  std::optional<std::string> words = std::nullopt;
};

struct RunResult {
  Outcome outcome;
  std::optional<int64_t> id;  // of the journal's entry; absent when nothing was changed
  Label label = {};           // of the outcome: joins what the call was made from and what the action reads
};

// How far the owner's agreement goes.
struct Grant {
  Scope scope = Scope::kOnce;
  std::chrono::minutes length{60};  // of kUntil, from when it is given
};

// A call that waits for the owner.
struct AskedApproval {
  std::string hash;  // call.h
  std::string call;  // canonical
  std::string turn;
  std::string question;  // what he has to see: several lines
};

// What recovery did with one entry.
struct Recovered {
  int64_t id = 0;
  std::string state;  // "done", "failed" or "unsure"
  std::string text;   // one sentence
};

struct RunnerOptions {
  std::filesystem::path trash;                               // the home trash, $XDG_DATA_HOME/Trash
  std::vector<Rule> rules = {};                              // the owner's
  std::vector<std::filesystem::path> protected_places = {};  // folders and files that no action may touch
  std::function<Decision(const PolicyCall&, std::span<const Rule>, LocalSeconds)> decide = favilla::decide;
};

// The action, or kNotFound naming those that there are.
Result<const Action*> find_action(std::span<const Tool> tools, std::string_view tool, std::string_view action);

// All actions, as rules name them.
std::vector<ActionName> action_names(std::span<const Tool> tools);

// Records for a ToolContext, from the store.
class StoreRecords : public Records {
 public:
  explicit StoreRecords(const Store& store) : store_(store) {}
  Result<std::optional<Json>> find(std::string_view collection, std::string_view key) const override {
    return store_.record(collection, key);
  }
  Result<std::vector<std::pair<std::string, Json>>> all(std::string_view collection) const override {
    return store_.records(collection);
  }
  Result<std::vector<std::pair<std::string, Json>>> memories_with_words(const std::vector<std::string>& words,
                                                                        size_t limit) const override {
    return store_.memories_with_words(words, limit);
  }

 private:
  const Store& store_;
};

class Runner {
 public:
  // All must outlive the runner.
  Runner(Store& store, std::span<const Tool> tools, const ToolContext& context, RunnerOptions options)
      : store_(store), approvals_(store), tools_(tools), context_(context), options_(std::move(options)) {}

  // kPermission: the monitor does not allow it, and nothing was done. When asked() has a value, the owner may approve
  // it; the message says what it is in short. kBusy: something
  // changed meanwhile; nothing was done, and it can be tried again. A result whose outcome has a question changed
  // nothing either.
  Result<RunResult> run(std::string_view tool, std::string_view action, const Json& arguments,
                        const RunOptions& options = {});

  // What the last run() or undo() waits for; nullopt when it was allowed, or denied for good.
  const std::optional<AskedApproval>& asked() const { return asked_; }

  // The owner agrees to what asked() says. The same call is then to be run again.
  Result<void> approve(const Grant& grant);

  // Takes an entry back, or the last one that can be. It is an entry itself, so that undoing it is redoing. kNotFound:
  // nothing to undo; kUnsupported: nothing takes it back; kBusy: something changed since, and the message says what.
  Result<RunResult> undo(std::optional<int64_t> id, const RunOptions& options = {});

  // Finishes or takes back what a killed process left. run() and undo() do so first; a program that starts does, too,
  // to tell the owner. Cheap when there is nothing: it opens no database that is not there.
  Result<void> recover();

  // What recovery did since this was last asked, to be told to the owner once.
  std::vector<Recovered> take_recovered() { return std::exchange(recovered_, {}); }

  // What came due by now (Tool::due), each tool's changes applied and journaled.
  Result<std::vector<Outcome>> due();

 private:
  // One action under way.
  struct Work {
    const Action* action = nullptr;  // makes its calls; nullptr when the table no longer has it
    Json intent;                     // what the journal gets, without the changes
    std::vector<Step> steps;
    Json calls = Json::array();        // what the outward calls answered
    std::optional<Approval> approval;  // that it uses
    int64_t undo_of = 0;
    int64_t id = 0;
  };
  // How the outward calls of an action went.
  struct Calls {
    Json results = Json::array();
    std::optional<Error> error;
    bool unsure = false;  // with an error: whether something happened
  };

  struct Admission {
    Decision decision;
    std::optional<Approval> approval;
  };
  Result<Admission> admit(const PolicyCall& call, const std::string& name, const std::string& what,
                          const RunOptions& options);
  Result<void> admit_reading(const PolicyCall& call, const std::string& name, const RunOptions& options);
  PolicyCall undo_call(const JournalEntry& entry, const Work& undone, const std::vector<Step>& steps,
                       const RunOptions& options) const;
  Result<RunResult> finish_run(Work work, Outcome outcome);

  Result<void> carry_out(Work& work, const Json& result);
  Result<void> write_intent(Work& work);
  Result<void> write_at_once(Work& work, const Json& result);
  Result<void> write_sealed(StoreWriter& writer, Work& work, Json body, const Json& result) const;
  Result<void> write_end(const Work& work, std::string_view state, const Json& end, Durability durability);
  Result<void> append_end(StoreWriter& writer, const Work& work, std::string_view state, const Json& end);
  Result<void> set_records(StoreWriter& writer, const Work& work) const;
  Result<void> mark_undone(StoreWriter& writer, int64_t id, int64_t by, bool undone, int depth) const;
  Error fail(const Work& work, size_t applied, Error error);
  Result<void> take_back(const Work& work, size_t count) const;
  Calls make_calls(const Work& work) const;
  Result<Json> call_outside(const Work& work);
  void clean(const Work& work);

  Result<void> recover_locked();
  Result<void> recover_entry(const JournalEntry& entry);
  Result<void> recover_files(const Work& work);
  Result<void> recover_calls(const Work& work, Moment begun);
  Result<void> settle(const Work& work, std::string_view state, const std::string& text);
  Result<Work> work_of(const JournalEntry& entry) const;

  Result<JournalEntry> entry_to_undo(std::optional<int64_t> id) const;
  std::string changed_since(const Work& undone) const;
  StepPlace place_of(const Work& work, size_t index) const;

  Store& store_;
  Approvals approvals_;
  std::span<const Tool> tools_;
  const ToolContext& context_;
  RunnerOptions options_;
  std::vector<Recovered> recovered_;
  std::optional<AskedApproval> asked_;
  std::vector<int64_t> cleaned_;  // entries whose temporaries are gone; the next transaction forgets them
};

}  // namespace favilla
