// Numbers in digits: the values that the grammar starts from.
#pragma once

#include "understand/chart.h"

namespace favilla {

// Which categories a grammar knows for what digits may be; -1 where no rule asks.
struct NumberCategories {
  explicit NumberCategories(const Grammar& grammar);
  int number;      // "2.5", "1,234"
  int integer;     // any run of digits
  int hour;        // 0..24, at most two digits
  int minute;      // two digits, 0..59
  int month_day;   // 1..31
  int month;       // 1..12
  int year;        // four digits, 1000..2999
  int short_year;  // two digits
  int clock;       // "730", "1540"
  int date;        // "20161016"
};

// Seeds `chart` with all readings of the digits in `tokens`.
void seed_numbers(const std::vector<Token>& tokens, const NumberCategories& categories, Chart& chart);

}  // namespace favilla
