#!/usr/bin/env python3
"""Would the learned intents make a good guard for the rules? Development rows of eval/everyday only.

  eval/understand/scope_guard.py --favilla build/release/src/cli/favilla

The guard lets an answer of the rules pass unless `favilla intents` (the built-in model) holds the sentence to be out of
scope, or unless the score of its intent is below a bar. Prints what each guard leaves of coverage and precision."""

import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "everyday"))
sys.path.insert(0, str(HERE.parent))
import run  # noqa: E402

BARS = [0.2, 0.4, 0.6]


def recognised(favilla, rows):
    lines = "".join(json.dumps({"text": row["text"]}) + "\n" for row in rows)
    out = subprocess.run([favilla, "intents"], input=lines, capture_output=True, text=True, check=True, timeout=300)
    return [json.loads(line) for line in out.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", required=True, type=pathlib.Path)
    favilla = parser.parse_args().favilla.resolve()
    do = [row for row in run.read_rows(run.HERE / "do.jsonl") if not row["held_out"]]
    dont = [row for row in run.read_rows(run.HERE / "dont.jsonl") if not row["held_out"]]
    answers = run.ask(favilla, do + dont)
    intents = recognised(favilla, do + dont)
    guards = [("none", lambda _: True), ("in scope", lambda found: found["in_scope"])]
    guards += [(f"score >= {bar}", lambda found, bar=bar: found["score"] >= bar) for bar in BARS]
    for name, passes in guards:
        for row, answer, found in zip(do + dont, answers, intents):
            given = answer if passes(found) else {"path": "none", "actions": []}
            row["verdict"] = run.judge_dont(row, given) if "kind" in row else run.judge_do(row, given)
            row["tool"] = row["id"].rpartition("-")[0]
        figures = run.measure(do, dont)
        shown = ("coverage", "precision", "right", "handled", "wrong_reads", "wrong_effects")
        print(f"{name:14}" + "  ".join(f"{key} {figures[key]}" for key in shown))


if __name__ == "__main__":
    main()
