// From words to what they mean: numbers, units and times (entities.h), and what a sentence asks for (plan.h).
//
//   EntityFinder finder = TRY(EntityFinder::load());
//   for (const Entity& entity : finder.find("call Ana tomorrow at 6", {now, zone})) ...
#pragma once

#include "understand/entities.h"  // IWYU pragma: export
#include "understand/plan.h"      // IWYU pragma: export
