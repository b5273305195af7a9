"""The emitted second derivatives: against differences and the interpreter, against autograd, and with their shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import derive
from derive.cli import run
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.gradcheck.second import prove_second
from derive.pipeline import emit

MODELS = [("3-4-2", {}), ("2-3:tanh-3:relu-2:softmax", {"cost": "cross-entropy", "regularize": "l2:0.1"}),
          ("3-2:softplus-1", {"cost": "binary-cross-entropy"}), ("3-4:gelu-2:identity", {"cost": "huber"}),
          ("seq(2x2)-rnn(2,gives=all)-1", {})]


@pytest.mark.parametrize(("arch", "choices"), MODELS, ids=[arch for arch, _ in MODELS])
@pytest.mark.parametrize("kind", ["hessian", "gauss-newton", "jacobian"])
def test_the_emitted_code_is_right(arch: str, choices: dict[str, str], kind: str) -> None:
    rows = derive.derive(arch, **choices).gradcheck(second=kind)
    assert rows and all(row.right for row in rows)


@st.composite
def drawn_networks(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """Small ones of every family, with random sizes and activations."""
    n, m, k = (draw(st.integers(1, 3)) for _ in range(3))
    smooth = draw(st.sampled_from(["sigmoid", "tanh", "softplus", "gelu", "sin(z)"]))
    line = draw(st.sampled_from([
        f"{n}-{m}:{smooth}-{k}:identity", f"{n}-{m}:{smooth}-3:softmax",
        f"1x3x{n + 1}-conv({m},2,padding=1):{smooth}-avgpool(2)-flatten-2:softmax",
        f"seq({n}x2)-rnn({m})-{k}:{smooth}", f"seq({n + 1}x2)-gru(1,gives=all)-{k}:identity",
        f"seq({n}x2)-attention({draw(st.integers(1, 2))},mask=causal)-{k}:{smooth}", f"{n}-3:{smooth}-layernorm-{k}",
        f"words({n} of 3)-embedding({m})-flatten-2:softmax"]))
    return line, {"cost": "cross-entropy"} if "softmax" in line else {}


@example(("seq(1x2)-attention(2,mask=causal)-3:softplus", {}), "hvp", 14)  # zeros, but for rounding
@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(drawn_networks(), st.sampled_from(["hvp", "hessian", "gauss-newton"]), st.integers(0, 99))
def test_the_emitted_code_of_drawn_networks_is_right(network: tuple[str, dict[str, str]], kind: str, seed: int) -> None:
    """Against differences of the emitted gradients, and against reverse mode applied to its own output."""
    arch, choices = network
    many = with_constants(derive.derive(arch, **choices).model.many)
    rows = prove_second(load_source(emit(many, second=kind)), many, kind, seed)
    assert rows and all(row.right for row in rows), rows


@pytest.mark.parametrize(("arch", "wrt"), [
    ("1x3x3-conv(2,2):tanh-flatten-2", ("w1", "a1")), ("1x2x4-maxpool(2):tanh-flatten-2", ("a1",)),
    ("seq(3x2)-rnn(2)-1", ("x", "w1")),
    ("seq(2x2)-attention(2)-1:tanh", ("x", "w_q1")), ("2-3:gelu-3:softmax", ("x", "z1"))])
def test_jacobians_of_every_family(arch: str, wrt: tuple[str, ...]) -> None:
    many = with_constants(derive.derive(arch).model.many)
    rows = prove_second(load_source(emit(many, second="jacobian", wrt=wrt)), many, "jacobian", 1, wrt)
    assert [row.parameter for row in rows] == [*wrt] and all(row.right for row in rows), rows


def test_a_gradient_penalty_has_second_derivatives_too() -> None:
    text = """
data x[k: 3]
parameter w[j: 2, k: 3], u[j: 2]
D = sum(u[j]*tanh(sum(w[j,k]*x[k], k)), j)
g[k] = grad(D, x[k])
C = (sqrt(sum(g[k]^2, k)) - 1)^2 - D
"""
    from derive.text import read_equations

    rows = derive.derive(read_equations(text)).gradcheck(second="hvp")
    assert all(row.right for row in rows)


def test_a_wrong_product_is_found() -> None:
    model = derive.derive("3-4-2").model.many
    source = emit(with_constants(model), second="hvp")
    broken = source.replace("(1 - 2 * a1)", "(1 + 2 * a1)")
    assert broken != source
    rows = prove_second(load_source(broken), model, "hvp", 0)
    assert not all(row.right for row in rows) and next(row for row in rows if row.parameter == "w2").right


@pytest.fixture(scope="module")
def point() -> tuple[object, dict[str, np.ndarray], np.ndarray, np.ndarray]:
    d = derive.derive("3-4-2", output="softmax", cost="cross-entropy")
    rng = np.random.default_rng(0)
    module = d.numpy(second="hessian")
    y = rng.uniform(size=(5, 2))
    return module, module.init(rng), rng.standard_normal((5, 3)), y / y.sum(axis=1, keepdims=True)


def test_the_hessian_agrees_with_autograd(point) -> None:  # type: ignore[no-untyped-def]
    autograd = pytest.importorskip("autograd", reason="pip install autograd")
    import autograd.numpy as anp
    from autograd.misc.flatten import flatten

    module, params, x, y = point
    flat, unflatten = flatten({name: params[name] for name in sorted(params)})

    def cost(vector):  # type: ignore[no-untyped-def]
        p = unflatten(vector)
        a = 1 / (1 + anp.exp(-(x @ p["w1"].T + p["b1"])))
        z = a @ p["w2"].T + p["b2"]
        logs = z - anp.log(anp.sum(anp.exp(z), axis=1, keepdims=True))
        return -anp.mean(anp.sum(y * logs, axis=1))

    ordered = {name: params[name] for name in sorted(params)}
    np.testing.assert_allclose(module.hessian(ordered, x, y), autograd.hessian(cost)(flat), rtol=1e-9, atol=1e-12)


def test_the_hessian_is_symmetric_and_its_product_linear(point) -> None:  # type: ignore[no-untyped-def]
    module, params, x, y = point
    matrix = module.hessian(params, x, y)
    count = sum(array.size for array in params.values())
    assert matrix.shape == (count, count)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-14)
    product = module.hessian_vector_product(params, params, x, y)
    assert {name: array.shape for name, array in product.items()} == {n: a.shape for n, a in params.items()}
    flat = np.concatenate([array.ravel() for array in params.values()])
    np.testing.assert_allclose(matrix @ flat, np.concatenate([product[n].ravel() for n in params]), atol=1e-12)


def test_the_gauss_newton_matrix_has_no_negative_eigenvalue() -> None:
    module = derive.derive("3-4-2").numpy(second="gauss-newton")
    rng = np.random.default_rng(1)
    matrix = module.gauss_newton(module.init(rng), rng.standard_normal((6, 3)), rng.uniform(size=(6, 2)))
    assert np.linalg.eigvalsh(matrix).min() > -1e-14


@pytest.mark.parametrize(("wrt", "shape"), [
    ("x", (5, 2, 3)), ("w1", (5, 2, 4, 3)), ("z2", (5, 2, 2)), ("a1", (5, 2, 4))])
def test_a_jacobian_has_the_axes_of_the_output_first(wrt: str, shape: tuple[int, ...]) -> None:
    d = derive.derive("3-4-2")
    module = d.numpy(second="jacobian", wrt=[wrt])
    rng = np.random.default_rng(2)
    assert module.jacobian(module.init(rng), rng.standard_normal((5, 3)))[wrt].shape == shape
    assert all(row.right for row in d.gradcheck(second="jacobian", wrt=[wrt]))


def test_the_fast_style_has_the_functions_too() -> None:
    source = emit(derive.derive("3-4-2").model.many, style="fast", second="hvp")
    assert "def hessian_vector_product(params, v, x, y):" in source and "class Gradient" in source


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["gradcheck", "2-2-1", "--second", "hvp"], 0, ""),
    (["code", "n0-...-nL", "--second", "hvp"], 2, "number of layers"),
    (["code", "2-2-1", "--wrt", "x"], 2, "--second jacobian"),
    (["latex", "2-2-1", "--second", "hvp", "--form", "chain"], 2, "no form 'chain'"),
    (["code", "2-2-1", "--second", "jacobian", "--wrt", "q"], 2, "nothing called 'q'"),
    (["code", "1x3x3-conv(1,2)-flatten-1", "--second", "jacobian"], 2, "is printed (derive latex) and not emitted"),
    (["code", "n0-...-nL", "--second", "gauss-newton"], 2, "number of layers")])
def test_the_command_line(arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == code
    assert said in capsys.readouterr().err
