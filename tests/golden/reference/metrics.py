"""Distances between next-token distributions."""

from dataclasses import dataclass

import numpy as np


def log_softmax(rows):
    """float64 log-probabilities of rows of logits, or of log-probabilities that rounding left unnormalised."""
    rows = rows.astype(np.float64)
    rows -= rows.max(axis=-1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Distance:
    mean_kl: float  # nats, KL(reference || other)
    max_kl: float
    argmax_agreement: float  # 0..1
    positions: int


def distance(reference_parts, other_parts):
    """Compares two streams of [rows, vocabulary] parts, logits or log-probabilities, cut at the same rows."""
    divergences, agreements = [], []
    for reference, other in zip(reference_parts, other_parts, strict=True):
        reference, other = log_softmax(reference), log_softmax(other)
        divergences.append((np.exp(reference) * (reference - other)).sum(axis=-1))
        agreements.append(reference.argmax(axis=-1) == other.argmax(axis=-1))
    divergences, agreements = np.concatenate(divergences), np.concatenate(agreements)
    return Distance(float(divergences.mean()), float(divergences.max()), float(agreements.mean()), len(divergences))


def negative_log_likelihoods(rows, next_ids):
    """-ln p of each next token; rows: [T, V] logits or log-probabilities, next_ids: [T]."""
    return -log_softmax(rows)[np.arange(len(next_ids)), next_ids]


def perplexity(chunk_logits, ids, context, bos=None):
    """Perplexity as llama-perplexity defines it.

    The ids (with their BOS if the model has one) are cut into chunks of `context` tokens, the rest is dropped. Each
    chunk is read from an empty cache, its first token replaced by `bos` where given, and the tokens of its second half
    are counted. chunk_logits(chunk, first) yields parts [rows, V] that cover the positions first .. context - 1 of the
    chunk.
    """
    first = context // 2
    losses = []
    for start in range(0, len(ids) - context + 1, context):
        chunk = list(ids[start : start + context])
        targets = chunk[first + 1 :]
        if bos is not None:
            chunk[0] = bos
        for rows in chunk_logits(chunk, first):
            rows, part_targets = (
                rows[: len(targets)],
                targets[: len(rows)],
            )  # the last position predicts nothing we know
            losses.append(negative_log_likelihoods(rows, part_targets))
            targets = targets[len(rows) :]
    return float(np.exp(np.concatenate(losses).mean()))


def ranks(values):
    """1-based ranks; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def spearman(first, second):
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])
