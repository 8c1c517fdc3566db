// The functions behind the actions of `calendar`, and what they share.
#pragma once

#include <string>
#include <vector>

#include "tools/ical/asked.h"
#include "tools/ical/pick.h"
#include "tools/tool.h"

namespace favilla {

Result<Outcome> plan_event_add(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_event_show(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_event_next(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_event_find(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_event_free(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_event_move(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_event_change(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_event_cancel(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_event_import(const ToolContext& context, const Json& arguments);

// An event with a time and no end takes so long.
inline constexpr std::chrono::hours kDefaultLength{1};

struct EventAt {
  const StoredItem* stored = nullptr;
  Occurrence at;
};

Result<Vdir> load_events(const ToolContext& context);

// The calendar for new events: `[calendar] default` of config.toml.
std::string default_calendar(const ToolContext& context);

// All that takes place within [from, to), at least partly, by start. `calendar`: only of that one, unless it is null.
std::vector<EventAt> events_between(const Vdir& vdir, Moment from, Moment to, const Vdir::Calendar* calendar = nullptr);

// " It overlaps with Dentist, 13:30-14:30." for what is there when `file` takes place in the next two months; nothing
// when all is free. The file with `own_uid` does not count.
std::string conflict_words(const Vdir& vdir, const ItemFile& file, const ToolContext& context);

// An ATTENDEE line for a name, an address, or "Ana <ana@example.org>".
IcalLine attendee_line(const std::string& who);

// The reply to a change of `stored` (nullptr: a new event) to `content`: result, reference, text, conflicts.
Result<void> tell_event(const ToolContext& context, const Vdir& vdir, const StoredItem* stored,
                        std::string_view calendar, const std::string& content, const std::optional<IcalTime>& instance,
                        std::string_view verb, Outcome& outcome);

}  // namespace favilla
