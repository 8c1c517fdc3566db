"""Where a rule of tidy does not hold, and why. Keep this short: each row is a debt or a boundary of the system."""

from typing import NamedTuple


class Exemption(NamedTuple):
    rule: str
    path: str    # fnmatch pattern of the path below the root
    reason: str


EXCEPTIONS = [
]
