"""Which products SciPy's BLAS writes, and which broadcasts and outer products are their own: a row a condition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sympy as sp
from test_plan_mixed import check, derivation

from derive.calculus.explain import explain
from derive.plan.measured import DEFAULT
from derive.plan.module import FastBuilder
from derive.plan.passes import PASSES
from derive.plan.passes.onto import onto
from derive.plan.passes.outer import outer
from derive.plan.passes.unbuffered import unbuffered
from derive.plan.passes.uncleared import uncleared
from derive.plan.record import ROWS, Apply, Contract, Gemm, Part, Plain, Plan, Ref, Statement, Steps, Value, View

EAGER = replace(DEFAULT, outer=3, unbuffered=3, uncleared=4, buffer=16, scalar_operations=0)
P = "data x[k: 3], y[j: 2]\nparameter w[j: 2, k: 3], b[j]\np[j] = sum(w[j,k]*x[k], k)\n"
Z = P + "z[j] = p[j] + b[j]\n"
OUTER = "data x[k: 3], y[j: 2]\nparameter w[j: 2, k: 3]\np[j] = sum(w[j,k]*x[k], k)\n"


def made(text: str, case: str) -> Plan:
    builder = FastBuilder(explain(derivation(text)), {}, PASSES)
    return builder.passed(builder.plan.changed(measured=EAGER), case)


def written(plan: Plan) -> list[str]:
    """What gemm or gemv writes: z+ where it is added onto something, then the factor, unless that is 1."""
    return [f"{s.out.name}{'+' * s.gemm.onto}{s.gemm.scale if s.gemm.scale != 1 else ''}"
            for s in plan.statements if isinstance(s, Contract) and s.gemm]


BLAS = {
    "a bias": (Z + "C = sum((z[j] - y[j])^2, j)\n", "few", ["z+", "grad_w"]),
    "a bias, by other letters": (P + "z[i] = p[i] + b[i]\nC = sum((z[j] - y[j])^2, j)\n", "few", ["z+", "grad_w"]),
    "one number as a bias": (OUTER + "parameter c\nz[j] = p[j] + c\nC = sum((z[j] - y[j])^2, j)\n", "few",
                             ["z+", "grad_w"]),
    "a bias for what has one axis more": (
        "data x[k: 3], y[j: 2]\nparameter w[j: 2, k: 3], b[j]\nindex i = 4\nz[j,i] = sum(w[j,k]*x[k], k) + b[j]\n"
        "C = sum((z[j,i] - y[j])^4, j, i)\n", "few", ["grad_w"]),
    "what no bias is added to": (OUTER + "a[j] = tanh(p[j])\nC = sum((a[j] - y[j])^2, j)\n", "few", ["grad_w"]),
    "what another product reads": (
        OUTER + "parameter v[i: 2, j]\nq[i] = sum(v[i,j]*p[j], j)\nC = sum(q[i]*y[i], i)\n", "few",
        ["grad_v", "grad_w"]),
    "a factor": (Z + "C = sum(tanh(3*z[j])*y[j], j)\n", "few", ["C_t+3", "grad_w"]),
    "a sum that is added up": (Z + "C = sum(z[j], j)\n", "few", ["z+", "grad_w"]),
    "a factor that is a number of the example": (
        Z + "data e\na[j] = tanh(e*z[j])\nC = sum((a[j] - y[j])^2, j)\n", "one", ["z+"]),
    "a matrix of parameters, and its bias": (
        "data x[k: 3], y[j: 2]\nparameter w[j: 2, i: 4], v[i, k: 3], b[k]\ng[j,k] = sum(w[j,i]*v[i,k], i)\n"
        "h[j,k] = g[j,k] + b[k]\nC = sum((sum(tanh(h[j,k])*x[k], k) - y[j])^2, j)\n", "few",
        ["h+", "dC_dh_w", "grad_w", "grad_v"]),
    "a gradient that is a vector": (
        "data x[k: 9], y\nparameter w[k]\nf = sum(w[k]*x[k], k)\nC = (f - y)^2\n", "few", []),
    "a gradient over examples and steps": (
        "data x[t: 1..4, k: 3], y[t: 1..4, j: 2]\nparameter w[j: 2, k: 3]\nz[t,j] = sum(w[j,k]*x[t,k], k)\n"
        "C = sum((z[t,j] - y[t,j])^2, t, j)\n", "few", []),
}


@pytest.mark.parametrize(("text", "case", "expected"), BLAS.values(), ids=BLAS)
def test_what_blas_writes(text: str, case: str, expected: list[str]) -> None:
    assert written(made(text, case)) == expected
    check(text, {}, [EAGER], [1 if case == "one" else 5, 2], "float64", True, 1)



NAMES = {"x": (ROWS, 3), "w": (2, 3), "b": (2,), "p": (ROWS, 2), "z": (ROWS, 2), "u": (ROWS, 2), "d": (ROWS, 2),
         "C": (), "g": (2, 3), "r": (2,), "q": (3,), "true": (ROWS, 3), "times": (4, ROWS, 2), "wide": (ROWS, 2, 4),
         "h": (2, 3), "n": (2, 3), "e": (ROWS,), "square": (2, 2)}
ROLES: dict[str, Any] = {"x": "data", "w": "parameter", "b": "parameter", "g": "gradient"}
VALUES = {name: Value(name, sizes, ROLES.get(name, "value"), name == "true") for name, sizes in NAMES.items()} | {
    name: Value(name, (), "constant", amount=amount) for name, amount in
    {"<3>": sp.Integer(3), "<1/m>": 1 / sp.Symbol("m")}.items()}
J, SJ, SK, JK, SJI = ("j",), ("s", "j"), ("s", "k"), ("j", "k"), ("s", "j", "i")
LOOP = Steps(1, "t", 1, 3)
PRODUCT = Contract(Ref("p", SJ), (Ref("x", SK), Ref("w", JK)))
ADDED = Apply(Ref("z", SJ), "np.add", (Ref("p", SJ), Ref("b", J)))
SCALED = Apply(Ref("u", SJ), "np.multiply", (Ref("z", SJ), Ref("<3>")))
SUM = Contract(Ref("C"), (Ref("u", SJ),))
VECTORS = Contract(Ref("h", JK), (Ref("r", J), Ref("q", ("k",))))
SHORT = Contract(Ref("square", JK), (Ref("r", J), Ref("b", ("k",))))


def hand_made(*statements: Statement, **how: Any) -> Plan:
    return Plan(statements, dict(VALUES), "C", measured=EAGER, **how)


def again(name: str) -> Statement:
    return Apply(Ref(name, SJ), "np.tanh", (Ref("d", SJ),))


def within(s: Statement) -> Statement:
    return s.changed(within=LOOP)


ONTO: dict[str, tuple[Plan, list[str]]] = {
    "all of it": (hand_made(PRODUCT, ADDED, SCALED, SUM), ["u+3"]),
    "the bias first": (hand_made(PRODUCT, ADDED.changed(of=ADDED.of[::-1]), SCALED, SUM), ["u+3"]),
    "a product in a loop over time": (hand_made(within(PRODUCT), ADDED, SCALED, SUM), []),
    "a sum in a loop over time": (hand_made(PRODUCT, within(ADDED), SCALED, SUM), []),
    "a factor in a loop over time": (hand_made(PRODUCT, ADDED, within(SCALED), SUM), ["z+"]),
    "a sum of one place after the other": (hand_made(PRODUCT, ADDED.changed(each=J), SCALED, SUM), []),
    "a factor of one place after the other": (hand_made(PRODUCT, ADDED, SCALED.changed(each=J), SUM), ["z+"]),
    "a factor of what has one axis more": (
        hand_made(PRODUCT, ADDED, SCALED.changed(out=Ref("wide", SJI)), Contract(Ref("C"), (Ref("wide", SJI),))),
        ["z+"]),
    "a factor that is known when a Gradient is made": (
        hand_made(PRODUCT, ADDED, SCALED.changed(of=(Ref("z", SJ), Ref("<1/m>"))), SUM), ["z+"]),
    "a product that is written again": (hand_made(again("p"), PRODUCT, ADDED, SCALED, SUM), []),
    "a sum that is written again": (hand_made(again("z"), PRODUCT, ADDED, SCALED, SUM), []),
    "a result that is written again": (hand_made(again("u"), PRODUCT, ADDED, SCALED, SUM), ["z+"]),
    "a sum that is a part of something": (
        hand_made(PRODUCT, ADDED, SCALED, SUM, parts={"z": Part("times", 0, None, 1)}), []),
    "a result that is a part of something": (
        hand_made(PRODUCT, ADDED, SCALED, SUM, parts={"u": Part("times", 0, None, 1)}), ["z+"]),
    "a sum that lies in a view": (hand_made(View(Ref("z", SJ), of=(Ref("d", SJ),)), PRODUCT, ADDED, SCALED, SUM), []),
    "a sum that lies in a gradient": (hand_made(PRODUCT, ADDED, SCALED, SUM, views={"z": "g"}), []),
    "a sum that lies the other way round": (
        hand_made(PRODUCT, ADDED, SCALED, SUM, flipped=frozenset({"z"})), []),
    "a sum that lines of text read": (
        hand_made(PRODUCT, ADDED, Plain(Ref("C"), ("C = z.sum()",), (Ref("z", SJ),))), []),
    "an operand of truths": (hand_made(PRODUCT.changed(of=(Ref("true", SK), Ref("w", JK))), ADDED, SCALED, SUM), []),
    "an operand that is a view": (hand_made(View(Ref("x", SK), of=(Ref("d", SJ),)), PRODUCT, ADDED, SCALED, SUM), []),
    "an operand that is a part": (hand_made(PRODUCT, ADDED, SCALED, SUM, parts={"x": Part("times", 0, None, 1)}), []),
    "a product without a sum": (
        hand_made(VECTORS, Apply(Ref("n", JK), "np.add", (Ref("h", JK), Ref("w", JK)))), []),
}


@pytest.mark.parametrize(("plan", "expected"), ONTO.values(), ids=ONTO)
def test_what_a_product_is_added_onto(plan: Plan, expected: list[str]) -> None:
    assert written(onto(plan)) == expected


def test_what_is_said_of_them_is_said_once() -> None:
    """The bias stands where the product stood, under its equation; the others begin where something comes next."""
    second = PRODUCT.changed(out=Ref("d", SJ)), Apply(Ref("u", SJ), "np.add", (Ref("d", SJ), Ref("b", J)))
    for rest, expected in (((SCALED, again("d"), SUM), [("p",), (), ("z", "u", "d"), ("C",)]),
                           ((*second, SUM), [("p",), (), ("z", "d"), (), ("u", "C")])):
        said = [s.changed(notes=(s.out.name,)) for s in (PRODUCT, ADDED, *rest)]
        assert [s.notes for s in onto(hand_made(*said)).statements] == expected


def test_letters_are_those_of_each_statement() -> None:
    other = ("s", "i")
    added = Apply(Ref("z", other), "np.add", (Ref("p", other), Ref("b", ("i",))))
    found = onto(hand_made(PRODUCT, added, Contract(Ref("C"), (Ref("z", SJ),)))).statements
    assert [s.out for s in found] == [Ref("z", other), Ref("z", SJ), Ref("C")]


GRADIENT = Contract(Ref("g", JK), (Ref("d", SJ), Ref("x", SK)))
UNCLEARED: dict[str, tuple[Statement, list[str]]] = {
    "a gradient": (GRADIENT, ["g"]),
    "a value of each example": (PRODUCT, []),
    "a vector": (Contract(Ref("r", J), (Ref("e", ("s",)), Ref("d", SJ))), []),
    "a product of vectors": (VECTORS, []),
    "what is added onto something": (GRADIENT.changed(gemm=Gemm(True)), ["g+"]),
    "a sum of one array": (Contract(Ref("h", JK), (Ref("wide", ("j", "k", "i")),)), []),
    "what is done entry by entry": (Apply(Ref("h", JK), "np.multiply", (Ref("n", JK), Ref("w", JK))), []),
}


@pytest.mark.parametrize(("statement", "expected"), UNCLEARED.values(), ids=UNCLEARED)
def test_what_is_not_cleared_first(statement: Statement, expected: list[str]) -> None:
    """Of numbers few enough for these shapes."""
    plan = hand_made(statement).changed(measured=replace(EAGER, uncleared=2))
    assert written(uncleared(plan)) == expected


WIDE = Apply(Ref("h", JK), "np.multiply", (Ref("n", JK), Ref("q", ("k",))))
ALONE: dict[str, tuple[Statement, Statement]] = {
    "an outer product": (VECTORS.changed(notes=("h",)), Apply(VECTORS.out, "np.multiply", VECTORS.of, notes=("h",))),
    "an outer product of short rows": (SHORT, SHORT),
    "an outer product in a loop over time": (
        within(VECTORS), within(Apply(VECTORS.out, "np.multiply", VECTORS.of))),
    "an outer sum": (Apply(VECTORS.out, "np.add", VECTORS.of), Apply(VECTORS.out, "np.add", VECTORS.of)),
    "a product of matrices": (GRADIENT, GRADIENT),
    "a vector": (Contract(Ref("r", J), (Ref("h", JK), Ref("q", ("k",)))),) * 2,
}


@pytest.mark.parametrize(("statement", "expected"), ALONE.values(), ids=ALONE)
def test_what_is_multiplied_entry_by_entry(statement: Statement, expected: Statement) -> None:
    assert outer(hand_made(statement)).statements == (expected,)


BROADCAST: dict[str, tuple[Apply, dict[str, Any], bool]] = {
    "a row": (WIDE, {}, True),
    "nothing": (WIDE.changed(of=(Ref("n", JK), Ref("w", JK))), {}, False),
    "a number": (WIDE.changed(of=(Ref("n", JK), Ref("<3>"))), {}, False),
    "a copy": (Apply(Ref("h", JK), "np.positive", (Ref("q", ("k",)),)), {}, False),
    "a choice": (WIDE.changed(function="np.where", of=(Ref("n", JK), Ref("w", JK), Ref("q", ("k",)))), {}, False),
    "a function of the module": (WIDE.changed(function="normal_cdf"), {}, False),
    "one place after the other": (WIDE.changed(each=J), {}, False),
    "truths": (Apply(Ref("true", SK), "np.greater", (Ref("x", SK), Ref("q", ("k",)))), {}, False),
    "what lies the other way round": (WIDE, {"flipped": frozenset({"n"})}, False),
    "a column, which is a number for each row": (
        WIDE.changed(of=(Ref("n", JK), Ref("r", J))), {}, True),
    "a column of rows that are short": (
        WIDE.changed(of=(Ref("n", JK), Ref("r", J))), {"measured": replace(EAGER, unbuffered=4)}, False),
    "two vectors": (Apply(Ref("h", JK), "np.add", (Ref("r", J), Ref("q", ("k",)))), {}, True),
    "what has one of the last two axes": (
        Apply(Ref("wide", SJI), "np.add", (Ref("wide", SJI), Ref("b", J))), {"measured": replace(EAGER, unbuffered=5)},
        False),
}


@pytest.mark.parametrize(("statement", "how", "expected"), BROADCAST.values(), ids=BROADCAST)
def test_what_is_read_where_it_lies(statement: Apply, how: dict[str, Any], expected: bool) -> None:
    (found,) = unbuffered(replace(hand_made(statement), **how)).statements
    assert isinstance(found, Apply) and found.unbuffered == expected
