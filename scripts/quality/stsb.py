#!/usr/bin/env python3
"""Spearman correlation of `favilla embed` with human judgement on the STS benchmark.

    stsb.py --favilla BINARY --model MINILM.gguf --data stsb-en-dev.csv [--json FILE]

The data are CSV rows without a header: sentence, sentence, similarity 0..5. The score is the rank correlation of the
cosine with the similarity. Exit code 1 when it is more than 0.002 below or above 0.867, which is what
tests/golden/reference/reference.py reaches on the dev set with the same weights. Needs: numpy.
"""

import argparse
import csv
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/golden/reference"))
import favilla_runner  # noqa: E402
from metrics import spearman  # noqa: E402

EXPECTED, TOLERANCE = 0.867, 0.002


def read_pairs(path):
    """Two lists of sentences, each on one line, and the similarities."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    first, second = ([" ".join(row[column].split()) for row in rows] for column in (0, 1))
    return first, second, np.array([float(row[2]) for row in rows])


def correlation(vectors, similarities):
    """vectors: [2 * pairs, hidden], all first sentences and then all second ones, each of length 1."""
    first, second = np.split(vectors, 2)
    return spearman((first * second).sum(axis=1), similarities)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--favilla", type=pathlib.Path, required=True)
    parser.add_argument("--model", required=True, help="a file or a name")
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()

    first, second, similarities = read_pairs(arguments.data)
    score = correlation(favilla_runner.embeddings(arguments.favilla, arguments.model, first + second), similarities)
    print(f"Spearman {score:.4f} over {len(similarities)} pairs, bar {EXPECTED} +- {TOLERANCE}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"spearman": score, "pairs": len(similarities)}))
    sys.exit(0 if abs(score - EXPECTED) <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
