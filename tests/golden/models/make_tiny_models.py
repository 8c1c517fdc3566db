#!/usr/bin/env python3
"""Writes the tiny random-weight GGUF models of the golden tests: every architecture that we read, and every weight
type.

    make_tiny_models.py [--output FOLDER] [--weights F32] [NAME...]

Seeded by the model's name: the same files come out every time. The files are committed; run this only to change them,
then run ../reference/make_goldens.py. --weights F32 writes the architecture models in full precision (see
verify_reference.py). Needs: numpy, gguf.
"""

import argparse
import pathlib
import zlib
from dataclasses import dataclass, field

import gguf
import numpy as np

import tiny_vocabularies
from random_blocks import Type, random_weights

# Logits of this deviation make distributions that are neither flat nor decided: KL then shows small errors.
LOGIT_DEVIATION = 2.8


@dataclass(frozen=True)
class TinyModel:
    name: str
    architecture: str
    hidden: int = 64
    layers: int = 2
    heads: int = 4
    kv_heads: int = 2
    head_size: int = 16
    feed_forward: int = 64
    context_length: int = 256
    weights: Type = Type.F16
    # Rows that are no multiple of 256 cannot be K-quants: quantizers then take a 32-block type, and so do we.
    fallback: Type = Type.Q5_0
    tied: bool = True
    rope_base: float = 10000.0
    rope_factors: bool = False
    vocabulary: dict = field(default_factory=lambda: tiny_vocabularies.byte_level_bpe("smollm", add_bos=False))
    extra: dict = field(default_factory=dict)  # metadata, without the architecture's prefix


def gemma(name, **changes):
    values = {
        "layers": 7,
        "heads": 2,
        "kv_heads": 1,
        "feed_forward": 32,
        "rope_base": 1000000.0,
        "vocabulary": tiny_vocabularies.sentence_piece(add_space_prefix=False),
        "extra": {"attention.sliding_window": 16},
    } | changes
    return TinyModel(name, "gemma3", **values)


def bert(name, pooling):
    return TinyModel(
        name,
        "bert",
        kv_heads=4,
        context_length=128,
        vocabulary=tiny_vocabularies.word_piece(),
        extra={"pooling_type": pooling},
    )


def k_quant(weights):
    return TinyModel(
        f"llama-{weights.name.lower()}",
        "llama",
        hidden=256,
        layers=1,
        heads=2,
        kv_heads=1,
        head_size=32,
        feed_forward=96,
        weights=weights,
    )


MODELS = [
    TinyModel("llama", "llama"),
    TinyModel("llama-untied", "llama", tied=False, vocabulary=tiny_vocabularies.sentence_piece(add_space_prefix=True)),
    TinyModel(
        "llama-rope-factors",
        "llama",
        rope_base=500000.0,
        rope_factors=True,
        vocabulary=tiny_vocabularies.byte_level_bpe("llama-bpe", add_bos=True),
    ),
    TinyModel(
        "qwen2", "qwen2", rope_base=1000000.0, vocabulary=tiny_vocabularies.byte_level_bpe("qwen2", add_bos=False)
    ),
    TinyModel(
        "qwen3",
        "qwen3",
        head_size=32,
        rope_base=1000000.0,
        vocabulary=tiny_vocabularies.byte_level_bpe("qwen2", add_bos=False),
    ),
    gemma("gemma3"),
    gemma("gemma3-softcap", extra={"attention.sliding_window": 16, "final_logit_softcapping": 3.0}),
    bert("bert-mean", gguf.PoolingType.MEAN),
    bert("bert-cls", gguf.PoolingType.CLS),
    *[
        TinyModel(f"llama-{weights.name.lower()}", "llama", weights=weights)
        for weights in (
            Type.F32,
            Type.BF16,
            Type.Q4_0,
            Type.Q4_1,
            Type.Q5_0,
            Type.Q5_1,
            Type.Q8_0,
            Type.IQ4_NL,
            Type.MXFP4,
        )
    ],
    *[k_quant(weights) for weights in (Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K, Type.IQ4_XS)],
]


class ModelFile:
    """A GGUF being written, with one random stream for all its weights."""

    def __init__(self, model, path):
        self.model = model
        self.rng = np.random.default_rng(zlib.crc32(model.name.encode()))
        self.writer = gguf.GGUFWriter(path, model.architecture)

    def matrix(self, name, rows, row_length, deviation=None, weights=None):
        """deviation: by default such that unit-variance input gives output of a deviation a little above 1."""
        weights = self.model.weights if weights is None else weights
        if row_length % gguf.GGML_QUANT_SIZES[weights][0] != 0:
            weights = self.model.fallback
        deviation = deviation or 1.2 / np.sqrt(row_length)
        self.writer.add_tensor(
            f"{name}.weight", random_weights(self.rng, (rows, row_length), deviation, weights), raw_dtype=weights
        )

    def vector(self, name, length, mean, deviation):
        self.writer.add_tensor(name, self.rng.normal(mean, deviation, length).astype(np.float32))

    def norm(self, name, length, with_bias=False, mean=1.0):
        self.vector(f"{name}.weight", length, mean, 0.1)
        if with_bias:
            self.vector(f"{name}.bias", length, 0.0, 0.1)

    def metadata(self, key, value):
        adders = {
            bool: self.writer.add_bool,
            str: self.writer.add_string,
            float: self.writer.add_float32,
            list: self.writer.add_array,
        }
        adders.get(type(value), self.writer.add_uint32)(key, value)

    def close(self):
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


def write_metadata(file):
    model = file.model
    norm_key = "layer_norm_epsilon" if model.architecture == "bert" else "layer_norm_rms_epsilon"
    shape = {
        "context_length": model.context_length,
        "embedding_length": model.hidden,
        "block_count": model.layers,
        "feed_forward_length": model.feed_forward,
        "attention.head_count": model.heads,
        "attention.head_count_kv": model.kv_heads,
        f"attention.{norm_key}": 1e-6,
    }
    if model.architecture == "bert":
        shape["attention.causal"] = False
    else:
        shape |= {
            "attention.key_length": model.head_size,
            "attention.value_length": model.head_size,
            "rope.freq_base": model.rope_base,
        }
    if model.architecture == "llama":
        shape["rope.dimension_count"] = model.head_size
    file.metadata("general.name", f"tiny random {model.name}")
    for key, value in (shape | model.extra).items():
        file.metadata(f"{model.architecture}.{key}", value)
    for key, value in model.vocabulary.items():
        file.metadata(f"tokenizer.ggml.{key}", value)


def write_decoder(file):
    """llama, qwen2, qwen3 and gemma3 share the tensor names; each adds its own."""
    model = file.model
    with_qk_norm = model.architecture in ("qwen3", "gemma3")
    query, key_value = model.heads * model.head_size, model.kv_heads * model.head_size

    embedding_deviation = LOGIT_DEVIATION / np.sqrt(model.hidden)
    file.matrix("token_embd", tiny_vocabularies.SIZE, model.hidden, embedding_deviation)
    for layer in range(model.layers):
        block = f"blk.{layer}"
        file.norm(f"{block}.attn_norm", model.hidden)
        for name, rows in (("attn_q", query), ("attn_k", key_value), ("attn_v", key_value)):
            file.matrix(f"{block}.{name}", rows, model.hidden)
            if model.architecture == "qwen2":
                file.vector(f"{block}.{name}.bias", rows, 0.0, 0.5)
        if with_qk_norm:
            file.norm(f"{block}.attn_q_norm", model.head_size)
            file.norm(f"{block}.attn_k_norm", model.head_size)
        file.matrix(f"{block}.attn_output", model.hidden, query)
        file.norm(f"{block}.ffn_norm", model.hidden)
        file.matrix(f"{block}.ffn_gate", model.feed_forward, model.hidden)
        file.matrix(f"{block}.ffn_up", model.feed_forward, model.hidden)
        file.matrix(f"{block}.ffn_down", model.hidden, model.feed_forward)
        if model.architecture == "gemma3":
            # Embeddings are multiplied by sqrt(hidden): smaller branches would drown in them, and the model would only
            # repeat its last token.
            file.norm(f"{block}.post_attention_norm", model.hidden, mean=4.0)
            file.norm(f"{block}.post_ffw_norm", model.hidden, mean=4.0)
    file.norm("output_norm", model.hidden)
    if not model.tied:
        file.matrix("output", tiny_vocabularies.SIZE, model.hidden, embedding_deviation)
    if model.rope_factors:
        file.writer.add_tensor("rope_freqs.weight", llama3_rope_factors(model.head_size, model.rope_base))


def llama3_rope_factors(head_size, base, factor=8.0, low=1.0, high=4.0, original_context=64):
    """Llama 3.1's rule: long wavelengths are divided by `factor`, short ones kept, those between interpolated."""
    wavelengths = 2 * np.pi * base ** (np.arange(0, head_size, 2) / head_size)
    smooth = np.clip((original_context / wavelengths - low) / (high - low), 0.0, 1.0)
    return (1.0 / ((1.0 - smooth) / factor + smooth)).astype(np.float32)


def write_encoder(file):
    """bert."""
    model = file.model
    file.matrix("token_embd", tiny_vocabularies.SIZE, model.hidden, 1.0)
    # Converters keep these two in F32 whatever the rest is; llama.cpp takes nothing else.
    file.matrix("token_types", model.vocabulary["token_type_count"], model.hidden, 0.5, Type.F32)
    file.matrix("position_embd", model.context_length, model.hidden, 0.5, Type.F32)
    file.norm("token_embd_norm", model.hidden, with_bias=True)
    for layer in range(model.layers):
        block = f"blk.{layer}"
        shapes = {
            "attn_q": (model.hidden, model.hidden),
            "attn_k": (model.hidden, model.hidden),
            "attn_v": (model.hidden, model.hidden),
            "attn_output": (model.hidden, model.hidden),
            "ffn_up": (model.feed_forward, model.hidden),
            "ffn_down": (model.hidden, model.feed_forward),
        }
        for name, (rows, row_length) in shapes.items():
            file.matrix(f"{block}.{name}", rows, row_length)
            file.vector(f"{block}.{name}.bias", rows, 0.0, 0.2)
        file.norm(f"{block}.attn_output_norm", model.hidden, with_bias=True)
        file.norm(f"{block}.layer_output_norm", model.hidden, with_bias=True)


def write_model(model, path):
    file = ModelFile(model, path)
    write_metadata(file)
    (write_encoder if model.architecture == "bert" else write_decoder)(file)
    file.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--weights", choices=[t.name for t in Type], help="only the F16 models, in this type instead")
    parser.add_argument("names", nargs="*", help="only these models")
    arguments = parser.parse_args()

    for model in MODELS:
        if arguments.names and model.name not in arguments.names:
            continue
        if arguments.weights:
            if model.weights != Type.F16:
                continue
            model = TinyModel(**{**vars(model), "weights": Type[arguments.weights]})
        path = arguments.output / f"{model.name}.gguf"
        write_model(model, path)
        print(f"{path.name:28} {path.stat().st_size:8} bytes")


if __name__ == "__main__":
    main()
