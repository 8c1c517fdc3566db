#!/usr/bin/env python3
"""How far favilla's next-token distributions are from the reference's, and how far llama.cpp's are.

    compare_logits.py --favilla BINARY --models FOLDER [--positions 512] [--json FILE]

Both real models, the first 512 tokens of text.txt, KL(reference || other) in nats. Prints a Markdown table. Exit code 1
when a bar is missed: float path mean KL <= 1e-6, fast path mean KL <= llama.cpp's own. Needs: bench/requirements.txt.
"""

import argparse
import dataclasses
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/golden/reference"))
import real_models  # noqa: E402
from measure_real_models import peer_distance  # noqa: E402
from reference import load_model  # noqa: E402


def compare(binary, path, ids):
    """Distances to the reference: {"float": ..., "fast": ..., "llama.cpp": ...}."""
    model = load_model(path)
    return {
        "float": real_models.favilla_distance(binary, path, model, ids, "reference"),
        "fast": real_models.favilla_distance(binary, path, model, ids, "fast"),
        "llama.cpp": peer_distance(model.logits_by_rows(ids, real_models.PART_ROWS), path, ids),
    }


def missed_bars(name, distances):
    if distances["float"].mean_kl > real_models.FLOAT_PATH_MEAN_KL:
        yield f"{name}: float path above {real_models.FLOAT_PATH_MEAN_KL}"
    if distances["fast"].mean_kl > distances["llama.cpp"].mean_kl:
        yield f"{name}: fast path farther from the reference than llama.cpp"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--favilla", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--positions", type=int, default=real_models.POSITIONS)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()

    results, misses = [], []
    print("| model | path | mean KL | max KL | same argmax |\n|---|---|---|---|---|")
    for record in real_models.recorded_models():
        distances = compare(arguments.favilla, arguments.models / record["file"], record["ids"][: arguments.positions])
        for path, near in distances.items():
            print(
                f"| {record['file']} | {path} | {near.mean_kl:.2e} | {near.max_kl:.2e} | {near.argmax_agreement:.4f} |",
                flush=True,
            )
            results.append({"model": record["file"], "path": path, **dataclasses.asdict(near)})
        misses += missed_bars(record["file"], distances)
    if arguments.json:
        arguments.json.write_text(json.dumps({"results": results, "missed": misses}, indent=1))
    sys.exit("\n".join(misses) or 0)


if __name__ == "__main__":
    main()
