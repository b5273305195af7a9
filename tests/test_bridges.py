"""The bridges: every equation that they print is true, on several networks; and each prints in every notation."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import sympy as sp

from derive.bridge import Bridge, Setting, bridge, bridges, document
from derive.bridges import bptt
from derive.calculus.explain import Explanation
from derive.check.decide import Decider
from derive.claims.context import Context
from derive.cli import run
from derive.document.content import Display, Symbols
from derive.errors import DeriveError
from derive.evaluate import evaluate, evaluate_line
from derive.ir import Equation, Index, Term, tensor_of
from derive.latex.steps import Laid, Said, Shown, Stated, Step
from derive.notation import notation
from derive.pipeline import read
from derive.samples import over_samples

DENSE: list[tuple[str, dict[str, str]]] = [("3-4-2", {}), ("2-3-4-2", {"activation": "tanh"}), ("3-2:relu-3", {}),
                                           ("2-7-2", {})]
SOFTMAX: list[tuple[str, dict[str, str]]] = [("3-4-3:softmax", {"cost": "cross-entropy"}),
                                             ("2-3:softmax", {"cost": "cross-entropy"})]
RECURRENT: dict[str, list[tuple[str, dict[str, str]]]] = {
    "bptt": [("seq(3x2)-rnn(2)-1", {}), ("seq(4x2)-rnn(3,gives=all)-2", {})],
    "lstm": [("seq(3x2)-lstm(2)-1", {}), ("seq(4x2)-lstm(3,gives=all,peepholes=true)-2", {})],
}
EXAMPLES = 3


def setting(arch: str, choices: dict[str, str], style: str = "nielsen") -> Setting:
    given = {name: value for name, value in choices.items() if value}
    model = read(arch, given, notation(style))
    return Setting(model.one, model.many, over_samples(model.one, mean=False), notation(style))


WINDOWS: list[tuple[str, dict[str, str]]] = [
    (bridges()["convolution"].on, {}), ("2x6-conv1d(2,2):tanh-conv1d(3,2):tanh-flatten-1", {}),
    ("1x4x5-conv(2,2):tanh-conv(2,2x3,padding=1):tanh-flatten-1", {}),
    ("1x6-conv1d(1,2):tanh-conv1d(1,2,dilation=1,bias=false):relu-flatten-1", {})]
MAXIMA: list[tuple[str, dict[str, str]]] = [
    (bridges()["pooling"].on, {}), ("1x5x5-conv(2,2):tanh-maxpool(3,stride=1)-flatten-1", {})]
NORMS: list[tuple[str, dict[str, str]]] = [("3-4-batchnorm-2", {}), ("2-3-batchnorm(eps=0.1)-3:softmax", {})]
ALONE: list[tuple[str, dict[str, str]]] = [("3-4-layernorm-2", {}), ("2-3-layernorm(eps=0.1)-3:softmax", {})]
READING: list[tuple[str, dict[str, str]]] = [(bridges()["attention"].on, {}),
                                             ("seq(2x3)-transformer(1,mask=causal,wider=1)-1", {})]
TWINS: list[tuple[str, dict[str, str]]] = [(bridges()["sharing"].on, {"activation": "tanh"})]
ON = {"attention": READING, "sharing": TWINS, "batchnorm": NORMS, "layernorm": ALONE} | {
    "softmax": SOFTMAX, "convolution": WINDOWS, "pooling": MAXIMA} | RECURRENT
CASES = [(name, arch, choices) for name in sorted(bridges()) for arch, choices in ON.get(name, DENSE)]


def values_of(explanation: Explanation) -> dict[str, Any]:
    """Random numbers for what is given, and all that follows; targets are a distribution."""
    rng = np.random.default_rng(7)
    given: dict[str, Any] = {}
    for tensor in explanation.forward.of_role("data", "parameter"):
        shape = [EXAMPLES if axis.kind == "sample" else int(axis.size) for axis in tensor.axes]
        given[tensor.name] = rng.normal(size=shape)
        if tensor.name == "y":
            given["y"] = np.abs(given["y"]) / np.abs(given["y"]).sum(axis=-1, keepdims=True)
    return evaluate(explanation.derivation, given)


def right(explanation: Explanation, values: dict[str, Any], free: tuple[Index, ...], terms: tuple[Term, ...]) -> Any:
    return evaluate_line(explanation.derivation, values, Equation("", (), free, terms))


def total(explanation: Explanation, values: dict[str, Any], node: sp.Expr, free: tuple[Index, ...]) -> Any:
    """d above / d below along all paths, by differences: rows for above."""
    above, below = (tensor_of(side) for side in node.args)
    forward = explanation.forward
    position = next(n for n, e in enumerate(forward.equations()) if e.target == below)
    known = {t.name: values[t.name] for t in forward.tensors if t.role in ("data", "parameter")}
    later = forward.statements[position + 1:]
    moved = type(forward)(tuple(t if t.name != below else type(t)(t.name, t.axes, "data", t.label)
                                for t in forward.tensors), later, forward.cost)
    base, step = values[below], 1e-6
    needed = {name for e in moved.equations() for name in map(tensor_of, e.reads())}
    known = {name: value for name, value in known.items() if name in needed}
    for name in needed - set(known) - {below} - {e.target for e in moved.equations()}:
        known[name] = values[name]

    def at(shift: Any) -> Any:
        return evaluate(moved, known | {below: base + shift})[above]

    return np.stack([(at(step * e) - at(-step * e)) / (2 * step) for e in np.eye(len(base))], axis=1)


@pytest.mark.parametrize(("name", "arch", "choices"), CASES)
def test_every_equation_is_true(name: str, arch: str, choices: dict[str, str]) -> None:
    here = setting(arch, choices)
    known: list[tuple[Explanation, dict[str, Any]]] = []
    checked = 0
    for part in bridge(name).tell(here):
        if isinstance(part, Said | Stated):
            continue
        values = next((v for e, v in known if e is part.within), None)
        if values is None:
            values = values_of(part.within)
            known.append((part.within, values))
        checked += check_laid(part, values) if isinstance(part, Laid) else sum(
            check_step(part.within, values, step) for step in part.steps)
    assert checked >= (4 if name == "pooling" else 6)


def check_step(explanation: Explanation, values: dict[str, Any], step: Step) -> int:
    equation = step.equation
    left = equation.lhs if step.left is None else step.left
    if step.total:
        found = total(explanation, values, left, equation.free)
        np.testing.assert_allclose(right(explanation, values, equation.free, equation.terms), found, rtol=1e-6,
                                   atol=1e-8)
        return 1
    found = right(explanation, values, equation.free, (Term(left),))
    np.testing.assert_allclose(right(explanation, values, equation.free, equation.terms), found, rtol=1e-10, atol=1e-12)
    return 1


def check_laid(part: Laid, values: dict[str, Any]) -> int:
    if any(entry is None for factor in part.factors for row in factor for entry in row):
        return 0
    if all(entry.is_number for factor in part.factors for row in factor for entry in row):
        return 0  # an example: test_an_error_is_routed
    factors = [np.array([[float(right(part.within, values, (), (Term(e),))) for e in row if e is not None]
                         for row in factor]) for factor in part.factors]
    product = factors[0] if len(factors) == 1 else np.linalg.multi_dot(factors)
    if tensor_of(part.left) not in values:
        return 0
    found = values[tensor_of(part.left)]
    found = found.T if part.transposed else found
    np.testing.assert_allclose(product.reshape(found.shape), found, rtol=1e-10)
    return 1


@pytest.mark.parametrize(("name", "arch", "shape"), [("batchnorm", "3-4-batchnorm-2", r"n \times m"),
                                                     ("layernorm", "3-4-layernorm-2", "4")])
def test_both_forms_of_a_norms_gradient_are_proved_equal(name: str, arch: str, shape: str) -> None:
    """By the checker, from the formulas as they are printed: it knows the forward equations and no engine."""
    told = document(bridge(name), setting(arch, {}))
    shown = [block.rows for block in told.sections[-1].blocks if isinstance(block, Display)]
    forms = shown[8]
    given = (*(in_one_layer(row.left + " = " + "".join(row.right)) for row in shown[0]), r"C = \ell(a)")
    decider = Decider(Context(given, (rf"x \in \mathbb{{R}}^{{{shape}}}",)))
    claims = [in_one_layer(" = ".join((forms[0].left, *("".join(row.right) for row in forms[:n])))) for n in (1, 3)]
    assert r"\partial C}{\partial u" in claims[0] and len(forms) == 3 and forms[-1].boxed
    assert [decider.check(claim).verdict for claim in claims] == ["right", "right"]
    wrong = in_one_layer(forms[0].left + " = " + "".join(forms[-1].right).replace("- h", "+ h"))
    assert decider.kind(wrong) == "different"


def test_the_matrices_of_attention_are_proved_right() -> None:
    """By the checker, from softmax(Q K^T / sqrt d) V alone, as papers write it."""
    told = document(bridge("attention"), setting(bridge("attention").on, {}))
    rows = [row for block in told.sections[-1].blocks if isinstance(block, Display) for row in block.rows]
    claims = {row.left[-2]: f"{row.left} = {''.join(row.right)}" for row in rows
              if row.boxed and row.left.endswith(tuple(f"partial {letter}}}" for letter in "VPSQK"))}
    given = (r"S = \frac{1}{\sqrt{d}} Q K^T", r"P = \operatorname{softmax}(S)", "O = P V", r"C = \ell(O)")
    shapes = tuple(rf"{x} \in \mathbb{{R}}^{{n \times {size}}}" for x, size in zip("QKV", "dde", strict=True))
    decider = Decider(Context(given, shapes))
    assert {letter: decider.check(claim).verdict for letter, claim in claims.items()} == dict.fromkeys("VPSQK", "right")
    wrong = claims["S"].replace(r"\,\mathbf{1}\,\mathbf{1}^T", "")
    assert wrong != claims["S"] and decider.kind(wrong) == "different"


def in_one_layer(text: str) -> str:
    """Letters without the numbers of layers: x comes in, a goes out."""
    return re.sub(r"([a-z])\^[12]", r"\1", text.replace("a^1", "x"))


def test_a_wrong_step_is_found() -> None:
    here = setting("3-4-2", {})
    part = next(p for p in bridge("sum").tell(here) if isinstance(p, Shown))
    wrong = Step(part.steps[0].equation.map(lambda body: 2 * body))
    with pytest.raises(AssertionError):
        check_step(part.within, values_of(part.within), wrong)


@pytest.mark.parametrize("style", ["nielsen", "3b1b"])
@pytest.mark.parametrize("one", bridges().values(), ids=lambda b: b.name)
def test_every_bridge_prints(one: Bridge, style: str) -> None:
    told = document(one, setting(one.on, dict(one.choices), style))
    rows = [row for section in told.sections for b in section.blocks if isinstance(b, Display) for row in b.rows]
    assert len(rows) >= 6
    assert any(row.boxed for row in rows)
    text = " ".join(part for row in rows for part in (row.left, *row.right))
    (table,) = (b for b in told.sections[0].blocks if isinstance(b, Symbols))
    letters = [found[0] for row in table.rows if (found := re.match(r"\\?\w+?[_^]", row.formula))]
    assert letters and [letter for letter in letters if letter not in text] == [], "only what the page speaks of"


@pytest.mark.parametrize(("name", "told"), [
    ("transpose", r"(w^2)^T\,\delta^2"), ("transpose", r"4 \times 1 = (4 \times 2)\,(2 \times 1)"),
    ("outer", r"\delta^2\,(a^1)^T"), ("hadamard", r"\odot"), ("softmax", "a^2 - y"), ("batch", r"\sum_s"),
    ("convolution", "w^2_{o,c,4-u}"), ("pooling", r"[\,a^1_{cpq} = a^2_{cij}\,]")])
def test_the_point_of_each(name: str, told: str) -> None:
    one = bridge(name)
    rows = [f"{row.left} {row.relation} {''.join(row.right)}" for section in document(one, setting(
        one.on, dict(one.choices))).sections for b in section.blocks if isinstance(b, Display) for row in b.rows]
    assert any(told in text for text in rows)


def test_an_error_is_routed() -> None:
    """The example in numbers: each error stands where the greatest value of its window stood, all else is zero."""
    laid = [p for p in bridge("pooling").tell(setting(bridge("pooling").on, {})) if isinstance(p, Laid)]
    x, out, error, routed = (np.array(p.factors[0], dtype=float) for p in laid)
    expected = np.zeros_like(x)
    for i, j in np.ndindex(*out.shape):
        window = x[2 * i:2 * i + 2, 2 * j:2 * j + 2]
        u, v = np.unravel_index(window.argmax(), window.shape)
        assert window[u, v] == out[i, j]
        expected[2 * i + u, 2 * j + v] = error[i, j]
    np.testing.assert_array_equal(routed, expected)


@pytest.mark.parametrize("arch", [arch for arch, _ in WINDOWS])
def test_the_kernel_is_flipped(arch: str) -> None:
    """What is boxed reads the kernel backwards and the errors forwards, and is a product of w[::-1] with windows."""
    parts = bridge("convolution").tell(setting(arch, {}))
    boxed = next(s for p in parts if isinstance(p, Shown) for s in p.steps if s.boxed)
    (term,) = boxed.equation.terms
    weight, error = sorted((r for r in term.body.atoms(sp.Indexed)), key=lambda r: str(r.base), reverse=True)
    along = [k for k in term.summed if any(e.coeff(k.symbol) == -1 for e in weight.indices)]
    assert along and all(any(e.coeff(k.symbol) == 1 for e in error.indices) for k in along)


@pytest.mark.parametrize(("name", "arch", "said"), [
    ("convolution", "3-4-2", "a convolution that moves by one"), ("pooling", "3-4-2", "max pooling behind"),
    ("convolution", "1x5-conv1d(1,2)-conv1d(1,2,stride=2)-flatten-1", "moves by one"),
    ("sum", "3-2", "two layers"), ("softmax", "3-4-2", "softmax as the last activation")])
def test_networks_without_what_is_asked(name: str, arch: str, said: str) -> None:
    with pytest.raises(DeriveError, match=said):
        document(bridge(name), setting(arch, {}))


def test_an_unknown_bridge() -> None:
    with pytest.raises(DeriveError, match="transpose"):
        bridge("transposed")




@pytest.mark.parametrize(("notation", "said"), [
    ("d2l", "transposed"), ("cs231n", "transposed"), ("pytorch", "stands as it is"),
])
def test_the_transpose_where_vectors_are_rows(notation: str, said: str, capfd: pytest.CaptureFixture[str]) -> None:
    """delta W^T where weights lie from-to, delta W where they lie to-from; the shapes agree either way."""
    assert run(["why", "transpose", "--notation", notation]) == 0
    out = capfd.readouterr().out
    assert f"the matrix {said}" in out or f"the matrix stands {said}" in out
    assert r"1 \times 4 &= (1 \times 2)\,(2 \times 4)" in out


@pytest.mark.parametrize(("name", "notation", "said"), [
    ("batch", "cs231n", "every example $i$"), ("batch", "cs231n", "the factor $1/N$"),
    ("bptt", "cs231n", r"\frac{\partial s_{1,t+n}}{\partial s_{1,t}}"), ("bptt", "cs231n", "s_{1,p,tq}"),
    ("bptt", "d2l", "row $j$, column $q$ of $W$ holds $W^{(1)}_{qj}$"),
    ("attention", "d2l", r"product with $\mathbf 1^\top$ adds up each row, and $\mathbf 1$ writes"),
    ("attention", "nielsen", r"c^1_{hti} &= \sum_r p^1_{htr}\,v^1_{hri}"),
    ("batch", "ng", r"the error: $\partial J")])
def test_it_speaks_in_the_letters_of_the_notation(name: str, notation: str, said: str,
                                                  capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["why", name, "--notation", notation]) == 0
    assert said in capfd.readouterr().out


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_many_steps_back_in_time_are_a_product(steps: int) -> None:
    """What the page prints of any n, with n as a number; turned round it is wrong."""
    numbers = [str(n) for n in range(steps, 0, -1)]
    given = ["h_0 = x", *(line for n in range(1, steps + 1) for line in (
        rf"h_{n} = \tanh(W h_{n - 1} + u_{n})", rf"D_{n} = \operatorname{{diag}}(1 - h_{n} \odot h_{n})",
        rf"J_{n} = D_{n} W"))]
    vectors = [rf"{one} \in \mathbb{{R}}^n" for one in ("x", *(f"u_{n}" for n in numbers))]
    decide = Decider(Context(given=tuple(given), where=(r"W \in \mathbb{R}^{n \times n}", *vectors)))
    left = rf"\frac{{\partial h_{steps}}}{{\partial h_0}}"
    for step in ("J_{}", bptt.STEP):
        assert decide.kind(f"{left} = {bptt.back(step, numbers)}") == "equal"
        assert steps == 1 or decide.kind(f"{left} = {bptt.back(step, numbers[::-1])}") == "different"
