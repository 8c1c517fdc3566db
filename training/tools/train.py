#!/usr/bin/env python3
"""Trains a LoRA adapter of a Llama-shaped GGUF model on examples that render_tool_examples wrote; goes on where it
stopped.

    training/tools/train.py --model SmolLM2-135M-Instruct.Q4_1.gguf --examples build/training --output RUN_FOLDER
        [--rank 16] [--rate 8e-4] [--minutes 120] [--start adapter.gguf]

Reads train.tokens.jsonl and held-out.tokens.jsonl. Writes checkpoint.pt, log.jsonl (step, tokens, loss, held-out
loss) and adapter.gguf (f16; loads in favilla and llama.cpp). The loss is of answers only. All prompts begin with the
same instructions: a batch computes them once, and each of its examples looks back at them. Runs on a GPU when PyTorch
has one. Needs: torch, numpy, gguf.
Shape legend: B examples, T tokens, P tokens of the common beginning, D width, H query heads, K key-value heads, S size
of a head.
"""

import argparse
import json
import math
import os
import random
import signal
import time
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F

LINEAR = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


class Batch:
    """Examples of like length: ids [B, T] behind the common beginning, and where the answers' tokens are."""

    def __init__(self, rows, beginning, device):
        rests = [(row["prompt"] + row["answer"])[len(beginning):] for row in rows]
        length = max(map(len, rests)) - 1
        ids = torch.zeros(len(rows), length, dtype=torch.long)
        where, targets = [], []
        for i, (row, rest) in enumerate(zip(rows, rests)):
            ids[i, :len(rest) - 1] = torch.tensor(rest[:-1])
            first = len(rest) - len(row["answer"])
            where += [i * length + at - 1 for at in range(first, len(rest))]
            targets += row["answer"]
        self.ids, self.beginning = ids.to(device), torch.tensor(beginning, device=device)
        self.where, self.targets = torch.tensor(where, device=device), torch.tensor(targets, device=device)
        # Every token sees the beginning and, of its own example, what is not behind it.
        own = torch.ones(length, length, dtype=torch.bool).tril()
        self.seen = torch.cat((torch.ones(length, len(beginning), dtype=torch.bool), own), 1).to(device)


class Model:
    """A Llama forward pass: frozen dequantized weights, and trained low-rank changes beside them."""

    def __init__(self, path, rank, alpha, device, dtype, seed):
        reader = gguf.GGUFReader(path)
        value = lambda key: reader.get_field(f"llama.{key}").contents()  # noqa: E731
        self.layers, self.heads, self.kv_heads = (value(key) for key in (
            "block_count", "attention.head_count", "attention.head_count_kv"))
        self.epsilon, self.base = value("attention.layer_norm_rms_epsilon"), value("rope.freq_base")
        self.scale, self.dtype, self.device = alpha / rank, dtype, device
        self.weights, self.down, self.up = {}, {}, {}
        generator = torch.Generator().manual_seed(seed)
        for tensor in reader.tensors:
            array = torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
            self.weights[tensor.name] = array.to(device, dtype if array.ndim == 2 else torch.float32)
            if tensor.name.split(".")[-2] in LINEAR:
                rows, columns = array.shape
                a = torch.randn(rank, columns, generator=generator) / math.sqrt(columns)
                self.down[tensor.name] = a.to(device).requires_grad_()
                self.up[tensor.name] = torch.zeros(rows, rank, device=device, requires_grad=True)
        self.embedding = self.weights["token_embd.weight"]
        self.head = self.weights.get("output.weight", self.embedding)

    def parameters(self):
        return [*self.down.values(), *self.up.values()]

    def linear(self, x, layer, name):
        name = f"blk.{layer}.{name}.weight"
        change = F.linear(F.linear(x, self.down[name].to(x.dtype)), self.up[name].to(x.dtype))
        return F.linear(x, self.weights[name]) + self.scale * change

    def norm(self, x, name):
        """x: float32, the residual stream; what comes out goes into a product."""
        x = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon)
        return (x * self.weights[name]).to(self.dtype)

    def rotate(self, x, cosine, sine):
        """GGUF's Llama weights rotate neighbouring pairs. x: [tokens, heads, S]."""
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), -1).flatten(-2)

    def attend(self, q, k, v, batch):
        """q: [P + B*T, H, S], k and v: [P + B*T, K, S] -> [P + B*T, H*S]. The heads of a group share keys."""
        begin, (count, length), group = len(batch.beginning), batch.ids.shape, self.heads // self.kv_heads

        def weighted(q, k, v, seen):  # q: [n, t, H, S], k and v: [n, s, K, S], seen: [t, s]
            n, t, _, size = q.shape
            q = q.view(n, t, self.kv_heads, group, size).permute(0, 2, 3, 1, 4).flatten(2, 3)
            k, v = k.transpose(1, 2), v.transpose(1, 2)
            scores = (q @ k.transpose(-1, -2)).view(n, self.kv_heads, group, t, -1) / math.sqrt(size)
            scores = scores.masked_fill(~seen, -torch.inf).float().softmax(-1).to(v.dtype)
            mixed = scores.view(n, self.kv_heads, group * t, -1) @ v
            return mixed.view(n, self.kv_heads, group, t, size).permute(0, 3, 1, 2, 4).reshape(n, t, -1)

        first = weighted(*(part[None, :begin] for part in (q, k, v)), batch.seen.new_ones(begin, begin).tril())
        own_q, own_k, own_v = (part[begin:].view(count, length, *part.shape[1:]) for part in (q, k, v))
        with_first = [torch.cat((whole[None, :begin].expand(count, -1, -1, -1), own), 1)
                      for whole, own in ((k, own_k), (v, own_v))]
        rest = weighted(own_q, *with_first, batch.seen)
        return torch.cat((first[0], rest.flatten(0, 1)))

    def hidden(self, batch):
        """-> [B*T, D], normalised for the head. Padding stands at the end, where nothing looks at it."""
        begin, (count, length) = len(batch.beginning), batch.ids.shape
        ids = torch.cat((batch.beginning, batch.ids.flatten()))
        positions = torch.cat((torch.arange(begin), torch.arange(begin, begin + length).repeat(count)))
        size = self.weights["blk.0.attn_q.weight"].shape[0] // self.heads
        angles = torch.outer(positions.float(), self.base ** (-torch.arange(0, size, 2).float() / size))
        cosine, sine = (f(angles)[:, None, :].to(self.device, self.dtype) for f in (torch.cos, torch.sin))
        x = self.embedding[ids].float()
        for layer in range(self.layers):
            y = self.norm(x, f"blk.{layer}.attn_norm.weight")
            q, k, v = (self.linear(y, layer, name).view(len(ids), -1, size) for name in LINEAR[:3])
            mixed = self.attend(self.rotate(q, cosine, sine), self.rotate(k, cosine, sine), v, batch)
            x = x + self.linear(mixed, layer, "attn_output")
            y = self.norm(x, f"blk.{layer}.ffn_norm.weight")
            gate = F.silu(self.linear(y, layer, "ffn_gate")) * self.linear(y, layer, "ffn_up")
            x = x + self.linear(gate, layer, "ffn_down")
        return self.norm(x[begin:], "output_norm.weight")

    def loss(self, batch):
        """Sum of the answers' losses; the head sees the answers' positions only."""
        logits = F.linear(self.hidden(batch)[batch.where], self.head).float()
        return F.cross_entropy(logits, batch.targets, reduction="sum")


def in_batches(rows, tokens, common, rng):
    """Examples of like length together, at most `tokens` padded tokens each, in random order."""
    rows = sorted(rows, key=lambda row: len(row["prompt"]) + len(row["answer"]) + 16 * rng.random())
    made, batch = [], []
    for row in rows:
        length = len(row["prompt"]) + len(row["answer"]) - common
        if batch and (len(batch) + 1) * length > tokens:
            made.append(batch)
            batch = []
        batch.append(row)
    made += [batch] if batch else []
    rng.shuffle(made)
    return made


def common_beginning(rows):
    """The tokens that all prompts begin with."""
    shortest, longest = min(row["prompt"] for row in rows), max(row["prompt"] for row in rows)
    return os.path.commonprefix([shortest, longest])


def write_adapter(model, path, alpha, architecture="llama", more=None):
    """`more(writer)` adds metadata."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    if more:
        more(writer)
    for name in model.down:
        for suffix, values in (("lora_a", model.down[name]), ("lora_b", model.up[name])):
            writer.add_tensor(f"{name}.{suffix}", values.detach().cpu().numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_adapter(model, path):
    """Takes the changes that write_adapter() wrote. Returns the file's reader."""
    reader = gguf.GGUFReader(path)
    with torch.no_grad():
        for tensor in reader.tensors:
            name, _, suffix = tensor.name.rpartition(".")
            own = (model.down if suffix == "lora_a" else model.up)[name]
            own.copy_(torch.from_numpy(np.array(tensor.data, dtype=np.float32)).reshape(own.shape))
    return reader


class Run:
    """What a training run is between two steps: all of it is in the checkpoint."""

    def __init__(self, model, rate, folder, export):
        """`export(path)` writes the model's adapter."""
        self.model, self.rate, self.folder, self.export = model, rate, folder, export
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
        self.step, self.spent_s, self.tokens = 0, 0.0, 0
        self.stopped = False
        for number in (signal.SIGINT, signal.SIGTERM):  # the step ends and is saved
            signal.signal(number, lambda *_: setattr(self, "stopped", True))

    def load(self):
        if not (self.folder / "checkpoint.pt").exists():
            return
        state = torch.load(self.folder / "checkpoint.pt")
        self.step, self.spent_s, self.tokens = state["step"], state["spent_s"], state["tokens"]
        self.optimizer.load_state_dict(state["optimizer"])
        with torch.no_grad():
            for own, kept in zip(self.model.parameters(), state["parameters"]):
                own.copy_(kept)

    def save(self):
        path = self.folder / "checkpoint.pt"
        torch.save({"step": self.step, "spent_s": self.spent_s, "tokens": self.tokens,
                    "parameters": self.model.parameters(), "optimizer": self.optimizer.state_dict()},
                   path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)
        self.export(self.folder / "adapter.gguf")

    def through(self, order, minutes, loss_of, measure, every):
        """Steps from where the run is to the end of `order`, or as far as `minutes` let it, and saves on the way.

        loss_of(batch) -> a loss to be made smaller, and the tokens read for it. measure() -> members of the log's line,
        taken at each `every`th step and the last."""
        last_save = time.monotonic()
        while self.step < len(order) and not self.stopped:
            begun = time.monotonic()
            done = max(self.step / len(order), self.spent_s / (60 * minutes))
            if done >= 1:
                break
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate * rate_at(done)
            loss, tokens = loss_of(order[self.step])
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.step, self.tokens = self.step + 1, self.tokens + tokens
            self.spent_s += time.monotonic() - begun
            row = {"step": self.step, "minutes": round(self.spent_s / 60, 2), "tokens": self.tokens,
                   "loss": round(loss.item(), 4)}
            if self.step % every == 0 or self.step == len(order):
                row |= measure()
            with (self.folder / "log.jsonl").open("a") as log:
                log.write(json.dumps(row) + "\n")
            if self.step % 20 == 0:
                print(json.dumps(row), flush=True)
            if time.monotonic() - last_save > 300:
                self.save()
                last_save = time.monotonic()
        self.save()


def rate_at(done, warm_up=0.03):
    """Of the highest rate, when this part of the run is done: up in a line, down in a cosine."""
    if done < warm_up:
        return done / warm_up
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warm_up) / (1 - warm_up))))


def load_rows(path, longest):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [row for row in rows if len(row["prompt"]) + len(row["answer"]) <= longest]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--examples", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--start", type=Path, help="an adapter of the same rank to go on from")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--passes", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=120, help="the rate falls to 0 over this time or the passes")
    parser.add_argument("--tokens", type=int, default=3072, help="of a batch, padding included")
    parser.add_argument("--longest", type=int, default=768, help="longer examples are left out")
    parser.add_argument("--held-out", type=int, default=120, help="held-out examples of each measurement")
    parser.add_argument("--float32", action="store_true", help="slower, for machines that do not compute bfloat16")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    alpha = 2.0 * args.rank
    dtype = torch.float32 if args.float32 else torch.bfloat16
    model = Model(args.model, args.rank, alpha, device, dtype, args.seed)
    if args.start:
        read_adapter(model, args.start)
    train = load_rows(args.examples / "train.tokens.jsonl", args.longest)
    held_out = load_rows(args.examples / "held-out.tokens.jsonl", args.longest)[:args.held_out]
    beginning = common_beginning(train + held_out)
    order = []
    for number in range(math.ceil(args.passes)):
        order += in_batches(train, args.tokens, len(beginning), random.Random(args.seed + number))
    order = order[:math.ceil(len(order) * args.passes / math.ceil(args.passes))]
    args.output.mkdir(parents=True, exist_ok=True)
    run = Run(model, args.rate, args.output, lambda path: write_adapter(model, path, alpha))
    run.load()
    print(f"{len(train)} examples, {len(order)} batches, {len(beginning)} tokens in common, on {device}", flush=True)

    def loss_of(rows):
        batch = Batch(rows, beginning, device)
        return model.loss(batch) / len(batch.targets), batch.ids.numel()

    def measure():
        with torch.no_grad():
            parts = [Batch(rows, beginning, device) for rows in
                     in_batches(held_out, args.tokens, len(beginning), random.Random(0))]
            loss = sum(model.loss(part).item() for part in parts) / sum(len(part.targets) for part in parts)
            return {"held_out": round(loss, 4)}

    run.through(order, args.minutes, loss_of, measure, 50)


if __name__ == "__main__":
    main()
