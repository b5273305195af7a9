"""Equal layers as loops: the same numbers as the interpreter's, the same equations, and a length that depth leaves."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import partial
from operator import add, floordiv, mul, sub
from typing import Any

import numpy as np
import pytest
from dense import targets
from hypothesis import given, settings
from hypothesis import strategies as st
from models import run
from test_fast_code import EXACT, QUICK, agrees, close, fast, many

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.codegen.module import Builder
from derive.codegen.repeats import LEAST, Numbered, Statements, moved_number
from derive.codegen.rolling import Rolled, rolled
from derive.gradcheck.emitted import load_source
from derive.ir import Equation, Loop, index_symbol, mapped, read, tensor_of
from derive.ir import Statement as IrStatement
from derive.plan.module import FastBuilder
from derive.plan.record import Plan, Ref, Statement
from derive.plan.rolled import looped
from derive.plan.rolled import rolled as roll
from derive.plan.words import Line, Name, Text, text
from derive.targets.numpy import emit


def line(widths: list[int], hidden: str, output: str) -> str:
    """Each hidden width stands for a layer, or for several: `tanh-layernorm`."""
    return "-".join([str(widths[0]), *(f"{n}:{hidden}" for n in widths[1:-1]), f"{widths[-1]}:{output}"])


SEVERAL = ["tanh-layernorm(eps=1)", "tanh-layernorm(eps=1)-rmsnorm(eps=1)"]
"""Layers of which one round of a loop has two, or three."""


@st.composite
def deep(draw: Any) -> list[int]:
    """Widths of which several in a row are the same, with others before, between and after them."""
    parts = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 7)), min_size=1, max_size=2))
    return [draw(st.integers(1, 5)), *(width for width, times in parts for _ in range(times)), draw(st.integers(1, 5))]


ENDS = st.sampled_from([("quadratic", "sigmoid"), ("cross_entropy", "softmax"), ("quadratic", "identity")])


@settings(max_examples=5, **QUICK)
@given(deep(), st.sampled_from(["sigmoid", "tanh", "softmax", *SEVERAL]), ENDS, st.sampled_from(["", "l2:0.1"]),
       st.booleans(), st.sampled_from([1, 2, 7]), st.sampled_from(list(EXACT)))
def test_the_plain_module_computes_the_same(widths: list[int], hidden: str, ends: tuple[str, str], penalty: str,
                                            bias: bool, batch: int, dtype: str) -> None:
    cost, output = ends
    choices = {"regularize": penalty} if penalty else {}
    derivation = many(line(widths, hidden, output), cost=cost, bias=bias, **choices)
    module: Any = load_source(emit(explain(derivation)))
    rng = np.random.default_rng(0)
    params = {name: (a + 0.2 * rng.standard_normal(a.shape)).astype(dtype) for name, a in module.init(rng).items()}
    assert [*params] == [t.name for t in derivation.of_role("parameter")]
    x = rng.uniform(0, 1, (batch, widths[0])).astype(dtype)
    y = targets(cost, (batch, widths[-1]), rng).astype(dtype)
    values = run(reverse(derivation), {k: v.astype(float) for k, v in {**params, "x": x, "y": y}.items()}, {})
    found, grads = module.cost_and_gradients(params, x, y)
    assert close(found, values[derivation.cost], EXACT[dtype]) and close(module.cost(params, x, y), found, EXACT[dtype])
    assert grads.keys() == params.keys()
    for name, g in grads.items():
        assert close(g, values[adjoints_of(derivation)[name]], EXACT[dtype]), name
    last = f"a{(len(widths) - 2) * len(hidden.split('-')) + 1}"
    assert close(module.predict(params, x), values[last], EXACT[dtype])


def unrolled(found: Rolled) -> list[IrStatement]:
    """Every loop over layers written out again, with the numbered names."""
    numbered = {place: name for name, place in found.members.items()}
    made: list[IrStatement] = []
    for statement in found.statements:
        if not isinstance(statement, Loop) or statement.index.kind != "layer":
            made += mapped((statement,), partial(_written_out, put={}, found=found, numbered=numbered))
            continue
        index = statement.index
        rounds = range(int(index.start), int(index.last) + 1, statement.step)
        for at in reversed(rounds) if statement.descending else rounds:
            made += mapped(statement.body, partial(_written_out, put={index_symbol(index.name): at}, found=found,
                                                   numbered=numbered))
    return made


def _written_out(e: Equation, put: Any, found: Rolled, numbered: dict[tuple[str, int], str]) -> Equation:
    names: Any = {r: _numbered(r.xreplace(put), found, numbered) for r in e.reads()}
    left = _numbered(e.lhs.xreplace(put), found, numbered)
    return replace(e, target=tensor_of(left), at=tuple(getattr(left, "indices", ())),
                   terms=tuple(t.map(lambda b: b.xreplace(names)) for t in e.terms))


def _numbered(access: Any, found: Rolled, numbered: dict[tuple[str, int], str]) -> Any:
    name = tensor_of(access)
    if name not in found.tensors:
        return access
    return read(numbered[name, int(access.indices[0])], *access.indices[1:])


@settings(max_examples=3, **QUICK)
@given(deep(), st.sampled_from(["tanh", "softmax", *SEVERAL]), st.sampled_from(["", "l2:0.1"]))
def test_only_names_change(widths: list[int], hidden: str, penalty: str) -> None:
    derivation = many(line(widths, hidden, "sigmoid"), **({"regularize": penalty} if penalty else {}))
    builder = Builder(explain(derivation), {})
    statements = [*builder.statements, *builder.backward]
    found = rolled(statements, builder.tensors)
    assert unrolled(found) == statements
    longest = max(sum(1 for _ in group) for group in _equal(widths))
    assert bool(found.tensors) == any(isinstance(s, Loop) for s in found.statements)
    assert not found.tensors or longest >= LEAST


def _equal(widths: list[int]) -> list[list[int]]:
    groups: list[list[int]] = [[widths[0]]]
    for one, other in zip(widths, widths[1:], strict=False):
        if one == other:
            groups[-1].append(other)
        else:
            groups.append([other])
    return groups


def plain(hidden: str, depth: int) -> str:
    return emit(explain(many(line([8] * depth + [3], hidden, "softmax"), cost="cross_entropy")))


@pytest.mark.parametrize(("hidden", "depths", "most"), [("tanh", (10, 20), 120), ("relu-layernorm", (6, 7), 200)])
def test_depth_adds_no_lines(hidden: str, depths: tuple[int, int], most: int) -> None:
    short, long = (plain(hidden, depth).splitlines() for depth in depths)
    assert len(short) == len(long) < most


@pytest.mark.parametrize("widths", [[784, 16, 16, 10], [5, 4, 4, 4, 3]])
def test_a_few_layers_are_written_out(widths: list[int]) -> None:
    assert "layer" not in emit(explain(many(line(widths, "tanh", "sigmoid"))))


MOVED = [("w2", "w3", "w"), ("w2_1", "w3_1", "w_1"), ("b9_rows", "b10_rows", "b_rows"), ("w2", "b3", None),
         ("w2_1", "w3_2", None), ("w", "w2", None), ("w2", "w2", None)]


@pytest.mark.parametrize(("one", "other", "family"), MOVED)
def test_names_that_one_number_tells_apart(one: str, other: str, family: str | None) -> None:
    pair = moved_number(one, other)
    assert (pair[0].family if pair is not None else None) == family
    assert pair is None or (pair[0].name, pair[1].name) == (one, other)


def counted(names: list[str]) -> list[tuple[int, int, int, int]]:
    def moved(one: int, other: int) -> dict[str, str]:
        return {names[one]: names[other]}

    keys = [name.rstrip("0123456789") for name in names]
    return [(r.start, r.period, r.count, r.step) for r in Statements(keys, names, moved).runs()]


RUNS = [
    (["x", "a1", "a2", "a3", "a4", "y"], [(1, 1, 4, 1)]),
    (["a1", "a2", "a3"], []),
    (["b1", "a2", "b2", "a3", "b3", "a4", "b4", "a5", "b5"], [(1, 2, 4, 1)]),
    (["a9", "b9", "a8", "b8", "a7", "b7", "a6", "b6", "c"], [(0, 2, 4, -1)]),
    (["a1", "a2", "a3", "a4", "a6", "a7", "a8", "a9"], [(0, 1, 4, 1), (4, 1, 4, 1)]),
    (["a1", "a3", "a5", "a7"], [(0, 1, 4, 2)]),
    (["a1", "a3", "a4", "a6", "a7"], []),
    (["x", "a1", "b2", "a3", "b4", "a5", "b6", "a7", "b8", "y"], [(1, 2, 4, 2)]),
    (["b1", "a4", "b3", "a6", "b5", "a8", "b7", "a10", "b9"], [(1, 2, 4, 2)]),
]


@pytest.mark.parametrize(("names", "found"), RUNS)
def test_runs_of_equal_blocks(names: list[str], found: list[tuple[int, int, int, int]]) -> None:
    """From where each block writes one layer, if there is such a place."""
    assert counted(names) == found


# -- the fast module ---------------------------------------------------------------------------------------------------


@settings(max_examples=4, **QUICK)
@given(deep(), st.sampled_from(["sigmoid", "tanh", "gelu", *SEVERAL]), ENDS, st.sampled_from(["", "l2:0.1"]),
       st.booleans(), st.sampled_from([1, 2, 7, 40]), st.sampled_from(list(EXACT)))
def test_the_fast_module_computes_the_same(widths: list[int], hidden: str, ends: tuple[str, str], penalty: str,
                                           bias: bool, batch: int, dtype: str) -> None:
    cost, output = ends
    choices = {"regularize": penalty} if penalty else {}
    agrees(many(line(widths, hidden, output), cost=cost, bias=bias, **choices), batch, dtype, cost)


@pytest.mark.parametrize(("hidden", "rows"), [("tanh", 1), ("relu", 7), ("sigmoid", 600)])
def test_many_equal_layers(hidden: str, rows: int) -> None:
    agrees(many(line([40, *[33] * 9, 5], hidden, "softmax"), cost="cross_entropy"), rows, "float64", "cross_entropy")


def written_out(lines: list[str]) -> list[str]:
    """Python's own view of a loop: every line as often as it runs, the counter as a number."""
    made: list[str] = []
    at = 0
    while at < len(lines):
        head = re.fullmatch(r"for layer in (reversed\()?range\((\d+), (\d+)(?:, (\d+))?\)\)?:", lines[at])
        if head is None:
            made.append(lines[at])
            at += 1
            continue
        body = []
        while at + 1 < len(lines) and lines[at + 1].startswith("    "):
            at += 1
            body.append(lines[at].removeprefix("    "))
        rounds = range(int(head[2]), int(head[3]), int(head[4] or 1))
        made += [_at(text, n) for n in (reversed(rounds) if head[1] else rounds) for text in body]
        at += 1
    return made


def _at(text: str, layer: int) -> str:
    """f-strings, then sums of the counter, as numbers."""
    text = re.sub(r'f"(\w*)\{([^}]*)\}(\w*)"', lambda m: f'"{m[1]}{_sum(m[2], layer)}{m[3]}"', text)
    return re.sub(r"\(?(?:\d+ [-*] )?(?:\d+ \* )?(?:\blayer\b|\(layer // \d\))(?: [+-] \d+)?\)?(?![\w(])",
                  lambda m: _sum(m[0], layer), text)


def _sum(text: str, layer: int) -> str:
    """Its value; a bracket that opens before it stays."""
    loose = text.count(")") - text.count("(")
    node = ast.parse(text[:len(text) - loose].replace("layer", str(layer)), mode="eval").body

    def value(n: ast.expr) -> int:
        if isinstance(n, ast.BinOp):
            one, other = value(n.left), value(n.right)
            return {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.FloorDiv: floordiv}[type(n.op)](one, other)
        assert isinstance(n, ast.Constant)
        return int(str(n.value))

    return str(value(node)) + ")" * loose


def array(letter: str, number: int, quoted: bool = False) -> Text:
    of = Numbered(letter if "{}" in letter else letter + "{}", number)
    return (Name(of, of, quoted),)


def call(form: str, *parts: Text | str | int) -> Line:
    return Line(text(form, *parts))


def put(left: Text, form: str, *parts: Text | str | int) -> Line:
    return Line(text(form, *parts), left)


LINES: list[list[Line]] = [
    [call("x.dot({})", array("a", 1)), *(call("tanh({}, {})", array("a", n - 1), array("a", n)) for n in range(2, 12))],
    [put(array("grad_w", n), "grads[{}]", array("w", n, quoted=True)) for n in range(9, 0, -1)],
    [one for n in range(6) for one in (put(array("a{}_T", n), "{}.T", array("a", n)),
                                       put(array("t", n), "all[{}:{}]", n * 7, n * 7 + 7))],
    [put(array("b", n), "c[{} * rows:{} * rows]", (9 - n) * 4, (10 - n) * 4) for n in range(1, 10)],
    [*(put(array("b", n), "{}", array("a", n + 2)) for n in range(4)), put(("y",), "{}", array("a", 8))],
    [put(array("a", n), "{}", number) for n, number in [(1, 1), (2, 3), (3, 4), (4, 9)]],
    [call("f({}, {})", array("a", 2), array("a", n)) for n in range(2, 9)],
    [one for n in range(1, 10, 2) for one in (call("f({}, {})", array("a", n), array("b", n + 1)),
                                              put(array("c", n), "all[{}:{}]", n * 7, n * 7 + 7))],
    [put(array("g", n), "all[{} * rows:{} * rows]", 5 * (n // 3), 5 * (n // 3 + 1)) for n in range(2, 18, 3)],
    [put(array("g", n), "all[{}:{}]", 40 - 5 * (n // 2), 45 - 5 * (n // 2)) for n in range(9, 0, -2)],
]


@pytest.mark.parametrize("lines", LINES)
def test_loops_written_out_are_the_lines(lines: list[Line]) -> None:
    found = roll(lines, [], [])
    made = [line for line in found.prepared if " = {}" not in line]
    assert written_out(made) == [found.families.text(line.pieces) for line in lines]


@pytest.mark.parametrize(("lines", "count"), [*zip(LINES, [1, 1, 1, 1, 1, 0, 1, 1, 1, 1], strict=True)])
def test_loops_are_where_they_should_be(lines: list[Line], count: int) -> None:
    assert len(looped(lines)) - sum(isinstance(one, Line) for one in looped(lines)) == count


IMAGES = "-conv(2,3,padding=1):relu"


def moved(plan: Plan, ref: Ref, moving: frozenset[Numbered], by: int) -> Ref:
    """The reference in a later round."""
    own = {v.family: v.name for v in plan.values.values() if v.family is not None}
    family = plan.values[ref.name].family
    return replace(ref, name=own[family.moved(by)]) if family is not None and family in moving else ref


@pytest.mark.parametrize("case", ["one", "few", "many"])
@pytest.mark.parametrize("model", ["5-4-4-4-4-4-3", "40-33-33-33-33-33-33-5", "784-100-100-100-100-100-10",
                                   f"2x4x4{5 * IMAGES}-flatten-3",
                                   f"3{5 * '-4:relu-layernorm'}-2", f"seq(2x3){5 * '-rnn(3,gives=all)'}-2",
                                   f"seq(2x3){5 * '-birnn(3,gives=all)'}-2"])
def test_every_round_is_the_first_one_moved_on(model: str, case: str) -> None:
    """A repeat says nothing about the statements but what they are."""
    builder = FastBuilder(explain(many(model)), {})
    plan = builder.passed(builder.plan, case)
    assert plan.repeats
    for repeat in plan.repeats:
        block = plan.statements[repeat.start:repeat.start + repeat.period]
        for n in range(repeat.count):
            begin = repeat.start + n * repeat.period
            for one, other in zip(block, plan.statements[begin:begin + repeat.period], strict=True):
                there = [moved(plan, ref, repeat.moving, n * repeat.step) for ref in (one.out, *one.of)]
                if not any(r.name in plan.shares for r in (one.out, *one.of, other.out, *other.of)):
                    assert there == [other.out, *other.of]
                assert bare(one) == bare(other)
            assert not begin or cut(plan, begin)
        assert repeat.stop == len(plan.statements) or cut(plan, repeat.stop)
    assert [r.stop <= s.start for r, s in zip(plan.repeats, plan.repeats[1:], strict=False)].count(False) == 0


def cut(plan: Plan, at: int) -> bool:
    """Whether no loop over time goes on from one statement to the next."""
    before, after = (s.within for s in plan.statements[at - 1:at + 1])
    return before is None or before != after


def bare(statement: Statement) -> tuple[object, ...]:
    return (type(statement), getattr(statement, "function", ""), getattr(statement, "blocks", ""), statement.out.axes,
            *(ref.axes for ref in statement.of))


@pytest.mark.parametrize("case", ["one", "few", "many"])
def test_the_way_back_is_a_loop_from_the_last_layer_on(case: str) -> None:
    """Also of one example, where the error of the last layer is the gradient of its bias."""
    builder = FastBuilder(explain(many("6-5-4-3-2-1")), {})
    assert [(r.first, r.count, r.step) for r in builder.passed(builder.plan, case).repeats][-1] == (5, 4, -1)


def test_data_of_equal_layers_are_counted_too() -> None:
    """The masks of dropout, whether they are the same at every call or not."""
    source = fast(many(f"4{6 * '-4:tanh-dropout'}-3"))
    assert "mask = {2: mask2, 4: mask4, 6: mask6, 8: mask8, 10: mask10, 12: mask12}" in source
    made: Any = load_source(source)
    rng = np.random.default_rng(0)
    params = made.init(rng)
    for rows in (1, 3):
        data = [rng.uniform(0, 1, (rows, n)) for n in (4,) * 7 + (3,)]
        cost, grads = made.cost_and_gradients(params, *data)
        gradient = made.Gradient(rows)
        for found, own in (gradient(params, *data), gradient.fixed(*data)(params)):
            assert close(found, cost, 1e-11)
            assert all(close(own[name], g, 1e-11) for name, g in grads.items())


def test_the_header_names_the_loops() -> None:
    assert "loops: equal layers are said once" in fast(many(line([6] * 7, "tanh", "tanh")))
    assert "loops:" not in fast(many("784-16-16-10"))


@pytest.mark.parametrize(("before", "layer", "after", "depths"), [
    ("8", "-8:tanh", "-3:softmax", (9, 19)), ("2x4x4", IMAGES, "-flatten-3", (6, 8)),
    ("words(4 of 9)-embedding(4)", "-4:tanh", "-3", (6, 12)),
])
def test_depth_adds_no_lines_to_the_fast_module(before: str, layer: str, after: str, depths: tuple[int, int]) -> None:
    """Nor do convolutions, or layers after one that is plain text."""
    short, long = (fast(many(before + layer * n + after)) for n in depths)
    assert abs(len(long.splitlines()) - len(short.splitlines())) <= 5


SHARED = [
    (["a1 w1", "a2 w1", "a3 w1", "a4 w1", "a5 w2"], 4),
    (["a1 w1", "a2 w2", "a3 w3", "a4 w4", "a5 w4"], 4),
    (["a1 w1", "a2 w2", "a3 w3", "a4 w4", "a5 w5"], 5),
]


@pytest.mark.parametrize(("pairs", "count"), SHARED)
def test_what_stays_stays_and_what_moves_moves_on(pairs: list[str], count: int) -> None:
    """A weight that several layers share is another one from some layer on."""
    names = [pair.split() for pair in pairs]
    found = Statements(["f"] * len(pairs), [own[0] for own in names],
                       lambda one, other: dict(zip(names[one], names[other], strict=True))).runs()
    assert [run.count for run in found] == [count]
