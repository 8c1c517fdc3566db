// What an Engine is made of; its sessions run their passes through it. Internal to generate.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "base/priority_gate.h"
#include "generate/generate.h"
#include "model/arch/adapter.h"
#include "model/arch/architecture.h"
#include "model/arch/workspace.h"
#include "model/packed_weights.h"

namespace favilla {

// Threads and scratch for one pass at a time.
struct Lane {
  ThreadTeam team;
  Workspace workspace;
  TicketLock turn;

  explicit Lane(int threads, ThreadTeam::Policy policy = ThreadTeam::Policy::kNormal) : team(threads, policy) {}
};

struct Engine::Impl {
  Impl(GgufFile gguf, int threads) : file(std::move(gguf)), foreground(threads) {}

  GgufFile file;
  EngineOptions options;
  std::unique_ptr<Architecture> architecture;
  const KernelTable* kernels = nullptr;
  ModelInfo info;
  std::string fingerprint;                // see Engine
  std::unique_ptr<PackedWeights> packed;  // nullptr with Arithmetic::kReference
  Lane foreground;
  std::mutex opening;                // of the background lane, and of adapters
  std::unique_ptr<Lane> background;  // made with the first background session
  PriorityGate gate;                 // entered by foreground passes

  int64_t adapter_rank = 0;  // the largest of any session, guarded by `opening`

  Result<void> make_workspace(Lane& lane);
  // Makes room in every lane for an adapter. kInvalidArgument when it is another engine's.
  Result<void> reserve_adapter(const Adapter& adapter);
  Result<void> open_background();

  PassOutcome run(Lane& lane, const Batch& batch);

  // One pass over the segments, kMaxBatchTokens tokens at most in all. Any thread. kCancelled.
  Result<void> forward(std::span<const Segment> segments, Priority priority, const CancelFlag* cancel);
};

}  // namespace favilla
