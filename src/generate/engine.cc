// Engine: loading and packing a model, and embeddings.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/memory.h"
#include "generate/engine_impl.h"
#include "generate/fingerprint.h"
#include "generate/kv_cache.h"

namespace favilla {
namespace {

Result<void> check_memory(const GgufFile& file) {
  const auto memory = read_memory_status();
  const uint64_t needed = file.tensor_bytes();
  if (!memory || needed < memory->available_bytes) return {};
  return Error{ErrorKind::kExhausted, fmt::format("the weights need {} MiB and only {} MiB of memory are available",
                                                  needed >> 20, memory->available_bytes >> 20)};
}

Result<Isa> choose_isa(const EngineOptions& options) {
  const CpuFeatures cpu = detect_cpu();
  const Isa isa = options.isa.value_or(best_isa(cpu));
  if (has_isa(cpu, isa)) return isa;
  return Error{ErrorKind::kUnsupported, fmt::format("this CPU ({}) has no {}", cpu.name, isa_name(isa))};
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

Result<Engine> Engine::load(GgufFile file, const EngineOptions& options) {
  const Isa isa = TRY(choose_isa(options));
  TRY(check_memory(file));
  auto impl = std::make_unique<Impl>(std::move(file), options.threads > 0 ? options.threads : usable_physical_cores());
  impl->options = options;
  impl->architecture = TRY(load_architecture(impl->file));
  impl->info = describe(impl->file, *impl->architecture);
  const std::string model = model_fingerprint(impl->file);
  // Each small vector that was read has mapped up to two megabytes around it.
  impl->file.drop_all_pages();
  impl->fingerprint =
      fmt::format("{}-{}{}", model, isa_name(isa), options.arithmetic == Arithmetic::kReference ? "-reference" : "");
  if (options.arithmetic == Arithmetic::kFast) {
    impl->packed =
        TRY(PackedWeights::open(impl->architecture->weight_groups(), impl->file, {options.packed_folder, model}));
  }
  impl->kernels = &kernel_table(isa);
  TRY(impl->make_workspace(impl->foreground));
  return Engine(std::move(impl));
}

Result<void> Engine::Impl::make_workspace(Lane& lane) {
  const ModelShape& shape = architecture->shape();
  lane.workspace = TRY(Workspace::create(shape, *kernels, lane.team.size(), shape.context_tokens, packed.get()));
  return {};
}

Result<void> Engine::Impl::open_background() {
  const std::lock_guard lock(opening);
  if (background != nullptr) return {};
  auto lane = std::make_unique<Lane>(foreground.team.size(), ThreadTeam::Policy::kIdle);
  TRY(make_workspace(*lane));
  TRY(lane->workspace.reserve_adapters(adapter_rank));
  background = std::move(lane);
  return {};
}

Result<void> Engine::Impl::reserve_adapter(const Adapter& adapter) {
  if (adapter.base() != architecture.get()) {
    return Error{ErrorKind::kInvalidArgument, "the adapter was loaded for another engine"};
  }
  const std::lock_guard lock(opening);
  for (Lane* lane : {&foreground, background.get()}) {
    if (lane == nullptr) continue;
    const std::lock_guard turn(lane->turn);
    TRY(lane->workspace.reserve_adapters(adapter.largest_rank()));
  }
  adapter_rank = std::max(adapter_rank, adapter.largest_rank());
  return {};
}

Result<void> Engine::Impl::forward(std::span<const Segment> segments, Priority priority, const CancelFlag* cancel) {
  // Weights are made ready in the foreground's lane only.
  const bool all_ready = packed == nullptr || packed->all_ready();
  const bool in_background = priority == Priority::kBackground && all_ready;
  Lane& lane = in_background ? *background : foreground;
  const std::lock_guard turn(lane.turn);
  std::optional<ForegroundScope> scope;
  if (!in_background) scope.emplace(gate);
  const Batch batch(segments, cancel, in_background ? &gate : nullptr);
  PassOutcome outcome = run(lane, batch);
  if (outcome == PassOutcome::kDamaged) {
    TRY(packed->repack());
    outcome = run(lane, batch);
  }
  if (outcome == PassOutcome::kStopped) return Error{ErrorKind::kCancelled, "stopped"};
  return {};
}

PassOutcome Engine::Impl::run(Lane& lane, const Batch& batch) {
  PassOutcome outcome = PassOutcome::kFinished;
  lane.team.run([&](TeamMember member) {
    const PassOutcome mine = architecture->forward(member, batch, lane.workspace);
    if (member.is_first()) outcome = mine;
  });
  return outcome;
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

const ModelInfo& Engine::info() const {
  return impl_->info;
}
const std::string& Engine::fingerprint() const {
  return impl_->fingerprint;
}
int Engine::threads() const {
  return impl_->foreground.team.size();
}

Result<std::shared_ptr<const Adapter>> Engine::load_adapter(const GgufFile& file) {
  const bool exact = impl_->options.arithmetic == Arithmetic::kReference;
  const AdapterForm form = exact ? AdapterForm::kFloat : AdapterForm::kPacked;
  return std::shared_ptr<const Adapter>(TRY(Adapter::load(file, impl_->file, *impl_->architecture, form)));
}

Result<Encoding> Engine::encode(std::span<const TokenId> ids, const Adapter* adapter) {
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
  if (adapter != nullptr) TRY(impl_->reserve_adapter(*adapter));
  KvCache cache = TRY(KvCache::create(shape, KvType::kF32, 1, static_cast<int64_t>(ids.size())));
  Encoding encoding;
  encoding.vector.resize(static_cast<size_t>(shape.embedding));
  encoding.hidden.resize(ids.size() * encoding.vector.size());
  const Segment segment{.tokens = ids,
                        .kv = cache.view,
                        .logits = encoding.vector.data(),
                        .hidden = encoding.hidden.data(),
                        .adapter = adapter};
  TRY(impl_->forward({&segment, 1}, Priority::kForeground, nullptr));
  return encoding;
}

Result<std::vector<float>> Engine::embed(std::span<const TokenId> ids, const Adapter* adapter) {
  return std::move(TRY(encode(ids, adapter)).vector);
}

}  // namespace favilla
