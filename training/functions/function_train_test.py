#!/usr/bin/env python3
"""The function classifier's trainer on a tiny random model: learning, going on, the file.

    build/venv-training/bin/python training/functions/function_train_test.py

Run by hand: PyTorch is too large for every check. Needs what function_train.py needs.
"""

import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import gguf

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[1] / "tests" / "golden" / "models" / "bert-mean.gguf"
CLS, SEPARATOR = 2, 3
KEYS = {"none": 200, "clock_now": 210, "lists_add": 220}


def run_trainer(folder, *more):
    subprocess.run([sys.executable, str(HERE / "function_train.py"), "--model", str(MODEL), "--examples", str(folder),
                    "--output", str(folder / "run"), "--float32", "--tokens", "256", "--rate", "1e-2", *more],
                   check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]


def write_examples(folder):
    """One word of each sentence tells its function: something to learn."""
    rng = random.Random(1)
    for name, count in (("train", 400), ("tune", 60)):
        rows = []
        for _ in range(count):
            function = rng.choice(list(KEYS))
            words = [rng.randrange(20, 90) for _ in range(rng.randint(3, 8))]
            words[rng.randrange(len(words))] = KEYS[function]
            rows.append({"set": "made", "function": function, "ids": [CLS, *words, SEPARATOR]})
        (folder / f"{name}.sentences.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


class Trainer(unittest.TestCase):
    def test_learns_goes_on_and_writes(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_examples(folder)
            before = run_trainer(folder, "--passes", "4")
            log = run_trainer(folder, "--passes", "8")
            self.assertEqual(log[: len(before)], before)
            self.assertGreater(len(log), len(before))
            right, silent = log[-1]["shares"]["made"]
            self.assertGreater(right, 80)
            self.assertGreater(silent, 80)
            reader = gguf.GGUFReader(folder / "run" / "adapter.gguf")
            width = gguf.GGUFReader(MODEL).get_field("bert.embedding_length").contents()
            self.assertEqual(reader.get_field("favilla.functions.names").contents(), ["none", "clock_now", "lists_add"])
            self.assertEqual(len(reader.get_field("favilla.functions.weight").contents()), 3 * width)
            self.assertEqual(len(reader.get_field("favilla.functions.bias").contents()), 3)


if __name__ == "__main__":
    unittest.main()
