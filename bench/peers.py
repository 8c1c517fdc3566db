#!/usr/bin/env python3
"""Times favilla and llama.cpp side by side: same model file, same threads, same prompts, taking turns A B A B.

    bench/peers.py                                       # all models, native builds; hours for the large ones
    bench/peers.py smollm2 --rounds 3 --prefill 32,128 --depth 0 --threads 2        # under 3 minutes
    bench/peers.py --isa native,avx2 MODEL.gguf

Builds what is missing: favilla (preset release), llama.cpp in build/venv-peers[-avx2], models in build/models and
build/shapes. MODEL is a name of peer_bars.py or a file. llama.cpp's figures are times of llama_decode alone after a
warm-up, with flash attention on and off, the better one counted; favilla's come from `favilla bench --json`. What is
compared: the medians over all rounds. Without --rounds 5 or more, and on a busy machine, the spread says how little a
median means.

Measurements: ppN = prefill of N tokens, tgN = N tokens decoded one by one, tgN@D = the same with D tokens in the cache.
Depths that a model's window has no room for (--depth 0,512,2048,8192) are left out of its tables.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace

import peer_bars
import peer_report
import peer_venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
SLEEP_AFTER_LLAMA_S = 1.0  # until its idle threads have stopped spinning


@dataclass(frozen=True)
class Plan:
    prefill: list  # token counts
    decode: int  # tokens
    depths: list  # tokens in the cache before the decode

    def names(self):
        decodes = [f"tg{self.decode}@{depth}" if depth else f"tg{self.decode}" for depth in self.depths]
        return [f"pp{count}" for count in self.prefill] + decodes

    def within(self, window_tokens):
        """The same without the depths that leave no room to decode."""
        return replace(self, depths=[depth for depth in self.depths if depth + self.decode <= window_tokens])


class LlamaProcess:
    """peer_worker.py with one model loaded; idle, without spinning, between two calls of measure()."""

    def __init__(self, python, model, threads, plan):
        command = [python, ROOT / "bench/peer_worker.py", model, str(threads), json.dumps(asdict(plan))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.build = self._read()

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"peers.py: llama.cpp ended with exit code {self.process.wait()}")
        return json.loads(line)

    def measure(self):
        self.process.stdin.write("measure\n")
        self.process.stdin.flush()
        figures = self._read()
        time.sleep(SLEEP_AFTER_LLAMA_S)
        return figures

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure_favilla(binary, model, threads, plan, isa):
    """What one `favilla bench --json` process prints."""
    command = [binary, "bench", str(model), "--threads", str(threads), "--repeat", "3", "--limits", "--json"]
    command += ["--starts", "0", "--first-token", "0", "--restore", "0"]
    command += ["--prefill", ",".join(map(str, plan.prefill)), "--decode", str(plan.decode if plan.depths else 0)]
    command += ["--depth", ",".join(map(str, plan.depths or [0]))]
    if isa == "avx2":
        command += ["--isa", "avx2"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(f"peers.py: {answer.stderr.strip()}")
    return json.loads(answer.stdout)


def window_tokens(favilla, model):
    """How many tokens the model was trained to see at once."""
    answer = subprocess.run([favilla, "show", str(model), "--json"], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(f"peers.py: {answer.stderr.strip()}")
    metadata = json.loads(answer.stdout)["metadata"]
    return metadata[f"{metadata['general.architecture']}.context_length"]


def measure_model(job, plan, rounds):
    """Both sides in turns. Returns {"samples": {test: {side: [tokens per second]}}, "limits": ..., builds}."""
    samples = {name: {} for name in plan.names()}
    limits = {name: [] for name in samples}
    llama = LlamaProcess(job.python, job.model, job.threads, plan)
    peer_venv.check_build(job.isa, llama.build["system_info"])
    for number in range(rounds):
        print(f"{job.model.name}, {job.isa}, {job.threads} threads, round {number + 1} of {rounds}", file=sys.stderr)
        ours = measure_favilla(job.favilla, job.model, job.threads, plan, job.isa)
        for result in ours["results"]:
            samples[result["name"]].setdefault("favilla", []).append(result["tokens_per_s"])
            limits[result["name"]].append(result.get("percent_of_limit"))
        for side, figures in llama.measure().items():
            for name, value in figures.items():
                samples[name].setdefault(side, []).append(value)
    llama.close()
    return {"samples": samples, "limits": limits, "favilla_isa": ours["isa"], "llama_build": llama.build}


@dataclass(frozen=True)
class Job:
    favilla: pathlib.Path
    python: pathlib.Path  # has llama.cpp
    model: pathlib.Path
    isa: str
    threads: int


def build_favilla():
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=sys.stderr)
    subprocess.run(["cmake", "--build", "--preset", "release"], cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / "build/release/src/cli/favilla"


def find_python(isa, given):
    if given:
        return given / "bin/python"
    if isa == "native" and peer_venv.has_llama_cpp(sys.executable):
        return pathlib.Path(sys.executable)
    return peer_venv.environment(isa)


def integers(text):
    return [int(part) for part in text.split(",")]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("models", nargs="*", default=peer_bars.DEFAULT_MODELS, metavar="MODEL")
    parser.add_argument("--favilla", type=pathlib.Path, help="the binary; without it one is built")
    parser.add_argument("--isa", type=lambda text: text.split(","), default=["native"], help="native, avx2 or both")
    parser.add_argument("--venv", type=pathlib.Path, help="a Python environment that has llama.cpp, for one --isa")
    parser.add_argument("--threads", type=integers, default=[2, 1])
    parser.add_argument("--prefill", type=integers, default=[8, 16, 32, 128, 512])
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--depth", type=integers, default=[0, 512, 2048])
    parser.add_argument("--rounds", type=int, default=5, help="how often the sides take turns")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build/peers.md", help="and .json beside it")
    parser.add_argument("--part-of-bar", type=float, default=1.0, help="a ratio passes from this part of its bar on")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a ratio does not pass")
    arguments = parser.parse_args()
    if not set(arguments.isa) <= {"native", "avx2"}:
        parser.error("--isa takes native, avx2 or native,avx2")
    if min(arguments.prefill + [arguments.decode, arguments.rounds] + arguments.threads) < 1:
        parser.error("--prefill, --decode, --rounds and --threads start at 1")
    if arguments.venv and len(arguments.isa) > 1:
        parser.error("--venv needs a single --isa: each has its own build of llama.cpp")
    return arguments


def main():
    arguments = parse_arguments()
    asked = Plan(arguments.prefill, arguments.decode, arguments.depth)
    favilla = arguments.favilla or build_favilla()
    rows, builds = [], {}
    for isa in arguments.isa:
        python = find_python(isa, arguments.venv)
        for model in [peer_bars.find_model(name, favilla, python) for name in arguments.models]:
            plan = asked.within(window_tokens(favilla, model))
            for threads in arguments.threads:
                measured = measure_model(Job(favilla, python, model, isa, threads), plan, arguments.rounds)
                builds[isa] = measured["llama_build"]
                rows += peer_report.rows_of(model, isa, threads, measured, arguments.part_of_bar)
    report = peer_report.Report(favilla, builds, sys.argv[1:], arguments.rounds, arguments.part_of_bar, rows)
    print(report.markdown())
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(report.markdown() + "\n")
    arguments.output.with_suffix(".json").write_text(json.dumps(report.as_dict(), indent=1) + "\n")
    failed = [row for row in rows if row["pass"] is False]
    if arguments.check and failed:
        sys.exit(f"peers.py: {len(failed)} of {len(rows)} ratios are below {arguments.part_of_bar:g} of their bars")


if __name__ == "__main__":
    main()
