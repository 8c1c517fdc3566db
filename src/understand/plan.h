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
  double confidence = 0;               // 0..1
  std::string source;                  // "template", "taught", "learned", "correction": for the trace
};

}  // namespace favilla
