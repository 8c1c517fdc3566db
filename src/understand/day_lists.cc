// Lists of days: see day_lists.h.
#include "understand/day_lists.h"

#include <algorithm>

#include "understand/time_helpers.h"

namespace favilla {
namespace {

// Such a list is no chance: in "look at 18 and 19 June" the 18 is rather a day than an hour.
constexpr float kCost = -4;

struct Part {
  int from = 0;  // tokens; `to` is exclusive
  int to = 0;
  DateSpec spec;
  bool is_conjunction = false;
};

class DayLists {
 public:
  DayLists(const DayListCategories& categories, const Situation& situation, Chart& chart)
      : categories_(categories), situation_(situation), chart_(chart) {
    for (const Item& item : chart.items()) {
      const Part part{item.from, item.to, item.value.spec, item.category == categories.conjunction};
      const bool is_day_of_month = part.spec.month > 0 && part.spec.day > 0 && part.spec.weekday < 0;
      if (item.category == categories.date && is_day_of_month) dates_.push_back(part);
      if (item.category == categories.day_number) numbers_.push_back(part);
      if (item.category == categories.day_by_ordinal) ordinals_.push_back(part);
      if (item.category == categories.comma || part.is_conjunction) joints_.push_back(part);
    }
  }

  void add() {
    for (const Part& date : dates_) {
      if (is_longest(date))
        walk(date, numbers_, &Part::to, &Part::from, [](int day, int known) { return day < known; });
      walk(date, ordinals_, &Part::from, &Part::to, [](int day, int known) { return day > known; });
    }
  }

 private:
  // From the date over joints and numbers, as far as they go. `near` is the side of a part that the walk comes to
  // first.
  template <class InOrder>
  void walk(const Part& date, const std::vector<Part>& numbers, int Part::*near, int Part::*far, InOrder in_order) {
    std::vector<Part> found;
    bool is_list = false;
    Part last = date;
    for (bool goes_on = true; goes_on;) {
      goes_on = false;
      for (const Part& joint : joints_) {
        if (joint.*near != last.*far) continue;
        const auto number = std::find_if(numbers.begin(), numbers.end(), [&](const Part& part) {
          return part.*near == joint.*far && in_order(part.spec.day, last.spec.day) && !is_date(part);
        });
        if (number == numbers.end()) continue;
        found.push_back(*number);
        last = *number;
        is_list = is_list || joint.is_conjunction;
        goes_on = true;
        break;
      }
    }
    if (!is_list) return;
    for (Part& part : found) {
      const int day = part.spec.day;
      part.spec = date.spec;
      part.spec.day = day;
      add(part);
    }
  }

  // Not "19 June" of "19 June 2028".
  bool is_longest(const Part& date) const {
    return std::none_of(dates_.begin(), dates_.end(),
                        [&](const Part& other) { return other.from == date.from && other.to > date.to; });
  }

  // "18th" of "18th of August" has its own month.
  bool is_date(const Part& number) const {
    return std::any_of(dates_.begin(), dates_.end(), [&](const Part& date) { return date.from == number.from; });
  }

  void add(const Part& part) {
    const std::optional<Days> days = resolve_date(part.spec, situation_.today);
    if (!days) return;
    Item item;
    item.category = categories_.date;
    item.from = part.from;
    item.to = part.to;
    item.cost = kCost;
    item.value.spec = part.spec;
    set_date(item.value, days->future, days->past);
    chart_.seed(std::move(item));
  }

  const DayListCategories& categories_;
  const Situation& situation_;
  Chart& chart_;
  std::vector<Part> dates_;
  std::vector<Part> numbers_;
  std::vector<Part> ordinals_;
  std::vector<Part> joints_;
};

}  // namespace

DayListCategories::DayListCategories(const Grammar& grammar)
    : date(grammar.category("date")),
      day_number(grammar.category("day_number")),
      day_by_ordinal(grammar.category("day_by_ordinal")),
      comma(grammar.category("comma")),
      conjunction(grammar.category("conjunction")) {}

void add_listed_days(const DayListCategories& categories, const Situation& situation, Chart& chart) {
  DayLists(categories, situation, chart).add();
}

}  // namespace favilla
