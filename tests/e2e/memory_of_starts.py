"""The memory of a process that answers once: no more than the model's file, 40 MB and the cache of what it has read.

    memory_of_starts.py [MODEL...]        # GGUF files; without any, the real models of FAVILLA_TEST_MODELS

Three starts of each: the first packs the weights, the second maps them, the third reads a long prompt, for which only
the pages of files are limited: scratch for 512 tokens at a time is not in the bar. Printed are the peaks of the whole,
of private memory (RssAnon) and of pages of files (RssFile). Not for builds with sanitizers, whose own memory is many
times that. Environment: FAVILLA, the program.
"""

import json
import os
import pathlib
import random
import string
import subprocess
import sys
import tempfile
import time

FAVILLA = os.environ["FAVILLA"]
REAL_MODELS = ("SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-Q4_K_M.gguf")
MEGABYTE = 1_000_000
ALLOWED_BYTES = 40 * MEGABYTE
SHORT_PROMPT = "What is the capital of France?"
CONTEXT_TOKENS = 4096


def long_prompt():
    """About 3,500 tokens, from everywhere in the vocabulary."""
    chance = random.Random(1)
    words = ("".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 7))) for _ in range(1100))
    return " ".join(words)


def memory_of(pid):
    """Bytes by the names of proc(5), or None when the process is gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines)
    if "VmHWM" not in fields:
        return None
    return {name: int(fields[name].split()[0]) * 1024 for name in ("VmHWM", "RssAnon", "RssFile")}


def run(model, prompt, cache_folder):
    """The largest of each figure that was seen, and the tokens in the cache at the end."""
    command = [FAVILLA, "run", model, "--max-tokens", "2", "--context", str(CONTEXT_TOKENS), "--json", prompt]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "FAVILLA_CACHE_HOME": cache_folder})
    largest = {"VmHWM": 0, "RssAnon": 0, "RssFile": 0}
    while process.poll() is None:
        if now := memory_of(process.pid):
            largest = {name: max(largest[name], now[name]) for name in largest}
        time.sleep(0.001)
    answer = process.stdout.read()
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    usage = json.loads(answer)["usage"]
    return largest, usage["prompt_tokens"] + usage["completion_tokens"]


def kv_bytes_per_token(model):
    """Keys and values of all layers as f16."""
    shown = subprocess.run([FAVILLA, "show", model, "--json"], check=True, capture_output=True, text=True)
    metadata = json.loads(shown.stdout)["metadata"]
    of_architecture = {key.partition(".")[2]: value for key, value in metadata.items()
                       if key.startswith(metadata["general.architecture"] + ".")}
    heads = of_architecture["attention.head_count"]
    head_dim = of_architecture.get("attention.key_length", of_architecture["embedding_length"] // heads)
    kv_heads = of_architecture.get("attention.head_count_kv", heads)
    return 2 * 2 * of_architecture["block_count"] * kv_heads * head_dim


def check(model):
    """Whether all three starts keep the bar."""
    kept = True
    file_bytes = os.path.getsize(model)
    with tempfile.TemporaryDirectory() as cache:
        starts = {"packs": SHORT_PROMPT, "maps": SHORT_PROMPT, "reads a long prompt": long_prompt()}
        for start, prompt in starts.items():
            memory, tokens = run(model, prompt, cache)
            bar = file_bytes + ALLOWED_BYTES
            if prompt == SHORT_PROMPT:
                kept &= memory["VmHWM"] <= bar + tokens * kv_bytes_per_token(model)
            kept &= memory["RssFile"] <= bar
            print(f"{pathlib.Path(model).name}, {bar / MEGABYTE:.0f} MB allowed, {start}: peak"
                  f" {memory['VmHWM'] / MEGABYTE:.0f}, private up to {memory['RssAnon'] / MEGABYTE:.0f},"
                  f" files up to {memory['RssFile'] / MEGABYTE:.0f}; {tokens} tokens")
    return kept


def main():
    models = sys.argv[1:] or [os.path.join(os.environ["FAVILLA_TEST_MODELS"], name) for name in REAL_MODELS]
    if not all([check(model) for model in models]):
        sys.exit("memory_of_starts.py: a start took more than the model's file, 40 MB and its cache")


if __name__ == "__main__":
    main()
