#!/usr/bin/env python3
"""Trains the reranker: a LoRA adapter of MiniLM and one row of weights that says how well a function fits a request.

    training/rerank/rerank_train.py --model all-MiniLM-L6-v2.gguf --examples build/training-rerank --output RUN_FOLDER
        [--rank 16] [--rate 1e-3] [--passes 2] [--minutes 60] [--start adapter.gguf]

Reads train.pairs.jsonl and tune.pairs.jsonl (render_rerank_examples). Writes checkpoint.pt, log.jsonl and adapter.gguf
(f16; the row is its metadata `favilla.rerank.weight`, beside `favilla.rerank.bias`). The loss is listwise: the right
function against the others and "none", whose score is 0; and the same without the right one, where "none" is right.
Both come out of one forward pass. Goes on from its checkpoint, which Ctrl-C makes, too. Runs on a GPU when PyTorch has
one.
Needs: torch, numpy, gguf. Shape legend: B pairs, T tokens, D width, H heads.
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

from bert import Bert, padded, trainer_options  # noqa: E402  (needs the path above)
from train import Run, read_adapter, write_adapter  # noqa: E402


class Reranker(Bert):
    def __init__(self, *args):
        super().__init__(*args)
        self.row = torch.zeros(self.width, device=self.device, requires_grad=True)
        self.bias = torch.zeros(1, device=self.device, requires_grad=True)

    def start_from(self, path):
        """Takes what export() wrote."""
        reader = read_adapter(self, path)
        with torch.no_grad():
            row = torch.tensor(reader.get_field("favilla.rerank.weight").contents())
            self.row.copy_(row / math.sqrt(self.width))
            self.bias.fill_(reader.get_field("favilla.rerank.bias").contents())

    def parameters(self):
        return [*super().parameters(), self.row, self.bias]

    def scores(self, ids, lengths):
        """ids [B, T], lengths [B] -> [B], log odds."""
        return math.sqrt(self.width) * (self.vectors(ids, lengths) @ self.row) + self.bias

    def export(self, path, alpha):
        def more(writer):
            writer.add_array("favilla.rerank.weight", (self.row.detach() * math.sqrt(self.width)).tolist())
            writer.add_float32("favilla.rerank.bias", self.bias.item())

        write_adapter(self, path, alpha, "bert", more)


def group_scores(model, rows):
    """A list of [K] for the K pairs of each row; pairs of like length are computed together."""
    pairs = [ids for row in rows for ids in row["pairs"]]
    order = sorted(range(len(pairs)), key=lambda at: len(pairs[at]))
    half = (len(order) + 1) // 2
    parts, places = [], []
    for chosen in (order[:half], order[half:]):
        if not chosen:
            continue
        parts.append(model.scores(*padded([pairs[at] for at in chosen], model.device)))
        places += chosen
    found = torch.cat(parts)[torch.argsort(torch.tensor(places, device=model.device))]
    return list(found.split([len(row["pairs"]) for row in rows]))


def losses(scores, right):
    """With the right function and, where there is one, without it."""
    none = scores.new_zeros(1)
    if right < 0:
        return [-F.log_softmax(torch.cat((scores, none)), 0)[-1]]
    others = torch.cat((scores[:right], scores[right + 1:], none))
    return [-F.log_softmax(torch.cat((scores, none)), 0)[right], -F.log_softmax(others, 0)[-1]]


def in_batches(rows, tokens, rng):
    rows = sorted(rows, key=lambda row: max(map(len, row["pairs"])) + 16 * rng.random())
    made, batch, used = [], [], 0
    for row in rows:
        size = sum(map(len, row["pairs"]))
        if batch and used + size > tokens:
            made.append(batch)
            batch, used = [], 0
        batch.append(row)
        used += size
    made += [batch] if batch else []
    rng.shuffle(made)
    return made


def measure(model, rows, tokens):
    """Mean loss, and for each set the shares of right names and of silence without the right function."""
    counts, total, number = collections.defaultdict(lambda: [0, 0, 0, 0]), 0.0, 0
    with torch.no_grad():
        for batch in in_batches(rows, tokens, random.Random(0)):
            for row, scores in zip(batch, group_scores(model, batch)):
                each = losses(scores, row["right"])
                total, number = total + sum(loss.item() for loss in each), number + len(each)
                count = counts[row["set"]]
                if row["right"] >= 0:
                    count[0] += bool(scores.max() > 0 and scores.argmax() == row["right"])
                    count[1] += 1
                    scores = torch.cat((scores[:row["right"]], scores[row["right"] + 1:]))
                count[2] += not len(scores) or bool(scores.max() < 0)
                count[3] += 1
    shares = {name: (round(100 * a / max(b, 1), 1), round(100 * c / d, 1)) for name, (a, b, c, d) in counts.items()}
    return total / number, dict(sorted(shares.items()))


def main():
    parser = trainer_options(__doc__)
    parser.add_argument("--start", type=Path, help="an adapter of the same rank to go on from")
    parser.add_argument("--passes", type=float, default=2.0)
    parser.add_argument("--tokens", type=int, default=6144, help="of a batch")
    parser.add_argument("--measured", type=int, default=400, help="examples of `tune` in each measurement")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    alpha = 2.0 * args.rank
    model = Reranker(args.model, args.rank, alpha, device, torch.float32 if args.float32 else torch.bfloat16, args.seed)
    if args.start:
        model.start_from(args.start)
    train, tune = ([json.loads(line) for line in (args.examples / f"{part}.pairs.jsonl").read_text().splitlines()]
                   for part in ("train", "tune"))
    counts = collections.Counter(row["set"] for row in train)
    order = []
    for number in range(math.ceil(args.passes)):
        order += in_batches(train, args.tokens, random.Random(args.seed + number))
    order = order[:math.ceil(len(order) * args.passes / math.ceil(args.passes))]
    args.output.mkdir(parents=True, exist_ok=True)
    run = Run(model, args.rate, args.output, lambda path: model.export(path, alpha))
    run.load()
    print(f"{len(train)} examples, {len(order)} batches, {dict(counts)}, on {device}", flush=True)
    few = random.Random(0).sample(tune, min(args.measured, len(tune)))

    def loss_of(batch):
        each = [loss for row, scores in zip(batch, group_scores(model, batch))
                for loss in losses(scores, row["right"])]
        return torch.stack(each).mean(), sum(len(ids) for row in batch for ids in row["pairs"])

    def measured():
        held_out, shares = measure(model, few, args.tokens)
        return {"held_out": round(held_out, 4), "shares": shares}

    run.through(order, args.minutes, loss_of, measured, 200)
    if not run.stopped:
        print(json.dumps(measure(model, tune, args.tokens)))


if __name__ == "__main__":
    main()
