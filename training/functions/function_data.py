#!/usr/bin/env python3
"""Examples for the function classifier: a sentence, and which of the program's own functions it asks for, if any.

    training/functions/function_data.py --data ../shared/data --favilla build/dev/src/cli/favilla --output FOLDER

Writes train.jsonl, tune.jsonl and held-out.jsonl (the form of ../tools/examples.h, without functions: the classifier
reads the sentence alone) and counts.json. The sentences are those of eval/everyday that are not held out, the requests
that were written for this (../rerank/own, ../arguments/own), and public ones whose intent is that of a function, or of
none (PUBLIC, NONE). The split is that of ../tools/data.py. Of each set that the public part has, at most `--per-intent`
sentences are taken of an intent.
"""

import argparse
import collections
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import data as calls  # noqa: E402  (needs the path above)

HERE = Path(__file__).resolve().parent

# What the intents of CLINC150 and of SLURP, HWU64 and SNIPS ask for among the program's functions. An intent that
# several of them serve ("lists_query", "change_volume") is on neither list and is not learned.
PUBLIC = {
    "calculator": "calculator_calculate", "qa_maths": "calculator_calculate",
    "measurement_conversion": "calculator_convert",
    "alarm": "clock_alarm_set", "alarm_set": "clock_alarm_set", "alarm_query": "clock_alarm_list",
    "alarm_remove": "clock_alarm_cancel", "timer": "clock_timer_start",
    "time": "clock_now", "date": "clock_now", "timezone": "clock_now", "datetime_query": "clock_now",
    "schedule_meeting": "calendar_add", "calendar_set": "calendar_add", "calendar_remove": "calendar_cancel",
    "reminder": "reminders_show", "reminder_update": "reminders_add",
    "email_sendemail": "mail_send", "email_addcontact": "contacts_add", "email_querycontact": "contacts_show",
    "next_song": "media_next", "what_song": "media_now",
}
# And those that none of them serves; "clinc150" are whole domains.
NONE = {
    "clinc150": ("banking", "credit_cards", "kitchen_and_dining", "auto_and_commute", "travel", "small_talk"),
    "clinc150-intents": (
        "order_status", "order", "weather", "find_phone", "share_location", "make_call", "definition", "flip_coin",
        "spelling", "roll_dice", "text", "pto_request_status", "insurance_change", "insurance", "payday", "taxes",
        "income", "rollover_401k", "pto_balance", "pto_request", "w2", "direct_deposit", "pto_used", "change_speed",
        "user_name", "whisper_mode", "change_language", "change_accent", "change_user_name", "change_ai_name",
        "reset_settings", "sync_device"),
    "annotated": (
        "qa_currency", "qa_definition", "qa_stock", "qa_factoid", "takeaway_order", "takeaway_query", "weather_query",
        "recommendation_events", "recommendation_locations", "recommendation_movies", "general_quirky",
        "general_joke", "general_praise", "general_explain", "general_greet", "social_post", "social_query",
        "transport_traffic", "transport_taxi", "transport_query", "transport_ticket", "news_query", "cooking_recipe",
        "music_likeness", "music_dislikeness", "play_game"),
    "snips": ("GetWeather", "BookRestaurant", "RateBook", "SearchScreeningEvent", "SearchCreativeWork"),
}


def example(name, text, function):
    return calls.single(name, text, [], calls.NONE if function == "none" else {"name": function})


def trained(item):
    """What is written for this has no held-out part of its own: eval/everyday has it."""
    return {**item, "part": "tune" if item["part"] == "tune" else "train"}


def from_everyday(functions):
    """Sentences with one action, and those that ask for nothing."""
    for row in calls.everyday_rows("dont"):
        yield trained(example("own-dont", row["text"], "none"))
    for row in calls.everyday_rows("do"):
        expected = row["expect"]
        if isinstance(expected, dict) and f"{expected['tool']}_{expected['action']}" in functions:
            yield trained(example("own-do", row["text"], f"{expected['tool']}_{expected['action']}"))


def from_requests(functions):
    """The requests that were written for the reranker and for the argument reader, each once."""
    said = {}
    for folder in ("rerank", "arguments"):
        for path in sorted((HERE.parent / folder / "own").glob("*.jsonl")):
            for line in path.read_text().splitlines():
                row = json.loads(line)
                if row["function"] in functions or row["function"] == "none":
                    said[calls.normal(row["text"])] = (row["text"], row["function"])
    for text, function in said.values():
        yield trained(example("own", text, function))


def intent_rows(data):
    """(set, intent, whether it is none of the program's, sentence)"""
    folder = data / "clinc150"
    domain = {name: kind for kind, names in json.loads((folder / "domains.json").read_text()).items() for name in names}
    sentences = json.loads((folder / "clinc150_dev.json").read_text())
    for text, intent in sentences["train"]:
        is_none = domain.get(intent) in NONE["clinc150"] or intent in NONE["clinc150-intents"]
        yield "clinc150", intent, is_none, text
    for text, _ in sentences["oos_train"]:
        yield "clinc150", "out of scope", True, text
    for name, path in (("slurp", data / "slurp" / "devel.jsonl"),
                       ("hwu64", data / "hwu64" / "hwu64_minus_slurp_test.jsonl")):
        for text, intent, _ in calls.annotated_rows(path):
            yield name, intent, intent in NONE["annotated"], text
    for text, intent, _ in calls.snips_rows(data / "snips" / "train"):
        yield "snips", intent, intent in NONE["snips"], text


def from_public(data, functions, per_intent, rng):
    said = collections.defaultdict(list)
    for name, intent, is_none, text in intent_rows(data):
        function = PUBLIC.get(intent, "none" if is_none else None)
        if function == "none" or function in functions:
            said[name, intent, function].append(text)
    for (name, _, function), texts in sorted(said.items()):
        for text in rng.sample(texts, min(per_intent, len(texts))):
            yield example(name, text, function)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--favilla", required=True, help="the program, for its own functions")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-intent", type=int, default=30)
    args = parser.parse_args()

    rng = random.Random(args.seed)
    functions = calls.own_functions(args.favilla)
    items = [*from_everyday(functions), *from_requests(functions),
             *from_public(args.data, functions, args.per_intent, rng)]
    evaluated = calls.evaluated_sentences(args.data)
    parts = {"train": [], "tune": [], "held-out": []}
    for item in calls.keep_sides_apart(items):
        if calls.normal(item["messages"][0]["content"]) not in evaluated:
            parts[item["part"]].append(item)
    calls.write_parts(parts, args.output, rng)


if __name__ == "__main__":
    main()
