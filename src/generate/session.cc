// Session: reading tokens into a cache.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "generate/engine_impl.h"
#include "generate/kv_cache.h"
#include "generate/prefix_store.h"

namespace favilla {
namespace {

constexpr int kDefaultContextTokens = 4096;

}  // namespace

struct Session::Impl {
  Engine::Impl* engine = nullptr;
  Priority priority = Priority::kForeground;
  int context_tokens = 0;
  std::shared_ptr<const Adapter> adapter;  // nullptr: the bare model
  KvCache cache;
  std::vector<TokenId> tokens;
  std::vector<float> logits;    // [V]
  bool logits_current = false;  // they are those after the last of `tokens`

  Result<void> check(std::span<const TokenId> ids, size_t held) const {
    if (ids.empty()) return Error{ErrorKind::kInvalidArgument, "the prompt is empty"};
    if (held + ids.size() > static_cast<size_t>(context_tokens)) {
      return Error{ErrorKind::kExhausted, fmt::format("{} tokens do not fit the context window of {} tokens",
                                                      held + ids.size(), context_tokens)};
    }
    return check_ids(ids);
  }

  Result<void> check_ids(std::span<const TokenId> ids) const {
    const int vocabulary = engine->info.vocabulary_size;
    for (const TokenId id : ids) {
      if (id < 0 || id >= vocabulary) {
        return Error{ErrorKind::kInvalidArgument,
                     fmt::format("token id {} is outside the vocabulary of {}", id, vocabulary)};
      }
    }
    return {};
  }

  // The tokens as what follows those held.
  Segment segment(std::span<const TokenId> ids, int64_t logit_rows, float* out) const {
    return {.tokens = ids,
            .start = static_cast<int64_t>(tokens.size()),
            .kv = cache.view,
            .logit_rows = logit_rows,
            .logits = out,
            .adapter = adapter.get()};
  }

  // Reads up to kMaxBatchTokens tokens after those held.
  Result<void> read(std::span<const TokenId> ids, int64_t logit_rows, float* out, const CancelFlag* cancel,
                    const WantedLogits& wanted = {}) {
    logits_current = false;
    Segment next = segment(ids, logit_rows, out);
    next.wanted = wanted;
    TRY(engine->forward({&next, 1}, priority, cancel));
    tokens.insert(tokens.end(), ids.begin(), ids.end());
    cache.note_use(static_cast<int64_t>(tokens.size()));
    logits_current = out == logits.data() && wanted.top == 0 && wanted.rows.empty() && wanted.allowed.empty();
    return {};
  }

  size_t count_shared(std::span<const TokenId> ids) const {
    const auto split = std::mismatch(ids.begin(), ids.end(), tokens.begin(), tokens.end());
    return static_cast<size_t>(split.first - ids.begin());
  }

  PrefixKey prefix_key() const {
    const ModelShape& shape = engine->architecture->shape();
    return {.fingerprint = engine->fingerprint + (adapter == nullptr ? "" : "-" + adapter->fingerprint()),
            .type = cache.view.type,
            .layers = shape.layers,
            .kv_heads = shape.kv_heads,
            .head_dim = shape.head_dim,
            .vocabulary = shape.vocabulary};
  }
};

Result<Session> Engine::new_session(const SessionOptions& options) {
  const ModelShape& shape = impl_->architecture->shape();
  if (!impl_->info.generates) {
    return Error{ErrorKind::kInvalidArgument, "this is an embedding model; it does not generate text"};
  }
  if (options.context_tokens < 0 || options.context_tokens > shape.context_tokens) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("a context of {} tokens is not possible: the model was trained for {}",
                             options.context_tokens, shape.context_tokens)};
  }
  if (options.adapter != nullptr) TRY(impl_->reserve_adapter(*options.adapter));
  const KvType automatic = impl_->options.arithmetic == Arithmetic::kReference ? KvType::kF32 : KvType::kF16;
  const KvType type = options.kv_type.value_or(automatic);
  if (type == KvType::kQ8_0 && shape.head_dim % kBlockColumns != 0) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("a q8_0 cache needs heads of a multiple of 32, not {}", shape.head_dim)};
  }
  auto session = std::make_unique<Session::Impl>();
  session->engine = impl_.get();
  session->priority = options.priority;
  session->adapter = options.adapter;
  if (options.priority == Priority::kBackground) TRY(impl_->open_background());
  session->context_tokens =
      options.context_tokens > 0 ? options.context_tokens : std::min(shape.context_tokens, kDefaultContextTokens);
  session->cache = TRY(KvCache::create(shape, type, shape.layers, session->context_tokens));
  session->logits.resize(static_cast<size_t>(shape.vocabulary));
  session->tokens.reserve(static_cast<size_t>(session->context_tokens));
  return Session(std::move(session));
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

int Session::context_tokens() const {
  return impl_->context_tokens;
}
std::span<const TokenId> Session::tokens() const {
  return impl_->tokens;
}
std::span<const float> Session::logits() const {
  return impl_->logits;
}

void Session::truncate(int count) {
  const auto kept = static_cast<size_t>(count);
  impl_->logits_current = impl_->logits_current && kept == impl_->tokens.size();
  impl_->tokens.resize(kept);
}

Result<int> Session::prefill(std::span<const TokenId> ids, const CancelFlag* cancel) {
  TRY(impl_->check(ids, 0));
  size_t kept = impl_->count_shared(ids);
  // Logits are kept after the last token only; those of an earlier one take reading it again.
  const bool logits_known = impl_->logits_current && kept == impl_->tokens.size();
  if (kept == ids.size() && !logits_known) --kept;
  truncate(static_cast<int>(kept));
  for (size_t begin = kept; begin < ids.size(); begin += kMaxBatchTokens) {
    const size_t count = std::min<size_t>(kMaxBatchTokens, ids.size() - begin);
    TRY(impl_->read(ids.subspan(begin, count), 1, impl_->logits.data(), cancel));
  }
  return static_cast<int>(kept);
}

Result<void> Session::append(TokenId id, const CancelFlag* cancel, const WantedLogits& wanted) {
  return append(std::span(&id, 1), cancel, wanted);
}

Result<void> Session::append(std::span<const TokenId> ids, const CancelFlag* cancel, const WantedLogits& wanted) {
  TRY(impl_->check(ids, impl_->tokens.size()));
  TRY(impl_->check_ids(wanted.rows));
  for (size_t begin = 0; begin < ids.size(); begin += kMaxBatchTokens) {
    const size_t count = std::min<size_t>(kMaxBatchTokens, ids.size() - begin);
    TRY(impl_->read(ids.subspan(begin, count), 1, impl_->logits.data(), cancel, wanted));
  }
  return {};
}

Result<void> Session::append_all(std::span<Session* const> sessions, std::span<const TokenId> ids,
                                 const CancelFlag* cancel) {
  if (sessions.empty() || sessions.size() != ids.size() || sessions.size() > kMaxBatchSessions) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("{} tokens cannot be added to {} sessions: one each, and at most {}", ids.size(),
                             sessions.size(), kMaxBatchSessions)};
  }
  std::array<Segment, kMaxBatchSessions> segments;
  Impl& first = *sessions.front()->impl_;
  for (size_t i = 0; i < sessions.size(); ++i) {
    Impl& session = *sessions[i]->impl_;
    if (session.engine != first.engine || session.priority != first.priority ||
        std::find(sessions.begin(), sessions.begin() + static_cast<ptrdiff_t>(i), sessions[i]) !=
            sessions.begin() + static_cast<ptrdiff_t>(i)) {
      return Error{ErrorKind::kInvalidArgument,
                   "sessions that are read together must differ, and share one engine and one priority"};
    }
    TRY(session.check(ids.subspan(i, 1), session.tokens.size()));
    segments[i] = session.segment(ids.subspan(i, 1), 1, session.logits.data());
  }
  for (Session* session : sessions) session->impl_->logits_current = false;
  TRY(first.engine->forward({segments.data(), sessions.size()}, first.priority, cancel));
  for (size_t i = 0; i < sessions.size(); ++i) {
    sessions[i]->impl_->tokens.push_back(ids[i]);
    sessions[i]->impl_->logits_current = true;
  }
  return {};
}

Result<void> Session::prefill_all_logits(std::span<const TokenId> ids,
                                         const std::function<void(size_t, std::span<const float>)>& on_logits,
                                         const CancelFlag* cancel) {
  TRY(impl_->check(ids, 0));
  truncate(0);
  return append_all_logits(ids, on_logits, cancel);
}

Result<void> Session::append_all_logits(std::span<const TokenId> ids,
                                        const std::function<void(size_t, std::span<const float>)>& on_logits,
                                        const CancelFlag* cancel) {
  constexpr size_t kRows = 64;  // 64 MB of logits for a vocabulary of 262,144
  if (ids.empty()) return {};
  TRY(impl_->check(ids, impl_->tokens.size()));
  const auto vocabulary = static_cast<size_t>(impl_->engine->info.vocabulary_size);
  std::vector<float> rows(std::min(kRows, ids.size()) * vocabulary);
  for (size_t begin = 0; begin < ids.size(); begin += kRows) {
    const size_t count = std::min(kRows, ids.size() - begin);
    TRY(impl_->read(ids.subspan(begin, count), static_cast<int64_t>(count), rows.data(), cancel));
    for (size_t i = 0; i < count; ++i) on_logits(begin + i, {rows.data() + i * vocabulary, vocabulary});
  }
  return {};
}

int Session::restore(const PrefixStore& store, std::span<const TokenId> ids) {
  ids = ids.first(std::min(ids.size(), static_cast<size_t>(impl_->context_tokens)));
  const auto held = static_cast<int>(impl_->count_shared(ids));
  const std::optional<PrefixStore::Match> match = store.find(impl_->prefix_key(), ids, held);
  if (!match) return held;
  match->entry.copy_to(impl_->cache.view, match->shared);
  impl_->tokens.assign(ids.begin(), ids.begin() + match->shared);
  const std::span<const float> logits = match->entry.logits();
  impl_->logits_current = match->shared == match->entry.tokens() && !logits.empty();
  if (impl_->logits_current) std::copy(logits.begin(), logits.end(), impl_->logits.begin());
  return match->shared;
}

Result<void> Session::save(const PrefixStore& store, int count) const {
  const auto tokens = std::span<const TokenId>(impl_->tokens).first(static_cast<size_t>(count));
  const bool with_logits = impl_->logits_current && tokens.size() == impl_->tokens.size();
  return store.put(impl_->prefix_key(), tokens, with_logits ? logits() : std::span<const float>(), impl_->cache.view);
}

}  // namespace favilla
