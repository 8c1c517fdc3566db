"""The owner's answers to "Do it?" over a pseudo-terminal: how far each of them goes.

Environment: FAVILLA, the program.
"""

import json
import os
import pathlib
import pty
import select
import subprocess
import tempfile
import time
import unittest

FAVILLA = os.environ["FAVILLA"]
DEADLINE_S = 60
SENTENCE = "add milk to the shopping list"


class ApprovalsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        names = {"DATA_HOME": "data", "CONFIG_HOME": "config", "CACHE_HOME": "cache", "RUNTIME_DIR": "run"}
        self.environment = dict(os.environ, HOME=folder.name, TERM="xterm",
                                **{f"FAVILLA_{key}": f"{folder.name}/{name}" for key, name in names.items()})
        self.favilla("rules", "add", "lists: ask before add")

    def favilla(self, *arguments):
        done = subprocess.run([FAVILLA, *arguments], capture_output=True, text=True, timeout=DEADLINE_S, check=False,
                              env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def ask(self, answer, *arguments):
        """Asks on a terminal; what it shows, with `answer` typed at the question if there is one."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(FAVILLA, [FAVILLA, *(arguments or ("ask", SENTENCE))], self.environment)
        shown, typed, deadline = b"", False, time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the program has ended
                break
            if not part:
                break
            shown += part
            if not typed and b"[N]o" in shown:
                os.write(terminal, answer.encode() + b"\n")
                typed = True
        os.close(terminal)
        os.waitpid(pid, 0)
        return shown.decode(errors="replace"), typed

    def lists(self):
        return list(pathlib.Path(self.environment["HOME"]).rglob("*.md"))

    def milk(self):
        """Whether it is on a list; it is taken off again, so that adding it once more is a change."""
        found = [path for path in self.lists() if "milk" in path.read_text()]
        for path in found:
            path.unlink()
        return bool(found)

    def approvals(self):
        return json.loads(self.favilla("approvals", "--json"))

    def test_the_question_shows_the_exact_call(self):
        shown, asked = self.ask("n")
        self.assertTrue(asked, shown)
        self.assertIn("lists add", shown)
        self.assertIn('"item":"milk"', shown)

    def test_anything_but_a_yes_does_nothing(self):
        for answer in ("", "n", "no", "maybe", "yess", "k"):
            with self.subTest(answer):
                self.assertTrue(self.ask(answer)[1])
                self.assertFalse(self.milk())
                self.assertEqual(self.approvals(), [])

    def test_yes_is_for_once(self):
        self.assertTrue(self.ask("y")[1])
        self.assertTrue(self.milk())
        self.assertEqual(self.approvals(), [])
        self.assertTrue(self.ask("n")[1])

    def test_for_this_task_holds_in_the_same_dialogue_only(self):
        self.assertTrue(self.ask("t")[1])
        self.assertTrue(self.milk())
        self.assertFalse(self.ask("n")[1])
        self.assertEqual([row["scope"] for row in self.approvals()], ["task"])
        self.assertTrue(self.milk())
        os.remove(self.environment["FAVILLA_RUNTIME_DIR"] + "/dialogue.json")
        self.assertTrue(self.ask("n")[1])

    def test_an_hour_holds_in_every_dialogue_until_it_is_over(self):
        now = ("--now", "2026-11-24T10:00:00")
        self.assertTrue(self.ask("h", "ask", SENTENCE, *now)[1])
        self.assertTrue(self.milk())
        self.assertFalse(self.ask("n", "ask", SENTENCE, "--now", "2026-11-24T10:50:00")[1])
        self.assertTrue(self.milk())
        self.assertTrue(self.ask("n", "ask", SENTENCE, "--now", "2026-11-24T11:01:00")[1])

    def test_always_holds_until_it_is_revoked(self):
        self.assertTrue(self.ask("a")[1])
        self.assertTrue(self.milk())
        self.assertFalse(self.ask("n")[1])
        self.assertTrue(self.milk())
        self.favilla("approvals", "revoke", self.approvals()[0]["id"])
        self.assertTrue(self.ask("n")[1])

    def test_an_approval_is_of_no_other_call(self):
        self.assertTrue(self.ask("a")[1])
        self.assertTrue(self.ask("n", "ask", "add eggs to the shopping list")[1])

    def test_a_call_outside_a_dialogue_has_no_task(self):
        call = ("do", "lists", "add", "--arg", "item=milk")
        shown, asked = self.ask("t", *call)
        self.assertTrue(asked)
        self.assertNotIn("[t]ask", shown)
        self.assertFalse(self.milk())
        self.assertTrue(self.ask("yes", *call)[1])
        self.assertTrue(self.milk())


if __name__ == "__main__":
    unittest.main()
