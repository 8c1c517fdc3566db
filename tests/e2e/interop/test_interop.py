"""Calendars and tasks shared with other programs: what Favilla writes, khal, todoman and vdirsyncer read, and the
reverse.

Environment: FAVILLA, the program. The three are in build/interop-venv, which ./check makes from requirements.txt.
"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

FAVILLA = os.environ["FAVILLA"]
BIN = Path(os.environ.get("FAVILLA_INTEROP_BIN", Path(__file__).parents[3] / "build/interop-venv/bin"))
NOW = "2026-11-23T09:00:00"

KHAL_CONFIG = """
[calendars]
[[all]]
path = {calendars}/*
type = discover
[default]
default_calendar = personal
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Lisbon
default_timezone = Europe/Lisbon
[sqlite]
path = {home}/khal.db
"""

TODOMAN_CONFIG = """
path = "{calendars}/*"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_list = "tasks"
default_due = 0
cache_path = "{home}/todoman.sqlite3"
"""

VDIRSYNCER_CONFIG = """
[general]
status_path = "{home}/status/"
[pair both]
a = "favilla"
b = "other"
collections = ["personal", "tasks"]
conflict_resolution = "a wins"
[storage favilla]
type = "filesystem"
path = "{calendars}"
fileext = ".ics"
[storage other]
type = "filesystem"
path = "{home}/other"
fileext = ".ics"
"""


class InteropTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.calendars = self.home / "data" / "calendars"
        for name in ("personal", "tasks"):
            (self.calendars / name).mkdir(parents=True)
        self.environment = {
            **os.environ, "HOME": str(self.home), "TZ": "Europe/Lisbon", "LC_ALL": "C.UTF-8",
            "FAVILLA_DATA_HOME": str(self.home / "data"), "FAVILLA_CONFIG_HOME": str(self.home / "config"),
            "FAVILLA_CACHE_HOME": str(self.home / "cache"),
            "XDG_DATA_HOME": str(self.home / "xdg-data"), "XDG_CONFIG_HOME": str(self.home / "xdg-config"),
            "XDG_CACHE_HOME": str(self.home / "xdg-cache"),
        }
        configs = {"khal.conf": KHAL_CONFIG, "todoman.py": TODOMAN_CONFIG, "sync.conf": VDIRSYNCER_CONFIG}
        for name, text in configs.items():
            (self.home / name).write_text(text.format(home=self.home, calendars=self.calendars), encoding="utf-8")

    def tearDown(self):
        self.folder.cleanup()

    def run_program(self, *command, answer=""):
        done = subprocess.run([str(word) for word in command], input=answer, capture_output=True, text=True,
                              timeout=120, check=False, env=self.environment)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def favilla(self, tool, action, **arguments):
        words = [f"--arg={name}={value}" for name, value in arguments.items()]
        output = self.run_program(FAVILLA, "do", tool, action, *words, "--json", "--now", NOW, "--tz", "Europe/Lisbon")
        return json.loads(output)

    def khal(self, *words):
        return self.run_program(BIN / "khal", "-c", self.home / "khal.conf", *words)

    def khal_events(self, start="2026-11-01", end="2027-01-01"):
        line = "{start-date} {start-time} {end-date} {end-time} {title} @{location} {repeat-symbol}"
        listed = self.khal("list", "--once", "--notstarted", "--day-format", "", "--format", line, start, end)
        return [" ".join(event.split()) for event in listed.splitlines() if event.strip()]

    def khal_all(self, start, end):
        listed = self.khal("list", "--day-format", "", "--format", "{start-date} {start-time} {title}", start, end)
        return [" ".join(event.split()) for event in listed.splitlines() if event.strip()]

    def todo(self, *words):
        return self.run_program(BIN / "todo", "--config", self.home / "todoman.py", *words)

    def todos(self):
        return {todo["summary"]: todo for todo in json.loads(self.todo("--porcelain", "list", "--status", "ANY"))}

    def sync(self):
        self.run_program(BIN / "vdirsyncer", "-c", self.home / "sync.conf", "discover", answer="y\n" * 4)
        self.run_program(BIN / "vdirsyncer", "-c", self.home / "sync.conf", "sync")


class KhalTest(InteropTest):
    def test_khal_reads_an_event_of_favilla(self):
        self.favilla("calendar", "add", title="Lunch, with Ana; caf\u00e9", start="2026-11-24T13:00:00",
                     duration_seconds=5400, place="Rua Nova 3")
        self.assertEqual(self.khal_events(),
                         ["2026-11-24 13:00 2026-11-24 14:30 Lunch, with Ana; caf\u00e9 @Rua Nova 3"])

    def test_khal_reads_whole_days_and_both_sides_of_a_clock_change(self):
        self.favilla("calendar", "add", title="Fair", start="2026-12-01", end="2026-12-04")
        self.assertEqual([event for event in self.khal_events() if "Fair" in event], ["2026-12-01 2026-12-03 Fair @"])
        self.favilla("calendar", "add", title="Run", start="2027-03-27T08:00:00", recurrence="FREQ=DAILY;COUNT=3")
        self.assertEqual(self.khal_all("2027-03-27", "2027-03-30"),
                         [f"2027-03-{day} 08:00 Run" for day in ("27", "28", "29")])

    def test_khal_reads_series_with_exceptions_that_favilla_made(self):
        self.favilla("calendar", "add", title="Standup", start="2026-11-23T09:30:00", duration_seconds=900,
                     recurrence="FREQ=WEEKLY;BYDAY=MO,FR;COUNT=6")
        self.favilla("calendar", "cancel", match="standup", occurrence="2026-11-27")
        self.favilla("calendar", "move", match="standup", occurrence="2026-11-30", start="2026-12-01T10:00:00")
        expected = ["2026-11-23 09:30 Standup", "2026-12-01 10:00 Standup", "2026-12-04 09:30 Standup",
                    "2026-12-07 09:30 Standup", "2026-12-11 09:30 Standup"]
        listed = self.khal_all("2026-11-23", "2026-12-31")
        self.assertEqual([" ".join(event.split()[:3]) for event in listed], expected)
        ours = self.favilla("calendar", "show", start="2026-11-23", end="2026-12-31")["result"]["events"]
        self.assertEqual([event["start"].replace("T", " ")[:16] + " " + event["title"] for event in ours], expected)

    def test_favilla_reads_events_of_khal(self):
        self.khal("new", "-a", "personal", "2026-11-25", "15:00", "16:00", "Dentist", "::", "bring the card")
        self.khal("new", "-a", "personal", "-l", "Porto", "-r", "weekly", "-u", "2026-12-31", "2026-11-26", "Market")
        events = self.favilla("calendar", "show", start="2026-11-23", end="2026-12-11")["result"]["events"]
        self.assertEqual([(event["title"], event["start"], event["end"]) for event in events],
                         [("Dentist", "2026-11-25T15:00:00", "2026-11-25T16:00:00"),
                          ("Market", "2026-11-26", "2026-11-27"), ("Market", "2026-12-03", "2026-12-04"),
                          ("Market", "2026-12-10", "2026-12-11")])
        self.assertEqual(events[0]["note"], "bring the card")
        self.assertEqual(events[1]["place"], "Porto")
        self.favilla("calendar", "move", match="dentist", start="17:00")
        self.assertIn("2026-11-25 17:00 2026-11-25 18:00 Dentist @", self.khal_events())


class TodomanTest(InteropTest):
    def test_todoman_reads_reminders_of_favilla(self):
        self.favilla("reminders", "add", text="call Ana; at home, or not", due="2026-11-24T18:00:00", priority="high")
        self.favilla("reminders", "add", text="renew passport", due="2026-12-03")
        self.favilla("reminders", "add", text="buy milk")
        todos = self.todos()
        self.assertEqual(set(todos), {"call Ana; at home, or not", "renew passport", "buy milk"})
        call = todos["call Ana; at home, or not"]
        # todoman prints seconds since 1970; Lisbon is on UTC in November.
        self.assertEqual(call["due"], 1795543200)
        self.assertEqual(call["priority"], 1)
        self.assertEqual(call["list"], "tasks")
        self.assertIsNone(todos["buy milk"]["due"])
        self.favilla("reminders", "complete", match="milk")
        self.assertTrue(self.todos()["buy milk"]["completed"])

    def test_favilla_reads_tasks_of_todoman(self):
        self.todo("new", "--list", "tasks", "--due", "2026-12-01 10:00", "--priority", "low", "water plants")
        self.todo("new", "--list", "tasks", "read a book")
        reminders = {one["title"]: one for one in self.favilla("reminders", "show")["result"]["reminders"]}
        self.assertEqual(reminders["water plants"]["due"], "2026-12-01T10:00:00")
        self.assertEqual(reminders["water plants"]["priority"], "low")
        self.assertNotIn("due", reminders["read a book"])
        self.todo("done", str(self.todos()["read a book"]["id"]))
        done = self.favilla("reminders", "show", which="done")["result"]["reminders"]
        self.assertEqual([one["title"] for one in done], ["read a book"])
        self.favilla("reminders", "move", match="water plants", due="2026-12-02")
        self.assertEqual(self.todos()["water plants"]["due"], 1796205600)


class VdirsyncerTest(InteropTest):
    def test_files_go_there_and_back(self):
        self.favilla("calendar", "add", title="Lunch", start="2026-11-24T13:00:00")
        self.favilla("calendar", "add", title="Dinner", start="2026-11-24T20:00:00")
        self.favilla("reminders", "add", text="buy milk")
        self.sync()
        copies = list((self.home / "other").rglob("*.ics"))
        self.assertEqual(len(copies), 3)
        lunch = next(copy for copy in copies if "SUMMARY:Lunch" in copy.read_text(encoding="utf-8"))
        lunch.write_text(lunch.read_text(encoding="utf-8").replace("SUMMARY:Lunch", "SUMMARY:Late lunch"),
                         encoding="utf-8")
        self.sync()
        events = self.favilla("calendar", "show", start="2026-11-24")["result"]["events"]
        self.assertEqual([event["title"] for event in events], ["Late lunch", "Dinner"])
        self.favilla("calendar", "cancel", match="late lunch")
        self.sync()
        self.assertFalse(lunch.exists())


if __name__ == "__main__":
    unittest.main()
