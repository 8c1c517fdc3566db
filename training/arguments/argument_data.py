#!/usr/bin/env python3
"""Examples for the argument reader: a request, the function that it asks for, and the arguments as they were said.

    training/arguments/argument_data.py --data ../shared/data --favilla build/dev/src/cli/favilla --output FOLDER

Writes train.jsonl, tune.jsonl and held-out.jsonl (the form of ../tools/examples.h) and counts.json. The items and their
split are those of ../tools/data.py, more sentences of each intent, and the everyday sentences that are not held out,
whose arguments stand in eval/everyday. Each item of `train` has a second form without its parameters' descriptions, but
for the program's own functions, which are always read with them.
"""

import argparse
import copy
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import data as calls  # noqa: E402  (needs the path above)

ALWAYS_DESCRIBED = ("own", "own-do")


def from_everyday(favilla):
    """One example for each action of a sentence. Arguments that are said in other words are left to the renderer."""
    tools = calls.own_functions(favilla)
    for row in calls.everyday_rows("do"):
        expected = row["expect"] if isinstance(row["expect"], list) else [row["expect"]]
        for action in expected:
            name = f"{action['tool']}_{action['action']}"
            if name in tools:
                item = calls.single("own-do", row["text"], [tools[name]],
                                    {"name": name, "arguments": action.get("arguments", {})})
                yield {**item, "part": "tune" if item["part"] == "tune" else "train"}


def from_own(favilla):
    """The requests of own/, for the program's own functions."""
    tools = calls.own_functions(favilla)
    for path in sorted((Path(__file__).resolve().parent / "own").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            item = calls.single("own", row["text"], [tools[row["function"]]],
                                {"name": row["function"], "arguments": row["arguments"]})
            yield {**item, "part": "tune" if item["part"] == "tune" else "train"}


def from_domains():
    """The requests of ../rerank/domains with their arguments, which stand in domains/; whole domains are kept apart as
    ../rerank/rerank_data.py does."""
    here = Path(__file__).resolve().parent
    for path in sorted((here / "domains").glob("*.jsonl")):
        arguments = {}
        for line in path.read_text().splitlines():
            row = json.loads(line)
            arguments[row["domain"], row["text"]] = row["arguments"]
        for number, line in enumerate((here.parent / "rerank" / "domains" / path.name).read_text().splitlines()):
            row, part = json.loads(line), {0: "tune", 20: "held-out"}.get(number % 40, "train")
            for request in row["requests"]:
                said = arguments.get((row["domain"], request["text"]))
                if said is not None:
                    item = calls.single("domains", request["text"], row["functions"],
                                        {"name": request["function"], "arguments": said})
                    yield {**item, "part": part}


def undescribed(item):
    item = copy.deepcopy(item)
    for tool in item["tools"]:
        for schema in tool["parameters"].get("properties", {}).values():
            if isinstance(schema, dict):
                schema.pop("description", None)
    return item


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--favilla", required=True, help="the program, for its own functions")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-intent", type=int, default=60)
    args = parser.parse_args()

    rng = random.Random(args.seed)
    items = [item for item in calls.all_items(args.data, args.favilla, args.per_intent, 1.0, rng)
             if item["call"] and item["call"]["name"] != "none" and item["set"] not in ("own-do", "nl2bash")]
    items += from_everyday(args.favilla)
    items += from_own(args.favilla)
    items += from_domains()
    parts = {"train": [], "tune": [], "held-out": []}
    for item in calls.keep_sides_apart(items):
        own = [tool for tool in item["tools"] if tool["name"] == item["call"]["name"]]
        if own:
            parts[item["part"]].append({**item, "tools": own[:1]})
    calls.refuse_what_is_evaluated(args.data, parts["train"])
    parts["train"] += [undescribed(item) for item in parts["train"] if item["set"] not in ALWAYS_DESCRIBED]
    calls.write_parts(parts, args.output, rng)


if __name__ == "__main__":
    main()
