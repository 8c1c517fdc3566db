#!/usr/bin/env python3
"""Makes series.txt: what takes place in a range, of random series with exceptions, by recurring-ical-events.

    python3 tests/golden/ical/make_series.py > tests/golden/ical/series.txt   # needs icalendar, recurring-ical-events

Blocks: `range START END` (wall clock of Europe/Lisbon, the owner's zone), the file's lines behind `| `, then one
`= START END` for each occurrence: UTC moments, or dates for whole days. Gaps and overlaps of clock changes are unit
tests of their own.
"""

import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

OWNER = ZoneInfo("Europe/Lisbon")
ZONES = ["Europe/Lisbon", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC", None, "date"]
SERIES = 250
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def stamp(when, zone):
    """The text behind the property name, with its parameters."""
    if zone == "date":
        return f";VALUE=DATE:{when:%Y%m%d}"
    if zone is None:
        return f":{when:%Y%m%dT%H%M%S}"
    if zone == "UTC":
        return f":{when:%Y%m%dT%H%M%SZ}"
    return f";TZID={zone}:{when:%Y%m%dT%H%M%S}"


def random_rule(rng):
    frequency = rng.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}"]
    if rng.random() < 0.5:
        parts.append(f"INTERVAL={rng.randint(2, 4)}")
    if frequency == "WEEKLY" and rng.random() < 0.7:
        parts.append("BYDAY=" + ",".join(rng.sample(DAYS, rng.randint(1, 3))))
    if frequency == "MONTHLY" and rng.random() < 0.7:
        parts.append(rng.choice(["BYDAY=2TU", "BYDAY=-1FR", "BYMONTHDAY=15", "BYMONTHDAY=-1", "BYDAY=1MO,3MO"]))
    return ";".join(parts)


def make_series(rng):
    zone = rng.choice(ZONES)
    start = datetime(rng.randint(2025, 2026), rng.randint(1, 12), rng.randint(1, 28), rng.choice([6, 9, 14, 20, 23]),
                     rng.choice([0, 30]))
    if zone == "date":
        start = start.replace(hour=0, minute=0)
    rule = random_rule(rng)
    start = rrulestr(rule, dtstart=start).after(start, inc=True)
    instances = list(rrulestr(rule, dtstart=start).xafter(start, count=30, inc=True))
    kind = rng.random()
    if kind < 0.3:
        rule += f";COUNT={rng.randint(2, 25)}"
    elif kind < 0.5:
        until = instances[rng.randint(1, 20)]
        if zone == "date":
            rule += f";UNTIL={until:%Y%m%d}"
        elif zone is None:
            rule += f";UNTIL={until:%Y%m%dT%H%M%S}"
        else:
            utc = until.replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)
            rule += f";UNTIL={utc:%Y%m%dT%H%M%SZ}"
    length = timedelta(days=rng.randint(1, 3)) if zone == "date" else timedelta(minutes=rng.choice(
        [15, 60, 90, 600] if start.hour < 14 else [15, 30]))  # none over a change of clocks: see Expand's tests
    head = ["BEGIN:VEVENT", "UID:series", "SUMMARY:Series", "DTSTAMP:20260101T000000Z"]
    lines = head + [f"DTSTART{stamp(start, zone)}", f"DTEND{stamp(start + length, zone)}", f"RRULE:{rule}"]
    changed = rng.sample(instances[1:6], rng.randint(0, 2))
    for excluded in rng.sample([i for i in instances[1:12] if i not in changed], rng.randint(0, 2)):
        lines.append(f"EXDATE{stamp(excluded, zone)}")
    if rng.random() < 0.3:
        lines.append(f"RDATE{stamp(start + timedelta(days=17, hours=0 if zone == 'date' else 1), zone)}")
    lines.append("END:VEVENT")
    counted = list(rrulestr(rule.split(";UNTIL")[0], dtstart=start).xafter(start, count=30, inc=True))
    for instance in changed:
        if instance not in counted or (kind >= 0.3 and kind < 0.5 and instance > until):
            continue
        moved = instance + timedelta(days=rng.choice([-1, 1, 3]), hours=0 if zone == "date" else 2)
        lines += head + [f"RECURRENCE-ID{stamp(instance, zone)}", f"DTSTART{stamp(moved, zone)}",
                         f"DTEND{stamp(moved + length, zone)}", "END:VEVENT"]
    return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//golden//EN"] + lines + ["END:VCALENDAR"]


def shown(value):
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=OWNER)
        return aware.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert isinstance(value, date)
    return value.isoformat()


def main():
    rng = random.Random(5545)
    print("# made by make_series.py with recurring-ical-events; see there")
    for _ in range(SERIES):
        lines = make_series(rng)
        begin = datetime(rng.randint(2025, 2027), rng.randint(1, 12), rng.randint(1, 28), rng.choice([0, 12]))
        end = begin + timedelta(days=rng.choice([1, 7, 31, 365]))
        calendar = icalendar.Calendar.from_ical("\r\n".join(lines) + "\r\n")
        found = recurring_ical_events.of(calendar).between(begin.replace(tzinfo=OWNER), end.replace(tzinfo=OWNER))
        print(f"range {begin.isoformat()} {end.isoformat()}")
        print("\n".join("| " + line for line in lines))
        for text in sorted(f"= {shown(e['DTSTART'].dt)} {shown(e['DTEND'].dt)}" for e in found):
            print(text)
        print()


if __name__ == "__main__":
    main()
