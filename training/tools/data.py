#!/usr/bin/env python3
"""Examples of tool calls for the adapter, from public data; nothing that eval/toolcalls holds out is read.

    training/tools/data.py --data ../shared/data --output build/training [--seed 1] [--variants 3]

Writes train.jsonl and held-out.jsonl (the form that render_tool_examples reads) and counts.json. Every item appears as
it is and in `variants` rewritten forms: other spelling of names, shuffled functions and parameters, descriptions left
out, other distractors, or without its function, where the answer is "none".
"""

import argparse
import collections
import hashlib
import json
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "eval" / "toolcalls"))

import run as toolcalls  # noqa: E402  (needs the path above)

NONE = {"name": "none", "arguments": {}}
MOST_TOOLS = 5


def is_held_out(text):
    """By the normalised sentence, so that one sentence is never on both sides."""
    key = " ".join(re.findall(r"[a-z0-9]+", text.lower()))
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 5 == 0


def from_toolcalls(data):
    """The development part of the three sets of single calls."""
    for name in toolcalls.MAIN_SETS:
        for item in toolcalls.load_items(data, name):
            if toolcalls.is_held_out(item["text"]):
                continue
            tools = [tool["function"] for tool in item["tools"]]
            if item["name"] not in [tool["name"] for tool in tools] or not isinstance(item["arguments"], dict):
                continue
            messages = [message_of(message) for message in item["messages"]]
            yield {"set": name, "text": item["text"], "messages": messages, "tools": tools,
                   "call": {"name": item["name"], "arguments": item["arguments"]}}


def message_of(message):
    row = {"role": message["role"], "content": message.get("content") or ""}
    for call in message.get("tool_calls") or []:
        function = call["function"]
        row["call"] = {"name": function["name"], "arguments": json.loads(function["arguments"])}
    return row


def from_annotated(path, name, per_intent, rng):
    """Sentences with intents and marked entities: the intent is the function, the entities are copied arguments."""
    by_intent = collections.defaultdict(list)
    for line in path.read_text().splitlines():
        row = json.loads(line)
        if "sentence_annotation" in row:
            text = row["sentence"]
            entities = re.findall(r"\[(\w+) : ([^\]]+)\]", row["sentence_annotation"])
        else:
            text = row["text"]
            entities = [(entity["entity"], entity["value"]) for entity in row["entities"]]
        kinds = [kind for kind, _ in entities]
        said = all(value in text for _, value in entities)
        if said and len(set(kinds)) == len(kinds) and row["intent"].split("_")[0] not in ("general", "qa"):
            by_intent[row["intent"]].append((text, dict(entities)))
    tools = {}
    for intent, rows in by_intent.items():
        kinds = collections.Counter(kind for _, entities in rows for kind in entities)
        properties = {kind: {"type": "string"} for kind, count in kinds.most_common(4) if count > 2}
        tools[intent] = {"name": intent, "description": "", "parameters": {
            "type": "object", "properties": properties, "required": []}}
    for intent, rows in sorted(by_intent.items()):
        rng.shuffle(rows)
        others = [tools[other] for other in sorted(tools) if other != intent]
        taken = [row for row in rows if set(row[1]) <= set(tools[intent]["parameters"]["properties"])]
        for text, entities in taken[:per_intent]:
            yield {"set": name, "text": text, "messages": [{"role": "user", "content": text}],
                   "tools": [tools[intent]] + rng.sample(others, min(len(others), 3)),
                   "call": {"name": intent, "arguments": entities}}


def from_home(data):
    """Single calls in a home; the functions that the call needs are among those of the item."""
    for line in (Path(data) / "ha-actions" / "conversation.jsonl").read_text().splitlines():
        row = json.loads(line)
        if len(row.get("tool_calls") or []) != 1:
            continue
        call = row["tool_calls"][0]
        tools = [tool["function"] for tool in row["tools"]]
        if call["name"] in [tool["name"] for tool in tools]:
            yield {"set": "ha-actions", "text": row["input"], "messages": [{"role": "user", "content": row["input"]}],
                   "tools": tools, "call": {"name": call["name"], "arguments": json.loads(call["arguments"])}}


def from_small_talk(data, all_tools, count, rng):
    """Sentences that no function fits."""
    rows = json.loads((Path(data) / "clinc150" / "clinc150_dev.json").read_text())["oos_train"]
    for text, _ in rng.sample(rows, min(count, len(rows))):
        yield {"set": "clinc150", "text": text, "messages": [{"role": "user", "content": text}],
               "tools": rng.sample(all_tools, rng.randint(1, 4)), "call": NONE}


def spelled(name, style):
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name) or [name]
    words = [word.lower() for word in words]
    if style == "snake":
        return "_".join(words)
    if style == "camel":
        return words[0] + "".join(word.capitalize() for word in words[1:])
    return "".join(word.capitalize() for word in words)


def rewritten(tool, style, rng, describe):
    """The same function in another spelling; its parameters shuffled. Returns it and the new name of each parameter."""
    parameters = tool["parameters"]
    names = list(parameters.get("properties", {}))
    rng.shuffle(names)
    new = {name: spelled(name, "snake" if style == "pascal" else style) for name in names}
    if len(set(new.values())) < len(new):
        new = {name: name for name in names}
    properties = {new[name]: parameters["properties"][name] for name in names}
    required = [new[name] for name in parameters.get("required", []) if name in new]
    return {"name": spelled(tool["name"], style), "description": tool.get("description", "") if describe else "",
            "parameters": {"type": "object", "properties": properties, "required": required}}, new


def variant(item, all_tools, rng):
    """Another form of an item, or None when the rewritten names collide."""
    style = rng.choice(["snake", "camel", "pascal"])
    describe = rng.random() < 0.8
    own = next((tool for tool in item["tools"] if tool["name"] == item["call"]["name"]), None)
    others = [tool for tool in item["tools"] if tool is not own]
    rng.shuffle(others)
    others = others[:rng.randint(0, MOST_TOOLS - 1)]
    if rng.random() < 0.5:
        others = (others + rng.sample(all_tools, 2))[:MOST_TOOLS - 1]
    drop = own is not None and others and rng.random() < 0.25
    tools, call = [], NONE
    if own is not None and not drop:
        tool, new = rewritten(own, style, rng, describe)
        if not set(item["call"]["arguments"]) <= set(new):
            return None
        tools.append(tool)
        arguments = {new[name]: value for name, value in item["call"]["arguments"].items()}
        call = {"name": tool["name"], "arguments": {name: arguments[name] for name in tool["parameters"]["properties"]
                                                    if name in arguments}}
    tools += [rewritten(tool, style, rng, describe)[0] for tool in others if own is None or tool["name"] != own["name"]]
    rng.shuffle(tools)
    names = [tool["name"] for tool in tools]
    if not tools or len(set(names)) < len(names):
        return None
    return {**item, "tools": tools, "call": call}


def plain(item):
    """The item itself, cut to as many functions as the prompt has."""
    own = [tool for tool in item["tools"] if tool["name"] == item["call"]["name"]]
    others = [tool for tool in item["tools"] if tool["name"] != item["call"]["name"]]
    kept = own + others[:MOST_TOOLS - len(own)]
    order = [tool for tool in item["tools"] if tool in kept]
    arguments = item["call"]["arguments"]
    properties = own[0]["parameters"].get("properties", {}) if own else {}
    in_order = {name: arguments[name] for name in [*properties, *arguments] if name in arguments}
    return {**item, "tools": order, "call": {"name": item["call"]["name"], "arguments": in_order}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variants", type=int, default=2)
    parser.add_argument("--per-intent", type=int, default=12)
    args = parser.parse_args()

    rng = random.Random(args.seed)
    items = list(from_toolcalls(args.data))
    all_tools = list({tool["name"]: tool for item in items for tool in item["tools"]}.values())
    items += from_annotated(args.data / "slurp" / "devel.jsonl", "slurp", args.per_intent, rng)
    items += from_annotated(args.data / "hwu64" / "hwu64_minus_slurp_test.jsonl", "hwu64", args.per_intent, rng)
    items += from_home(args.data)
    items += from_small_talk(args.data, all_tools, 100, rng)
    parts = {"train": [], "held-out": []}
    for item in items:
        if is_held_out(item["text"]):
            parts["held-out"].append(plain(item))
            continue
        parts["train"].append(plain(item))
        made = [variant(item, all_tools, rng) for _ in range(args.variants)]
        parts["train"] += [row for row in made if row is not None]
    args.output.mkdir(parents=True, exist_ok=True)
    counts = {}
    for part, rows in parts.items():
        rng.shuffle(rows)
        (args.output / f"{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        counts[part] = dict(sorted(collections.Counter(row["set"] for row in rows).items()))
        counts[part]["none"] = sum(row["call"] == NONE for row in rows)
    (args.output / "counts.json").write_text(json.dumps(counts, indent=1) + "\n")
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
