// Actions that make amounts of money and of other units. See actions.h.
#include "understand/decimal.h"
#include "understand/grammar.h"

namespace favilla {
namespace {

// measure NAME [DIMENSION]: a unit, or a currency.
bool measure(const ActionInput& input, Value& out) {
  out.text = input.rule.text;
  out.dimension = input.rule.text2;
  return true;
}

// quantity: a number and a unit in any order.
bool quantity(const ActionInput& input, Value& out) {
  const Value* unit = nullptr;
  const Value* number = nullptr;
  for (int k = 0; k < input.count; ++k) (input.at(k).text != nullptr ? unit : number) = &input.at(k);
  if (unit == nullptr) return false;
  out.text = unit->text;
  out.dimension = unit->dimension;
  out.number = number != nullptr ? number->number : make_decimal(1);
  return true;
}

// quantity_scaled N: as above, times 10^N: "30 MUSD", "75 USD million".
bool quantity_scaled(const ActionInput& input, Value& out) {
  if (!quantity(input, out)) return false;
  out.number = multiply(out.number, make_decimal(1, input.argument(0)));
  return true;
}

// nothing: what covers these words keeps them from being read as something else.
bool nothing(const ActionInput& input, Value& out) {
  out.integer = input.to - input.from;
  return true;
}

// compound NUMERATOR DENOMINATOR: an amount and a smaller one, each N/D of the larger unit: "3 euros 50", "5 ft 2 in".
bool compound(const ActionInput& input, Value& out) {
  const Value& large = input.at(0);
  const Value& small = input.last();
  const Decimal factor = divide(make_decimal(input.argument(0, 1)), make_decimal(input.argument(1, 100)));
  if (to_double(small.number) * to_double(factor) >= 1 || small.number.mantissa < 0) return false;
  if (large.number.exact && large.number.exponent < 0) return false;
  out.text = large.text;
  out.dimension = large.dimension;
  out.number = add(large.number, multiply(small.number, factor));
  return true;
}

constexpr NamedAction kQuantityActions[] = {
    {"measure", measure}, {"quantity", quantity}, {"quantity_scaled", quantity_scaled},
    {"nothing", nothing}, {"compound", compound},
};

}  // namespace

std::span<const NamedAction> quantity_actions() {
  return kQuantityActions;
}

}  // namespace favilla
