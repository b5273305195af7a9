r"""What the letters of a network are: shapes with open sizes, ranges, functions, kinds of marks.

    W^{(l)} \in \mathbb{R}^{n_l \times n_{l-1}}      l = 1, \dots, L      \sigma: sigmoid      i: example

The sizes stay letters: whoever checks draws small ones that differ, so that 784-16-16-10 is checked like 3-4-5-2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from derive.claims.network_also import other_names
from derive.claims.network_apart import Apart
from derive.claims.network_names import Letters, numbers, records
from derive.functions.record import Application
from derive.ir import Index, Label, Tensor, index_symbol, reads_of, tensor_of
from derive.latex.letters import braced, letter, parts
from derive.latex.lines import pieces

WIDTHS = ("n", "M", "K", "P")
ACTIVATIONS = ("g", "f", r"\phi", r"\varphi", r"\sigma")
SIZES = ("m", "n", "N", "d", "p", "q", "r", "M", "D", "P")


def declarations(letters: Letters) -> Iterator[str]:
    """All lines, each kind in its turn."""
    if isinstance(letters, Apart):
        yield from _apart_ranges(letters)
        yield from letters.variables()
        yield from letters.shapes()
        yield from other_names(letters)
    else:
        yield from _ranges(letters)
        yield from _shapes(letters)
    yield from _functions(letters)
    yield from _activations(letters)
    yield from _classes(letters)
    yield from _facts(letters)


def _apart_ranges(letters: Apart) -> Iterator[str]:
    """Where indices count from, how far those of steps and examples run."""
    names = letters.printed.names
    yield f"indices count from {letters.notation.counts_from}"
    for axis in letters.ranged():
        step = letters.notation.counts_from if axis.start == 0 else 0
        first, last = (names.index(one + step) for one in (axis.start, axis.last))
        yield rf"{names.index(axis.symbol)} = {first}, \dots, {last}"
        if axis.kind == "sample" and letters.notation.example:
            yield f"{names.index(axis.symbol)}: example"
        elif axis.kind == "time":
            yield f"{names.index(axis.symbol)}: time"


def _shapes(letters: Letters) -> Iterator[str]:
    tensors = [tensor for tensor in letters.derivation.tensors if tensor.role != "adjoint"]
    for tensor in tensors:
        if not _numbered(tensor) or _apart(letters, tensor):
            yield from _declared(letters, tensor, (tensor.label or Label("")).layer)
    for tensor in tensors:
        if _numbered(tensor) and not letters.printed.names.is_last(tensor.label or Label("")):
            yield from _declared(letters, tensor, index_symbol("l"))


# -- shapes --------------------------------------------------------------------------------


def _numbered(tensor: Tensor) -> bool:
    return tensor.label is not None and tensor.label.layer is not None


def _apart(letters: Letters, tensor: Tensor) -> bool:
    """Whether a tensor of one layer has a letter of its own."""
    return tensor.label is not None and letters.printed.names.is_last(tensor.label)


def _declared(letters: Letters, tensor: Tensor, layer: sp.Expr | None) -> Iterator[str]:
    r"""W^{l} \in \mathbb{R}^{n_l \times n_{l-1}}; a vector lies as a row where examples are rows."""
    any_layer, whole = layer is not None and layer.is_Symbol, letters.whole[tensor.name]
    names = letters.form.whole.names if whole else letters.printed.names
    written = letters.shown(names, tensor) if any_layer else names.written(tensor, letters.at(tensor))
    if layer is not None and any_layer:
        layer = layer - names.shift(tensor)
    axes = [axis.where(letters.renumbering(tensor)) for axis, _ in names.arranged(tensor, letters.at(tensor))]
    if not whole and written.example:
        axes = [axis for axis in axes if axis.kind != "sample"]
    name = names.text(replace(written, below=()) if not whole else written)
    sizes = r" \times ".join(_size(letters, tensor, axis, layer) for axis in axes)
    yield rf"{name} \in \mathbb{{R}}" + (f"^{braced(sizes)}" if sizes else "")
    if letters.notation.samples == "rows" and letters.own and [axis.kind for axis in axes] == ["axis"]:
        yield f"{name}: row"


def _size(letters: Letters, tensor: Tensor, axis: Index, layer: sp.Expr | None) -> str:
    names = letters.printed.names
    here = _layer(letters, tensor, axis, layer)
    if here is None and axis.size.is_Integer:
        return _open(letters, axis)
    if axis.kind == "sample" or here is None or letters.general:
        return names.index(axis.size)
    return _width(letters, here)


def _open(letters: Letters, axis: Index) -> str:
    """A letter for a size that was typed as a number, unless the equations use that number."""
    sizes = list(dict.fromkeys(a.size for t in letters.derivation.tensors for a in t.axes if a.size.is_Integer))
    taken = {*letters.derivation.by_name, *(a.name for t in letters.derivation.tensors for a in t.axes)}
    free = [name for name in SIZES if name not in taken]
    at = sizes.index(axis.size)
    counted = axis.kind == "sample" and letters.notation.error_scale == "m"
    return str(axis.size) if counted or axis.size in numbers(letters.derivation) or at >= len(free) else free[at]


def _layer(letters: Letters, tensor: Tensor, axis: Index, layer: sp.Expr | None) -> sp.Expr | None:
    """The layer whose neurons an axis counts."""
    label = tensor.label or Label("")
    if label.letter in ("x", "y") and tensor.role == "data":
        return sp.Integer(0) if label.letter == "x" else letters.depth
    if layer is None:
        return None
    inner = [one for one in tensor.axes if one.kind == "axis"]
    return layer - (1 if label.letter == "w" and axis == inner[-1] else 0)


def _width(letters: Letters, layer: sp.Expr) -> str:
    """n_l"""
    names = letters.printed.names
    axes = [axis for t in letters.derivation.tensors for axis in t.axes if axis.kind == "sample"]
    taken = names.letters | {text for axis in axes for text in (names.index(axis.symbol), names.index(axis.size))}
    name = letters.notation.widths or next(w for w in WIDTHS if w not in taken)
    return f"{letter(name)}_{braced(letters.number(layer))}"


# -- ranges, kinds, functions, facts ---------------------------------------------------------


def _ranges(letters: Letters) -> Iterator[str]:
    names = letters.printed.names
    if letters.general or any(map(_numbered, letters.derivation.tensors)):
        last = letter(letters.notation.last_layer)
        yield "l: layer"
        yield rf"l = 1, \dots, {letters.number(letters.depth) if letters.depth.is_Integer else last}"
    seen: dict[str, Index] = {axis.name: axis for t in letters.derivation.tensors for axis in t.axes}
    for axis in seen.values():
        if axis.kind == "sample":
            size = _open(letters, axis) if axis.size.is_Integer else names.index(axis.size)
            yield rf"{names.index(axis.symbol)} = 1, \dots, {size}"
        elif axis.kind == "time":
            yield f"{names.index(axis.symbol)}: time"
    below = parts(names.cost)[1]
    if not (letters.own or letters.sampled) and below == letters.notation.example_index:
        yield rf"{below} = 1, \dots, {letters.notation.examples}"


def _functions(letters: Letters) -> Iterator[str]:
    r"""\sigma: sigmoid"""
    for record in records(letters.derivation):
        if not record.typed and not record.latex.startswith(r"\operatorname") and record.latex != rf"\{record.name}":
            yield f"{record.latex}: {record.name}"


def _activations(letters: Letters) -> Iterator[str]:
    r"""g: tanh, or g^{[1]}: tanh and g^{[2]}: sigmoid: what people call an activation that they do not name."""
    by_layer: dict[sp.Expr | None, str] = {}
    labels = [tensor.label for tensor in letters.derivation.tensors if tensor.label is not None]
    layers = {label.layer for label in labels if label.letter == "a" and label.layer != 0}
    for equation in letters.derivation.equations():
        label = letters.derivation.by_name[equation.target].label
        if label is not None and label.letter == "a" and len(equation.terms) == 1 \
                and isinstance(body := equation.terms[0].body, Application):
            by_layer[label.layer] = body.record.name
    used = {*(record.latex for record in records(letters.derivation)), *letters.printed.names.letters}
    for name in (one for one in ACTIVATIONS if one not in used):
        if len(set(by_layer.values())) == 1 and layers == set(by_layer):
            yield f"{name}: {next(iter(by_layer.values()))}"
        elif all(layer is not None and layer.is_Integer for layer in layers):
            mark = letters.notation.layer or "{}"
            yield from (f"{name}^{{{mark.format(letters.number(layer))}}}: {kind}" for layer, kind in by_layer.items())


def _classes(letters: Letters) -> Iterator[str]:
    """x: class, where data are whole numbers that choose a row."""
    for tensor in letters.derivation.of_role("data"):
        if tensor.among is not None:
            written = {names.text(replace(letters.shown(names, tensor), below=(), example=""))
                       for names in (letters.printed.names, letters.entries.names)}
            yield from (f"{name}: class" for name in sorted(written))


def _facts(letters: Letters) -> Iterator[str]:
    r"""\sum_j y_j = 1, where a fact is one about what is given."""
    given = {t.name for t in letters.derivation.of_role("data")}
    for fact in letters.derivation.facts:
        if {tensor_of(r) for r in reads_of(fact.left.body)} <= given:
            yield f"{''.join(pieces(letters.entries, [fact.left]))} = {letters.entries.text(fact.right)}"
