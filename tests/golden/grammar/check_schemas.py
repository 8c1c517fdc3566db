#!/usr/bin/env python3
"""Random JSON Schemas against an independent validator (the Python package jsonschema).

    check_schemas.py --walk GRAMMAR_WALK --model TINY.gguf [--count 1000] [--seed 1]

For each schema: every text that grammar_walk samples must parse and be valid; instances that this script makes from the
schema, written in the canonical form, must be accepted when the validator finds them valid; what mutations make of them
must be accepted only when it is valid. Numbers are read as decimals, so that bounds are compared exactly.
"""
import argparse
import copy
import decimal
import json
import random
import subprocess
import sys

import jsonschema

FORMATS = ["date", "time", "date-time", "email", "uri", "uuid", "ipv4", "duration", "hostname", "ipv6"]
PATTERNS = ["^[a-z]{2,5}$", "^(ab|c)+$", "x[0-9]", "^[A-Z][a-z]*( [A-Z][a-z]*)?$", "^\\d{3}-\\d{4}$", "[^a]$"]
NAMES = ["id", "name", "a b", "q\"uote", "city", "\u00e9", "to", "tag"]
STRINGS = ["", "a", "ab", "hello", "x1", "K\u00f6ln", "tab\there", "\"", "\\", "\u65e5\u672c", "ab c", "Abc Def",
           "123-4567"]


class Maker:
    """Makes schemas, and instances of them that are mostly valid."""

    def __init__(self, rng):
        self.rng = rng

    def schema(self, depth=0):
        kinds = ["string", "string", "integer", "number", "boolean", "null", "enum", "const"]
        if depth < 3:
            kinds += ["object"] * 5 + ["array"] * 3 + ["anyOf", "oneOf", "allOf", "types"]
        if depth > 0:
            kinds += ["ref"]
        return getattr(self, "make_" + self.rng.choice(kinds).replace("anyOf", "any").replace("oneOf", "one")
                       .replace("allOf", "all"))(depth)

    def make_string(self, _depth):
        schema = {"type": "string"}
        choice = self.rng.random()
        if choice < 0.2:
            schema["format"] = self.rng.choice(FORMATS)
        elif choice < 0.4:
            schema["pattern"] = self.rng.choice(PATTERNS)
        elif choice < 0.7:
            schema["minLength"] = self.rng.randrange(4)
            schema["maxLength"] = schema["minLength"] + self.rng.randrange(6)
        return schema

    def bounds(self, schema, values):
        low, high = sorted(values)
        if self.rng.random() < 0.6:
            schema[self.rng.choice(["minimum", "exclusiveMinimum"])] = low
        if self.rng.random() < 0.6:
            schema[self.rng.choice(["maximum", "exclusiveMaximum"])] = high + 2
        return schema

    def make_integer(self, _depth):
        schema = {"type": "integer"}
        if self.rng.random() < 0.2:
            schema["multipleOf"] = self.rng.choice([2, 3, 5, 7, 10, 60])
            return schema
        size = 10 ** self.rng.randrange(1, 12)
        return self.bounds(schema, [self.rng.randrange(-size, size) for _ in range(2)])

    def make_number(self, _depth):
        schema = {"type": "number"}
        if self.rng.random() < 0.15:
            schema["multipleOf"] = self.rng.choice([0.1, 0.01, 5])
            return schema
        size = 10 ** self.rng.randrange(4)
        return self.bounds(schema, [round(self.rng.uniform(-size, size), self.rng.randrange(4)) for _ in range(2)])

    def make_boolean(self, _depth):
        return {"type": "boolean"}

    def make_null(self, _depth):
        return {"type": "null"}

    def value(self):
        return self.rng.choice([0, 1, -5, 2.5, True, None, "x", "two words", ["a", 1],
                                {"k": "v", "l": [None]}, "\u00e9\n"])

    def make_const(self, _depth):
        return {"const": self.value()}

    def make_enum(self, _depth):
        return {"enum": [self.value() for _ in range(self.rng.randrange(1, 5))]}

    def make_object(self, depth):
        names = self.rng.sample(NAMES, self.rng.randrange(5))
        schema = {"type": "object"}
        if names or self.rng.random() < 0.7:
            schema["properties"] = {name: self.schema(depth + 1) for name in names}
        if names and self.rng.random() < 0.8:
            schema["required"] = self.rng.sample(names, self.rng.randrange(len(names) + 1))
        choice = self.rng.random()
        if choice < 0.4:
            schema["additionalProperties"] = False
        elif choice < 0.55:
            schema["additionalProperties"] = self.schema(depth + 1)
        return schema

    def make_array(self, depth):
        schema = {"type": "array", "items": self.schema(depth + 1)}
        if self.rng.random() < 0.5:
            schema["minItems"] = self.rng.randrange(3)
        if self.rng.random() < 0.5:
            schema["maxItems"] = schema.get("minItems", 0) + self.rng.randrange(4)
        if self.rng.random() < 0.2:
            schema["prefixItems"] = [self.schema(depth + 1) for _ in range(self.rng.randrange(1, 3))]
        elif self.rng.random() < 0.1:
            schema["items"] = {"enum": self.rng.sample(["a", "b", "c", 1, None], 3)}
            schema["uniqueItems"] = True
        return schema

    def make_any(self, depth):
        return {"anyOf": [self.schema(depth + 1) for _ in range(self.rng.randrange(1, 4))]}

    def make_one(self, depth):
        choices = []
        for kind in self.rng.sample(["cat", "dog", "bird"], 2):
            choice = self.make_object(depth + 1)
            choice.setdefault("properties", {})["kind"] = {"const": kind}
            choice["required"] = choice.get("required", []) + ["kind"]
            choices.append(choice)
        return {"oneOf": choices}

    def make_all(self, depth):
        first, second = self.make_object(depth + 1), self.make_object(depth + 1)
        first.pop("additionalProperties", None)
        second.pop("additionalProperties", None)
        for name in set(first.get("properties", {})) & set(second.get("properties", {})):
            del second["properties"][name]
            second["required"] = [other for other in second.get("required", []) if other != name]
        return {"allOf": [first, second]}

    def make_types(self, _depth):
        return {"type": self.rng.sample(["string", "integer", "boolean", "null"], 2)}

    def make_ref(self, _depth):
        return {"$ref": "#/$defs/" + self.rng.choice(["leaf", "list"])}

    def document(self):
        schema = self.schema()
        schema["$defs"] = {
            "leaf": self.make_integer(0),
            "list": {"type": "object", "required": ["value"],
                     "properties": {"value": {"$ref": "#/$defs/leaf"}, "next": {"$ref": "#/$defs/list"}}}}
        return schema

    # ---- instances

    def instance(self, schema, document, depth=0):
        if "$ref" in schema:
            return self.instance(document["$defs"][schema["$ref"].split("/")[-1]], document, depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        for joined in ("anyOf", "oneOf"):
            if joined in schema:
                return self.instance(self.rng.choice(schema[joined]), document, depth + 1)
        if "allOf" in schema:
            whole = {}
            for part in schema["allOf"]:
                whole.update(self.instance(part, document, depth + 1))
            return whole
        kind = schema["type"] if isinstance(schema["type"], str) else self.rng.choice(schema["type"])
        return getattr(self, "instance_" + kind)(schema, document, depth)

    def instance_object(self, schema, document, depth):
        required = schema.get("required", [])
        whole = {}
        for name, member in schema.get("properties", {}).items():
            if name in required or (depth < 6 and self.rng.random() < 0.5):
                whole[name] = self.instance(member, document, depth + 1)
        return whole

    def instance_array(self, schema, document, depth):
        count = self.rng.randrange(schema.get("minItems", 0), min(schema.get("maxItems", 4), 6) + 1)
        parts = schema.get("prefixItems", [])
        items = [self.instance(part, document, depth + 1) for part in parts[:count]]
        return items + [self.instance(schema["items"], document, depth + 1) for _ in range(count - len(items))]

    def instance_string(self, _schema, _document, _depth):
        return self.rng.choice(STRINGS)

    def instance_integer(self, schema, _document, _depth):
        near = [schema[key] for key in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum") if key in schema]
        around = int(self.rng.choice(near)) if near else 0
        step = schema.get("multipleOf", 1)
        return (around + self.rng.randrange(-3, 4)) // step * step

    def instance_number(self, schema, document, depth):
        near = [schema[key] for key in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum") if key in schema]
        if schema.get("multipleOf") == 5 or not near:
            return self.instance_integer({"multipleOf": schema.get("multipleOf", 1) if near else 5}, document, depth)
        return round(self.rng.choice(near) + self.rng.choice([0, 0.001, -0.001, 0.5, 1]), 4)

    def instance_boolean(self, _schema, _document, _depth):
        return self.rng.random() < 0.5

    def instance_null(self, _schema, _document, _depth):
        return None

    def mutated(self, value):
        value = copy.deepcopy(value)
        if isinstance(value, dict) and value and self.rng.random() < 0.8:
            name = self.rng.choice(list(value))
            if self.rng.random() < 0.3:
                del value[name]
            else:
                value[name] = self.mutated(value[name])
            return value
        if isinstance(value, list) and value and self.rng.random() < 0.8:
            index = self.rng.randrange(len(value))
            value[index] = self.mutated(value[index])
            return value
        return self.value()


def canonical(value):
    return json.dumps(value, ensure_ascii=False)


def plain_numbers(text):
    """Does the text have no exponent outside its strings?"""
    return "e" not in "".join(text.split('"')[::2]).replace("true", "").replace("false", "")


def parse(text):
    return json.loads(text, parse_float=decimal.Decimal)


class Checker:
    def __init__(self):
        self.samples = self.accepted = self.rejected = self.unfinished = self.refused = 0
        self.failures = []

    def check(self, schema, texts, reply):
        if "error" in reply:
            self.refused += 1
            known = ("no finite text", "may overlap", "not supported", "is supported", "cannot be joined")
            if not any(words in reply["error"] for words in known):
                self.failures.append((schema, reply["error"], "refused without need"))
            return
        exact = parse(json.dumps(schema))
        draft = jsonschema.Draft202012Validator
        validator = draft(exact, format_checker=draft.FORMAT_CHECKER)
        self.unfinished += reply["unfinished"]
        for text in reply["samples"]:
            self.samples += 1
            try:
                validator.validate(parse(text))
            except (ValueError, jsonschema.ValidationError) as error:
                self.failures.append((schema, text, str(error).split("\n", maxsplit=1)[0]))
        for text, accepted in zip(texts, reply["accepted"]):
            valid = validator.is_valid(parse(text))
            self.accepted += accepted
            self.rejected += not accepted
            if accepted and not valid:
                self.failures.append((schema, text, "accepted, and not valid"))
            # What is valid may be left out only for members that no property names, or for their order.
            elif valid and not accepted and in_form(parse(text), exact, exact):
                self.failures.append((schema, text, "valid, and not accepted"))


def in_form(value, schema, document):
    """Is the valid value in the form that the compiler promises to accept: no members but those of the properties?"""
    if schema is True or not isinstance(schema, dict):
        return True
    if "$ref" in schema:
        return in_form(value, document["$defs"][schema["$ref"].split("/")[-1]], document)
    if "allOf" in schema:
        names = [name for part in schema["allOf"] for name in part.get("properties", {})]
        order = [names.index(name) for name in value if name in names] if isinstance(value, dict) else []
        free = all("properties" not in part for part in schema["allOf"])
        whole = len(order) == len(value) if isinstance(value, dict) else True
        return free or (whole and order == sorted(order) and all(
            in_form(value[name], part["properties"][name], document)
            for part in schema["allOf"] for name in part.get("properties", {}) if name in value))
    for joined in ("anyOf", "oneOf"):
        if joined in schema:
            checks = jsonschema.Draft202012Validator
            return any(in_form(value, part, document) for part in schema[joined]
                       if checks({**part, "$defs": document["$defs"]},
                                 format_checker=checks.FORMAT_CHECKER).is_valid(value))
    if "enum" in schema or "const" in schema:
        return True
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int) and schema.get("type") == "number" and len(str(abs(value))) > 15:
        return False
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        known = [name for name in value if name in properties]
        if properties and len(known) < len(value):
            return False
        return known == [name for name in properties if name in value] and all(
            in_form(value[name], properties[name], document) for name in known)
    if isinstance(value, list):
        parts = schema.get("prefixItems", [])
        return all(in_form(item, parts[i] if i < len(parts) else schema.get("items", True), document)
                   for i, item in enumerate(value))
    return not (isinstance(value, str) and "format" in schema)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--walk", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    maker = Maker(random.Random(options.seed))
    questions = []
    for index in range(options.count):
        schema = maker.document()
        texts = []
        for _ in range(4):
            value = maker.instance(schema, schema)
            texts += [text for text in (canonical(value), canonical(maker.mutated(value))) if plain_numbers(text)]
        questions.append({"schema": schema, "samples": 3, "seed": index, "texts": texts})
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    run = subprocess.run([options.walk, options.model], input=lines, capture_output=True, text=True, check=False)
    replies = [json.loads(line) for line in run.stdout.split("\n") if line]
    checker = Checker()
    for question, reply in zip(questions, replies):
        checker.check(question["schema"], question["texts"], reply)
    for schema, text, problem in checker.failures[:10]:
        print(f"{problem}\n  text   {text}\n  schema {json.dumps(schema, ensure_ascii=False, default=str)}")
    print(f"{options.count} schemas ({checker.refused} refused): {checker.samples} samples, "
          f"{checker.unfinished} unfinished; of given texts {checker.accepted} accepted, {checker.rejected} not; "
          f"{len(checker.failures)} failures")
    whole = len(replies) == options.count and checker.samples > options.count and checker.accepted > options.count / 2
    few_unfinished = checker.unfinished * 100 <= checker.samples
    return 0 if whole and few_unfinished and not checker.failures and run.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
