#!/usr/bin/env python3
"""Examples for the reranker: a request, several functions, and which of them it asks for, if any.

    training/rerank/rerank_data.py --data ../shared/data --favilla build/dev/src/cli/favilla --output FOLDER

Writes train.jsonl, tune.jsonl and held-out.jsonl (the form of ../tools/examples.h) and counts.json. The items and
their split are those of ../tools/data.py, more sentences of each intent, CLINC150's, own/*.jsonl and domains/*.jsonl.
Every example of `train` is also learned without its function, so the functions beside it matter most: those of the
item itself, of the same family, of the same kind, and others that share words with the request.
"""

import argparse
import collections
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import data as calls  # noqa: E402  (needs the path above)

MOST_TOOLS = 7
LEAST_TOOLS = 5

# How often an item is trained on, each time beside other functions and in another form.
FORMS = {"api-bank": 3, "seal-tools": 3, "toolalpaca": 3, "ha-actions": 2, "own-do": 2, "own-dont": 2,
         "own-requests": 2, "domains": 2}


def from_clinc(data, count, rng):
    """Intents as functions, beside others of their domain."""
    folder = data / "clinc150"
    domains = json.loads((folder / "domains.json").read_text())
    tool = {name: {"name": name, "description": "", "parameters": {"type": "object", "properties": {}}}
            for intents in domains.values() for name in intents}
    kind = {name: intents for intents in domains.values() for name in intents}
    said = collections.defaultdict(list)
    for text, intent in json.loads((folder / "clinc150_dev.json").read_text())["train"]:
        if kind.get(intent) and not set(kind[intent]) & {"greeting", "goodbye", "are_you_a_bot"}:
            said[intent].append(text)
    for intent, texts in sorted(said.items()):
        for text in rng.sample(texts, min(count, len(texts))):
            others = rng.sample([name for name in kind[intent] if name != intent], 3)
            yield calls.single("clinc150", text, [tool[name] for name in [intent, *others]], {"name": intent})


def from_requests(favilla, rng):
    """own/*.jsonl: requests for the program's own functions, written for this, and sentences near them that ask for
    nothing; and the harder ones of ../arguments/own. Beside a function stand others of its tool, and some of other
    tools."""
    tools = calls.own_functions(favilla)
    every = calls.Distractors(tools.values())
    here = Path(__file__).resolve().parent
    for path in sorted(here.glob("own/*.jsonl")) + sorted(here.parent.glob("arguments/own/hard_*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            asks = row["function"] != "none"
            own = calls.beside(tools[row["function"]], tools.values(), rng) if asks else []
            item = calls.single("own-requests", row["text"], own, {"name": row["function"]})
            near = every.pick(item, 3, rng)
            names = {tool["name"] for tool in own}
            yield {**item, "tools": own + [tool for tool in near if tool["name"] not in names]}


def from_domains():
    """domains/*.jsonl: functions of one kind, written for this, with requests and what none of them does. Whole domains
    are kept apart, so that what is told of them is told of kinds of functions that were never seen."""
    for path in sorted(Path(__file__).with_name("domains").glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines()):
            row, part = json.loads(line), {0: "tune", 20: "held-out"}.get(number % 40, "train")
            for request in row["requests"]:
                yield {**calls.single("domains", request["text"], row["functions"], {"name": request["function"]}),
                       "part": part}
            for text in row["nothing"]:
                yield {**calls.single("domains", text, row["functions"], calls.NONE), "part": part}


def example(item, distractors, rng, as_it_is):
    """The item beside at least so many functions that the choice is hard; `as_it_is` keeps names and descriptions."""
    own = [tool for tool in item["tools"] if tool["name"] == item["call"]["name"]]
    others = [tool for tool in item["tools"] if tool["name"] != item["call"]["name"]]
    rng.shuffle(others)
    others = others[:MOST_TOOLS - len(own)]
    wanted = rng.randint(LEAST_TOOLS, MOST_TOOLS) - len(own)
    if len(others) < wanted:
        others += distractors.pick(item, wanted - len(others), rng)
    names, tools, call = set(), [], item["call"]
    describe = as_it_is or rng.random() < 0.8
    for tool in own + others:
        # Its words are what is read, so the style of spelling does not matter.
        shown, _ = calls.rewritten(tool, "snake", rng, describe)
        if shown["name"] in names:
            continue
        names.add(shown["name"])
        tools.append(shown)
        if own and tool is own[0]:
            call = {"name": shown["name"]}
    rng.shuffle(tools)
    return {"set": item["set"], "messages": item["messages"], "tools": tools, "call": call}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--favilla", required=True, help="the program, for its own functions")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-intent", type=int, default=12)
    parser.add_argument("--share", type=float, default=1.0, help="of what is trained on, all but domains/*.jsonl")
    parser.add_argument("--domain-share", type=float, default=1.0, help="of domains/*.jsonl")
    parser.add_argument("--all-own", action="store_true", help="whatever the share, all for the program's functions")
    args = parser.parse_args()

    rng = random.Random(args.seed)
    items = [item for item in calls.all_items(args.data, args.favilla, args.per_intent, 1.0, rng)
             if item["set"] not in ("gsm8k", "nl2bash")]
    items += from_clinc(args.data, args.per_intent, rng)
    items += from_requests(args.favilla, rng)
    items += from_domains()
    distractors = calls.Distractors([tool for item in items for tool in item["tools"]])
    items = calls.keep_sides_apart([item for item in items if item["call"] is not None])
    parts = {"train": [], "tune": [], "held-out": []}
    for item in items:
        share = args.domain_share if item["set"] == "domains" else args.share
        is_whole = args.all_own and item["set"].startswith("own-")
        if item["part"] == "train" and not is_whole and rng.random() >= share:
            continue
        times = FORMS.get(item["set"], 1) if item["part"] == "train" else 1
        parts[item["part"]] += [example(item, distractors, rng, time == 0) for time in range(times)]
    calls.refuse_what_is_evaluated(args.data, parts["train"])
    calls.write_parts(parts, args.output, rng)


if __name__ == "__main__":
    main()
