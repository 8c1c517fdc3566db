"""The inputs of the golden outputs, and where those stand."""

import pathlib
import zlib

import numpy as np

MODELS = pathlib.Path(__file__).parent.parent / "models"
DECODER_TOKENS = 64  # four times the sliding window of the tiny gemma3
ENCODER_TOKENS = (3, 17, 96)  # one text each, with [CLS] and [SEP]
CLS, SEP = 2, 3  # of the tiny bert vocabulary
FIRST_ORDINARY = 5  # smaller ids are control tokens in some tiny vocabulary
ORDINARY_END = 280  # and these and larger ones in others


def golden_ids(name):
    """The token id lists of one tiny model: one for a language model, several texts for bert."""
    rng = np.random.default_rng(zlib.crc32(f"ids of {name}".encode()))
    if name.startswith("bert"):
        return [
            [CLS, *map(int, rng.integers(FIRST_ORDINARY, ORDINARY_END, count - 2)), SEP] for count in ENCODER_TOKENS
        ]
    return [[int(token) for token in rng.integers(FIRST_ORDINARY, ORDINARY_END, DECODER_TOKENS)]]
