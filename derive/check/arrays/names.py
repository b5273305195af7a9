"""Names of arrays: which tensor of the model, or whose gradient, is called `dW1`, `grad_b2` or `0.weight.grad`.

In: the names in a file, the model's tensors. Out: for each name a `Meant`, or a word about why it means nothing.

    spelling = gradient mark + letter + number        dW1 = d + W + 1        0.weight.grad = 0 + weight + .grad
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from derive.errors import clip, nearest

LETTERS: dict[str, tuple[str, ...]] = {
    "w": ("w", "weight", "weights", "theta", "kernel", "mat", "u"),
    "b": ("b", "bias", "biases", "intercept", "c"),
    "x": ("x", "xs", "input", "inputs", "data", "features", "a0", "x_train", "xb"),
    "y": ("y", "ys", "t", "target", "targets", "label", "labels", "y_true", "y_train", "yb"),
    "z": ("z", "delta", "preactivation", "logits"),
    "a": ("a", "activation", "output", "h"),
    "C": ("c", "cost", "loss", "l", "j", "e"),
    "lam": ("lam", "lambda", "lambda_", "lambd", "reg", "weight_decay", "alpha"),
}
"""How people spell a tensor's letter, tried in this order; the letter of a delta is that of the z it belongs to."""
GRADIENT = tuple(re.compile(p, re.IGNORECASE) for p in (
    r"d[clje]_?d_?(.+)", r"d(?:loss|cost|err)_?d_?(.+)", r"(?:grads?|gradients?|nabla|g)[._/]+(.+)",
    r"(.+?)[._](?:grads?|gradient|g)", r"(delta_?\d*)", r"(?:d|grad)_?(.+)"))
"""The marks of a gradient; what the parentheses hold is the tensor."""
PARAMETER = re.compile(r"(?:params?|parameters?|state|model)[._/]+(.+)", re.IGNORECASE)
MODULE = re.compile(r"(.*?)[._/]?(weight|bias|kernel|w|b)", re.IGNORECASE)
NUMBERED = re.compile(r"([A-Za-z_]+?)[_.\[({^]*(\d*)[\])}]*")
LONGEST = 200


@dataclass(frozen=True)
class Meant:
    """`tensor` of the model, or its gradient. `note` says what had to be understood."""

    tensor: str
    gradient: bool = False
    note: str = ""


@dataclass
class Spellings:
    """The names of a file, ready to be looked up."""

    tensors: Sequence[str]
    names: Sequence[str]
    zero: dict[bool, bool] = field(default_factory=lambda: {False: False, True: False}, init=False)
    """Whether the layers are counted from 0, among plain names and among gradients."""
    places: list[tuple[str | int, ...]] = field(default_factory=list)
    numbered: frozenset[str] = field(default=frozenset(), init=False)
    """The tensors that have a name with their number."""

    def __post_init__(self) -> None:
        """Modules are counted (0.weight, 2.weight are w1, w2), and numbers from 0 begin with the first layer."""
        self.numbered = frozenset(
            tensor for name in self.names for bare in (name, *_without_mark(name)) if bare[-1:].isdigit()
            and (said := self._numbered(bare)) and (tensor := self._known(*said)))
        for name in self.names:
            for bare in {name: None, **dict.fromkeys(_without_mark(name))}:
                found = _module(bare)
                if found and found[1] not in self.places:
                    self.places.append(found[1])
        if all(isinstance(part, int) for place in self.places for part in place):
            self.places.sort()
        plain = any(self._numbered(name) == ("w", 0) for name in self.names)
        marked = any(self._numbered(bare) == ("w", 0) for name in self.names for bare in _without_mark(name))
        self.zero = {False: plain, True: plain or marked}

    def meant(self, name: str) -> Meant | None:
        plain = self.tensor(name)
        if plain:
            return Meant(plain, gradient=name not in self.tensors and name.lower().startswith("delta"))
        stripped = PARAMETER.fullmatch(name)
        if stripped and (found := self.tensor(stripped[1])):
            return Meant(found)
        for bare in _without_mark(name):
            inner = next(filter(None, (self.tensor(b, True) for b in (bare, *_without_mark(bare)))), "")
            if inner:
                return Meant(inner, gradient=True)
        return None

    def tensor(self, name: str, marked: bool = False) -> str:
        """The tensor that is called so, or nothing; `marked` where the name stood behind the mark of a gradient."""
        first = int(self.zero[marked])
        if name in self.tensors and not (first and name[:1] in "wb"):
            return name
        numbered = self._numbered(name)
        if numbered is not None:
            return self._known(*numbered, first if numbered[0] in "wb" else 0)
        module = _module(name)
        if module is None:
            return ""
        place = self.places.index(module[1]) if module[1] in self.places else 0
        return self._known(module[0], place + 1)

    def _numbered(self, name: str) -> tuple[str, int | None] | None:
        match = NUMBERED.fullmatch(name)
        if match is None:
            return ("x", None) if name.lower() in LETTERS["x"] else None
        whole = next((key for key, words in LETTERS.items() if name.lower() in words and self._known(key, None)), "")
        if whole:
            return whole, None
        letter = next((k for k, words in LETTERS.items() if match[1].lower().rstrip("_") in words), "")
        return (letter, int(match[2]) if match[2] else None) if letter else None

    def _known(self, letter: str, number: int | None, first: int = 0) -> str:
        """The model's name: w2 for (w, 2); where no number is written the only one of its letter, W beside W2."""
        if number is None:
            alone = [t for t in self.tensors if re.fullmatch(rf"{letter}\d*", t) and t not in self.numbered]
            return alone[0] if len(alone) == 1 else ""
        wanted = f"{letter}{number + first}"
        return wanted if wanted in self.tensors else ""


def read_names(names: Iterable[str], tensors: Sequence[str]) -> tuple[dict[str, Meant], list[str]]:
    """What each name means; and a sentence for each that means nothing, with the nearest that would."""
    every = [name for name in names if len(name) <= LONGEST]
    spellings, found, unread = Spellings(tensors, every), dict[str, Meant](), []
    gradients = [f"d{tensor}" for tensor in tensors]
    for name in every:
        meant = spellings.meant(name)
        if meant is None:
            unread.append(f"'{clip(name)}' is no tensor of the model nor the gradient of one. "
                          + nearest(name, [*tensors, *gradients]))
        elif meant in found.values():
            other = next(n for n, m in found.items() if m == meant)
            unread.append(f"'{clip(name)}' and '{clip(other)}' both mean {meant.tensor}; the first was taken.")
        else:
            found[name] = meant
    return found, unread


def _without_mark(name: str) -> list[str]:
    return [match[1] for pattern in GRADIENT if (match := pattern.fullmatch(name))]


def _module(name: str) -> tuple[str, tuple[str | int, ...]] | None:
    """(letter, place) of `layers.0.weight`; the place counts by its number where it has one."""
    match = MODULE.fullmatch(name)
    if match is None or not match[1]:
        return None
    digits = re.findall(r"\d+", match[1])
    return match[2].lower()[0].replace("k", "w"), (int(digits[-1]),) if digits else (match[1],)
