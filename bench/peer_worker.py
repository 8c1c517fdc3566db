"""Times llama.cpp in a process of its own, run by the Python that has it. peers.py starts it and takes turns with it.

    peer_worker.py MODEL THREADS PLAN_JSON

Prints one line of JSON about the build when the model is ready. Then, for every line on standard input, measures once
and prints {"fa=on": {name: tokens per second}, "fa=off": {...}}. Figures are times of llama_decode alone.

Between turns it waits in a read, and its OpenMP threads sleep: libgomp lets them spin for some milliseconds only, after
which peers.py starts the other side. OMP_WAIT_POLICY stays unset, because "passive" would slow down every barrier of
llama.cpp itself.
"""

import importlib.metadata
import json
import pathlib
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests/golden/reference"))
import llama_peer  # noqa: E402

FLASH_ATTENTION = ("on", "off")
BATCH_TOKENS = 512  # what llama-bench takes too
WARM_UP_TOKENS = 16


class Side:
    """llama.cpp with one attention variant. Token ids are random, as in llama-bench: speed does not depend on them."""

    def __init__(self, model, threads, plan, flash_attention, weights_of=None):
        self.plan = plan
        longest = max(plan["prefill"] + [depth + plan["decode"] for depth in plan["depths"]] + [WARM_UP_TOKENS])
        context = -(-longest // 256) * 256
        self.peer = llama_peer.LlamaPeer(
            model, threads, context, BATCH_TOKENS, flash_attention, weights_of=weights_of and weights_of.peer
        )
        self.ids = np.random.default_rng(1).integers(0, self.peer.vocabulary_size, context)
        self.read(0, WARM_UP_TOKENS)  # touches every weight, starts the threads

    def read(self, start, end):
        """Appends the ids from start to end to a cache of `start` tokens. Returns the seconds in llama_decode."""
        spent = 0.0
        for position in range(start, end, BATCH_TOKENS):
            self.peer.fill_batch(self.ids[position : min(position + BATCH_TOKENS, end)], position, all_logits=False)
            begin = time.perf_counter()
            self.peer.decode()
            spent += time.perf_counter() - begin
        return spent

    def measure(self):
        """One figure per measurement: name -> tokens per second."""
        figures = {}
        for count in self.plan["prefill"]:
            self.peer.clear()
            figures[f"pp{count}"] = count / self.read(0, count)
        self.peer.clear()
        filled = 0
        count = self.plan["decode"]
        for depth in sorted(self.plan["depths"]):
            self.read(filled, depth)
            filled = depth
            spent = sum(self.read(position, position + 1) for position in range(depth, depth + count))
            self.peer.truncate(depth)
            figures[f"tg{count}@{depth}" if depth else f"tg{count}"] = count / spent
        return figures


def main():
    model, threads, plan = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    first = Side(model, threads, plan, FLASH_ATTENTION[0])
    sides = [first] + [Side(model, threads, plan, setting, first) for setting in FLASH_ATTENTION[1:]]
    build = {"version": importlib.metadata.version("llama-cpp-python"), "system_info": llama_peer.system_info()}
    print(json.dumps(build), flush=True)
    for _ in sys.stdin:
        figures = {f"fa={setting}": side.measure() for setting, side in zip(FLASH_ATTENTION, sides, strict=True)}
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
