#!/usr/bin/env python3
"""Checks domains/*.jsonl: functions of one kind, requests for them, and sentences near them that none of them does.

    training/rerank/domains_check.py [FILE.jsonl ...]

A line: {"domain", "functions": [{"name", "description", "parameters"}], "requests": [{"text", "function"}],
"nothing": [text]}. Prints what is wrong with its line, and the counts; exit code 1 when something is.
"""

import json
import re
import sys
from pathlib import Path


def faults(row):
    if set(row) != {"domain", "functions", "requests", "nothing"}:
        yield f"members {sorted(row)}"
        return
    names = [function.get("name", "") for function in row["functions"]]
    if len(set(names)) < len(names) or not 4 <= len(names) <= 8:
        yield f"{len(names)} functions, {len(set(names))} names"
    for function in row["functions"]:
        parameters = function.get("parameters", {})
        properties = parameters.get("properties", {})
        if set(function) != {"name", "description", "parameters"} or parameters.get("type") != "object":
            yield f"function {function.get('name')}"
        elif not set(parameters.get("required", [])) <= set(properties):
            yield f"{function['name']} requires what it has not"
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", function.get("name", "")):
            yield f"name {function.get('name')}"
    texts = [request["text"] for request in row["requests"]] + row["nothing"]
    if len({text.lower() for text in texts}) < len(texts):
        yield "a sentence twice"
    if any(not 5 <= len(text) <= 300 or "\n" in text for text in texts):
        yield "a sentence that is too short, too long or of two lines"
    asked = {request["function"] for request in row["requests"]}
    if not asked <= set(names) or len(asked) < len(names):
        yield f"functions asked for: {sorted(asked)} of {names}"
    if len(row["requests"]) < 2 * len(names) or len(row["nothing"]) < 6:
        yield f"{len(row['requests'])} requests, {len(row['nothing'])} for nothing"


def main():
    paths = [Path(name) for name in sys.argv[1:]] or sorted(Path(__file__).with_name("domains").glob("*.jsonl"))
    wrong = domains = requests = nothing = 0
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            try:
                row = json.loads(line)
                found = list(faults(row))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                row, found = {}, [f"{type(error).__name__}: {error}"]
            for fault in found:
                print(f"{path.name}:{number}: {fault}")
            wrong += len(found)
            domains += 1
            requests += len(row.get("requests", []))
            nothing += len(row.get("nothing", []))
    print(f"{domains} domains, {requests} requests, {nothing} for nothing, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
