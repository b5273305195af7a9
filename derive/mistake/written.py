r"""What a mistake may see: the text, its tree, and what the context knows about the names.

    \delta^l = w^{l+1} \delta^{l+1}      places: w^{l+1}, its mark l+1, \delta^{l+1}, ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from derive.mistake.writing import Writing
from derive.written.tree import Node, Relations, Scripted, Span


@dataclass(frozen=True)
class Meaning:
    """What a name stands for.

    `kind`: variable | function | index | size | derivative | constant | cost. `name` is the context's name for it
    (of a derivative: the name of the variable derived by). `role`, where known, says more: layer, time, sample,
    entry (of an index); parameter, input, activation, preactivation, regularizer (of a variable or constant).
    `shape` are its sizes as the author writes them, () for a number, None where nobody can say.
    """

    kind: str
    name: str
    role: str = ""
    shape: tuple[str, ...] | None = None
    marks: tuple[tuple[Node, str], ...] = ()
    """What hangs on a variable as a member of a family, each with its role: the l of z^{l}_j is a layer."""

    @property
    def rank(self) -> int | None:
        return None if self.shape is None else len(self.shape)


@dataclass(frozen=True)
class Known:
    r"""Something the context knows: `base` is the bare letter ("z", "\mathbf{h}"), `example` how it is written there.

    For z^{l} = w^{l} a^{l-1}: Known("z", "z^{l}", ...), Known("w", "w^{l}", ...), Known("a", "a^{l}", ...).
    """

    base: str
    example: str
    meaning: Meaning


@dataclass(frozen=True)
class Place:
    """A node and the nodes it stands in, from the side of the claim down to its parent."""

    node: Node
    above: tuple[Node, ...]
    part: int

    @property
    def parent(self) -> Node | None:
        return self.above[-1] if self.above else None


def _unknown(node: Node) -> Meaning | None:
    return None


@dataclass(frozen=True)
class Written:
    """A claim that is wrong. `sides` are the parts of the chain under suspicion: those an edit may change.

    `slopes` are slopes that the chain rule through the context needs, as text (`\\sigma'(z^{l})`); `branches` terms
    of the true derivative, as text, where the caller has them; `constants` factors that the context divides by or
    multiplies with; `context` the given equations, for the author's habits; `applied` the arguments of functions
    in them, each with the function at it. `numbers` are places in the sides
    with the numbers that belong there, where the caller has solved for them.
    """

    source: str
    tree: Relations
    sides: tuple[int, ...]
    language: str = "latex"
    meaning: Callable[[Node], Meaning | None] = _unknown
    names: tuple[Known, ...] = ()
    slopes: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    elementwise: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    applied: tuple[tuple[str, str], ...] = ()
    numbers: tuple[tuple[int, Span, str], ...] = ()
    writing: Writing = field(init=False, compare=False)

    def __post_init__(self) -> None:
        habits = Writing.seen(self.source, self.tree, self.language, self.context, self.elementwise)
        object.__setattr__(self, "writing", habits)

    def text(self, node: Node) -> str:
        return self.source[node.span.start:node.span.stop]

    def places(self, left: bool = False) -> Iterator[Place]:
        """Every node of the sides under suspicion, outside in; the left side of the claim only if asked for.

        What has a meaning as a whole (dW, a delta) is not taken apart, but for the marks it carries.
        """
        for part in self.sides:
            if part or left or len(self.tree.parts) == 1:
                yield from self._below(self.tree.parts[part], (), part)

    def _below(self, node: Node, above: tuple[Node, ...], part: int) -> Iterator[Place]:
        yield Place(node, above, part)
        if not isinstance(node, Scripted) and self.meaning(node) is not None:
            return
        for child in node.children():
            yield from self._below(child, (*above, node), part)
