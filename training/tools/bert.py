"""A BERT forward pass with trained low-rank changes beside its frozen weights, as the trainers of MiniLM's adapters
share it. Needs: torch, numpy, gguf. Shape legend: B texts, T tokens, D width.
"""

import argparse
import math
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F

LINEAR = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down")


class Bert:
    """A trainer's model adds rows of weights of its own, and says what it exports."""

    def __init__(self, path, rank, alpha, device, dtype, seed):
        reader = gguf.GGUFReader(path)
        value = lambda key: reader.get_field(f"bert.{key}").contents()  # noqa: E731
        self.layers, self.heads = value("block_count"), value("attention.head_count")
        self.epsilon = value("attention.layer_norm_epsilon")
        self.scale, self.dtype, self.device = alpha / rank, dtype, device
        self.dropout = 0.0  # of what each layer adds, while training
        self.weights, self.down, self.up = {}, {}, {}
        generator = torch.Generator().manual_seed(seed)
        for tensor in reader.tensors:
            array = torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
            is_linear = tensor.name.split(".")[-2] in LINEAR and tensor.name.endswith(".weight")
            self.weights[tensor.name] = array.to(device, dtype if is_linear else torch.float32)
            if is_linear:
                rows, columns = array.shape
                a = torch.randn(rank, columns, generator=generator) / math.sqrt(columns)
                self.down[tensor.name] = a.to(device).requires_grad_()
                self.up[tensor.name] = torch.zeros(rows, rank, device=device, requires_grad=True)
        self.width = self.weights["token_embd.weight"].shape[1]

    def parameters(self):
        return [*self.down.values(), *self.up.values()]

    def linear(self, x, name):
        name, x = f"blk.{name}", x.to(self.dtype)
        change = F.linear(F.linear(x, self.down[name + ".weight"].to(x.dtype)), self.up[name + ".weight"].to(x.dtype))
        return F.linear(x, self.weights[name + ".weight"]).float() + self.scale * change + self.weights[name + ".bias"]

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.weights[name + ".weight"], self.weights[name + ".bias"], self.epsilon)

    def hidden(self, ids, lengths):
        """ids: [B, T], zeros behind `lengths` [B] -> [B, T, D], and which of them are there [B, T]."""
        count, length = ids.shape
        seen = torch.arange(length, device=ids.device) < lengths[:, None]  # [B, T]
        mask = torch.zeros_like(seen, dtype=torch.float32).masked_fill(~seen, -torch.inf)[:, None, None, :]
        x = self.weights["token_embd.weight"][ids] + self.weights["position_embd.weight"][:length]
        x = self.norm(x + self.weights["token_types.weight"][0], "token_embd_norm")
        for layer in range(self.layers):
            q, k, v = (self.linear(x, f"{layer}.{name}").to(self.dtype).view(count, length, self.heads, -1)
                       .transpose(1, 2) for name in LINEAR[:3])
            weights = (q @ k.transpose(-1, -2)).float() / math.sqrt(q.shape[-1]) + mask
            mixed = weights.softmax(-1).to(self.dtype) @ v
            mixed = self.linear(mixed.transpose(1, 2).flatten(2), f"{layer}.attn_output")
            x = self.norm(x + F.dropout(mixed, self.dropout), f"blk.{layer}.attn_output_norm")
            y = self.linear(F.gelu(self.linear(x, f"{layer}.ffn_up")), f"{layer}.ffn_down")
            x = self.norm(x + F.dropout(y, self.dropout), f"blk.{layer}.layer_output_norm")
        return x, seen

    def vectors(self, ids, lengths):
        """The same -> [B, D], of length 1."""
        x, seen = self.hidden(ids, lengths)
        return F.normalize((x * seen[:, :, None]).sum(1), dim=-1)


def padded(texts, device):
    """Token ids of each text -> ids [B, T], zeros behind lengths [B]."""
    lengths = torch.tensor([len(ids) for ids in texts])
    ids = torch.zeros(len(texts), int(lengths.max()), dtype=torch.long)
    for i, text in enumerate(texts):
        ids[i, :len(text)] = torch.tensor(text)
    return ids.to(device), lengths.to(device)


def in_batches(rows, tokens, rng):
    """Rows whose "ids" are of like length together, at most `tokens` padded tokens each, in random order."""
    rows = sorted(rows, key=lambda row: len(row["ids"]) + 8 * rng.random())
    made, batch = [], []
    for row in rows:
        if batch and (len(batch) + 1) * len(row["ids"]) > tokens:
            made.append(batch)
            batch = []
        batch.append(row)
    made += [batch] if batch else []
    rng.shuffle(made)
    return made


def trainer_options(description):
    """A parser of the options that every trainer has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--examples", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--minutes", type=float, default=60, help="the rate falls to 0 over this time or the passes")
    parser.add_argument("--float32", action="store_true", help="slower, for machines that do not compute bfloat16")
    parser.add_argument("--seed", type=int, default=1)
    return parser
