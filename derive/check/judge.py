r"""Whether a claim holds in a context: the links of a = b = c, one by one, at random points.

    dC/dw = \delta a^T      right in the first layout in which every link holds

In: the text of a claim. Out: `Judgement`. A claim that fails in the layout which the context leaves open is tried in
the others before anything is called wrong; unproved coverage makes it undecided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from derive.check.compare import CONFLICT, DIFFERENT, EQUAL, NOTHING, Outcome, Points, compare, free_letters
from derive.check.readings import readings
from derive.claims import terms as T
from derive.claims.bounds import Meter
from derive.claims.context import Context
from derive.claims.demands import demanded
from derive.claims.einstein import einstein
from derive.claims.naming import COST
from derive.claims.refused import Conflict, Refused
from derive.errors import DeriveError
from derive.written.python.read import is_program
from derive.written.tree import Relations, Span

LAYOUTS = ("mixed", "denominator", "numerator", "rows")
"""mixed: gradients as what they are by, Jacobians out x in. rows: as mixed, but by a vector the gradient is a row."""
DECLARED = {"numerator": ("numerator", "rows"), "shaped": ("mixed", "denominator")}
"""Who says numerator layout often writes the gradient by a matrix in the shape of the matrix all the same."""
DRAWS = 2
EQUALITIES = ("=", "equiv", ":=", "approx", "<-")
ARROWS = ("to",)


@dataclass(frozen=True)
class Judgement:
    """`kind` is equal, different, conflict, nothing, open (cannot be said) or unread; `links` one outcome a link."""

    kind: str
    links: tuple[Outcome, ...] = ()
    layout: str = ""
    what: str = ""
    span: Span | None = None
    do: str = ""
    tree: Relations | None = None
    terms: tuple[T.Term, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """The first link that does not hold."""
        return next((one for one in self.links if one.kind != EQUAL), None)


@dataclass
class Judge:
    """Judges claims in one context; random points are shared between them."""

    context: Context
    points: dict[frozenset[tuple[str, int]], Points] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)

    @cached_property
    def layouts(self) -> tuple[str, ...]:
        return DECLARED.get(self.context.layout, (self.context.layout,)) if self.context.layout else LAYOUTS

    def judge(self, claim: str, draws: int = DRAWS, layouts: tuple[str, ...] = ()) -> Judgement:
        """The judgement about a text."""
        try:
            tree = self.context.read(claim)
        except DeriveError as error:
            return Judgement("unread", what=error.what, do=error.do, layout=error.where)
        try:
            terms = self.terms(tree)
            self._closed(terms)
        except Refused as refused:
            return Judgement("open" if refused.open else "unread", what=refused.what, span=refused.span,
                             do=refused.do, tree=tree)
        except Conflict as conflict:
            outcome = Outcome(CONFLICT, conflict.what, conflict.span, conflict=conflict.kind)
            return Judgement(CONFLICT, (outcome,), tree=tree, what=conflict.what, span=conflict.span)
        if len(terms) < 2:
            return Judgement("open", what="this is no equation", tree=tree, do="Write an equation: dC/dw = ...")
        return self._layouts(tree, terms, draws, layouts or (self.layouts[:1] if is_program(claim) else self.layouts))

    def terms(self, tree: Relations) -> tuple[T.Term, ...]:
        """The sides, elaborated."""
        if any(sign not in EQUALITIES for sign in (tree.signs[1:] if tree.signs[:1] == ARROWS else tree.signs)):
            sign = next(sign for sign in tree.signs if sign not in EQUALITIES)
            raise Refused(f"'{sign}' is no equality that can be proved", tree.span, "Write =.", open=True)
        letters = frozenset[str]()
        sides = []
        for part in tree.parts:
            side = self.context.term(part, letters)
            letters |= frozenset(free_letters(side))
            sides.append(side)
        sides = [self.context.term(part, letters) for part in tree.parts]
        if len(sides) > 1:
            sides[0] = self.context.updated(tree, sides[0], sides[1])
        left = free_letters(sides[0])
        return tuple(einstein(side, left) if self.context.einstein else side for side in sides)

    @staticmethod
    def _closed(terms: tuple[T.Term, ...]) -> None:
        """Every index on the right is also free on the left: a sum over it is missing, or one was captured."""
        left = set(free_letters(terms[0]))
        for term in terms[1:]:
            for name in free_letters(term):
                if name not in left:
                    span = next(n.span for n in term.walk() if isinstance(n, T.Letter) and n.name == name)
                    raise Conflict(f"the index {name} is free on the right side and does not occur on the left", span,
                                   "free index")

    def _layouts(self, tree: Relations, terms: tuple[T.Term, ...], draws: int,
                 layouts: tuple[str, ...]) -> Judgement:
        layouts = self._differing(terms, layouts)
        found: list[Judgement] = []
        for layout in layouts:
            links = self.links(terms, layout, draws)
            kind = _kind(links)
            found.append(Judgement(kind, links, layout, tree=tree, terms=terms))
            if kind == EQUAL:
                return found[-1]
        for reading in readings(self.context, terms, lambda: self.at(terms).world(layouts[0], 1)):
            for layout in layouts:
                links = self.links(reading.terms, layout + reading.name, draws)
                if _kind(links) == EQUAL:
                    return Judgement(EQUAL, links, layout + reading.name, tree=tree, terms=reading.terms)
        return min(found, key=lambda one: ("different", "conflict", "open", "nothing").index(one.kind))

    def _differing(self, terms: tuple[T.Term, ...], layouts: tuple[str, ...]) -> tuple[str, ...]:
        """The layouts that may make a difference: mixed and denominator are one where only numbers are derived."""
        found = [node for term in (*terms, *(one.body for one in self.context.definitions)) for node in term.walk()
                 if isinstance(node, T.Differential)]
        cost = self.context.cost
        costs = {COST, cost.variable.name if cost is not None else COST}
        jacobians = any(len(node.by) > 1 or not isinstance(node.of, T.Ref) or node.of.variable.name not in costs
                        for node in found)
        return layouts[:1] if not found else tuple(
            layout for layout in layouts if layout != "denominator" or layout == layouts[0] or jacobians)

    def at(self, terms: tuple[T.Term, ...]) -> Points:
        """The points for these terms: what they say of shapes that the context leaves open goes in."""
        demands = demanded(self.context, terms)
        if demands not in self.points:
            self.points[demands] = Points(self.context, demands, meter=self.meter)
        return self.points[demands]

    def links(self, terms: tuple[T.Term, ...], layout: str, draws: int) -> tuple[Outcome, ...]:
        """The outcome of every link; the first of an update w = w - ... assigns and claims nothing."""
        points, found = self.at(terms), []
        for at, (left, right) in enumerate(zip(terms, terms[1:], strict=False)):
            if at == 0 and len(terms) > 2 and _updates(left, right):
                continue
            outcome = Outcome(NOTHING)
            for number in range(1, draws + 1):
                try:
                    outcome = compare(points, left, right, layout, number)
                except Refused as refused:
                    outcome = Outcome("open", " ".join(filter(None, (refused.what + ".", refused.do))), refused.span)
                if outcome.kind != EQUAL:
                    break
            found.append(outcome)
        return tuple(found)


def _kind(links: tuple[Outcome, ...]) -> str:
    kinds = [one.kind if one.conflict != "tensor" else "open" for one in links]
    for kind in (DIFFERENT, CONFLICT, "open", NOTHING):
        if kind in kinds:
            return kind
    return EQUAL


def _updates(left: T.Term, right: T.Term) -> bool:
    """w = w - eta g: the left side is the new value."""
    return isinstance(left, T.Ref) and any(node == left for node in right.walk()) and not any(
        isinstance(node, T.Differential) for node in left.walk())
