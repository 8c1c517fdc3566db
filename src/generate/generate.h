// generate: the engine. Weights in, logits out, tokens sampled one by one, a KV cache that keeps what it has read.
//
//   Engine engine = TRY(Engine::load(std::move(file), {.threads = 2}));
//   Session session = TRY(engine.new_session({.context_tokens = 2048}));
//   GenerateOptions options{.max_tokens = 64, .stop_strings = {"\n\n"}};
//   const auto show = [](const TokenEvent& event) { print(event.text); };
//   GenerateResult result = TRY(generate(session, tokenizer, prompt_ids, options, show));
//
// An Engine may be used by several threads, each Session by one at a time. Sessions take turns, pass by pass;
// background sessions pause while foreground sessions work.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "model/arch/architecture.h"
#include "model/model.h"
#include "tensor/tensor.h"

namespace favilla {

// Which arithmetic the matrix products use.
enum class Arithmetic {
  kFast,       // int8 activations, the widest kernels that the CPU has
  kReference,  // float activations over dequantized weights: slow, the oracle of kFast
};

struct EngineOptions {
  int threads = 0;                        // 0: one per physical core that this process may use
  std::optional<Isa> isa = std::nullopt;  // absent: the best this CPU has; one it lacks is kUnsupported
  Arithmetic arithmetic = Arithmetic::kFast;
  std::filesystem::path packed_folder = {};  // keeps packed weights from start to start; empty: packs at each start
};

// kBackground passes run in threads of their own with the kernel's idle policy, and pause before their next layer while
// a foreground pass runs. The thread that calls such a session gets the idle policy too, for good (only a privileged
// process could take it back): give it a thread of its own.
enum class Priority { kForeground, kBackground };

// Sessions that one pass can read together.
inline constexpr size_t kMaxBatchSessions = 8;

class Adapter;

struct SessionOptions {
  int context_tokens = 0;  // 0: what the model was trained for, at most 4096
  Priority priority = Priority::kForeground;
  std::optional<KvType> kv_type = std::nullopt;  // absent: kF16, or kF32 with Arithmetic::kReference
  std::shared_ptr<const Adapter> adapter =
      nullptr;  // of this engine, see Engine::load_adapter; nullptr: the bare model
};

// What a model file turned out to be.
struct ModelInfo {
  std::string architecture;  // "llama", "gemma3", ...
  std::string name;          // general.name
  int64_t parameters = 0;
  int64_t weight_bytes = 0;
  int layers = 0;
  int embedding_length = 0;
  int vocabulary_size = 0;
  int training_context_tokens = 0;
  bool generates = true;  // false: an embedding model
};

// What an embedding model makes of a text of T tokens.
struct Encoding {
  std::vector<float> vector;  // [embedding_length], L2-normalised
  std::vector<float> hidden;  // [T, embedding_length], the last layer's
};

class Constraint;
class PrefixStore;
class Session;

class Engine {
 public:
  // Keeps the file mapped. kUnsupported for an architecture we do not have, kCorrupt for tensors of wrong
  // shapes, kExhausted when the weights do not fit into the available memory.
  static Result<Engine> load(GgufFile file, const EngineOptions& options);

  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  const ModelInfo& info() const;
  int threads() const;

  // Names the model and everything else that a result's bits depend on; safe in file names.
  const std::string& fingerprint() const;

  // Reads a LoRA adapter (model/arch/adapter.h says which files) for sessions of this engine, which it must not
  // outlive. Any number of sessions may use one; a session's cache belongs to its adapter. Errors are Adapter::load's.
  Result<std::shared_ptr<const Adapter>> load_adapter(const GgufFile& file);

  // kInvalidArgument when the model does not generate, context_tokens exceeds its training length or the adapter is
  // another engine's; kExhausted.
  Result<Session> new_session(const SessionOptions& options);

  // Embedding models only: one vector [embedding_length], L2-normalised, for one text with its special tokens.
  // `adapter`: of this engine; nullptr: the bare model. kExhausted when there are more tokens than the model's window.
  Result<std::vector<float>> embed(std::span<const TokenId> ids, const Adapter* adapter = nullptr);
  // The same, and what the last layer makes of each token.
  Result<Encoding> encode(std::span<const TokenId> ids, const Adapter* adapter = nullptr);

 private:
  friend class Session;
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One conversation's cache. Must not outlive its Engine.
class Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  int context_tokens() const;
  std::span<const TokenId> tokens() const;  // what the cache holds

  // Makes the cache hold exactly `ids`: keeps the longest common prefix, evaluates the rest (at least the last token,
  // unless the logits after exactly these ids are still known), and leaves the last token's logits ready. Returns how
  // many tokens were kept. kExhausted, naming the limit, when ids
  // do not fit; kCancelled within one layer, after which the cache holds a prefix.
  Result<int> prefill(std::span<const TokenId> ids, const CancelFlag* cancel = nullptr);

  // Adds one token after the current ones. kInvalidArgument when `wanted` names a token outside the vocabulary.
  Result<void> append(TokenId id, const CancelFlag* cancel = nullptr, const WantedLogits& wanted = {});
  // Several, with the logits after the last; when cancelled, the cache holds some of them.
  Result<void> append(std::span<const TokenId> ids, const CancelFlag* cancel = nullptr,
                      const WantedLogits& wanted = {});

  // Adds ids[i] after the tokens of sessions[i] for up to kMaxBatchSessions different sessions of one engine and one
  // priority, reading the weights once. Each gets the bits that append() would give it. After an error no session has
  // changed. kExhausted when a session is full.
  static Result<void> append_all(std::span<Session* const> sessions, std::span<const TokenId> ids,
                                 const CancelFlag* cancel = nullptr);

  // Logits of the next token, [vocabulary_size]; valid until the next call on this session.
  std::span<const float> logits() const;

  // Reads ids into an empty cache and reports the logits [vocabulary_size] after every position. For measurements.
  Result<void> prefill_all_logits(std::span<const TokenId> ids,
                                  const std::function<void(size_t position, std::span<const float> logits)>& on_logits,
                                  const CancelFlag* cancel = nullptr);

  // Adds ids after the current tokens and reports the logits [vocabulary_size] after each of them; none do nothing.
  Result<void> append_all_logits(std::span<const TokenId> ids,
                                 const std::function<void(size_t position, std::span<const float> logits)>& on_logits,
                                 const CancelFlag* cancel = nullptr);

  // Forgets the tokens from position `count` on. Requires count <= tokens().size().
  void truncate(int count);

  // Takes as many of the first `ids` from the store as it has, if those are more than the cache already shares with
  // them; the cache then holds nothing else. Returns how many of `ids` the cache now begins with. prefill() does the
  // rest, which is nothing at all where the store has exactly `ids` with their logits.
  int restore(const PrefixStore& store, std::span<const TokenId> ids);

  // Puts the first `count` tokens into the store, with the logits after them where they are known. Errors are those of
  // PrefixStore::put. Requires count <= tokens().size().
  Result<void> save(const PrefixStore& store, int count) const;

 private:
  friend class Engine;
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct SamplingOptions {
  float temperature = 0.0F;                     // 0: greedy
  int top_k = 40;                               // 0: off
  float top_p = 0.95F;                          // 1: off
  float min_p = 0.05F;                          // 0: off
  float repetition_penalty = 1.0F;              // 1: off; over the last 64 tokens
  std::optional<uint64_t> seed = std::nullopt;  // absent: from the operating system
};

struct GenerateOptions {
  SamplingOptions sampling = {};
  int max_tokens = 512;
  std::vector<std::string> stop_strings = {};  // the answer ends before the first that appears
  bool logprobs = false;                       // fill TokenEvent::logprob
  int top_logprobs = 0;                        // with logprobs: also how likely the so many likeliest tokens were
  bool exact = false;                          // compute every logit, see WantedLogits::top
  // What may be said, see grammar/grammar.h; nullptr: anything. It goes on from where it stands, and the answer ends
  // where its text must. With it, TokenEvent::logprob counts the allowed tokens only.
  Constraint* constraint = nullptr;
  // Text that a constraint leaves no choice about is read at once instead of token by token.
  bool jump_ahead = true;
  const CancelFlag* cancel = nullptr;
};

struct TokenLogprob {
  TokenId id = 0;
  float logprob = 0.0F;
};

struct TokenEvent {
  TokenId id = 0;        // -1: no choice of the model, but text that a constraint forced, or that was held back
  std::string text;      // whole code points only; may be empty while a code point or a stop string is unfinished
  float logprob = 0.0F;  // natural logarithm, under the unmodified distribution (temperature 1)
  std::vector<TokenLogprob> top = {};  // likeliest first, see GenerateOptions::top_logprobs
};

enum class StopReason { kEndOfTurn, kStopString, kMaxTokens, kContextFull, kCancelled };
const char* stop_reason_name(StopReason reason);  // "stop", "stop", "length", "context", "cancelled"

struct GenerateResult {
  StopReason reason = StopReason::kEndOfTurn;
  std::string stopped_at = {};  // kStopString: which
  int prompt_tokens = 0;
  int cached_tokens = 0;  // of the prompt, found in the cache
  int generated_tokens = 0;
  int forced_tokens = 0;  // of these, read without a choice
  double prefill_ms = 0;
  double first_token_ms = 0;  // from the call to the first token
  double decode_ms = 0;       // all tokens after the first
};

// Reads the prompt and generates until a stop. `on_token` is called in the engine's thread for every token.
// When cancelled it returns a result with kCancelled, not an error: what was said stays said.
// A jump may write the last few tokens anew, so that the cache holds the text as the tokenizer would split it.
// kExhausted when the prompt alone does not fit; kInvalidArgument for impossible options or an empty prompt.
Result<GenerateResult> generate(Session& session, const Tokenizer& tokenizer, std::span<const TokenId> prompt,
                                const GenerateOptions& options, const std::function<void(const TokenEvent&)>& on_token);

}  // namespace favilla
