"""The two real models of the golden tests: names, sizes of the comparisons, and how favilla is compared.

real_models.json, written by measure_real_models.py, holds what does not change: token ids, llama.cpp's distance to the
reference, perplexities. Needs: numpy, gguf.
"""

import json
import pathlib

import favilla_runner
from metrics import distance, perplexity

HERE = pathlib.Path(__file__).parent
TEXT = HERE / "text.txt"
RECORD = HERE / "real_models.json"
NAMES = ("SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-Q4_K_M.gguf")
POSITIONS = 512  # of the comparison of distributions
CONTEXT = 512  # tokens of a chunk of the perplexity
PART_ROWS = 128  # logits in memory at a time

# The bars. Nats; the fast path's is llama.cpp's own distance.
FLOAT_PATH_MEAN_KL = 1e-6
PERPLEXITY_DEVIATION = 0.005


def recorded_models():
    """The records of real_models.json, in the order of NAMES."""
    return json.loads(RECORD.read_text())["models"]


def favilla_distance(binary, path, model, ids, arithmetic):
    """How far favilla's distributions are from the reference's. model: the loaded reference of the file at `path`."""
    with favilla_runner.log_probabilities(binary, path, ids, arithmetic) as rows:
        return distance(model.logits_by_rows(ids, PART_ROWS), favilla_runner.parts(rows, PART_ROWS))


def reference_perplexity(model, ids, bos, context):
    return perplexity(lambda chunk, first: model.logits_by_rows(chunk, PART_ROWS, first), ids, context, bos)
