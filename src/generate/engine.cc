// Engine and Session: loading and packing a model, and reading tokens into a cache.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/memory.h"
#include "generate/generate.h"
#include "model/arch/architecture.h"
#include "model/arch/workspace.h"

namespace favilla {
namespace {

constexpr int kDefaultContextTokens = 4096;

// The memory behind a KvView.
struct KvCache {
  AlignedArray<std::byte> keys, values;
  AlignedArray<uint16_t> key_scales, value_scales;
  KvView view;

  static Result<KvCache> create(const ModelShape& shape, KvType type, int layers, int64_t tokens) {
    KvCache cache;
    const int64_t capacity = (tokens + kKvBlock - 1) / kKvBlock * kKvBlock;
    const size_t elements =
        static_cast<size_t>(int64_t{layers} * shape.kv_heads * capacity) * static_cast<size_t>(shape.head_dim);
    const size_t element_bytes = type == KvType::kF32 ? 4 : type == KvType::kF16 ? 2 : 1;
    cache.keys = TRY(AlignedArray<std::byte>::create(elements * element_bytes));
    cache.values = TRY(AlignedArray<std::byte>::create(elements * element_bytes));
    if (type == KvType::kQ8_0) {
      cache.key_scales = TRY(AlignedArray<uint16_t>::create(elements / kBlockColumns));
      cache.value_scales = TRY(AlignedArray<uint16_t>::create(elements / kBlockColumns));
    }
    cache.view = {type,
                  cache.keys.data(),
                  cache.values.data(),
                  cache.key_scales.data(),
                  cache.value_scales.data(),
                  shape.kv_heads,
                  shape.head_dim,
                  capacity};
    return cache;
  }
};

Result<void> check_memory(const GgufFile& file) {
  const auto memory = read_memory_status();
  const uint64_t needed = file.tensor_bytes();
  if (!memory || needed < memory->available_bytes) return {};
  return Error{ErrorKind::kExhausted, fmt::format("the weights need {} MiB and only {} MiB of memory are available",
                                                  needed >> 20, memory->available_bytes >> 20)};
}

Result<Isa> choose_isa(const EngineOptions& options) {
  const CpuFeatures cpu = detect_cpu();
  const Isa widest = best_isa(cpu);
  if (options.isa.value_or(widest) <= widest) return options.isa.value_or(widest);
  return Error{ErrorKind::kUnsupported, fmt::format("this CPU ({}) has no {}", cpu.name, isa_name(*options.isa))};
}

ModelInfo describe(const GgufFile& file, const Architecture& architecture) {
  const ModelShape& shape = architecture.shape();
  ModelInfo info;
  info.architecture = file.find_string("general.architecture").value_or("");
  info.name = file.find_string("general.name").value_or("");
  for (const GgufTensor& tensor : file.tensors()) info.parameters += tensor.elements();
  info.weight_bytes = static_cast<int64_t>(file.tensor_bytes());
  info.layers = shape.layers;
  info.embedding_length = shape.embedding;
  info.vocabulary_size = shape.vocabulary;
  info.training_context_tokens = shape.context_tokens;
  info.generates = architecture.generates();
  return info;
}

}  // namespace

struct Engine::Impl {
  Impl(GgufFile gguf, int threads) : file(std::move(gguf)), team(threads) {}

  GgufFile file;
  ThreadTeam team;
  EngineOptions options;
  std::unique_ptr<Architecture> architecture;
  Workspace workspace;
  ModelInfo info;

  // Runs one batch; false when it was cancelled.
  bool forward(const Batch& batch) {
    bool finished = false;
    team.run([&](TeamMember member) {
      const bool done = architecture->forward(member, batch, workspace);
      if (member.is_first()) finished = done;
    });
    return finished;
  }
};

Result<Engine> Engine::load(GgufFile file, const EngineOptions& options) {
  const Isa isa = TRY(choose_isa(options));
  TRY(check_memory(file));
  auto impl = std::make_unique<Impl>(std::move(file), options.threads > 0 ? options.threads : usable_physical_cores());
  impl->options = options;
  impl->architecture = TRY(load_architecture(impl->file));
  impl->info = describe(impl->file, *impl->architecture);
  if (options.arithmetic == Arithmetic::kFast) {
    const std::vector<Matrix*> matrices = impl->architecture->matrices();
    for (Matrix* matrix : matrices) TRY(matrix->prepare_packing());
    impl->team.run([&](TeamMember member) {
      for (Matrix* matrix : matrices) matrix->pack(member);
    });
    for (const Matrix* matrix : matrices) {
      if (matrix->layout() != Layout::kRaw) impl->file.drop_pages(matrix->raw());
    }
  }
  const ModelShape& shape = impl->architecture->shape();
  impl->workspace = TRY(Workspace::create(shape, kernel_table(isa), impl->team.size(), shape.context_tokens));
  return Engine(std::move(impl));
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

const ModelInfo& Engine::info() const {
  return impl_->info;
}
int Engine::threads() const {
  return impl_->team.size();
}

Result<std::vector<float>> Engine::embed(std::span<const TokenId> ids) {
  const ModelShape& shape = impl_->architecture->shape();
  if (impl_->architecture->generates()) {
    return Error{ErrorKind::kInvalidArgument,
                 "this model generates text; embeddings need an embedding model such as minilm"};
  }
  const int limit = std::min(shape.context_tokens, kMaxBatchTokens);
  if (ids.empty()) return Error{ErrorKind::kInvalidArgument, "there is no text to embed"};
  if (ids.size() > static_cast<size_t>(limit)) {
    return Error{ErrorKind::kExhausted,
                 fmt::format("the text has {} tokens; the model reads at most {}", ids.size(), limit)};
  }
  if (std::any_of(ids.begin(), ids.end(), [&](TokenId id) { return id < 0 || id >= shape.vocabulary; })) {
    return Error{ErrorKind::kInvalidArgument, "a token id is outside the model's vocabulary"};
  }
  KvCache cache = TRY(KvCache::create(shape, KvType::kF32, 1, static_cast<int64_t>(ids.size())));
  std::vector<float> vector(static_cast<size_t>(shape.embedding));
  impl_->forward({.tokens = ids, .kv = cache.view, .logits = vector.data()});
  return vector;
}

struct Session::Impl {
  Engine::Impl* engine = nullptr;
  int context_tokens = 0;
  KvCache cache;
  std::vector<TokenId> tokens;
  std::vector<float> logits;  // [V]

  Result<void> check(std::span<const TokenId> ids, size_t held) const {
    if (ids.empty()) return Error{ErrorKind::kInvalidArgument, "the prompt is empty"};
    if (held + ids.size() > static_cast<size_t>(context_tokens)) {
      return Error{ErrorKind::kExhausted, fmt::format("{} tokens do not fit the context window of {} tokens",
                                                      held + ids.size(), context_tokens)};
    }
    const int vocabulary = engine->info.vocabulary_size;
    for (const TokenId id : ids) {
      if (id < 0 || id >= vocabulary) {
        return Error{ErrorKind::kInvalidArgument,
                     fmt::format("token id {} is outside the vocabulary of {}", id, vocabulary)};
      }
    }
    return {};
  }

  // Reads up to kMaxBatchTokens tokens after those held.
  Result<void> read(std::span<const TokenId> ids, int64_t logit_rows, float* out, const CancelFlag* cancel) {
    const bool finished = engine->forward({.tokens = ids,
                                           .start = static_cast<int64_t>(tokens.size()),
                                           .kv = cache.view,
                                           .logit_rows = logit_rows,
                                           .logits = out,
                                           .cancel = cancel});
    if (!finished) return Error{ErrorKind::kCancelled, "stopped"};
    tokens.insert(tokens.end(), ids.begin(), ids.end());
    return {};
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
  const KvType automatic = impl_->options.arithmetic == Arithmetic::kReference ? KvType::kF32 : KvType::kF16;
  const KvType type = options.kv_type.value_or(automatic);
  if (type == KvType::kQ8_0 && shape.head_dim % kBlockColumns != 0) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("a q8_0 cache needs heads of a multiple of 32, not {}", shape.head_dim)};
  }
  auto session = std::make_unique<Session::Impl>();
  session->engine = impl_.get();
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
  impl_->tokens.resize(static_cast<size_t>(count));
}

Result<int> Session::prefill(std::span<const TokenId> ids, const CancelFlag* cancel) {
  TRY(impl_->check(ids, 0));
  const std::vector<TokenId>& held = impl_->tokens;
  const auto split = std::mismatch(ids.begin(), ids.end(), held.begin(), held.end());
  // The last token is always read again: its logits are not kept with the cache.
  const size_t kept = std::min(static_cast<size_t>(split.first - ids.begin()), ids.size() - 1);
  truncate(static_cast<int>(kept));
  for (size_t begin = kept; begin < ids.size(); begin += kMaxBatchTokens) {
    const size_t count = std::min<size_t>(kMaxBatchTokens, ids.size() - begin);
    TRY(impl_->read(ids.subspan(begin, count), 1, impl_->logits.data(), cancel));
  }
  return static_cast<int>(kept);
}

Result<void> Session::append(TokenId id, const CancelFlag* cancel) {
  TRY(impl_->check({&id, 1}, impl_->tokens.size()));
  return impl_->read({&id, 1}, 1, impl_->logits.data(), cancel);
}

Result<void> Session::prefill_all_logits(std::span<const TokenId> ids,
                                         const std::function<void(size_t, std::span<const float>)>& on_logits,
                                         const CancelFlag* cancel) {
  constexpr size_t kRows = 64;  // 64 MB of logits for a vocabulary of 262,144
  TRY(impl_->check(ids, 0));
  truncate(0);
  const auto vocabulary = static_cast<size_t>(impl_->engine->info.vocabulary_size);
  std::vector<float> rows(std::min(kRows, ids.size()) * vocabulary);
  for (size_t begin = 0; begin < ids.size(); begin += kRows) {
    const size_t count = std::min(kRows, ids.size() - begin);
    TRY(impl_->read(ids.subspan(begin, count), static_cast<int64_t>(count), rows.data(), cancel));
    for (size_t i = 0; i < count; ++i) on_logits(begin + i, {rows.data() + i * vocabulary, vocabulary});
  }
  return {};
}

}  // namespace favilla
