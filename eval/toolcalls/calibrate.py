#!/usr/bin/env python3
"""Fits the weights of src/assistant/agent/ranker.cc on data that is not an evaluation of tool calling: the everyday
sentences of this project with its own tools, and the intents of CLINC150 as functions without parameters.

    eval/toolcalls/calibrate.py --favilla build/dev/src/cli/favilla --data ../shared/data

A conditional logit with "no function fits" at 0: each sentence is offered its function among four hard distractors, and
again without it. Prints the constants, and how often both kinds come out right. Word stems are approximate here.
"""
import argparse
import json
import random
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np  # from pip

ROOT = Path(__file__).resolve().parents[2]
STOP = set("a about all also am an and any are as at be been but by can could did do does for from get give go had has "
           "have help her here hey hi his how i if in into is it its just know let like make may me my need no not now "
           "of off on or our out over please show so some sure tell than thanks that the their them then there these "
           "they this to too up us use using very want was we were what when where which who why will with would yes "
           "you your".split())


def words(text):
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return re.findall(r"[a-z0-9]+", text.lower())


def stems(text):
    result = set()
    for word in words(text):
        if word not in STOP:
            for ending in ("ing", "ed", "es", "s", "e"):
                if word.endswith(ending) and len(word) - len(ending) >= 3:
                    word = word[:-len(ending)]
                    break
            result.add(word)
    return result


def share(of, within):
    return len(of & within) / len(of) if of else 0.0


def load(favilla, data, count, rng):
    tools, rows = {}, []
    listed = json.loads(subprocess.run([favilla, "tools", "--json"], stdout=subprocess.PIPE, check=True).stdout)
    for tool in listed:
        function = tool["function"]
        tools[function["name"]] = function
    for line in (ROOT / "eval/everyday/do.jsonl").read_text().splitlines():
        row = json.loads(line)
        expect = row.get("expect")
        if row.get("held_out") or not isinstance(expect, dict) or "tool" not in expect:
            continue
        name = f"{expect['tool']}_{expect['action']}"
        if name in tools:
            rows.append((row["text"], name, "own"))
    for line in (ROOT / "eval/everyday/dont.jsonl").read_text().splitlines():
        row = json.loads(line)
        if not row.get("held_out") and row.get("kind") == "chat":
            rows.append((row["text"], None, "own"))
    clinc = json.loads((Path(data) / "clinc150/clinc150_dev.json").read_text())
    every = clinc["train"][:]
    rng.shuffle(every)
    for text, intent in every[:count]:
        rows.append((text, "clinc/" + intent, "clinc"))
    for intent in {intent for _, intent in every}:
        tools["clinc/" + intent] = {"name": intent, "description": ""}
    return tools, rows


def embed(favilla, texts):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        with source.open("w") as out:
            for i in range(0, len(texts), 64):
                out.write(json.dumps({"custom_id": str(i), "method": "POST", "url": "/v1/embeddings",
                                      "body": {"model": "minilm", "input": texts[i:i + 64]}}) + "\n")
        subprocess.run([favilla, "batch", str(source), str(target)], check=True, stdout=subprocess.DEVNULL)
        vectors = [None] * len(texts)
        for line in target.read_text().splitlines():
            row = json.loads(line)
            for one in row["response"]["body"]["data"]:
                vectors[int(row["custom_id"]) + one["index"]] = one["embedding"]
    return np.array(vectors)


def fit(groups, columns):
    """groups: (features [functions, all columns], index of the right one or -1). The score is features[columns] @ w."""
    size = max(len(features) for features, _ in groups)
    table = np.zeros((len(groups), size, len(columns)))
    offered = np.zeros((len(groups), size), bool)
    target = np.zeros((len(groups), size))
    for i, (features, right) in enumerate(groups):
        table[i, :len(features)] = features[:, columns]
        offered[i, :len(features)] = True
        if right >= 0:
            target[i, right] = 1
    weights = np.zeros(len(columns))
    momentum = np.zeros(len(columns))
    for _ in range(1500):
        scores = np.where(offered, table @ weights, -50)
        odds = np.exp(scores)
        shares = odds / (1 + odds.sum(axis=1, keepdims=True))
        gradient = np.einsum("gt,gtc->c", target - shares, table) / len(groups)
        momentum = 0.9 * momentum + gradient
        weights += momentum
    scores = np.where(offered, table @ weights, -50)
    some = target.any(axis=1)
    named = (scores.argmax(axis=1) == target.argmax(axis=1)) & (scores.max(axis=1) > 0)
    return weights, named[some].mean(), (scores.max(axis=1) <= 0)[~some].mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--clinc", type=int, default=500, help="so many sentences of CLINC150")
    args = parser.parse_args()
    rng = random.Random(1)
    tools, rows = load(args.favilla, args.data, args.clinc, rng)
    names = sorted(tools)
    sentences = [" ".join(words(tools[n]["name"])) + ". " + tools[n].get("description", "") for n in names]
    tool_vectors = embed(args.favilla, sentences)
    row_vectors = embed(args.favilla, [text for text, _, _ in rows])
    name_stems = [stems(tools[n]["name"]) for n in names]
    spoken = [name_stems[i] | stems(tools[n].get("description", "")) |
              set().union(*[stems(p) for p in tools[n].get("parameters", {}).get("properties", {})] or [set()])
              for i, n in enumerate(names)]
    groups = []
    for (text, right, source), vector in zip(rows, row_vectors):
        said = stems(text)
        alike = tool_vectors @ vector
        own = [i for i, n in enumerate(names) if n.startswith("clinc/") == (source == "clinc")]
        others = sorted((i for i in own if names[i] != right), key=lambda i: -alike[i])
        # Hard ones, but not the very nearest: those may be right, too.
        distractors = rng.sample(others[1:12], 4)

        def features(chosen, said=said, alike=alike):
            return np.array([[0.6 * share(name_stems[i], said) + 0.4 * share(said, spoken[i]), alike[i], 1.0]
                             for i in chosen])
        if right is not None:
            groups.append((features([names.index(right)] + distractors), 0))
        groups.append((features(distractors), -1))
    print(len(rows), "sentences,", len(names), "functions")
    for label, columns in (("words, similarity, bias", [0, 1, 2]), ("words, bias", [0, 2])):
        weights, named, none = fit(groups, columns)
        print(label, [round(float(w), 2) for w in weights], f"right function {100 * named:.1f} %",
              f"rightly none {100 * none:.1f} %")


if __name__ == "__main__":
    main()
