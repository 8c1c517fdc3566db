#!/usr/bin/env python3
"""Trains the argument reader: a LoRA adapter of MiniLM and two rows of weights that point at a parameter's words.

    training/arguments/argument_train.py --model all-MiniLM-L6-v2.gguf --examples build/arguments --output RUN_FOLDER
        [--rank 16] [--rate 1e-3] [--passes 1.3] [--dropout 0.1] [--minutes 60]

Reads train.questions.jsonl and tune.questions.jsonl (render_argument_examples). Writes checkpoint.pt, log.jsonl and
adapter.gguf (f16; the rows are its metadata `favilla.arguments.first` and `favilla.arguments.last`). A word's score as
the first (last) of a value is its first (last) token's hidden state times a row; "nothing was said" competes as the
token [CLS]. The loss is that of both choices, as in question answering with unanswerable questions (Rajpurkar et al.
2018, arXiv 1806.03822). Goes on from its checkpoint, which Ctrl-C makes, too. Runs on a GPU when PyTorch has one.
Needs: torch, numpy, gguf. Shape legend: B questions, T tokens, W words, D width.
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


class Reader(Bert):
    def __init__(self, *args):
        super().__init__(*args)
        self.rows = torch.zeros(2, self.width, device=self.device, requires_grad=True)

    def parameters(self):
        return [*super().parameters(), self.rows]

    def scores(self, batch):
        """-> two [B, 1 + W]: of [CLS] and of each word as the first and as the last; -inf where there is no word."""
        ids, lengths = padded([row["ids"] for row in batch], self.device)
        places = torch.zeros(2, len(batch), 1 + max(len(row["starts"]) for row in batch), dtype=torch.long)
        for i, row in enumerate(batch):
            places[:, i, 1:1 + len(row["starts"])] = torch.tensor([row["starts"], row["ends"]])
        hidden, _ = self.hidden(ids, lengths)
        places = places.to(self.device)
        absent = places == 0
        absent[:, :, 0] = False
        every = (hidden @ self.rows.T).permute(2, 0, 1)  # [2, B, T]
        return every.gather(2, places).masked_fill(absent, -torch.inf)

    def export(self, path, alpha):
        def more(writer):
            for name, row in zip(("first", "last"), self.rows.detach().tolist()):
                writer.add_array(f"favilla.arguments.{name}", row)

        write_adapter(self, path, alpha, "bert", more)


def targets(batch, device):
    """[2, B]: 0 for what was not said."""
    return torch.tensor([[1 + row[name] for row in batch] for name in ("first", "last")], device=device)


def best_spans(scores):
    """scores: [2, B, 1 + W] -> for each question the best (first, last) with first <= last, as targets()."""
    first, last = scores.float().cpu()
    pairs = first[:, :, None] + last[:, None, :]  # [B, 1 + W, 1 + W]
    allowed = torch.ones_like(pairs[0], dtype=torch.bool).triu()
    allowed[0, 1:] = False
    pairs = pairs.masked_fill(~allowed, -torch.inf).flatten(1)
    best = pairs.argmax(1)
    return torch.stack((best // first.shape[1], best % first.shape[1]))


def measure(model, rows, tokens):
    """Mean loss, and for each set the shares of right words where there are some and of silence elsewhere."""
    model.dropout = 0.0
    counts, total, number = collections.defaultdict(lambda: [0, 0, 0, 0]), 0.0, 0
    with torch.no_grad():
        for batch in in_batches(rows, tokens, random.Random(0)):
            scores, wanted = model.scores(batch), targets(batch, model.device)
            total += sum(F.cross_entropy(scores[i], wanted[i], reduction="sum").item() for i in range(2))
            number += len(batch)
            right = (best_spans(scores) == wanted.cpu()).all(0)
            for row, is_right in zip(batch, right.tolist()):
                at = 2 if row["first"] < 0 else 0
                counts[row["set"]][at] += is_right
                counts[row["set"]][at + 1] += 1
    shares = {name: (round(100 * a / max(b, 1), 1), round(100 * c / max(d, 1), 1))
              for name, (a, b, c, d) in counts.items()}
    return total / number, dict(sorted(shares.items()))


def main():
    parser = trainer_options(__doc__)
    parser.add_argument("--passes", type=float, default=1.3)
    parser.add_argument("--dropout", type=float, default=0, help="share of what each layer adds that is left out")
    parser.add_argument("--tokens", type=int, default=2048, help="of a batch, padding included")
    parser.add_argument("--nothing", type=float, default=0.4, help="share, in each pass, of what was not said")
    parser.add_argument("--measured", type=int, default=1500, help="questions of `tune` in each measurement")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    alpha = 2.0 * args.rank
    model = Reader(args.model, args.rank, alpha, device, torch.float32 if args.float32 else torch.bfloat16, args.seed)
    train, tune = ([json.loads(line) for line in (args.examples / f"{part}.questions.jsonl").read_text().splitlines()]
                   for part in ("train", "tune"))
    order = []
    for number in range(math.ceil(args.passes)):
        rng = random.Random(args.seed + number)
        some = [row for row in train if row["first"] >= 0 or rng.random() < args.nothing]
        order += in_batches(some, args.tokens, rng)
    order = order[:math.ceil(len(order) * args.passes / math.ceil(args.passes))]
    args.output.mkdir(parents=True, exist_ok=True)
    run = Run(model, args.rate, args.output, lambda path: model.export(path, alpha))
    run.load()
    print(f"{len(train)} questions, {len(order)} batches, {dict(collections.Counter(row['set'] for row in train))}, "
          f"on {device}", flush=True)
    few = random.Random(0).sample(tune, min(args.measured, len(tune)))

    def loss_of(batch):
        model.dropout = args.dropout
        scores, wanted = model.scores(batch), targets(batch, device)
        return sum(F.cross_entropy(scores[i], wanted[i]) for i in range(2)), sum(len(row["ids"]) for row in batch)

    def measured():
        held_out, shares = measure(model, few, args.tokens)
        return {"held_out": round(held_out, 4), "shares": shares}

    run.through(order, args.minutes, loss_of, measured, 200)
    if not run.stopped:
        print(json.dumps(measure(model, tune, args.tokens)))


if __name__ == "__main__":
    main()
