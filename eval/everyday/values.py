"""Whether an argument that a plan has is the one that a row of do.jsonl expects.

A row says what was meant, not how a tool spells it. The same moment may come as `due` or as `in_seconds`, a day as
`range` or as `which`; names of people and things differ in case and articles. All such freedom is in this file.

Expected values beside plain JSON:
  {"any_of": [...]}           one of these
  {"on": "2026-11-24"}        this day, at any time or at none
  {"between": [FROM, TO]}     a moment in between (both inclusive), or a range that lies in between
"""

import re
from datetime import date, datetime, time, timedelta

ARTICLES = {"a", "an", "the", "my", "our", "some"}
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
MOMENT_KEYS = {"due", "start", "end", "time", "occurrence", "date"}
TAILS = {"list": "list", "in": "folder", "to": "folder", "file": "folder"}  # "the shopping list" is "shopping"
TOLERANCE = 1e-3  # of answers: replies are rounded


def words_of(text, key=""):
    text = text.casefold().replace("\u2019", "'").strip(" \t\n.,!?\"'")
    words = text.split()
    if words and words[0] in ARTICLES:
        words = words[1:]
    if len(words) > 1 and words[-1] == TAILS.get(key):
        words = words[:-1]
    return " ".join(words).removeprefix("~/")


def parse_moment(text):
    """A date, a time of day or a date-time; None for anything else."""
    if not isinstance(text, str):
        return None
    for read in (date.fromisoformat, time.fromisoformat, datetime.fromisoformat):
        try:
            return read(text.strip())
        except ValueError:
            continue
    return None


def resolved(moment, now):
    """A time of day is the next one; a date stays a date."""
    if isinstance(moment, time):
        full = datetime.combine(now.date(), moment)
        return full if full > now else full + timedelta(days=1)
    return moment


def day_of(moment):
    return moment.date() if isinstance(moment, datetime) else moment


def as_datetime(moment):
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def same_moment(expected, actual, now):
    wanted, found = parse_moment(expected), parse_moment(actual)
    if wanted is None or found is None:
        return False
    if isinstance(wanted, time):  # of a recurring thing, or "the same day at": the day is not looked at
        return not isinstance(found, date) and wanted == found or isinstance(found, datetime) and wanted == found.time()
    found = resolved(found, now)
    return type(wanted) is type(found) and wanted == found


def day_range(text, now):
    """(start, end) of "A/B", of a date, or of one of the words of `which`."""
    if not isinstance(text, str):
        return None
    today = now.date()
    monday = today - timedelta(days=today.weekday())
    words = {
        "today": (today, today + timedelta(days=1)),
        "tomorrow": (today + timedelta(days=1), today + timedelta(days=2)),
        "week": (monday, monday + timedelta(days=7)),
    }
    if text in words:
        start, end = words[text]
        return as_datetime(start), as_datetime(end)
    parts = [parse_moment(part) for part in text.split("/")]
    if None in parts or len(parts) > 2 or any(isinstance(part, time) for part in parts):
        return None
    if len(parts) == 1:
        start = as_datetime(parts[0])
        return start, start + (timedelta(0) if isinstance(parts[0], datetime) else timedelta(days=1))
    return as_datetime(parts[0]), as_datetime(parts[1])


def rule_parts(rule, start):
    """An RRULE as a set of parts, with what it takes from the start filled in."""
    parts = {}
    for part in rule.upper().removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        parts[name] = ",".join(sorted(value.split(",")))
    for name in ("WKST", "UNTIL", "COUNT"):
        parts.pop(name, None)
    if parts.get("INTERVAL") == "1":
        del parts["INTERVAL"]
    if parts.get("FREQ") == "DAILY" and "BYDAY" in parts and "INTERVAL" not in parts:
        parts["FREQ"] = "WEEKLY"
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        parts.pop(name, None)
    first = parse_moment(start)
    if isinstance(first, date):
        if parts.get("FREQ") == "WEEKLY":
            parts.setdefault("BYDAY", WEEKDAYS[first.weekday()])
        if parts.get("FREQ") == "MONTHLY" and "BYDAY" not in parts:
            parts.setdefault("BYMONTHDAY", str(first.day))
        if parts.get("FREQ") == "YEARLY" and "BYDAY" not in parts:
            parts.setdefault("BYMONTHDAY", str(first.day))
            parts.setdefault("BYMONTH", str(first.month))
    return parts


def same_rule(expected, actual, arguments):
    if not isinstance(actual, str):
        return False
    start = arguments.get("start") or arguments.get("due") or arguments.get("time")
    return rule_parts(expected, start) == rule_parts(actual, start)


def add_seconds(text, seconds, now):
    moment = parse_moment(text)
    if moment is None:
        return None
    return (as_datetime(resolved(moment, now)) + timedelta(seconds=seconds)).isoformat()


def found_value(key, arguments, now):
    """The value of `key`, also where the plan says it by another argument. None: it does not say it."""
    if key in arguments:
        return arguments[key]
    span = arguments.get("range")
    if key in MOMENT_KEYS and "in_seconds" in arguments:
        return (now + timedelta(seconds=arguments["in_seconds"])).isoformat()
    if key in ("start", "end") and isinstance(span, str) and "/" in span:
        return span.split("/")[0 if key == "start" else 1]
    if key == "start":
        return span
    if key == "end" and "start" in arguments and "duration_seconds" in arguments:
        return add_seconds(arguments["start"], arguments["duration_seconds"], now)
    if key == "duration_seconds":
        ends = [parse_moment(found_value(name, arguments, now)) for name in ("start", "end")]
        if None not in ends:
            start, end = (as_datetime(resolved(moment, now)) for moment in ends)
            return int((end - start).total_seconds())
    if key == "range":
        if "which" in arguments:
            return arguments["which"]
        if "start" in arguments and "end" in arguments:
            return f"{arguments['start']}/{arguments['end']}"
        return arguments.get("date") or arguments.get("modified") or arguments.get("start")
    others = {"items": "item", "item": "items"}
    return arguments.get(others.get(key, ""))


def found_values(key, arguments, now):
    """The ways in which the plan may say `key`: the tool `home` takes "the living room blinds" apart into a name and a
    kind, and a percentage without a word for what it is as a level."""
    values = [found_value(key, arguments, now)]
    if key == "name" and "kind" in arguments:
        values.append(f"{arguments.get('name', '')} {arguments['kind']}".strip())
    if key in ("brightness", "position") and "level" in arguments:
        values.append(arguments["level"])
    return values


def bytes_of(size):
    """Of a number, "1.5 GB", or {"number", "unit"}; None for anything else."""
    if isinstance(size, dict):
        size = f"{size.get('number')} {size.get('unit')}"
    # The "i" of "MiB" and "GiB", not that of "gigabytes".
    found = re.fullmatch(r"([\d.]+)\s*([kmg]?)(ib?(?![a-z]{2}))?[a-z]*", str(size).lower())
    if found is None:
        return None
    return float(found[1]) * (1024 if found[3] else 1000) ** " kmg".index(found[2] or " ")


def same_value(key, expected, actual, arguments, now):
    if actual is None:
        return False
    if isinstance(expected, dict):
        if "any_of" in expected:
            return any(same_value(key, one, actual, arguments, now) for one in expected["any_of"])
        span = day_range(actual, now)
        if span is None and parse_moment(actual) is not None:
            span = (resolved(parse_moment(actual), now),) * 2
        if span is None:
            return False
        if "on" in expected:
            return day_of(span[0]).isoformat() == expected["on"]
        first, last = (as_datetime(parse_moment(text)) for text in expected["between"])
        if len(expected["between"][1]) == len("2026-11-23"):
            last += timedelta(days=1)  # the whole of the last day
        return first <= span[0] and span[1] <= last
    if isinstance(expected, list):
        if isinstance(actual, str):  # several things as they were said
            actual = [actual] if len(expected) == 1 else re.split(r",? and |, ", actual)
        return len(expected) == len(actual) and all(
            same_value(key, one, other, arguments, now) for one, other in zip(expected, actual)
        )
    if isinstance(actual, list) and len(actual) == 1:
        actual = actual[0]
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if key in ("larger_than", "smaller_than"):
        return bytes_of(actual) == expected
    if isinstance(expected, (int, float)):
        return re.fullmatch(r"-?[\d.]+", str(actual)) is not None and abs(float(actual) - expected) < 1e-9
    if key == "recurrence":
        return same_rule(expected, actual, arguments)
    if key in MOMENT_KEYS:
        return same_moment(expected, actual, now)
    if key in ("range", "modified"):
        wanted = day_range(expected, now)
        return wanted is not None and wanted == day_range(actual, now)
    if re.fullmatch(r"[+\d ()/-]{6,}", str(expected)):  # a phone number
        return re.sub(r"[ ()/-]", "", expected) == re.sub(r"[ ()/-]", "", str(actual))
    return isinstance(actual, str) and words_of(expected, key) == words_of(actual, key)


def numbers_in(text):
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", plain)]


def has_answer(expected, action, reply):
    """Whether the reply, or the result for programs, has the number."""
    wanted = expected["any_of"] if isinstance(expected, dict) else [expected]
    found = numbers_in(f"{reply} {action.get('result', {}).get('value', '')}")
    return any(abs(number - one) <= max(0.005, abs(one) * TOLERANCE) for number in found for one in wanted)


def same_action(expected, action, reply, now):
    if (expected["tool"], expected["action"]) != (action["tool"], action["action"]):
        return False
    if "answer" in expected and not has_answer(expected["answer"], action, reply):
        return False
    arguments = action.get("arguments", {})
    return all(
        any(same_value(key, value, found, arguments, now) for found in found_values(key, arguments, now))
        for key, value in expected.get("arguments", {}).items()
    )


def is_expected(row, actions, reply, now):
    """Whether the actions of a plan are what the row expects or accepts."""
    for wanted in [row["expect"]] + row.get("accept", []):
        wanted = wanted if isinstance(wanted, list) else [wanted]
        if len(wanted) == len(actions) and all(
            same_action(one, other, reply, now) for one, other in zip(wanted, actions)
        ):
            return True
    return False
