"""Reads the module table of ARCHITECTURE.md: which module may include which, and which headers it opens to others."""

import fnmatch
import re
from dataclasses import dataclass, field


@dataclass
class Module:
    name: str
    line: int
    planned: bool
    may_include: set = field(default_factory=set)
    open_headers: list = field(default_factory=list)

    def opens(self, header):
        """Whether another module may include `header` (a path below this module's folder)."""
        return header == self.name + ".h" or any(fnmatch.fnmatch(header, pattern) for pattern in self.open_headers)


def _words(cell):
    return [] if cell.strip() == "-" else [word.strip() for word in cell.split(",")]


def parse_module_table(text):
    """Returns ({name: Module} in table order, [(line, problem)])."""
    modules, problems = {}, []
    in_table = False
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"\|\s*module\s*\|", line):
            in_table = True
            continue
        if not in_table or re.match(r"\|[-| ]+\|$", line):
            continue
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        name = re.match(r"(\w+)( \*planned\*)?$", cells[0]) if len(cells) == 4 else None
        if not name:
            problems.append((number, f"cannot read this row: {line[:60]}"))
            continue
        above = set(modules)
        allowed = above if cells[2] == "all above" else set(_words(cells[2]))
        # Rows may name rows above only, so a cycle cannot be written down.
        for unknown in sorted(allowed - above):
            problems.append((number, f"{name[1]} may include {unknown}, which is not a row above it (no cycles)"))
        modules[name[1]] = Module(name[1], number, bool(name[2]), allowed & above, _words(cells[3]))
    if not modules:
        problems.append((1, "no table that starts with | module |"))
    return modules, problems
