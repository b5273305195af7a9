r"""Other ways to read a claim than as it stands: conventions, tried before anything is called wrong.

    \frac{\partial h_3}{\partial h_1} = \prod_t ...      " reversed": the product begins with its last factor

In: the terms of a claim, the context. Out: `Reading`s: a mark after the name of the layout, and the terms to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.products import FLAT
from derive.claims.slices import sliced
from derive.claims.world import World

LINKS = " links"
"""After a layout: derivatives of inner variables are single links of the chain rule."""
REVERSED = " reversed"
"""After a layout: products over an index are written from the last factor to the first."""
COUNTED = " counted otherwise"
"""After a layout: the indices of the claim count from 0 where those of the given lines count from 1, or the reverse."""
BEYOND = " zero beyond"
"""After a layout: entries beyond the edges of an array are 0."""
SLICED = " sliced"
"""After a layout: what one index picks of an array of two axes is a column."""

@dataclass(frozen=True)
class Reading:
    """`name` goes after that of a layout."""

    name: str
    terms: tuple[T.Term, ...]


def readings(context: Context, terms: tuple[T.Term, ...], world: Callable[[], World]) -> Iterator[Reading]:
    """Those that may make a claim right that does not hold as it stands."""
    nodes = [node for term in terms[1:] for node in term.walk()]
    if any(isinstance(node, T.Differential) for node in nodes):
        yield Reading(LINKS, terms)
    if any(isinstance(node, T.Reduced) and node.kind == "prod" for node in nodes):
        yield Reading(REVERSED, terms)
    if _flat(terms[-1]):
        yield Reading(FLAT, (*terms[:-1], T.Transposed(terms[-1].span, terms[-1])))
    refs = [node for term in terms for node in term.walk() if isinstance(node, T.Ref | T.Entry)]
    if windowed(terms):
        yield from (Reading(name, terms) for name in (COUNTED, BEYOND, COUNTED + BEYOND))
    if any(isinstance(node, T.Ref) and len(node.entries) == 1 for node in refs):
        yield from (Reading(SLICED, one) for one in sliced(terms, world().planes, context.axes))


def _flat(term: T.Term) -> bool:
    """A sum over an axis that is not kept, or a multiple of one: it lies as that which it is compared with."""
    if isinstance(term, T.Times | T.Over | T.Opposite):
        return any(_flat(one) for one in term.children())
    return isinstance(term, T.Whole) and term.kind.endswith(FLAT)


def windowed(terms: Iterable[T.Term]) -> bool:
    """Whether an index is calculated with: x_{i+u-1}."""
    return any(isinstance(entry, T.Sum | T.Times) for term in terms for node in term.walk()
               if isinstance(node, T.Ref | T.Entry) for entry in node.entries)


def prepare(world: World, layout: str) -> None:
    """Let a point read claims so."""
    world.links, world.reversed = LINKS in layout, REVERSED in layout
    world.reading = {**({"first": 1 - world.context.first} if COUNTED in layout else {}),
                     **({"beyond": 1} if BEYOND in layout else {})}


def told(layout: str, context: Context) -> str:
    """How indices were read, where it is not as the given lines have them."""
    said = {COUNTED: f"with indices that count from {1 - context.first}",
            BEYOND: "where entries beyond the edges are 0",
            SLICED: "where one index of a matrix picks a column vector"}
    return " and ".join(text for name, text in said.items() if name in layout)
