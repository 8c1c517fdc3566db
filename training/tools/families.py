#!/usr/bin/env python3
"""Families of functions with requests for them, written for this project: the functions of a service are much alike.

    training/tools/families.py training/tools/families/*.jsonl      # validates; says what is wrong and where

A row of a file is one family: {"family", "functions": [{"name", "description", "parameters"}],
"requests": [{"text", "call": {"name", "arguments"}, "before"?: [{"role", "content"}]}], "nothing": [text]}. `before`
are earlier turns; `nothing` are requests near the family's subject that none of its functions can do.
"""

import json
import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "families"
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list}


def load():
    """[(place, family)], place as "file:line"; ends the program at the first row that is wrong."""
    families = []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            family = json.loads(line)
            for problem in problems_of(family):
                sys.exit(f"{path.name}:{number}: {problem}")
            families.append((f"{path.name}:{number}", family))
    return families


def problems_of(family):
    functions = {function["name"]: function for function in family["functions"]}
    if len(functions) < max(4, len(family["functions"])):
        yield "fewer than 4 functions, or two of one name"
    for function in functions.values():
        yield from problems_of_function(function)
    texts = [request["text"] for request in family["requests"]] + family["nothing"]
    if len(set(texts)) < len(texts):
        yield "a request stands twice"
    for request in family["requests"]:
        if request["call"]["name"] not in functions:
            yield f"{request['text']!r}: no function {request['call']['name']}"
        else:
            function = functions[request["call"]["name"]]
            yield from (f"{request['text']!r}: {problem}" for problem in problems_of_call(request, function))
    for name in functions.keys() - {request["call"]["name"] for request in family["requests"]}:
        yield f"no request for {name}"


def problems_of_function(function):
    name, parameters = function["name"], function["parameters"]
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{1,47}", name) or not function["description"]:
        yield f"{name}: not a name of letters, digits and _, or no description"
    if parameters["type"] != "object" or not set(parameters["required"]) <= set(parameters["properties"]):
        yield f"{name}: parameters are no object, or a required one is missing"
    for key, schema in parameters["properties"].items():
        if schema["type"] not in TYPES:
            yield f"{name}.{key}: type {schema['type']}"


def problems_of_call(request, function):
    said = [turn["content"] for turn in request.get("before", []) if turn["role"] == "user"] + [request["text"]]
    properties, arguments = function["parameters"]["properties"], request["call"]["arguments"]
    for key in set(function["parameters"]["required"]) - set(arguments):
        yield f"required {key} is missing"
    for key, value in arguments.items():
        if key not in properties:
            yield f"no parameter {key}"
        elif not fits(value, properties[key]):
            yield f"{key}: {value!r} does not fit its schema"
        elif isinstance(value, str) and "enum" not in properties[key] and not any(value in text for text in said):
            yield f"{key}: {value!r} is no part of what was said"


def fits(value, schema):
    if schema["type"] != "boolean" and isinstance(value, bool):
        return False
    if schema["type"] == "array":
        return isinstance(value, list) and bool(value) and all(fits(each, schema["items"]) for each in value)
    return isinstance(value, TYPES[schema["type"]]) and value in schema.get("enum", [value])


def main():
    wrong = requests = functions = 0
    for name in sys.argv[1:]:
        for number, line in enumerate(Path(name).read_text().splitlines(), 1):
            try:
                family = json.loads(line)
                problems = list(problems_of(family))
                requests += len(family["requests"]) + len(family["nothing"])
                functions += len(family["functions"])
            except (ValueError, KeyError, TypeError) as error:
                problems = [f"{type(error).__name__}: {error}"]
            for problem in problems:
                print(f"{name}:{number}: {problem}")
            wrong += len(problems)
    print(f"{functions} functions, {requests} requests, {wrong} problems")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
