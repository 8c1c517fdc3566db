#!/usr/bin/env python3
"""Trains the function classifier: a LoRA adapter of MiniLM and a row of weights for each function of the program.

    training/functions/function_train.py --model all-MiniLM-L6-v2.gguf --examples build/functions --output RUN_FOLDER
        [--rank 16] [--rate 1e-3] [--passes 6] [--dropout 0.1] [--minutes 60]

Reads train.sentences.jsonl and tune.sentences.jsonl (render_function_examples). Writes checkpoint.pt, log.jsonl and
adapter.gguf (f16; its metadata `favilla.functions.names` has F names, the first of them "none",
`favilla.functions.weight` [F, D] row by row, `favilla.functions.bias` [F]). The loss is the cross entropy of the names,
with label smoothing, since the sentences of people leave doubt. Goes on from its checkpoint, which Ctrl-C makes, too.
Runs on a GPU when PyTorch has one.
Needs: torch, numpy, gguf. Shape legend: B sentences, T tokens, D width, F names.
"""

import collections
import json
import math
import random
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from bert import Bert, in_batches, padded, trainer_options  # noqa: E402  (needs the path above)
from train import Run, write_adapter  # noqa: E402


class Classifier(Bert):
    def __init__(self, names, *args):
        super().__init__(*args)
        self.names = names
        self.rows = torch.zeros(len(names), self.width, device=self.device, requires_grad=True)
        self.bias = torch.zeros(len(names), device=self.device, requires_grad=True)

    def parameters(self):
        return [*super().parameters(), self.rows, self.bias]

    def scores(self, batch):
        """-> [B, F]"""
        vectors = self.vectors(*padded([row["ids"] for row in batch], self.device))
        return math.sqrt(self.width) * (vectors @ self.rows.T) + self.bias

    def export(self, path, alpha):
        def more(writer):
            writer.add_array("favilla.functions.names", self.names)
            weight = self.rows.detach() * math.sqrt(self.width)
            writer.add_array("favilla.functions.weight", weight.flatten().tolist())
            writer.add_array("favilla.functions.bias", self.bias.detach().tolist())

        write_adapter(self, path, alpha, "bert", more)


def targets(model, batch):
    return torch.tensor([model.names.index(row["function"]) for row in batch], device=model.device)


def measure(model, rows, tokens):
    """Mean loss, and for each set the shares of right names and of right silence."""
    model.dropout = 0.0
    counts, total = collections.defaultdict(lambda: [0, 0, 0, 0]), 0.0
    with torch.no_grad():
        for batch in in_batches(rows, tokens, random.Random(0)):
            scores, wanted = model.scores(batch), targets(model, batch)
            total += F.cross_entropy(scores, wanted, reduction="sum").item()
            for row, is_right in zip(batch, (scores.argmax(1) == wanted).tolist()):
                at = 2 if row["function"] == "none" else 0
                counts[row["set"]][at] += is_right
                counts[row["set"]][at + 1] += 1
    shares = {name: (round(100 * a / max(b, 1), 1), round(100 * c / max(d, 1), 1))
              for name, (a, b, c, d) in counts.items()}
    return total / len(rows), dict(sorted(shares.items()))


def main():
    parser = trainer_options(__doc__)
    parser.add_argument("--passes", type=float, default=6)
    parser.add_argument("--dropout", type=float, default=0.1, help="share of what each layer adds that is left out")
    parser.add_argument("--smoothing", type=float, default=0.1, help="of the labels")
    parser.add_argument("--tokens", type=int, default=2048, help="of a batch, padding included")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    alpha = 2.0 * args.rank
    train, tune = ([json.loads(line) for line in (args.examples / f"{part}.sentences.jsonl").read_text().splitlines()]
                   for part in ("train", "tune"))
    names = ["none", *sorted({row["function"] for row in train} - {"none"})]
    model = Classifier(names, args.model, args.rank, alpha, device, torch.float32 if args.float32 else torch.bfloat16,
                       args.seed)
    tune = [row for row in tune if row["function"] in names]
    order = []
    for number in range(math.ceil(args.passes)):
        order += in_batches(train, args.tokens, random.Random(args.seed + number))
    order = order[:math.ceil(len(order) * args.passes / math.ceil(args.passes))]
    args.output.mkdir(parents=True, exist_ok=True)
    run = Run(model, args.rate, args.output, lambda path: model.export(path, alpha))
    run.load()
    print(f"{len(train)} sentences, {len(names)} names, {len(order)} batches, "
          f"{dict(collections.Counter(row['set'] for row in train))}, on {device}", flush=True)

    def loss_of(batch):
        model.dropout = args.dropout
        loss = F.cross_entropy(model.scores(batch), targets(model, batch), label_smoothing=args.smoothing)
        return loss, sum(len(row["ids"]) for row in batch)

    def measured():
        held_out, shares = measure(model, tune, args.tokens)
        return {"held_out": round(held_out, 4), "shares": shares}

    run.through(order, args.minutes, loss_of, measured, 200)


if __name__ == "__main__":
    main()
