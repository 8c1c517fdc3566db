// What a sentence asks for: tool actions with their arguments, nothing done yet.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace favilla {

struct PlannedAction {
  std::string tool;    // "reminders"
  std::string action;  // "add"
  Json arguments = Json::object();
};

struct Plan {
  std::vector<PlannedAction> actions;  // in the order of the sentence
  double confidence = 0;               // 0..1, that of the least sure action
  std::string source;                  // "template", "taught", "learned", "correction": for the trace
  std::vector<Json> doubts = {};       // of each action that a template gave: what speaks against it (doubts.h)
};

}  // namespace favilla
