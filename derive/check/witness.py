"""The second witness and the small point: real numbers beside the exact ones.

In: the points of a context and a judgement. Out: whether 40-digit numbers agree with it, what no point has covered,
and numbers that a person can follow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.check.compare import AGAIN, DIFFERENT, Points, attempts, compare, instances
from derive.check.judge import DRAWS, Judgement
from derive.check.verdict import Counterexample
from derive.claims import terms as T
from derive.claims.arrays import OnesLike, Tensor, written_out
from derive.claims.context import Context
from derive.claims.evaluate import Evaluation
from derive.claims.inference import Elsewhere
from derive.claims.refused import Conflict, Refused
from derive.points import Unlucky
from derive.points.dual import number

CLOSE = 1e-25
LARGE = 20
MOST_LARGE = 20
"""So many points may have such numbers."""
MORE = 8
FEW_VALUES = {"binary", "one-hot", "class"}
"""Two points may well have the same."""
KINKED = ("relu", "max", "min", "abs", "sign", "step", "leaky_relu")


def witnessed(points: Points, found: Judgement, equal: bool = True) -> bool:
    """Whether the real values say the same: equal to 25 digits, or different somewhere."""
    more = MOST_LARGE if equal else 0
    seen = [_near(points, left, right, found.layout, draw, more)
            for left, right in zip(found.terms, found.terms[1:], strict=False) for draw in range(1, 1 + DRAWS)]
    known = [one for one in seen if one is not None]
    return all(known) if equal else not known or not all(known)


def _near(points: Points, left: T.Term, right: T.Term, layout: str, draw: int, more: int) -> bool | None:
    """Whether the sides are near each other; at `more` points where the numbers of one are too large to tell."""
    for attempt in attempts(points, draw, "real"):
        evaluation = points.evaluation(layout, draw + AGAIN * attempt, "real")
        try:
            for env in instances(evaluation, left, right):
                try:
                    one, other = evaluation.term(left, env), evaluation.term(right, env)
                except Elsewhere:
                    continue
                if not _close(*written_out(one, other, left.span)):
                    if attempt < more and _large(evaluation):
                        raise Unlucky
                    return False
            points.lucky[draw, "real"] = attempt
            return True
        except (Unlucky, ZeroDivisionError):
            continue
        except (Conflict, Refused):
            return None
    return None


def _large(evaluation: Evaluation) -> bool:
    """Whether numbers are so large here that 40 digits may not be enough: for 1 - tanh(50)^2, for powers of them."""
    return any(abs(one) > LARGE for value in evaluation.values.values() for one in _flat(value))


def _close(one: Any, other: Any) -> bool:
    pairs = zip(_flat(one), _flat(other), strict=False)
    return all(abs(a - b) <= CLOSE * (1 + abs(a) + abs(b)) for a, b in pairs)


def _flat(value: Any) -> list[Any]:
    values = value.ravel() if isinstance(value, np.ndarray) else [getattr(value, "one", value)]
    return [getattr(number(one), "real", 0) for one in values if not hasattr(one, "array")]


def kinked(context: Context, found: Judgement) -> bool:
    """Whether there are cases in a claim, or in what its letters mean: an indicator, a maximum, a kink, a letter that
    has few values."""
    if any(traits & FEW_VALUES for traits in context.said.traits.values()):
        return True
    return any(cased(node) for term in (*found.terms, *(one.body for one in context.definitions))
               for node in term.walk())


def cased(node: T.Term) -> bool:
    return isinstance(node, T.Compared | T.Indicated | T.Chosen) or isinstance(node, T.Applied) \
        and node.function.known in KINKED


def covered(points: Points, found: Judgement) -> str:
    """What was never seen on both sides, or never different from zero, after some more points; empty if all was."""
    for more in range(MORE):
        missing = _missing(points, found)
        if not missing:
            return ""
        for left, right in zip(found.terms, found.terms[1:], strict=False):
            from_here = 10 + more
            _evaluate(points, left, right, found.layout, from_here)
    return missing


def connected(points: Points, found: Judgement) -> bool:
    """Whether the claim says more than 0 = 0: a derivative by what the cost does not depend on proves nothing."""
    if not any(isinstance(node, T.Differential) for node in found.terms[0].walk()):
        return True
    if any(isinstance(side, T.Constant) for side in found.terms):
        return True
    draws = (*range(1, 1 + MORE), *(1 + AGAIN * attempt for attempt in attempts(points, 1, "exact")))
    return any(_nonzero(points.evaluation(found.layout, draw), found.terms) for draw in draws)


def apart(points: Points, found: Judgement) -> str:
    """A derivative between two letters that the given lines define without any path between them; or nothing."""
    world = points.world(found.layout, 1)
    defined = {one.variable.name for one in points.context.definitions if one.alias is None}
    for node in (node for term in found.terms for node in term.walk() if isinstance(node, T.Differential)):
        of = node.of.variable.name if isinstance(node.of, T.Ref) else ""
        for by in (ref.variable.name for ref in node.by):
            if {of, by} <= defined and by not in world.reaches(of) and of not in world.reaches(by):
                return f"The given lines do not say how {of} depends on {by}."
    return ""


def _nonzero(evaluation: Evaluation, terms: tuple[T.Term, ...]) -> bool:
    """Whether the first side differs from zero anywhere at a point."""
    for env in instances(evaluation, *terms[:2]):
        try:
            value = evaluation.term(terms[0], env)
        except (Elsewhere, Conflict, Refused, Unlucky, ZeroDivisionError):
            continue
        entries = value.array.ravel() if isinstance(value, Tensor) else np.atleast_1d(value).ravel()
        if any(not isinstance(one, OnesLike) and one != 0 for one in entries):
            return True
    return False


def _missing(points: Points, found: Judgement) -> str:
    worlds = [world for (layout, _, kind), world in points.worlds.items() if layout == found.layout and kind != "small"]
    sides: dict[Any, set[int]] = {}
    here = _sites(points.context, found)
    for world in worlds:
        for site, seen in world.draw.sides.items():
            if site in here or isinstance(site, tuple) and site[0] in here:
                sides.setdefault(site, set()).update(seen)
    if any(len(seen - {0}) < 2 for seen in sides.values()):
        return "A case of a maximum, an indicator or a kink never came up at the points that were tried."
    sums = {term for one in found.terms for node in one.walk() if isinstance(node, T.Sum) for term in node.terms
            if any(map(cased, term.walk()))}
    shown = {term for world in worlds for term, seen in world.nonzero.items() if seen}
    looked = {term for world in worlds for term in world.nonzero}
    if any(term in looked and term not in shown for term in sums):
        return "A term was zero at every point that was tried."
    return ""


def _sites(context: Context, found: Judgement) -> set[T.Site]:
    """Where this claim and the given lines have cases; another claim was judged at the same points."""
    bodies = (*(one.body for one in context.definitions), *(one.body for one in context.formulas.values()))
    return {node.site for term in (*found.terms, *bodies) for node in term.walk()
            if cased(node) or isinstance(node, T.Reduced) and node.kind != "sum"}


def _evaluate(points: Points, left: T.Term, right: T.Term, layout: str, at: int) -> None:
    evaluation = points.evaluation(layout, at)
    try:
        for env in instances(evaluation, left, right):
            evaluation.term(left, env), evaluation.term(right, env)
    except (Unlucky, ZeroDivisionError, Elsewhere, Conflict, Refused):
        return


def small_point(points: Points, found: Judgement) -> Counterexample | None:
    """The two sides in numbers such as 1, 2 and 1/2, where they differ."""
    outcome = found.outcome
    at = found.links.index(outcome) if outcome in found.links else 0
    pairs = list(zip(found.terms, found.terms[1:], strict=False))[-len(found.links):]
    if outcome is None or outcome.kind != DIFFERENT or at >= len(pairs):
        return None
    for number_ in range(1, 6):
        shown = _small(points, *pairs[at], found.layout, number_)
        if shown is not None:
            return shown
    return None


def _small(points: Points, left: T.Term, right: T.Term, layout: str, at: int) -> Counterexample | None:
    outcome = compare(points, left, right, layout, at, "small")
    if outcome.kind != DIFFERENT:
        return None
    point = [(name + _marks(marks), _told(value)) for (name, marks), value in points.evaluation(
        layout, at, "small").values.items() if not any(d.variable.name == name for d in points.context.definitions)]
    entry = ", ".join([*(f"{name} = {value}" for name, value in outcome.at),
                       *(f"{side} {i + 1}" for side, i in zip(("row", "column"), outcome.entry, strict=False))])
    return Counterexample(tuple(point), _told(outcome.left), _told(outcome.right), entry)


def _marks(marks: tuple[int, ...]) -> str:
    return "^" + ",".join(map(str, marks)) if marks else ""


def _told(value: Any) -> str:
    if isinstance(value, np.ndarray):
        rows = ["[" + ", ".join(_told(one) for one in row) + "]" for row in np.atleast_2d(value)]
        return rows[0] if len(rows) == 1 else "[" + ", ".join(rows) + "]"
    real = float(getattr(number(value), "real", value))
    return f"{real:.6g}"
