r"""Everything at a glance: the pieces, the four equations, the algorithm and the shapes, on one page."""

from __future__ import annotations

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
            Section("The equations", tuple(_equations(gradients, kinds))),
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


def _equations(gradients: Sequence[Section], kinds: Mapping[str, str]) -> Iterator[Block]:
    """The results of the last two layers of each kind, the second time what the first had not."""
    seen: dict[str, list[set[str]]] = {}
    shown: list[Row] = []
    for section in gradients:
        before = seen.setdefault(kinds.get(section.title, section.title), [])
        known = set[str]().union(*before)
        displays = [block for block in section.blocks if isinstance(block, Display) and len(before) < TWICE]
        for display in displays:
            rows = [row for row in display.rows if row.boxed and row.tag not in known]
            shown += [replace(row, reason=display.condition, boxed=False) for row in rows]
        before.append({row.tag for display in displays for row in display.rows if row.boxed} - {""})
    yield Display(tuple(shown))
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
