"""The models that are compared, and how many times faster than llama.cpp favilla has to be on each."""

import os
import pathlib
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
REAL_MODELS = {
    "smollm2": "SmolLM2-135M-Instruct.Q4_1.gguf",
    "gemma3": "gemma-3-270m-Q4_K_M.gguf",
}
SHAPES = {
    "qwen3-0.6b": "Qwen3-0.6B-shape.Q4_K_M",
    "llama-1b": "Llama-3.2-1B-shape.Q4_K_M",
    "qwen3-4b": "Qwen3-4B-shape.Q4_K_M",
    "qwen3-0.6b-q8_0": "Qwen3-0.6B-shape.Q8_0",
    "llama-1b-q8_0": "Llama-3.2-1B-shape.Q8_0",
    "qwen3-4b-q8_0": "Qwen3-4B-shape.Q8_0",
}
DEFAULT_MODELS = ["smollm2", "gemma3", "qwen3-0.6b", "llama-1b", "qwen3-4b"]


@dataclass(frozen=True)
class Bars:
    """Least ratio favilla : llama.cpp."""

    file_start: str
    prefill: float  # prompts shorter than 128 tokens
    long_prefill: float
    decode: float
    deep_decode: float  # 512 and more tokens in the cache
    vnni_prefill: float | None = None  # for all prompts, where favilla's kernels use VNNI
    vnni_long_prefill: float | None = None
    bandwidth_percent: float | None = None  # a decode that reads weights at this part of the limit passes too


BARS = [
    Bars("SmolLM2-135M", prefill=4, long_prefill=4, decode=2.2, deep_decode=2.8, vnni_long_prefill=5),
    Bars("gemma-3-270m", prefill=2, long_prefill=2.5, decode=1.4, deep_decode=1.5),
    *[
        Bars(start, 1.5, 1.5, 1.15, 1.15, vnni_prefill=1.8, bandwidth_percent=85)
        for start in ("Qwen3-0.6B", "Llama-3.2-1B", "Qwen3-4B")
    ],
]


def find_bars(model):
    return next((bars for bars in BARS if model.name.startswith(bars.file_start)), None)


def bar_of(bars, test, favilla_isa):
    """The bar of one measurement: ppN, tgN or tgN@D."""
    vnni = "vnni" in favilla_isa
    if test.startswith("pp"):
        short = vnni and bars.vnni_prefill or bars.prefill
        long = vnni and (bars.vnni_long_prefill or bars.vnni_prefill) or bars.long_prefill
        return long if int(test[2:]) >= 128 else short
    _, _, depth = test.partition("@")
    return bars.deep_decode if depth and int(depth) >= 512 else bars.decode


def find_model(name, favilla, python):
    """Path of a model by a name of the tables above, fetched or made when it is missing; anything else is a path."""
    if name in REAL_MODELS:
        folder = pathlib.Path(os.environ.get("FAVILLA_TEST_MODELS", ROOT / "build/models"))
        if not (folder / REAL_MODELS[name]).is_file():
            subprocess.run([ROOT / "scripts/fetch_test_models.sh", favilla, folder], check=True)
        return folder / REAL_MODELS[name]
    if name in SHAPES:
        folder = ROOT / "build/shapes"
        path = folder / f"{SHAPES[name]}.gguf"
        if not path.is_file():
            subprocess.run([python, ROOT / "bench/shapes.py", folder, SHAPES[name]], check=True)
        return path
    path = pathlib.Path(name)
    if not path.is_file():
        raise SystemExit(f"peers.py: no model {name}; known names are {', '.join(REAL_MODELS | SHAPES)}")
    return path
