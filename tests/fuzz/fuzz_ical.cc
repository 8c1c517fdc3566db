// libFuzzer target: arbitrary bytes as an .ics file. What is read is written back byte for byte, expanded, and edited;
// what an edit writes can be read again.
#include <cstdint>
#include <string_view>

#include "tools/ical/edit.h"
#include "tools/ical/item.h"

namespace favilla {
namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void try_item(const ItemFile& file, std::string_view bytes) {
  const Moment now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23};
  const Expansion expansion = expand(file, now, now + std::chrono::days{30});
  require(expansion.occurrences.size() <= kMaxOccurrences + file.items.size());
  for (const Occurrence& one : expansion.occurrences) require(one.start <= one.end);
  require(file.calendar.to_text() == bytes);

  const ItemKind kind = file.main().kind;
  IcalComponent calendar = file.calendar;
  IcalComponent& item = main_component(calendar, kind);
  item.set(make_text_line("SUMMARY", bytes.substr(0, 200)));
  const IcalTime time = owner_time(LocalSeconds{std::chrono::hours{500000}}, false, file.zones.owner());
  if (kind == ItemKind::kEvent) {
    set_event_time(item, time, std::chrono::hours{1}, file.zones);
  } else {
    set_due(item, time, file.zones);
  }
  touch(item, now);
  set_alarm(item, std::chrono::minutes{5});
  define_zones(calendar, IcalComponent(item), file.zones.owner());
  const auto again = read_item_file(calendar.to_text(), file.zones.owner());
  require(again.has_value() || again.error().kind == ErrorKind::kExhausted);
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(data[i]);
  const auto file = favilla::read_item_file(bytes, favilla::TimeZone::find("Europe/Lisbon").value());
  if (file) favilla::try_item(*file, bytes);
  return 0;
}
