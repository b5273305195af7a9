"""What `init` draws: weights from N(0, 1/fan_in), biases zero, gains one, other numbers from N(0, 1).

A parameter that is multiplied and summed over is a weight, and its fan-in is the number of values that it sums; one
that is added to an array is a bias, and one that scales the entries of a layer's value as it stands, with a bias beside
it or alone, is a gain. What is none of these (the rows of a table that words pick out) is drawn from N(0, 1).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import sympy as sp

from derive.codegen.piece import POWER
from derive.codegen.repeats import Moves, Statements, counted_range, moved_number
from derive.codegen.scope import Scope, counter_name
from derive.ir import Derivation, Tensor, Term, indices_of, reads_of, shown, tensor_of


@dataclass(frozen=True)
class Initial:
    """Arguments of init beside rng and dtype, and one line a parameter."""

    arguments: tuple[str, ...]
    doc: str
    lines: tuple[str, ...]
    before: tuple[str, ...] = ()
    loops: tuple[tuple[str, tuple[str, ...]], ...] = ()


def initial(derivation: Derivation, scope: Scope, layers: Collection[str] = ()) -> Initial:
    """How every parameter is drawn; `layers` are those of equal layers, over which a loop counts."""
    terms = _read_in(derivation)
    drawn: dict[str, str] = {}
    counted: dict[str, list[str]] = {}
    for tensor in derivation.of_role("parameter"):
        layer = next((axis for axis in tensor.axes if axis.kind == "layer"), None)
        if layer is None:
            drawn[tensor.name] = _drawn(tensor, terms[tensor.name], scope)
            continue
        counter = counter_name(layer)
        inner = scope.counting({layer.symbol: counter})
        span = f"for {counter} in range({inner.whole(layer.start).text}, {inner.whole(layer.last + 1).text}):"
        counted.setdefault(span, []).append(
            f'params[f"{tensor.name}{{{counter}}}"] = {_drawn(tensor, terms[tensor.name], inner)}')
    arguments = tuple(sorted((str(s) for s in scope.sizes), key=_numbered))
    before = [f"{name} = len(widths) - 1" for name in arguments] if counted else []
    plain, repeated = _repeated(drawn, layers)
    doc = _said([*drawn.values(), *(line for lines in counted.values() for line in lines)])
    spans = tuple((span, tuple(lines)) for span, lines in [*repeated, *counted.items()])
    return Initial(("widths",) if counted else arguments, doc, tuple(plain), tuple(before), spans)


def _repeated(drawn: dict[str, str],
              layers: Collection[str]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The entries of the dict; from the first equal layers on, lines that add to it, with loops among them."""
    names = list(drawn)

    def moved(one: int, other: int) -> Moves | None:
        pair = moved_number(names[one], names[other])
        return {names[one]: names[other]} if pair is not None and pair[1].number > pair[0].number else None

    keys = [(re.sub(r"\d+", "", name) if name in layers else name, text) for name, text in drawn.items()]
    runs = Statements(keys, names, moved).runs()
    at = runs[0].start if runs else len(names)
    lines: list[tuple[str, list[str]]] = []
    for run, following in zip(runs, [*runs[1:], None], strict=False):
        block = [pair[0] for name in names[run.start:run.start + run.period]
                 if (pair := moved_number(name, run.moves[0][name])) is not None]
        first = block[0].number
        lines.append((f"for layer in {counted_range(first, first + (run.count - 1) * run.step, run.step)}:", [
            f'params[f"{one.template.replace("{}", "{" + _shifted(one.number - first) + "}")}"] = {drawn[one.name]}'
            for one in block]))
        rest = names[run.stop:following.start if following is not None else len(names)]
        lines += [("", [f'params["{name}"] = {drawn[name]}' for name in rest])] if rest else []
    return [f'"{name}": {drawn[name]},' for name in names[:at]], lines


def _shifted(distance: int) -> str:
    return f"layer {'+' if distance > 0 else '-'} {abs(distance)}" if distance else "layer"


def _numbered(name: str) -> tuple[str, int, str]:
    """n2 before n10."""
    letters, digits = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]
    return letters, int(digits or 0), name


def _said(lines: list[str]) -> str:
    """What init draws, in words."""
    parts = {"weights from N(0, 1/fan_in)": any(line.rstrip(",").endswith("**0.5") for line in lines),
             "biases zero": any("np.zeros" in line for line in lines),
             "gains one": any("np.ones" in line for line in lines),
             "the rest from N(0, 1)": any("standard_normal" in line and "**0.5" not in line for line in lines)}
    said = ", ".join(part for part, there in parts.items() if there)
    return "Random parameters from N(0, 1)." if said.startswith("the rest") else f"Random parameters: {said}."


def _read_in(derivation: Derivation) -> dict[str, list[Term]]:
    """The terms that read each tensor; of one with axes those outside the cost, where it is only regularized."""
    found: dict[str, list[Term]] = {tensor.name: [] for tensor in derivation.tensors}
    for equation in derivation.equations():
        for term in equation.terms:
            for name in dict.fromkeys(map(tensor_of, reads_of(term.body))):
                if equation.target != derivation.cost or not derivation.tensor(name).axes:
                    found[name].append(term)
    return found


def _drawn(tensor: Tensor, terms: list[Term], scope: Scope) -> str:
    axes = [axis for axis in tensor.axes if axis.kind != "layer"]
    shape = f"({', '.join(scope.whole(a.size).text for a in axes)}{',' if len(axes) == 1 else ''})"
    if len(axes) == 1:
        shape = scope.whole(axes[0].size).text
    if axes and any(reads_of(part) == {part} and tensor_of(part) == tensor.name
                    for t in terms for part in sp.Add.make_args(t.body)):
        return f"np.zeros({shape}, dtype)"
    if axes and terms and all(_is_gain(tensor.name, t) for t in terms):
        return f"np.ones({shape}, dtype)"
    drawn = f"rng.standard_normal({shape}, dtype)"
    if not axes:
        return "rng.standard_normal((), dtype)"
    fan_in = _fan_in(tensor, terms)
    return drawn if fan_in == 1 else f"{drawn} / {scope.whole(fan_in).at_least(POWER)}**0.5"


def _is_gain(name: str, term: Term) -> bool:
    """Whether the term, or a part of it, is this parameter times a value, with no parameter beside and no sum."""
    parts = [p for p in sp.Add.make_args(term.body) if any(tensor_of(r) == name for r in reads_of(p))]
    return not term.summed and all(
        part.is_Mul and len(reads_of(part)) == 2 and all(f in reads_of(f) for f in part.args) for part in parts)


def _fan_in(tensor: Tensor, terms: list[Term]) -> sp.Expr:
    """The number of values that are multiplied by entries of the tensor and summed."""
    for term in terms:
        for access in sorted(reads_of(term.body), key=shown):
            if tensor_of(access) == tensor.name:
                own = {s for e in indices_of(access) for s in e.free_symbols}
                return sp.Mul(*(k.size for k in term.summed if k.symbol in own and k.kind != "layer"))
    return sp.Integer(1)
