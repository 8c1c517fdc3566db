// Looking up actions by the names that rule files use.
#include "understand/actions.h"

#include "understand/grammar.h"

namespace favilla {

int ActionInput::argument(size_t index, int otherwise) const {
  return index < rule.arguments.size() ? rule.arguments[index] : otherwise;
}

const Value* ActionInput::find(Shape shape) const {
  for (int k = 0; k < count; ++k) {
    if (captures[k]->shape == shape) return captures[k];
  }
  return nullptr;
}

Action find_action(std::string_view name) {
  for (const auto& table : {number_actions(), date_actions(), clock_actions(), period_actions(), range_actions(),
                            span_actions(), repeat_actions(), quantity_actions()}) {
    for (const NamedAction& entry : table) {
      if (entry.name == name) return entry.action;
    }
  }
  return nullptr;
}

}  // namespace favilla
