"""Every layer as PyTorch has it: what comes in, the layer's arguments and the same as a formula of tensors, drawn.

In: `draw` of hypothesis, and the layer's words and flags, which are drawn from its own record. Out: a `Use` of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel

Draw = st.DrawFn
Said = dict[str, Any]
Tensors = dict[str, Any]
"""A layer's parameters and data by their letters, without the layer's number."""
Formula = Callable[[list[Any], Tensors], Any]
Step = Callable[[Tensors, Any, tuple[Any, ...]], tuple[Any, ...]]


def by(values: tuple[int, ...]) -> str:
    return "x".join(map(str, values))


@dataclass(frozen=True)
class Comes:
    """What comes in: numbers with these axes, the steps of a sequence first or not, or words `among` so many."""

    axes: tuple[int, ...]
    steps: bool = False
    among: int = 0

    def __str__(self) -> str:
        """As an architecture says it."""
        if self.among:
            return f"words({self.axes[0]} of {self.among})" if self.axes else f"words({self.among})"
        return f"seq({by(self.axes)})" if self.steps else by(self.axes)

    @property
    def front(self) -> str:
        """A layer that keeps the axes and has parameters; nothing is learnt in front of words."""
        if self.among:
            return ""
        if self.steps or len(self.axes) == 1:
            return f"{self.axes[-1]}:tanh"
        return f"conv{'1d' * (len(self.axes) == 2)}({self.axes[0]},1):tanh"

    def drawn(self, rng: np.random.Generator, m: int) -> Any:
        return rng.integers(0, self.among, (m, *self.axes)) if self.among else rng.standard_normal((m, *self.axes))


@dataclass(frozen=True)
class Use:
    """`sized` are the arguments beside words and flags."""

    inputs: tuple[Comes, ...]
    sized: Said
    formula: Formula
    given: dict[str, Callable[[np.random.Generator, int], Any]] = field(default_factory=dict)
    """Further data that must not be any numbers, of a number of examples."""
    least: int = 1
    """Examples."""


def sizes(draw: Draw, count: int, least: int = 1, most: int = 3) -> tuple[int, ...]:
    return tuple(draw(st.integers(least, most)) for _ in range(count))


def sequence(*axes: int) -> Comes:
    return Comes(axes, steps=True)


def any_rank(draw: Draw) -> Comes:
    """Values, the steps of a sequence, or an image."""
    axes = sizes(draw, draw(st.integers(1, 3)))
    return Comes(axes, steps=len(axes) == 2)


# -- dense, and layers without parameters ----------------------------------------------------------------------------


def dense(draw: Draw, said: Said) -> Use:
    into, width = sizes(draw, 2)
    comes = draw(st.sampled_from([Comes((into,)), sequence(2, into)]))
    return Use((comes,), {"width": width}, lambda x, p: F.linear(x[0], p["w"], p.get("b")))


def add(draw: Draw, said: Said) -> Use:
    comes = any_rank(draw)
    return Use((comes, comes), {}, lambda x, p: x[0] + x[1])


def concat(draw: Draw, said: Said) -> Use:
    one, other, *rest = sizes(draw, 4)
    shapes = draw(st.sampled_from([((one,), (other,)), ((one, *rest), (other, *rest))]))
    return Use(tuple(map(Comes, shapes)), {}, lambda x, p: torch.cat(x, 1))


def dropout(draw: Draw, said: Said) -> Use:
    keep, comes = draw(st.sampled_from([0.25, 0.8, 1])), any_rank(draw)
    return Use((comes,), {"keep": keep}, lambda x, p: p["mask"] * x[0] / keep,
               {"mask": lambda rng, m: rng.random((m, *comes.axes)) < keep})


def embedding(draw: Draw, said: Said) -> Use:
    """By the number of a word, or of what is in one-hot form where it is a word at all."""
    steps, words, width = sizes(draw, 3)
    if draw(st.booleans()):
        return Use((sequence(steps, words),), {"width": width}, lambda x, p: x[0] @ p["w"])
    comes = Comes(draw(st.sampled_from([(), (steps,)])), among=words)
    return Use((comes,), {"width": width}, lambda x, p: F.embedding(x[0], p["w"]))


def position(draw: Draw, said: Said) -> Use:
    steps, half = sizes(draw, 2)

    def fixed(x: list[Any], p: Tensors) -> Any:
        turns = torch.arange(steps)[:, None] / 10000 ** (torch.arange(half) / half)
        return x[0] + torch.stack([turns.sin(), turns.cos()], 2).flatten(1)

    return Use((sequence(steps, 2*half),), {}, fixed if said["kind"] == "fixed" else lambda x, p: x[0] + p["w"])


def flatten(draw: Draw, said: Said) -> Use:
    return Use((Comes(sizes(draw, draw(st.integers(1, 3)))),), {}, lambda x, p: x[0].flatten(1))


def reshape(draw: Draw, said: Said) -> Use:
    """An image of a, b and c in some order and number to an axis, taken from one of another such."""
    a, b, c = sizes(draw, 3)
    axes, wanted = (draw(st.sampled_from([(a, b, c), (a, b*c), (a*b, c), (a*b*c,)])) for _ in range(2))
    return Use((Comes(axes),), {"shape": by(wanted[::-1])}, lambda x, p: x[0].reshape(len(x[0]), *wanted[::-1]))


# -- convolution and pooling -----------------------------------------------------------------------------------------


def image(draw: Draw, channels: int, seen: tuple[int, ...], padding: tuple[int, ...]) -> Comes:
    """An image in which at least one window fits, and sometimes some more, with places left over."""
    return Comes((channels, *(max(n - 2*p, 1) + draw(st.integers(0, 3)) for n, p in zip(seen, padding, strict=True))))


def grouped(draw: Draw) -> tuple[int, int, int]:
    """Groups, channels that come in, channels that go out."""
    groups, (into, out) = draw(st.sampled_from([1, 1, 2])), sizes(draw, 2, 1, 2)
    return groups, groups * into, groups * out


def written(sized: Said) -> Said:
    return {name: by(value) if isinstance(value, tuple) else value for name, value in sized.items()}


def convolution(axes: int) -> Callable[[Draw, Said], Use]:
    def use(draw: Draw, said: Said) -> Use:
        groups, into, out = grouped(draw)
        sized = {"kernel": sizes(draw, axes), "stride": sizes(draw, axes), "padding": sizes(draw, axes, 0, 2),
                 "dilation": sizes(draw, axes, 1, 2)}
        seen = tuple(d*(k - 1) + 1 for d, k in zip(sized["dilation"], sized["kernel"], strict=True))
        others = [sized[name] for name in ("stride", "padding", "dilation")]
        function = F.conv2d if axes == 2 else F.conv1d
        return Use((image(draw, into, seen, sized["padding"]),), written({"channels": out, **sized, "groups": groups}),
                   lambda x, p: function(x[0], p["w"], p.get("b"), *others, groups))

    return use


def transposed(axes: int) -> Callable[[Draw, Said], Use]:
    def use(draw: Draw, said: Said) -> Use:
        groups, into, out = grouped(draw)
        kernel, stride, dilation = sizes(draw, axes), sizes(draw, axes), sizes(draw, axes, 1, 2)
        padding = tuple(draw(st.integers(0, d*(k - 1)//2)) for k, d in zip(kernel, dilation, strict=True))
        beyond = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
        function = F.conv_transpose2d if axes == 2 else F.conv_transpose1d
        return Use((Comes((into, *sizes(draw, axes))),),
                   written({"channels": out, "kernel": kernel, "stride": stride, "padding": padding,
                            "output_padding": beyond, "dilation": dilation, "groups": groups}),
                   lambda x, p: function(x[0], p["w"], p.get("b"), stride, padding, beyond, groups, dilation))

    return use


def pooling(one: Any, two: Any) -> Callable[[Draw, Said], Use]:
    def use(draw: Draw, said: Said) -> Use:
        axes = draw(st.integers(1, 2))
        size, stride = sizes(draw, axes), sizes(draw, axes)
        padding = tuple(draw(st.integers(0, wide//2)) for wide in size)
        function = (one, two)[axes - 1]
        return Use((image(draw, draw(st.integers(1, 2)), size, padding),),
                   written({"size": size, "stride": stride, "padding": padding}),
                   lambda x, p: function(x[0], size, stride, padding))

    return use


def globalpool(draw: Draw, said: Said) -> Use:
    comes = Comes(sizes(draw, draw(st.integers(2, 3)), 1, 4))
    if said["takes"] == "mean":
        return Use((comes,), {}, lambda x, p: x[0].flatten(2).mean(2))
    return Use((comes,), {}, lambda x, p: x[0].flatten(2).amax(2))


# -- normalization ---------------------------------------------------------------------------------------------------

EPS = st.sampled_from([1e-5, 0.1])


def batchnorm(draw: Draw, said: Said) -> Use:
    eps, mean, variance = draw(EPS), draw(st.sampled_from([0, -0.5])), draw(st.sampled_from([1, 4]))
    channels, *sides = draw(st.sampled_from([(3,), (1,), (2, 2, 3), (3, 2, 1)]))

    def formula(x: list[Any], p: Tensors) -> Any:
        if said["mode"] == "training":
            return F.batch_norm(x[0], None, None, p["g"], p.get("b"), True, 0.1, eps)
        fixed = (torch.full((channels,), float(number), dtype=x[0].dtype) for number in (mean, variance))
        u, v = (p["u"], p["v"]) if said["mode"] == "inference" else fixed
        return F.batch_norm(x[0], u, v, p["g"], p.get("b"), False, 0.1, eps)

    given = {"u": lambda rng, m: rng.normal(size=channels), "v": lambda rng, m: rng.random(channels)}
    return Use((Comes((channels, *sides)),), {"eps": eps, "mean": mean, "variance": variance}, formula,
               given if said["mode"] == "inference" else {}, 1 if sides else 2)


def groupnorm(draw: Draw, said: Said) -> Use:
    eps, groups, (each, *sides) = draw(EPS), draw(st.integers(1, 2)), sizes(draw, 3)
    return Use((Comes((groups * each, *sides)),), {"groups": groups, "eps": eps},
               lambda x, p: F.group_norm(x[0], groups, p["g"], p.get("b"), eps), least=2)


def layernorm(draw: Draw, said: Said) -> Use:
    eps, comes = draw(EPS), any_rank(draw)
    return Use((comes,), {"eps": eps}, lambda x, p: F.layer_norm(x[0], comes.axes[-1:], p["g"], p.get("b"), eps))


def rmsnorm(draw: Draw, said: Said) -> Use:
    eps, comes = draw(EPS), any_rank(draw)
    return Use((comes,), {"eps": eps}, lambda x, p: F.rms_norm(x[0], comes.axes[-1:], p["g"], eps))


# -- attention -------------------------------------------------------------------------------------------------------

HIDDEN = -1e6


def hidden(*steps: int) -> Callable[[np.random.Generator, int], Any]:
    """A mask that leaves each step something to read."""
    def drawn(rng: np.random.Generator, m: int) -> Any:
        mask = np.where(rng.random((m, *steps)) < 0.4, HIDDEN, 0)
        mask[:, :, 0] = 0
        return mask

    return drawn


def heads_of(x: Any, y: Any, p: Tensors, mask: str) -> Any:
    """The projections, F.scaled_dot_product_attention of each head, and the projection back."""
    def projected(letter: str, of: Any) -> Any:
        made = torch.einsum("stf,hif->shti", of, p[f"w_{letter}"])
        return made + p[f"b_{letter}"][:, None, :] if f"b_{letter}" in p else made

    added = {"none": None, "causal": torch.full((x.shape[1], y.shape[1]), -torch.inf, dtype=x.dtype).triu(1),
             "data": p["mask"][:, None] if "mask" in p else None}[mask]
    with sdpa_kernel(SDPBackend.MATH):  # the one that can be differentiated twice
        mixed = F.scaled_dot_product_attention(projected("q", x), projected("k", y), projected("v", y), attn_mask=added)
    return torch.einsum("shti,jhi->stj", mixed, p["w_o"]) + p.get("b_o", 0)


def attention(draw: Draw, said: Said) -> Use:
    steps, heads, each = sizes(draw, 3)
    return Use((sequence(steps, heads * each),), {"heads": heads}, lambda x, p: heads_of(x[0], x[0], p, said["mask"]),
               {"mask": hidden(steps, steps)} if said["mask"] == "data" else {})


def crossattention(draw: Draw, said: Said) -> Use:
    steps, others, heads, each, features = sizes(draw, 5)
    return Use((sequence(steps, heads * each), sequence(others, features)), {"heads": heads},
               lambda x, p: heads_of(*x, p, said["mask"]),
               {"mask": hidden(steps, others)} if said["mask"] == "data" else {})


def transformer(draw: Draw, said: Said) -> Use:
    steps, heads, each, wider = sizes(draw, 4, 1, 2)
    eps, width = draw(EPS), heads * each

    def formula(x: list[Any], p: Tensors) -> Any:
        inner = F.layer_norm(x[0], (width,), p["g"], p.get("b"), eps)
        middle = x[0] + heads_of(inner, inner, p, said["mask"])
        up = F.linear(F.layer_norm(middle, (width,), p["g_a"], p.get("b_a"), eps), p["w_u"], p.get("b_u"))
        return middle + F.linear(F.gelu(up), p["w_d"], p.get("b_d"))

    return Use((sequence(steps, width),), {"heads": heads, "wider": wider, "eps": eps}, formula,
               {"mask": hidden(steps, steps)} if said["mask"] == "data" else {})


# -- recurrence ------------------------------------------------------------------------------------------------------


def recurrent(step: Step, states: str, ways: tuple[str, ...] = ("",), number: str = "") -> Callable[[Draw, Said], Use]:
    """A loop over `step`, whose first states have these letters, in one direction or in both."""
    def use(draw: Draw, said: Said) -> Use:
        steps, features, width = draw(st.integers(1, 4)), *sizes(draw, 2)
        window = draw(st.sampled_from([0, 0, 2]))
        sized = {"width": width, "truncate": window, **({number: draw(st.sampled_from([0.1, 0.5]))} if number else {})}

        def formula(x: list[Any], p: Tensors) -> Any:
            read = [run({**said, **sized}, x[0], p, way) for way in ways]
            return torch.cat(read, -1)

        def run(arguments: Said, x: Any, p: Tensors, way: str) -> Any:
            own = {name.removesuffix(way): value for name, value in p.items() if name.endswith("_back") == bool(way)}
            state = tuple(own.get(letter, torch.zeros((len(x), width), dtype=x.dtype)) for letter in states)
            found = []
            for count, t in enumerate(reversed(range(steps)) if way else range(steps)):
                if window and count % window == 0:
                    state = tuple(one.detach() for one in state)
                state = step({**own, **arguments}, x[:, t], state)
                found.append(state[0])
            return found[-1] if arguments["gives"] == "last" else torch.stack(found[::-1] if way else found, 1)

        return Use((sequence(steps, features),), sized, formula)

    return use


def summed(p: Tensors, x: Any, h: Any, gate: str = "") -> Any:
    return F.linear(x, p["u" + gate], p.get("b" + gate)) + F.linear(h, p["w" + gate])


def rnn(p: Tensors, x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    return (torch.tanh(summed(p, x, state[0])),)


def lstm(p: Tensors, x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    h, c = state

    def gate(letter: str, seen: Any) -> Any:
        return torch.sigmoid(summed(p, x, h, "_" + letter) + (p["p_" + letter] * seen if p["peepholes"] else 0))

    new = gate("f", c)*c + gate("i", c)*torch.tanh(summed(p, x, h, "_g"))
    return gate("o", new)*torch.tanh(new), new


def gru(p: Tensors, x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    h, = state
    r, o = (torch.sigmoid(summed(p, x, h, gate)) for gate in ("_r", "_o"))
    if p["reset"] == "before":
        g = torch.tanh(summed(p, x, r*h, "_g"))
    else:
        g = torch.tanh(F.linear(x, p["u_g"], p.get("b_g")) + r*F.linear(h, p["w_g"], p.get("c_g")))
    return ((1 - o)*h + o*g,)


def liquid(p: Tensors, x: Any, state: tuple[Any, ...]) -> tuple[Any, ...]:
    f = torch.sigmoid(summed(p, x, state[0]))
    return ((state[0] + p["dt"]*f*p["e"]) / (1 + p["dt"]*(torch.exp(p["r"]) + f)),)


BOTH = ("", "_back")
USES: dict[str, Callable[[Draw, Said], Use]] = {
    "add": add, "attention": attention, "avgpool": pooling(F.avg_pool1d, F.avg_pool2d), "batchnorm": batchnorm,
    "bigru": recurrent(gru, "e", BOTH), "bilstm": recurrent(lstm, "ed", BOTH), "birnn": recurrent(rnn, "e", BOTH),
    "concat": concat, "conv": convolution(2), "conv1d": convolution(1), "convtranspose": transposed(2),
    "convtranspose1d": transposed(1), "crossattention": crossattention, "dense": dense, "dropout": dropout,
    "embedding": embedding, "flatten": flatten, "globalpool": globalpool, "groupnorm": groupnorm,
    "gru": recurrent(gru, "e"), "layernorm": layernorm, "liquid": recurrent(liquid, "h", number="dt"),
    "lstm": recurrent(lstm, "ed"), "maxpool": pooling(F.max_pool1d, F.max_pool2d), "position": position,
    "reshape": reshape, "rmsnorm": rmsnorm, "rnn": recurrent(rnn, "e"), "transformer": transformer,
}
