r"""What somebody wrote, as a tree that takes no side yet.

    \delta^l = W^{[2]T} x      Relations((delta^l, Juxt(W^{[2]T}, x)), ("=",))

A reader (LaTeX, Python) makes it; what a letter means, whether `a(1-a)` is a product or a call, and which of
the marks in `W^{[2]T}` is a transpose is decided later, by the context of the claim. Every node knows where
in the source it stands, so that a correction can be shown in the author's own text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar


@dataclass(frozen=True)
class Span:
    """Offsets into the source: from `start` up to, without, `stop`."""

    start: int
    stop: int


@dataclass(frozen=True)
class Node:
    """A piece of a formula. Two nodes are equal when they say the same, wherever they stand."""

    span: Span = field(compare=False)

    def children(self) -> list[Node]:
        found: list[Node] = []
        for name in field_names(type(self)):
            _nodes(getattr(self, name), found)
        return found

    def walk(self) -> Iterator[Node]:
        """This node and all below it, from left to right."""
        front: list[Node] = [self]
        while front:
            one = front.pop()
            yield one
            front += reversed(one.children())


_FIELDS: dict[type[object], tuple[str, ...]] = {}


def field_names(kind: type[object]) -> tuple[str, ...]:
    """The fields of a kind of node but for its place, looked up once."""
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(one.name for one in fields(kind) if one.name != "span")  # type: ignore[arg-type]
    return _FIELDS[kind]


def _nodes(value: object, found: list[Node]) -> None:
    if isinstance(value, Node):
        found.append(value)
    elif isinstance(value, tuple):
        for one in value:
            _nodes(one, found)


@dataclass(frozen=True)
class Number(Node):
    """A decimal number, kept as text: it is exact."""

    text: str


@dataclass(frozen=True)
class Name(Node):
    r"""One letter or word: `w`, `delta` for \delta, `loss` for \mathrm{loss}, `top` for \top, `1` for \mathbb{1}.

    `accents` from the inside out: hat, tilde, bar, dot, vec, ...; `font`: "" | "bold" | "cal" | "bb" | "rm" | "sf".
    """

    letter: str
    accents: tuple[str, ...] = ()
    font: str = ""


ENTRYWISE = "odot"
"""What stands in place of a bracket where a power is meant entry by entry."""


@dataclass(frozen=True)
class Mark(Node):
    r"""One thing in a superscript or subscript: `[2]` or `(l-1)` with its brackets, or what stands bare.

    `W^{[2]T}` has the marks ("[", 2) and ("", T); `x_{i,j}` the one mark ("", List(i, j)). A power of each entry,
    `h^{\odot 2}`, has the sign in place of a bracket.
    """

    bracket: str
    content: Node


@dataclass(frozen=True)
class Scripted(Node):
    """`base` with what hangs below and above it, and its primes."""

    base: Node
    below: tuple[Mark, ...] = ()
    above: tuple[Mark, ...] = ()
    primes: int = 0


@dataclass(frozen=True)
class Group(Node):
    r"""Brackets: "(" "[" "\{" "|" "\|" "<"; or the invisible braces "{" where they hold more than one thing."""

    bracket: str
    content: Node


@dataclass(frozen=True)
class Listing(Node):
    """Things parted by commas (or semicolons): indices, arguments."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Negative(Node):
    """`-x`. A leading plus leaves no trace."""

    content: Node


@dataclass(frozen=True)
class Add(Node):
    """`terms[0] + terms[1] - ...`; a subtracted term is a Negative whose span includes the sign."""

    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Product(Node):
    r"""Factors side by side. `signs[i]` stands between factors i and i+1; "" is juxtaposition.

    The others: "." (\cdot) "*" (* \ast) "x" (\times) "odot" "circ" "otimes" "@" "/". Juxtaposition binds tighter
    than any sign, so `A \odot B C` is Product((A, Product((B, C), ("",))), ("odot",)).
    """

    factors: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Fraction(Node):
    r"""\frac{top}{bottom}, also \dfrac, \tfrac, \cfrac, {top \over bottom}."""

    top: Node
    bottom: Node


@dataclass(frozen=True)
class Derivative(Node):
    r"""\frac{\partial C}{\partial w}, \frac{d}{dx}(...), \nabla_W J, \partial_w h.

    `sign` is "partial" | "d" | "nabla" | "broken" (a \partial is missing above or below: \frac{\partial C}{w}).
    `of` is None where the operator stands alone. `order` is 2 for \partial^2 C. `plus` for \partial^+ h.
    """

    sign: str
    of: Node | None
    by: tuple[Node, ...]
    order: int = 1
    plus: bool = False


@dataclass(frozen=True)
class Big(Node):
    r"""\sum, \prod, \max, \min over indices: `kind` "sum" | "prod" | "max" | "min" | "argmax".

    \sum_{j=1}^{n}: indices (j,), lower 1, upper n. \sum_{j \ne y_i}: indices (j,), condition (j != y_i).
    \sum alone: no indices. \sum_{c, k}: two. The body reaches to the next + or - of the same level.
    """

    kind: str
    indices: tuple[Node, ...]
    body: Node
    lower: Node | None = None
    upper: Node | None = None
    condition: Node | None = None


@dataclass(frozen=True)
class Call(Node):
    r"""A function that LaTeX or Python itself knows: \exp, \ln, \tanh, \max(a, b), \sqrt, \operatorname{diag}.

    `name` is canonical: exp, log, tanh, sqrt, max, min, sin, cos, diag, softmax, ...
    """

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Cases(Node):
    r"""\begin{cases} value & condition \\ ... \end{cases}; no condition: otherwise."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Matrix(Node):
    """A matrix written out."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Dots(Node):
    r"""\dots in a product or sum: nobody can say what it leaves out."""


@dataclass(frozen=True)
class Text(Node):
    r"""Words within a formula, \text{if}, that are no operator."""

    text: str


@dataclass(frozen=True)
class Relations(Node):
    r"""a = b = c. `signs`: "=" "equiv" ":=" "<-" "<" ">" "<=" ">=" "!=" "approx" "propto" "in" "to".

    A formula without a relation has one part.
    """

    parts: tuple[Node, ...]
    signs: tuple[str, ...] = ()


_N = TypeVar("_N", bound=Node)


def mapped(node: _N, rule: Callable[[Node], Node]) -> _N:
    """The tree with the rule applied to every node, from the leaves up."""
    changes = {}
    for name in field_names(type(node)):
        value = getattr(node, name)
        if (changed := _mapped(value, rule)) is not value:
            changes[name] = changed
    return rule(replace(node, **changes) if changes else node)  # type: ignore[arg-type, return-value]


def _mapped(value: object, rule: Callable[[Node], Node]) -> object:
    if isinstance(value, Node):
        return mapped(value, rule)
    if isinstance(value, tuple) and value:
        found = tuple(_mapped(one, rule) for one in value)
        return found if any(a is not b for a, b in zip(found, value, strict=True)) else value
    return value
