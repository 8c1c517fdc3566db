"""Reads *.case files: a title, then steps of one keyword, the rest of its line and perhaps a block of `|` lines.

The format is that of src/tools/cases_test.h; eval/README.md tells what the evaluation adds to it.
"""

import re
from dataclasses import dataclass, field


@dataclass
class Step:
    line: int
    keyword: str
    rest: str
    block: list = field(default_factory=list)


@dataclass
class Case:
    title: str
    line: int
    steps: list = field(default_factory=list)


def read_cases(path):
    """All cases of a file. ValueError names the line that breaks the format."""
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("= "):
            cases.append(Case(line[2:], number))
        elif not cases:
            raise ValueError(f"{path}:{number}: a case starts with `= title`")
        elif line.startswith("|"):
            if not cases[-1].steps:
                raise ValueError(f"{path}:{number}: a block belongs to a step")
            cases[-1].steps[-1].block.append(line[2:])
        else:
            keyword, _, rest = line.partition(" ")
            cases[-1].steps.append(Step(number, keyword, rest.strip()))
    return cases


def like(text, pattern):
    """`*` stands for anything within a line. Upper and lower case are the same."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text, re.IGNORECASE) is not None


def like_any(text, patterns):
    """`patterns` are joined by ` || `; lines of a reply are read as one."""
    one_line = " ".join(text.split())
    return any(like(one_line, pattern) for pattern in patterns.split(" || "))
