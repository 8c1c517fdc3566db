#!/usr/bin/env python3
"""The reranker's trainer on a tiny random model: the forward pass against golden vectors, learning, going on, the file.

    build/venv-training/bin/python training/rerank/rerank_train_test.py

Run by hand: PyTorch is too large for every check. Needs what rerank_train.py needs.
"""

import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import gguf
import numpy as np
import torch

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "tests" / "golden" / "models"
MODEL = MODELS / "bert-mean.gguf"
CLS, SEPARATOR = 2, 3

sys.path.insert(0, str(HERE))

import rerank_train  # noqa: E402  (needs the path above)


def run_trainer(folder, *more):
    subprocess.run([sys.executable, str(HERE / "rerank_train.py"), "--model", str(MODEL), "--examples", str(folder),
                    "--output", str(folder / "run"), "--float32", "--tokens", "512", "--rate", "1e-2", *more],
                   check=True, stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]


def write_examples(folder):
    """The right function has the one special word, and a fifth of the requests ask for none: something to learn."""
    rng = random.Random(1)
    for name, count in (("train", 200), ("tune", 40)):
        rows = []
        for _ in range(count):
            right = rng.choice([-1, 0, 1, 2, 0])
            pairs = [[CLS, rng.randrange(20, 90), SEPARATOR, rng.randrange(100, 190), 200 if i == right else 210,
                      SEPARATOR] for i in range(3)]
            rows.append({"set": "made", "right": right, "pairs": pairs})
        (folder / f"{name}.pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


class Trainer(unittest.TestCase):
    def test_forward_pass_equals_the_golden_one(self):
        inputs = json.loads(MODEL.with_suffix(".golden.json").read_text())["inputs"]
        expected = np.fromfile(MODEL.with_suffix(".golden.f32"), np.float32).reshape(len(inputs), -1)
        model = rerank_train.Reranker(MODEL, 4, 8.0, "cpu", torch.float32, 1)
        lengths = torch.tensor([len(ids) for ids in inputs])
        ids = torch.zeros(len(inputs), int(lengths.max()), dtype=torch.long)
        for i, row in enumerate(inputs):
            ids[i, :len(row)] = torch.tensor(row)
        with torch.no_grad():
            np.testing.assert_allclose(model.vectors(ids, lengths).numpy(), expected, atol=1e-4)

    def test_losses_are_those_with_and_without_the_right_function(self):
        scores = torch.tensor([2.0, -1.0])
        odds = np.exp([2.0, -1.0, 0.0])
        with_it, without_it = rerank_train.losses(scores, 0)
        self.assertAlmostEqual(with_it.item(), -np.log(odds[0] / odds.sum()), places=5)
        self.assertAlmostEqual(without_it.item(), -np.log(1 / odds[1:].sum()), places=5)
        (none,) = rerank_train.losses(scores, -1)
        self.assertAlmostEqual(none.item(), -np.log(1 / odds.sum()), places=5)

    def test_learns_goes_on_and_exports(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_examples(folder)
            first = run_trainer(folder, "--passes", "4")
            self.assertLess(first[-1]["held_out"], 0.5 * first[0]["loss"])
            again = run_trainer(folder, "--passes", "6")
            self.assertEqual([row["step"] for row in again], list(range(1, len(again) + 1)))
            self.assertGreater(len(again), len(first))
            file = gguf.GGUFReader(folder / "run" / "adapter.gguf")
            self.assertIn("blk.0.ffn_down.weight.lora_b", {tensor.name for tensor in file.tensors})
            self.assertEqual(len(file.get_field("favilla.rerank.weight").contents()), 64)
            self.assertIsInstance(file.get_field("favilla.rerank.bias").contents(), float)
            follower = rerank_train.Reranker(MODEL, 16, 32.0, "cpu", torch.float32, 2)
            follower.start_from(folder / "run" / "adapter.gguf")
            follower.export(folder / "again.gguf", 32.0)
            again = gguf.GGUFReader(folder / "again.gguf")
            for one, other in zip(file.tensors, again.tensors):
                self.assertTrue((one.data == other.data).all(), one.name)


if __name__ == "__main__":
    unittest.main()
