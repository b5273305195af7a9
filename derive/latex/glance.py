r"""Everything at a glance: the pieces, the four equations, the algorithm and the shapes, on one page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from derive.document.content import Block, Display, Prose, Row, Section, Symbols
from derive.ir import Derivation
from derive.latex.lines import numbered, origin_text
from derive.latex.matrix import matrix_sections
from derive.latex.names import Names
from derive.notation import Notation

STEPS = (("Forward", "", "from the input to the cost; keep every value."),
         ("Output error", "output", "the error of the last layer, from the cost."),
         ("Backpropagate", "hidden", "from the last layer to the first, each error from the one behind it."),
         ("Gradients", "weight", "of every weight and bias, from the error and the input of its layer."),
         ("Update", "", r"subtract $\eta$ times its gradient from every weight and bias; begin again."))
"""Name, the kind of equation that it uses, what is done."""
TWICE = 2
"""So many layers of a kind are shown: the last has the cost behind it, the one before has a layer of its kind."""
FEW = 5
"""So many equations of the forward pass are all shown."""


def glance_sections(forward: Derivation, notation: Notation, wrt: tuple[str, ...]) -> list[Section]:
    """The derivation without its steps."""
    symbols, cost, *gradients = matrix_sections(forward, notation, wrt)
    first, *_ = [block for block in cost.blocks if isinstance(block, Display)]
    functions = [block for block in symbols.blocks if isinstance(block, Display)]
    kinds = _kinds(forward, notation)
    return [Section("The pieces", (Display(_few(first.rows, kinds)), *functions, *_shapes(symbols.blocks))),
            Section("The equations", tuple(_equations(gradients, kinds, Marks(Names(forward, notation))))),
            Section("The algorithm", tuple(_steps(notation)))]


def _few(rows: tuple[Row, ...], kinds: Mapping[str, str]) -> tuple[Row, ...]:
    """All rows of a shallow network; the first layer, the last and the cost of a deep one of equal layers."""
    layers: list[str] = []
    for row in rows:  # the layer is said where it begins
        layer = row.reason.split(",")[0]
        layers.append(layer if titled(layer) in kinds or not layers else layers[-1])
    middle = [n for n, layer in enumerate(layers) if layer not in (layers[0], layers[-2], layers[-1])]
    if len(rows) <= FEW or not middle or len({kinds.get(titled(layers[n])) for n in (0, *middle)}) > 1:
        return rows
    dots = Row("", (r"\;\,\vdots",), relation="")
    return (*rows[:middle[0]], dots, *rows[middle[-1] + 1:])


class Marks:
    """The f, i, g, o of the gates of a layer: rows that say the same of each are shown of the first alone."""

    def __init__(self, names: Names) -> None:
        letters = [names.label(t).letter.partition("_") for t in names.derivation.of_role("parameter")]
        self.every = sorted({mark for _, _, mark in letters if len(mark) == 1 and mark.isalpha()})
        self.mark = re.compile(rf"_\{{?({'|'.join(self.every)})(?![A-Za-z])")
        self.seen: dict[str, tuple[str, str, list[str]]] = {}
        """What a row says of any mark -> its left side, its mark, and the others."""

    def new(self, row: Row) -> bool:
        """Whether no row before says the same of another mark."""
        text = row.left + "".join(row.right)
        own = set(self.mark.findall(text)) if self.every else set()
        if len(own) != 1:
            return True
        mark = own.pop()
        _, first, others = self.seen.setdefault(self.mark.sub("_", text), (row.left, mark, []))
        others += [mark] if mark != first else []
        return first == mark

    def said(self) -> Iterator[Prose]:
        found: dict[tuple[str, ...], list[str]] = {}
        for left, first, others in self.seen.values():
            if others:
                found.setdefault((first, *others), []).append(left)
        for (first, *others), lefts in found.items():
            listed = [f"${one}$" for one in others]
            every = f"{', '.join(listed[:-1])} and {listed[-1]}" if listed[1:] else listed[0]
            yield Prose(f"{', '.join(f'${one}$' for one in lefts)}: likewise with {every} in place of ${first}$.")


def _equations(gradients: Sequence[Section], kinds: Mapping[str, str], marks: Marks) -> Iterator[Block]:
    """The results of the last two layers of each kind, the second time what the first had not."""
    seen: dict[str, list[set[str]]] = {}
    shown: list[Row] = []
    for section in gradients:
        before = seen.setdefault(kinds.get(section.title, section.title), [])
        known = set[str]().union(*before)
        displays = [block for block in section.blocks if isinstance(block, Display) and len(before) < TWICE]
        for display in displays:
            rows = [row for row in display.rows if row.boxed and row.tag not in known and marks.new(row)]
            shown += [replace(row, reason=display.condition, boxed=False) for row in rows]
        before.append({row.tag for display in displays for row in display.rows if row.boxed} - {""})
    yield Display(tuple(shown))
    yield from marks.said()
    if any(len(tags) > TWICE for tags in seen.values()):
        yield Prose("The other layers have the same equations with their own numbers.")


def _kinds(forward: Derivation, notation: Notation) -> dict[str, str]:
    """The kind of each layer by its title, Layer 2: dense."""
    names, found = Names(forward, notation), dict[str, str]()
    for equation in forward.equations():
        layer = numbered(names, origin_text(equation.origin.split(",")[0]))
        found.setdefault(titled(layer), equation.part)
    return found


def titled(layer: str) -> str:
    """layer 2 as the title of its section"""
    return layer[:1].upper() + layer[1:]


def _steps(notation: Notation) -> Iterator[Block]:
    """The algorithm in numbered lines, with the names of the equations that it uses."""
    for number, (name, kind, said) in enumerate(STEPS, 1):
        tag = notation.tag(kind)
        yield Prose(f"{number}. {name}{f' ({tag})' if tag else ''}: {said}")


def _shapes(blocks: Iterable[Block]) -> Iterator[Block]:
    """Sizes, and the letters that have them."""
    found: dict[str, list[str]] = {}
    for row in (row for block in blocks if isinstance(block, Symbols) for row in block.rows):
        if r"\times" in row.sizes:
            found.setdefault(row.sizes, []).append(row.formula)
    said = (f"{', '.join(f'${one}$' for one in letters)}: {sizes}" for sizes, letters in found.items())
    yield Prose("Shapes: " + "; ".join(said) + ".")
