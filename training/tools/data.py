#!/usr/bin/env python3
"""Examples of tool calls for the adapter, from public data and from this project's own sentences.

    training/tools/data.py --data ../shared/data --favilla build/release/src/cli/favilla --output build/training

Writes train.jsonl, tune.jsonl and held-out.jsonl (the form that render_tool_examples reads) and counts.json. `train`
has every item as it is, in rewritten forms (other spelling of names, shuffled functions and parameters, descriptions
left out, other and harder distractors) and without its function, where the answer is "none". The hardest distractors
are functions of the same kind: those of the item itself, intents of the same scenario, actions of the same tool,
the families that were written for this (families.py).
`tune` is for choosing weights of the program and is trained on as little as `held-out`, which is what eval/toolcalls
holds out and every fifth sentence of the rest. No sentence of four words or more is on two sides, not even as an
earlier turn; one that eval/toolcalls holds out in `train` ends the run.
"""

import argparse
import collections
import json
import random
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "eval" / "toolcalls"))

import families  # noqa: E402
import run as toolcalls  # noqa: E402  (needs the path above)
from parts import normal, part_of  # noqa: E402

NONE = {"name": "none", "arguments": {}}
MOST_TOOLS = 5
EVERYDAY = (".", "colloquial", "varied", "more", "wide")  # folders of eval/everyday

# Of each item that is trained on: how many rewritten forms have its function, and how many have not. The other sets
# are large enough: of their items some become such a form.
FORMS = {"api-bank": (1, 1), "seal-tools": (1, 1), "toolalpaca": (1, 1), "ha-actions": (2, 1), "own-do": (1, 0),
         "own-dont": (1, 0)}


def from_toolcalls(data):
    """The three sets of single calls. Their held-out part is that of eval/toolcalls."""
    for name in toolcalls.MAIN_SETS:
        for item in toolcalls.load_items(data, name):
            tools = [tool["function"] for tool in item["tools"]]
            if item["name"] not in [tool["name"] for tool in tools] or not isinstance(item["arguments"], dict):
                continue
            part = part_of(next(m["content"] for m in item["messages"] if m["role"] == "user"))
            part = "held-out" if toolcalls.is_held_out(item["text"]) else part if part == "tune" else "train"
            yield {"set": name, "part": part, "messages": [message_of(message) for message in item["messages"]],
                   "tools": tools, "call": {"name": item["name"], "arguments": item["arguments"]}}


def message_of(message):
    row = {"role": message["role"], "content": message.get("content") or ""}
    for call in message.get("tool_calls") or []:
        function = call["function"]
        row["call"] = {"name": function["name"], "arguments": json.loads(function["arguments"])}
    return row


def single(name, text, tools, call):
    return {"set": name, "part": part_of(text), "messages": [{"role": "user", "content": text}], "tools": tools,
            "call": call}


def annotated_rows(path):
    """(sentence, intent, {entity: text}) of slurp and hwu64."""
    for line in path.read_text().splitlines():
        row = json.loads(line)
        if "sentence_annotation" in row:
            text = row["sentence"]
            entities = re.findall(r"\[(\w+) : ([^\]]+)\]", row["sentence_annotation"])
        else:
            text = row["text"]
            entities = [(entity["entity"], entity["value"]) for entity in row["entities"]]
        if all(value in text for _, value in entities) and len({kind for kind, _ in entities}) == len(entities):
            yield text, row["intent"], dict(entities)


def snips_rows(folder):
    """The same of snips."""
    lines = [(folder / name).read_text().splitlines() for name in ("seq.in", "seq.out", "label")]
    for words, tags, intent in zip(*lines):
        entities = {}
        for word, tag in zip(words.split(), tags.split()):
            kind = tag[2:]
            if tag.startswith("B-") and kind in entities:
                break
            if tag != "O":
                entities[kind] = (entities.get(kind, "") + " " + word).strip()
        else:
            yield " ".join(words.split()), intent.strip(), entities


def from_intents(name, rows, per_intent, rng):
    """The intent is the function, the entities are copied arguments; some intents of its kind stand beside it."""
    by_intent = collections.defaultdict(list)
    for text, intent, entities in rows:
        if intent.split("_")[0] not in ("general", "qa"):
            by_intent[intent].append((text, entities))
    tools = {}
    for intent, said in by_intent.items():
        kinds = collections.Counter(kind for _, entities in said for kind in entities)
        properties = {kind: {"type": "string"} for kind, count in kinds.most_common(4) if count > 2}
        tools[intent] = {"name": intent, "description": "", "parameters": {
            "type": "object", "properties": properties, "required": []}}
    for intent, said in sorted(by_intent.items()):
        rng.shuffle(said)
        own = tools[intent]
        fitting = [row for row in said if set(row[1]) <= set(own["parameters"]["properties"])]
        for text, entities in fitting[:per_intent]:
            yield single(name, text, beside(own, tools.values(), rng), {"name": intent, "arguments": entities})


def beside(own, tools, rng):
    """A function with some of its kind, which begin with the same word; shuffled."""
    kind = [tool for tool in tools if tool is not own and first_word(tool) == first_word(own)]
    some = rng.sample(kind, rng.randint(0, min(3, len(kind))))
    return rng.sample([own, *some], 1 + len(some))


def first_word(tool):
    return spelled(tool["name"], "snake").split("_")[0]


def from_home(data):
    """Single calls in a home; the functions that the call needs are among those of the item."""
    for line in (data / "ha-actions" / "conversation.jsonl").read_text().splitlines():
        row = json.loads(line)
        calls, tools = row.get("tool_calls") or [], [tool["function"] for tool in row["tools"]]
        if len(calls) == 1 and calls[0]["name"] in [tool["name"] for tool in tools]:
            yield single("ha-actions", row["input"], tools,
                         {"name": calls[0]["name"], "arguments": json.loads(calls[0]["arguments"])})


def own_functions(favilla):
    schemas = subprocess.run([favilla, "tools", "--json"], stdout=subprocess.PIPE, check=True, text=True).stdout
    return {row["function"]["name"]: row["function"] for row in json.loads(schemas)}


def everyday_rows(kind, folders=EVERYDAY, held_out=False):
    """The sentences of eval/everyday of one kind ("do" or "dont") that are not held out, or those that are."""
    for folder in folders:
        path = ROOT / "eval" / "everyday" / folder / f"{kind}.jsonl"
        for index, line in enumerate(path.read_text().splitlines() if path.exists() else []):
            row = json.loads(line)
            if row.get("held_out", index % 3 == 2) == held_out:
                yield row


def from_own_tools(favilla, rng):
    """The everyday sentences that are not held out: which function, without its arguments, which the rows do not have
    as they are said. And those that ask for nothing."""
    tools = own_functions(favilla)
    for kind in ("do", "dont"):
        for row in everyday_rows(kind, (".", "colloquial")):
            expected = row.get("expect", [])
            call = {"name": f"{expected['tool']}_{expected['action']}"} if isinstance(expected, dict) else NONE
            own = beside(tools[call["name"]], tools.values(), rng) if call["name"] in tools else []
            if own or kind == "dont":
                yield single(f"own-{kind}", row["text"], own, call)
    yield from (single("own-tools", "", [tool], None) for tool in tools.values())


def from_families(share, rng):
    """A whole family is on one side of the split, so that held-out ones have functions that were never seen. Of a
    family that is trained on, `share` of the requests."""
    for _, family in families.load():
        part = part_of(family["family"])
        rest = family["requests"] if part != "train" else rng.sample(
            family["requests"], round(share * len(family["requests"])))
        for request in rest:
            item = single("families", request["text"], family["functions"], request["call"])
            yield {**item, "part": part, "messages": [*request.get("before", []), *item["messages"]]}
        for text in family["nothing"]:
            yield {**single("families", text, family["functions"], NONE), "part": part}


def from_small_talk(data, count, rng):
    rows = json.loads((data / "clinc150" / "clinc150_dev.json").read_text())["oos_train"]
    for text, _ in rng.sample(rows, min(count, len(rows))):
        yield single("clinc150", text, [], NONE)


def from_sums(data, count, rng):
    """Steps of school problems: numbers copied with care."""
    rows = (data / "gsm8k" / "train_first_2500.jsonl").read_text().splitlines()
    tool = {"name": "calculate", "description": "Work out an expression.", "parameters": {
        "type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]}}
    for line in rng.sample(rows, count):
        steps = re.findall(r"<<([^=<>]+)=", json.loads(line)["answer"])
        said = rng.choice(["what is {}", "how much is {}?", "{}", "calculate {} for me", "work out {}"])
        if steps and re.fullmatch(r"[0-9.+*/()-]+", steps[0]):
            call = {"name": "calculate", "arguments": {"expression": steps[0]}}
            yield single("gsm8k", said.format(steps[0]), [tool], call)


def from_shell(data, count, rng):
    """Requests for commands of a shell: the function is right, the command itself is not to be learned."""
    tool = {"name": "run_command", "description": "Run a shell command.", "parameters": {
        "type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}}
    for text in rng.sample((data / "nl2bash" / "all.nl").read_text().splitlines(), count):
        if len(text) < 120:
            yield single("nl2bash", text.strip(), [tool], {"name": "run_command"})


def keep_sides_apart(items):
    """Leaves out of `train` and `tune` what shares a sentence with a stricter side, and all that eval/everyday
    holds out."""
    held_out = {normal(row["text"]) for kind in ("do", "dont") for row in everyday_rows(kind, held_out=True)}
    taken, kept = {sentence for sentence in held_out if len(sentence.split()) >= 4}, []
    for part in ("held-out", "tune", "train"):
        said = []
        for item in (item for item in items if item["part"] == part):
            sentences = {normal(message["content"]) for message in item["messages"] if message["role"] == "user"}
            sentences = {sentence for sentence in sentences if len(sentence.split()) >= 4}
            if not sentences & taken:
                kept.append(item)
                said.append(sentences)
        taken = taken.union(*said)
    return kept


def evaluated_sentences(data):
    """What eval/toolcalls holds out."""
    return {normal(message["content"] or "") for name in toolcalls.SETS for item in toolcalls.load_items(data, name)
            if toolcalls.is_item_held_out(item) for message in item["messages"] if message["role"] == "user"}


def refuse_what_is_evaluated(data, train):
    """The split of evaluation and this one are made in two places; ends the run where they do not agree."""
    held_out = evaluated_sentences(data)
    for item in train:
        said = normal(item["messages"][-1]["content"])
        if said in held_out and (item["set"] == "ha-actions" or len(said.split()) >= 4):
            sys.exit(f"evaluation holds out what would be trained on: {said}")


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


class Distractors:
    """Other functions of all sets: some that share words with the request, some at random."""

    def __init__(self, tools):
        self.tools = list({tool["name"]: tool for tool in tools}.values())
        self.words = [set(normal(spelled(tool["name"], "snake").replace("_", " ") + " " + tool.get("description", ""))
                          .split()) for tool in self.tools]

    def pick(self, item, count, rng):
        said = set(normal(item["messages"][-1]["content"]).split()) | set(
            normal(spelled(item["call"]["name"], "snake").replace("_", " ")).split())
        sample = rng.sample(range(len(self.tools)), min(300, len(self.tools)))
        sample.sort(key=lambda i: -len(self.words[i] & said) / (3 + len(self.words[i])))
        near = sample[:2 * count]
        far = rng.sample(sample, min(count, len(sample)))
        chosen = dict.fromkeys(rng.choice(near) if rng.random() < 0.7 else i for i in far)
        return [self.tools[i] for i in chosen][:count]


def call_in_order(call, tool, new=None):
    """The call's arguments in the order of the schema; absent where they are not to be learned."""
    if "arguments" not in call:
        return {"name": tool["name"]}
    arguments = {(new or {}).get(name, name): value for name, value in call["arguments"].items()}
    order = [*tool["parameters"].get("properties", {}), *arguments]
    return {"name": tool["name"], "arguments": {name: arguments[name] for name in order if name in arguments}}


def variant(item, distractors, rng, drop):
    """Another form of an item, with `drop` without its function; None when the rewritten names collide."""
    style = rng.choice(["snake", "snake", "camel", "pascal"])
    describe = rng.random() < 0.85
    own = next((tool for tool in item["tools"] if tool["name"] == item["call"]["name"]), None)
    others = [tool for tool in item["tools"] if tool is not own]
    rng.shuffle(others)
    others = others[:rng.randint(min(drop, len(others)), MOST_TOOLS - 1)]
    if len(others) < MOST_TOOLS - 1:
        least = 0 if others or (own and not drop) else 1
        others += distractors.pick(item, rng.randint(least, MOST_TOOLS - 1 - len(others)), rng)
    tools, call = [], NONE
    if own is not None and not drop:
        tool, new = rewritten(own, style, rng, describe)
        if not set(item["call"].get("arguments", {})) <= set(new):
            return None
        tools.append(tool)
        call = call_in_order(item["call"], tool, new)
    tools += [rewritten(tool, style, rng, describe)[0] for tool in others if own is None or tool["name"] != own["name"]]
    rng.shuffle(tools)
    names = [tool["name"] for tool in tools]
    if not tools or len(set(names)) < len(names):
        return None
    return {**item, "tools": tools, "call": call}


def plain(item, distractors, rng):
    """The item itself, cut or filled up to as many functions as the prompt has."""
    own = [tool for tool in item["tools"] if tool["name"] == item["call"]["name"]]
    others = [tool for tool in item["tools"] if tool["name"] != item["call"]["name"]]
    if not others:
        others = distractors.pick(item, rng.randint(1, MOST_TOOLS - 1), rng)
    kept = own + [tool for tool in others if tool["name"] != item["call"]["name"]][:MOST_TOOLS - len(own)]
    order = [tool for tool in item["tools"] if tool in kept] if len(item["tools"]) > 1 else rng.sample(kept, len(kept))
    call = call_in_order(item["call"], own[0]) if own else NONE
    return {**item, "tools": order, "call": call}


def all_items(data, favilla, per_intent, family_share, rng):
    """What the examples are made of: {"set", "part", "messages", "tools", "call"}, the call None where a row has only
    functions."""
    items = list(from_toolcalls(data))
    items += from_intents("slurp", annotated_rows(data / "slurp" / "devel.jsonl"), per_intent, rng)
    items += from_intents("hwu64", annotated_rows(data / "hwu64" / "hwu64_minus_slurp_test.jsonl"), per_intent, rng)
    items += from_intents("snips", snips_rows(data / "snips" / "train"), 4 * per_intent, rng)
    items += from_home(data)
    items += from_own_tools(favilla, rng)
    items += from_families(family_share, rng)
    items += from_small_talk(data, 100, rng)
    items += from_sums(data, 60, rng)
    items += from_shell(data, 60, rng)
    return items


def write_parts(parts, folder, rng):
    """{part: rows} as files, shuffled, and how many rows each set has."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for part, rows in parts.items():
        rng.shuffle(rows)
        (folder / f"{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        counts[part] = dict(sorted(collections.Counter(row["set"] for row in rows).items()))
        counts[part].update(none=sum(row["call"] == NONE for row in rows), all=len(rows))
    (folder / "counts.json").write_text(json.dumps(counts, indent=1) + "\n")
    print(json.dumps(counts))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--favilla", required=True, help="the program, for its own functions")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-intent", type=int, default=6)
    parser.add_argument("--family-share", type=float, default=0.7)
    args = parser.parse_args()

    rng = random.Random(args.seed)
    items = all_items(args.data, args.favilla, args.per_intent, args.family_share, rng)
    distractors = Distractors([tool for item in items for tool in item["tools"]])
    items = keep_sides_apart([item for item in items if item["call"] is not None])
    parts = {"train": [], "tune": [], "held-out": []}
    for item in items:
        parts[item["part"]].append(plain(item, distractors, rng))
        if item["part"] != "train" and item["set"] in toolcalls.MAIN_SETS and len(item["tools"]) > 1:
            left = [tool for tool in item["tools"] if tool["name"] != item["call"]["name"]]
            parts[item["part"]].append(plain({**item, "tools": left, "call": NONE}, distractors, rng))
        if item["part"] != "train":
            continue
        having, lacking = FORMS.get(item["set"], (0, 0))
        made = [variant(item, distractors, rng, drop) for drop in [False] * having + [True] * lacking]
        parts["train"] += [row for row in made if row is not None]
        if item["set"] not in FORMS and rng.random() < 0.6:
            row = variant(item, distractors, rng, rng.random() < 0.3)
            if row is not None:
                parts["train"][-1] = row
    refuse_what_is_evaluated(args.data, parts["train"])
    write_parts(parts, args.output, rng)


if __name__ == "__main__":
    main()
