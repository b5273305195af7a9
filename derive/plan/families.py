"""Arrays of equal layers under one name: what a loop counts is an entry of a dict.

    a2, a3, a4      are      a[2], a[3], a[4]          where some loop runs over them

In: lines with their loops. Out: which names have a dict, and how each name, or a list of them, is written then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from derive.codegen.repeats import LEAST, Numbered
from derive.codegen.scope import TAKEN
from derive.plan.note import Note
from derive.plan.words import WORD, Loop, Name, Piece, Text, Written, first_lines

COUNTER = "layer"
OWN = frozenset({*TAKEN, COUNTER, "rows", "m", "flat", "step", "share"})


@dataclass
class Families:
    """Names that are entries of a dict, since a loop counts them: a3 is a[3]."""

    names: dict[str, str] = field(default_factory=dict)
    """The dict of each template."""

    @classmethod
    def of(cls, *parts: Sequence[Written]) -> Families:
        """All that any loop counts."""
        lines = [line for part in parts for line in first_lines(part)]
        said = " ".join(piece for line in lines for piece in line.pieces if isinstance(piece, str))
        taken = {*WORD.findall(said), *OWN, *(name.of.name for line in lines for name in line.names())}
        found = cls()
        for loop in (one for part in parts for one in part if isinstance(one, Loop)):
            for name in (n for line in loop.lines for n in line.names() if n.of in loop.moving and not n.quoted):
                found._enlist(name.of, taken)
        return found

    def _enlist(self, of: Numbered, taken: set[str]) -> None:
        if of.template in self.names:
            return
        name = of.family.strip("_") or "t"
        while name in taken or name in self.names.values():
            name += "_"
        self.names[of.template] = name

    def shown(self, piece: Piece) -> str:
        """A piece outside every loop."""
        if isinstance(piece, Note):
            return f"# {piece}"
        if not isinstance(piece, Name):
            return str(piece)
        if piece.quoted:
            return f'"{piece.of.name}"'
        family = self.names.get(piece.of.template)
        return piece.of.name if family is None else f"{family}[{piece.of.number}]"

    def text(self, shown: Text) -> str:
        return "".join(map(self.shown, shown))

    def listed(self, names: Sequence[Text], bound: Collection[Name]) -> list[str]:
        """Names as one writes a list of them: a dict of which all are there, or many layers of it that are."""
        layers, every = _by_family(piece for (piece,) in names if isinstance(piece, Name)), _by_family(bound)
        return [*dict.fromkeys(self._some(name, layers, every) for name in names)]

    def _some(self, name: Text, layers: Mapping[str, set[int]], bound: Mapping[str, set[int]]) -> str:
        (piece,) = name
        if not isinstance(piece, Name) or piece.of.template not in self.names:
            return self.text(name)
        family, own = self.names[piece.of.template], sorted(layers[piece.of.template])
        if bound.get(piece.of.template, set()) <= {*own}:
            return f"*{family}.values()"
        row = _side_by_side(own, piece.of.number)
        return f"*({family}[n] for n in range({row[0]}, {row[-1] + 1}))" if len(row) >= LEAST else self.text(name)

    def bound(self, written: Sequence[Written]) -> list[str]:
        """The dicts of which these lines fill entries."""
        found = (self.names.get(piece.of.template) for line in first_lines(written) for piece in line.left
                 if isinstance(piece, Name) and not piece.quoted)
        return [*dict.fromkeys(name for name in found if name is not None)]

    def of_arguments(self, data: Sequence[Numbered]) -> Iterator[str]:
        """mask = {2: mask2, 4: mask4}"""
        for template, name in self.names.items():
            own = [one for one in data if one.template == template]
            if own:
                yield f"{name} = {{{', '.join(f'{one.number}: {one.name}' for one in own)}}}"


def _side_by_side(numbers: Sequence[int], one: int) -> list[int]:
    """Those that follow each other, this one among them."""
    found = [one]
    while found[-1] + 1 in numbers:
        found.append(found[-1] + 1)
    while found[0] - 1 in numbers:
        found.insert(0, found[0] - 1)
    return found


def _by_family(names: Iterable[Name]) -> dict[str, set[int]]:
    """The numbers of the layers of each family."""
    found: dict[str, set[int]] = {}
    for name in names:
        found.setdefault(name.of.template, set()).add(name.of.number)
    return found
