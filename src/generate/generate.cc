// The generation loop: prompt in, tokens out, text cut at stop strings, held to a grammar.
#include "generate/generate.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/utf8.h"
#include "generate/grammar/grammar.h"
#include "generate/sampler.h"
#include "generate/stop_filter.h"

namespace favilla {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Tokens before a jump that are split anew together with it.
constexpr size_t kSeamTokens = 8;

// One answer. Its tokens are chosen, or forced, before the session reads them: `answer_` may be ahead of it.
class Generation {
 public:
  using OnToken = std::function<void(const TokenEvent&)>;

  Generation(Session& session, const Tokenizer& tokenizer, const GenerateOptions& options, const OnToken& on_token,
             Sampler sampler)
      : session_(session),
        tokenizer_(tokenizer),
        options_(options),
        on_token_(on_token),
        sampler_(std::move(sampler)),
        filter_(options.stop_strings) {}

  Result<GenerateResult> run(std::span<const TokenId> prompt) {
    result_.prompt_tokens = static_cast<int>(prompt.size());
    const Result<int> kept = session_.prefill(prompt, options_.cancel);
    result_.prefill_ms = milliseconds_since(start_);
    if (!kept) return cancelled_or(kept.error());
    result_.cached_tokens = *kept;

    const Result<StopReason> reason = decode();
    if (!reason && reason.error().kind != ErrorKind::kCancelled) return reason.error();
    result_.reason = reason ? *reason : StopReason::kCancelled;
    result_.stopped_at = filter_.stopped_at();
    // What was held back as the possible start of a stop string or an unfinished code point.
    std::string rest = filter_.feed(assembler_.finish());
    rest += filter_.finish();
    if (!rest.empty()) on_token_({.id = -1, .text = rest});
    result_.generated_tokens = static_cast<int>(answer_.size());
    result_.decode_ms = answer_.empty() ? 0 : milliseconds_since(start_) - result_.first_token_ms;
    return result_;
  }

 private:
  Result<GenerateResult> cancelled_or(const Error& error) {
    if (error.kind != ErrorKind::kCancelled) return error;
    result_.reason = StopReason::kCancelled;
    return result_;
  }

  Result<StopReason> decode() {
    while (true) {
      if (options_.constraint != nullptr) {
        if (options_.jump_ahead) jump();
        if (filter_.stopped()) return StopReason::kStopString;
        if (options_.constraint->must_end()) return StopReason::kEndOfTurn;
        mask_ = TRY(options_.constraint->allowed());
      }
      if (std::cmp_greater_equal(answer_.size(), options_.max_tokens)) return StopReason::kMaxTokens;
      const TokenId id = TRY(next_token());
      if (id < 0) return StopReason::kContextFull;
      if (tokenizer_.ends_generation(id)) return StopReason::kEndOfTurn;
      TRY(say(id));
      if (filter_.stopped()) return StopReason::kStopString;
    }
  }

  // -1 when the context is full.
  Result<TokenId> next_token() {
    const bool only_one = mask_ != nullptr && options_.jump_ahead && mask_->count == 1;
    if (only_one) return mask_->few.front();  // needs no logits
    if (unread() > 0) {
      const size_t held = session_.tokens().size();
      if (std::cmp_greater(held + unread(), session_.context_tokens())) return TokenId{-1};
      TRY(session_.append(std::span(answer_).last(unread()), options_.cancel, wanted()));
    }
    return sampler_.sample(logits(), session_.tokens());
  }

  // Of the answer's tokens, those that the session has not read.
  size_t unread() const {
    return answer_.size() + static_cast<size_t>(result_.prompt_tokens) - session_.tokens().size();
  }

  WantedLogits wanted() const {
    const bool exact = options_.logprobs || options_.exact;
    WantedLogits wanted{.top = exact ? 0 : sampler_.candidates()};
    if (mask_ == nullptr) return wanted;
    if (!mask_->few.empty()) return {.rows = mask_->few};
    wanted.allowed = mask_->allowed.words();
    return wanted;
  }

  // Those of tokens that are not allowed are -infinity. Nobody said so to the pass that read the prompt.
  std::span<const float> logits() {
    if (mask_ == nullptr || !answer_.empty()) return session_.logits();
    first_logits_.assign(session_.logits().begin(), session_.logits().end());
    for (size_t id = 0; id < first_logits_.size(); ++id) {
      if (!mask_->allowed.contains(static_cast<TokenId>(id)))
        first_logits_[id] = -std::numeric_limits<float>::infinity();
    }
    return first_logits_;
  }

  Result<void> say(TokenId id) {
    TokenEvent event{.id = id, .text = show(tokenizer_.piece(id))};
    const bool chosen = mask_ == nullptr || mask_->count > 1;
    if (options_.logprobs && chosen) {
      event.logprob = static_cast<float>(log_probability(logits(), id));
      if (options_.top_logprobs > 0) event.top = likeliest_tokens(logits(), options_.top_logprobs);
    }
    if (options_.constraint != nullptr && !options_.constraint->read(tokenizer_.piece(id))) {
      return Error{ErrorKind::kInternal, "the grammar's mask allowed a token that the grammar does not"};
    }
    if (!chosen) ++result_.forced_tokens;
    answer_.push_back(id);
    on_token_(event);
    return {};
  }

  // The text that can be shown now.
  std::string show(const std::string& bytes) {
    if (result_.first_token_ms == 0) result_.first_token_ms = milliseconds_since(start_);
    return filter_.feed(assembler_.feed(bytes));
  }

  // Adds the text that has to follow, split into tokens together with the last ones. Does nothing where the tokenizer
  // would not give the very bytes, or the answer would become too long.
  void jump() {
    const std::string forced = options_.constraint->forced_text();
    if (forced.empty()) return;
    const std::span<const TokenId> seam = std::span(answer_).last(std::min(kSeamTokens, answer_.size()));
    std::string text;
    for (const TokenId id : seam) text += tokenizer_.piece(id);
    text += forced;
    const std::vector<TokenId> split = tokenizer_.encode(text, ControlTokens::kAsText);
    std::string spelt;
    for (const TokenId id : split) spelt += tokenizer_.piece(id);
    const size_t before = answer_.size();
    if (spelt != text || std::cmp_greater(before - seam.size() + split.size(), options_.max_tokens)) return;
    const auto differ = std::mismatch(seam.begin(), seam.end(), split.begin(), split.end());
    const size_t kept = before - seam.size() + static_cast<size_t>(differ.first - seam.begin());
    const size_t read = before - unread();
    if (kept < read) session_.truncate(result_.prompt_tokens + static_cast<int>(kept));
    answer_.resize(kept);
    answer_.insert(answer_.end(), differ.second, split.end());
    if (answer_.size() > before) result_.forced_tokens += static_cast<int>(answer_.size() - before);
    options_.constraint->read(forced);
    on_token_({.id = -1, .text = show(forced)});
  }

  const Clock::time_point start_ = Clock::now();
  Session& session_;
  const Tokenizer& tokenizer_;
  const GenerateOptions& options_;
  const OnToken& on_token_;
  Sampler sampler_;
  StopFilter filter_;
  Utf8Assembler assembler_;
  GenerateResult result_;
  std::vector<TokenId> answer_;
  const grammar::Mask* mask_ = nullptr;  // of what may come after the answer
  std::vector<float> first_logits_;
};

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
  Sampler sampler = TRY(Sampler::create(options.sampling));
  if (options.max_tokens < 0) return Error{ErrorKind::kInvalidArgument, "max tokens must be 0 or more"};
  return Generation(session, tokenizer, options, on_token, std::move(sampler)).run(prompt);
}

}  // namespace favilla
