#!/usr/bin/env python3
"""The weights with which the agent believes its judges (ScoreWeights in src/assistant/agent/agent.cc): of the lead
before them, the reranker's log odds, the trained model's log odds of a name against "none", and a bias.

    build/dev/training/tools/trace_tool_examples MODEL ADAPTER EMBEDDER RERANKER READER < tune.jsonl > traces.jsonl
    training/tools/fit.py traces.jsonl                       # all of them
    training/tools/fit.py traces.jsonl --members lead fit    # as if no model were asked
    training/tools/fit.py traces.jsonl --members known --even   # of the classifier, on the program's functions

Multinomial logistic regression with "none" at 0, each of the three sets of calls with the same weight in all, every
other set with a seventh of it; the part `tune` was not trained on. Prints the weights, and how often each set's name
is right, with and without its function.
"""

import argparse
import collections
import json
from pathlib import Path

import numpy as np

MAIN_SETS = ("api-bank", "seal-tools", "toolalpaca")
DEFAULT = ("lead", "fit", "likelihood")
MEMBERS = (*DEFAULT, "known")


def features(row, members):
    """[functions, members and 1]"""
    return np.array([[tool[member] for member in members] + [1.0] for tool in row["ranked"]])


def scores(row, weights, members):
    if not row.get("ranked"):
        return np.zeros(1)
    return np.append(features(row, members) @ weights, 0.0)  # the last is "none"


def right_index(row):
    names = [tool["name"] for tool in row.get("ranked", [])]
    return names.index(row["right"]) if row["right"] in names else len(names)


def loss_and_slope(rows, share, weights, members):
    loss, slope = 1e-3 * weights @ weights, 2e-3 * weights
    for row in rows:
        z = scores(row, weights, members)
        p = np.exp(z - z.max())
        p /= p.sum()
        right = right_index(row)
        loss -= share[row["set"]] * np.log(p[right] + 1e-12)
        p[right] -= 1
        if row.get("ranked"):
            slope = slope + share[row["set"]] * p[:-1] @ features(row, members)
    return loss, slope


def fit(rows, members, even):
    counts = collections.Counter(row["set"] for row in rows)
    share = {name: 1 if even else (1 if name in MAIN_SETS else 1 / 7) / count for name, count in counts.items()}
    share = {name: value / sum(share[n] * counts[n] for n in counts) for name, value in share.items()}
    weights, speed = np.full(len(members) + 1, 0.3), np.zeros(len(members) + 1)
    for _ in range(800):
        _, slope = loss_and_slope(rows, share, weights, members)
        speed = 0.9 * speed - 0.05 * slope
        weights = weights + speed
    return weights, loss_and_slope(rows, share, weights, members)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", type=Path)
    parser.add_argument("--members", nargs="+", choices=MEMBERS, default=DEFAULT)
    parser.add_argument("--even", action="store_true", help="every example has the same weight")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.traces.read_text().splitlines()]
    weights, loss = fit(rows, args.members, args.even)
    print("weights", dict(zip((*args.members, "bias"), weights.round(3))), "loss", round(loss, 4))
    by_set = collections.defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        is_none = right_index(row) == len(row.get("ranked", []))
        counts = by_set[row["set"]]
        counts[2 * is_none] += int(np.argmax(scores(row, weights, args.members))) == right_index(row)
        counts[2 * is_none + 1] += 1
    for name, (called, calls, silent, nones) in sorted(by_set.items()):
        print(f"{name:12} right name {called}/{calls}, right silence {silent}/{nones}")


if __name__ == "__main__":
    main()
