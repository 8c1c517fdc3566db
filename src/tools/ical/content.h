// iCalendar (RFC 5545) as text: a tree of content lines that writes back, byte for byte, what nobody changed. Other
// programs' properties, comments and odd folding survive an edit because only the edited lines are made anew.
//
//   IcalComponent calendar = TRY(parse_ical(bytes));
//   IcalComponent* event = calendar.find_component("VEVENT");
//   event->set(make_text_line("SUMMARY", "Lunch; with Ana"));
//   write(calendar.to_text());
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace favilla {

// More than any real item has. A larger file is refused, not cut.
inline constexpr size_t kMaxIcalBytes = size_t{1} << 20;
inline constexpr size_t kMaxIcalDepth = 8;

// One property: NAME;PARAMETER=value:VALUE. A line that is none (empty, or nonsense of another program) has no name and
// is kept as it is.
class IcalLine {
 public:
  // `raw`: the line as in the file, with its folds and its line end.
  explicit IcalLine(std::string raw);

  std::string_view name() const { return name_; }  // upper case
  std::string_view value() const;                  // unfolded, still escaped
  std::string text() const;                        // the value of a TEXT property, unescaped
  // The value of a parameter, without quotes; nullopt when it is absent. `parameter` is upper case.
  std::optional<std::string> parameter(std::string_view parameter) const;
  const std::string& raw() const { return raw_; }

 private:
  std::string raw_;
  std::string unfolded_;
  std::string name_;
  size_t value_at_ = 0;
};

// A line of our own: folded at 75 bytes, never inside a UTF-8 sequence, ended by CRLF. `head` is the name with its
// parameters, `value` is written as it is.
IcalLine make_line(std::string_view head, std::string_view value);
// The same for a TEXT value, which is escaped.
IcalLine make_text_line(std::string_view head, std::string_view text);
// A parameter's value: quoted where it must be; what no parameter can hold (quotes, control characters) is left out.
std::string parameter_value(std::string_view text);

struct IcalNode;

struct IcalComponent {
  std::string name;   // upper case: "VEVENT"
  std::string begin;  // the raw lines around it
  std::string end;
  std::vector<IcalNode> nodes;  // in the order of the file

  const IcalLine* find(std::string_view property) const;
  std::vector<const IcalLine*> all(std::string_view property) const;
  // Puts `line` in the place of the first property of its name and removes further ones; a new one goes behind the
  // last property.
  void set(IcalLine line);
  void add(IcalLine line);  // behind the last property
  void remove(std::string_view property);
  void add_component(IcalComponent component);        // at the end
  void add_first_component(IcalComponent component);  // behind the last property
  void remove_components(std::string_view component);
  IcalComponent* find_component(std::string_view component);
  std::vector<const IcalComponent*> components(std::string_view component) const;
  std::string to_text() const;
};

struct IcalNode {
  std::variant<IcalLine, IcalComponent> value;
};

// An empty component of our own.
IcalComponent make_component(std::string_view name);

// One VCALENDAR. kCorrupt with the line's number when BEGIN and END do not match, when something follows the calendar,
// or when the file was cut; kExhausted when it is larger than kMaxIcalBytes or nests deeper than kMaxIcalDepth.
Result<IcalComponent> parse_ical(std::string_view bytes);

}  // namespace favilla
