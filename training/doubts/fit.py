#!/usr/bin/env python3
"""Fits the weights of doubts (src/understand/doubts.h) to sentences, and writes them.

  training/doubts/fit.py --rows build/dev/training/doubts/doubt_rows [--data ../shared/data] [--check]

Sentences are the development rows of eval/everyday, each read with all templates and with a part of them missing
(doubt_rows.cc), and judged as run.py judges; with --data also the public sets SLURP and HWU64, whose intents and
entities tell whether a reading is right (weak_labels.py).

The model is a logistic regression whose weights may not be negative: a doubt never speaks for a reading. Before it has
seen anything each doubt weighs kPrior, and it takes kPriorRows readings to move it far from that, so that a doubt which
is rare among these sentences is not taken to be harmless. --check only tells what the present weights give.
"""

import argparse
import json
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "eval"), str(ROOT / "eval" / "everyday"), str(ROOT / "eval" / "understand")]

import public_sets  # noqa: E402
import run  # noqa: E402
import values  # noqa: E402
import weak_labels  # noqa: E402

WEIGHTS = ROOT / "src" / "understand" / "lang" / "en" / "talk" / "doubt_weights.txt"
SETS = (".", "colloquial", "more", "varied")
NAMES = (
    "free_word name_word bare_template earlier_end thing pointer preposition clause time_in_text second_best".split()
)
PARTS = 8
PRIOR = {"sure": 3.5, "free_word": 0.1, "name_word": 0.3}
PRIOR_OF_OTHERS = 1.0
PRIOR_ROWS = 4.0
LEAST_CONFIDENCE = 0.89
STEPS = 4000
RATE = 0.002
HEAD = """# How much each doubt takes from the sum of a match, "sure" (understand/doubts.h). Written by
# training/doubts/fit.py from {rows} readings of {sentences} sentences, {right} of them right.
"""


def development_rows():
    rows = []
    for name in SETS:
        for kind in ("do", "dont"):
            of_kind = run.read_rows(run.HERE / name / f"{kind}.jsonl")
            rows += [row for row in of_kind if name == "more" or not row["held_out"]]
    return rows


def public_rows(data):
    seen, rows = set(), []
    for row in public_sets.hwu64(data) + public_sets.slurp(data):
        text = public_sets.normalized(row["text"])
        if text not in seen:
            seen.add(text)
            rows.append({**row, "now": run.NOW})
    return rows


def readings(program, rows, parts):
    lines = "".join(json.dumps({"text": row["text"], "now": row["now"]}) + "\n" for row in rows)
    out = subprocess.run([program, str(parts)], input=lines, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return [json.loads(line)["readings"] for line in out.stdout.splitlines()]


def is_about_dialogue(actions):
    """What refers to the turn before, or asks memory for a fact that may not be there, is not judged by its plan."""
    return any(a["tool"] == "dialogue" or (a["tool"], a["action"]) == ("memory", "answer") for a in actions)


def judged(row, actions):
    """Whether the reading is right; None where that cannot be told."""
    if is_about_dialogue(actions):
        return None
    if "intent" in row:
        return weak_labels.is_right(row, actions)
    if "kind" in row:
        return None if row.get("read_ok") or row["kind"] == "fragment" else False
    return run.judge_do(row, {"path": "instant", "actions": actions}) == "right"


def samples(program, data):
    """(counts of doubts, is right) of each reading, and the number of sentences that have one."""
    values.has_answer = lambda *_: True  # of calculations the value is the tool's, not the reading's
    found, sentences = [], 0
    groups = [(development_rows(), PARTS)] + ([(public_rows(data), 0)] if data else [])
    for rows, parts in groups:
        for row, ways in zip(rows, readings(program, rows, parts)):
            sentences += bool(ways)
            for way in ways:
                right = judged(row, way["actions"])
                if right is not None:
                    counts = [max(doubts.get(name, 0) for doubts in way["doubts"]) for name in NAMES]
                    found.append((counts, right))
    return found, sentences


def confidence(weights, counts):
    total = weights["sure"] - sum(weights[name] * count for name, count in zip(NAMES, counts))
    return 1 / (1 + math.exp(-total))


def fitted(found):
    prior = {"sure": PRIOR["sure"], **{name: PRIOR.get(name, PRIOR_OF_OTHERS) for name in NAMES}}
    weights = dict(prior)
    alike = Counter((tuple(counts), right) for counts, right in found)
    for _ in range(STEPS):
        slope = {name: PRIOR_ROWS * (weights[name] - prior[name]) for name in weights}
        for (counts, right), times in alike.items():
            error = (confidence(weights, counts) - right) * times
            slope["sure"] += error
            for name, count in zip(NAMES, counts):
                slope[name] -= error * count
        for name in weights:
            weights[name] = max(0.0, weights[name] - RATE * slope[name])
    return weights


def print_report(weights, found):
    print(f"{'doubt':16}{'weight':>8}{'readings':>10}{'wrong':>8}")
    for index, name in enumerate(NAMES):
        having = [right for counts, right in found if counts[index]]
        wrong = 100 * (1 - sum(having) / max(1, len(having)))
        print(f"{name:16}{weights[name]:8.2f}{len(having):10}{wrong:7.1f}%")
    print(f"\n{'confidence':16}{'taken':>8}{'right':>8}")
    for bar in (0.0, 0.5, 0.8, LEAST_CONFIDENCE, 0.95):
        taken = [right for counts, right in found if confidence(weights, counts) >= bar]
        print(f"{bar:<16}{100 * len(taken) / len(found):7.1f}%{100 * sum(taken) / max(1, len(taken)):7.1f}%")


def read_weights():
    lines = [line.split() for line in WEIGHTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", required=True, type=Path, help="the program doubt_rows")
    parser.add_argument("--data", type=Path, help="the folder of the public sets")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    found, sentences = samples(options.rows.resolve(), options.data)
    weights = read_weights() if options.check else fitted(found)
    print_report(weights, found)
    if options.check:
        return
    text = HEAD.format(rows=len(found), sentences=sentences, right=sum(right for _, right in found))
    text += "".join(f"{name} {value:.2f}\n" for name, value in weights.items())
    WEIGHTS.write_text(text + f"least_confidence {LEAST_CONFIDENCE}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
