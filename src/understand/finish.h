// From what the rules made of a stretch of tokens to the public Entity.
#pragma once

#include <optional>

#include "understand/chart.h"
#include "understand/entities.h"

namespace favilla {

// Fills everything but from and to. nullopt: not one after all (a recurrence that never happens).
std::optional<Entity> finish_entity(EntityKind kind, const Value& value, const TimeContext& time);

// "P1M2DT3H"
std::string iso_duration(const Span& span);

}  // namespace favilla
