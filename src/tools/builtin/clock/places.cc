// Cities and countries that are not the last part of an IANA name. Countries with several zones have that of their
// largest city; cities of the zone database need no row.
#include "tools/builtin/clock/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tools/match.h"

namespace favilla {
namespace {

struct Row {
  std::string_view place;  // as Words writes it: lower case, no accents
  std::string_view zone;
};

constexpr Row kPlaces[] = {
    {"abu dhabi", "Asia/Dubai"},
    {"argentina", "America/Argentina/Buenos_Aires"},
    {"atlanta", "America/New_York"},
    {"auckland", "Pacific/Auckland"},
    {"austin", "America/Chicago"},
    {"australia", "Australia/Sydney"},
    {"austria", "Europe/Vienna"},
    {"bangalore", "Asia/Kolkata"},
    {"barcelona", "Europe/Madrid"},
    {"bavaria", "Europe/Berlin"},
    {"beijing", "Asia/Shanghai"},
    {"belgium", "Europe/Brussels"},
    {"bengaluru", "Asia/Kolkata"},
    {"bombay", "Asia/Kolkata"},
    {"boston", "America/New_York"},
    {"brazil", "America/Sao_Paulo"},
    {"brasilia", "America/Sao_Paulo"},
    {"bulgaria", "Europe/Sofia"},
    {"calgary", "America/Edmonton"},
    {"california", "America/Los_Angeles"},
    {"canada", "America/Toronto"},
    {"canberra", "Australia/Sydney"},
    {"cape town", "Africa/Johannesburg"},
    {"central time", "America/Chicago"},
    {"chengdu", "Asia/Shanghai"},
    {"chennai", "Asia/Kolkata"},
    {"chile", "America/Santiago"},
    {"china", "Asia/Shanghai"},
    {"cologne", "Europe/Berlin"},
    {"colombia", "America/Bogota"},
    {"croatia", "Europe/Zagreb"},
    {"cst", "America/Chicago"},
    {"cyprus", "Asia/Nicosia"},
    {"czech republic", "Europe/Prague"},
    {"dallas", "America/Chicago"},
    {"delhi", "Asia/Kolkata"},
    {"denmark", "Europe/Copenhagen"},
    {"dusseldorf", "Europe/Berlin"},
    {"eastern time", "America/New_York"},
    {"edinburgh", "Europe/London"},
    {"egypt", "Africa/Cairo"},
    {"england", "Europe/London"},
    {"est", "America/New_York"},
    {"estonia", "Europe/Tallinn"},
    {"ethiopia", "Africa/Addis_Ababa"},
    {"finland", "Europe/Helsinki"},
    {"florence", "Europe/Rome"},
    {"florida", "America/New_York"},
    {"france", "Europe/Paris"},
    {"frankfurt", "Europe/Berlin"},
    {"geneva", "Europe/Zurich"},
    {"germany", "Europe/Berlin"},
    {"glasgow", "Europe/London"},
    {"gmt", "Etc/GMT"},
    {"greece", "Europe/Athens"},
    {"guangzhou", "Asia/Shanghai"},
    {"hamburg", "Europe/Berlin"},
    {"hanoi", "Asia/Ho_Chi_Minh"},
    {"hawaii", "Pacific/Honolulu"},
    {"houston", "America/Chicago"},
    {"hungary", "Europe/Budapest"},
    {"hyderabad", "Asia/Kolkata"},
    {"iceland", "Atlantic/Reykjavik"},
    {"india", "Asia/Kolkata"},
    {"indonesia", "Asia/Jakarta"},
    {"iran", "Asia/Tehran"},
    {"iraq", "Asia/Baghdad"},
    {"ireland", "Europe/Dublin"},
    {"israel", "Asia/Jerusalem"},
    {"italy", "Europe/Rome"},
    {"japan", "Asia/Tokyo"},
    {"kenya", "Africa/Nairobi"},
    {"korea", "Asia/Seoul"},
    {"krakow", "Europe/Warsaw"},
    {"kyoto", "Asia/Tokyo"},
    {"las vegas", "America/Los_Angeles"},
    {"latvia", "Europe/Riga"},
    {"lithuania", "Europe/Vilnius"},
    {"liverpool", "Europe/London"},
    {"lyon", "Europe/Paris"},
    {"malaysia", "Asia/Kuala_Lumpur"},
    {"manchester", "Europe/London"},
    {"marseille", "Europe/Paris"},
    {"mecca", "Asia/Riyadh"},
    {"mexico", "America/Mexico_City"},
    {"miami", "America/New_York"},
    {"milan", "Europe/Rome"},
    {"minneapolis", "America/Chicago"},
    {"montreal", "America/Toronto"},
    {"morocco", "Africa/Casablanca"},
    {"mountain time", "America/Denver"},
    {"mumbai", "Asia/Kolkata"},
    {"munich", "Europe/Berlin"},
    {"nagoya", "Asia/Tokyo"},
    {"naples", "Europe/Rome"},
    {"nepal", "Asia/Kathmandu"},
    {"netherlands", "Europe/Amsterdam"},
    {"new delhi", "Asia/Kolkata"},
    {"new orleans", "America/Chicago"},
    {"new york city", "America/New_York"},
    {"new zealand", "Pacific/Auckland"},
    {"nigeria", "Africa/Lagos"},
    {"norway", "Europe/Oslo"},
    {"nyc", "America/New_York"},
    {"osaka", "Asia/Tokyo"},
    {"ottawa", "America/Toronto"},
    {"pacific time", "America/Los_Angeles"},
    {"pakistan", "Asia/Karachi"},
    {"peru", "America/Lima"},
    {"philadelphia", "America/New_York"},
    {"philippines", "Asia/Manila"},
    {"poland", "Europe/Warsaw"},
    {"porto", "Europe/Lisbon"},
    {"portland", "America/Los_Angeles"},
    {"portugal", "Europe/Lisbon"},
    {"pst", "America/Los_Angeles"},
    {"quebec", "America/Toronto"},
    {"rio", "America/Sao_Paulo"},
    {"rio de janeiro", "America/Sao_Paulo"},
    {"romania", "Europe/Bucharest"},
    {"rotterdam", "Europe/Amsterdam"},
    {"russia", "Europe/Moscow"},
    {"saigon", "Asia/Ho_Chi_Minh"},
    {"saint petersburg", "Europe/Moscow"},
    {"san diego", "America/Los_Angeles"},
    {"san francisco", "America/Los_Angeles"},
    {"saudi arabia", "Asia/Riyadh"},
    {"scotland", "Europe/London"},
    {"seattle", "America/Los_Angeles"},
    {"serbia", "Europe/Belgrade"},
    {"seville", "Europe/Madrid"},
    {"shenzhen", "Asia/Shanghai"},
    {"slovakia", "Europe/Bratislava"},
    {"slovenia", "Europe/Ljubljana"},
    {"south africa", "Africa/Johannesburg"},
    {"south korea", "Asia/Seoul"},
    {"spain", "Europe/Madrid"},
    {"stuttgart", "Europe/Berlin"},
    {"sweden", "Europe/Stockholm"},
    {"switzerland", "Europe/Zurich"},
    {"taiwan", "Asia/Taipei"},
    {"tel aviv", "Asia/Jerusalem"},
    {"texas", "America/Chicago"},
    {"thailand", "Asia/Bangkok"},
    {"turin", "Europe/Rome"},
    {"turkey", "Europe/Istanbul"},
    {"ukraine", "Europe/Kyiv"},
    {"uae", "Asia/Dubai"},
    {"uk", "Europe/London"},
    {"united kingdom", "Europe/London"},
    {"united states", "America/New_York"},
    {"utc", "Etc/UTC"},
    {"valencia", "Europe/Madrid"},
    {"venice", "Europe/Rome"},
    {"vietnam", "Asia/Ho_Chi_Minh"},
    {"wales", "Europe/London"},
    {"washington", "America/New_York"},
    {"washington dc", "America/New_York"},
};

constexpr std::string_view kAreas[] = {"Europe",          "America",   "Asia",
                                       "Africa",          "Australia", "Pacific",
                                       "Atlantic",        "Indian",    "America/Argentina",
                                       "America/Indiana", "Arctic",    "Antarctica"};

constexpr std::string_view kSmallWords[] = {"of", "de", "da", "do", "es", "au"};

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += fmt::format("{}{}", text.empty() ? "" : between, word);
  return text;
}

// "new york" as the zone database writes it: "New_York"; "dar es salaam" keeps its small word.
std::vector<std::string> capitalized(std::vector<std::string> words) {
  for (std::string& word : words) {
    const bool small = std::find(std::begin(kSmallWords), std::end(kSmallWords), word) != std::end(kSmallWords);
    if (!small && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 'a' + 'A');
  }
  return words;
}

std::optional<TimeZone> zone_of_city(const std::vector<std::string>& words) {
  const std::string city = joined(capitalized(words), "_");
  for (const std::string_view area : kAreas) {
    const Result<TimeZone> zone = TimeZone::find(fmt::format("{}/{}", area, city));
    if (zone) return *zone;
  }
  return std::nullopt;
}

// "utc+2", "gmt-5", which Words reads as "utc 2": so from the text itself.
std::optional<TimeZone> zone_of_offset(std::string_view text) {
  std::string name;
  for (const char c : text) {
    if (c != ' ') name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (!name.starts_with("utc") && !name.starts_with("gmt")) return std::nullopt;
  name = name.substr(3);
  if (name.size() < 2 || name.size() > 3 || (name[0] != '+' && name[0] != '-')) return std::nullopt;
  name[0] = name[0] == '+' ? '-' : '+';  // POSIX signs: Etc/GMT-2 is two hours east
  const Result<TimeZone> zone = TimeZone::find("Etc/GMT" + name);
  return zone ? std::optional(*zone) : std::nullopt;
}

}  // namespace

Result<Place> find_place(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return Place{std::string(text), TRY(TimeZone::find(text))};
  if (const std::optional<TimeZone> zone = zone_of_offset(text)) return Place{std::string(text), *zone};
  std::vector<std::string> words = Words(text).all();
  if (words.size() > 1 && words.front() == "the") words.erase(words.begin());
  const std::string place = joined(words, " ");
  if (place.empty()) return Error{ErrorKind::kNotFound, "which place?"};
  const auto row = std::find_if(std::begin(kPlaces), std::end(kPlaces), [&](const Row& r) { return r.place == place; });
  const std::string name = place.size() <= 3 ? std::string(text) : joined(capitalized(words), " ");
  if (row != std::end(kPlaces)) return Place{name, TRY(TimeZone::find(row->zone))};
  if (const std::optional<TimeZone> zone = zone_of_city(words)) return Place{name, *zone};
  return Error{ErrorKind::kNotFound,
               fmt::format("I do not know the time zone of \"{}\"; a name such as Europe/Lisbon works, too", text)};
}

}  // namespace favilla
