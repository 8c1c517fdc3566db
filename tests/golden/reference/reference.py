#!/usr/bin/env python3
"""The reference: a plain numpy forward pass of every architecture that favilla reads, over dequantized weights.

    reference.py MODEL.gguf --tokens IDS.json [--output FILE.f32] [--float64] [--adapter LORA.gguf]

IDS.json is an array of token ids. Prints one line per position; --output writes little-endian float32:
log-probabilities [positions, vocabulary] for a language model, the normalised pooled vector [hidden] for bert.

Written from the published descriptions of the models (Llama, Qwen2, Qwen3, Gemma 3, BERT) to be read beside them: no
cache, no batches, every position computed at once. The gguf package dequantizes; nothing is quantized again.
Shape legend: T tokens, D hidden width, H query heads, K key-value heads, S head size, V vocabulary.
Needs: numpy, gguf.
"""

import argparse
import json
import math
import pathlib

import gguf
import numpy as np


class GgufWeights:
    """Metadata and dequantized tensors of one file."""

    def __init__(self, path, dtype=np.float32, adapter=None):
        """adapter: a LoRA file whose changes are added to the weights (W + alpha / rank * B A)."""
        self.reader = gguf.GGUFReader(path)
        self.adapter = None if adapter is None else GgufWeights(adapter, dtype)
        self.dtype = dtype
        self.tensors = {tensor.name: tensor for tensor in self.reader.tensors}
        self.architecture = self.metadata("general.architecture")

    def metadata(self, key, default=None):
        field = self.reader.get_field(key)
        return default if field is None else field.contents()

    def setting(self, key, default=None):
        """Metadata of the architecture. Required when there is no default."""
        value = self.metadata(f"{self.architecture}.{key}", default)
        if value is None:
            raise ValueError(f"{self.architecture}.{key} is missing")
        return value

    def tensor(self, name):
        """[rows, row_length] or [length]; None when the file has no such tensor."""
        tensor = self.tensors.get(name)
        if tensor is None:
            return None
        values = gguf.dequantize(tensor.data, tensor.tensor_type).astype(self.dtype, copy=False)
        down = None if self.adapter is None else self.adapter.tensor(f"{name}.lora_a")
        if down is None:
            return values
        alpha = self.adapter.metadata("adapter.lora.alpha", 0.0)
        scale = alpha / len(down) if alpha else 1.0
        return values + self.dtype(scale) * (self.adapter.tensor(f"{name}.lora_b") @ down)


class Linear:
    """y = x W^T + b, with W [out, in] as in the file and b optional."""

    def __init__(self, weights, name):
        self.weight = weights.tensor(f"{name}.weight")
        self.bias = weights.tensor(f"{name}.bias")

    def __call__(self, x):
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias


class RmsNorm:
    def __init__(self, weights, name, epsilon):
        self.weight = weights.tensor(f"{name}.weight")
        self.epsilon = epsilon

    def __call__(self, x):
        return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + self.epsilon) * self.weight


class LayerNorm:
    def __init__(self, weights, name, epsilon):
        self.weight = weights.tensor(f"{name}.weight")
        self.bias = weights.tensor(f"{name}.bias")
        self.epsilon = epsilon

    def __call__(self, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.mean(centred * centred, axis=-1, keepdims=True)
        return centred / np.sqrt(variance + self.epsilon) * self.weight + self.bias


def softmax(x):
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def silu(x):
    return x / (1.0 + np.exp(-x))


def gelu_tanh(x):
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)))


erf = np.frompyfunc(math.erf, 1, 1)


def gelu_erf(x):
    return 0.5 * x * (1.0 + erf(x / math.sqrt(2.0)).astype(x.dtype))


class Rope:
    """Rotary positions.

    pairs: "adjacent" rotates (x[0], x[1]), (x[2], x[3]), ...; "halves" rotates (x[0], x[S/2]), (x[1], x[S/2 + 1]), ...
    """

    def __init__(self, head_size, base, pairs, factors=None):
        self.frequencies = base ** (-np.arange(0, head_size, 2) / head_size)  # [S/2], float64
        if factors is not None:
            self.frequencies = self.frequencies / factors
        self.pairs = pairs

    def __call__(self, x):
        """x: [T, heads, S], position t at row t."""
        angles = np.arange(len(x))[:, None] * self.frequencies  # [T, S/2]
        cosine = np.cos(angles).astype(x.dtype)[:, None, :]
        sine = np.sin(angles).astype(x.dtype)[:, None, :]
        half = x.shape[-1] // 2
        first, second = (
            (slice(0, None, 2), slice(1, None, 2)) if self.pairs == "adjacent" else (slice(0, half), slice(half, None))
        )
        rotated = np.empty_like(x)
        rotated[..., first] = x[..., first] * cosine - x[..., second] * sine
        rotated[..., second] = x[..., first] * sine + x[..., second] * cosine
        return rotated


def causal_mask(length, window=None):
    """[T, T] booleans: may row t look at column s? A window holds the position itself and the window - 1 before it."""
    distance = np.arange(length)[:, None] - np.arange(length)[None, :]
    visible = distance >= 0
    return visible if window is None else visible & (distance < window)


def attention(query, key, value, mask, scale):
    """query: [T, H, S], key and value: [T, K, S], mask: [T, T] -> [T, H * S].

    Query head h reads key-value head h * K // H.
    """
    length, heads, _ = query.shape
    group = heads // key.shape[1]
    outputs = []
    for head in range(heads):
        scores = query[:, head] @ key[:, head // group].T * scale
        scores = np.where(mask, scores, -np.inf)
        outputs.append(softmax(scores) @ value[:, head // group])
    return np.stack(outputs, axis=1).reshape(length, -1)


class DecoderLayer:
    """One block of llama, qwen2, qwen3 or gemma3; what a file lacks (biases, q/k norms, post norms) is left out."""

    def __init__(self, weights, index, shape, rope, window):
        prefix = f"blk.{index}"
        epsilon = weights.setting("attention.layer_norm_rms_epsilon")

        def norm(name):
            return (
                RmsNorm(weights, f"{prefix}.{name}", epsilon) if f"{prefix}.{name}.weight" in weights.tensors else None
            )

        self.attention_norm, self.feed_forward_norm = norm("attn_norm"), norm("ffn_norm")
        self.query_norm, self.key_norm = norm("attn_q_norm"), norm("attn_k_norm")
        self.post_attention_norm, self.post_feed_forward_norm = norm("post_attention_norm"), norm("post_ffw_norm")
        self.query, self.key, self.value, self.output, self.gate, self.up, self.down = (
            Linear(weights, f"{prefix}.{name}")
            for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
        )
        self.activation = gelu_tanh if weights.architecture == "gemma3" else silu
        self.heads, self.kv_heads, self.head_size = shape
        self.rope, self.window = rope, window

    def attend(self, x):
        length = len(x)
        query = self.query(x).reshape(length, self.heads, self.head_size)
        key = self.key(x).reshape(length, self.kv_heads, self.head_size)
        value = self.value(x).reshape(length, self.kv_heads, self.head_size)
        if self.query_norm:
            query, key = self.query_norm(query), self.key_norm(key)
        mask = causal_mask(length, self.window)
        scale = 1.0 / math.sqrt(self.head_size)
        return self.output(attention(self.rope(query), self.rope(key), value, mask, scale))

    def feed_forward(self, x):
        return self.down(self.activation(self.gate(x)) * self.up(x))

    def __call__(self, x):
        branch = self.attend(self.attention_norm(x))
        x = x + (self.post_attention_norm(branch) if self.post_attention_norm else branch)
        branch = self.feed_forward(self.feed_forward_norm(x))
        return x + (self.post_feed_forward_norm(branch) if self.post_feed_forward_norm else branch)


class LanguageModel:
    """llama, qwen2, qwen3, gemma3."""

    GEMMA3_LOCAL_ROPE_BASE = 10000.0
    GEMMA3_PATTERN = 6  # every sixth layer sees everything, the others only the window

    def __init__(self, weights):
        if weights.setting("rope.scaling.type", "none") != "none":
            raise ValueError("rope scaling by metadata is not written here")
        architecture = weights.architecture
        hidden, heads = weights.setting("embedding_length"), weights.setting("attention.head_count")
        kv_heads = weights.setting("attention.head_count_kv", heads)
        head_size = weights.setting("attention.key_length", hidden // heads)
        base = weights.setting("rope.freq_base", 10000.0)
        pairs = "adjacent" if architecture == "llama" else "halves"
        global_rope = Rope(head_size, base, pairs, weights.tensor("rope_freqs.weight"))
        local_rope = Rope(head_size, weights.setting("rope.freq_base_swa", self.GEMMA3_LOCAL_ROPE_BASE), pairs)
        window = weights.setting("attention.sliding_window", 0) if architecture == "gemma3" else 0

        def layer(index):
            is_local = window and (index + 1) % self.GEMMA3_PATTERN != 0
            rope = local_rope if is_local else global_rope
            return DecoderLayer(weights, index, (heads, kv_heads, head_size), rope, window if is_local else None)

        self.embedding = weights.tensor("token_embd.weight")  # [V, D]
        self.embedding_scale = weights.dtype(math.sqrt(hidden) if architecture == "gemma3" else 1.0)
        self.layers = [layer(index) for index in range(weights.setting("block_count"))]
        self.output_norm = RmsNorm(weights, "output_norm", weights.setting("attention.layer_norm_rms_epsilon"))
        untied = weights.tensor("output.weight")
        self.head = self.embedding if untied is None else untied
        self.soft_cap = weights.setting("final_logit_softcapping", 0.0)
        self.vocabulary_size = len(self.head)

    def hidden_states(self, ids):
        """[T, D] after the last norm."""
        x = self.embedding[np.asarray(ids)] * self.embedding_scale
        for layer in self.layers:
            x = layer(x)
        return self.output_norm(x)

    def logits_by_rows(self, ids, rows=128, first=0):
        """Yields the logits of `rows` positions at a time, from position `first` on.

        In parts because the whole [T, V] of a large vocabulary is gigabytes.
        """
        hidden = self.hidden_states(ids)[first:]
        for start in range(0, len(hidden), rows):
            logits = hidden[start : start + rows] @ self.head.T
            yield self.soft_cap * np.tanh(logits / self.soft_cap) if self.soft_cap else logits

    def logits(self, ids):
        """[T, V]; row t is the distribution of the token after ids[t]."""
        return np.concatenate(list(self.logits_by_rows(ids)))


class EncoderLayer:
    """One post-norm block of bert."""

    def __init__(self, weights, index):
        prefix = f"blk.{index}"
        epsilon = weights.setting("attention.layer_norm_epsilon")
        self.heads = weights.setting("attention.head_count")
        self.query, self.key, self.value, self.output, self.up, self.down = (
            Linear(weights, f"{prefix}.{name}")
            for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down")
        )
        self.attention_norm = LayerNorm(weights, f"{prefix}.attn_output_norm", epsilon)
        self.output_norm = LayerNorm(weights, f"{prefix}.layer_output_norm", epsilon)

    def __call__(self, x):
        length, hidden = x.shape
        query, key, value = (layer(x).reshape(length, self.heads, -1) for layer in (self.query, self.key, self.value))
        everything = np.ones((length, length), dtype=bool)
        scale = 1.0 / math.sqrt(hidden // self.heads)
        x = self.attention_norm(x + self.output(attention(query, key, value, everything, scale)))
        return self.output_norm(x + self.down(gelu_erf(self.up(x))))


class EmbeddingModel:
    """bert: one normalised vector per text."""

    MEAN, CLS = 1, 2  # values of bert.pooling_type

    def __init__(self, weights):
        self.tokens = weights.tensor("token_embd.weight")
        self.positions = weights.tensor("position_embd.weight")
        self.first_segment = weights.tensor("token_types.weight")[0]
        self.input_norm = LayerNorm(weights, "token_embd_norm", weights.setting("attention.layer_norm_epsilon"))
        self.layers = [EncoderLayer(weights, index) for index in range(weights.setting("block_count"))]
        self.pooling = weights.setting("pooling_type")
        if self.pooling not in (self.MEAN, self.CLS):
            raise ValueError(f"pooling type {self.pooling} is neither mean nor cls")

    def embedding(self, ids):
        """[D], of length 1. ids hold [CLS] and [SEP] already."""
        x = self.input_norm(self.tokens[np.asarray(ids)] + self.positions[: len(ids)] + self.first_segment)
        for layer in self.layers:
            x = layer(x)
        pooled = x[0] if self.pooling == self.CLS else x.mean(axis=0)
        return pooled / np.linalg.norm(pooled)


def load_model(path, dtype=np.float32, adapter=None):
    """A LanguageModel or an EmbeddingModel. dtype: np.float32 or np.float64, of all arithmetic.

    adapter: a LoRA file to merge into the weights.
    """
    weights = GgufWeights(path, dtype, adapter)
    if weights.architecture == "bert":
        return EmbeddingModel(weights)
    if weights.architecture in ("llama", "qwen2", "qwen3", "gemma3"):
        return LanguageModel(weights)
    raise ValueError(f"{path}: architecture {weights.architecture} is not one of ours")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--tokens", type=pathlib.Path, required=True, help="a JSON array of token ids")
    parser.add_argument("--output", type=pathlib.Path, help="write float32 here")
    parser.add_argument("--float64", action="store_true")
    parser.add_argument("--adapter", type=pathlib.Path, help="a LoRA file to merge into the weights")
    arguments = parser.parse_args()

    model = load_model(arguments.model, np.float64 if arguments.float64 else np.float32, arguments.adapter)
    ids = json.loads(arguments.tokens.read_text())
    if isinstance(model, EmbeddingModel):
        result = model.embedding(ids)
        print(" ".join(f"{value:.6f}" for value in result))
    else:
        result = np.concatenate([np.log(softmax(rows.astype(np.float64))) for rows in model.logits_by_rows(ids)])
        for position, row in enumerate(result):
            print(f"{position:5} token {ids[position]:6} then most likely {row.argmax():6} with {row.max():.6f}")
    if arguments.output:
        arguments.output.write_bytes(result.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
