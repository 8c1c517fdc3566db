#!/usr/bin/env python3
"""Checks the values of src/understand/when.case against dateutil (recurrences) and zoneinfo (changes of clocks).

    eval/understand/check_cases.py src/understand/when.case

For each recurrence: its start is one of the rule's times, and the rule has none between `now` and it (with INTERVAL
the start is the first day that fits). For each point in time: the wall clock shows that time on that day, and "in N
hours" is N real hours ahead. Prints what differs; exit code 1 if anything does. Needs python3-dateutil.
"""

import datetime as dt
import json
import re
import sys
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr


def check_recurrence(case, now):
    start = dt.datetime.fromisoformat(case["start"])
    day_only = "T" not in case["start"]
    base = now.replace(hour=start.hour, minute=start.minute, second=start.second) - dt.timedelta(days=1)
    rule = re.sub(r"INTERVAL=\d+;?", "", case["rrule"]) if "BY" in case["rrule"] else case["rrule"]
    if "BY" not in case["rrule"]:
        base = start
    first = rrulestr(rule, dtstart=base).after(
        now - dt.timedelta(days=1) if day_only else now - dt.timedelta(seconds=1), inc=True
    )
    while day_only and first.date() < now.date():
        first = rrulestr(rule, dtstart=base).after(first)
    return (
        None
        if (first.date() if day_only else first) == (start.date() if day_only else start)
        else f"dateutil says {first}"
    )


def check_point(value, zone):
    local = dt.datetime.fromisoformat(value)
    there = local.replace(tzinfo=zone)
    back = there.astimezone(dt.timezone.utc).astimezone(zone).replace(tzinfo=None)
    return None if back == local else f"no clock shows {value}: it would be {back}"


def check_hours(text, value, now, zone):
    match = re.fullmatch(r"in (\d+) hours", text)
    if not match:
        return None
    moment = now.replace(tzinfo=zone).astimezone(dt.timezone.utc) + dt.timedelta(hours=int(match[1]))
    shown = moment.astimezone(zone).replace(tzinfo=None)
    return None if shown == dt.datetime.fromisoformat(value) else f"zoneinfo says {shown}"


def main():
    now = zone = text = None
    checked = wrong = 0
    for line in open(sys.argv[1], encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("now 20"):
            now = dt.datetime.fromisoformat(line[4:])
        elif line.startswith("zone "):
            zone = ZoneInfo(line[5:])
        elif line.startswith("  {"):
            case = json.loads(line)
            problems = []
            if case["type"] == "recurrence" and "start" in case:
                problems.append(check_recurrence(case, now))
            if case["type"] == "datetime" and "value" in case:
                problems += [check_point(case["value"], zone), check_hours(text, case["value"], now, zone)]
            checked += len(problems)
            for problem in filter(None, problems):
                wrong += 1
                print(f"{text}: {problem}")
        elif line and not line.startswith("#"):
            text = line
    print(f"{checked} checks, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
