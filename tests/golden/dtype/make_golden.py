#!/usr/bin/env python3
"""Writes blocks.bin: random quantized blocks and the floats that the `gguf` package (pip, 0.19.0) makes of them.

A record is: type id u32, bytes u32, weights u32 (little-endian), the block bytes, the weights as f32.
Usage: make_golden.py   (needs gguf and numpy; the result is the same on every machine)
"""
import struct
import warnings
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize

TYPES = [Type.F32, Type.F16, Type.BF16, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q2_K, Type.Q3_K,
         Type.Q4_K, Type.Q5_K, Type.Q6_K, Type.IQ4_NL, Type.IQ4_XS, Type.MXFP4]
WEIGHTS = 512  # of each type: two large or sixteen small blocks


def random_blocks(random, tensor_type):
    weights, size = GGML_QUANT_SIZES[tensor_type]
    blocks = random.integers(0, 256, (WEIGHTS // weights, size), dtype=np.uint8)
    if tensor_type == Type.MXFP4:  # the exponents at which the scale stops being a normal float
        blocks[:6, 0] = [0, 1, 2, 127, 254, 255]
    return blocks.reshape(-1)


def main():
    warnings.simplefilter("ignore", RuntimeWarning)  # random halves may be infinite or NaN: part of the test
    random = np.random.default_rng(20260101)
    with open(Path(__file__).with_name("blocks.bin"), "wb") as out:
        for tensor_type in TYPES:
            blocks = random_blocks(random, tensor_type)
            weights = dequantize(blocks, tensor_type).astype("<f4").reshape(-1)
            assert weights.size == WEIGHTS
            out.write(struct.pack("<3I", tensor_type, blocks.size, weights.size))
            out.write(blocks.tobytes() + weights.tobytes())


main()
