"""Further functions of the module: Hessian-vector and Gauss-Newton products, matrices, Jacobians.

In: an explanation over the samples, the names of the module. Out: each function as finished lines; the comment
of a line is the equation that it computes, R{z} for d/dr of z at params + r*v.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from derive.calculus.explain import Explanation
from derive.calculus.higher import gauss_newton_product, hessian_product, jacobian
from derive.calculus.second import Second
from derive.codegen.function import Function
from derive.codegen.gradients import gradient_statements
from derive.codegen.naming import Naming, code_names, is_layered
from derive.codegen.scope import TAKEN
from derive.codegen.stabilized import folded, softmaxes, stabilize
from derive.errors import DeriveError
from derive.functions.record import equal
from derive.ir import Derivation, Equation, Statement, Tensor, Term, equations_of, mapped, needed, tensor_of, writing

DIRECTION, RESULT = "v", {"hvp": "hv", "gauss-newton": "gv", "jacobian": "jac"}


@dataclass(frozen=True)
class Extra:
    """One function, and the expressions that it computes."""

    name: str
    arguments: str
    doc: str
    lines: list[str]
    bodies: tuple[sp.Expr, ...] = ()


def second_functions(explanation: Explanation, naming: Naming, kind: str, wrt: Sequence[str] = ()) -> list[Extra]:
    """What `--second KIND` adds to the module."""
    if any(map(is_layered, explanation.forward.tensors)):
        raise DeriveError("code of second derivatives needs a number of layers", do="Write them out, as in 3-4-2.")
    return MADE[kind](Setting(explanation, naming, tuple(wrt)))


@dataclass(frozen=True)
class Setting:
    """What the functions are made from."""

    explanation: Explanation
    naming: Naming
    wrt: tuple[str, ...]

    @property
    def forward(self) -> Derivation:
        return self.explanation.forward

    @property
    def data(self) -> str:
        return "".join(f", {self.naming.names[t.name]}" for t in self.forward.of_role("data"))

    @property
    def direction(self) -> str:
        """The argument v, unless the model has a v of its own."""
        return DIRECTION + "_" * (DIRECTION in self.naming.names.values())


def _product(setting: Setting) -> list[Extra]:
    second = hessian_product(setting.forward, setting.explanation.policy)
    doc = f"The Hessian of {setting.forward.cost} times v, a dict like params: how the gradient changes along v."
    return [_along(setting, second, "hessian_vector_product", doc, RESULT["hvp"])]


def _hessian(setting: Setting) -> list[Extra]:
    doc = f"The Hessian of {setting.forward.cost}: a row and a column for each number in params, in their order."
    return [*_product(setting), _matrix(setting, "hessian", "hessian_vector_product", doc)]


def _gauss_newton(setting: Setting) -> list[Extra]:
    second, split = gauss_newton_product(setting.forward, setting.explanation.policy)
    doc = f"The Gauss-Newton matrix of {setting.forward.cost} times v, a dict like params; the loss begins at {split}."
    product = _along(setting, second, "gauss_newton_vector_product", doc, RESULT["gauss-newton"])
    doc = "The Gauss-Newton matrix: a row and a column for each number in params, in their order."
    return [product, _matrix(setting, "gauss_newton", product.name, doc)]


def _jacobians(setting: Setting) -> list[Extra]:
    blocks = jacobian(setting.forward, setting.wrt)
    (value,) = blocks[0].wanted
    names, needs = dict(setting.naming.names), needed(setting.forward.equations(), [value])
    tensors = dict(setting.naming.tensors)
    statements: list[Statement] = []
    for block in blocks:
        tensors |= {t.name: t for t in block.tangents.tensors}
        names |= _tangent_names(block, names)
        names[block.tangents.of[value]] = f'{RESULT["jacobian"]}["{block.tangents.variable}"]'
        statements += mapped(block.statements(setting.forward.statements), _with_factors)
    wanted = {block.tangents.of[value] for block in blocks}
    data = tuple(t for t in setting.forward.of_role("data") if t.name in needs)
    naming = replace(setting.naming, tensors=tensors, names=names, data=data)
    lines = _computed(setting, naming, statements, (), wanted, [f'{RESULT["jacobian"]} = {{}}'])
    arguments = ", ".join(["params", *(names[t.name] for t in data)])
    doc = f"The derivatives of every entry of {value}: a dict, the axes of {value} before those of the variable."
    return [Extra("jacobian", arguments, doc, [*lines, f'return {RESULT["jacobian"]}'], _bodies(statements))]


MADE: dict[str, Callable[[Setting], list[Extra]]] = {
    "hvp": _product, "hessian": _hessian, "gauss-newton": _gauss_newton, "jacobian": _jacobians}


def _along(setting: Setting, second: Second, name: str, doc: str, result: str) -> Extra:
    """A product with v: forward, the errors, then both once more along v."""
    first = second.first
    bars = [t for t in first.derivation.of_role("adjoint") if t.name not in setting.forward.by_name]
    names = code_names(setting.forward, bars, [*setting.naming.helpers, setting.direction, result])
    names |= {n: text for n, text in setting.naming.names.items() if n in setting.forward.by_name}
    names |= _tangent_names(second, names)
    for bar in second.wanted:
        of = second.derivation.tensor(second.derivation.tensor(bar).of or "")
        names[second.tangents.of[bar]] = _entry(of, result)
    unpacking = []
    for tensor in second.tangents.directions:
        of = setting.forward.tensor(tensor.of or "")
        unpacking.append((names[tensor.name], _entry(of, setting.direction), str(of.written.layer)))
    backward = gradient_statements(first)
    statements = [*second.statements((*setting.forward.statements, *gradient_statements(first.textbook)))]
    naming = replace(setting.naming, tensors={t.name: t for t in second.derivation.tensors}, names=names, tags={})
    wanted = {second.tangents.of[one] for one in second.wanted}
    lines = _computed(setting, naming, statements, backward, wanted, [*_unpacked(unpacking), f"{result} = {{}}"])
    return Extra(name, f"params, {setting.direction}{setting.data}", doc, [*lines, f"return {result}"],
                 _bodies([*statements, *backward]))


def _computed(setting: Setting, naming: Naming, statements: Sequence[Statement], backward: Sequence[Statement],
              wanted: set[str], before: list[str]) -> list[str]:
    """The lines of forward pass, errors and derivatives, as far as they are needed."""
    softmax = [*softmaxes(setting.forward)]
    behind = mapped([*backward, *statements], lambda e: folded(softmax, e))
    read_back = {tensor_of(r) for e in equations_of(behind) for r in e.reads()}
    every = [*stabilize(setting.forward, read_back), *behind]
    live = needed([*equations_of(every)], wanted)
    function = Function(naming)
    return function.computed(function.read(writing(every, live), wanted), wanted, before)


def _tangent_names(second: Second, names: dict[str, str]) -> dict[str, str]:
    """R_z1 and v_w1 along a direction, dz1_dx by a variable; none that is taken."""
    taken, found = {*TAKEN, *names.values()}, dict[str, str]()
    for tensor in second.tangents.tensors:
        inner = names[tensor.of or ""]
        wanted = tensor.name if second.tangents.by or tensor.role == "data" else f"R_{inner}"
        while wanted in taken or not wanted.isidentifier():
            wanted = f"{wanted}_" if wanted.isidentifier() else tensor.name
        taken.add(wanted)
        found[tensor.name] = wanted
    return found


def _with_factors(equation: Equation) -> Equation:
    """A condition p = j as a factor that is 1 where it holds and 0 elsewhere."""
    def factor(term: Term) -> Term:
        found = [c for c in term.where if isinstance(c, sp.Eq)]
        body = sp.Mul(term.body, *(equal(*c.args) for c in found))
        return replace(term, body=body, where=tuple(c for c in term.where if c not in found))

    return replace(equation, terms=tuple(map(factor, equation.terms)))


def _entry(tensor: Tensor, of: str) -> str:
    return f'{of}["{tensor.name}"]'


def _unpacked(pairs: list[tuple[str, str, str]]) -> list[str]:
    """v_w1, v_b1 = v["w1"], v["b1"]: one line a layer."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, entry, layer in pairs:
        groups.setdefault(layer, []).append((name, entry))
    parts = [group[n:n + 4] for group in groups.values() for n in range(0, len(group), 4)]
    return [f"{', '.join(n for n, _ in part)} = {', '.join(e for _, e in part)}" for part in parts]


def _bodies(statements: Iterable[Statement]) -> tuple[sp.Expr, ...]:
    return tuple(t.body for e in equations_of([*statements]) for t in e.terms)


def _matrix(setting: Setting, name: str, product: str, doc: str) -> Extra:
    """A matrix column by column: its product with every unit vector."""
    by = setting.explanation.forward.by
    over = "learnt" if by else "params"
    lines = [*[f"learnt = {{name: params[name] for name in {by!r}}}"] * bool(by),
             "columns = []",
             f"for name, array in {over}.items():",
             "    for place in np.ndindex(np.shape(array)):",
             f"        unit = {{other: np.zeros_like(value) for other, value in {over}.items()}}",
             "        unit[name][place] = 1",
             f"        column = {product}(params, unit{setting.data})",
             f"        columns.append(np.concatenate([np.ravel(column[other]) for other in {over}]))",
             "return np.stack(columns, axis=1)"]
    return Extra(name, f"params{setting.data}", doc, lines)
