// What an Engine is made of; its sessions run their passes through it. Internal to generate.
#pragma once

#include <memory>
#include <utility>

#include "generate/generate.h"
#include "model/arch/architecture.h"
#include "model/arch/workspace.h"

namespace favilla {

struct Engine::Impl {
  Impl(GgufFile gguf, int threads) : file(std::move(gguf)), team(threads) {}

  GgufFile file;
  ThreadTeam team;
  EngineOptions options;
  std::unique_ptr<Architecture> architecture;
  std::vector<AlignedArray<std::byte>> packed;  // of each matrix that has a packed form
  Workspace workspace;
  ModelInfo info;
  std::string fingerprint;  // see Engine

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

}  // namespace favilla
