// The generation loop: prompt in, tokens out, text cut at stop strings.
#include "generate/generate.h"

#include <algorithm>
#include <chrono>

#include "base/utf8.h"
#include "generate/sampler.h"
#include "generate/stop_filter.h"

namespace favilla {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

const char* stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::kEndOfTurn:
    case StopReason::kStopString:
      return "stop";
    case StopReason::kMaxTokens:
      return "length";
    case StopReason::kContextFull:
      return "context";
    case StopReason::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

Result<GenerateResult> generate(Session& session, const Tokenizer& tokenizer, std::span<const TokenId> prompt,
                                const GenerateOptions& options,
                                const std::function<void(const TokenEvent&)>& on_token) {
  const Clock::time_point start = Clock::now();
  Sampler sampler = TRY(Sampler::create(options.sampling));
  if (options.max_tokens < 0) return Error{ErrorKind::kInvalidArgument, "max tokens must be 0 or more"};
  StopFilter filter(options.stop_strings);
  Utf8Assembler assembler;
  GenerateResult result;
  result.prompt_tokens = static_cast<int>(prompt.size());

  Result<int> kept = session.prefill(prompt, options.cancel);
  result.prefill_ms = milliseconds_since(start);
  if (!kept) {
    if (kept.error().kind != ErrorKind::kCancelled) return std::move(kept).error();
    result.reason = StopReason::kCancelled;
    return result;
  }
  result.cached_tokens = *kept;

  result.reason = StopReason::kMaxTokens;
  while (result.generated_tokens < options.max_tokens) {
    const TokenId id = sampler.sample(session.logits(), session.tokens());
    if (result.generated_tokens == 0) result.first_token_ms = milliseconds_since(start);
    if (tokenizer.ends_generation(id)) {
      result.reason = StopReason::kEndOfTurn;
      break;
    }
    ++result.generated_tokens;
    TokenEvent event{.id = id, .text = filter.feed(assembler.feed(tokenizer.piece(id)))};
    if (options.logprobs) event.logprob = static_cast<float>(log_probability(session.logits(), id));
    on_token(event);
    if (filter.stopped()) {
      result.reason = StopReason::kStopString;
      break;
    }
    if (result.generated_tokens == options.max_tokens) break;  // nobody will ask what comes after it
    if (static_cast<int>(session.tokens().size()) == session.context_tokens()) {
      result.reason = StopReason::kContextFull;
      break;
    }
    const WantedLogits wanted{.top = options.logprobs || options.exact ? 0 : sampler.candidates()};
    const Result<void> appended = session.append(id, options.cancel, wanted);
    if (!appended) {
      if (appended.error().kind != ErrorKind::kCancelled) return appended.error();
      result.reason = StopReason::kCancelled;
      break;
    }
  }
  // What was held back as the possible start of a stop string or an unfinished code point.
  std::string rest = filter.feed(assembler.finish());
  rest += filter.finish();
  if (!rest.empty()) on_token({.id = -1, .text = rest});
  result.decode_ms = result.generated_tokens == 0 ? 0 : milliseconds_since(start) - result.first_token_ms;
  return result;
}

}  // namespace favilla
