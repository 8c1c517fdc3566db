#!/usr/bin/env python3
"""Everyday tasks from sentence to file: each case has a world before, what the owner says, and the world after.

  eval/tasks/run.py [FILE.case ...] [--favilla build/release/src/cli/favilla] [--only WORDS] [--json FILE]

Each case runs in a temporary home of its own, each sentence is one process `favilla ask`. eval/README.md tells the
format. Exit code 1 when fewer than 98 % of the cases pass, 2 when a file breaks the format.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from task import Task, checked_cases  # noqa: E402

BAR = 98.0


def run_case(case, favilla):
    with tempfile.TemporaryDirectory(prefix="favilla-task-") as folder:
        try:
            return Task(case, Path(folder), favilla).run()
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return str(error)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="default: all beside this script")
    parser.add_argument("--favilla", default=HERE.parents[1] / "build/release/src/cli/favilla", type=Path)
    parser.add_argument("--only", default="", help="cases whose title has these words")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    favilla = options.favilla.resolve()
    report = {"cases": 0, "passed": 0, "files": {}, "failures": []}
    try:
        files = {path: checked_cases(path) for path in options.files or sorted(HERE.glob("*.case"))}
    except (OSError, ValueError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(max_workers=2) as workers:
        for path, cases in files.items():
            cases = [case for case in cases if options.only in case.title]
            failures = list(workers.map(lambda case: run_case(case, favilla), cases))
            passed = failures.count(None)
            report["files"][path.name] = {"cases": len(cases), "passed": passed}
            report["cases"] += len(cases)
            report["passed"] += passed
            for case, failure in zip(cases, failures):
                if failure:
                    report["failures"].append(f"{path.name}: {case.title}: {failure}")
    for failure in report["failures"]:
        print(failure)
    for name, line in report["files"].items():
        print(f"{name:24}{line['passed']:>5} of {line['cases']}")
    share = 100.0 * report["passed"] / max(1, report["cases"])
    report["percent"] = round(share, 2)
    print(f"{'all':24}{report['passed']:>5} of {report['cases']}  {share:.1f} %  (bar: {BAR} %)")
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if report["cases"] and share >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
