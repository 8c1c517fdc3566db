#!/usr/bin/env python3
"""The quick check of the real models, called by ctest: favilla against the reference on SmolLM2 and Gemma.

    check_real_models.py --favilla BINARY --models FOLDER [--float-positions 128]

Both arithmetics' distance to the reference and the perplexity of text.txt; llama.cpp's own distance and the reference
perplexity come from real_models.json. The float path is scalar and slow, so fewer of its positions are compared here
than in scripts/quality/compare_logits.py, which also runs llama.cpp anew. Exit code 1 when a bar is missed. Needs:
numpy, gguf.
"""

import argparse
import pathlib
import sys

import favilla_runner
import real_models
from reference import load_model


class Bars:
    """Prints each figure beside its bar and remembers whether one was missed."""

    def __init__(self):
        self.missed = 0

    def check(self, what, value, bar):
        passed = value <= bar
        self.missed += not passed
        print(f"{'ok  ' if passed else 'MISS'} {what}: {value:.3g}, bar {bar:.3g}", flush=True)


def check_model(binary, path, record, float_positions, bars):
    ids = record["ids"]
    model = load_model(path)
    near = real_models.favilla_distance(binary, path, model, ids[:float_positions], "reference")
    bars.check(f"{path.name} float path, mean KL", near.mean_kl, real_models.FLOAT_PATH_MEAN_KL)
    near = real_models.favilla_distance(binary, path, model, ids[: real_models.POSITIONS], "fast")
    bars.check(f"{path.name} fast path, mean KL (bar: llama.cpp's own)", near.mean_kl, record["llama_cpp"]["mean_kl"])
    expected = record["perplexity"]
    measured = favilla_runner.perplexity(binary, path, real_models.TEXT, expected["context"])
    bars.check(
        f"{path.name} perplexity {measured:.4f}, deviation from the reference's {expected['reference']:.4f}",
        abs(measured / expected["reference"] - 1.0),
        real_models.PERPLEXITY_DEVIATION,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--favilla", type=pathlib.Path, required=True)
    parser.add_argument(
        "--models", type=pathlib.Path, required=True, help=f"folder with {' and '.join(real_models.NAMES)}"
    )
    parser.add_argument("--float-positions", type=int, default=128)
    arguments = parser.parse_args()

    bars = Bars()
    for record in real_models.recorded_models():
        path = arguments.models / record["file"]
        if not path.exists():
            sys.exit(f"{path} is missing: ./check fetches it into the folder that FAVILLA_TEST_MODELS names")
        check_model(arguments.favilla, path, record, arguments.float_positions, bars)
    sys.exit(1 if bars.missed else 0)


if __name__ == "__main__":
    main()
