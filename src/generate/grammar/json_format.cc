// The table of formats.
#include "generate/grammar/json_format.h"

#include <array>

namespace favilla::grammar {
namespace {

struct Format {
  std::string_view name;
  std::string_view regex;
};

// Days that exist: months of 31 and 30 days, February, its 29th in leap years.
#define FAVILLA_DATE                                                                       \
  "([1-9]\\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|" \
  "02-(0[1-9]|1\\d|2[0-8]))|([1-9]\\d(0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)"
#define FAVILLA_TIME "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)"
#define FAVILLA_LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
#define FAVILLA_OCTET "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
#define FAVILLA_URI_CHARACTER "([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"

constexpr std::array kFormats = {
    Format{"date", FAVILLA_DATE},
    Format{"time", FAVILLA_TIME},
    Format{"date-time", FAVILLA_DATE "T" FAVILLA_TIME},
    Format{"duration",
           "P(\\d{1,4}W|\\d{1,4}[YMD]|\\d{1,4}Y\\d{1,4}M|\\d{1,4}M\\d{1,4}D|\\d{1,4}Y\\d{1,4}M\\d{1,4}D|"
           "(\\d{1,4}D)?T(\\d{1,4}[HMS]|\\d{1,4}H\\d{1,4}M|\\d{1,4}M\\d{1,4}S|\\d{1,4}H\\d{1,4}M\\d{1,4}S))"},
    Format{"email", "[A-Za-z0-9_+-]{1,32}(\\.[A-Za-z0-9_+-]{1,16})?@(" FAVILLA_LABEL "\\.){1,3}[A-Za-z]{2,16}"},
    Format{"hostname", "(" FAVILLA_LABEL "\\.){0,4}[A-Za-z]{1,16}"},
    Format{"ipv4", "(" FAVILLA_OCTET "\\.){3}" FAVILLA_OCTET},
    Format{"ipv6", "([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"},
    Format{"uuid", "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"},
    Format{"uri", "https?://(" FAVILLA_LABEL "\\.){0,4}[A-Za-z]{1,16}(:[1-9]\\d{0,3})?(/" FAVILLA_URI_CHARACTER "*)?"
                  "(\\?" FAVILLA_URI_CHARACTER "*)?(#" FAVILLA_URI_CHARACTER "*)?"},
};

#undef FAVILLA_DATE
#undef FAVILLA_TIME
#undef FAVILLA_LABEL
#undef FAVILLA_OCTET
#undef FAVILLA_URI_CHARACTER

}  // namespace

std::string_view format_regex(std::string_view name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return format.regex;
  }
  return {};
}

}  // namespace favilla::grammar
