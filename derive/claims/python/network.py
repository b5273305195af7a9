"""The forward pass of a plain network, as NumPy code in every usual convention, for a claim that brings none.

    784-16-16-10     z1 = x @ W1 + b1   (rows)     Z1 = W1 @ X + b1   (columns)     z1 = W1 @ x + b1   (one vector)

The letters are those that the claim uses (`A1`, `h1`, `weights[0]`). The readings are tried in turn; the one in which
all is right is said, else the one in which most is right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from derive.claims.python.claims import PythonContext, outcomes
from derive.claims.python.names import asserted
from derive.claims.python.outcome import Outcome
from derive.errors import DeriveError, nearest
from derive.points import Draw
from derive.written.python.read import read

COSTS = {
    "quadratic": "0.5 * np.sum(({a} - {y}) ** 2)", "squared_error": "np.sum(({a} - {y}) ** 2)",
    "binary_cross_entropy": "-np.sum({y} * np.log({a}) + (1 - {y}) * np.log(1 - {a}))",
    "cross_entropy": "-np.sum({y} * np.log({a}))"}
LETTERS: dict[str, tuple[str, ...]] = {
    "W": ("W", "w", "Theta", "theta", "weight", "weights"), "b": ("b", "B", "bias", "biases"),
    "z": ("z", "Z", "net", "s", "u"), "a": ("a", "A", "h", "H", "hidden", "layer", "o", "out")}
LISTS = {"W": ("weights", "Ws"), "b": ("biases", "bs"), "z": ("zs", "Zs"), "a": ("activations", "as_")}
OUTPUTS = ("y_hat", "yhat", "Y_hat", "output", "probs", "y_pred", "pred", "AL")


@dataclass(frozen=True)
class Convention:
    """How examples and weights lie: `said` in words, `product` the line z = ..., shapes, and the axis of softmax."""

    said: str
    order: str
    """How the weights are indexed, and how examples lie, as `notation.LAYOUTS` has it."""
    lies: str
    product: str
    weight: str
    bias: str
    data: str
    axis: str
    mean: str = ""
    error: str = ""
    """What the errors of a layer are multiplied by: Ng's dZ is m dJ/dZ."""

    def goes_with(self, layout: tuple[str, str] | None) -> bool:
        """Whether a notation lays weights and examples so; None is any."""
        return layout is None or self.order == layout[0] and self.lies in (layout[1], "vector")


TO, FROM = "to-from", "from-to"
_ONE = (
    Convention("one example as a vector, W[to, from]", TO, "vector", "{W} @ {x} + {b}", "({n}, {k})", "({n},)",
               "({n},)", "0"),
    Convention("one example as a vector, W[from, to]", FROM, "vector", "{x} @ {W} + {b}", "({k}, {n})", "({n},)",
               "({n},)", "0"),
    Convention("one example as a column, W[to, from]", TO, "columns", "{W} @ {x} + {b}", "({n}, {k})", "({n}, 1)",
               "({n}, 1)", "0"),
    Convention("one example as a row, W[from, to]", FROM, "rows", "{x} @ {W} + {b}", "({k}, {n})", "(1, {n})",
               "(1, {n})", "1"))
_BATCH = (
    Convention("examples as columns, W[to, from]", TO, "columns", "{W} @ {x} + {b}", "({n}, {k})", "({n}, 1)",
               "({n}, m)", "0"),
    Convention("examples as rows, W[from, to]", FROM, "rows", "{x} @ {W} + {b}", "({k}, {n})", "(1, {n})",
               "(m, {n})", "1"),
    Convention("examples as rows, W[to, from]", TO, "rows", "{x} @ {W}.T + {b}", "({n}, {k})", "(1, {n})",
               "(m, {n})", "1"),
    Convention("examples as columns, W[from, to]", FROM, "columns", "{W}.T @ {x} + {b}", "({k}, {n})", "({n}, 1)",
               "({n}, m)", "0"))
_COSTS = (("the cost is the mean", "1 / m * ", ""), ("the cost is the sum", "1 * ", ""),
          ("the cost is the mean and dZ is m times its derivative", "1 / m * ", "m"))
CONVENTIONS = (*(replace(c, said=f"{c.said}, {said}", mean=mean, error=error) for c in _BATCH
                 for said, mean, error in _COSTS), *_ONE)
"""Batches first: what is right for them is right for one example too, but not the other way round."""


def judged(source: str, layers: int, draw: Draw, activation: str = "sigmoid", output: str = "sigmoid",
           cost: str = "quadratic", conventions: Iterable[Convention] = CONVENTIONS) -> tuple[str, list[Outcome]]:
    """The reading that fits best, in words, and what each name comes to in it."""
    found: list[tuple[int, str, list[Outcome]]] = []
    refusal: DeriveError | None = None
    for convention in conventions:
        try:
            made = outcomes(source, context(source, layers, convention, activation, output, cost), draw)
        except DeriveError as error:
            refusal = refusal or error
            continue
        made = [replace(one, reading=convention.said) for one in made]
        if all(one.equal for one in made):
            return convention.said, made
        found.append((sum(one.equal for one in made) - sum(bool(one.fault) for one in made), convention.said, made))
    if not found:
        assert refusal is not None
        raise refusal
    _, said, best = max(found, key=lambda one: one[0])
    return said, best


def context(source: str, layers: int, convention: Convention, activation: str, output: str, cost: str) -> PythonContext:
    """The forward pass in one convention, in the letters of the claim."""
    if cost not in COSTS:
        raise DeriveError(f"the cost '{cost}' has no NumPy form here", where="cost", do=nearest(cost, list(COSTS)))
    used = {getattr(node, "id", getattr(node, "attr", "")) for body in read(source).body for node in ast.walk(body)}
    used |= {node.value for body in read(source).body for node in ast.walk(body)
             if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    listed = bool(used & {name for names in LISTS.values() for name in names})
    name = _listed(used) if listed else _named(used, layers)
    x, y = ("X" if "X" in used else "x"), ("Y" if "Y" in used else "y")
    lines, where = _lines(convention, layers, name, (x, y), (activation, output), listed)
    where += _scaled(used, convention.error, [name(role, k) for role in "za" for k in range(1, layers + 1)])
    above = name("a", layers)
    lines.append(f"loss = {convention.mean}" + COSTS[cost].format(a=above, y=y))
    trait = " probabilities" if cost == "cross_entropy" and convention.axis == "1" else ""
    where += [f"{x}: " + convention.data.format(n="n0"), f"{y}: " + convention.data.format(n=f"n{layers}") + trait]
    return PythonContext("\n".join(lines), "loss", tuple(where))


def _scaled(used: set[str], factor: str, values: list[str]) -> list[str]:
    """The names of the text that stand for a derivative by one of these values, each so many times it."""
    meant = {name: asserted(name, values, "loss") for name in sorted(used) if factor}
    return [f"{name}: {factor} * dloss/d{claim.by}" for name, claim in meant.items() if claim]


def _lines(convention: Convention, layers: int, name: _Names, data: tuple[str, str], functions: tuple[str, str],
           listed: bool) -> tuple[list[str], list[str]]:
    lines = [f"{name.of('a')} = [{data[0]}]", f"{name.of('z')} = []"] if listed else []
    where: list[str] = []
    shapes = {"W": convention.weight, "b": convention.bias}
    for k in range(1, layers + 1):
        below = data[0] if k == 1 else name("a", k - 1)
        product = convention.product.format(W=name("W", k), x=below, b=name("b", k))
        function = functions[1] if k == layers else functions[0]
        z, a = (f"z{k}", f"a{k}") if listed else (name("z", k), name("a", k))
        lines.append(f"{z} = {product}")
        lines.extend([f"{name.of('z')}.append({z})"] if listed else [])
        lines.extend(_activated(a, z, function, convention.axis))
        lines.extend([f"{name.of('a')}.append({a})"] if listed else [])
        if not listed:
            where += [f"{name(r, k)}: {shapes[r].format(n=f'n{k}', k=f'n{k - 1}')}" for r in "Wb"]
    if listed:
        where = [f"{name.of(r)}: [" + ", ".join(shapes[r].format(n=f"n{k}", k=f"n{k - 1}")
                                                for k in range(1, layers + 1)) + "]" for r in "Wb"]
    return lines, where


def _activated(a: str, z: str, function: str, axis: str) -> Iterator[str]:
    if function == "softmax":
        yield f"e_ = np.exp({z})"
        yield f"{a} = e_ / np.sum(e_, axis={axis}, keepdims=True)"
    else:
        yield f"{a} = {function}({z})" if function not in ("identity", "linear") else f"{a} = 1 * {z}"


@dataclass(frozen=True)
class _Names:
    """What the claim calls the quantity of a role in a layer."""

    roles: tuple[tuple[str, str], ...]
    listed: bool
    last: tuple[int, str] = (0, "")

    def of(self, role: str) -> str:
        return dict(self.roles)[role]

    def __call__(self, role: str, layer: int) -> str:
        if self.listed:
            return f"{self.of(role)}[{layer if role == 'a' else layer - 1}]"
        return self.last[1] if role == "a" and self.last == (layer, self.last[1]) else f"{self.of(role)}{layer}"


def _listed(used: set[str]) -> _Names:
    return _Names(tuple((role, next((n for n in names if n in used), names[0])) for role, names in LISTS.items()), True)


def _named(used: set[str], layers: int) -> _Names:
    """The first letter of each role with which some layer's name ends: `A` where dA1 or A1 is used."""
    roles = []
    for role, letters in LETTERS.items():
        forms = [letter + sep for letter in letters for sep in ("", "_")]
        met = [f for f in forms if any(name in (f"{f}{k}", f"d{f}{k}", f"d_{f}{k}", f"grad_{f}{k}")
                                       for name in used for k in range(1, layers + 1))]
        roles.append((role, met[0] if met else forms[0]))
    output = next((name for name in OUTPUTS if name in used), "")
    return _Names(tuple(roles), False, (layers, output) if output else (0, ""))
