"""Runs the favilla binary and reads what it measured."""

import contextlib
import json
import pathlib
import subprocess
import tempfile

import numpy as np


class FavillaError(RuntimeError):
    """A favilla command failed; the message has the command and what it said."""


def run(command, stdin=None):
    """Standard output of one command."""
    command = [str(part) for part in command]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise FavillaError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


@contextlib.contextmanager
def log_probabilities(binary, model, ids, arithmetic):
    """float32 [len(ids), vocabulary], mapped from a temporary file; row t is the distribution after ids[t].

    arithmetic: "fast" or "reference".
    """
    with tempfile.TemporaryDirectory() as folder:
        tokens, output = pathlib.Path(folder) / "ids.json", pathlib.Path(folder) / "log_probabilities.f32"
        tokens.write_text(json.dumps(ids))
        run([binary, "logprobs", model, tokens, "--tokens", "--arithmetic", arithmetic, "--output", output])
        values = np.memmap(output, dtype="<f4", mode="r")
        if values.size % len(ids) != 0:
            raise FavillaError(f"favilla logprobs wrote {values.size} values for {len(ids)} tokens")
        yield values.reshape(len(ids), -1)


def parts(matrix, rows):
    """Cuts a matrix into parts of `rows` rows."""
    return (matrix[start : start + rows] for start in range(0, len(matrix), rows))


def perplexity(binary, model, text, context):
    output = run([binary, "perplexity", model, text, "--context", context, "--json"])
    return json.loads(output)["perplexity"]


def embeddings(binary, model, lines):
    """float64 [len(lines), hidden]. The lines must not hold line breaks."""
    output = run([binary, "embed", model, "--json"], stdin="".join(f"{line}\n" for line in lines))
    vectors = [json.loads(line)["embedding"] for line in output.splitlines()]
    if len(vectors) != len(lines):
        raise FavillaError(f"favilla embed answered {len(vectors)} vectors to {len(lines)} lines")
    return np.array(vectors)
