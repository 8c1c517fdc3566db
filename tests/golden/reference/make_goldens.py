#!/usr/bin/env python3
"""Writes NAME.golden.json and NAME.golden.f32 beside every tiny model: token ids and what the reference makes of them.

The reference runs in float64 here, so that the float32 file is right to its last digit. Format: ../models/README.md.
Needs: numpy, gguf.
"""

import json

import numpy as np

from goldens import MODELS, golden_ids
from reference import EmbeddingModel, load_model


def main():
    for path in sorted(MODELS.glob("*.gguf")):
        model = load_model(path, np.float64)
        inputs = golden_ids(path.stem)
        if isinstance(model, EmbeddingModel):
            kind, rows = "embeddings", np.stack([model.embedding(ids) for ids in inputs])
        else:
            kind, rows = "logits", model.logits(inputs[0])
        description = {"kind": kind, "rows": rows.shape[0], "columns": rows.shape[1], "inputs": inputs}
        path.with_suffix(".golden.json").write_text(json.dumps(description) + "\n")
        path.with_suffix(".golden.f32").write_bytes(rows.astype("<f4").tobytes())
        print(f"{path.stem:20} {kind} {rows.shape}")


if __name__ == "__main__":
    main()
