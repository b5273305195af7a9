"""The plan: each pass changes no value, and is used where it should be; what a plan costs is counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from test_fast_code import EXACT, QUICK, agrees, fast, many

from derive.calculus.explain import explain
from derive.gradcheck.emitted import load_module, load_source
from derive.plan.count import coupled, operations
from derive.plan.measured import DEFAULT
from derive.plan.module import FastBuilder
from derive.plan.passes import PASSES, Pass
from derive.plan.passes.loops import is_large
from derive.plan.passes.scratch import scratch
from derive.plan.record import ROWS, Apply, Contract, Plain, Plan, Ref, Value
from derive.plan.text import Writer
from derive.samples import over_samples
from derive.targets.numpy import variants
from derive.text import read_equations

NAMES = [p.name for p in PASSES]


def plan_of(derivation: Any, case: str, passes: Any = PASSES) -> Plan:
    builder = FastBuilder(explain(derivation), {}, passes)
    return builder.passed(builder.plan, case)


def network(widths: list[int], hidden: str, output: str, cost: str) -> Any:
    line = "-".join([str(widths[0]), *(f"{n}:{hidden}" for n in widths[1:-1]), f"{widths[-1]}:{output}"])
    return many(line, cost=cost)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, **QUICK)
@given(widths=st.lists(st.integers(1, 40), min_size=2, max_size=4), hidden=st.sampled_from(["sigmoid", "tanh", "relu"]),
       ends=st.sampled_from([("quadratic", "sigmoid"), ("cross_entropy", "softmax"), ("quadratic", "identity")]),
       batch=st.sampled_from([1, 2, 3, 10, 41, 96, 600]), dtype=st.sampled_from(list(EXACT)), before=st.booleans(),
       seed=st.integers(0, 99))
def test_a_pass_changes_no_value(name: str, widths: list[int], hidden: str, ends: tuple[str, str], batch: int,
                                 dtype: str, before: bool, seed: int) -> None:
    """Alone, and after all that come before it."""
    derivation = network(widths, hidden, ends[1], ends[0])
    at = NAMES.index(name)
    made = load_source(fast(derivation, passes=PASSES[:at + 1] if before else PASSES[at:at + 1]))
    agrees(derivation, batch, dtype, ends[0], made, seed)


WIDE = "784-100:relu-64:relu-10:softmax"
USED = [
    ("shared", "4-3-2", "quadratic", ("one", "few", "many")),
    ("from outputs", "4-3:relu-2", "quadratic", ("one", "few", "many")),
    ("renamed", "4-3-2:identity", "quadratic", ("one", "few", "many")),
    ("alone", "4-3-2", "quadratic", ("one",)),
    ("together", "4-3-2", "quadratic", ("one", "few", "many")),
    ("together", "4-60-40-2", "quadratic", ("one", "few")),
    ("together", "4-3:relu-2", "quadratic", ()),
    ("onto", "4-3-2", "quadratic", ("one", "few")),
    ("onto", "4-layernorm", "quadratic", ()),
    ("spread", "4-3-2", "quadratic", ()),
    ("spread", "4-layernorm-2", "quadratic", ("few",)),
    ("flipped", WIDE, "cross_entropy", ("many",)),
    ("flipped", "4-3-2", "quadratic", ()),
    ("tops", "seq(16x4)-attention(2)-1", "quadratic", ("one", "few", "many")),
    ("tops", "seq(15x4)-attention(2)-1", "quadratic", ()),
    ("tops", "seq(32x4)-2:softmax", "cross_entropy", ()),
    ("regrouped", "seq(9x6)-attention(2)-1", "quadratic", ("one", "few", "many")),
    ("regrouped", "seq(3x8)-attention(2)-1", "quadratic", ()),
    ("turned", "4-40:relu-50:relu-2", "quadratic", ("many",)),
    ("turned", "4-16:relu-100:relu-2", "quadratic", ()),
    ("early", "4-1000:gelu-2", "quadratic", ("few", "many")),
    ("early", "4-1000:tanh-2:identity", "quadratic", ()),
    ("early", "4-3:gelu-2", "quadratic", ()),
    ("early", "seq(3x2)-rnn(2,gives=all)-1000:gelu-1", "quadratic", ()),  # a loop over time has an order of its own
    ("in place", "4-3-2", "quadratic", ("one", "few", "many")),
    ("beside", WIDE, "cross_entropy", ("few", "many")),
    ("beside", "4-3:relu-2", "quadratic", ()),
    ("beside", "6-100:softmax", "hinge", ("few",)),  # of many examples, a row is one of them
    ("outer", "784-16-10", "quadratic", ("one",)),
    ("outer", "500-16-10", "quadratic", ()),
    ("unbuffered", "784-16-10", "quadratic", ("one",)),
    ("unbuffered", "4-500:relu-2", "quadratic", ("few", "many")),  # the bias, and zero beside it
    ("unbuffered", "4-300:relu-2", "quadratic", ()),
    ("unbuffered", "1x28x28-conv(2,5x5)-flatten-2", "quadratic", ("one", "few", "many")),
    ("unbuffered", "1x20x20-conv(2,5x5)-flatten-2", "quadratic", ()),
    ("uncleared", "784-16-10", "quadratic", ("few",)),
    ("uncleared", "40-20-10", "quadratic", ()),
    ("blocks", WIDE, "cross_entropy", ("many",)),
    ("blocks", "4-3-2", "quadratic", ()),
    ("loops", "4-3-3-3-3-3-2", "quadratic", ("one", "few", "many")),
    ("loops", "4-3-3-2", "quadratic", ()),
    ("loops", "2x4x4" + 5 * "-conv(2,3,padding=1):relu" + "-flatten-2", "quadratic", ("one", "few", "many")),
    ("loops", "words(4 of 9)-embedding(4)" + 6 * "-4:tanh" + "-2", "quadratic", ("one", "few", "many")),
    ("scratch", "4-1000:tanh-1000:tanh-1000:tanh-2", "quadratic", ("few", "many")),
    ("scratch", "4-3:tanh-3:tanh-2", "quadratic", ()),
    ("scratch", "4x8x8" + 6 * "-conv(4,3,padding=1):relu" + "-flatten-2", "quadratic", ("few", "many")),
]


EAGER = replace(DEFAULT, outer=2, unbuffered=2, buffer=16, scalar_operations=0, few_rows=5, most_few=10**9)
"""What is worth it for large arrays alone, with small ones; one, few and many examples of any network, on arrays."""


@settings(max_examples=30, **QUICK)
@given(widths=st.lists(st.integers(1, 40), min_size=2, max_size=4), hidden=st.sampled_from(["gelu", "tanh", "relu"]),
       between=st.sampled_from(["", "batchnorm-", "layernorm-"]), batch=st.sampled_from([1, 2, 7, 41, 300]),
       dtype=st.sampled_from(list(EXACT)), seed=st.integers(0, 99))
def test_what_serves_large_arrays_changes_no_value(widths: list[int], hidden: str, between: str, batch: int, dtype: str,
                                                   seed: int) -> None:
    """Outer products entry by entry, and broadcasts with small buffers, however short their rows are."""
    first, *more = widths
    derivation = many(f"{first}-{between}" + "-".join(f"{n}:{hidden}" for n in more))
    source = variants(explain(derivation))(measured=EAGER)
    assert "unbuffered(" in source or max(widths) == 1
    agrees(derivation, batch, dtype, made=load_source(source), seed=seed)


@pytest.mark.parametrize(("line", "statement"), [
    ("784-16-10", "unbuffered(multiply, delta1_column, x_0, grad_w1)"),
    ("30-20-10", "delta1_column.dot(x_0[None], grad_w1)"),
    ("4-784:relu-2", "unbuffered(maximum, zero_784, z1, out=a1)"), ("784-16-10", "a1.dot(w2.T, a2)"),
    ("1x28x28-conv(2,5x5)-flatten-2", "unbuffered(add, a1, b1[:, None, None], z1)"),
    ("3x24x24-batchnorm-flatten-2", "unbuffered(subtract, x, u1_column, h1)")])
def test_long_rows_are_read_where_they_lie(line: str, statement: str) -> None:
    source = fast(many(line))
    assert f"        {statement}\n" in source and ("np.setbufsize" in source) == ("unbuffered" in source)


def test_small_buffers_are_those_of_a_step_alone() -> None:
    """NumPy has the buffers that it had, in this thread and in another that runs a Gradient of its own."""
    module: Any = load_source(fast(many("600-3-2")))
    rng, size = np.random.default_rng(0), np.getbufsize()
    params, x, y = module.init(rng), rng.random((1, 600)), rng.random((1, 2))
    grads = {name: g.copy() for name, g in module.Gradient(1)(params, x, y)[1].items()}
    with ThreadPoolExecutor(2) as pool:
        runs = [module.Gradient(1) for _ in range(2)]
        others = [pool.submit(lambda run=run: [run(params, x, y)[1] for _ in range(50)][-1]) for run in runs]
    assert np.getbufsize() == size
    for found in others:
        assert all((found.result()[name] == g).all() for name, g in grads.items())


@pytest.mark.parametrize(("name", "line", "cost", "cases"), USED)
def test_a_pass_is_used_where_it_should_be(name: str, line: str, cost: str, cases: tuple[str, ...]) -> None:
    derivation = many(line, cost=cost)
    for case in ("one", "few", "many"):
        assert (name in plan_of(derivation, case).applied) == (case in cases), case


def test_the_design_lists_the_passes_in_their_order() -> None:
    lines = (Path(__file__).parents[1] / "docs/design.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in lines if line.startswith("| ")]
    at = next(n for n, row in enumerate(rows) if row == ["pass", "cases"])
    assert rows[at + 1:at + 1 + len(PASSES)] == [
        [p.name, "all" if p.cases == ("one", "few", "many") else ", ".join(p.cases)] for p in PASSES]


def test_a_pass_is_one_file(tmp_path: Path) -> None:
    """That of CONTRIBUTING.md."""
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
    recipe = text[text.index('    """Twice a value'):text.index("and, since their order")]
    (tmp_path / "doubled.py").write_text("\n".join(line[4:] for line in recipe.splitlines()))
    made: Any = load_module(tmp_path / "doubled.py")
    passes = (PASSES[0], Pass("doubled", "twice a value is a sum", made.doubled), *PASSES[1:])
    derivation = many("4-3-2:identity", factor="1", reduce="sum")
    source = fast(derivation, passes=passes)
    assert "doubled: twice a value is a sum" in source
    agrees(derivation, 5, "float64", made=load_source(source))


@pytest.mark.parametrize("line", ["4-9:tanh-9:tanh-9:tanh-2", "4-9-9-9-9-9-9-2", "4-9:gelu-9:softplus-9:silu-9:elu-2",
                                  "4-9:relu-layernorm-9:gelu-batchnorm-9:gelu_tanh-2", "4" + 5 * "-9:gelu" + "-2",
                                  "4-9:elu-9:relu-9:gelu-2"])
@pytest.mark.parametrize("batch", [2, 60])
def test_memory_that_serves_again_is_free(line: str, batch: int) -> None:
    """Of widths that are all equal, whatever is large: here one number is. An error comes where no error is read."""
    derivation = many(line)
    made = load_source(variants(explain(derivation))(measured=replace(DEFAULT, scratch=1)))
    agrees(derivation, batch, "float64", made=made)


def test_the_rest_of_a_slope_is_computed_at_once() -> None:
    """...of gelu where exp(-z^2/2) and Phi have just been made; the comment of the equation stays where it was."""
    plan = plan_of(many("4-1000:gelu-2"), "many")
    made = [s.out.name for s in plan.statements]
    phi = next(n for n, s in enumerate(plan.statements) if isinstance(s, Apply) and s.function == "normal_cdf")
    assert made.index("a1") == phi + 4 and plan.place("a1") == plan.place(made[phi])
    noted = next(s for s in plan.statements if any("dC/dz1" in str(note) for note in s.notes))
    assert "delta2" in {r.name for r in noted.of} and made.index(noted.out.name) > made.index("C")


@pytest.mark.parametrize("line", ["4-3-layernorm-2", "4-3:gelu-layernorm-3:elu-2"])
def test_an_error_that_lies_in_a_gradient_is_not_overwritten(line: str) -> None:
    """dC/db of a norm is the error of its output, of which the error of its input is made entry by entry."""
    agrees(many(line), 1, "float64")


def test_what_is_flipped_is_not_cut() -> None:
    """Its rows are the columns of a block."""
    plan = plan_of(many("4-300:relu-100:softmax", cost="cross_entropy"), "many")
    cut = [s for s in plan.statements if isinstance(s, Contract) and s.blocks]
    assert plan.flipped and cut and not any(r.name in plan.flipped for s in cut for r in (s.out, *s.of))


def test_what_no_example_has_is_not_copied_over_them() -> None:
    derivation = read_equations("""
        data x[k: 3], y[j: 2]
        parameter w[j: 2, k: 3], b[k]
        v[j,k] = tanh(w[j,k] + b[k])
        a[j] = sum(v[j,k]*x[k], k)
        C = sum((a[j] - y[j])^2, j)
        """)
    assert "spread" not in plan_of(over_samples(derivation), "few").applied


def test_what_a_product_writes_is_not_flipped() -> None:
    """Without a bias the scores are what the product writes: BLAS would write them entry by entry far apart."""
    plan = plan_of(many("4-30:softmax", cost="cross_entropy", bias=False), "many")
    products = {s.out.name for s in plan.statements if isinstance(s, Contract) and len(s.of) == 2}
    assert plan.flipped and not plan.flipped & products


@pytest.mark.parametrize("name", ["w3_turned", "y_flipped"])
def test_a_copy_stands_under_the_equation_that_reads_it(name: str) -> None:
    source = fast(many("784-100:relu-64:relu-10:softmax"))
    lines = [line.strip() for line in source[source.index("def _many("):].splitlines()]
    assert lines[next(n for n, line in enumerate(lines) if line.startswith(f"{name}[...] =")) - 1].startswith("# ")


def test_memory_is_not_taken_over_while_it_is_read() -> None:
    """a = x w, b = a w, c = b w: a is still an operand when b is written, but c may lie there."""
    names = "xabc"
    products = [Contract(Ref(out, ("s", "j")), (Ref(of, ("s", "k")), Ref("w", ("j", "k"))))
                for of, out in zip(names, names[1:], strict=False)]
    values = [*(Value(n, (ROWS, 4)) for n in "abc"), Value("x", (ROWS, 4), "data"), Value("w", (4, 4), "parameter"),
              Value("C", ())]
    plan = Plan((*products, Contract(Ref("C"), (Ref("c", ("s", "j")),))), {v.name: v for v in values}, "C",
                measured=replace(DEFAULT, scratch=1))
    assert scratch(plan).shares == {"c": "a"}


def calls(plan: Plan, function: str) -> int:
    return sum(isinstance(s, Apply) and s.function == function for s in plan.statements)


def test_what_is_made_of_an_array_lies_as_it_does() -> None:
    """x - u of batch norm, of which a sum over the examples is taken: examples are its rows, too."""
    plan = plan_of(many("4-batchnorm-2"), "many")
    differences = [s for s in plan.statements if isinstance(s, Apply) and "x" in [ref.name for ref in s.of]]
    assert [plan.values[s.out.name].sizes for s in differences] == [(ROWS, 4)]


def test_a_difference_is_taken_once() -> None:
    """a - y stands in the cost and in its derivative."""
    derivation = many("4-3:identity-2:identity")
    assert calls(plan_of(derivation, "few", PASSES[:0]), "np.subtract") == 3  # two of them in the square
    assert calls(plan_of(derivation, "few"), "np.subtract") == 1


def test_a_value_and_its_slope_share_their_steps() -> None:
    """Phi and exp(-z^2/2) stand in gelu and in its derivative, and Phi is computed from the exponential."""
    plan = plan_of(many("4-30:gelu-2"), "many")
    assert calls(plan, "normal_cdf") == calls(plan, "np.exp") == 1
    assert not calls(plan, "gelu") and not calls(plan, "gelu_slope") and not calls(plan, "erf")
    assert 2 not in {v.amount for v in plan.values.values()}  # Phi + a/2 is not (2*Phi + a)/2


@pytest.mark.parametrize("dtype", list(EXACT))
def test_what_numpy_lacks_is_computed_piece_by_piece(dtype: str) -> None:
    """Two pieces of 300 * 100 entries, the last one shorter, written over what they are computed from."""
    derivation = many("4-300:gelu-300:softplus-2")
    source = fast(derivation)
    assert "_in_pieces(normal_cdf, " in source and "_in_pieces(softplus, " in source and "np.copyto(" not in source
    agrees(derivation, 100, dtype)


def test_a_number_of_constants_is_known_before_the_first_call() -> None:
    """1/sqrt(d) of attention is a number of the dtype, which multiplies arrays in their own."""
    plan = plan_of(many("seq(3x4)-attention(2)-1"), "many")
    assert not plan.once and not calls(plan, "np.sqrt")


@pytest.mark.parametrize(("line", "steps"), [
    ("784-16-16-10", "_one if m == 1 else _few if rows <= 75 else _many"), ("784-400-10", "_one if m == 1 else _many"),
    ("40-20-10", "_one if m == 1 else _few if rows <= 250 else _many"), ("5-4-4-4-3", "_one if m == 1 else _few")])
def test_hardly_any_examples_have_no_code_of_their_own(line: str, steps: str) -> None:
    source = fast(many(line))
    assert f"make = {steps}\n" in source
    assert all((f"def _{case}(" in source) == (f"_{case}" in steps) for case in ("few", "many"))


def test_slopes_of_all_layers_are_one_call() -> None:
    separate = plan_of(many("4-30-30-30-2"), "many")
    joint = plan_of(many("4-3-3-3-2"), "many")
    assert calls(separate, "np.subtract") == 5 and calls(joint, "np.subtract") == 2


def test_slopes_of_all_layers_are_multiplied_in_one_call() -> None:
    """a*(1 - a) of every layer; the last one's is multiplied by a - y after that, which is the same kind of product."""
    assert calls(plan_of(many("4-3-3-3-2"), "few"), "np.multiply") == 4 * 1 + 1 + 2 + 3 + 1


def test_the_error_of_one_example_is_written_where_its_gradient_lies() -> None:
    for name in ("4-3-2", "4-3:relu-2:identity"):
        plan = plan_of(many(name), "one")
        assert calls(plan, "np.positive") == 2 and set(plan.views.values()) == {"grad_b1", "grad_b2"}  # the biases


def test_what_overwrites_another_value_keeps_its_name() -> None:
    """The last error lies where the output was, and is still called delta2."""
    source = fast(many("4-3-2"))
    few = source[source.index("def _few("):source.index("def _prepared(")]
    assert "delta2 = a2  # the same memory" in few and "delta2_T.dot(a1, grad_w2)" in few


def test_a_large_gradient_is_not_cleared_first() -> None:
    """ndarray.dot fills its result with zeros, gemm and np.matmul do not."""
    source = fast(many("784-30-10"))
    assert "gemm(1, x.T, delta1_T, 0, grad_w1_T, 0, 1, 1)" in source and "delta2_T.dot(a1, grad_w2)" in source
    every = fast(many("seq(3x300)-rnn(300)-1"))
    assert "matmul(" in every and "gemm" not in every[every.index("def _many("):every.index("def _prepared(")]


def test_no_loop_is_over_large_and_small_gradients() -> None:
    plan = plan_of(many("4" + 4 * "-200:tanh" + 5 * "-5:tanh" + "-2"), "few")
    rounds = [plan.statements[n:r.stop:r.period] for r in plan.repeats for n in range(r.start, r.start + r.period)]
    assert rounds and all(len({is_large(plan, plan.value(s.out)) for s in one}) == 1 for one in rounds)


def test_numpy_is_looked_up_once() -> None:
    """A step calls its functions by short names, unless an array or a function of the module has that name."""
    source = fast(many("4-3-2"))
    step = source[source.index("    def step("):source.index("    return step, ")]
    assert "tanh, add, multiply, subtract = np.tanh, np.add, np.multiply, np.subtract" in source and "np." not in step
    writer = Writer(plan_of(many("4-3-2"), "one"), str)
    assert (writer.function("np.tanh"), writer.function("np.max")) == ("tanh", "np.max")
    writer.plan.values["tanh"] = writer.plan.values["x"]
    assert Writer(writer.plan, str).function("np.tanh") == "np.tanh"


def test_one_example_needs_no_sum_over_examples() -> None:
    plan = plan_of(many("4-3-2"), "one")
    assert not [s for s in plan.statements if isinstance(s, Contract) and len(s.of) == 1]
    assert not [v for v in plan.values.values() if "rows" in v.sizes and v.role != "data"]


def test_every_value_is_written_before_it_is_read() -> None:
    for case in ("one", "few", "many"):
        plan = plan_of(many(WIDE, cost="cross_entropy"), case)
        known = {n for n, v in plan.values.items() if v.role in ("data", "parameter", "constant")}
        for s in plan.statements:
            assert all(n in known for r in s.of for n in plan.names(r.name)), s
            known.update(plan.names(s.out.name))


def test_operations_are_counted() -> None:
    """Two layers of 4*3 and 3*2 weights: forward, gradient, and once back; then a - y, its square, and 2(a - y). Biases
    are added to 3 and 2 numbers, and their gradients sum up as many."""
    products = sum(2 * weights for weights in (12, 6, 12, 6, 6))
    for bias in (False, True):
        derivation = many("4-3:identity-2:identity", bias=bias, reduce="sum", factor="1")
        assert operations(plan_of(derivation, "many")).each == products + 2 + 2 * 2 + 2 + bias * 2 * (3 + 2)


ROWS_ALONE = {"x": Value("x", (ROWS,), "data"), "t": Value("t", ()), "C": Value("C", ()),
              "b": Value("b", (), "parameter"),
              "<2>": Value("<2>", (), "constant", amount=sp.Integer(2))}
TOTAL = Contract(Ref("t"), (Ref("x", ("s",)), Ref("x", ("s",))))
ADDITIVE = [
    ("a sum, doubled", Apply(Ref("C"), "np.multiply", (Ref("t"), Ref("<2>"))), True),
    ("a sum times a parameter", Apply(Ref("C"), "np.multiply", (Ref("b"), Ref("t"))), True),
    ("a sum over a parameter", Apply(Ref("C"), "np.divide", (Ref("t"), Ref("b"))), True),
    ("a parameter over a sum", Apply(Ref("C"), "np.divide", (Ref("b"), Ref("t"))), False),
    ("a sum, squared", Apply(Ref("C"), "np.multiply", (Ref("t"), Ref("t"))), False),
    ("a root of a sum", Apply(Ref("C"), "np.sqrt", (Ref("t"),)), False),
    ("a line of plain text", Plain(Ref("C"), ("C = t",), (Ref("t"),)), False),
    ("one that no example waits for", Plain(Ref("C"), ("C = x.sum()",), (Ref("x", ("s",)),)), False),
    ("one for each example", Plain(Ref("C"), ("C = x.sum()",), (Ref("x", ("s",)),), by_example=True), True),
]


@pytest.mark.parametrize(("last", "expected"), [row[1:] for row in ADDITIVE], ids=[row[0] for row in ADDITIVE])
def test_whether_parts_of_a_minibatch_add_up(last: Apply | Plain, expected: bool) -> None:
    assert coupled(Plan((TOTAL, last), ROWS_ALONE, "C")) is (None if expected else last)


# -- products in blocks ------------------------------------------------------------------------------

BLOCKS: Any = load_source(fast(many(WIDE, cost="cross_entropy")))
LENGTHS = st.integers(1, 40) | st.sampled_from([48, 64, 97, 100, 128, 200, 256, 784, 1000, 1009, 1024])


@settings(max_examples=300, **QUICK)
@given(LENGTHS, LENGTHS, LENGTHS, st.sampled_from(list(EXACT)), st.booleans())
def test_blocks_fill_the_product_and_none_is_packed(height: int, width: int, depth: int, dtype: str,
                                                    turned: bool) -> None:
    """One block too large for the kernel without packing is five times slower than the whole product."""
    rows, columns = (BLOCKS._grid_turned if turned else BLOCKS._grid)(height, width, depth, dtype)
    assert height % rows == 0 and width % columns == 0
    results = height // rows * (width // columns)
    assert rows * columns == 1 or results * depth <= 1e6 and not (turned and (results > 1200 or depth < 32))


WHOLE, CUT = (1, 1), None
GRIDS = [
    ("256 @ 256 transposed, 100 rows", "_grid_turned", (100, 256, 256, "float32"), CUT),
    ("784-1024 forward, 100 rows", "_grid_turned", (100, 1024, 784, "float32"), CUT),
    ("10 rows of 256 are slow as a whole", "_grid_turned", (10, 256, 256, "float64"), CUT),
    ("small enough as it is", "_grid_turned", (10, 30, 784, "float64"), WHOLE),
    ("a short sum", "_grid_turned", (1000, 64, 32, "float32"), WHOLE),
    ("large on all sides", "_grid_turned", (1000, 1024, 1024, "float32"), WHOLE),
    ("a prime number of rows and few columns", "_grid_turned", (1009, 31, 784, "float32"), WHOLE),
    ("256 on all sides", "_grid_turned", (256, 256, 256, "float32"), CUT),
    ("300 terms fill no registers", "_grid_turned", (256, 200, 300, "float32"), WHOLE),
    ("an operand that float64 reads too long", "_grid_turned", (100, 1024, 784, "float64"), WHOLE),
    ("back through 64 neurons", "_grid", (128, 128, 64, "float32"), CUT),
    ("a gradient of 784-16", "_grid", (16, 784, 1000, "float32"), CUT),
    ("a gradient of 784-128 over 1000 rows", "_grid", (128, 784, 1000, "float32"), WHOLE),
    ("back through 256 of 1024 neurons", "_grid", (100, 1024, 256, "float32"), CUT),
    ("the same in float64", "_grid", (100, 1024, 256, "float64"), WHOLE),
    ("a width that no register divides", "_grid", (200, 500, 256, "float32"), WHOLE),
    ("more results than the cache holds", "_grid", (1000, 1024, 64, "float32"), WHOLE),
]


@pytest.mark.parametrize(("rule", "how", "expected"), [row[1:] for row in GRIDS], ids=[row[0] for row in GRIDS])
def test_a_product_is_cut_where_that_is_faster(rule: str, how: tuple[Any, ...], expected: Any) -> None:
    found = getattr(BLOCKS, rule)(*how)
    assert found == expected if expected else found != WHOLE


@settings(max_examples=300, **QUICK)
@given(LENGTHS, LENGTHS, LENGTHS | st.integers(400, 5000), st.sampled_from(list(EXACT)))
def test_parts_fill_the_sum(height: int, width: int, depth: int, dtype: str) -> None:
    """All of one length, none too short, each with blocks that are not packed; where the whole has no blocks."""
    parts, *grid = BLOCKS._deep_grid(height, width, depth, dtype)
    assert depth % parts == 0 and tuple(grid) == BLOCKS._grid(height, width, depth // parts, dtype)
    assert parts == 1 or depth // parts >= 200 and tuple(grid) != WHOLE == BLOCKS._grid(height, width, depth, dtype)


@pytest.mark.parametrize(("how", "parts"), [
    ((128, 784, 1024, "float32"), 4), ((32, 784, 1000, "float64"), 4), ((64, 256, 2000, "float64"), 5),
    ((128, 784, 1024, "float64"), 1), ((256, 784, 2000, "float32"), 1), ((16, 784, 500, "float32"), 1),
    ((64, 784, 1009, "float32"), 1)], ids=str)
def test_a_long_sum_is_cut_where_that_is_faster(how: tuple[Any, ...], parts: int) -> None:
    """Unless all that is read and written leaves the cache, one part has blocks, or nothing divides the examples."""
    assert BLOCKS._deep_grid(*how)[0] == parts


@pytest.mark.parametrize(("line", "batch", "dtype"), [
    ("64-48:tanh-40:tanh-2", 2400, "float64"), ("64-32:tanh-100:tanh-2", 2000, "float32"), ("64-48-2", 2411, "float64"),
    ("40" + 5 * "-40:tanh" + "-2", 2800, "float64")])
def test_parts_of_a_sum_add_up(line: str, batch: int, dtype: str) -> None:
    """In rows and columns of blocks, in columns alone, in none (a prime number of examples), in a loop over layers."""
    made: Any = load_source(fast(many(line)))
    steps = [made.Gradient(rows, dtype) for rows in (batch, 48)]
    shape = steps[0].grads["w1"].shape
    assert [any(a.shape == shape for a in step._buffers) for step in steps] == [batch != 2411, False]
    agrees(many(line), batch, dtype, made=made)


@pytest.mark.parametrize(("batch", "dtype"), [(96, "float32"), (100, "float64"), (97, "float32")])
def test_a_grid_of_blocks_is_the_product(batch: int, dtype: str) -> None:
    """Rows, columns and both are cut; every view is of the buffer itself."""
    agrees(many("784-128:tanh-64:tanh-10"), batch, dtype)


@pytest.mark.parametrize(("case", "rows"), [("one", 0), ("few", 2), ("many", 2)])
def test_a_maximum_is_one_of_two_arrays(case: str, rows: int) -> None:
    """The zero beside each hidden layer, where that is one of rows."""
    plan = plan_of(many(WIDE, cost="cross_entropy"), case)
    beside = [plan.value(r) for s in plan.statements if isinstance(s, Apply) and s.function == "np.maximum"
              for r in s.of if plan.value(r).role == "constant"]
    assert [v.sizes for v in beside if v.sizes] == [(100,), (64,)][:rows]


def test_a_reduction_has_no_python_around_it() -> None:
    text = fast(many("4-3:softmax", cost="cross_entropy"))
    steps = text[text.index("def _named"):]
    assert "maximum.reduce(" in steps and "add.reduce(" in steps
    assert "np.max(" not in steps and ".sum()" not in steps
