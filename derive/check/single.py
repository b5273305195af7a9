"""Code for one example or for a minibatch: what it was meant for, where both can be tried.

In: what was found for a minibatch, and a way to find out the same for one example. Out: the one that counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.check.arrays import Findings
from derive.check.verdict import RIGHT
from derive.errors import DeriveError

UNSUMMED = {"shape", "missing_sum"}
"""Mistakes of what knows no examples; what only misses their mean was meant for several."""


def one_or_many(many: Findings, single: Callable[[], Findings], hint: str) -> Findings:
    """What is wrong for a minibatch, as it is for one example, if it was meant so."""
    never = not any(found.verdict == RIGHT for found in many)
    unsummed = any(UNSUMMED & {*str(found.mistake).split("+")} for found in many)
    if many.verdict == RIGHT or not (never or unsummed):
        return many
    try:
        one = single()
    except DeriveError:
        return many
    if one.verdict != RIGHT:
        return one if never and one.understood > many.understood else many
    if never and unsummed:
        return one
    return replace(many, notes=(*many.notes, f"for one example{hint}, all of it is right"))
