// When an item takes place: its rule, extra and excluded times, and the instances that were changed.
#include <algorithm>
#include <set>

#include "tools/ical/item.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

// A wall clock differs from UTC by less than this, so a search in local time that starts so much earlier misses
// nothing.
constexpr days kZoneMargin{2};
constexpr days kSearchAhead{50 * 366};

class Expander {
 public:
  Expander(const ItemFile& file, Moment from, Moment to, size_t limit)
      : file_(file), from_(from), to_(to), limit_(limit) {
    const std::optional<IcalTime>& when = file.main().when();
    if (when) first_ = *when;
    for (const CalendarItem& item : file.items) {
      if (item.instance) changed_.insert(key(*item.instance));
    }
    for (const IcalTime& time : file.main().excluded) excluded_.insert(key(time));
  }

  Expansion run() {
    const CalendarItem& main = file_.main();
    if (!main.instance && main.when()) {
      if (main.recurs()) {
        add_series(main);
      } else {
        add(main, first_, std::nullopt);
      }
    }
    for (const CalendarItem& item : file_.items) {
      if (item.instance && item.when()) add(item, *item.when(), item.instance);
    }
    std::stable_sort(expansion_.occurrences.begin(), expansion_.occurrences.end(),
                     [](const Occurrence& a, const Occurrence& b) { return a.start < b.start; });
    return std::move(expansion_);
  }

 private:
  // What makes two times the same instance: the moment. An EXDATE that is a date excludes that day's instance.
  Moment key(const IcalTime& time) const { return file_.zones.to_moment(time); }

  bool is_excluded(const IcalTime& time) const {
    if (excluded_.contains(key(time))) return true;
    return std::any_of(file_.main().excluded.begin(), file_.main().excluded.end(), [&](const IcalTime& one) {
      return one.is_date() && one.local == std::chrono::floor<days>(time.local);
    });
  }

  bool past_until(const IcalTime& time) const {
    const std::optional<IcalTime>& until = file_.main().rule_until;
    if (!until) return false;
    if (until->is_date()) return std::chrono::floor<days>(time.local) > until->local;
    return time.is_date() ? time.local > std::chrono::floor<days>(until->local) : key(time) > key(*until);
  }

  void add_series(const CalendarItem& main) {
    const seconds length = main.length;
    const LocalSeconds from_local{std::chrono::floor<seconds>(from_.time_since_epoch()) - length - kZoneMargin};
    std::set<LocalSeconds> seen;
    const auto visit = [&](LocalSeconds local) {
      IcalTime time = first_;
      time.local = local;
      if (past_until(time) || key(time) >= to_) return false;
      if (seen.insert(local).second) add_instance(main, time);
      return expansion_.occurrences.size() < limit_;
    };
    // The first one belongs to the series also when the rule would leave it out.
    bool more = visit(first_.local);
    if (main.rule && more && !main.rule->for_each(first_.local, std::max(first_.local, from_local), visit)) {
      expansion_.cut = true;
    }
    for (const IcalTime& time : main.extra) {
      if (expansion_.occurrences.size() < limit_ &&
          seen.insert(file_.zones.from_moment(key(time), first_).local).second)
        add_instance(main, time);
    }
    if (expansion_.occurrences.size() >= limit_) expansion_.cut = true;
  }

  void add_instance(const CalendarItem& main, const IcalTime& time) {
    if (changed_.contains(key(time)) || is_excluded(time)) return;
    add(main, time, time);
  }

  void add(const CalendarItem& item, const IcalTime& time, const std::optional<IcalTime>& instance) {
    if (item.kind == ItemKind::kEvent && item.status == "CANCELLED") return;
    Occurrence one;
    one.item = &item;
    one.instance = instance;
    one.start = file_.zones.to_moment(time);
    one.whole_days = time.is_date();
    if (item.kind == ItemKind::kTask) {
      one.end = one.start;
    } else if (one.whole_days) {
      IcalTime end = time;
      end.local += item.length;
      one.end = file_.zones.to_moment(end);
    } else {
      one.end = one.start + item.length;
    }
    const bool within = one.end == one.start ? one.start >= from_ : one.end > from_;
    if (within && one.start < to_) expansion_.occurrences.push_back(one);
  }

  const ItemFile& file_;
  Moment from_;
  Moment to_;
  size_t limit_;
  IcalTime first_;
  std::set<Moment> changed_;
  std::set<Moment> excluded_;
  Expansion expansion_;
};

}  // namespace

Expansion expand(const ItemFile& file, Moment from, Moment to) {
  return Expander(file, from, to, kMaxOccurrences).run();
}

std::optional<Occurrence> next_occurrence(const ItemFile& file, Moment from) {
  // Two, because one that began before `from` may still go on. Changed instances are all in the result anyway.
  for (const size_t limit : {size_t{8}, kMaxOccurrences}) {
    Expansion found = Expander(file, from, from + kSearchAhead, limit).run();
    for (const Occurrence& one : found.occurrences) {
      if (one.start >= from) return one;
    }
    if (!found.cut) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace favilla
