"""One case while it runs: a world in a temporary home, what the owner says, the world afterwards.

tasks/run.py and agent/run.py use it; eval/README.md tells the format.
"""

import json
import os
import subprocess

import world
from cases import like, like_any, read_cases

NOT_UNDERSTOOD = 3  # exit code
NOW = "2026-11-23T10:00:00"
ZONE = "Europe/Lisbon"
FILE_KEYWORDS = ("file", "task", "event", "contact")
CHECKS = ("reply", "asks", "path", "told", "holds", "has", "lacks", "is", "none", "same", "count")
KEYWORDS = (*FILE_KEYWORDS, *CHECKS, "now", "zone", "area", "setting", "say", "undo")


class Failure(Exception):
    """A step that did not go as the case says."""


class Task:
    """One case while it runs."""

    def __init__(self, case, folder, favilla):
        self.case, self.folder, self.favilla = case, folder, favilla
        self.now, self.zone, self.area = NOW, ZONE, ""
        self.settings = {}
        self.at_start = {}
        self.answer = {}  # of the last sentence, and what was told unasked beside it
        self.told = ""

    def run(self):
        world.prepare(self.folder)
        steps = self.case.steps
        for step, following in zip(steps, [*steps[1:], None]):
            try:
                self.step(step)
                if step.keyword == "say" and (following is None or following.keyword != "path"):
                    self.understood()
            except Failure as failure:
                return f"line {step.line}: {step.keyword} {step.rest}: {failure}"
        return None

    def understood(self):
        """Failure when the last sentence was not."""
        self.expect(self.answer["path"] == "instant", "not understood")

    def step(self, step):
        if step.keyword in ("now", "zone", "area"):
            setattr(self, step.keyword, step.rest)
        elif step.keyword == "setting":
            key, _, value = step.rest.partition(" ")
            self.settings[key] = value
            world.prepare(self.folder, self.settings)
        elif step.keyword in FILE_KEYWORDS:
            world.write_file(self.folder, step)
            self.at_start[step.rest] = (self.folder / step.rest).read_bytes()
        elif step.keyword == "say":
            self.say(step.rest)
        elif step.keyword == "undo":
            self.favilla_command(["undo", "--now", self.now, "--tz", self.zone])
        else:
            self.check(step)

    def environment(self):
        return world.environment(self.folder, os.environ)

    def favilla_command(self, arguments):
        return subprocess.run(
            [self.favilla, *arguments],
            env=self.environment(),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=20,
            check=False,
        )

    def say(self, text, how=("--instant-only", "--yes")):
        command = ["ask", text, "--json", *how, "--now", self.now, "--tz", self.zone]
        done = self.favilla_command(command + (["--area", self.area] if self.area else []))
        self.told = done.stderr.decode(errors="replace")
        if done.stdout:
            self.answer = json.loads(done.stdout)
        elif done.returncode == NOT_UNDERSTOOD:
            self.answer = {"path": "none"}
        else:
            raise Failure(f"exit code {done.returncode}: {self.told.strip()}")

    def check(self, step):
        if step.keyword == "path":
            self.expect(like(self.answer["path"], step.rest), self.answer["path"])
        elif step.keyword == "told":
            self.expect(like_any(self.told, step.rest), self.told)
        elif step.keyword in ("reply", "asks"):
            reply = self.answer.get("reply", "")
            self.expect(like_any(reply, step.rest), reply)
            self.expect(self.answer.get("asks", False) == (step.keyword == "asks"), f"question or answer? {reply}")
        elif step.keyword == "count":
            pattern, _, number = step.rest.rpartition(" ")
            found = len(self.files(pattern))
            self.expect(found == int(number), f"{found} files")
        elif step.keyword == "none":
            self.expect(not self.files(step.rest), "it exists")
        elif step.keyword == "same":
            path = self.folder / step.rest
            self.expect(path.exists() and path.read_bytes() == self.at_start[step.rest], "it has changed")
        else:
            self.check_lines(step)

    def check_lines(self, step):
        files = {path: self.lines_of(path) for path in self.files(step.rest)}
        if step.keyword == "lacks":
            for lines in files.values():
                for pattern in step.block:
                    self.expect(not any(like(line, pattern) for line in lines), f"found {pattern}")
            return
        tests = {"holds": self.holds, "has": self.has, "is": self.equals}
        self.expect(any(tests[step.keyword](lines, step.block) for lines in files.values()), self.shown(files))

    @staticmethod
    def holds(lines, block):
        return all(any(like(line, pattern) for line in lines) for pattern in block)

    @staticmethod
    def has(lines, block):
        rest = iter(lines)
        return all(any(like(line, pattern) for line in rest) for pattern in block)

    @staticmethod
    def equals(lines, block):
        return len(lines) == len(block) and all(like(line, pattern) for line, pattern in zip(lines, block))

    def files(self, pattern):
        """Plain files and folders whose path below the case's folder is like `pattern`."""
        paths = (path for path in self.folder.rglob("*"))
        return sorted(path for path in paths if like(str(path.relative_to(self.folder)), pattern))

    @staticmethod
    def lines_of(path):
        return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []

    def shown(self, files):
        texts = [f"{path.relative_to(self.folder)}: " + " / ".join(lines) for path, lines in files.items()]
        return f"reply {self.answer.get('reply')!r}; " + ("; ".join(texts)[:2000] or "no such file")

    @staticmethod
    def expect(condition, found):
        if not condition:
            raise Failure(f"got {found!r}")


def checked_cases(path, keywords=KEYWORDS, sayings=("say",)):
    """ValueError for keywords that do not exist and for cases that check nothing."""
    cases = read_cases(path)
    for case in cases:
        for step in case.steps:
            if step.keyword not in keywords:
                raise ValueError(f"{path}:{step.line}: no such keyword: {step.keyword}")
        used = {step.keyword for step in case.steps}
        if not set(sayings) & used or not (set(CHECKS) | {"talk"}) & used:
            raise ValueError(f"{path}:{case.line}: the case says or checks nothing")
    return cases
