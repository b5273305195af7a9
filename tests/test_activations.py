"""Every activation, by being in its folder: slope proven, NumPy text right and safe; typed formulas."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from numeric import numeric, numpy_of, special

from derive.errors import DeriveError
from derive.evaluate import evaluate
from derive.formulas.exponentials import in_one_exponential, vanishes
from derive.formulas.stable import stable
from derive.formulas.typed import find_activation, typed_activation
from derive.functions.primitives import choose, step
from derive.functions.record import A, ScalarFunction, VectorFunction, Z, in_primitives
from derive.ir import read, tensor_of
from derive.registry import discover
from derive.text import read_block

FOUND = discover("derive.activations")
SCALARS = [r for r in FOUND if isinstance(r, ScalarFunction)]
VECTORS = [r for r in FOUND if isinstance(r, VectorFunction)]
POINTS = [sp.Rational(n, 7) for n in (*range(-43, -3, 4), *range(2, 43, 4))]
MODERATE = np.concatenate([np.linspace(-8, 8, 101), [-30.0, -1e-3, 1e-9, 0.25, 30.0]])
EXTREME = [1e4, -1e4, 88.7, -88.8, 709.7, -745.2, 0.0, -0.0, 1e-30, 37.1, -37.1]


def by_name(record: Any) -> str:
    return record.name


scalars = pytest.mark.parametrize("record", SCALARS, ids=by_name)
vectors = pytest.mark.parametrize("record", VECTORS, ids=by_name)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def derivative(record: ScalarFunction, order: int) -> sp.Expr:
    """What the record states, in terms of z alone."""
    value = record.value(Z)
    return value if order == 0 else record.definition(order).xreplace({A: value})


def equal(one: sp.Expr, other: sp.Expr) -> bool:
    """Proven by algebra, or equal in 50 digits at every point."""
    difference = in_primitives(one - other)
    return vanishes(difference) or all(abs(difference.xreplace({Z: z}).evalf(50)) < 1e-45 for z in POINTS)


def test_the_folder_holds_what_the_readme_promises() -> None:
    assert {r.name for r in FOUND} >= {"identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu",
                                       "gelu", "gelu_tanh", "softmax", "log_softmax"}
    names = [name for r in FOUND for name in (r.name, *r.aliases)]
    assert len(names) == len(set(names))


@scalars
@pytest.mark.parametrize("order", [1, 2])
def test_each_slope_is_sympys_derivative(record: ScalarFunction, order: int) -> None:
    assert equal(sp.diff(derivative(record, order - 1), Z), derivative(record, order))


@scalars
def test_a_wrong_slope_is_caught(record: ScalarFunction) -> None:
    assert not equal(sp.diff(record.value(Z), Z) + step(Z + 1) / 1000, derivative(record, 1))
    assert not equal(-sp.diff(record.value(Z), Z), derivative(record, 1))


@scalars
def test_a_kink_has_its_tie_stated(record: ScalarFunction) -> None:
    slope = record.definition(1)
    if slope.has(step, choose):
        assert record.ties
        assert in_primitives(slope.xreplace({A: record.value(Z)})).xreplace({Z: sp.Integer(0)}).is_Rational


@pytest.mark.parametrize(("name", "slope"), [("relu", 0), ("leaky_relu", sp.Rational(1, 100)), ("elu", 1)])
def test_ties(name: str, slope: sp.Expr) -> None:
    record = find_activation(name)
    assert isinstance(record, ScalarFunction)
    assert derivative(record, 1).xreplace({Z: sp.Integer(0)}) == slope


ABSOLUTE = {"sigmoid": 2e-16, "gelu": 1e-16}
"""0.5*tanh(z/2) + 0.5 cancels where it is nearly 0: it is exact to the last place of 1, not of itself; Phi is 0 where
it is below 1e-17."""


@scalars
def test_the_numpy_text_gives_the_value(record: ScalarFunction) -> None:
    value = in_primitives(record.value(Z))
    exact = np.array([float(value.xreplace({Z: sp.Rational(float(z))}).evalf(50, maxn=2000)) for z in MODERATE])
    np.testing.assert_allclose(numpy_of(record)(MODERATE), exact, rtol=1e-13, atol=ABSOLUTE.get(record.name, 1e-300))


@scalars
@dtypes
def test_values_and_slopes_are_safe_and_keep_the_dtype(record: ScalarFunction, dtype: Any) -> None:
    z = np.array(EXTREME, dtype=dtype)
    with np.errstate(all="raise", under="ignore"):
        a = numpy_of(record)(z)
        assert a.dtype == dtype and a.shape == z.shape and np.isfinite(a).all()
        assert numpy_of(record)(z.reshape(1, -1)).shape == (1, len(z))
        for order in (1, 2):
            slope = np.broadcast_to(numeric(record.definition(order), {Z: z, A: a}), z.shape)
            assert np.isfinite(slope).all() and slope.dtype in (dtype, np.int64), order  # step(z) = 0 is a whole number


@scalars
@dtypes
def test_slopes_are_accurate_far_out(record: ScalarFunction, dtype: Any) -> None:
    """A slope that cancels (a + s*(1 - a) at z = 1e4) would be far from 0 or 1 here."""
    z = np.array([1234.567, -1234.567, 31.7, -31.7], dtype=dtype)
    found = np.broadcast_to(numeric(record.definition(1), {Z: z, A: numpy_of(record)(z)}), z.shape)
    block = read_block(f"data z[j]\nd[j] = {record.name}'(z[j])")
    exact = evaluate(block, {"z": z.astype(np.float64)}, number="mpmath")["d"].astype(float)
    np.testing.assert_allclose(found, exact, rtol=0, atol=40 * np.finfo(dtype).eps)


@vectors
def test_a_vector_activation_is_its_equations(record: VectorFunction) -> None:
    block = read_block(dedent(record.equations), record.name)
    z = np.random.default_rng(1).normal(size=5) * 3
    values = evaluate(block, {"z": z}, number="mpmath")
    np.testing.assert_allclose(numpy_of(record)(z), values["a"].astype(float), rtol=1e-14)
    np.testing.assert_allclose(numpy_of(record)(np.stack([z, 2 * z]))[0], values["a"].astype(float), rtol=1e-14)


@vectors
def test_its_facts_are_true(record: VectorFunction) -> None:
    block = read_block(dedent(record.equations), record.name)
    values = evaluate(block, {"z": np.array([0.3, -2.0, 1.7])}, number="mpmath")
    assert block.facts
    for fact in block.facts:
        for j in range(3):
            assert abs(at(fact.left.body, values, j) / at(fact.right, values, j) - 1) < 1e-45


def at(expr: sp.Expr, values: dict[str, Any], j: int) -> Any:
    reads = {r: sp.Float(values[tensor_of(r)][j], 50) for r in expr.atoms(sp.Indexed)}
    return expr.xreplace({**reads, read("s"): sp.Add(*(sp.Float(e, 50) for e in values["e"]))}).evalf(50)


@vectors
@dtypes
def test_vector_activations_are_safe(record: VectorFunction, dtype: Any) -> None:
    z = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4]], dtype=dtype)
    with np.errstate(all="raise", under="ignore"):
        a = numpy_of(record)(z)
    assert a.dtype == dtype and np.isfinite(a).all()
    np.testing.assert_allclose((np.exp(a) if record.name.startswith("log") else a).sum(axis=-1), 1, rtol=1e-6)


SPREAD = np.concatenate([np.linspace(-6, 6, 240), [1e-12, -1e-300, 0.4999, 0.5001, 12.0, 26.0]])
SPECIALS = [  # a function, what it computes, and its error in float64 and in float32: of the value, and of 1
    ("erf", mpmath.erf, (1e-15, 0.0), (4e-7, 0.0)),
    ("normal_cdf", mpmath.ncdf, (1e-12, 0.0), (2e-6, 0.0)),
    ("normal_cdf", mpmath.ncdf, (0.0, 3e-16), (0.0, 1.2e-7)),
]


@pytest.mark.parametrize(("name", "function", "double", "single"), SPECIALS)
def test_special_functions(name: str, function: Any, double: tuple[float, float], single: tuple[float, float]) -> None:
    for dtype, (relative, absolute_error) in ((np.float64, double), (np.float32, single)):
        x = SPREAD.astype(dtype)
        exact = np.array([float(function(float(v))) for v in x])
        found = special(name)(x)
        assert found.dtype == dtype and special(name)(x[0]).dtype == dtype
        np.testing.assert_allclose(found.astype(float), exact, rtol=relative, atol=absolute_error)


@dtypes
def test_the_distribution_function_is_safe_for_every_number(dtype: Any) -> None:
    """...and what it is told of the exponential is what it would have computed."""
    z = np.array([*EXTREME, -9, 9, -1e30, 1e30, -np.inf, np.inf], dtype)
    with np.errstate(all="raise", under="ignore", over="ignore"):
        found = special("normal_cdf")(z)
        np.testing.assert_array_equal(special("normal_cdf")(z, np.exp(-z * z / 2)), found)
    np.testing.assert_array_equal(found[-6:], [0, 1, 0, 1, 0, 1])


TYPED = [
    ("1/(1+exp(-z))", A * (1 - A)),
    ("exp(z)/(exp(z)+1)", A * (1 - A)),
    ("sigmoid(3*z)", 3 * A * (1 - A)),
    ("1/(1+exp(-z^3))", 3 * Z**2 * A * (1 - A)),
    ("(exp(z)-exp(-z))/(exp(z)+exp(-z))", 1 - A**2),
    ("2*tanh(z)", 2 - A**2 / 2),
    ("exp(z)", A),
    ("sqrt(1+z^2)", Z / A),
    ("1/(1+z^2)", -2 * Z * A**2),
    ("sin(z)", sp.cos(Z)),
    ("z^2", 2 * Z),
    ("z", sp.Integer(1)),
    ("max(0, z)", step(Z)),
]
SILU, SIGMOID, SOFTPLUS, TANH = (find_activation(n) for n in ("silu", "sigmoid", "softplus", "tanh"))


@pytest.mark.parametrize(("text", "slope"), TYPED)
def test_a_typed_formula_has_the_short_slope(text: str, slope: sp.Expr) -> None:
    assert typed_activation(text).definition(1) == slope


def test_a_typed_silu_reads_like_the_file() -> None:
    typed = typed_activation("z/(1+exp(-z))")
    assert typed.definition(1) == SILU.definition(1)  # type: ignore[union-attr]
    assert typed is typed_activation("z/(1+exp(-z))") and typed.typed


HARD = ["z*tanh(log(1+exp(z)))", "choose(z, z, exp(z)-1)", "z*min(max(0,z+3),6)/6", "log(z + sqrt(z^2+1))",
        "z/(1+abs(z))", "exp(-z^2/2)", "z*(1+erf(z/sqrt(2)))/2", "exp(z)/(2+exp(z))",
        "1/(1+exp(-(2*z+1)))", "z*sigmoid(1.702*z)"]


@pytest.mark.parametrize("text", [text for text, _ in TYPED] + HARD)
def test_the_slope_of_a_typed_formula_is_its_derivative(text: str) -> None:
    record = typed_activation(text)
    exact = in_primitives(sp.diff(record.value(Z), Z))
    stated = in_primitives(derivative(record, 1))
    for z in POINTS:
        assert abs((exact - stated).xreplace({Z: z}).evalf(50)) < 1e-40
    assert equal(stable(record.value(Z)), record.value(Z))


@pytest.mark.parametrize("text", [
    "1/(1+exp(-z))", "z/(1+exp(-z))", "exp(z)/(1+exp(z))", "(exp(z)-exp(-z))/(exp(z)+exp(-z))", "log(1+exp(z))",
    "z*tanh(log(1+exp(z)))", "choose(z, z, exp(z)-1)", "exp(-z)/(1+exp(-z))^2", "log(1/(1+exp(-z)))", "exp(-z^2/2)",
    "log(exp(z)+exp(-z))", "sqrt(1/(1+exp(z)))", "exp(z)/(2+exp(z))", "z/(1+abs(z))", "2*exp(z)/(1+exp(2*z))"])
@dtypes
def test_typed_formulas_are_safe_in_their_stable_form(text: str, dtype: Any) -> None:
    record, z = typed_activation(text), np.array([1e4, -1e4, 88.8, -88.8, 0.5], dtype=dtype)
    with np.errstate(all="raise", under="ignore"):
        a = numeric(stable(record.value(Z)), {Z: z})
        assert np.isfinite(a).all() and np.isfinite(numeric(record.definition(1), {Z: z, A: a})).all()


@pytest.mark.parametrize(("text", "message"), [
    ("2", "no activation '2'"), ("2*3", "does not depend on z"), ("1/0", "division by zero"),
    ("sqrt(-1)*z", "no real value"),
    ("relo", "Did you mean 'relu'"), ("relo(z)", "Did you mean 'relu'"), ("z^300", "exponent"), ("9^9^9*z", "exponent"),
    ("__import__('os')", "does not fit here"), ("{{7*7}}", "does not fit here"), ("z +", "does not fit here"),
    ("x*2", "'x' is not declared"), ("z\nz", "one line"), ("sum(z)", "sum"), ("(" * 100 + "z" + ")" * 100, "nested")])
def test_what_is_no_activation_is_refused(text: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        find_activation(text)


def test_a_formula_too_large_for_a_proof_still_has_its_slope() -> None:
    record = typed_activation("((1+exp(z)+exp(z^2))^12+sin(z))^12")
    difference = in_primitives(derivative(record, 1)) - sp.diff(record.value(Z), Z)
    assert abs(difference.xreplace({Z: sp.Rational(1, 7)}).evalf(50)) < 1e-20


def test_names_are_forgiving() -> None:
    assert find_activation(" Leaky-ReLU ").name == "leaky_relu" and find_activation("swish") is SILU


def _square_of(symbols: int, power: int = 2) -> sp.Expr:
    """0, written as a power of a sum less its terms."""
    whole = sp.Add(*sp.symbols(f"u:{symbols}", real=True)) ** power
    return whole - sp.expand(whole)


@pytest.mark.parametrize(("zero", "found"), [
    (_square_of(6), True), (_square_of(7), False),  # so many symbols
    (_square_of(2, 24), True), (_square_of(2, 25), False),  # so high a degree
    (_square_of(4, 4), True), (_square_of(4, 6), False)])  # so long
def test_a_proof_is_bounded(zero: sp.Expr, found: bool) -> None:
    """What a user types may be as large as it likes: beyond a bound no proof is looked for."""
    assert vanishes(zero) is found


@pytest.mark.parametrize(("power", "found"), [(24, True), (25, False)])
def test_a_formula_of_a_high_degree_is_no_function_of_one_exponential(power: int, found: bool) -> None:
    assert (in_one_exponential((1 + sp.exp(Z)) ** -power) is not None) is found
