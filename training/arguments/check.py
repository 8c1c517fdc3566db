#!/usr/bin/env python3
"""Checks domains/*.jsonl and own/*.jsonl: the arguments of requests, as they are said there.

    training/arguments/check.py --favilla build/dev/src/cli/favilla [FILE.jsonl ...]

A line of domains/: {"domain", "text", "arguments"}; the request is one of that domain in the file of the same name in
../rerank/domains. A line of own/: {"text", "function", "arguments"}; the function is one of the program. A text stands
in the request word for word, unless the schema lists choices; so do the words of a time or number of own/. Prints what
is wrong with its line, and the counts; exit code 1 when something is.
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

import data as calls  # noqa: E402  (needs the path above)

REQUESTS = HERE.parent / "rerank" / "domains"


def domain_parameters(name):
    """(row) -> the parameters' schema, for the file of this name"""
    found = {}
    for line in (REQUESTS / name).read_text().splitlines():
        row = json.loads(line)
        parameters = {function["name"]: function["parameters"] for function in row["functions"]}
        for request in row["requests"]:
            found[row["domain"], request["text"]] = parameters[request["function"]]
    return lambda row: found.get((row["domain"], row["text"]))


def own_parameters(favilla):
    tools = calls.own_functions(favilla)
    return lambda row: tools.get(row["function"], {}).get("parameters")


def faults(row, parameters_of, place):
    if set(row) != {place, "text", "arguments"}:
        yield f"members {sorted(row)}"
        return
    parameters = parameters_of(row)
    if parameters is None:
        yield f"no such request or function: {row[place]}, {row['text']}"
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", required=True, help="the program, for its own functions")
    parser.add_argument("files", nargs="*", type=Path)
    args = parser.parse_args()
    of_own = own_parameters(args.favilla)
    wrong = rows = arguments = 0
    for path in args.files or sorted(HERE.glob("domains/*.jsonl")) + sorted(HERE.glob("own/*.jsonl")):
        place = "function" if path.parent.name == "own" else "domain"
        parameters_of = of_own if place == "function" else domain_parameters(path.name)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            try:
                row = json.loads(line)
                found = list(faults(row, parameters_of, place))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                row, found = {}, [f"{type(error).__name__}: {error}"]
            for fault in found:
                print(f"{path.parent.name}/{path.name}:{number}: {fault}")
            wrong += len(found)
            rows += 1
            arguments += len(row.get("arguments", {}))
    print(f"{rows} requests, {arguments} arguments, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
