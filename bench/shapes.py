#!/usr/bin/env python3
"""Writes GGUF files with the true shapes of well-known models and random weights, to measure speed without the models.

    bench/shapes.py FOLDER [NAME...]       # NAME: Qwen3-0.6B-shape.Q4_K_M ...; without one, all of them (11 GB)

Hyper-parameters, vocabulary sizes, tied embeddings and the type of every tensor are those of the originals, so that an
engine does the same work; what the model says means nothing. Scales are such that activations stay finite. The same
files come out every time. Needs tests/golden/requirements.txt.
"""

import argparse
import math
import pathlib
import sys
import time
import zlib
from dataclasses import dataclass

import gguf
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests/golden/models"))
import random_blocks  # noqa: E402
import tiny_vocabularies  # noqa: E402
from make_tiny_models import llama3_rope_factors  # noqa: E402
from random_blocks import Type  # noqa: E402

CHUNK_BYTES = 8 << 20
CONTROL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


@dataclass(frozen=True)
class Shape:
    """From the config.json of the original."""

    name: str
    architecture: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    feed_forward: int
    vocabulary: int
    context_length: int
    rope_base: float
    norm_epsilon: float
    pre_tokenizer: str


SHAPES = [
    Shape("Qwen3-0.6B-shape", "qwen3", 1024, 28, 16, 8, 128, 3072, 151936, 40960, 1e6, 1e-6, "qwen2"),
    Shape("Llama-3.2-1B-shape", "llama", 2048, 16, 32, 8, 64, 8192, 128256, 131072, 5e5, 1e-5, "llama-bpe"),
    Shape("Qwen3-4B-shape", "qwen3", 2560, 36, 32, 8, 128, 9728, 151936, 40960, 1e6, 1e-6, "qwen2"),
]
FILE_TYPES = {"Q4_K_M": 15, "Q8_0": 7}  # general.file_type


def gets_more_bits(layer, layers):
    """llama.cpp's use_more_bits: the first and last eighth of the layers, and every third between."""
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


def weight_type(mix, tensor, layer, layers):
    """The type that llama-quantize gives a matrix in a mix."""
    if mix == "Q8_0":
        return Type.Q8_0
    if tensor == "token_embd":  # tied: it is the output matrix too
        return Type.Q6_K
    if tensor in ("attn_v", "ffn_down") and gets_more_bits(layer, layers):
        return Type.Q6_K
    return Type.Q4_K


def tensors(shape, mix):
    """Yields (name, rows or None for a vector, row length, type) of every tensor, in the order of the file."""
    query, key_value = shape.heads * shape.head_size, shape.kv_heads * shape.head_size
    yield "token_embd.weight", shape.vocabulary, shape.hidden, weight_type(mix, "token_embd", 0, shape.layers)
    if shape.architecture == "llama":
        yield "rope_freqs.weight", None, shape.head_size // 2, Type.F32
    for layer in range(shape.layers):
        vectors = {"attn_norm": shape.hidden, "ffn_norm": shape.hidden}
        if shape.architecture == "qwen3":
            vectors |= {"attn_q_norm": shape.head_size, "attn_k_norm": shape.head_size}
        for name, length in vectors.items():
            yield f"blk.{layer}.{name}.weight", None, length, Type.F32
        matrices = {
            "attn_q": (query, shape.hidden),
            "attn_k": (key_value, shape.hidden),
            "attn_v": (key_value, shape.hidden),
            "attn_output": (shape.hidden, query),
            "ffn_gate": (shape.feed_forward, shape.hidden),
            "ffn_up": (shape.feed_forward, shape.hidden),
            "ffn_down": (shape.hidden, shape.feed_forward),
        }
        for name, (rows, length) in matrices.items():
            yield f"blk.{layer}.{name}.weight", rows, length, weight_type(mix, name, layer, shape.layers)
    yield "output_norm.weight", None, shape.hidden, Type.F32


def set_scales(blocks, kind, scales):
    if kind == Type.Q8_0:
        random_blocks.write_halves(blocks, 0, scales)
    else:
        random_blocks.set_scales(blocks, kind, scales)


def unit_deviation(rng, kind):
    """Standard deviation of weights with random codes and a scale of 1."""
    blocks = rng.integers(0, 256, (4096, gguf.GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
    set_scales(blocks, kind, np.ones(len(blocks)))
    return gguf.dequantize(blocks, kind).std()


def write_matrix(file, rng, rows, row_length, kind):
    """Streams the blocks of a matrix that turns input of unit variance into output of about unit variance."""
    block_weights, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    scale = 1 / math.sqrt(row_length) / unit_deviation(rng, kind)
    left = rows * row_length // block_weights
    while left > 0:
        count = min(left, CHUNK_BYTES // block_bytes)
        blocks = np.frombuffer(rng.bytes(count * block_bytes), np.uint8).reshape(count, block_bytes).copy()
        set_scales(blocks, kind, np.full(count, scale))
        file.write(blocks.tobytes())
        left -= count


def write_tensor(file, rng, shape, name, rows, row_length, kind):
    if rows is not None:
        write_matrix(file, rng, rows, row_length, kind)
    elif name == "rope_freqs.weight":
        factors = llama3_rope_factors(shape.head_size, shape.rope_base, factor=32.0, original_context=8192)
        file.write(factors.tobytes())
    else:
        file.write(rng.normal(1.0, 0.1, row_length).astype(np.float32).tobytes())


def byte_level_vocabulary(size):
    """A valid byte-level BPE vocabulary of any size: all bytes, all pairs of bytes, then pairs with a third byte."""
    alphabet = tiny_vocabularies.byte_level_alphabet()
    wanted = size - len(alphabet) - len(CONTROL_TOKENS)
    pairs = [(left, right) for left in alphabet for right in alphabet][:wanted]
    triples = [(left + right, last) for left, right in pairs for last in alphabet[: wanted // len(pairs)]]
    merges = (pairs + triples)[:wanted]
    tokens = alphabet + [left + right for left, right in merges] + CONTROL_TOKENS
    assert len(tokens) == size == len(set(tokens))
    return tokens, [f"{left} {right}" for left, right in merges]


def add_metadata(writer, shape, mix):
    writer.add_name(f"random weights, {shape.name}")
    writer.add_file_type(FILE_TYPES[mix])
    writer.add_quantization_version(2)
    writer.add_context_length(shape.context_length)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_size)
    writer.add_value_length(shape.head_size)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_rope_freq_base(shape.rope_base)
    if shape.architecture == "llama":
        writer.add_rope_dimension_count(shape.head_size)
        writer.add_vocab_size(shape.vocabulary)
    tokens, merges = byte_level_vocabulary(shape.vocabulary)
    controls = len(CONTROL_TOKENS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(shape.pre_tokenizer)
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * (len(tokens) - controls) + [gguf.TokenType.CONTROL] * controls)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(False)


def write_model(shape, mix, path):
    """Writes to a temporary name first: a file with its own name is whole."""
    rng = np.random.Generator(np.random.SFC64(zlib.crc32(path.name.encode())))
    partial = path.with_suffix(".partial")
    writer = gguf.GGUFWriter(partial, shape.architecture)
    add_metadata(writer, shape, mix)
    every = list(tensors(shape, mix))
    for name, rows, row_length, kind in every:
        dimensions = (row_length,) if rows is None else (rows, row_length)
        block_weights, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        assert row_length % block_weights == 0, f"{name}: a row of {row_length} is no multiple of {block_weights}"
        size = math.prod(dimensions) // block_weights * block_bytes
        writer.add_tensor_info(name, dimensions, np.dtype(np.float32), size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    file = writer.fout[0]
    for name, rows, row_length, kind in every:
        file.write(bytes(-file.tell() % writer.data_alignment))
        write_tensor(file, rng, shape, name, rows, row_length, kind)
    file.write(bytes(-file.tell() % writer.data_alignment))
    writer.close()
    partial.rename(path)


def main():
    models = {f"{shape.name}.{mix}": (shape, mix) for shape in SHAPES for mix in FILE_TYPES}
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog="names: " + ", ".join(models), allow_abbrev=False
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="name", help="only these")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(models)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(models)}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or models:
        start = time.monotonic()
        path = arguments.folder / f"{name}.gguf"
        write_model(*models[name], path)
        print(f"{path} {path.stat().st_size} bytes, {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
