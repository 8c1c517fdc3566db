#!/usr/bin/env python3
"""Tool calling on public single-call items, through `favilla batch`. What counts as right: README.md beside this file.

    eval/toolcalls/run.py --favilla build/dev/src/cli/favilla --data ../shared/data --part dev --sample 60
    eval/toolcalls/run.py --favilla ... --data ... --part held-out --json result.json
    eval/toolcalls/run.py --favilla ... --data ... --system bare --model smollm2-135m

Prints a row for each set; --json writes the figures, --errors FILE the wrong items of the dev part (not of the other).
"""

import argparse
import ast
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[2] / "training" / "tools"))

import families  # noqa: E402  (needs the path above)
from parts import part_of  # noqa: E402

SETS = {"api-bank": ["toolcalls/apibank_l1.json", "toolcalls/apibank_l2.json"],
        "seal-tools": ["toolcalls/sealtool.json"],
        "toolalpaca": ["toolcalls/toolalpaca.json"],
        "bfcl-simple": ["bfcl-exec/question/exec_simple.json"],
        "bfcl-multiple": ["bfcl-exec/question/exec_multiple.json"],
        "ha-actions": ["ha-actions/conversation.jsonl"]}
MAIN_SETS = ["api-bank", "seal-tools", "toolalpaca"]
FAMILIES = "families"  # this project's own (training/tools/families), which --sets names or leaves out

TYPES = {"str": "string", "string": "string", "int": "integer", "integer": "integer", "float": "number",
         "number": "number", "bool": "boolean", "boolean": "boolean", "list": "array", "array": "array",
         "list(str)": "array", "tuple": "array", "dict": "object", "object": "object", "any": "string"}


def query_text(query):
    return query if isinstance(query, str) else json.dumps(query)


def is_held_out(text):
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 5 == 0


def is_item_held_out(item):
    """Two sets are split as training/tools/data.py splits them: the sentences of a home by their words, not by their
    bytes, and whole families."""
    if item["set"] == FAMILIES:
        return part_of(item["family"]) == "held-out"
    return part_of(item["text"]) == "held-out" if item["set"] == "ha-actions" else is_held_out(item["text"])


def schema_of(parameter):
    """A parameter in any of the sets' notations as JSON Schema."""
    schema = {key: value for key, value in parameter.items() if key in ("description", "enum", "default")}
    kind = TYPES.get(str(parameter.get("type", "string")).lower(), "string")
    schema["type"] = kind
    if kind == "array":
        items = parameter.get("items") or {"type": "string"}
        schema["items"] = schema_of(items)
    if kind == "object" and isinstance(parameter.get("properties"), dict):
        schema["properties"] = {name: schema_of(inner) for name, inner in parameter["properties"].items()}
    return schema


def tool_of(tool):
    parameters = tool["parameters"]
    if "properties" in parameters and parameters.get("type") in ("dict", "object"):  # bfcl
        properties, required = parameters["properties"], parameters.get("required", [])
    else:
        properties = parameters
        says = "required" in tool or any("required" in p for p in properties.values())
        required = list(tool.get("required") or [n for n, p in properties.items() if p.get("required") is True])
        if not says:
            required = list(properties)
    schema = {"type": "object", "properties": {n: schema_of(p) for n, p in properties.items()},
              "required": [n for n in required if n in properties]}
    name = "".join(c if c.isalnum() or c in "_-." else "_" for c in tool["name"])[:64]
    return {"type": "function", "function": {"name": name, "description": tool.get("description", ""),
                                             "parameters": schema}}


def messages_of(query):
    if isinstance(query, str):
        return [{"role": "user", "content": query}]
    messages = [{"role": "system", "content": "This year is 2023."}]  # as API-Bank's own prompt says
    for turn in query:
        content = turn["content"].replace("Generate API Request:", "").strip()
        if turn["role"] == "user":
            messages.append({"role": "user", "content": content})
        elif turn["role"] == "agent" and content:
            messages.append({"role": "assistant", "content": content})
        elif turn["role"] == "assistant":
            calls = json.loads(content.strip("`"))
            made = [{"name": call["name"], "arguments": json.dumps(call["arguments"])} for call in calls[:1]]
            messages.append({"role": "assistant", "content": None, "tool_calls": [
                {"id": f"c{len(messages)}", "type": "function", "function": function} for function in made]})
        elif turn["role"] == "tool" and messages[-1].get("tool_calls"):
            messages.append({"role": "tool", "content": content, "tool_call_id": messages[-1]["tool_calls"][0]["id"]})
    return messages


def bfcl_answer(text):
    call = ast.parse(text, mode="eval").body
    name = ast.unparse(call.func)
    return {"name": name, "arguments": {k.arg: constant(k.value) for k in call.keywords}}


def constant(node):
    """Literals, and arithmetic of them (some answers of BFCL are written as 1/6)."""
    if isinstance(node, ast.BinOp):
        left, right = constant(node.left), constant(node.right)
        steps = {ast.Add: left.__add__, ast.Sub: left.__sub__, ast.Mult: left.__mul__, ast.Div: left.__truediv__,
                 ast.Pow: left.__pow__}
        return steps[type(node.op)](right)
    return ast.literal_eval(node)


def family_items():
    """Requests for one function among all of its family."""
    for _, family in families.load():
        tools = [{"type": "function", "function": function} for function in family["functions"]]
        for request in family["requests"]:
            messages = [*request.get("before", []), {"role": "user", "content": request["text"]}]
            yield {"set": FAMILIES, "family": family["family"], "text": request["text"], "messages": messages,
                   "tools": tools, "name": request["call"]["name"], "arguments": request["call"]["arguments"]}


def home_items(path):
    """Single calls in a home, whose devices the system message lists. Two calls that reach the same devices are the
    same call, whether they say name, area or kind: HOME_SELECTORS are compared by what they select."""
    for line in path.read_text().splitlines():
        row = json.loads(line)
        calls, tools = row.get("tool_calls") or [], row["tools"]
        if len(calls) == 1 and calls[0]["name"] in [tool["function"]["name"] for tool in tools]:
            arguments = json.loads(calls[0]["arguments"])
            yield {"set": "ha-actions", "text": row["input"], "tools": tools, "name": calls[0]["name"],
                   "messages": [{"role": "system", "content": row["instructions"]},
                                {"role": "user", "content": row["input"]}],
                   "arguments": arguments, "home": home_of(row["instructions"])}


HOME_SELECTORS = ("name", "area", "floor", "domain", "device_class")
HOME_DOMAINS = {"HassLightSet": "light", "HassSetTemperature": "climate", "HassSetVolume": "media_player",
                "HassMediaPause": "media_player", "HassMediaUnpause": "media_player", "HassMediaNext": "media_player",
                "HassMediaPrevious": "media_player", "HassVacuumStart": "vacuum",
                "HassVacuumReturnToBase": "vacuum"}  # of functions that reach one kind of device only


def home_of(instructions):
    """The devices that a system message lists: name, area, domain and device_class of each, in lower case."""
    devices = []
    for line in instructions.splitlines():
        key, _, value = line.strip(" -").partition(": ")
        if line.startswith("- names:"):
            devices.append({"name": value.lower()})
        elif devices and key in ("domain", "areas", "device_class"):
            devices[-1]["area" if key == "areas" else key] = value.lower()
    return devices


def in_home(name, arguments, home):
    """The arguments with the numbers of the devices that they select, instead of how they select them."""
    selected = {i for i, device in enumerate(home)
                if name not in HOME_DOMAINS or device.get("domain") == HOME_DOMAINS[name]}
    for key in HOME_SELECTORS:
        wanted = arguments.get(key)
        if wanted and key != "floor":
            wanted = [str(one).lower() for one in (wanted if isinstance(wanted, list) else [wanted])]
            selected = {i for i in selected if home[i].get(key) in wanted}
    rest = {key: value for key, value in arguments.items() if key not in HOME_SELECTORS}
    return {**rest, "selected": sorted(selected)}


def load_items(data, name):
    if name == FAMILIES:
        return list(family_items())
    if name == "ha-actions":
        return list(home_items(Path(data) / SETS[name][0]))
    items = []
    for file in SETS[name]:
        path = Path(data) / file
        if name.startswith("bfcl"):
            answers = {}
            for line in (path.parents[1] / "possible_answer" / path.name).read_text().splitlines():
                row = json.loads(line)
                answers[row["id"]] = row["ground_truth"]
            for line in path.read_text().splitlines():
                row = json.loads(line)
                items.append({"query": row["question"][0][-1]["content"], "tools": row["function"],
                              "answers": [bfcl_answer(a) for a in answers[row["id"]]]})
        else:
            items += json.loads(path.read_text())
    rows = []
    for item in items:
        if len(item["answers"]) != 1:
            continue
        answer = item["answers"][0]
        rows.append({"set": name, "text": query_text(item["query"]), "messages": messages_of(item["query"]),
                     "tools": [tool_of(tool) for tool in item["tools"]],
                     "name": answer.get("name") or answer["tool"],
                     "arguments": answer.get("arguments", answer.get("parameters"))})
    return rows


def normal(value):
    """What is compared: numbers as numbers, also in strings; lists also as their text; blanks at the ends go."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, dict):
        return {key: normal(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [normal(inner) for inner in value]
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.startswith("[") and text.endswith("]"):
        try:
            return normal(ast.literal_eval(text))
        except (ValueError, SyntaxError):
            return text
    try:
        return float(text)
    except ValueError:
        return text


def folded(value):
    if isinstance(value, str):
        return " ".join(value.lower().split())
    if isinstance(value, list):
        return [folded(inner) for inner in value]
    return {key: folded(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def ask(favilla, model, behind, rows):
    """The first call of each answer as (name, arguments); None where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        with source.open("w") as out:
            for i, (messages, tools) in enumerate(rows):
                body = {"model": model, "messages": messages, "temperature": 0, "max_tokens": 128}
                if tools:
                    body["tools"] = tools
                out.write(json.dumps({"custom_id": str(i), "method": "POST", "url": "/v1/chat/completions",
                                      "body": body}) + "\n")
        command = [favilla, "batch", str(source), str(target)] + (["--model", behind] if behind else [])
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if not target.exists():
            sys.exit(done.stderr)
        answers = [None] * len(rows)
        failed = 0
        for line in target.read_text().splitlines():
            row = json.loads(line)
            response = row.get("response") or {}
            if response.get("status_code") != 200:
                failed += 1
                if failed == 1:
                    print("first failed row:", json.dumps(row)[:300], file=sys.stderr)
                continue
            message = response["body"]["choices"][0]["message"]
            calls = message.get("tool_calls") or []
            if calls:
                function = calls[0]["function"]
                answers[int(row["custom_id"])] = (function["name"], json.loads(function["arguments"]))
            else:
                answers[int(row["custom_id"])] = (None, message.get("content"))
        if failed:
            print(f"{failed} rows failed", file=sys.stderr)
        return answers


def score(items, answers, without):
    wrong = []
    counts = dict.fromkeys(["items", "name", "arguments_given_name", "whole", "whole_any_case", "asked_back",
                            "irrelevance", "irrelevance_others_left", "others_left"], 0)
    for item, answer, lone in zip(items, answers, without):
        name, arguments = answer or (None, None)
        counts["items"] += 1
        counts["asked_back"] += name is None and bool(arguments)
        counts["irrelevance"] += lone is not None and lone[0] is None
        if len(item["tools"]) > 1:
            counts["others_left"] += 1
            counts["irrelevance_others_left"] += lone is not None and lone[0] is None
        right = name == item["name"]
        counts["name"] += right
        if right and "home" in item:
            arguments, expected = (in_home(name, each, item["home"]) for each in (arguments, item["arguments"]))
        else:
            expected = item["arguments"]
        whole = right and normal(arguments) == normal(expected)
        counts["whole"] += whole
        counts["whole_any_case"] += right and folded(normal(arguments)) == folded(normal(expected))
        if not whole:
            wrong.append({"item": item, "answer": answer})
        if len(item["tools"]) > 1 and lone is not None and lone[0] is not None:
            wrong.append({"item": item, "called_without_its_tool": lone})
    counts["arguments_given_name"] = counts["whole"]
    n = max(counts["items"], 1)
    rates = {key: round(100 * counts[key] / n, 1) for key in ("name", "whole", "whole_any_case", "asked_back",
                                                              "irrelevance")}
    rates["arguments_given_name"] = round(100 * counts["whole"] / max(counts["name"], 1), 1)
    rates["irrelevance_others_left"] = round(100 * counts["irrelevance_others_left"] / max(counts["others_left"], 1), 1)
    return {"items": counts["items"], **rates}, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--part", choices=["dev", "held-out"], default="dev")
    parser.add_argument("--system", choices=["favilla", "bare"], default="favilla")
    parser.add_argument("--model", default="", help="the model behind the system, or the bare one")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--sample", type=int, default=0, help="so many items of each set; 0: all")
    parser.add_argument("--json")
    parser.add_argument("--errors", help="write the wrong items of the dev part")
    args = parser.parse_args()
    if args.errors and args.part != "dev":
        parser.error("--errors: held-out items are not looked at")

    results, errors = {}, []
    model, behind = ("favilla", args.model) if args.system == "favilla" else (args.model or "smollm2-135m", "")
    for name in args.sets.split(","):
        items = [item for item in load_items(args.data, name) if is_item_held_out(item) == (args.part == "held-out")]
        items.sort(key=lambda item: hashlib.sha256((item["text"] + item["name"]).encode()).hexdigest())
        items = items[:args.sample or len(items)]
        rows = [(item["messages"], item["tools"]) for item in items]
        left = [(item["messages"], [t for t in item["tools"] if t["function"]["name"] != item["name"]])
                for item in items]
        answers = ask(args.favilla, model, behind, rows + left)
        results[name], wrong = score(items, answers[:len(items)], answers[len(items):])
        errors += wrong
        print(name, json.dumps(results[name]), flush=True)
    if all(name in results for name in MAIN_SETS):
        results["average"] = {key: round(sum(results[n][key] for n in MAIN_SETS) / 3, 1)
                              for key in results["api-bank"] if key != "items"}
        print("average", json.dumps(results["average"]))
    if args.json:
        Path(args.json).write_text(json.dumps({"part": args.part, "system": args.system, "model": args.model,
                                               "sets": results}, indent=1) + "\n")
    if args.errors:
        Path(args.errors).write_text("".join(json.dumps(error) + "\n" for error in errors))


if __name__ == "__main__":
    main()
