"""Models of every kind for the fast code: networks of mixed layers and typed equations, records that make small arrays
count as large ones, passes left out; and the comparison of a module's class with its plain functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from derive.gradcheck.draw import draw_data
from derive.ir import Derivation
from derive.plan.measured import DEFAULT, Measured
from derive.plan.passes import PASSES

EXACT = {"float64": 1e-9, "float32": 1e-3}
ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "gelu_tanh",
               "softmax", "log_softmax")
ENDS = (("quadratic", "identity"), ("quadratic", "sigmoid"), ("quadratic", "gelu"), ("cross_entropy", "softmax"),
        ("cross_entropy_logits", "identity"), ("class_cross_entropy", "softmax"),
        ("class_cross_entropy_logits", "identity"), ("binary_cross_entropy", "sigmoid"),
        ("binary_cross_entropy_logits", "identity"), ("hinge", "tanh"), ("huber", "identity"),
        ("mean_squared_error", "softmax"), ("mean_absolute_error", "elu"))
Shape = tuple[int, ...]
Draw = Callable[[Any], Any]


def one_of(draw: Draw, *values: Any) -> Any:
    return draw(st.sampled_from(values))


# -- networks: layers as a TOML file has them ----------------------------------------------------------


@dataclass
class Stack:
    """The layers so far, and the shape of what the last one gives."""

    shape: Shape
    layers: list[str]

    def add(self, stage: str, *shape: int, more: str = "") -> None:
        self.layers.append(f'{{layer = "{stage}"{more}}}')
        self.shape = shape or self.shape


def activated(draw: Draw, stage: str) -> str:
    return f"{stage}:{one_of(draw, *ACTIVATIONS)}"


def equal_layers(draw: Draw, stack: Stack) -> None:
    """Enough of them for a loop over layers."""
    *rest, width = stack.shape
    kind = one_of(draw, "tanh", "relu", "gelu", "sigmoid")
    for _ in range(draw(st.integers(4, 6))):
        stack.add(f"{width}:{kind}", *rest, width)


def over_features(draw: Draw, stack: Stack) -> None:
    """A dense layer, a norm, a mask, or a sum with what came before, of one vector or of each step's."""
    *rest, width = stack.shape
    kinds = ["dense"] * 4 + ["layernorm", "rmsnorm", "dropout(0.8)", "residual", "equal"] + ["batchnorm"] * (not rest)
    kind = one_of(draw, *kinds)
    if kind == "equal":
        equal_layers(draw, stack)
    elif kind == "residual":
        before, number = len(stack.layers), len(stack.layers)
        stack.add(activated(draw, str(width)), *rest, width, more=f', name = "h{number}"')
        stack.add(activated(draw, str(width)), *rest, width, more=f', name = "g{number}"')
        stack.add("add", *rest, width, more=f', inputs = ["h{before}", "g{number}"]')
    elif kind == "dense":
        wide = draw(st.integers(1, 12))
        bias = one_of(draw, "", "", ", bias = false")
        stack.add(activated(draw, str(wide)), *rest, wide, more=bias)
    else:
        stack.add(kind)


def over_images(draw: Draw, stack: Stack) -> None:
    channels, *sides = stack.shape
    kinds = ["conv", "conv", "batchnorm", "groupnorm(1)", "flatten"]
    kinds += ["pool"] * (min(sides) >= 2) + ["globalpool"] + ["convtranspose"] * (max(sides) < 5)
    kind = one_of(draw, *kinds)
    plane = "" if len(sides) == 2 else "1d"
    if kind == "flatten":
        stack.add("flatten", int(np.prod(stack.shape)))
    elif kind == "globalpool":
        stack.add(f"globalpool({one_of(draw, 'mean', 'max')})", channels)
    elif kind == "conv":
        kernel, padding = draw(st.integers(1, min(3, *sides))), draw(st.integers(0, 1))
        stride, made = one_of(draw, 1, 1, 2), draw(st.integers(1, 3))
        bias = one_of(draw, "", "", ",bias=false")
        stack.add(activated(draw, f"conv{plane}({made},{kernel},stride={stride},padding={padding}{bias})"), made,
                  *((n + 2 * padding - kernel) // stride + 1 for n in sides))
    elif kind == "convtranspose":
        made = draw(st.integers(1, 2))
        stack.add(activated(draw, f"convtranspose{plane}({made},2)"), made, *(n + 1 for n in sides))
    elif kind == "pool":
        stride = draw(st.integers(1, 2))
        stack.add(f"{one_of(draw, 'maxpool', 'avgpool')}(2,stride={stride})", channels,
                  *((n - 2) // stride + 1 for n in sides))
    else:
        stack.add(kind)


def over_steps(draw: Draw, stack: Stack) -> None:
    """A layer over a sequence; one that gives its last state leaves a vector."""
    steps, width = stack.shape
    kind = one_of(draw, "rnn", "lstm", "gru", "birnn", "bilstm", "bigru", "features", "features", "attention",
                  "transformer", "flatten", "globalpool", "position", "liquid")
    if kind == "features":
        over_features(draw, stack)
    elif kind == "flatten":
        stack.add("flatten", steps * width)
    elif kind == "globalpool":
        stack.add(f"globalpool({one_of(draw, 'mean', 'max')})", width)
    elif kind in ("attention", "transformer"):
        heads = one_of(draw, *(n for n in (1, 2) if width % n == 0))
        mask = one_of(draw, "none", "causal")
        stack.add(f"{kind}({heads},mask={mask}{',wider=2' if kind == 'transformer' else ''})")
    elif kind == "position":
        stack.add(f"position({one_of(draw, 'learned', 'fixed')})" if width % 2 == 0 else "position(learned)")
    else:
        made, every = draw(st.integers(1, 4)), draw(st.booleans())
        more = one_of(draw, "", ",truncate=2") + (",peepholes=true" if kind == "lstm" and draw(st.booleans()) else "")
        more += ",reset=after" if "gru" in kind and draw(st.booleans()) else ""
        stack.add(f"{kind}({made}{',gives=all' * every}{more})",
                  *([steps] if every else []), made * (2 if kind.startswith("bi") else 1))


@st.composite
def networks(draw: Draw) -> tuple[str, dict[str, Any]]:
    """(a TOML text, the options beside it)."""
    kind = one_of(draw, "vector", "vector", "image", "row", "steps", "steps", "words")
    small = st.integers(1, 4)
    if kind == "vector":
        given: Shape = (draw(st.integers(1, 20)),)
        source = str(given[0])
    elif kind in ("image", "row"):
        given = (draw(st.integers(1, 2)), *(draw(st.integers(3, 6)) for _ in range(2 if kind == "image" else 1)))
        source = "x".join(map(str, given))
    else:
        given = (draw(st.integers(1, 5)), draw(small))
        source = f"seq({given[0]}x{given[1]})" if kind == "steps" else f"words({given[0]} of 5)"
    stack = Stack(given, [])
    if kind == "words":
        stack.add(f"embedding({given[1]})")
    for _ in range(draw(st.integers(0, 4))):
        (over_features if len(stack.shape) == 1 else over_steps if kind in ("steps", "words") else over_images)(
            draw, stack)
    if len(stack.shape) > 1 and (kind not in ("steps", "words") or draw(st.booleans())):
        stack.add("flatten", int(np.prod(stack.shape)))
    cost, output = one_of(draw, *(ENDS if len(stack.shape) == 1 else ENDS[:3]))
    stack.add(f"{draw(st.integers(1 + ('cross' in cost and 'binary' not in cost), 4))}:{output}")
    options: dict[str, Any] = {"cost": cost, "bias": one_of(draw, None, None, False),
                               "regularize": one_of(draw, None, None, "l2:0.1", "l1:0.1"),
                               "reduce": one_of(draw, None, None, "sum")}
    text = f'[network]\ninputs = {{x = "{source}"}}\nlayers = [{", ".join(stack.layers)}]\n'
    return text, {name: value for name, value in options.items() if value is not None}


# -- equations as somebody types them ------------------------------------------------------------------

FUNCTIONS = ("{}", "tanh({})", "sigmoid({})", "relu({})", "softplus({})", "exp(-({})^2)", "({})^2", "gelu({})",
             "cos({})")
FACTORS = ("{}", "3*{}", "1/2*{}", "-({})", "sqrt(2)*{}", "r*{}", "{}/(1 + r^2)", "e*{}", "{}/2 + 1")
BIASES = ("{}", "{} + b[j]", "{} + b[j]", "b[j] + {}", "{} + c", "{} + d[j]", "{} + e", "{} + b[j] + c", "{} + b[j]*c",
          "{} + b[0]", "{} - b[j]", "{} + x[j]", "{} + n[j]", "{} + g[o,j]", "b[j]*{}")
PRODUCTS = ("sum(w[j,k]*x[k], k)", "sum(x[k]*w[k,j], k)", "sum(w[j,k]*n[k], k)", "sum(w[j,k]*x[k]*n[k], k)",
            "sum(w[j,k]*tanh(x[k]), k)", "sum(w[j,k]*(x[k] + g[o,k]), k)")
SECOND = ("sum(v[j,k]*a[k], k)", "sum(w[j,k]*a[k], k)", "sum(a[k]*v[k,j], k)", "sum(v[j,k]*(a[k] + x[k]), k)",
          "a[j]*n[j]")
SECOND_BIASES = ("{}", "{} + l[j]", "{} + b[j]", "{} + c", "{} + p[j]", "{} + l[j] + z[j]")
ENDINGS = ("sum((u[j] - y[j])^2, j)", "1/2*sum((u[j] - h[j])^2, j)", "sum(log(1 + exp(u[j])), j) - sum(y[j]*u[j], j)",
           "(u[o] - e)^2", "sum(u[j]*y[j], j)^2")
MORE = ("", "", "sum(p[j]*y[j], j)", "sum(z[j]^2, j)", "sum(b[j]^2, j)", "sum(w[j,k]^2, j, k)", "c^2",
        "sum(a[j]*p[j], j)", "sum(q[j]^2, j)")
SIDES = {"x": "k", "y": "j", "d": "j", "e": "", "o": "", "w": "jk", "b": "j", "c": "", "r": "", "n": "k", "g": "vk",
         "v": "jk", "l": "j"}
DATA = "xydeo"


@st.composite
def typed(draw: Draw) -> str:
    """Two layers with biases, factors and products of many kinds; of one example, or over given ones."""
    given, size = draw(st.booleans()), draw(st.integers(2, 6))
    product, bias = one_of(draw, *PRODUCTS), one_of(draw, *BIASES)
    lines = [f"p[j] = {product}", f"z[j] = {bias.format('p[j]')}"]
    before = "z[j]"
    if given and draw(st.booleans()):
        lines.append("f[j] = sum(z[j], s)/5")
        before = "(z[j] - f[j])"
    lines.append(f"a[j] = {one_of(draw, *FUNCTIONS).format(one_of(draw, *FACTORS).format(before))}")
    lines += [f"q[j] = {one_of(draw, *SECOND)}", f"u[j] = {one_of(draw, *SECOND_BIASES).format('q[j]')}"]
    ending, more = one_of(draw, *ENDINGS), [m for m in (one_of(draw, *MORE), one_of(draw, *MORE)) if m]
    lines += ["h[j] = equal(j, o)"] if "h[" in ending else []
    text = "\n".join([*lines, " + ".join([f"C = {ending}", *more])])
    return declared(text, given, size, draw(st.integers(1, 9)))


def declared(lines: str, given: bool, size: int, samples: int) -> str:
    """With the declarations of what these lines read, and each value of an example as one of `samples`, where they are
    given with the model."""
    names = {name for name in SIDES if re.search(rf"\b{name}\b", lines)}
    axes = {name: [*SIDES[name]] for name in names}
    if given:
        lines = re.sub(r"\b([xydpzaquh])\[", r"\1[s,", lines)
        lines = re.sub(r"\b([eo])\b", r"\1[s]", lines).replace("\nC = ", "\nt[s] = ")
        lines = lines.replace("sum(z[s,j], s)", f"1/{samples}*sum(z[s,j], s)") + f"\nC = 1/{samples}*sum(t[s], s)"
        axes |= {name: ["s", *axes[name]] for name in names & {*DATA}}
    written = {name: f"{name}[{', '.join(axes[name])}]" if axes[name] else name for name in SIDES if name in names}
    return "\n".join([
        *([f"sample s = {samples}"] if given else []), f"index j = {size}, k = {size}, v = {size}",
        *[f"data {text}{f' in {size}' if name == 'o' else ''}" for name, text in written.items() if name in DATA],
        *[f"parameter {text}" for name, text in written.items() if name not in DATA], lines])


# -- records -------------------------------------------------------------------------------------------

TRIED: dict[str, tuple[Any, ...]] = {
    "few": (0, 10**9), "unpacked": (1, 10**9), "few_rows": (1, 10**9), "few_of_stacks": (0, 10**9),
    "least_few": (1, 100), "most_few": (1, 10**9), "block": (0, 64, 1000), "results": (0, 16), "least_depth": (1,),
    "small": (0,), "side": (1, 4), "longest": (8,), "enough": (1,), "little": (1,), "deep_bytes": (0, 10**9),
    "least_part": (2,), "register": (4, 8), "least_height": (1,), "least_width": (1,), "least_side": (1,),
    "packing_single": (10.0,), "reading": (0.0,), "reading_short": (0.0,), "least_weights": (0,), "row": (1, 10**9),
    "top_rows": (2, 10**9), "top_length": (1, 10**9), "together": (1, 10**9), "narrow": (0, 10**9),
    "cleared": (0, 10**9), "uncleared": (1, 10**9), "outer": (1, 10**9), "unbuffered": (1, 10**9), "buffer": (16,),
    "piece_bytes": (8, 64, 10**9), "scratch": (1, 10**9), "turned_depth": (0, 10**9), "tile_bytes": (1, 1000, 10**12),
    "tile_step": (1, 2), "tiled_weights": (0, 10**9), "window_bytes": (1, 1000, 10**12), "window_rows": (1, 2),
    "window_weights": (0, 10**9), "scalar_operations": (0, 10**9), "least_saving": (1, 10**9),
    "typical_rows": (1, 10**6),
}
"""Values beside the default of each constant: what is worth it for large arrays alone is done with small ones."""
CASES = ("one", "few", "many")


@st.composite
def records(draw: Draw) -> Measured:
    """Some constants changed, some passes left out of a case or of all."""
    names = draw(st.lists(st.sampled_from(sorted(TRIED)), max_size=len(TRIED), unique=True))
    left = draw(st.lists(st.sampled_from([p.name for p in PASSES]), max_size=len(PASSES), unique=True))
    cases = one_of(draw, CASES, CASES, *((case,) for case in CASES))
    return replace(DEFAULT, **{name: one_of(draw, *TRIED[name]) for name in names},
                   without=tuple((name, case) for name in left if draw(st.booleans()) for case in cases))


# -- the comparison ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """Parameters and data of one dtype, and what the plain functions make of them in float64."""

    params: dict[str, Any]
    data: list[Any]
    cost: Any
    grads: dict[str, Any]
    atol: float

    def check(self, found: Any, grads: dict[str, Any], what: str) -> None:
        assert grads.keys() == self.grads.keys(), what
        off = abs(float(found) - float(self.cost))
        assert off <= self.atol + EXACT[found.dtype.name] * abs(float(self.cost)), f"{what}: the cost is off by {off}"
        for name, expected in self.grads.items():
            own = grads[name]
            assert own.shape == np.shape(expected) and own.dtype == found.dtype, f"{what}: {name}"
            bound = self.atol + EXACT[own.dtype.name] * float(np.abs(expected).max(initial=0))
            off = float(np.abs(own - expected).max(initial=0))
            assert off <= bound, f"{what}: dC/d{name} is off by {off:.2g}, {bound:.2g} allowed"


def drawn(module: Any, forward: Derivation, batch: int, dtype: str, seed: int) -> Drawn:
    """`atol` is what plain code in that dtype is off by, many times over: some models lose digits."""
    rng = np.random.default_rng(seed)
    params = {n: (a + 0.3 * rng.standard_normal(np.shape(a))).astype(dtype) for n, a in module.init(rng).items()}
    data = [a.astype(dtype) if a.dtype == float else a for a in draw_data(forward, {"m": batch}, rng).values()]
    exact = {n: a.astype(float) for n, a in params.items()}, [a.astype(float) if a.dtype == dtype else a for a in data]
    cost, grads = module.cost_and_gradients(exact[0], *exact[1])
    single = {n: a.astype("float32") for n, a in params.items()}, [
        a.astype("float32") if a.dtype == dtype else a for a in data]
    near, others = module.cost_and_gradients(single[0], *single[1])
    sizes = {n: float(np.abs(g).max(initial=0)) for n, g in grads.items()}
    offs = {n: float(np.abs(others[n] - g).max(initial=0)) for n, g in grads.items()}
    worst, largest = max([abs(float(near - cost)), *offs.values()]), max([abs(float(cost)), *sizes.values()])
    if not np.isfinite(worst + largest) or any(off > 0.1*sizes[n] > 1e-11*largest for n, off in offs.items()):
        reject()  # too many digits are lost, whoever computes it
    rounding = 30 * worst if dtype == "float32" else 1e-7 * worst
    return Drawn(params, data, cost, grads, rounding + 1e-3 * EXACT[dtype] * largest)


def agrees(module: Any, forward: Derivation, batches: Sequence[int], dtype: str, seed: int) -> None:
    """The class for the first batch: twice, with last minibatches of other sizes, in parts, for fixed data; and what it
    predicts. A model of given examples has one batch."""
    apart = any(not a.size.is_Integer for t in forward.of_role("data") for a in t.axes)
    batches = batches if apart else batches[:1]
    cases = [drawn(module, forward, batch, dtype, seed + n) for n, batch in enumerate(batches)]
    size = (batches[0],) if "batch" in module.Gradient.__init__.__code__.co_varnames else ()
    gradient = module.Gradient(*size, dtype=dtype)
    for n, one in enumerate([cases[0], *cases, cases[0]]):
        one.check(*gradient(one.params, *one.data), f"call {n}")
    for one in cases:
        one.check(*gradient.fixed(*one.data)(one.params), "fixed")
    first = cases[0]
    if hasattr(module, "_in_parts"):
        each = 1 + gradient.workspace_bytes // batches[0]
        for most in (1, 2*each, 5*each + 7):
            parts = module.Gradient(*size, dtype=dtype, max_bytes=most)
            first.check(*parts(first.params, *first.data), f"{most} bytes")
    if hasattr(module, "Predict"):
        names, wanted = (f.__code__.co_varnames[1:f.__code__.co_argcount] for f in (module.cost, module.predict))
        for one in cases:
            fed = [one.data[names.index(name)] for name in wanted]
            made = module.Predict(batches[0], dtype=dtype)(one.params, *fed)
            expected = module.predict({n: a.astype(float) for n, a in one.params.items()}, *fed)
            np.testing.assert_allclose(made, expected, EXACT[dtype], one.atol + EXACT[dtype], err_msg="predict")
