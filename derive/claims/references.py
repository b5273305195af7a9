r"""A letter with its marks, looked up: which variable it is, at which marks, which entries of it.

    W^{[2]T}_{jk}  with W a family over [l]      Transposed(Ref(W, (2,))) at (j, k)

In: what hangs on a letter, and a vocabulary. Out: the variable, and what each mark is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from derive.claims.lines import label
from derive.claims.refused import Refused
from derive.claims.spelling import Hanging, Spelled, is_transpose, names_in
from derive.claims.terms import Slot, Variable
from derive.claims.vocabulary import TOTAL, Vocabulary
from derive.errors import nearest
from derive.written.tree import ENTRYWISE, Name, Node, Number, Text


@dataclass(frozen=True)
class Found:
    """A variable, and what hangs on it: the nodes of its marks, of entries, of powers; transposed or not."""

    variable: Variable
    marks: tuple[Node, ...]
    entries: tuple[Node, ...] = ()
    after: tuple[Hanging, ...] = ()
    """Transposes and powers, in the order in which they act."""


def find(one: Spelled, letter: str, vocabulary: Vocabulary) -> Found | None:
    """The variable that is meant, or None where the letter is none of the context's."""
    hangings = one.hangings
    if not hangings and (total := vocabulary.variables.get(TOTAL + letter)) is not None:
        return Found(total, ())
    labelled = any(name.startswith((f"{letter}_", f"{letter}^")) for name in vocabulary.variables)
    for count in range(len(hangings) if labelled else 0, -1, -1):
        for labels in combinations(range(len(hangings)), count):
            name = letter + "".join(label(hangings[i]) for i in labels)
            variable = vocabulary.variables.get(name)
            rest = tuple(h for i, h in enumerate(hangings) if i not in labels)
            if variable is not None and (found := _filled(variable, rest)) is not None:
                return found
    return None


def known(one: Spelled, letter: str, vocabulary: Vocabulary) -> list[Variable]:
    """The variables of that letter, whatever hangs on them."""
    return [v for name, v in vocabulary.variables.items() if name.split("_")[0].split("^")[0] == letter]


def missing(one: Spelled, letter: str, vocabulary: Vocabulary) -> Refused:
    """Why a letter could not be looked up."""
    near = known(one, letter, vocabulary)
    if near:
        family = near[0]
        told = [f"{slot.place} in '{slot.bracket or 'no'}' brackets ({slot.kind})" for slot in family.slots]
        needs = f"Its marks in the given equations: {', '.join(told)}." if told else \
            f"They have {', '.join(one.name for one in near)}."
        return Refused(f"the marks on '{letter}' are not those of the given equations", one.node.span, needs)
    variables = {name.removeprefix(TOTAL) for name in vocabulary.variables}
    names = sorted({*variables, *vocabulary.functions, *vocabulary.sizes})
    hint = nearest(letter, names) if names else ""
    return Refused(f"the context does not say what '{letter}' is", one.node.span,
                   f"Add an equation that defines it to the given ones. {hint}".strip())


def _filled(variable: Variable, hangings: tuple[Hanging, ...]) -> Found | None:
    rest, marks = list(hangings), []
    for slot in variable.slots:
        at = _match(slot, rest)
        if at is None:
            return None
        marks.append(rest.pop(at).node)
    entries: tuple[Node, ...] = tuple(h.node for h in rest if h.place == "below")
    after = tuple(h for h in rest if h.place == "above")
    examples = [h for h in after if h.bracket and names_in(h.node)]
    if len(examples) == 1 and not entries and variable.name.split(" ")[-1][:1].isupper():
        colon = Text(examples[0].node.span, ":")
        entries, after = (colon, examples[0].node), tuple(h for h in after if h is not examples[0])
    if any(h.bracket and not _number(h.node) for h in after) or any(not _acts(h) for h in after):
        return None
    return Found(variable, tuple(marks), entries, after)


def _match(slot: Slot, rest: list[Hanging]) -> int | None:
    """The first thing that hangs in the slot's place; the same brackets are better than others."""
    def fits(h: Hanging) -> bool:
        turned = is_transpose(h.node) and not h.bracket and not (slot.kind == "time" and h.place == "below")
        return h.place == slot.place and not turned and h.bracket != ENTRYWISE

    same = [i for i, h in enumerate(rest) if fits(h) and h.bracket == slot.bracket]
    other = [i for i, h in enumerate(rest) if fits(h) and (bool(h.bracket) or slot.kind != "index")]
    typed = [i for i, h in enumerate(rest) if slot.kind == "layer" and slot.place == "above" and h.place == "below"
             and not h.bracket and isinstance(h.node, Number)]
    return next(iter(same or other or typed), None)


def _number(node: Node) -> bool:
    return isinstance(node, Number)


def _acts(hanging: Hanging) -> bool:
    """Whether what stands above can be a transpose or a power."""
    if is_transpose(hanging.node) or hanging.bracket in ("", ENTRYWISE):
        return not (isinstance(hanging.node, Name) and hanging.node.letter in ("l", "L"))
    return False
