#!/usr/bin/env python3
"""Draws the loss of a training run.

    training/tools/curve.py build/training/run/log.jsonl curve.png

Needs: matplotlib.
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the back end first)

SMOOTHED = 20  # steps


def main():
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    losses = [row["loss"] for row in rows]
    windows = [losses[max(0, i - SMOOTHED):i + 1] for i in range(len(losses))]
    means = [sum(window) / len(window) for window in windows]
    measured = [row for row in rows if "held_out" in row]
    figure, axes = plt.subplots(figsize=(8, 4.5), dpi=110)
    axes.plot([row["tokens"] for row in rows], losses, color="#cccccc", linewidth=0.8, label="a batch")
    axes.plot([row["tokens"] for row in rows], means, color="#1f5fa8", label=f"mean of {SMOOTHED} batches")
    axes.plot([row["tokens"] for row in measured], [row["held_out"] for row in measured], "o-", color="#c25b12",
              label="held out")
    axes.set(xlabel="tokens read", ylabel="loss (nats)", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(sys.argv[2])


if __name__ == "__main__":
    main()
