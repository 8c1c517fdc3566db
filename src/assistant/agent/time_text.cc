// See time_text.h.
#include "assistant/agent/time_text.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace favilla {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};

// What the schema's format means, where the description says nothing.
std::string format_of(const Parameter& parameter) {
  if (!parameter.time_format.empty()) return parameter.time_format;
  const auto format = parameter.schema.find("format");
  if (format != parameter.schema.end() && *format == "date") return "%Y-%m-%d";
  if (format != parameter.schema.end() && *format == "time") return "%H:%M:%S";
  return "%Y-%m-%dT%H:%M:%S";
}

bool is_end_name(const Parameter& parameter) {
  return parameter.has_word("end") || parameter.has_word("until") || parameter.has_word("to") ||
         parameter.has_word("finish") || parameter.has_word("out") || parameter.has_word("due");
}

}  // namespace

std::string format_time(LocalSeconds time, std::string_view format) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  const auto hour = static_cast<int>(clock.hours().count());
  const std::string_view month = kMonths[static_cast<unsigned>(date.month()) - 1];
  std::string text;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      text += format[i];
      continue;
    }
    switch (format[++i]) {
      case 'Y':
        text += fmt::format("{:04}", static_cast<int>(date.year()));
        break;
      case 'y':
        text += fmt::format("{:02}", static_cast<int>(date.year()) % 100);
        break;
      case 'm':
        text += fmt::format("{:02}", static_cast<unsigned>(date.month()));
        break;
      case 'd':
        text += fmt::format("{:02}", static_cast<unsigned>(date.day()));
        break;
      case 'H':
        text += fmt::format("{:02}", hour);
        break;
      case 'I':
        text += fmt::format("{:02}", hour % 12 == 0 ? 12 : hour % 12);
        break;
      case 'M':
        text += fmt::format("{:02}", clock.minutes().count());
        break;
      case 'S':
        text += fmt::format("{:02}", clock.seconds().count());
        break;
      case 'p':
        text += hour < 12 ? "AM" : "PM";
        break;
      case 'B':
        text += month;
        break;
      case 'b':
        text += month.substr(0, 3);
        break;
      default:
        text += {'%', format[i]};
        break;
    }
  }
  return text;
}

std::vector<TimeValue> time_values(const Entity& entity, const Parameter& parameter) {
  const std::string format = format_of(parameter);
  const bool wants_day = format.find("%d") != std::string::npos;
  const bool wants_clock = format.find("%H") != std::string::npos || format.find("%I") != std::string::npos;
  const auto& reading = entity.reading;
  switch (entity.kind) {
    case EntityKind::kDate:
      if (!wants_day || !reading.start) return {};
      return {{format_time(*reading.start, format), wants_clock ? -1.0 : 0.5}};
    case EntityKind::kTime:
      if (!wants_clock || !reading.start) return {};
      return {{format_time(*reading.start, format), wants_day ? -0.5 : 0.5}};
    case EntityKind::kDateTime:
      if (!reading.start) return {};
      return {{format_time(*reading.start, format), 0.5}};
    case EntityKind::kRange: {
      std::vector<TimeValue> values;
      const bool end = is_end_name(parameter);
      if (reading.start) values.push_back({format_time(*reading.start, format), end ? -0.5 : 0.5, true, false});
      // The end of whole days is exclusive; people name the last day.
      if (reading.end) {
        const LocalSeconds last = entity.whole_days ? *reading.end - std::chrono::days(1) : *reading.end;
        values.push_back({format_time(last, format), end ? 0.5 : -0.5, false, true});
      }
      return values;
    }
    default:
      return {};
  }
}

}  // namespace favilla
