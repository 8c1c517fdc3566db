// See slot_choice.h.
#include "assistant/agent/slot_choice.h"

#include <algorithm>
#include <numeric>

namespace favilla {
namespace {

struct Choice {
  std::vector<size_t> chosen;
  double gain = 0;
};

bool exclude_each_other(const SlotOption& a, const SlotOption& b) {
  return (a.arguments & b.arguments) != 0 || (a.from < b.to && b.from < a.to);
}

// Tries all sets; there are few options.
Choice best_of(const std::vector<SlotOption>& options, const std::vector<size_t>& order, size_t at, Choice so_far) {
  if (at == order.size()) return so_far;
  const SlotOption& next = options[order[at]];
  Choice without = best_of(options, order, at + 1, so_far);
  const bool is_free = std::none_of(so_far.chosen.begin(), so_far.chosen.end(),
                                    [&](size_t taken) { return exclude_each_other(options[taken], next); });
  if (!is_free) return without;
  so_far.chosen.push_back(order[at]);
  so_far.gain += next.gain;
  Choice with = best_of(options, order, at + 1, std::move(so_far));
  return with.gain >= without.gain ? with : without;
}

}  // namespace

std::vector<size_t> choose_slots(const std::vector<SlotOption>& options) {
  std::vector<size_t> order(options.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return options[i].gain <= 0; });
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return options[a].gain > options[b].gain; });
  order.resize(std::min(order.size(), kMaxSlotOptions));
  return best_of(options, order, 0, {}).chosen;
}

}  // namespace favilla
