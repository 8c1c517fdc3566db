#!/usr/bin/env python3
"""The weights with which the agent believes its trained model: of the lead before the model, of the model's log
odds of a name against "none", and a bias (kTrainedTrust in src/assistant/agent/agent.h).

    build/dev/training/tools/trace_tool_examples MODEL ADAPTER EMBEDDER < build/training/tune.jsonl > traces.jsonl
    training/tools/fit.py traces.jsonl

Multinomial logistic regression with "none" at 0, each of the three sets of calls with the same weight in all, every
other set with a seventh of it; the part `tune` was not trained on. Prints the weights, and how often each set's name
is right, with and without its function.
"""

import collections
import json
import sys
from pathlib import Path

import numpy as np

MAIN_SETS = ("api-bank", "seal-tools", "toolalpaca")
MEMBERS = ("lead", "likelihood")


def scores(row, weights):
    if not row.get("ranked"):
        return np.zeros(1)
    features = np.array([[tool[member] for member in MEMBERS] + [1.0] for tool in row["ranked"]])
    return np.append(features @ weights, 0.0)  # the last is "none"


def right_index(row):
    names = [tool["name"] for tool in row.get("ranked", [])]
    return names.index(row["right"]) if row["right"] in names else len(names)


def loss_and_slope(rows, share, weights):
    loss, slope = 1e-3 * weights @ weights, 2e-3 * weights
    for row in rows:
        z = scores(row, weights)
        p = np.exp(z - z.max())
        p /= p.sum()
        right = right_index(row)
        loss -= share[row["set"]] * np.log(p[right] + 1e-12)
        p[right] -= 1
        for value, tool in zip(p, row.get("ranked", [])):
            slope = slope + share[row["set"]] * value * np.array([tool[member] for member in MEMBERS] + [1.0])
    return loss, slope


def fit(rows):
    counts = collections.Counter(row["set"] for row in rows)
    share = {name: (1 if name in MAIN_SETS else 1 / 7) / count for name, count in counts.items()}
    share = {name: value / sum(share[n] * counts[n] for n in counts) for name, value in share.items()}
    weights, speed = np.array([0.3, 0.3, 0.0]), np.zeros(3)
    for _ in range(800):
        _, slope = loss_and_slope(rows, share, weights)
        speed = 0.9 * speed - 0.05 * slope
        weights = weights + speed
    return weights, loss_and_slope(rows, share, weights)[0]


def main():
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    weights, loss = fit(rows)
    print("weights", dict(zip((*MEMBERS, "bias"), weights.round(3))), "loss", round(loss, 4))
    by_set = collections.defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        is_none = right_index(row) == len(row.get("ranked", []))
        counts = by_set[row["set"]]
        counts[2 * is_none] += int(np.argmax(scores(row, weights))) == right_index(row)
        counts[2 * is_none + 1] += 1
    for name, (called, calls, silent, nones) in sorted(by_set.items()):
        print(f"{name:12} right name {called}/{calls}, right silence {silent}/{nones}")


if __name__ == "__main__":
    main()
