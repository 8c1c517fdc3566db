#!/usr/bin/env python3
"""Times favilla and llama.cpp side by side: same model file, same threads, same run, interleaved A B A B.

    bench/peers.py --favilla build/release/favilla MODEL.gguf... [--threads 2,1] [--rounds 5] [--json FILE]
    bench/peers.py MODEL.gguf                                     # llama.cpp alone

llama.cpp is the package llama-cpp-python, built natively:
    pip install --no-binary llama-cpp-python -r bench/requirements.txt
(on a CPU with AMX, read the note in that file first). Its figures are times of llama_decode alone, prefill in one
batch, flash attention on and off with the better one counted, each after a warm-up. favilla's come from
`favilla bench --json`. What is compared: the medians over all rounds.

Measurements: ppN = prefill of N tokens, tgN = N tokens decoded one by one, tgN@D = the same with D tokens in the cache.
"""

import argparse
import importlib.metadata
import json
import pathlib
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests/golden/reference"))
import llama_peer  # noqa: E402

FLASH_ATTENTION = ("on", "off")


@dataclass(frozen=True)
class Plan:
    prefill: list  # token counts
    decode: int  # tokens
    depths: list  # tokens in the cache before the decode

    def decode_name(self, depth):
        return f"tg{self.decode}@{depth}" if depth else f"tg{self.decode}"

    def names(self):
        return [f"pp{count}" for count in self.prefill] + [self.decode_name(depth) for depth in self.depths]

    def context_tokens(self):
        return max(self.prefill + [depth + self.decode for depth in self.depths])


class LlamaSide:
    """llama.cpp with one attention variant. Token ids are random, as in llama-bench: speed does not depend on them."""

    def __init__(self, model, threads, plan, flash_attention):
        context = -(-plan.context_tokens() // 256) * 256
        self.plan = plan
        self.peer = llama_peer.LlamaPeer(model, threads, context, context, flash_attention)
        self.ids = np.random.default_rng(1).integers(0, self.peer.vocabulary_size, context)
        self.prefill(16)  # warm-up: touches every weight, starts the threads
        self.decode(0, 4)

    def prefill(self, count):
        """Tokens per second of one batch on an empty cache."""
        self.peer.clear()
        self.peer.fill_batch(self.ids[:count], 0, all_logits=False)
        start = time.perf_counter()
        self.peer.decode()
        return count / (time.perf_counter() - start)

    def decode(self, depth, count):
        self.peer.clear()
        if depth:
            self.peer.fill_batch(self.ids[:depth], 0, all_logits=False)
            self.peer.decode()
        spent = 0.0
        for position in range(depth, depth + count):
            self.peer.fill_batch(self.ids[position : position + 1], position, all_logits=True)
            start = time.perf_counter()
            self.peer.decode()
            spent += time.perf_counter() - start
        return count / spent

    def measure(self):
        """One figure per measurement: name -> tokens per second."""
        figures = {f"pp{count}": self.prefill(count) for count in self.plan.prefill}
        figures |= {self.plan.decode_name(depth): self.decode(depth, self.plan.decode) for depth in self.plan.depths}
        return figures


def measure_favilla(binary, model, threads, plan, repeat):
    """Medians of one `favilla bench` process: name -> tokens per second."""
    command = [
        binary,
        "bench",
        str(model),
        "--threads",
        str(threads),
        "--prefill",
        ",".join(map(str, plan.prefill)),
        "--decode",
        str(plan.decode),
        "--depth",
        ",".join(map(str, plan.depths)),
        "--repeat",
        str(repeat),
        "--json",
    ]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {result["name"]: result["tokens_per_s"] for result in json.loads(output)["results"]}


def measure_model(model, threads, plan, arguments):
    """Interleaves the sides. Returns {name: {"favilla": [...], "llama.cpp fa=on": [...], ...}}."""
    llama_sides = {f"llama.cpp fa={setting}": LlamaSide(model, threads, plan, setting) for setting in FLASH_ATTENTION}
    samples = {name: {} for name in plan.names()}

    def record(side, figures):
        for name, value in figures.items():
            samples[name].setdefault(side, []).append(value)

    for _ in range(arguments.rounds):
        if arguments.favilla:
            record("favilla", measure_favilla(arguments.favilla, model, threads, plan, arguments.repeat))
        for side, runner in llama_sides.items():
            record(side, runner.measure())
    for runner in llama_sides.values():
        runner.peer.__exit__()
    return samples


def summarize(model, threads, samples):
    """One row per measurement, llama.cpp with its better attention."""
    rows = []
    for name, sides in samples.items():
        medians = {side: statistics.median(values) for side, values in sides.items()}
        best = max((side for side in medians if side != "favilla"), key=medians.get)
        row = {
            "model": model.name,
            "threads": threads,
            "name": name,
            "llama_cpp": medians[best],
            "llama_cpp_variant": best.split()[1],
            "llama_cpp_fastest": max(sides[best]),
        }
        if "favilla" in medians:
            row |= {"favilla": medians["favilla"], "ratio": medians["favilla"] / medians[best]}
        rows.append(row | {"samples": sides})
    return rows


def print_table(rows):
    print("| model | threads | test | favilla t/s | llama.cpp t/s | its attention | ratio |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        favilla = f"{row['favilla']:.1f}" if "favilla" in row else "-"
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else "-"
        print(
            f"| {row['model']} | {row['threads']} | {row['name']} | {favilla} | {row['llama_cpp']:.1f} "
            f"| {row['llama_cpp_variant']} | {ratio} |"
        )


def describe_machine(favilla):
    cpu = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        cpu[key.strip()] = value.strip()
    wanted = ("avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
    flags = cpu.get("flags", cpu.get("Features", "")).split()
    machine = {
        "cpu": cpu.get("model name", "unknown"),
        "flags": [flag for flag in wanted if flag in flags],
        "llama_cpp_python": importlib.metadata.version("llama-cpp-python"),
        "llama_cpp_system_info": llama_peer.system_info(),
    }
    if favilla:
        version = subprocess.run([favilla, "--version"], check=True, capture_output=True, text=True).stdout
        machine["favilla"] = version.strip()
    return machine


def integers(text):
    return [int(part) for part in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--favilla", help="the binary; without it only llama.cpp is timed")
    parser.add_argument("--threads", type=integers, default=[2, 1])
    parser.add_argument("--prefill", type=integers, default=[16, 128])
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--depth", type=integers, default=[0, 512])
    parser.add_argument("--rounds", type=int, default=5, help="how often the sides take turns")
    parser.add_argument("--repeat", type=int, default=1, help="of favilla's own repeats within a round")
    parser.add_argument("--json", type=pathlib.Path, help="write all samples to this file")
    arguments = parser.parse_args()

    plan = Plan(arguments.prefill, arguments.decode, arguments.depth)
    machine = describe_machine(arguments.favilla)
    for key, value in machine.items():
        print(f"{key}: {' '.join(value) if isinstance(value, list) else value}")
    print()
    rows = []
    for model in arguments.models:
        for threads in arguments.threads:
            rows += summarize(model, threads, measure_model(model, threads, plan, arguments))
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, "results": rows}, indent=1))


if __name__ == "__main__":
    main()
