"""How people call what a layer works on: gamma for the gain g, Wx for the weights u of the input, prev_h for h[t-1].

In: names, the tensors of a model. Out: for each name the tensors that it may be, the likeliest first.

    Wx of an LSTM, of 4*H columns, is the weights u_f, u_i, u_g, u_o of its gates side by side
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, product

from derive.check.arrays.names import GRADIENT, Spellings
from derive.ir import Derivation, Loop, Tensor, indices_of, tensor_of

BEFORE = "_before"
"""What the name of a state ends with where it is data: the state of the step before."""
INCOMING = re.compile(r"d_?[A-Za-z]\w*|(?:grads?|gradient|delta|upstream|top_diff)(?:_\w+|out|output)?", re.IGNORECASE)
"""The gradient that comes in: dout, dnext_h, dA, grad_output, upstream."""
NO_GRADIENT = ("data", "d_model", "dmodel", "dim", "dims", "dk", "d_k", "dropout", "dropout_param", "depth", "dilation",
               "dtype", "debug")
TARGETS = ("y", "t", "target", "targets", "labels", "label", "ytrue")
CALLED: Mapping[str, tuple[str, ...]] = {
    "gamma": ("g",), "gain": ("g",), "scale": ("g",), "beta": ("b",), "shift": ("b",), "offset": ("b",),
    "bias": ("b",), "bh": ("b",), "by": ("b",), "bo": ("b",), "bout": ("b",),
    "wx": ("u",), "wxh": ("u",), "wih": ("u",), "win": ("u",), "wi": ("u",), "weightih": ("u",), "wax": ("u",),
    "wh": ("w",), "whh": ("w",), "wrec": ("w",), "weighthh": ("w",), "waa": ("w",),
    "why": ("w",), "who": ("w",), "wout": ("w",), "wy": ("w",), "wya": ("w",), "v": ("w",),
    "u": ("u", "w"), "w": ("w", "u", "g"), "weight": ("w", "g"), "weights": ("w",), "theta": ("w",),
    "kernel": ("w",), "kernels": ("w",), "filters": ("w",), "filter": ("w",), "k": ("w",), "f": ("w",),
    "embedding": ("w",), "embeddings": ("w",), "emb": ("w",), "e": ("w",), "wembed": ("w",), "table": ("w",),
    "lookup": ("w",), "wc": ("w_g",), "uc": ("u_g",), "bc": ("b_g",),
    "x": ("x",), "xt": ("x",), "inputs": ("x",), "input": ("x",), "inp": ("x",), "data": ("x",), "xs": ("x",),
    "tokens": ("x",), "ids": ("x",), "idx": ("x",), "words": ("x",), "indices": ("x",), "aprev": ("x",),
    "features": ("x",), "image": ("x",), "images": ("x",), "a": ("x",), "h": ("x",), "z": ("x",), "scores": ("x",),
    "logits": ("x",),
}
"""By the name without underlines, in small letters: the letters of the model that may be meant."""
LAST = ("why", "who", "wout", "wy", "wya", "by", "bo", "bout", "v")
"""What belongs to the last of several layers."""
STATES = ("prev{}", "{}prev", "{}0", "init{}", "{}init", "{}tm1", "old{}", "{}old", "last{}", "{}last", "{}before",
          "{}start", "initial{}")
"""The state before a step, or before the first one."""
MOST_GATES, MOST_TRIED = 4, 4096


@dataclass(frozen=True)
class Joined:
    """One array that is several tensors side by side along an axis (of the model's layout); often a single one."""

    names: tuple[str, ...]
    axis: int = 0


def bare(name: str) -> str:
    return name.replace("_", "").lower()


def incoming(arguments: Sequence[str], tensors: Sequence[str]) -> list[str]:
    """The arguments that are gradients which come in; none where a target is handed over, too."""
    spellings = Spellings(tensors, arguments)
    if any(bare(name) in TARGETS for name in arguments):
        return []
    return [name for name in arguments if INCOMING.fullmatch(name) and not spellings.tensor(name)
            and name.lower() not in NO_GRADIENT]


def candidates(model: Derivation, name: str) -> list[Joined]:
    """The given tensors that a name may be, the likeliest first; none: it means nothing."""
    given = model.of_role("data", "parameter")
    own = [t.name for t in given if t.name == name]
    own += [t.name for t in given if bare(t.written.letter) == bare(name)]
    letters = CALLED.get(bare(name), ())
    for letter in letters:
        alike = [t.name for t in given if t.written.letter == letter]
        own += alike[::-1] if bare(name) in LAST else alike
    own += [data for data, state in starts(model).items() if bare(name) in {way.format(state) for way in STATES}]
    numbered = Spellings([t.name for t in given], [name]).tensor(name)
    single = [Joined((tensor,)) for tensor in dict.fromkeys([*own, *([numbered] if numbered else [])])]
    return single + list(_side_by_side(model, bare(name), letters))


def meanings(model: Derivation, names: Sequence[str]) -> dict[str, str]:
    """The tensor that each name is; nothing where the model has weights w and biases b alone, which need no words."""
    if {t.written.letter for t in model.of_role("parameter")} <= {"w", "b"}:
        return {}
    found = {name: [joined for joined in candidates(model, name) if len(joined.names) == 1] for name in names}
    chosen = next(assignments({name: several for name, several in found.items() if several}), {})
    return {name: joined.names[0] for name, joined in chosen.items()}


def _side_by_side(model: Derivation, name: str, letters: Sequence[str]) -> Iterator[Joined]:
    """The parameters of all gates, or those of a gate for the state and for the input."""
    by_letter = {t.written.letter: t for t in model.of_role("parameter")}
    for letter in dict.fromkeys((name, *letters)):
        gates = [t.name for said, t in by_letter.items() if said.startswith(f"{letter}_")]
        shapes = {tuple(axis.size for axis in model.tensor(gate).axes) for gate in gates}
        if len(shapes) == 1 and 1 < len(gates) <= MOST_GATES:
            yield from (Joined(order) for order in permutations(gates))
    for letter in (letter for letter in by_letter if letter.startswith("w_") and _of_gate(name, letter, letters)):
        both = by_letter[letter].name, by_letter.get("u" + letter[1:], by_letter[letter]).name
        if both[0] != both[1]:
            yield from (Joined(both, 1), Joined(both[::-1], 1))


def _of_gate(name: str, letter: str, letters: Sequence[str]) -> bool:
    return bare(letter) == name or letter in letters


def assignments(choices: Mapping[str, Sequence[Joined]]) -> Iterator[dict[str, Joined]]:
    """Tensors for each name, none twice, gates in one order; the likeliest first."""
    ranked = product(*(list(enumerate(found)) for found in choices.values()))
    for combination in sorted(islice(ranked, MOST_TRIED ** 2), key=lambda c: sum(rank for rank, _ in c)):
        tensors = [name for _, joined in combination for name in joined.names]
        if len(set(tensors)) == len(tensors) and len({_order(j) for _, j in combination if len(j.names) > 2}) < 2:
            yield dict(zip(choices, (joined for _, joined in combination), strict=True))


def _order(joined: Joined) -> tuple[str, ...]:
    """The gates: what stands behind the letter of each."""
    return tuple(name.partition("_")[2] for name in joined.names)


def starts(model: Derivation) -> dict[str, str]:
    """Data that a state begins with, or that are the state of the step before, with the letter of the state."""
    found = {t.name: t.written.letter for t in model.of_role("data") if t.name.endswith(BEFORE)}
    looped = {e.target for s in model.statements if isinstance(s, Loop) for e in s.body if not isinstance(e, Loop)}
    for equation in model.equations():
        if equation.target in looped and len(equation.names) == len(equation.terms) == 1:
            body = equation.terms[0].body
            if indices_of(body) and model.tensor(tensor_of(body)).role == "data":
                found.setdefault(tensor_of(body), model.tensor(equation.target).written.letter)
    return found


def whole_tensor(model: Derivation, joined: Joined) -> Tensor:
    """The tensor whose axes the array has, but for the length of one."""
    return model.tensor(joined.names[0])


def without_mark(name: str) -> list[str]:
    """What a gradient is of, in each reading of its name: dprev_h is prev_h."""
    found = [match[1] for pattern in GRADIENT if (match := pattern.fullmatch(name))]
    return list(dict.fromkeys(found))
