#!/usr/bin/env python3
"""Measures `favilla when` on the Recognizers English specs and on duckling's English time corpus.

    eval/understand/times.py --favilla build/dev/src/cli/favilla --data ../shared/data/datetime [--json]

Every fifth case (index % 5 == 4) is held out: no rule was written with it in view, and --show never prints one.

A case of the Recognizers is right when we report as many things as it lists, each overlaps its counterpart, and
kind and value are equal. What the Recognizers list as several values (last Friday and the coming one, 5:00 and
17:00) is matched by our first reading; "any" also counts our other readings. These differences of convention are
not errors, and are the only ones that are evened out:
 - a range of days is said by its last day there and ends after it here ("4 to 22": 22 or 23),
 - 23:59:59 there is the midnight that follows here,
 - seasons, school years and recurrences have no values there: their kind and what is said of them is compared.

duckling gives a point with its grain, and closed intervals end one grain later: ours is compared at that grain. A
vague part of the day and a weekend are compared by name and day, because the hours are a choice (docs/understand.md);
"by 2 pm" and "within two weeks" start now or today there.
"""

import argparse
import collections
import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path

TIME_FILES = [
    "DateTimeModel",
    "DateTimeModelExtendedTypes",
    "DateParser",
    "TimeParser",
    "DateTimeParser",
    "DatePeriodParser",
    "TimePeriodParser",
    "DateTimePeriodParser",
    "DurationParser",
    "SetParser",
    "HolidayParser",
]
OTHER_FILES = {
    "NumberModel": "number",
    "OrdinalModel": "ordinal",
    "DimensionModel": "quantity",
    "CurrencyModel": "money",
    "TemperatureModel": "quantity",
    "BooleanModel": "boolean",
}
KINDS = {
    "date": "date",
    "daterange": "range",
    "time": "time",
    "timerange": "range",
    "datetime": "datetime",
    "datetimerange": "range",
    "duration": "duration",
    "set": "recurrence",
    "datetimealt": None,
    "timezone": "timezone",
}
GRAINS = ["Second", "Minute", "Hour", "Day", "Week", "Month", "Quarter", "Year"]
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def run_batch(favilla, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    done = subprocess.run([favilla, "when", "--in", "-"], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def stamp(text):
    """A date, a time or both as a comparable text; 23:59:59 as the midnight after it, "24:00:00" of a time alone."""
    text = text.replace(" ", "T")
    if text.endswith("23:59:59"):
        if len(text) == 8:
            return "24:00:00"
        return (dt.datetime.fromisoformat(text) + dt.timedelta(seconds=1)).isoformat()
    return text


def day_after(text):
    try:
        return (dt.date.fromisoformat(text) + dt.timedelta(days=1)).isoformat()
    except ValueError:
        return text


def same_stamp(theirs, ours, is_end=False):
    if theirs is None or ours is None:
        return theirs == ours
    theirs = stamp(theirs) if is_end else theirs.replace(" ", "T")
    ours = ours if ours != "00:00:00" or not is_end else "24:00:00"
    if "T" in theirs and "T" not in ours:
        ours += "T00:00:00"
    if theirs == ours:
        return True
    return is_end and len(theirs) == 10 and day_after(theirs) == ours


def timex_of_rrule(result):
    """What a recurrence says, in the words of TIMEX: P2W, XXXX-WXX-1T16, T09, XXXX-12-25."""
    parts = dict(part.split("=") for part in result["rrule"].split(";"))
    clock = ""
    if "part" in result:
        clock = "T" + {"morning": "MO", "afternoon": "AF", "evening": "EV", "night": "NI"}.get(result["part"], "?")
    elif "T" in result.get("start", ""):
        time = result["start"].split("T")[1]
        clock = "T" + (time[:2] if time[3:] == "00:00" else time[:5])
    interval = int(parts.get("INTERVAL", 1))
    days = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    if days == WEEKDAYS[:5]:
        return "P1WD" + clock
    if days == WEEKDAYS[5:]:
        return f"P{interval}WE" + clock
    if parts["FREQ"] == "WEEKLY" and len(days) == 1:
        return f"XXXX-WXX-{WEEKDAYS.index(days[0]) + 1}" + clock
    if parts["FREQ"] == "YEARLY" and "BYMONTH" in parts:
        return f"XXXX-{int(parts['BYMONTH']):02}-{int(parts['BYMONTHDAY']):02}" + clock
    unit = {"DAILY": "D", "WEEKLY": "W", "MONTHLY": "M", "YEARLY": "Y", "HOURLY": "H"}.get(parts["FREQ"], "?")
    period = ("PT" if unit == "H" else "P") + f"{interval}{unit}"
    if clock and period == "P1D":
        return clock
    return period + clock


def readings(result, any_reading):
    listed = [result]
    if any_reading:
        listed += result.get("others", []) + ([result["past"]] if "past" in result else [])
    return listed


def same_value(kind, value, result, any_reading):
    """value: one of the `values` of a Resolution."""
    if kind == "recurrence":
        theirs = value.get("timex", "").replace("P0.5Y", "P6M")
        return theirs == timex_of_rrule(result) or theirs.replace("P2WE", "P1WE") == timex_of_rrule(result)
    if kind == "duration":
        return abs(float(value["value"]) - result["seconds"]) < 1e-6
    if value.get("value") == "not resolved":
        return True
    for reading in readings(result, any_reading):
        if kind == "range":
            if same_stamp(value.get("start"), reading.get("start")) and same_stamp(
                value.get("end"), reading.get("end"), True
            ):
                return True
        elif same_stamp(value.get("value"), reading.get("value")):
            return True
    return False


def expected_values(row):
    """Kind and list of values of one expected result, in the form of the DateTimeModel."""
    name = (row.get("TypeName") or row.get("Type") or "").replace("datetimeV2.", "")
    if "Resolution" in row:
        values = row["Resolution"].get("values", [row["Resolution"]])
        kind = KINDS.get(name) or {"date": "date", "time": "time", "datetime": "datetime"}.get(
            values[0].get("type"), "range"
        )
        return name, kind, values
    value = row["Value"]
    listed = []
    for side in (value["FutureResolution"], value["PastResolution"]):
        entry = {"timex": value.get("Timex")}
        for key, text in side.items():
            key = key.lower()
            entry["start" if key.startswith("start") else "end" if key.startswith("end") else "value"] = text
        if not side or all(text.startswith("0001") for text in side.values()):
            entry["value"] = "not resolved"
        listed.append(entry)
    return name, KINDS.get(name), listed


def overlap(row, result):
    start = row.get("Start", 0)
    end = row["End"] + 1 if "End" in row else start + row.get("Length", len(row["Text"]))
    return result["from_char"] < end and start < result["to_char"]


def judge_times(case, results, any_reading):
    expected = case["Results"]
    if len(expected) != len(results):
        return False
    for row, result in zip(expected, results):
        _, kind, values = expected_values(row)
        if kind != result["type"] or not ("Start" not in row or overlap(row, result)):
            return False
        if not any(same_value(kind, value, result, any_reading) for value in values):
            return False
    return True


def is_found(row, results):
    """One expected result alone, whatever else is in the text."""
    _, kind, values = expected_values(row)
    return any(
        kind == result["type"]
        and overlap(row, result)
        and any(same_value(kind, value, result, False) for value in values)
        for result in results
    )


def close(left, right):
    return abs(left - right) <= 1e-12 * max(abs(left), abs(right), 1e-300)


def judge_others(name, case, results):
    expected = [row for row in case["Results"] if row["Resolution"].get("value") is not None]
    if name == "BooleanModel":  # lists the best only
        results = results[:1]
    if name in ("DimensionModel", "TemperatureModel"):
        heat = name == "TemperatureModel"
        results = [result for result in results if (result.get("dimension") == "temperature") == heat]
        results = [result for result in results if result.get("dimension") != "age"]
    if len(expected) != len(results):
        return False
    for row, result in zip(sorted(expected, key=lambda r: r.get("Start", 0)), results):
        theirs = row["Resolution"]
        if name == "BooleanModel":
            if theirs["value"] != result["value"]:
                return False
        elif name == "OrdinalModel":
            offset = int(theirs["offset"]) - (theirs["relativeTo"] == "end")  # our -1 is the last
            if theirs["relativeTo"] != result["relative_to"] or offset != int(result["value"]):
                return False
        elif not close(float(theirs["value"]), float(result["value"])):
            return False
        elif name in ("CurrencyModel", "DimensionModel", "TemperatureModel"):
            if not same_unit(theirs, result):
                return False
    return True


def same_unit(theirs, result):
    unit = theirs.get("isoCurrency") or theirs["unit"]
    unit = {"C": "celsius", "F": "fahrenheit", "Degree": "degree"}.get(unit, unit)
    plain = unit.lower().replace(" ", "-")
    return plain == result.get("unit", "").lower().replace("_", "-")


def moment(numbers):
    year, month, day, hour, minute, second = (int(n) for n in numbers.split(","))
    return dt.datetime(year, month, day, hour, minute, second) if year > 0 else None


GRAIN_STEP = {
    "Second": dt.timedelta(seconds=1),
    "Minute": dt.timedelta(minutes=1),
    "Hour": dt.timedelta(hours=1),
    "Day": dt.timedelta(days=1),
}
DUCKLING_PARTS = {
    (0, 12): "morning",
    (12, 19): "afternoon",
    (18, 0): "evening",
    (12, 14): "lunch",
    (21, 0): "night",
    (0, 9): "morning",
    (15, 21): "after-school",
    (4, 12): "morning",
    (18, 21): "evening",
}


def first_of(grain, value):
    day = value.replace(hour=0, minute=0, second=0)
    if grain == "Week":
        return day - dt.timedelta(days=day.weekday())
    if grain == "Month":
        return day.replace(day=1)
    if grain == "Quarter":
        return day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
    if grain == "Year":
        return day.replace(day=1, month=1)
    return {"Day": day, "Hour": value.replace(minute=0, second=0), "Minute": value.replace(second=0)}.get(
        grain, value
    )


def duckling_point(expected, grain, result, now, any_reading):
    texts = [result]
    if "next" in result:
        texts = [result["next"]]
    texts += result.get("others", []) + ([result["past"]] if "past" in result else [])
    for reading in texts if any_reading else texts[:1]:
        text = reading.get("value") or reading.get("start")
        if text is None or len(text) == 8:
            continue
        ours = dt.datetime.fromisoformat(text)
        if result["type"] == "range" and ("end" not in reading or grain in ("Second", "Minute")):
            continue
        if first_of(grain, ours) == expected:
            return True
        # "in 7 days" is a day here and the same hour of that day there.
        if (
            result["type"] == "date"
            and first_of(grain, now).time() == expected.time()
            and ours.date() == expected.date()
        ):
            return True
    return False


def duckling_interval(start, end, grain, result, now, any_reading):
    texts = [result["next"] if "next" in result else result] + result.get("others", [])
    for reading in texts if any_reading else texts[:1]:
        if "start" not in reading and "end" in reading and start == now:  # "by Friday" starts now there
            ours = dt.datetime.fromisoformat(stamp(reading["end"]))
            if ours == end or ours == end - GRAIN_STEP.get(grain, dt.timedelta()):
                return True
        if "start" not in reading or "end" not in reading or len(reading["start"]) == 8:
            continue
        ours = [dt.datetime.fromisoformat(reading[key]) for key in ("start", "end")]
        from_now = start == now and ours[0] == now.replace(hour=0, minute=0)  # "within 2 weeks": from today
        if (ours[0] == start or from_now) and (
            ours[1] == end or ours[1] == end - GRAIN_STEP.get(grain, dt.timedelta())
        ):
            return True
        part = DUCKLING_PARTS.get((start.hour, end.hour))
        if part and grain == "Hour" and ours[0].date() == start.date():
            ours_part = result.get("part")
            if ours_part == part or {part, ours_part} <= {"evening", "night"}:
                return True
        if result.get("part") == "weekend" and grain == "Hour" and start.hour == 18:
            if ours[0] == start + dt.timedelta(hours=6) and ours[1] == end:
                return True
    return False


def judge_duckling(row, results, now, any_reading):
    if len(results) != 1:
        return False
    result = results[0]
    if result["type"] in ("duration", "recurrence"):
        return False
    value = row["value"]
    numbers = re.findall(r"\((-?\d+(?:, ?\d+){5})\)", value)
    grain = next((name for name in re.findall(r"[A-Z][a-z]+", value.split('"')[0]) if name in GRAINS), "Second")
    first = moment(numbers[0])
    if first is None:
        return False
    if "OpenInterval" in row["kind"] or value.startswith("datetimeOpen"):
        side = "start" if "After" in value else "end"
        reading = result.get("next", result)
        if result["type"] in ("datetime", "date"):
            reading = {"start": reading.get("value")}
        text = reading.get(side)
        return text is not None and len(text) != 8 and dt.datetime.fromisoformat(text) == first
    if len(numbers) == 2:
        return duckling_interval(first, moment(numbers[1]), grain, result, now, any_reading)
    return duckling_point(first, grain, result, now, any_reading)


class Score:
    def __init__(self):
        self.right = collections.Counter()
        self.total = collections.Counter()

    def add(self, name, held_out, right):
        side = "held-out" if held_out else "dev"
        for key in ((name, side), (name, "all")):
            self.total[key] += 1
            self.right[key] += right

    def row(self, name):
        return {
            side: {
                "right": self.right[name, side],
                "of": self.total[name, side],
                "percent": round(100 * self.right[name, side] / max(1, self.total[name, side]), 1),
            }
            for side in ("dev", "held-out", "all")
        }


def load(path):
    return json.loads(path.read_text(encoding="utf-8-sig"))


def evaluate_recognizers(args, score, times):
    for name in TIME_FILES + list(OTHER_FILES):
        cases = load(args.data / "recognizers" / f"{name}.json")
        rows = []
        for case in cases:
            now = (case.get("Context") or {}).get("ReferenceDateTime", "2016-11-07T00:00:00")[:19]
            rows.append({"text": case["Input"], "now": now, "tz": "UTC", "kind": OTHER_FILES.get(name, "times")})
        answers = run_batch(args.favilla, rows)
        for index, (case, answer) in enumerate(zip(cases, answers)):
            times.append(answer["ms"])
            results = answer["results"]
            if name not in OTHER_FILES and name != "DateTimeModel" and name != "DateTimeModelExtendedTypes":
                results = narrow(case, results)
            judge = (
                (lambda any_reading: judge_others(name, case, results))
                if name in OTHER_FILES
                else (lambda any_reading: judge_times(case, results, any_reading))
            )
            right, likely = judge(False), judge(True)
            held_out = index % 5 == 4
            score.add(name, held_out, right)
            score.add(name + " any", held_out, likely)
            if name in ("DateTimeModel", "DateTimeModelExtendedTypes"):
                for row in case["Results"]:
                    if row.get("TypeName"):
                        score.add("type " + expected_values(row)[0], held_out, is_found(row, results))
            group = "units, numbers, booleans" if name in OTHER_FILES else "Recognizers times"
            score.add(group, held_out, right)
            if name not in OTHER_FILES:
                score.add(group + " any", held_out, likely)
            if args.show in (name, "all") and not held_out and not right:
                print(
                    index,
                    "any" if likely else "",
                    case["Input"],
                    "@" + rows[index]["now"][:16],
                    "|",
                    brief(case["Results"]),
                    "| OURS",
                    short(answer["results"]),
                )


def narrow(case, results):
    """A parser's spec lists only its own kind: ours that overlap none of it are not judged."""
    if not case["Results"] or "Start" not in case["Results"][0]:
        return results if case["Results"] else []
    return [result for result in results if any(overlap(row, result) for row in case["Results"])]


def brief(rows):
    out = []
    for row in rows:
        value = row.get("Value") or row.get("Resolution")
        if isinstance(value, dict) and "FutureResolution" in value:
            shown = list(value["FutureResolution"].values())
        elif isinstance(value, dict) and "values" in value:
            shown = [
                [entry.get(key) for key in ("timex", "value", "start", "end") if entry.get(key)]
                for entry in value["values"]
            ]
        else:
            shown = value
        out.append(
            f"[{row['Text']}] {(row.get('TypeName') or row.get('Type') or '').replace('datetimeV2.', '')} {shown}"
        )
    return "; ".join(out)


def short(results):
    return "; ".join(
        f"[{r['text']}] {r['type']} "
        + " ".join(str(r[key]) for key in ("value", "start", "end", "rrule", "unit", "part", "seconds") if key in r)
        for r in results
    )


def evaluate_duckling(args, score, times):
    now = dt.datetime(2013, 2, 12, 4, 30)
    cases = []
    for line in (args.data / "duckling_time_en.jsonl").read_text().splitlines():
        row = json.loads(line)
        cases += [(row, example) for example in row["examples"]]
    answers = run_batch(
        args.favilla, [{"text": text, "now": "2013-02-12T04:30:00", "tz": "Etc/GMT+2"} for _, text in cases]
    )
    for index, ((row, text), answer) in enumerate(zip(cases, answers)):
        times.append(answer["ms"])
        right = judge_duckling(row, answer["results"], now, True)
        score.add("duckling", index % 5 == 4, judge_duckling(row, answer["results"], now, False))
        score.add("duckling any", index % 5 == 4, right)
        if args.show == "duckling" and index % 5 != 4 and not right:
            print(index, text, "|", row["value"], "| OURS", short(answer["results"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", default="build/dev/src/cli/favilla")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/datetime"))
    parser.add_argument("--show", help="print the failures of one file, never held-out ones")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    score, times = Score(), []
    evaluate_recognizers(args, score, times)
    evaluate_duckling(args, score, times)
    times.sort()
    names = list(dict.fromkeys(name for name, _ in score.total))
    report = {name: score.row(name) for name in names}
    report["p95_ms"] = round(times[int(len(times) * 0.95)], 3)
    report["p50_ms"] = round(times[len(times) // 2], 3)
    if args.json:
        print(json.dumps(report))
        return
    for name in names:
        row = report[name]
        print(
            f"{name:36}"
            + "".join(
                f"  {side} {row[side]['right']:4}/{row[side]['of']:<4} {row[side]['percent']:5.1f}"
                for side in ("dev", "held-out", "all")
            )
        )
    print(f"per text: median {report['p50_ms']} ms, p95 {report['p95_ms']} ms")


if __name__ == "__main__":
    main()
