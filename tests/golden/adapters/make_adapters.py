#!/usr/bin/env python3
"""Writes random LoRA adapters for some tiny models, and what the reference makes of the merged weights.

NAME.gguf is an adapter for ../models/NAME.gguf; NAME.golden.f32 holds float32 logits [positions, vocabulary] after the
first token ids of ../models/NAME.golden.json, of bert the vector of the last ones. `--real MODEL OUTPUT` writes one for
a model of true size instead: rank 16 on every linear layer. Needs: numpy, gguf.
"""

import argparse
import json
import pathlib
import sys

import gguf
import numpy as np

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "reference"))

from reference import load_model  # noqa: E402  (needs the path above)

LINEAR = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
F32, F16, Q8_0 = (gguf.GGMLQuantizationType[name] for name in ("F32", "F16", "Q8_0"))
TINY = {  # base: rank, alpha (0: none), type, changed layers
    "llama-f32": (16, 32.0, F16, LINEAR),
    "llama-q4_1": (1, 2.0, F16, LINEAR),
    "qwen2": (5, 0.0, F32, ("attn_q", "attn_v", "ffn_down")),
    "qwen3": (32, 48.0, Q8_0, LINEAR),
    "gemma3": (19, 19.0, F16, LINEAR),
    "bert-mean": (16, 32.0, F16, LINEAR),
}


def write_adapter(base, output, rank, alpha, kind, layers, size, seed):
    """Random A of unit gain, B of gain `size`."""
    reader = gguf.GGUFReader(base)
    rng = np.random.default_rng(seed)
    architecture = reader.get_field("general.architecture").contents()
    writer = gguf.GGUFWriter(output, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    if alpha:
        writer.add_float32("adapter.lora.alpha", alpha)
    if architecture == "bert":  # as a reranker's has them
        writer.add_array("favilla.rerank.weight", rng.standard_normal(64).astype(np.float32).tolist())
        writer.add_float32("favilla.rerank.bias", 0.25)
    for tensor in reader.tensors:
        if tensor.name.split(".")[-1] != "weight" or tensor.name.split(".")[-2] not in layers:
            continue
        columns, rows = (int(length) for length in tensor.shape)
        down = rng.standard_normal((rank, columns)) / np.sqrt(columns)
        up = size * rng.standard_normal((rows, rank)) / np.sqrt(rank)
        for suffix, values in (("lora_a", down), ("lora_b", up)):
            data = gguf.quantize(values.astype(np.float32), kind)
            writer.add_tensor(f"{tensor.name}.{suffix}", data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def result_of(model, base):
    inputs = json.loads(base.with_suffix(".golden.json").read_text())["inputs"]
    return model.logits(inputs[0]) if hasattr(model, "logits") else model.embedding(inputs[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", nargs=2, metavar=("MODEL", "OUTPUT"), type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.real:
        model, output = arguments.real
        write_adapter(model, output, 16, 32.0, F16, LINEAR, 0.02, 1)
        return
    for seed, (name, (rank, alpha, kind, layers)) in enumerate(TINY.items()):
        base, adapter = HERE.parent / "models" / f"{name}.gguf", HERE / f"{name}.gguf"
        write_adapter(base, adapter, rank, alpha, kind, layers, 0.05, seed)
        changed, bare = (result_of(load_model(base, np.float64, path), base) for path in (adapter, None))
        adapter.with_suffix(".golden.f32").write_bytes(changed.astype("<f4").tobytes())
        print(f"{name:12} rank {rank:3}, results move by {np.abs(changed - bare).mean():.3f} on average")


if __name__ == "__main__":
    main()
