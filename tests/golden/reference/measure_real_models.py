#!/usr/bin/env python3
"""Measures llama.cpp and the reference on the two real models and writes real_models.json.

    measure_real_models.py --models FOLDER

The file holds the token ids of text.txt, llama.cpp's distance to the reference and both perplexities, so that the quick
check (check_real_models.py) needs no llama.cpp. Takes some minutes. Needs: numpy, gguf, llama-cpp-python (see
llama_peer.py).
"""

import argparse
import dataclasses
import json
import pathlib

from llama_peer import LlamaPeer, system_info
from metrics import distance, perplexity
from real_models import CONTEXT, NAMES, PART_ROWS, POSITIONS, RECORD, TEXT, reference_perplexity
from reference import load_model


def peer_distance(reference_parts, path, ids):
    """llama.cpp as its user gets it: repacked weights, flash attention by its own choice, f16 cache."""
    with LlamaPeer(path, threads=2, context_tokens=len(ids), batch_tokens=PART_ROWS) as peer:
        return distance(reference_parts, peer.logits_by_batch(ids))


def peer_perplexity(path, ids, bos, context):
    with LlamaPeer(path, threads=2, context_tokens=context, batch_tokens=context) as peer:
        return perplexity(lambda chunk, first: [peer.logits(chunk)[first:]], ids, context, bos)


def measure(path):
    with LlamaPeer(path, threads=2) as peer:
        ids, bos = peer.tokenize(TEXT.read_text()), peer.bos()
    model = load_model(path)
    near = peer_distance(model.logits_by_rows(ids[:POSITIONS], PART_ROWS), path, ids[:POSITIONS])
    return {
        "file": path.name,
        "llama_cpp": dataclasses.asdict(near),
        "perplexity": {
            "context": CONTEXT,
            "reference": reference_perplexity(model, ids, bos, CONTEXT),
            "llama_cpp": peer_perplexity(path, ids, bos, CONTEXT),
        },
        "bos": bos,
        "ids": ids,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder with the two files")
    arguments = parser.parse_args()

    record = {
        "command": "tests/golden/reference/measure_real_models.py --models FOLDER",
        "llama_cpp_system_info": system_info(),
        "models": [],
    }
    for name in NAMES:
        model = measure(arguments.models / name)
        print(name, len(model["ids"]), "tokens", model["llama_cpp"], model["perplexity"], flush=True)
        record["models"].append(model)
    RECORD.write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
