#!/usr/bin/env python3
"""Measures the instant path on everyday sentences: how many it handles, how exactly, and whether it ever acts wrongly.

  eval/everyday/run.py [--favilla build/release/src/cli/favilla] [--json FILE] [--show]

Runs `favilla ask --in - --instant-only --dry-run` in a home of its own; nothing is changed anywhere.
Exit code 1 when a bar is missed, 2 when the command fails. Every third row is held out: counted apart, never printed.
--rows colloquial takes the rows of that folder instead; they say themselves which of them are held out.
--models FOLDER also gives what no rule understands to the model's turn, and tells what that does and what it asks.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import world  # noqa: E402
from values import is_expected  # noqa: E402

NOW = "2026-11-23T10:00:00"
ZONE = "Europe/Lisbon"
# Set up, so that sentences about a home are not left to the model; nothing answers there.
HOME = {"home_assistant.url": "http://127.0.0.1:9", "home_assistant.token": "none"}
BARS = {"coverage": 60.0, "precision": 99.0, "wrong_effects": 0}


def read_rows(path):
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    for index, row in enumerate(rows):
        row.setdefault("held_out", index % 3 == 2)
        row.setdefault("now", NOW)
    return rows


def output_of(command, folder, **options):
    done = subprocess.run(
        command,
        env=world.environment(folder, os.environ),
        stdout=subprocess.PIPE,
        timeout=300,
        check=True,
        encoding="utf-8",
        **options,
    )
    return done.stdout


def pure_actions(favilla, folder):
    """The (tool, action) pairs that read only, as `favilla tools NAME` describes them."""
    pure = set()
    for line in output_of([favilla, "tools"], folder).splitlines()[1:]:
        text = output_of([favilla, "tools", line.split()[0]], folder)
        pure |= set(re.findall(r"^(\w+) (\w+): .*\(reads only\)$", text, re.MULTILINE))
    return pure


def actions_of(answer, pure):
    """All actions of the plan; those that were begun have a result."""
    begun = answer.get("actions", [])
    actions = answer.get("plan", {}).get("actions", begun)
    results = [action.get("result", {}) for action in begun] + [{}] * len(actions)
    return [
        {**action, "result": result, "pure": (action["tool"], action["action"]) in pure}
        for action, result in zip(actions, results)
    ]


def ask(favilla, rows, models=None):
    """The answers to all rows, each on a fresh dialogue; one process for each `now`."""
    answers = {}
    with tempfile.TemporaryDirectory(prefix="favilla-eval-") as name:
        folder = Path(name)
        world.write(HERE / "world.case", folder, HOME)
        if models:
            (folder / "data").mkdir(exist_ok=True)
            (folder / "data" / "models").symlink_to(models.resolve())
        pure = pure_actions(favilla, folder)
        for now in sorted({row["now"] for row in rows}):
            group = [row for row in rows if row["now"] == now]
            requests = "".join(json.dumps({"text": row["text"]}) + "\n" for row in group)
            who = "--act-only" if models else "--instant-only"
            command = [favilla, "ask", "--in", "-", who, "--dry-run", "--json", "--now", now, "--tz", ZONE]
            lines = output_of(command, folder, input=requests).splitlines()
            if len(lines) != len(group):
                raise ValueError(f"{len(group)} rows in, {len(lines)} out")
            for row, line in zip(group, lines):
                answer = json.loads(line)
                answers[row["id"]] = {**answer, "actions": actions_of(answer, pure)}
    return [answers[row["id"]] for row in rows]


def judge_do(row, answer):
    """"missed", "right" or "wrong"."""
    if answer["path"] not in ("instant", "agent") or not answer["actions"]:
        return "missed"
    now = datetime.fromisoformat(row["now"])
    return "right" if is_expected(row, answer["actions"], answer.get("reply", ""), now) else "wrong"


def judge_dont(row, answer):
    """"quiet", "allowed", "read" (a harmless but wrong answer) or "effect"."""
    if answer["path"] not in ("instant", "agent"):
        return "quiet"
    if answer["path"] == "agent" and answer.get("asks"):
        return "allowed"  # a proposal does nothing; they are counted apart
    acts = any(not action["pure"] for action in answer["actions"])
    if acts:  # asking back is right for "delete", but not for "don't delete my notes"
        return "allowed" if row["kind"] == "fragment" and answer.get("asks") else "effect"
    return "allowed" if row.get("read_ok") or not answer["actions"] else "read"


def percent(part, whole):
    return round(100.0 * part / whole, 2) if whole else 0.0


def counts(rows, key):
    table = {}
    for row in rows:
        line = table.setdefault(row[key], {})
        line[row["verdict"]] = line.get(row["verdict"], 0) + 1
    return table


def measure(do, dont):
    """All figures of one side. Precision counts the answers to `dont` that should not have been given, too."""
    right, wrong = (sum(row["verdict"] == verdict for row in do) for verdict in ("right", "wrong"))
    reads, effects = (sum(row["verdict"] == verdict for row in dont) for verdict in ("read", "effect"))
    handled = right + wrong
    return {
        "sentences": len(do),
        "handled": handled,
        "right": right,
        "coverage": percent(handled, len(do)),
        "precision": percent(right, handled + reads + effects),
        "dont": len(dont),
        "wrong_reads": reads,
        "wrong_effects": effects,
        "tools": counts(do, "tool"),
        "kinds": counts(dont, "kind"),
    }


def turn_counts(rows, answers):
    """Of the model's turns: {"done" or "asked": [right, wrong, for sentences that ask for nothing]}."""
    counts = {"done": [0, 0, 0], "asked": [0, 0, 0]}
    for row, answer in zip(rows, answers):
        if answer["path"] == "agent":
            place = 2 if "kind" in row else 0 if row["verdict"] == "right" else 1
            counts["asked" if answer.get("asks") else "done"][place] += 1
    return counts


def passes(figures):
    return (
        figures["coverage"] >= BARS["coverage"]
        and figures["precision"] >= BARS["precision"]
        and figures["wrong_effects"] <= BARS["wrong_effects"]
    )


def print_table(report):
    heads = ("sentences", "handled", "coverage", "precision", "dont", "reads", "effects")
    print(" " * 10 + "".join(f"{head:>11}" for head in heads))
    for side in ("dev", "held_out", "all"):
        f = report[side]
        shares = f"{f['coverage']:>9} %{f['precision']:>9} %"
        wrong = f"{f['dont']:>11}{f['wrong_reads']:>11}{f['wrong_effects']:>11}"
        print(f"{side:10}{f['sentences']:>11}{f['handled']:>11}{shares}{wrong}")
    print(f"\n{'tool':12}{'right':>8}{'wrong':>8}{'missed':>8}")
    for tool, line in report["all"]["tools"].items():
        print(f"{tool:12}" + "".join(f"{line.get(verdict, 0):>8}" for verdict in ("right", "wrong", "missed")))
    print("\nbars: " + ("met" if report["met"] else "MISSED") + f" ({BARS})")


def print_rows(rows, answers, verdicts, show_held_out):
    for row, answer in zip(rows, answers):
        if row["verdict"] not in verdicts or (row["held_out"] and not show_held_out):
            continue
        actions = [f"{a['tool']}.{a['action']} {json.dumps(a.get('arguments', {}))}" for a in answer["actions"]]
        print(f"{row['verdict']:7}{row['id']:18}{row['text']}\n{'':25}{' && '.join(actions) or '-'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--favilla", default=HERE.parents[1] / "build/release/src/cli/favilla", type=Path)
    parser.add_argument("--rows", default=".", help="a folder beside this file that has do.jsonl and dont.jsonl")
    parser.add_argument("--models", type=Path, help="a folder of models: what no rule takes goes to the model's turn")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--show", action="store_true", help="print the rows of the dev side that are wrong")
    parser.add_argument("--show-missed", action="store_true", help="print those that are not understood, too")
    parser.add_argument("--show-held-out", action="store_true", help="print those that are held out, too")
    options = parser.parse_args()
    do, dont = (read_rows(HERE / options.rows / name) for name in ("do.jsonl", "dont.jsonl"))
    for row in do:
        row["tool"] = row["id"].rpartition("-")[0]
    try:
        answers = ask(options.favilla.resolve(), do + dont, options.models)
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 2
    for row, answer in zip(do + dont, answers):
        row["verdict"] = judge_dont(row, answer) if "kind" in row else judge_do(row, answer)
    report = {
        side: measure([r for r in do if keep(r)], [r for r in dont if keep(r)])
        for side, keep in (
            ("dev", lambda r: not r["held_out"]),
            ("held_out", lambda r: r["held_out"]),
            ("all", lambda r: True),
        )
    }
    report["met"] = passes(report["all"]) and report["held_out"]["wrong_effects"] == 0
    verdicts = ("wrong", "read", "effect", "missed") if options.show_missed else ("wrong", "read", "effect")
    if options.show or options.show_missed or options.show_held_out:
        print_rows(do + dont, answers, verdicts, options.show_held_out)
    print_table(report)
    if options.models:
        sides = {"dev": False, "held_out": True}
        report["turns"] = {}
        print("\nthe model's turns: right, wrong, of sentences that ask for nothing")
        for side, held_out in sides.items():
            both = [(r, a) for r, a in zip(do + dont, answers) if r["held_out"] == held_out]
            report["turns"][side] = turn_counts(*zip(*both))
            print(f"{side:10}" + ", ".join(f"{kind} {counts}" for kind, counts in report["turns"][side].items()))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if report["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
