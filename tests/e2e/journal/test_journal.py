"""`favilla do`, `undo`, `journal` and `tools`, each command a process of its own.

The chain of the journal is computed here once more, from the description in src/store/journal.h.
Environment: FAVILLA, the program.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path

FAVILLA = os.environ["FAVILLA"]
NOW = "2026-11-23T09:00:00"


class JournalTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.data = self.home / "data"
        self.environment = {"PATH": os.environ["PATH"], "HOME": folder.name, "TZ": "Europe/Lisbon",
                            "FAVILLA_DATA_HOME": str(self.data), "XDG_DATA_HOME": str(self.home / "xdg")}

    def run_favilla(self, *words):
        return subprocess.run([FAVILLA, *words], capture_output=True, text=True, timeout=60, env=self.environment,
                              stdin=subprocess.DEVNULL, check=False)

    def favilla(self, *words):
        answer = self.run_favilla(*words)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return answer.stdout

    def act(self, tool, action, **arguments):
        words = [word for name, value in arguments.items() for word in ("--arg", f"{name}={value}")]
        return json.loads(self.favilla("do", tool, action, *words, "--json", "--now", NOW))

    def shopping(self):
        path = self.data / "lists" / "shopping.md"
        return path.read_text(encoding="utf-8") if path.exists() else None

    def entries(self):
        return json.loads(self.favilla("journal", "--json"))["entries"]

    def test_an_action_is_done_listed_undone_and_done_again(self):
        done = self.act("lists", "add", item="milk")
        self.assertEqual(done["reply"], "Added to shopping: milk.")
        self.assertEqual(self.shopping(), "# Shopping\n\n- [ ] milk\n")
        self.assertEqual(self.favilla("undo"), "Undone: Added to shopping: milk.\n")
        self.assertIsNone(self.shopping())
        undone, first = self.entries()
        self.assertEqual((first["id"], first["state"], first["undone_by"]), (done["id"], "undone", undone["id"]))
        self.favilla("undo", str(undone["id"]))
        self.assertEqual(self.shopping(), "# Shopping\n\n- [ ] milk\n")
        self.assertIn("The journal is whole", self.favilla("journal", "verify"))

    def test_undo_says_what_changed_since(self):
        first = self.act("lists", "add", item="milk")["id"]
        second = self.act("lists", "add", item="eggs")["id"]
        refused = self.run_favilla("undo", str(first))
        self.assertEqual(refused.returncode, 7)
        self.assertIn(f"by entry {second} (lists add)", refused.stderr)
        self.assertIn("eggs", self.shopping())

    def test_an_edit_by_another_program_is_never_lost(self):
        self.act("lists", "add", item="milk")
        path = self.data / "lists" / "shopping.md"
        path.write_text("mine\n", encoding="utf-8")
        self.assertEqual(self.run_favilla("undo").returncode, 7)
        self.assertEqual(self.shopping(), "mine\n")

    def test_a_deleted_list_lies_in_the_trash_of_the_desktop_and_comes_back(self):
        self.act("lists", "add", item="milk")
        self.act("lists", "delete", list="shopping")
        info = (self.home / "xdg/Trash/info/shopping.md.trashinfo").read_text(encoding="ascii")
        self.assertEqual(info.split("\n")[0], "[Trash Info]")
        self.assertIn("DeletionDate=2026-11-23T09:00:00", info)
        self.favilla("undo")
        self.assertIn("milk", self.shopping())

    def test_the_chain_is_what_its_description_says(self):
        self.act("lists", "add", item="milk \u00e9\U0001f600 \"quoted\"")
        self.act("clock", "timer_start", duration_seconds=60)
        self.favilla("undo")
        previous = "0" * 64
        with sqlite3.connect(self.data / "favilla.db") as database:
            rows = list(database.execute("SELECT seq, id, at, event, body, hash FROM journal ORDER BY seq"))
        for expected, (seq, entry, at, event, body, row_hash) in enumerate(rows, 1):
            self.assertEqual(seq, expected)
            text = f'{previous}\n{{"seq":{seq},"id":{entry},"at":{at},"event":"{event}","body":{body}}}'
            previous = hashlib.sha256(text.encode("utf-8")).hexdigest()
            self.assertEqual(row_hash, previous)
        self.assertEqual(json.loads(self.favilla("journal", "verify", "--json"))["head"], previous)

    def test_verify_finds_an_edit(self):
        self.act("lists", "add", item="milk")
        with sqlite3.connect(self.data / "favilla.db") as database:
            database.execute("UPDATE journal SET body = replace(body, 'milk', 'wine')")
        answer = self.run_favilla("journal", "verify")
        self.assertEqual(answer.returncode, 4)
        self.assertIn("row 1 was changed", answer.stdout)

    def test_a_dry_run_and_a_question_change_nothing(self):
        answer = self.favilla("do", "lists", "add", "--arg", "item=milk", "--dry-run")
        self.assertIn("Nothing was done. It would\n  create", answer)
        self.assertIsNone(self.shopping())
        question = self.run_favilla("do", "clock", "alarm_set")
        self.assertEqual(question.returncode, 2)
        self.assertIn("For when?", question.stdout)
        self.assertFalse((self.data / "favilla.db").exists() and self.entries())

    def test_reading_the_clock_opens_no_database(self):
        self.assertEqual(self.favilla("do", "clock", "now", "--now", NOW), "It is 09:00.\n")
        self.assertFalse(self.data.exists())

    def test_mistakes_are_named(self):
        for words, code, text in [
                (("do", "clok", "now"), 3, "there is no tool \"clok\""),
                (("do", "clock", "nwo"), 3, "clock has no action \"nwo\""),
                (("do", "clock", "timer_start"), 2, "duration_seconds is missing"),
                (("do", "clock", "timer_start", "--arg", "duration_seconds=soon"), 2, "must be a whole number"),
                (("do", "clock", "now", "--arg", "place"), 2, "is not NAME=VALUE"),
                (("do", "clock", "now", "--now", "noon"), 2, "is not a time"),
                (("do", "clock", "now", "--tz", "Mars/Olympus"), 3, "no time zone"),
                (("undo",), 3, "nothing to undo"),
                (("undo", "7"), 3, "no entry 7"),
                (("tools", "x"), 3, "no tool \"x\"")]:
            answer = self.run_favilla(*words)
            self.assertEqual(answer.returncode, code, words)
            self.assertIn(text, answer.stderr)

    def test_folders_can_be_set(self):
        config = self.home / "config"
        config.mkdir()
        self.environment["FAVILLA_CONFIG_HOME"] = str(config)
        (config / "config.toml").write_text('[data]\nlists = "~/my lists"\n', encoding="utf-8")
        self.act("lists", "add", item="milk")
        self.assertTrue((self.home / "my lists" / "shopping.md").exists())
        (config / "config.toml").write_text('[data]\nlist = "~/x"\n', encoding="utf-8")
        self.assertIn("no setting data.list", self.run_favilla("do", "lists", "names").stderr)
        (config / "config.toml").write_text("[data\n", encoding="utf-8")
        answer = self.run_favilla("do", "lists", "names")
        self.assertEqual(answer.returncode, 4)
        self.assertIn("config.toml: line 1", answer.stderr)

    def test_tools_are_described_for_people_and_for_models(self):
        self.assertIn("clock", self.favilla("tools"))
        self.assertIn("--arg duration_seconds=", self.favilla("tools", "clock"))
        functions = json.loads(self.favilla("tools", "--json"))
        names = [function["function"]["name"] for function in functions]
        self.assertIn("lists_add", names)
        self.assertEqual(len(names), len(set(names)))
        for function in functions:
            self.assertEqual(function["function"]["parameters"]["type"], "object")


if __name__ == "__main__":
    unittest.main()
