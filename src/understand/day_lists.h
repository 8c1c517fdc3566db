// What a list of days says only once: the month of "the 18th and 19th of June", of "July 17th, 18th or 19th".
#pragma once

#include "understand/chart.h"

namespace favilla {

// The categories of a grammar that such lists are made of; -1 where no rule mentions one.
struct DayListCategories {
  explicit DayListCategories(const Grammar& grammar);
  int date;
  int day_number;      // "18", "the 18th"
  int day_by_ordinal;  // "18th", "the 18th"
  int comma;
  int conjunction;  // "and", ", or"
};

// Adds the days of such lists to a parsed chart, as dates with the month of another one. Days of a list ascend, and one
// of its joints is a conjunction.
void add_listed_days(const DayListCategories& categories, const Situation& situation, Chart& chart);

}  // namespace favilla
