// What the monitor has to know about the steps of an action: which places they touch, and where they send data. Taken
// from the steps and not from the arguments, so that a hidden copy or a link cannot differ from what is shown.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "tools/step.h"
#include "tools/tool.h"

namespace favilla {

struct EffectWorld {
  const ToolContext& context;
  std::span<const std::filesystem::path> protected_places;
  const std::optional<std::string>& words;  // RunOptions::words
};

// Sets `place` and `destinations` of the call.
void add_effect(PolicyCall& call, std::span<const Step> steps, const EffectWorld& world);

}  // namespace favilla
