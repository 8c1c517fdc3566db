#!/usr/bin/env python3
"""Measures learned intents and slots with `favilla teach` and `favilla intents` against the bars of docs/quality.md.

  eval/understand/intents.py --favilla build/release/src/cli/favilla --data FOLDER [--embedder minilm] [--set slurp ...]
                             [--json results.json]

FOLDER has slurp/, hwu64/, clinc150/ and snips/ as their authors publish them. No sentence of a test part is in its
training part, compared in small letters without punctuation. slurp: five folds of the development part, shuffled by
--seed, with hwu64 as further training data. Entities count when kind and value are exact, summed over all sentences.
With --embedder every set is measured a second time with sentence vectors. Exit code 1 if a bar is missed."""

import argparse
import json
import pathlib
import random
import subprocess
import tempfile
import time
from collections import Counter

import public_sets

FOLDS = 5
# Figure: (bar on words alone, bar with vectors). None: no bar.
BARS = {
    "slurp intent": (0.85, 0.875),
    "slurp entity F1": (0.77, None),
    "clinc150 intent": (0.93, 0.965),
    "clinc150 out-of-scope recall": (None, 0.69),
    "clinc150 points lost in scope": (None, 0.01),
    "snips intent": (0.98, None),
    "snips entity F1": (0.93, None),
}
LOWER_IS_BETTER = {"clinc150 points lost in scope"}


class Favilla:
    def __init__(self, program: str, embedder: str | None):
        self.program = program
        self.embedder = ["--embedder", embedder] if embedder else []
        self.train_s: list[float] = []
        self.model_bytes = 0

    def answers(self, train: list[dict], test: list[dict]) -> list[dict]:
        """Teaches `train`, then asks about the texts of `test`."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for file, rows in (("train.jsonl", train), ("test.jsonl", [{"text": row["text"]} for row in test])):
                (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
            model = ["--model", str(folder / "x.model")]
            start = time.monotonic()
            subprocess.run([self.program, "teach", "--data", str(folder / "train.jsonl"), *model, *self.embedder],
                           check=True, stdout=subprocess.DEVNULL)
            self.train_s.append(time.monotonic() - start)
            self.model_bytes = max(self.model_bytes, (folder / "x.model").stat().st_size)
            subprocess.run([self.program, "intents", *model, "--in", str(folder / "test.jsonl"), "--out",
                            str(folder / "out.jsonl"), *self.embedder], check=True)
            return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def entity_f1(test: list[dict], answers: list[dict]) -> float:
    both = wanted = found = 0
    for row, answer in zip(test, answers, strict=True):
        gold = Counter((entity["entity"], entity["value"]) for entity in row["entities"])
        given = Counter((entity["entity"], entity["value"]) for entity in answer["entities"])
        both += (gold & given).total()
        wanted += gold.total()
        found += given.total()
    return 2 * both / (wanted + found)


def measure_slurp(favilla: Favilla, data: pathlib.Path, seed: int) -> dict[str, float]:
    rows, extra = public_sets.slurp(data), public_sets.hwu64(data)
    random.Random(seed).shuffle(rows)
    tests, answers = [], []
    for fold in range(FOLDS):
        test = rows[fold::FOLDS]
        train = [row for index, row in enumerate(rows) if index % FOLDS != fold]
        tests += test
        answers += favilla.answers(public_sets.without(train + extra, test), test)
    pairs = list(zip(tests, answers, strict=True))
    return {"slurp intent": share([answer["intent"] == row["intent"] for row, answer in pairs]),
            "slurp intent, by the intent member": share([answer["intent"] == row["intent_member"]
                                                         for row, answer in pairs]),
            "slurp entity F1": entity_f1(tests, answers)}


def measure_clinc150(favilla: Favilla, data: pathlib.Path, _seed: int) -> dict[str, float]:
    parts = public_sets.clinc150(data)
    test = parts["val"] + parts["oos_val"]
    train = public_sets.without(parts["train"] + parts["oos_train"], test)
    answers = favilla.answers(train, test)
    inside = list(zip(parts["val"], answers, strict=False))
    right = share([answer["intent"] == row["intent"] for row, answer in inside])
    kept = share([answer["intent"] == row["intent"] and answer["in_scope"] for row, answer in inside])
    return {"clinc150 intent": right,
            "clinc150 out-of-scope recall": share([not answer["in_scope"] for answer in answers[len(inside):]]),
            "clinc150 points lost in scope": right - kept}


def measure_snips(favilla: Favilla, data: pathlib.Path, _seed: int) -> dict[str, float]:
    test = public_sets.snips(data, "valid")
    answers = favilla.answers(public_sets.without(public_sets.snips(data, "train"), test), test)
    return {"snips intent": share([answer["intent"] == row["intent"]
                                   for row, answer in zip(test, answers, strict=True)]),
            "snips entity F1": entity_f1(test, answers)}


SETS = {"slurp": measure_slurp, "clinc150": measure_clinc150, "snips": measure_snips}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--embedder")
    parser.add_argument("--set", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()

    results, missed = [], 0
    for with_vectors in ([False, True] if options.embedder else [False]):
        for name in options.set:
            favilla = Favilla(options.favilla, options.embedder if with_vectors else None)
            for figure, value in SETS[name](favilla, options.data, options.seed).items():
                bar = BARS.get(figure, (None, None))[int(with_vectors)]
                lower = figure in LOWER_IS_BETTER
                met = bar is None or (value <= bar + 1e-9 if lower else value >= bar)
                missed += not met
                how = "with vectors" if with_vectors else "words alone"
                shown = "" if bar is None else f"  bar {100 * bar:.1f}{'' if met else '  MISSED'}"
                print(f"{figure:36} {how:13} {100 * value:6.2f}{shown}", flush=True)
                results.append({"figure": figure, "vectors": with_vectors, "value": value, "bar": bar, "met": met})
            print(f"{name}: taught in {max(favilla.train_s):.1f} s at most, model {favilla.model_bytes / 1e6:.1f} MB",
                  flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
