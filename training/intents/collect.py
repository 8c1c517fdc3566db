#!/usr/bin/env python3
"""Turns the public sets into the training sentences of the built-in model of intents.

  collect.py --data FOLDER --output built_in.jsonl

FOLDER has slurp/, hwu64/ and clinc150/ as their authors publish them. SLURP and HWU64 share one scheme of intents
("alarm_set"); clinc150's out-of-scope training sentences show what is none of them. The readers of all sets are in
eval/understand/public_sets.py."""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "eval" / "understand"))
import public_sets  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options = parser.parse_args()
    rows = public_sets.slurp(options.data) + public_sets.hwu64(options.data)
    rows += public_sets.clinc150(options.data)["oos_train"]
    seen = set()
    with options.output.open("w") as output:
        for row in rows:
            key = public_sets.normalized(row["text"])
            if key in seen:
                continue
            seen.add(key)
            output.write(json.dumps(row) + "\n")
    print(f"{len(seen)} sentences")


if __name__ == "__main__":
    main()
