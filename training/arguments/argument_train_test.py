#!/usr/bin/env python3
"""The argument reader's trainer on a tiny random model: spans, learning, going on, the file.

    build/venv-training/bin/python training/arguments/argument_train_test.py

Run by hand: PyTorch is too large for every check. Needs what argument_train.py needs.
"""

import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import gguf
import torch

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[1] / "tests" / "golden" / "models" / "bert-mean.gguf"
CLS, SEPARATOR = 2, 3

sys.path.insert(0, str(HERE))

import argument_train  # noqa: E402  (needs the path above)


def run_trainer(folder, *more):
    subprocess.run([sys.executable, str(HERE / "argument_train.py"), "--model", str(MODEL), "--examples", str(folder),
                    "--output", str(folder / "run"), "--float32", "--tokens", "256", "--rate", "1e-2", *more],
                   check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]


def write_examples(folder):
    """The value lies between two special words, and a fifth of the texts have none: something to learn."""
    rng = random.Random(1)
    for name, count in (("train", 400), ("tune", 60)):
        rows = []
        for _ in range(count):
            words = [rng.randrange(20, 90) for _ in range(8)]
            first, last = -1, -1
            if rng.random() < 0.8:
                first = rng.randrange(0, 6)
                last = rng.randrange(first, 8)
                words[first], words[last] = (220, 220) if first == last else (200, 210)
            ids = [CLS, 100, SEPARATOR, *words, SEPARATOR]
            places = list(range(3, 3 + len(words)))
            rows.append({"set": "made", "ids": ids, "starts": places, "ends": places, "first": first, "last": last})
        (folder / f"{name}.questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


class Trainer(unittest.TestCase):
    def test_best_spans_do_not_run_backwards(self):
        first = torch.tensor([[0.0, 1.0, 5.0], [9.0, 1.0, 2.0]])
        last = torch.tensor([[0.0, 4.0, 1.0], [2.0, 1.0, 9.0]])
        spans = argument_train.best_spans(torch.stack((first, last)))
        self.assertEqual(spans.T.tolist(), [[2, 2], [0, 0]])  # 5 + 1 > 1 + 4; nothing: 11, as (2, 2)

    def test_learns_goes_on_and_writes(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_examples(folder)
            before = run_trainer(folder, "--passes", "4")
            log = run_trainer(folder, "--passes", "12")
            self.assertEqual(log[: len(before)], before)
            self.assertGreater(len(log), len(before))
            self.assertLess(log[-1]["held_out"], 0.5 * before[0]["loss"])
            right, silent = log[-1]["shares"]["made"]
            self.assertGreater(right, 60)
            self.assertGreater(silent, 60)
            reader = gguf.GGUFReader(folder / "run" / "adapter.gguf")
            width = gguf.GGUFReader(MODEL).get_field("bert.embedding_length").contents()
            for row in ("first", "last"):
                self.assertEqual(len(reader.get_field(f"favilla.arguments.{row}").contents()), width)


if __name__ == "__main__":
    unittest.main()
