"""The one error a user sees: what is wrong, where, and what to do about it."""

from __future__ import annotations


class DeriveError(ValueError):
    """Input that cannot be used.

    `what` says what is wrong, `where` names the place (a file, line:column, a layer),
    `do` says how to mend it, `shown` is the line with a mark under the place. The command line prints all of them and
    exits with code 2.
    """

    def __init__(self, what: str, *, where: str = "", do: str = "", shown: str = "") -> None:
        self.what, self.where, self.do, self.shown = what, where, do, shown
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  {self.do}" if self.do else ""
        return f"{place}{self.what}{advice}" + "".join(f"\n    {line}" for line in self.shown.splitlines())


def nearest(name: str, known: list[str]) -> str:
    """A hint that offers the known names closest to `name`, or lists them all."""
    import difflib

    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return "Did you mean " + " or ".join(f"'{c}'" for c in close) + "?"
    return "Known: " + ", ".join(known) + "."


def clip(text: str, width: int = 60) -> str:
    """A user's text, safe and short enough to stand in a message."""
    shown = text if len(text) <= width else text[: width - 3] + "..."
    return shown.encode("unicode_escape").decode("ascii") if not shown.isprintable() else shown
