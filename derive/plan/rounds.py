"""The views that each round of a repeat works on, as those of its first round say.

    delta_T[9] = delta[9].T     in the first round of 9, 8, ...     is     delta_T[8] = delta[8].T     in the second

In: a plan, a repeat of it, and the views that its first round asked for. Out: the views of another round.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from derive.plan.record import Plan, Repeat
from derive.plan.stepped import part_text
from derive.plan.words import Text, moved, named, text


def lies(plan: Plan, name: str) -> Text:
    """What is said of a value that has a name of its own, and lies where another one does."""
    if name in plan.parts:
        return part_text(plan, plan.parts[name])
    place = plan.place(name)
    return text("{}  # the same memory", named(plan, place)) if plan.called(name) != place else ()


def views_of_round(plan: Plan, asked: Mapping[Text, Text], repeat: Repeat, n: int,
                   known: Collection[Text]) -> dict[Text, Text]:
    """The same views in the same order, but that a value may lie elsewhere in each round: those come first."""
    begin, by = repeat.start + n * repeat.period, n * repeat.step
    refs = [ref for s in plan.statements[begin:begin + repeat.period] for ref in (s.out, *s.of)
            if s.within is None or s.within.letter not in ref.axes]  # a loop over time has names for entries
    places = {named(plan, plan.called(r.name)): lies(plan, r.name) for r in refs
              if plan.value(r).amount is None and r.name not in plan.seen}
    views = {moved(name, repeat.moving, by): moved(of, repeat.moving, by) for name, of in asked.items()}
    first = {name: of for name, of in places.items() if of and name not in views and name not in known}
    return first | {name: places.get(name) or of for name, of in views.items() if places.get(name, of)}
