#!/usr/bin/env python3
"""The trainer on a tiny random model: the forward pass against golden logits, learning, going on, the exported file.

    build/venv-training/bin/python training/tools/train_test.py [--favilla build/dev/src/cli/favilla]

Run by hand: PyTorch is too large for every check. Needs what train.py needs.
"""

import argparse
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
import torch.nn.functional as F

HERE = Path(__file__).resolve().parent
MODELS = HERE.parents[1] / "tests" / "golden" / "models"
FAVILLA = None

sys.path.insert(0, str(HERE))

import train  # noqa: E402  (needs the path above)


def run_trainer(folder, *more):
    subprocess.run([sys.executable, str(HERE / "train.py"), "--model", str(MODELS / "llama-f32.gguf"), "--examples",
                    str(folder), "--output", str(folder / "run"), "--float32", "--tokens", "256", *more], check=True,
                   stdout=subprocess.DEVNULL)
    return [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]


def write_examples(folder, vocabulary):
    """Answers that repeat the prompt's last token: something to learn."""
    rng = random.Random(1)
    beginning = [rng.randrange(vocabulary) for _ in range(9)]
    for name, count in (("train", 300), ("held-out", 20)):
        rows = []
        for _ in range(count):
            prompt = beginning + [rng.randrange(vocabulary) for _ in range(rng.randint(2, 12))]
            rows.append({"prompt": prompt, "answer": [prompt[-1]] * 2})
        (folder / f"{name}.tokens.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


class Trainer(unittest.TestCase):
    def test_forward_pass_equals_the_golden_one(self):
        golden = json.loads((MODELS / "llama-f32.golden.json").read_text())["inputs"][0]
        expected = np.fromfile(MODELS / "llama-f32.golden.f32", np.float32).reshape(len(golden), -1)
        model = train.Model(MODELS / "llama-f32.gguf", 4, 8.0, "cpu", torch.float32, 1)
        for split in (1, 5, len(golden) // 2):
            row = {"prompt": golden[:-1], "answer": [golden[-1]]}
            batch = train.Batch([row, row], golden[:split], "cpu")
            with torch.no_grad():
                logits = F.linear(model.hidden(batch), model.head).view(2, -1, expected.shape[1]).numpy()
            for one in logits:
                np.testing.assert_allclose(one, expected[split:-1], atol=2e-3)

    def test_learns_goes_on_and_exports(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            reader = gguf.GGUFReader(MODELS / "llama-f32.gguf")
            vocabulary = next(t for t in reader.tensors if t.name == "token_embd.weight").shape[1]
            write_examples(folder, int(vocabulary))
            first = run_trainer(folder, "--passes", "6", "--rate", "5e-3", "--held-out", "20")
            self.assertLess(first[-1]["held_out"], 0.7 * first[0]["loss"])
            again = run_trainer(folder, "--passes", "12", "--rate", "5e-3", "--held-out", "20")
            self.assertEqual([row["step"] for row in again], list(range(1, len(again) + 1)))
            self.assertGreater(len(again), len(first))
            names = {tensor.name for tensor in gguf.GGUFReader(folder / "run" / "adapter.gguf").tensors}
            self.assertIn("blk.0.attn_q.weight.lora_a", names)
            follower = train.Model(MODELS / "llama-f32.gguf", 16, 32.0, "cpu", torch.float32, 2)
            train.read_adapter(follower, folder / "run" / "adapter.gguf")
            with torch.no_grad():
                batch = train.Batch([{"prompt": [3, 4, 5], "answer": [5]}], [3], "cpu")
                own = follower.hidden(batch)
                train.write_adapter(follower, folder / "again.gguf", 32.0)
            self.assertEqual((folder / "again.gguf").read_bytes(), (folder / "run" / "adapter.gguf").read_bytes())
            self.assertTrue(torch.isfinite(own).all())
            if FAVILLA:
                subprocess.run([FAVILLA, "logprobs", str(MODELS / "llama-f32.gguf"), str(HERE / "requirements.txt"),
                                "--adapter", str(folder / "run" / "adapter.gguf")], check=True,
                               stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla")
    args, rest = parser.parse_known_args()
    FAVILLA = args.favilla
    unittest.main(argv=[sys.argv[0], *rest])
