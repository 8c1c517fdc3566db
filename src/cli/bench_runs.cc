// See bench_runs.h.
#include "cli/bench_runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "cli/temporary_folder.h"
#include "generate/prefix_store.h"

namespace favilla::cli {
namespace {

// One run that is not counted, then `repeat` that are. `run` prepares, then returns the seconds of what counts.
template <class Run>
Result<Timings> repeat_run(int repeat, Run run) {
  Timings timings;
  TRY(run());
  for (int i = 0; i < repeat; ++i) timings.add(TRY(run()));
  return timings;
}

Result<double> time_prefill(Session& session, std::span<const TokenId> ids, const CancelFlag& cancel) {
  session.truncate(0);
  const Stopwatch watch;
  TRY(session.prefill(ids, &cancel));
  return watch.seconds();
}

// The context stays in the cache from run to run; the prefill evaluates its last token only.
Result<double> time_decode(Session& session, std::span<const TokenId> context, std::span<const TokenId> ids, int top,
                           const CancelFlag& cancel) {
  session.truncate(std::min(static_cast<int>(context.size()), static_cast<int>(session.tokens().size())));
  if (!context.empty()) TRY(session.prefill(context, &cancel));
  const Stopwatch watch;
  for (TokenId id : ids) {
    // How much of the head can be left out depends on what is written: then it has to be what the model would write.
    const std::span<const float> logits = session.logits();
    if (top > 0) id = static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    TRY(session.append(id, &cancel, {.top = top}));
  }
  return watch.seconds();
}

Result<double> time_batch(std::span<Session* const> sessions, std::span<const TokenId> ids, const CancelFlag& cancel) {
  for (Session* session : sessions) session->truncate(0);
  std::vector<TokenId> step(sessions.size());
  const Stopwatch watch;
  for (const TokenId id : ids) {
    std::fill(step.begin(), step.end(), id);
    TRY(Session::append_all(sessions, step, &cancel));
  }
  return watch.seconds();
}

Result<Measurement> measure_batch(LoadedModel& model, const BenchPlan& plan, int sequences,
                                  std::span<const TokenId> ids, const CancelFlag& cancel) {
  std::vector<Session> sessions;
  for (int i = 0; i < sequences; ++i) {
    sessions.push_back(
        TRY(model.engine.new_session({.context_tokens = plan.decode, .kv_type = plan.kv, .adapter = plan.adapter})));
  }
  std::vector<Session*> pointers;
  for (Session& session : sessions) pointers.push_back(&session);
  return Measurement{.name = fmt::format("tg{}x{}", plan.decode, sequences),
                     .tokens = plan.decode * sequences,
                     .passes = plan.decode,
                     .timings = TRY(repeat_run(plan.repeat, [&] { return time_batch(pointers, ids, cancel); }))};
}

// From an empty cache to the logits after a prefix that an earlier process has left on the disk.
Result<Measurement> measure_restore(Session& session, std::span<const TokenId> ids, const std::filesystem::path& folder,
                                    int repeat, const CancelFlag& cancel) {
  const TemporaryFolder temporary(folder);
  const PrefixStore store(temporary.path());
  const auto count = static_cast<int>(ids.size());
  session.truncate(0);
  TRY(session.prefill(ids, &cancel));
  TRY(session.save(store, count));
  const auto time_restore = [&]() -> Result<double> {
    session.truncate(0);
    const Stopwatch watch;
    if (session.restore(store, ids) != count) return Error{ErrorKind::kInternal, "a stored prefix is not found again"};
    TRY(session.prefill(ids, &cancel));
    return watch.seconds();
  };
  return Measurement{.name = fmt::format("prefix of {} restored", count),
                     .timings = TRY(repeat_run(repeat, time_restore))};
}

}  // namespace

int BenchPlan::context_tokens() const {
  int longest = 1;
  for (const int count : prefill) longest = std::max(longest, count);
  for (const int depth : depths) longest = std::max(longest, depth + decode);
  for (const int count : new_tokens) longest = std::max(longest, kCachedPrefixTokens + count + 1);
  for (const int count : restored) longest = std::max(longest, count);
  return longest;
}

std::vector<TokenId> some_tokens(size_t count, int vocabulary) {
  Random random(1);
  std::vector<TokenId> ids(count);
  for (TokenId& id : ids) id = static_cast<TokenId>(random.next_below(static_cast<uint32_t>(vocabulary)));
  return ids;
}

Result<Measurement> measure_first_token(Session& session, const Tokenizer& tokenizer, std::span<const TokenId> ids,
                                        int new_tokens, int repeat, const CancelFlag& cancel) {
  const auto prompt = ids.first(static_cast<size_t>(kCachedPrefixTokens + new_tokens));
  const GenerateOptions options{.max_tokens = 1, .cancel = &cancel};
  const auto time_first_token = [&]() -> Result<double> {
    TRY(session.prefill(prompt.first(kCachedPrefixTokens), &cancel));
    const Stopwatch watch;
    const GenerateResult result = TRY(generate(session, tokenizer, prompt, options, [](const TokenEvent&) {}));
    const double seconds = watch.seconds();
    if (result.reason == StopReason::kCancelled) return Error{ErrorKind::kCancelled, "interrupted"};
    return seconds;
  };
  return Measurement{.name = fmt::format("first token, {} new", new_tokens),
                     .timings = TRY(repeat_run(repeat, time_first_token))};
}

Result<std::vector<Measurement>> run_plan(LoadedModel& model, const BenchPlan& plan,
                                          const std::filesystem::path& folder, const CancelFlag& cancel) {
  Session session = TRY(
      model.engine.new_session({.context_tokens = plan.context_tokens(), .kv_type = plan.kv, .adapter = plan.adapter}));
  const std::vector<TokenId> tokens =
      some_tokens(static_cast<size_t>(plan.context_tokens()), model.engine.info().vocabulary_size);
  const std::span<const TokenId> all(tokens);
  std::vector<Measurement> results;
  for (const int count : plan.prefill) {
    const auto prompt = all.first(static_cast<size_t>(count));
    Timings timings = TRY(repeat_run(plan.repeat, [&] { return time_prefill(session, prompt, cancel); }));
    results.push_back({.name = fmt::format("pp{}", count), .tokens = count, .timings = std::move(timings)});
  }
  for (const int depth : plan.depths) {
    if (plan.decode == 0) break;
    const auto before = all.first(static_cast<size_t>(depth));
    const auto written = all.subspan(static_cast<size_t>(depth), static_cast<size_t>(plan.decode));
    Timings timings =
        TRY(repeat_run(plan.repeat, [&] { return time_decode(session, before, written, plan.top, cancel); }));
    const std::string name = depth == 0 ? fmt::format("tg{}", plan.decode) : fmt::format("tg{}@{}", plan.decode, depth);
    results.push_back({.name = name, .tokens = plan.decode, .passes = plan.decode, .timings = std::move(timings)});
  }
  for (const int sequences : plan.batches) {
    if (plan.decode == 0) break;
    results.push_back(TRY(measure_batch(model, plan, sequences, all.first(static_cast<size_t>(plan.decode)), cancel)));
  }
  for (const int count : plan.new_tokens) {
    results.push_back(TRY(measure_first_token(session, model.tokenizer, all, count, plan.repeat, cancel)));
  }
  for (const int count : plan.restored) {
    const auto prefix = all.first(static_cast<size_t>(count));
    results.push_back(TRY(measure_restore(session, prefix, folder, plan.repeat, cancel)));
  }
  return results;
}

}  // namespace favilla::cli
