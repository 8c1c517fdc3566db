// The measurements of `favilla bench`: each is one kind of run, repeated, after one that does not count.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "cli/timings.h"

namespace favilla::cli {

struct Measurement {
  std::string name;
  int tokens = 0;  // of one run, all sequences together; 0: a latency, for which a rate means nothing
  int passes = 1;  // over the weights, in one run
  Timings timings = {};

  double tokens_per_s() const { return tokens / timings.percentile_s(50); }
};

// A prefix of this length is in the cache when a first token is waited for: about a system prompt with some tools.
inline constexpr int kCachedPrefixTokens = 300;

// Any ids do: the work does not depend on them. The same in every run.
std::vector<TokenId> some_tokens(size_t count, int vocabulary);

// Time from a prompt whose first kCachedPrefixTokens are cached to its first token, with so many new ones.
Result<Measurement> measure_first_token(Session& session, const Tokenizer& tokenizer, std::span<const TokenId> ids,
                                        int new_tokens, int repeat, const CancelFlag& cancel);

// What a bench measures on a loaded model, and how.
struct BenchPlan {
  std::vector<int> prefill;     // prompt lengths
  int decode = 0;               // tokens to write
  std::vector<int> depths;      // tokens in the cache before
  std::vector<int> batches;     // sequences that share the weights of each step, from an empty cache
  std::vector<int> new_tokens;  // after kCachedPrefixTokens
  std::vector<int> restored;    // tokens of a prefix that is on the disk
  int repeat = 5;
  KvType kv = KvType::kF16;
  std::shared_ptr<const Adapter> adapter = nullptr;  // of the model's engine
  int top = 0;  // when writing: how many of the largest logits have to be exact, 0: all

  int context_tokens() const;  // the longest sequence, at least 1
};

// `folder` is made for prefixes and removed again.
Result<std::vector<Measurement>> run_plan(LoadedModel& model, const BenchPlan& plan,
                                          const std::filesystem::path& folder, const CancelFlag& cancel);

}  // namespace favilla::cli
