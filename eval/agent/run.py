#!/usr/bin/env python3
"""Tasks for the model that acts: sentences that no rule understands, from what is said to what the files hold.

  eval/agent/run.py [FILE.case ...] [--favilla PATH] [--models FOLDER] [--part dev|held-out|all] [--show] [--json FILE]

Each case begins with the owner's data of eval/everyday/world.case. eval/agent/README.md tells the format and what the
figures mean. Exit code 1 when a sentence that asks for nothing had an effect, 2 when a file breaks the format.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import world  # noqa: E402
from task import KEYWORDS, Failure, Task, checked_cases  # noqa: E402

FORMAT = ((*KEYWORDS, "talk", "rule", "approve", "deny"), ("say", "talk"))  # of checked_cases
PROPOSAL = "Should I do this: "
WORLD = HERE.parent / "everyday" / "world.case"


def is_held_out(case):
    return hashlib.sha256(case.title.encode()).digest()[0] % 2 == 1


class AgentTask(Task):
    """A case whose sentences may go to the model. Counts what the owner had to go through."""

    def __init__(self, case, folder, favilla, models, cache):
        super().__init__(case, folder, favilla)
        self.models, self.cache = models, cache
        self.approves, self.agrees = False, True
        self.rules = []
        self.paths = []  # of the sentences, without answers to proposals
        self.proposals = 0
        self.questions = 0
        self.effects = 0

    def run(self):
        world.write(WORLD, self.folder)
        (self.folder / "data").mkdir(exist_ok=True)
        (self.folder / "data" / "models").symlink_to(self.models)
        return super().run()

    def environment(self):
        return {**super().environment(), "FAVILLA_CACHE_HOME": str(self.cache)}

    def understood(self):
        """Anything may be the answer; the checks say whether it was right."""

    def step(self, step):
        if step.keyword == "approve":
            self.approves = True
        elif step.keyword == "deny":
            self.agrees = False
        elif step.keyword == "rule":
            self.rules.append(step.rest)
            (self.folder / "config" / "rules.txt").write_text("\n".join(self.rules) + "\n", encoding="utf-8")
            (self.folder / "config" / "rules.txt").chmod(0o600)
        elif step.keyword == "talk":
            self.talk(step.rest)
        else:
            super().step(step)

    def say(self, text, how=()):
        how = ("--act-only", "--yes") if self.approves else ("--act-only",)
        super().say(text, how)
        self.note_answer()
        if self.agrees and self.answer.get("reply", "").startswith(PROPOSAL):
            self.proposals += 1
            super().say("yes", how)
            self.effects += len(self.answer.get("undo_ids", []))

    def note_answer(self):
        self.paths.append(self.answer["path"])
        self.effects += len(self.answer.get("undo_ids", []))
        self.questions += 1 if self.answer.get("asks") else 0

    def talk(self, text):
        before = self.contents()
        super().say(text, ("--act-only", "--yes"))
        self.note_answer()
        self.expect(self.effects == 0 and self.contents() == before, self.answer.get("reply"))

    def contents(self):
        paths = [path for name in world.DATA for path in (self.folder / name).rglob("*")]
        return {path: path.read_bytes() if path.is_file() else None for path in paths}

    def check(self, step):
        if step.keyword == "path":
            return  # whether something understood it is open
        super().check(step)

    def outcome(self, failure):
        if any(step.keyword == "talk" for step in self.case.steps):
            if failure:
                return "wrong effect"
            return "quiet" if self.paths == ["none"] else "disturbed"
        if failure is None:
            return "confirmed" if self.proposals else "at once"
        if self.effects:
            return "wrong effect"
        return "nothing" if set(self.paths) == {"none"} else "wrong answer"


def run_case(case, options, cache):
    with tempfile.TemporaryDirectory(prefix="favilla-agent-") as folder:
        task = AgentTask(case, Path(folder), options.favilla, options.models, cache)
        try:
            failure = task.run()
        except (Failure, OSError, ValueError, subprocess.SubprocessError) as error:
            failure = str(error)
        return {"outcome": task.outcome(failure), "failure": failure, "instant": set(task.paths) == {"instant"}}


def figures(results):
    """Of (case, result): what became of the tasks, and of the sentences that ask for nothing."""
    counts = Counter(result["outcome"] for _, result in results)
    talks = counts["quiet"] + counts["disturbed"]
    talk_effects = sum(result["outcome"] == "wrong effect" for case, result in results if is_talk(case))
    tasks = len(results) - talks - talk_effects
    report = {name: counts[name] for name in ("at once", "confirmed", "nothing", "wrong answer", "wrong effect")}
    report["wrong effect"] -= talk_effects
    return {
        "tasks": tasks,
        **{name.replace(" ", "_"): count for name, count in report.items()},
        "right_percent": round(100.0 * (report["at once"] + report["confirmed"]) / max(1, tasks), 1),
        "asking_for_nothing": talks + talk_effects,
        "quiet": counts["quiet"],
        "disturbed": counts["disturbed"],
        "effects_of_nothing": talk_effects,
        "understood_by_rules": sum(result["instant"] for _, result in results),
    }


def is_talk(case):
    return any(step.keyword == "talk" for step in case.steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="default: all beside this script")
    parser.add_argument("--favilla", default=HERE.parents[1] / "build/release/src/cli/favilla", type=Path)
    parser.add_argument("--models", default=Path.home() / ".local/share/favilla/models", type=Path)
    parser.add_argument("--part", choices=("dev", "held-out", "all"), default="all")
    parser.add_argument("--only", default="", help="cases whose title has these words")
    parser.add_argument("--show", action="store_true", help="print what went wrong, of the dev side")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    options.favilla, options.models = options.favilla.resolve(), options.models.resolve()
    manifest = options.models / "models.toml"
    if not manifest.is_file() or "name = 'minilm'" not in manifest.read_text(encoding="utf-8"):
        sys.exit(f"run.py: {options.models} has no minilm, without which the figures are others: favilla pull minilm")
    try:
        files = {p: checked_cases(p, *FORMAT) for p in options.files or CASES}
    except (OSError, ValueError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    results = []
    with tempfile.TemporaryDirectory(prefix="favilla-agent-cache-") as cache, ThreadPoolExecutor(1) as workers:
        for path, cases in files.items():
            cases = [case for case in cases if options.only in case.title and part_fits(case, options.part)]
            for case, result in zip(cases, workers.map(lambda case: run_case(case, options, cache), cases)):
                results.append((case, result))
                if options.show and not is_held_out(case) and result["outcome"] not in ("at once", "quiet"):
                    print(f"{path.name}: {case.title}: {result['outcome']}: {result['failure'] or ''}", flush=True)
    report = {}
    for name, held_out in (("dev", False), ("held_out", True)):
        part = [pair for pair in results if is_held_out(pair[0]) == held_out]
        if part:
            report[name] = figures(part)
            print(name, json.dumps(report[name]))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 1 if any(part["effects_of_nothing"] for part in report.values()) else 0


def part_fits(case, part):
    return part == "all" or (part == "held-out") == is_held_out(case)


CASES = sorted(HERE.glob("*.case"))

if __name__ == "__main__":
    sys.exit(main())
