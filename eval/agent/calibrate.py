#!/usr/bin/env python3
"""What the bars of a model's turn (kAgentBars) cost and gain, on the dev rows of eval/everyday.

  eval/agent/calibrate.py --favilla PATH --models FOLDER [--rows . colloquial more] [--unseen] [--show] [--keep FILE]

Every sentence goes to the model, those that rules understand too: there are more of them. For each bar it prints, of
the calls above it with sure enough arguments, how many are right and how many belong to sentences that ask for
nothing. --keep writes the decisions. Rows that are held out are not read, nor with --unseen those that the adapters
were trained on. The rows `own` are those of training/rerank/own that were kept for choosing weights: of them only the
function is judged.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "everyday"), str(HERE.parents[1] / "training" / "tools")]

import world  # noqa: E402
from run import NOW, ZONE, actions_of, pure_actions, read_rows  # noqa: E402
from parts import part_of  # noqa: E402
from values import is_expected  # noqa: E402

EVERYDAY = HERE.parent / "everyday"
OWN = HERE.parents[1] / "training" / "rerank" / "own"
NOT_TRAINED_ON = ("own",)  # by training/; of the others what part_of() calls "tune"
BARS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8]


def dev_rows(folders):
    rows = []
    for folder in folders:
        if folder == "own":
            rows += own_rows()
            continue
        for name in ("do.jsonl", "dont.jsonl"):
            for row in read_rows(EVERYDAY / folder / name):
                dev = folder == "more" or not row["held_out"]
                if dev and row["now"] == NOW:
                    rows.append({**row, "asks": name == "do.jsonl", "set": folder})
    return rows


def own_rows():
    rows = [json.loads(line) for path in sorted(OWN.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [{**row, "asks": row["function"] != "none", "set": "own"} for row in rows if part_of(row["text"]) == "tune"]


def decisions(options, rows):
    with tempfile.TemporaryDirectory(prefix="favilla-calibrate-") as name:
        folder = Path(name)
        world.write(EVERYDAY / "world.case", folder)
        (folder / "data").mkdir(exist_ok=True)
        (folder / "data" / "models").symlink_to(options.models.resolve())
        pure = pure_actions(options.favilla, folder)
        requests = "".join(json.dumps({"text": row["text"]}) + "\n" for row in rows)
        done = subprocess.run(
            [options.favilla, "ask", "--in", "-", "--act-only", "--no-instant", "--dry-run", "--json", "--verbose",
             "--now", NOW, "--tz", ZONE],
            input=requests, env=world.environment(folder, os.environ), stdout=subprocess.PIPE, check=True,
            encoding="utf-8", timeout=3600,
        )
    return [json.loads(line) for line in done.stdout.splitlines()], pure


def first_call(answer, pure):
    """(score, margin, name, action) of the first decision; None where no function fits or a value is asked for."""
    decision = (answer.get("decisions") or [None])[0]
    if not decision or not decision["calls"]:
        return None
    call = decision["calls"][0]
    score = next(tool["score"] for tool in decision["ranked"] if tool["name"] == call["name"])
    tool, _, action = call["name"].partition("_")
    planned = {"tool": tool, "action": action, "arguments": call["arguments"]}
    return score, decision["margin"], call["name"], actions_of({"plan": {"actions": [planned]}}, pure)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--rows", nargs="*", default=[".", "colloquial", "more"])
    parser.add_argument("--unseen", action="store_true", help="only rows that the adapter was not trained on")
    parser.add_argument("--margin", type=float, default=0.5, help="of arguments; closer calls are left out")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--show", action="store_true", help="print each call, best first")
    options = parser.parse_args()
    rows = dev_rows(options.rows)
    if options.unseen:
        rows = [row for row in rows if row["set"] in NOT_TRAINED_ON or part_of(row["text"]) == "tune"]
    answers, pure = decisions(options, rows)
    if options.keep:
        options.keep.write_text("".join(json.dumps({**r, **a}) + "\n" for r, a in zip(rows, answers)), encoding="utf-8")
    found = []
    for row, answer in zip(rows, answers):
        first = first_call(answer, pure)
        if first is None:
            continue
        score, margin, name, action = first
        if "function" in row:
            right = name == row["function"]
        else:
            right = row["asks"] and is_expected(row, [action], answer.get("reply", ""), datetime.fromisoformat(NOW))
        found.append((score, action["pure"], row["asks"], right, row["text"], action, margin))
    sure = [f for f in found if f[6] >= options.margin]
    close_and_right = sum(f[3] for f in found) - sum(f[3] for f in sure)
    print(f"{len(found) - len(sure)} calls have closer arguments, {close_and_right} of them right; of the rest:")
    print(f"{len(rows)} rows, {sum(r['asks'] for r in rows)} of them ask for something; {len(found)} first calls")
    for kind, pure_kind in (("reads", True), ("changes", False)):
        print(f"\n{kind}: bar, calls, right, wrong, of sentences that ask for nothing")
        for bar in BARS:
            above = [f for f in sure if f[1] == pure_kind and f[0] >= bar]
            right, nothing = sum(f[3] for f in above), sum(not f[2] for f in above)
            print(f"{bar:5} {len(above):6} {right:6} {len(above) - right - nothing:6} {nothing:6}")
    if options.show:
        for score, _, asks, right, text, action, margin in sorted(found, key=lambda f: -f[0]):
            mark = "right" if right else "wrong" if asks else "NOTHING"
            print(f"{score:6.2f} {margin:6.2f} {mark:8}{text}")
            print(f"{'':16}{action['tool']}.{action['action']} {action['arguments']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
