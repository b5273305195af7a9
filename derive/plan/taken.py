"""Names that a step makes of others, or needs itself: what an equation calls so gets an underscore in fast code.

    x_0 beside x, half, grad_w     are     x_0_, half_, grad_w_     as the step has an x_0, a half, a grad_w of its own

In: what Python calls each tensor. Out: the same, apart from all that passes and the writer may add.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

OWN = frozenset(
    "as_tuple bool batch contextvars copy fits flat found gemm gemv given gradient_of_one grads half like m make most "
    "numbers one ones own part parts rows run self shapes share spare start step steps stop tile total two unbuffered "
    "whole zero".split())
"""Arguments and local names of the functions around a step."""
BEFORE = "all|columns|from|grad|half|high|one|ones|parts|rows|steps|sum|two|wide|zero"
BEGINNING = re.compile(rf"({BEFORE})_.*[^_]|(scale|steps)\d+")
"""Constants, gradients, what lies in one array, and numbers of blocks; none of them ends in an underscore."""
MADE = r"T|after|all|at_\d+|back|before|blocks|column|flat|flipped|folded|in_columns|in_order|in_rows|in_time|now|" \
    r"parts|row|rows|turned|\d+(_to_\d+)?"
"""What is written behind the name of an array of which something else is made."""
BEHIND = re.compile(rf"(_([a-z]|({MADE})\d*))*_({MADE})\d*")


def set_apart(names: Mapping[str, str]) -> dict[str, str]:
    """An underscore more behind each name that the step may give to something of its own."""
    found, taken = dict(names), {*names.values()}
    for tensor, name in names.items():
        shown = name
        while shown.isidentifier() and (_is_made(shown, taken - {name}) or shown != name and shown in taken):
            shown += "_"
        found[tensor] = shown
        taken.add(shown)
    return found


def _is_made(name: str, others: Collection[str]) -> bool:
    """Whether it is a name of the step's, or that of another array and what is written behind it."""
    return name in OWN or BEGINNING.fullmatch(name) is not None or any(
        name[:at] in others and BEHIND.fullmatch(name[at:]) for at in range(1, len(name)) if name[at] == "_")
