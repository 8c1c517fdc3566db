// How a rule makes the value of a whole from the values of its parts: the functions that rule files name.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "understand/entities.h"
#include "understand/tokens.h"
#include "understand/values.h"

namespace favilla {

struct Rule;

// What all actions of one sentence share.
struct Situation {
  const std::vector<Token>& tokens;
  const TimeContext& time;
  Day today{};
};

constexpr int kMaxCaptures = 6;

struct ActionInput {
  const Situation& situation;
  const Rule& rule;
  const Value* captures[kMaxCaptures] = {};
  int count = 0;
  int from = 0;  // tokens
  int to = 0;

  const Value& at(int index) const { return *captures[index]; }
  const Value& last() const { return *captures[count - 1]; }
  int argument(size_t index, int otherwise = 0) const;
  const Value* find(Shape shape) const;  // the first capture of that shape
  LocalSeconds now() const { return situation.time.now; }
  Day today() const { return situation.today; }
};

// Fills `out`, which is empty before. False: the parts do not fit together ("Feb 40").
using Action = bool (*)(const ActionInput& input, Value& out);

struct NamedAction {
  std::string_view name;
  Action action;
};

// One table for each family of actions; a rule file may name any of them.
std::span<const NamedAction> number_actions();
std::span<const NamedAction> date_actions();
std::span<const NamedAction> clock_actions();
std::span<const NamedAction> period_actions();
std::span<const NamedAction> range_actions();
std::span<const NamedAction> span_actions();
std::span<const NamedAction> repeat_actions();
std::span<const NamedAction> quantity_actions();

Action find_action(std::string_view name);  // nullptr: none has this name

}  // namespace favilla
