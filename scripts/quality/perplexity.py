#!/usr/bin/env python3
"""Perplexity by the reference, favilla and llama.cpp, with the same ids and the same chunks.

    perplexity.py --favilla BINARY --models FOLDER [--text FILE] [--context 512] [--json FILE]

Chunks of --context tokens, the second half of each counted, as llama-perplexity does. Prints a Markdown table. Exit
code 1 when favilla is more than 0.5 % away from the reference. Needs: bench/requirements.txt.
"""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/golden/reference"))
import favilla_runner  # noqa: E402
import real_models  # noqa: E402
from llama_peer import LlamaPeer  # noqa: E402
from measure_real_models import peer_perplexity  # noqa: E402
from reference import load_model  # noqa: E402


def measure(binary, path, text, context):
    with LlamaPeer(path, threads=2) as peer:
        ids, bos = peer.tokenize(text.read_text()), peer.bos()
    return {
        "model": path.name,
        "tokens": len(ids),
        "reference": real_models.reference_perplexity(load_model(path), ids, bos, context),
        "favilla": favilla_runner.perplexity(binary, path, text, context),
        "llama_cpp": peer_perplexity(path, ids, bos, context),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--favilla", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--text", type=pathlib.Path, default=real_models.TEXT)
    parser.add_argument("--context", type=int, default=real_models.CONTEXT)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()

    results, misses = [], []
    print("| model | tokens | reference | favilla | llama.cpp |\n|---|---|---|---|---|")
    for name in real_models.NAMES:
        result = measure(arguments.favilla, arguments.models / name, arguments.text, arguments.context)
        deviations = {side: result[side] / result["reference"] - 1.0 for side in ("favilla", "llama_cpp")}
        columns = (f"{result[side]:.4f} ({deviation:+.3%})" for side, deviation in deviations.items())
        print(f"| {name} | {result['tokens']} | {result['reference']:.4f} | {' | '.join(columns)} |", flush=True)
        results.append(result)
        if abs(deviations["favilla"]) > real_models.PERPLEXITY_DEVIATION:
            misses.append(f"{name}: favilla is {deviations['favilla']:+.2%} away from the reference")
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"context": arguments.context, "results": results, "missed": misses}, indent=1)
        )
    sys.exit("\n".join(misses) or 0)


if __name__ == "__main__":
    main()
