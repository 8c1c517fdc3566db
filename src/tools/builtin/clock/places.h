// Which time zone a place has.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time_zone.h"

namespace favilla {

struct Place {
  std::string name;  // as replies call it: "Tokyo", "New York"
  TimeZone zone;
};

// An IANA name ("Asia/Tokyo"), its city ("tokyo"), a city, country or abbreviation of the table in places.cc, or
// "UTC+2". kNotFound for others.
Result<Place> find_place(std::string_view text);

}  // namespace favilla
