#!/usr/bin/env python3
"""Makes rules.tsv: occurrences of some hundred random recurrence rules, by python-dateutil.

    python3 tests/golden/ical/make_rules.py > tests/golden/ical/rules.tsv     # needs python-dateutil

Columns: rule, first occurrence, from when on, the next occurrences (at most 12) separated by commas. The first
occurrence always follows the rule: RFC 5545 leaves the other case undefined.
"""

import random
import signal
from datetime import datetime, timedelta

from dateutil.rrule import rrulestr

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
STAMP = "%Y-%m-%dT%H:%M:%S"
RULES = 400
SHOWN = 12


def some(rng, values, most):
    return ",".join(str(v) for v in sorted(rng.sample(values, rng.randint(1, most)), key=str))


def random_rule(rng):
    """Only combinations that RFC 5545's table allows."""
    frequency = rng.choice(["HOURLY", "DAILY", "DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY"])
    parts = {"FREQ": frequency}
    if rng.random() < 0.5:
        parts["INTERVAL"] = rng.randint(2, 5)
    if rng.random() < 0.3:
        parts["BYMONTH"] = some(rng, range(1, 13), 3)
    if frequency == "DAILY" and rng.random() < 0.4:
        parts["BYDAY"] = some(rng, DAYS, 4)
    if frequency == "WEEKLY" and rng.random() < 0.8:
        parts["BYDAY"] = some(rng, DAYS, 4)
    if frequency == "MONTHLY":
        kind = rng.random()
        if kind < 0.3:
            parts["BYMONTHDAY"] = some(rng, list(range(1, 32)) + [-1, -2, -3], 3)
        elif kind < 0.6:
            parts["BYDAY"] = ",".join({f"{rng.choice([1, 2, 3, 4, -1, -2])}{rng.choice(DAYS)}" for _ in range(2)})
        elif kind < 0.8:
            parts["BYDAY"] = some(rng, DAYS, 5)
            parts["BYSETPOS"] = rng.choice([1, 2, -1, -2])
    if frequency == "YEARLY":
        kind = rng.random()
        if kind < 0.2:
            parts["BYMONTHDAY"] = some(rng, range(1, 29), 3)
            parts.setdefault("BYMONTH", some(rng, range(1, 13), 3))
        elif kind < 0.4:
            parts["BYDAY"] = f"{rng.choice([1, 2, 3, 4, -1])}{rng.choice(DAYS)}"
            parts.setdefault("BYMONTH", some(rng, range(1, 13), 2))
        elif kind < 0.5:
            parts.pop("BYMONTH", None)
            parts["BYYEARDAY"] = some(rng, [1, 60, 100, 200, 300, 366, -1, -100], 3)
        elif kind < 0.6:
            parts.pop("BYMONTH", None)
            parts["BYWEEKNO"] = rng.choice([2, 10, 20, 33, 52, -2])
            parts["BYDAY"] = rng.choice(DAYS)
    # Favilla refuses BYSETPOS among several times of a day.
    if frequency != "HOURLY" and "BYSETPOS" not in parts and rng.random() < 0.15:
        parts["BYHOUR"] = some(rng, range(6, 23), 2)
    if rng.random() < 0.2:
        parts["WKST"] = rng.choice(["SU", "MO", "WE"])
    if rng.random() < 0.25:
        parts["COUNT"] = rng.randint(1, 40)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def within_two_seconds(function):
    def stop(*_):
        raise TimeoutError
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(2)
    try:
        return function()
    except TimeoutError:
        return None
    finally:
        signal.alarm(0)


def main():
    rng = random.Random(20261123)
    print("# made by make_rules.py with python-dateutil; see there")
    made = 0
    while made < RULES:
        rule = random_rule(rng)
        start = datetime(rng.randint(2018, 2027), rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23),
                         rng.choice([0, 0, 15, 30]))
        without_count = ";".join(part for part in rule.split(";") if not part.startswith("COUNT"))
        first = within_two_seconds(lambda: rrulestr(without_count, dtstart=start).after(start, inc=True))
        if first is None or first.year > 2040:
            continue
        since = first + timedelta(days=rng.choice([0, 0, 0, 10, 100, 1000, 3000]))
        found = within_two_seconds(lambda: list(rrulestr(rule, dtstart=first).xafter(since, count=SHOWN, inc=True)))
        if found is None or any(moment.year > 2100 for moment in found):
            continue
        print(rule, first.strftime(STAMP), since.strftime(STAMP), ",".join(m.strftime(STAMP) for m in found), sep="\t")
        made += 1


if __name__ == "__main__":
    main()
