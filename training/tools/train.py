#!/usr/bin/env python3
"""Trains a LoRA adapter of a Llama-shaped GGUF model on examples that render_tool_examples wrote; goes on where it
stopped.

    training/tools/train.py --model SmolLM2-135M-Instruct.Q4_1.gguf --examples build/training --output build/training/run
        [--rank 16] [--rate 6e-4] [--minutes 120] [--tokens 2048]

Reads train.tokens.jsonl and held-out.tokens.jsonl. Writes checkpoint.pt, log.jsonl (step, tokens, loss, held-out loss)
and adapter.gguf (f16; loads in favilla and llama.cpp). Loss on the answers only; several examples in one row, which do
not see each other. Runs on a GPU when PyTorch has one. Needs: torch, numpy, gguf.
Shape legend: B examples, T tokens, D width, H query heads, K key-value heads, S head size.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F

LINEAR = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


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
        wide = x.float()
        wide = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)
        return (wide * self.weights[name]).to(self.dtype)

    def rotate(self, x, cosine, sine):
        """GGUF's Llama weights rotate neighbouring pairs. x: [B, T, heads, S]."""
        even, odd = x[..., 0::2], x[..., 1::2]
        turned = torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), -1)
        return turned.flatten(-2)

    def hidden(self, ids):
        """ids: [B, T] -> [B, T, D], normalised for the head. Padding stands at the end, where nothing looks at it."""
        batch, length = ids.shape
        x = self.embedding[ids]
        size = self.weights["blk.0.attn_q.weight"].shape[0] // self.heads
        angles = torch.outer(torch.arange(length).float(), self.base ** (-torch.arange(0, size, 2).float() / size))
        cosine, sine = (f(angles)[:, None, :].to(self.device, self.dtype) for f in (torch.cos, torch.sin))
        for layer in range(self.layers):
            y = self.norm(x, f"blk.{layer}.attn_norm.weight")
            q, k, v = (self.linear(y, layer, name).view(batch, length, -1, size) for name in LINEAR[:3])
            q, k = self.rotate(q, cosine, sine), self.rotate(k, cosine, sine)
            k, v = (part.repeat_interleave(self.heads // self.kv_heads, 2) for part in (k, v))
            seen = F.scaled_dot_product_attention(*(part.transpose(1, 2) for part in (q, k, v)), is_causal=True)
            x = x + self.linear(seen.transpose(1, 2).reshape(batch, length, -1), layer, "attn_output")
            y = self.norm(x, f"blk.{layer}.ffn_norm.weight")
            gate = F.silu(self.linear(y, layer, "ffn_gate")) * self.linear(y, layer, "ffn_up")
            x = x + self.linear(gate, layer, "ffn_down")
        return self.norm(x, "output_norm.weight")

    def loss(self, rows):
        """Sum of the answers' losses and number of their tokens; the head sees the answers' positions only."""
        length = max(len(row["prompt"]) + len(row["answer"]) for row in rows)
        ids = torch.zeros(len(rows), length, dtype=torch.long)
        where, targets = [], []
        for i, row in enumerate(rows):
            begin = len(row["prompt"])
            whole = row["prompt"] + row["answer"]
            ids[i, :len(whole)] = torch.tensor(whole)
            where += [(i, at - 1) for at in range(begin, len(whole))]
            targets += row["answer"]
        rows_at, columns = (torch.tensor(side) for side in zip(*where))
        picked = self.hidden(ids.to(self.device))[rows_at, columns]
        logits = F.linear(picked, self.head).float()
        return F.cross_entropy(logits, torch.tensor(targets, device=self.device), reduction="sum"), len(targets)


def batches(rows, tokens, rng):
    """Examples of like length together, at most `tokens` padded tokens each, in random order."""
    rows = sorted(rows, key=lambda row: (len(row["prompt"]) + len(row["answer"]) + 16 * rng.random()))
    made, batch = [], []
    for row in rows:
        length = len(row["prompt"]) + len(row["answer"])
        if batch and (len(batch) + 1) * length > tokens:
            made.append(batch)
            batch = []
        batch.append(row)
    made += [batch] if batch else []
    rng.shuffle(made)
    return made


def export(model, path, alpha, architecture="llama"):
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for name in model.down:
        for suffix, values in (("lora_a", model.down[name]), ("lora_b", model.up[name])):
            writer.add_tensor(f"{name}.{suffix}", values.detach().cpu().numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def load_rows(path, most):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [row for row in rows if len(row["prompt"]) + len(row["answer"]) <= most]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--examples", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--passes", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=120, help="the rate falls to 0 over this time or the passes")
    parser.add_argument("--tokens", type=int, default=2048, help="of a batch, padding included")
    parser.add_argument("--longest", type=int, default=640, help="longer examples are left out")
    parser.add_argument("--held-out", type=int, default=100, help="held-out examples of each measurement")
    parser.add_argument("--bfloat16", action="store_true", help="faster where the machine computes it")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    alpha = 2.0 * args.rank
    model = Model(args.model, args.rank, alpha, device, torch.bfloat16 if args.bfloat16 else torch.float32, args.seed)
    train = load_rows(args.examples / "train.tokens.jsonl", args.longest)
    held_out = load_rows(args.examples / "held-out.tokens.jsonl", args.longest)[:args.held_out]
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.0)
    args.output.mkdir(parents=True, exist_ok=True)
    checkpoint, log = args.output / "checkpoint.pt", args.output / "log.jsonl"
    step, spent, seen = 0, 0.0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        step, spent, seen = state["step"], state["spent"], state["seen"]
        optimizer.load_state_dict(state["optimizer"])
        with torch.no_grad():
            for name in model.down:
                model.down[name].copy_(state["down"][name])
                model.up[name].copy_(state["up"][name])

    def save():
        torch.save({"step": step, "spent": spent, "seen": seen, "optimizer": optimizer.state_dict(),
                    "down": model.down, "up": model.up}, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)
        export(model, args.output / "adapter.gguf", alpha)

    def measure():
        with torch.no_grad():
            parts = [model.loss(batch) for batch in batches(held_out, args.tokens, random.Random(0))]
        return sum(loss.item() for loss, _ in parts) / max(sum(count for _, count in parts), 1)

    order = []
    passes = math.ceil(args.passes)
    for number in range(passes):
        order += batches(train, args.tokens, random.Random(args.seed + number))
    order = order[:math.ceil(len(order) * args.passes / passes)]
    last_save = time.monotonic()
    while step < len(order):
        done = max(step / len(order), spent / (60 * args.minutes))
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1.0, (step + 1) / 20) * (1 - done)
        begin = time.monotonic()
        loss, count = model.loss(order[step])
        optimizer.zero_grad()
        (loss / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        spent += time.monotonic() - begin
        seen += sum(len(row["prompt"]) + len(row["answer"]) for row in order[step])
        row = {"step": step, "of": len(order), "tokens": seen, "loss": loss.item() / count, "seconds": round(spent, 1)}
        step += 1
        if step % 100 == 0:
            row["held_out_loss"] = measure()
        with log.open("a") as out:
            out.write(json.dumps(row) + "\n")
        if time.monotonic() - last_save > 120:
            save()
            last_save = time.monotonic()
    save()
    print(json.dumps({"steps": step, "tokens": seen, "minutes": round(spent / 60, 1), "held_out_loss": measure()}))


if __name__ == "__main__":
    main()
