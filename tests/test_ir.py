"""The language of derivations: what its constructors refuse, and when two derivations are the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from canonical import canonical_equation, same

from derive.errors import DeriveError
from derive.ir import (
    Derivation,
    Equation,
    Index,
    Loop,
    Statement,
    Tensor,
    Term,
    index_symbol,
    read,
    reads_of,
    size_at,
    size_symbol,
)

j, k, layer = (index_symbol(name) for name in "jkl")
J, K = Index("j", sp.Integer(2)), Index("k", sp.Integer(3))
L = Index("l", sp.Integer(4), sp.Integer(1), "layer")
X, W = Tensor("x", (K,), "data"), Tensor("w", (J, K), "parameter")
A, C = Tensor("a", (J,)), Tensor("C", (), "cost")
H = Tensor("h", (Index("l", sp.Integer(5), sp.Integer(0), "layer"), K))

PRODUCT = Equation("a", (j,), (J,), (Term(read("w", j, k) * read("x", k), (K,)),))
COST = Equation("C", (), (), (Term(read("a", j) ** 2, (J,)),))
START = Equation("h", (sp.Integer(0), k), (K,), (Term(read("x", k)),))
STEP = Equation("h", (layer, k), (K,), (Term(sp.tanh(read("h", layer - 1, k))),))
LAST = Equation("C", (), (), (Term(read("h", sp.Integer(4), k), (K,)),))


def derivation(*statements: Statement, tensors: tuple[Tensor, ...] = (X, W, A, C)) -> Derivation:
    return Derivation(tensors, statements, "C")


def layered(*statements: Statement) -> Derivation:
    return derivation(*statements, tensors=(X, H, C, Tensor("g", H.axes)))


def test_a_model() -> None:
    model = derivation(PRODUCT, COST)
    assert [e.target for e in model.equations()] == ["a", "C"]
    assert model.defining("a") == [(PRODUCT, ())]
    assert [t.name for t in model.of_role("data", "parameter")] == ["x", "w"]
    assert layered(START, Loop(L, (STEP,)), LAST).defining("h")[1][1][0].index == L


REFUSED: dict[str, tuple[tuple[Statement, ...], str]] = {
    "not declared": ((replace(PRODUCT, terms=(Term(read("v", j)),)), COST), "'v' is not declared or computed"),
    "number of indices": ((replace(PRODUCT, terms=(Term(read("w", j)),)), COST), "'w' has 2 indices, but 1"),
    "assigns to what is given": ((Equation("x", (k,), (K,), (Term(sp.Integer(0)),)), PRODUCT, COST), "'x' is given"),
    "free on the right": ((replace(PRODUCT, terms=(Term(read("w", j, k)),)), COST), "index 'k' is free on the right"),
    "free, not on the left": ((replace(PRODUCT, free=(J, K)), COST), "index 'k' is not on the left of a"),
    "shape": ((replace(PRODUCT, terms=(Term(read("w", j, k) * read("x", k), (Index("k", sp.Integer(4)),)),)), COST),
              "shapes differ: index 'k' runs over 4 values, but that axis of 'w' has 3"),
    "part of the target": ((replace(PRODUCT, free=(replace(J, size=sp.Integer(1)),),
                                    terms=(Term(sp.Integer(1)),)), COST), "shapes differ"),
    "beyond the axis": ((replace(PRODUCT, terms=(Term(read("x", k + 1), (K,)),)), COST),
                        "'x' is read at k + 1, which runs from 1 to 3, but its index runs from 0 to 2"),
    "twice": ((PRODUCT, PRODUCT, COST), "'a' is assigned twice"),
    "= after +=": ((replace(PRODUCT, op="+="), PRODUCT, COST), "'a' is assigned twice"),
    "order": ((COST, PRODUCT), "'C' reads a[j], which is computed only later"),
    "+= after a read": ((PRODUCT, COST, replace(PRODUCT, op="+=")), "'C' reads a[j], which is computed only later"),
    "itself": ((replace(PRODUCT, terms=(Term(read("a", j)),)), COST), "'a' reads a[j], which is computed only later"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    statements, message = REFUSED[name]
    with pytest.raises(DeriveError) as caught:
        derivation(*statements)
    assert message in str(caught.value)


def reads(expr: sp.Expr) -> Equation:
    """g[l,k] = h[expr, k]"""
    return Equation("g", (layer, k), (K,), (Term(read("h", expr, k)),))


@pytest.mark.parametrize(("statements", "accepted"), [
    ((START, Loop(L, (STEP, reads(layer))), LAST), True),
    ((START, Loop(L, (reads(layer), STEP)), LAST), False),
    ((START, Loop(L, (reads(layer - 1), STEP)), LAST), True),
    ((START, Loop(L, (STEP, reads(layer - 1))), LAST), True),
    ((START, Loop(L, (STEP, reads(layer + 1))), LAST), False),
    ((START, Loop(L, (STEP, reads(sp.Integer(0)))), LAST), True),
    ((START, Loop(L, (STEP, reads(sp.Integer(1)))), LAST), True),
    ((START, Loop(L, (reads(sp.Integer(1)), STEP)), LAST), False),
    ((START, Loop(L, (STEP, reads(sp.Integer(4)))), LAST), False),
    ((START, Loop(L, (STEP,)), Loop(L, (reads(sp.Integer(4)),)), LAST), True),
    ((Loop(L, (STEP,)), START, LAST), False),
    ((START, LAST, Loop(L, (STEP,))), False),
    ((START, replace(STEP, at=(sp.Integer(4), k), terms=(Term(read("h", sp.Integer(3), k)),)),
      Loop(replace(L, size=sp.Integer(3)), (STEP,)), LAST), False),
    ((START, Loop(replace(L, size=sp.Integer(3)), (STEP,)),
      replace(STEP, at=(sp.Integer(4), k), terms=(Term(read("h", sp.Integer(3), k)),)), LAST), True),
    ((START, Loop(L, (STEP,)), replace(STEP, at=(sp.Integer(4), k), terms=(Term(read("h", sp.Integer(3), k)),)), LAST),
     False),
])
def test_order_in_loops(statements: tuple[Statement, ...], accepted: bool) -> None:
    if accepted:
        layered(*statements)
    else:
        with pytest.raises(DeriveError, match="computed only later|assigned twice"):
            layered(*statements)


def test_loops_that_run_backwards() -> None:
    end = Equation("h", (sp.Integer(4), k), (K,), (Term(read("x", k)),))
    below = replace(L, start=sp.Integer(0))
    step = replace(STEP, terms=(Term(read("h", layer + 1, k)),))
    first = replace(LAST, terms=(Term(read("h", sp.Integer(0), k), (K,)),))
    layered(end, Loop(below, (step,), descending=True), first)
    with pytest.raises(DeriveError, match="computed only later"):
        layered(end, Loop(below, (step,)), first)
    with pytest.raises(DeriveError, match="computed only later"):
        layered(START, Loop(L, (STEP,), descending=True), LAST)


def test_same_up_to_the_names_of_indices() -> None:
    p, q = index_symbol("p"), index_symbol("q")
    renamed = Equation("a", (p,), (J.named("p"),), (Term(read("w", p, q) * read("x", q), (K.named("q"),)),))
    assert same(derivation(PRODUCT, COST), derivation(renamed, COST))
    more = replace(PRODUCT, terms=(*PRODUCT.terms, Term(sp.Integer(1))))
    assert not same(derivation(PRODUCT, COST), derivation(more, COST))
    two = Equation("C", (), (), (Term(read("w", j, k), (J, K)),))
    assert canonical_equation(two) == canonical_equation(replace(two, terms=(Term(read("w", j, k), (K, J)),)))


def test_terms_without_sums_are_one() -> None:
    u, v = sp.symbols("u v")
    assert canonical_equation(Equation("C", (), (), (Term(u), Term(v)))) == \
        canonical_equation(Equation("C", (), (), (Term(u + v),)))


def test_sizes_are_no_reads() -> None:
    width = size_at("n", index_symbol("l"))
    assert reads_of(read("a", j) / width + size_symbol("m") * k) == {read("a", j)}


def test_origin_and_part_do_not_count() -> None:
    assert replace(PRODUCT, origin="layer 1", part="dense") == PRODUCT


def test_sizes_that_follow_the_layer() -> None:
    n = [size_at("n", index) for index in (layer, layer - 1)]
    axes = (Index("l", size_symbol("L"), sp.Integer(1), "layer"), Index("j", n[0]), Index("k", n[1]))
    weight = Tensor("w", axes, "parameter")
    sizes = [axis.size for axis in weight.axes_at((layer + 1, j, k))]
    assert sizes[1:] == [size_at("n", layer + 1), size_at("n", layer)]
