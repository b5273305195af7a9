"""What a report is: a name, and a function from a run to a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.check.checked import Run
from derive.errors import DeriveError, clip, nearest
from derive.registry import discover


@dataclass(frozen=True)
class Report:
    """`write(run, verbose)` is the whole text; `verbose` also lists what is right and what was passed over."""

    name: str
    write: Callable[[Run, bool], str]


def report(name: str) -> Report:
    """The report called `name`."""
    known: dict[str, Report] = {one.name: one for one in discover("derive.check.report")}
    if name not in known:
        raise DeriveError(f"there is no report '{clip(name)}'", do=nearest(name, sorted(known)))
    return known[name]


def shown(text: str) -> str:
    """A user's text in one line, with nothing in it that steers a terminal."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode("ascii")
                   for one in " ".join(text.split()))
