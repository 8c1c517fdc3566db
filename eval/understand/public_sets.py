"""Reads the public sets of intents into rows {text, intent, entities: [{start, end, value, entity}]}, as
`favilla teach` takes them. Every function takes the folder that has the sets as their authors publish them."""

import json
import pathlib
import re
import unicodedata

Row = dict


def normalized(text: str) -> str:
    """Small letters, no punctuation, single blanks: what counts as the same sentence."""
    kept = "".join(c for c in text.lower() if not unicodedata.category(c).startswith(("P", "S")))
    return " ".join(kept.split())


def without(rows: list[Row], test: list[Row]) -> list[Row]:
    """The rows whose sentence is not in the test set."""
    tested = {normalized(row["text"]) for row in test}
    return [row for row in rows if normalized(row["text"]) not in tested]


def slurp(folder: pathlib.Path) -> list[Row]:
    """The development part. The intent is scenario_action: the "intent" member lacks the scenario in 30 rows."""
    rows = []
    for line in (folder / "slurp" / "devel.jsonl").read_text().splitlines():
        source = json.loads(line)
        annotated = source["sentence_annotation"]
        text, entities, end = "", [], 0
        for match in re.finditer(r"\[\s*(\w+)\s*:\s*(.*?)\s*\]", annotated):
            text += annotated[end:match.start()]
            start = len(text)
            text += match[2]
            entities.append({"start": start, "end": len(text), "value": match[2], "entity": match[1]})
            end = match.end()
        text += annotated[end:]
        intent = f"{source['scenario']}_{source['action']}"
        rows.append({"text": text, "intent": intent, "intent_member": source["intent"], "entities": entities})
    return rows


def hwu64(folder: pathlib.Path) -> list[Row]:
    lines = (folder / "hwu64" / "hwu64_minus_slurp_test.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def clinc150(folder: pathlib.Path) -> dict[str, list[Row]]:
    """train, val, oos_train and oos_val; out of scope is "oos"."""
    parts = json.loads((folder / "clinc150" / "clinc150_dev.json").read_text())
    return {name: [{"text": text, "intent": intent, "entities": []} for text, intent in part]
            for name, part in parts.items()}


def snips(folder: pathlib.Path, part: str) -> list[Row]:
    """part: train or valid."""
    files = [(folder / "snips" / part / name).read_text().splitlines() for name in ("seq.in", "seq.out", "label")]
    rows = []
    for sentence, tags, intent in zip(*files, strict=True):
        entities, at, open_entity = [], 0, None
        for word, tag in zip(sentence.split(), tags.split(), strict=True):
            if tag == "O":
                open_entity = None
            elif open_entity is None or tag[0] == "B" or open_entity["entity"] != tag[2:]:
                open_entity = {"start": at, "end": at + len(word), "value": word, "entity": tag[2:]}
                entities.append(open_entity)
            else:
                open_entity["end"] = at + len(word)
                open_entity["value"] += " " + word
            at += len(word) + 1
        rows.append({"text": " ".join(sentence.split()), "intent": intent.strip(), "entities": entities})
    return rows
