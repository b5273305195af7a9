"""Plain code keeps no value of a layer that nothing reads once the next layer has its own."""

from __future__ import annotations

import pytest
import sympy as sp
from test_fast_code import many
from test_numpy_code import source

from derive.codegen.latest import latest
from derive.ir import Equation, Index, Loop, Statement, Tensor, Term, read

L, T, J = (Index(name, sp.Integer(size), sp.Integer(start), kind)
           for name, size, start, kind in (("l", 5, 1, "layer"), ("t", 3, 1, "time"), ("j", 4, 0, "axis")))
layer, t, j = L.symbol, T.symbol, J.symbol
TENSORS = {name: Tensor(name, (L, J)) for name in "zab"}


def put(target: str, at_layer: sp.Expr, body: sp.Expr, free: tuple[Index, ...] = (J,), op: str = "=",
        at: sp.Expr = j, **how: object) -> Equation:
    return Equation(target, (at_layer, at), free, (Term(body, **how),), op)


def rounds(*body: Statement, first: int = 2, last: int = 5, **how: bool) -> Loop:
    return Loop(Index("l", sp.Integer(last - first + 1), sp.Integer(first), "layer"), body, **how)


def z(at_layer: sp.Expr) -> sp.Expr:
    return read("z", at_layer, j)


PUT, SEEN = put("z", layer, 2 * j), put("a", layer, read("z", layer, j))
FIRST, ONE = put("z", sp.Integer(1), sp.Integer(2) * j), sp.Integer(1)
ROWS: list[tuple[str, list[Statement], bool]] = [
    ("its own round", [rounds(PUT, SEEN)], True),
    ("the round before", [FIRST, rounds(put("z", layer, z(layer - 1)))], True),
    ("...of what is read before it is written", [FIRST, rounds(put("a", layer, z(layer - 1)), PUT)], True),
    ("two rounds before", [FIRST, rounds(put("z", layer, z(ONE)))], False),
    ("the round after, on the way back",
     [put("z", sp.Integer(6), 2 * j), rounds(put("z", layer, z(layer + 1)), descending=True)], True),
    ("the round after, on the way there",
     [put("z", sp.Integer(6), 2 * j), rounds(put("z", layer, z(layer + 1)))], False),
    ("the last one, later", [rounds(PUT), put("a", ONE, z(sp.Integer(5)))], True),
    ("an earlier one, later", [rounds(PUT), put("a", ONE, z(sp.Integer(4)))], False),
    ("every one, later", [rounds(PUT), rounds(SEEN)], False),
    ("what is written nowhere", [rounds(put("a", layer, z(layer - 1)), PUT)], False),
    ("what something is added to", [rounds(PUT, put("z", layer, sp.Integer(3), op="+="))], False),
    ("what is written under a condition", [rounds(put("z", layer, 2 * j, where=(sp.Eq(j, 1),)), SEEN)], False),
    ("what is written entry by entry", [rounds(put("z", layer, sp.Integer(3), (), at=ONE), SEEN)], False),
    ("what a loop over time reads", [rounds(PUT, Loop(T, (put("a", layer, z(layer) * t),)))], True),
    ("what every other layer has", [Loop(Index("l", sp.Integer(3), ONE, "layer"), (PUT, SEEN), step=2)], True),
    ("a layer in which another letter has a part",
     [rounds(*(put(name, layer + t, 2 * j) for name in "bz"), put("a", layer, z(layer + t)))], False),
    ("layers without a number",
     [Loop(Index("l", sp.Symbol("L", integer=True, positive=True), ONE, "layer"), (PUT, SEEN))], False),
]


@pytest.mark.parametrize(("statements", "found"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_read_of_a_layer(statements: list[Statement], found: bool) -> None:
    assert ("z" in latest(statements, TENSORS, {"a"})) == found
    assert not latest(statements, TENSORS, {"z", "a"})


@pytest.mark.parametrize(("line", "said"), [
    ("4" + 6 * "-3:tanh" + "-2", ["a[layer] = np.tanh(z)\n", "    delta = (delta @ params[", "    a = {}\n"]),
    ("4" + 6 * "-3:relu" + "-2",
     ["a[layer] = relu(z[layer])\n", "    delta = (delta @ params[", " * (z[layer] > 0)\n"]),
    ("n0-...:tanh-nL", ["a[layer] = np.tanh(z[layer])\n", "delta[layer] = (delta[layer + 1] @ "]),
])
def test_layers_share_a_name(line: str, said: list[str]) -> None:
    text = source(many(line))
    assert all(part in text[text.index("def cost_and_gradients("):] for part in said)
