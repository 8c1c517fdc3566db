#!/usr/bin/env python3
"""Checks reference.py against llama.cpp, an implementation that shares nothing with it.

    verify_reference.py [--models FOLDER]        tiny models; with --models the two real ones as well

Three comparisons: the committed tiny models; the architecture models again with F32 weights, where llama.cpp has no
reason to differ; the real models over 512 tokens. Prints a Markdown table; figures of the last run stand in README.md.
Needs: numpy, gguf, llama-cpp-python (see llama_peer.py).
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from goldens import golden_ids
from llama_peer import LlamaPeer
from metrics import distance
from real_models import NAMES, PART_ROWS, POSITIONS, TEXT
from reference import EmbeddingModel, load_model

TINY_MODELS = pathlib.Path(__file__).parent.parent / "models"
F32_CACHE = 0


def compare_embeddings(path, model):
    with LlamaPeer(path, threads=2, context_tokens=128, batch_tokens=128, embeddings=True, repack=False) as peer:
        cosines = [float(np.dot(model.embedding(ids), peer.embedding(ids))) for ids in golden_ids(path.stem)]
    print(f"| {path.stem} | 1 - cosine {max(1 - cosine for cosine in cosines):.1e} | | |")


def compare_logits(path, model, ids):
    """llama.cpp without its repacked kernels and with an F32 cache: as near to float arithmetic as it goes."""
    with LlamaPeer(
        path,
        threads=2,
        context_tokens=512,
        batch_tokens=PART_ROWS,
        cache_type=F32_CACHE,
        flash_attention="off",
        repack=False,
    ) as peer:
        result = distance(model.logits_by_rows(ids, PART_ROWS), peer.logits_by_batch(ids))
    print(f"| {path.stem} | {result.mean_kl:.1e} | {result.max_kl:.1e} | {result.argmax_agreement:.3f} |", flush=True)


def compare_folder(folder):
    for path in sorted(folder.glob("*.gguf")):
        model = load_model(path)
        if isinstance(model, EmbeddingModel):
            compare_embeddings(path, model)
        else:
            compare_logits(path, model, golden_ids(path.stem)[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=pathlib.Path, help="folder with the real models")
    arguments = parser.parse_args()

    print("| committed tiny model | mean KL | max KL | same argmax |\n|---|---|---|---|")
    compare_folder(TINY_MODELS)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, TINY_MODELS / "make_tiny_models.py", "--weights", "F32", "--output", folder],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        print("\n| the same with F32 weights | mean KL | max KL | same argmax |\n|---|---|---|---|")
        compare_folder(pathlib.Path(folder))
    if arguments.models:
        print("\n| real model, 512 tokens | mean KL | max KL | same argmax |\n|---|---|---|---|")
        for name in NAMES:
            path = arguments.models / name
            with LlamaPeer(path, threads=2) as peer:
                ids = peer.tokenize(TEXT.read_text())[:POSITIONS]
            compare_logits(path, load_model(path), ids)


if __name__ == "__main__":
    main()
