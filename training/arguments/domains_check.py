#!/usr/bin/env python3
"""Checks domains/*.jsonl: the arguments of the requests in ../rerank/domains, as they are said there.

    training/arguments/domains_check.py [FILE.jsonl ...]

A line: {"domain", "text", "arguments"}; the request is one of that domain in the file of the same name. A text argument
stands in the request word for word, unless its schema lists choices; numbers are numbers. Prints what is wrong with its
line, and the counts; exit code 1 when something is.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUESTS = HERE.parent / "rerank" / "domains"


def requests_of(name):
    """{(domain, text): its function's parameters}"""
    found = {}
    for line in (REQUESTS / name).read_text().splitlines():
        row = json.loads(line)
        parameters = {function["name"]: function["parameters"] for function in row["functions"]}
        for request in row["requests"]:
            found[row["domain"], request["text"]] = parameters[request["function"]]
    return found


def faults(row, requests):
    if set(row) != {"domain", "text", "arguments"}:
        yield f"members {sorted(row)}"
        return
    parameters = requests.get((row["domain"], row["text"]))
    if parameters is None:
        yield f"no such request in {row['domain']}: {row['text']}"
        return
    for name, value in row["arguments"].items():
        schema = parameters.get("properties", {}).get(name)
        if schema is None:
            yield f"no parameter {name}"
            continue
        choices = schema.get("enum") or schema.get("items", {}).get("enum")
        for each in value if isinstance(value, list) else [value]:
            if choices:
                if each not in choices:
                    yield f"{name}: {each} is no choice"
            elif isinstance(each, str) and each not in row["text"]:
                yield f"{name}: \"{each}\" does not stand in: {row['text']}"
            elif each is None or isinstance(each, dict) or each == "":
                yield f"{name}: {each}"


def main():
    paths = [Path(name) for name in sys.argv[1:]] or sorted((HERE / "domains").glob("*.jsonl"))
    wrong = rows = arguments = 0
    for path in paths:
        requests = requests_of(path.name)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            try:
                row = json.loads(line)
                found = list(faults(row, requests))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                row, found = {}, [f"{type(error).__name__}: {error}"]
            for fault in found:
                print(f"{path.name}:{number}: {fault}")
            wrong += len(found)
            rows += 1
            arguments += len(row.get("arguments", {}))
    print(f"{rows} requests, {arguments} arguments, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
