r"""What the letters of a network are: shapes with open sizes, ranges, functions, kinds of marks.

    W^{(l)} \in \mathbb{R}^{n_l \times n_{l-1}}      l = 1, \dots, L      \sigma: sigmoid      i: example

The sizes stay letters: whoever checks draws small ones that differ, so that 784-16-16-10 is checked like 3-4-5-2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.claims.network_names import Letters
from derive.functions.record import Application
from derive.ir import Index, Label, Tensor, reads_of, tensor_of
from derive.latex.letters import braced, letter
from derive.latex.lines import pieces

WIDTHS = ("n", "d", "N")


def declarations(letters: Letters) -> Iterator[str]:
    """All lines, each kind in its turn."""
    for tensor in letters.derivation.tensors:
        if tensor.role != "adjoint":
            yield from _shape(letters, tensor)
    yield from _ranges(letters)
    yield from _functions(letters)
    yield from _facts(letters)


# -- shapes --------------------------------------------------------------------------------


def _shape(letters: Letters, tensor: Tensor) -> Iterator[str]:
    """W \\in \\mathbb{R}^{n_2 \\times n_1}; a vector lies as a row where examples are rows."""
    names, access = letters.form.whole.names, letters.at(tensor)
    name = names.text(names.written(tensor, access)) if letters.own else _bare(letters, tensor)
    axes = [axis.where(letters.renumbering(tensor)) for axis, _ in names.arranged(tensor, access)]
    sizes = [_size(letters, tensor, axis) for axis in axes]
    place = r"\mathbb{R}" + (f"^{braced(_times(sizes))}" if sizes else "")
    yield rf"{name} \in {place}"
    if letters.notation.samples == "rows" and len(axes) == 1 and axes[0].kind == "axis" and letters.own:
        yield f"{name}: row"


def _bare(letters: Letters, tensor: Tensor) -> str:
    """The letter of a typed array alone."""
    names = letters.printed.names
    return names.text(replace(names.written(tensor, tensor.at()), below=(), example=""))


def _times(sizes: list[str]) -> str:
    return r" \times ".join(sizes)


def _size(letters: Letters, tensor: Tensor, axis: Index) -> str:
    names = letters.printed.names
    if axis.kind == "sample" or not axis.size.is_Integer or axis.size == 1:
        return names.index(axis.size)
    layer = _layer(letters, tensor, axis)
    return names.index(axis.size) if layer is None else _width(letters, layer)


def _layer(letters: Letters, tensor: Tensor, axis: Index) -> sp.Expr | None:
    """The layer whose neurons an axis counts."""
    label = tensor.label or Label("")
    if label.letter in ("x", "y") and tensor.role == "data":
        return sp.Integer(0) if label.letter == "x" else letters.depth
    if label.layer is None:
        return None
    inner = [one for one in tensor.axes if one.kind == "axis"]
    return label.layer - (1 if label.letter == "w" and axis == inner[-1] else 0)


def _width(letters: Letters, layer: sp.Expr) -> str:
    """n_l"""
    taken = letters.printed.names.letters
    name = letters.notation.widths or next(w for w in WIDTHS if w not in taken)
    return f"{letter(name)}_{braced(letters.number(layer))}"


# -- ranges, kinds, functions, facts ---------------------------------------------------------


def _ranges(letters: Letters) -> Iterator[str]:
    names = letters.printed.names
    if letters.own and any(t.label is not None and t.label.layer is not None or letters.general
                           for t in letters.derivation.tensors):
        first, last = 1, letter(letters.notation.last_layer)
        yield "l: layer"
        yield rf"l = {first}, \dots, {last}"
        if letters.depth.is_Integer:
            yield f"{last} = {letters.number(letters.depth)}"
    seen: dict[str, Index] = {axis.name: axis for t in letters.derivation.tensors for axis in t.axes}
    for axis in seen.values():
        if axis.kind in ("sample", "time"):
            yield f"{names.index(axis.symbol)}: {'example' if axis.kind == 'sample' else 'time'}"


def _functions(letters: Letters) -> Iterator[str]:
    """\\sigma: sigmoid"""
    found: dict[str, str] = {}
    for equation in letters.derivation.equations():
        for term in equation.terms:
            for node in sorted(term.body.atoms(Application), key=str):
                if not node.record.typed and not node.record.latex.startswith(r"\operatorname"):
                    found[node.record.latex] = node.record.name
    for symbol, name in found.items():
        if symbol != rf"\{name}":
            yield f"{symbol}: {name}"


def _facts(letters: Letters) -> Iterator[str]:
    """\\sum_j y_j = 1, where a fact is one about what is given."""
    given = {t.name for t in letters.derivation.of_role("data")}
    for fact in letters.derivation.facts:
        if {tensor_of(r) for r in reads_of(fact.left.body)} <= given:
            yield f"{''.join(pieces(letters.entries, [fact.left]))} = {letters.entries.text(fact.right)}"

