"""Random weights in any GGUF number format.

Formats that the gguf package can write are quantized from a normal distribution. For the others (K-quants, IQ4) every
bit of the codes and sub-scales is drawn at random, so that all code values occur, and the block's fp16 scale is set so
that the dequantized weights have the wanted standard deviation.
"""

import gguf
import numpy as np

Type = gguf.GGMLQuantizationType

# Where the fp16 scale stands in a block, and the mean code (which the minimum's scale must cancel; None: no minimum).
# d, dmin: byte offsets; K-quant layouts as in ggml-common.h.
SCALE_FIELDS = {
    Type.Q2_K: {"d": 80, "dmin": 82, "mean_code": 1.5},
    Type.Q3_K: {"d": 108, "dmin": None},
    Type.Q4_K: {"d": 0, "dmin": 2, "mean_code": 7.5},
    Type.Q5_K: {"d": 0, "dmin": 2, "mean_code": 15.5},
    Type.Q6_K: {"d": 208, "dmin": None},
    Type.IQ4_NL: {"d": 0, "dmin": None},
    Type.IQ4_XS: {"d": 0, "dmin": None},
}


def random_weights(rng, shape, deviation, weight_type):
    """Returns what GGUFWriter.add_tensor takes as data for `weight_type`: float32, or bytes [..., row_bytes].

    shape: [rows, row_length], numpy order. deviation: standard deviation of the dequantized weights.
    """
    if weight_type in SCALE_FIELDS:
        return random_blocks(rng, shape, deviation, weight_type)
    values = rng.normal(0.0, deviation, shape).astype(np.float32)
    if weight_type == Type.F32:
        return values
    if weight_type == Type.F16:
        return values.astype(np.float16)
    return gguf.quantize(values, weight_type)


def random_blocks(rng, shape, deviation, weight_type):
    block_elements, block_bytes = gguf.GGML_QUANT_SIZES[weight_type]
    rows, row_length = shape
    assert row_length % block_elements == 0, f"a row of {row_length} is no multiple of {block_elements}"
    blocks = rng.integers(0, 256, (rows * row_length // block_elements, block_bytes), dtype=np.uint8)

    set_scales(blocks, weight_type, np.ones(len(blocks)))
    unit_deviation = gguf.dequantize(blocks, weight_type).std()
    spread = rng.uniform(0.5, 1.5, len(blocks))  # blocks of a real file differ in scale
    set_scales(blocks, weight_type, spread * deviation / unit_deviation)
    return blocks.reshape(rows, -1)


def set_scales(blocks, weight_type, scales):
    fields = SCALE_FIELDS[weight_type]
    write_halves(blocks, fields["d"], scales)
    if fields["dmin"] is not None:
        write_halves(blocks, fields["dmin"], scales * fields["mean_code"])


def write_halves(blocks, offset, values):
    blocks[:, offset : offset + 2] = values.astype("<f2").reshape(-1, 1).view(np.uint8)
