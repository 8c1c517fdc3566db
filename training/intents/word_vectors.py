#!/usr/bin/env python3
"""Makes the table of word vectors that learned intents use: what all-MiniLM-L6-v2 thinks of each whole word of its own
vocabulary, in 64 numbers of 8 bits, and in which of 32, 256 and 1024 clusters the word lies.

  word_vectors.py --favilla build/release/src/cli/favilla --tokenizer tokenizer.json --output words.bin

tokenizer.json is the model's own (training/intents/make.sh takes it from the package). Needs numpy. The format is told
in src/understand/learned/word_table.h."""

import argparse
import json
import pathlib
import struct
import subprocess

import numpy

DIMENSIONS = 64
CLUSTERS = (32, 256, 1024)
ROUNDS = 25


def feature_name(kind: str, text: str) -> int:
    """name_feature() of src/understand/learned/sentence_features.cc."""
    value = 0xCBF29CE484222325
    for byte in f"{kind}:{text}".encode():
        value = ((value ^ byte) * 0x100000001B3) & (2**64 - 1)
    value ^= value >> 32
    return ((value * 0xD6E8FEB86659FD93) & (2**64 - 1)) >> 32


def embed(favilla: str, words: list[str]) -> numpy.ndarray:
    output = subprocess.run([favilla, "embed", "minilm", "--json"], input="\n".join(words) + "\n", text=True,
                            capture_output=True, check=True).stdout
    return numpy.array([json.loads(line)["embedding"] for line in output.splitlines()], numpy.float32)


def cluster(points: numpy.ndarray, count: int, random: numpy.random.Generator) -> numpy.ndarray:
    """k-means on directions: Lloyd's rounds from random words."""
    centres = points[random.choice(len(points), count, replace=False)]
    for _ in range(ROUNDS):
        nearest = (points @ centres.T).argmax(axis=1)
        for index in range(count):
            members = points[nearest == index]
            if len(members):
                mean = members.mean(axis=0)
                centres[index] = mean / (numpy.linalg.norm(mean) + 1e-9)
    return (points @ centres.T).argmax(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", required=True)
    parser.add_argument("--tokenizer", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options = parser.parse_args()

    vocabulary = json.loads(options.tokenizer.read_text())["model"]["vocab"]
    words = sorted(word for word in vocabulary if word.isascii() and word.isalnum())
    vectors = embed(options.favilla, words)
    vectors -= vectors.mean(axis=0)
    _, _, directions = numpy.linalg.svd(vectors, full_matrices=False)
    vectors = vectors @ directions[:DIMENSIONS].T
    lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    random = numpy.random.default_rng(1)
    clusters = [cluster(vectors / lengths, count, random) for count in CLUSTERS]

    scale = float(numpy.abs(vectors).max()) / 127
    quantized = numpy.rint(vectors / scale).astype(numpy.int8)
    rows = sorted((feature_name("word", word), index) for index, word in enumerate(words))
    rows = [row for at, row in enumerate(rows) if at == 0 or rows[at - 1][0] != row[0]]
    content = struct.pack("<4sIII", b"FVW1", len(rows), DIMENSIONS, len(CLUSTERS))
    content += struct.pack("<f", scale)
    content += b"".join(struct.pack("<I", name) for name, _ in rows)
    for of_words in clusters:
        content += b"".join(struct.pack("<H", of_words[index]) for _, index in rows)
    content += b"".join(quantized[index].tobytes() for _, index in rows)
    options.output.write_bytes(content)
    print(f"{len(rows)} words, {len(content)} bytes")


if __name__ == "__main__":
    main()
