"""Equal layers as loops: the same numbers as the interpreter's, the same equations, and a length that depth leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dense import targets
from hypothesis import given, settings
from hypothesis import strategies as st
from models import run
from test_fast_code import EXACT, QUICK, close, many

from derive.calculus.explain import explain
from derive.calculus.reverse import adjoints_of, reverse
from derive.codegen.module import Builder
from derive.codegen.repeats import LEAST, Statements, moved_number
from derive.codegen.rolling import Rolled, rolled
from derive.gradcheck.emitted import load_source
from derive.ir import Equation, Loop, index_symbol, read, tensor_of
from derive.targets.numpy import emit


def line(widths: list[int], hidden: str, output: str) -> str:
    return "-".join([str(widths[0]), *(f"{n}:{hidden}" for n in widths[1:-1]), f"{widths[-1]}:{output}"])


@st.composite
def deep(draw: Any) -> list[int]:
    """Widths of which several in a row are the same, with others before, between and after them."""
    parts = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 8)), min_size=1, max_size=3))
    return [draw(st.integers(1, 5)), *(width for width, times in parts for _ in range(times)), draw(st.integers(1, 5))]


ENDS = st.sampled_from([("quadratic", "sigmoid"), ("cross_entropy", "softmax"), ("quadratic", "identity")])


@settings(max_examples=12, **QUICK)
@given(deep(), st.sampled_from(["sigmoid", "tanh", "relu", "softmax"]), ENDS, st.sampled_from(["", "l2:0.1"]),
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
    last = f"a{len(widths) - 1}"
    assert close(module.predict(params, x), values[last], EXACT[dtype])


def unrolled(found: Rolled) -> list[Equation]:
    """Every loop written out again, with the numbered names."""
    numbered = {place: name for name, place in found.members.items()}
    made = []
    for statement in found.statements:
        loops = isinstance(statement, Loop)
        index = statement.index if isinstance(statement, Loop) else None
        rounds = range(int(index.start), int(index.last) + 1) if index is not None else [0]
        for at in reversed(rounds) if isinstance(statement, Loop) and statement.descending else rounds:
            put: Any = {index_symbol(index.name): at} if index is not None else {}
            for e in statement.body if isinstance(statement, Loop) else (statement,):
                assert isinstance(e, Equation)
                names: Any = {r: _numbered(r.xreplace(put), found, numbered) for r in e.reads()}
                left = _numbered(e.lhs.xreplace(put), found, numbered)
                made.append(replace(e, target=tensor_of(left), at=tuple(getattr(left, "indices", ())),
                                    terms=tuple(t.map(lambda b, names=names: b.xreplace(names)) for t in e.terms)))
        assert loops or len(rounds) == 1
    return made


def _numbered(access: Any, found: Rolled, numbered: dict[tuple[str, int], str]) -> Any:
    name = tensor_of(access)
    if name not in found.tensors:
        return access
    return read(numbered[name, int(access.indices[0])], *access.indices[1:])


@settings(max_examples=6, **QUICK)
@given(deep(), st.sampled_from(["tanh", "softmax"]), st.sampled_from(["", "l2:0.1"]))
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


def plain(depth: int) -> str:
    return emit(explain(many(line([8] * depth + [3], "tanh", "softmax"), cost="cross_entropy")))


def test_depth_adds_no_lines() -> None:
    assert len(plain(10).splitlines()) == len(plain(30).splitlines()) < 120


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
    (["a1", "a3", "a5", "a7"], []),
]


@pytest.mark.parametrize(("names", "found"), RUNS)
def test_runs_of_equal_blocks(names: list[str], found: list[tuple[int, int, int, int]]) -> None:
    """From where each block writes one layer, if there is such a place."""
    assert counted(names) == found
