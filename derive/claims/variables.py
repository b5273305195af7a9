r"""A name as it hangs together on paper becomes a variable: which of its marks are slots, which are part of its name.

    W^{[l]}_{j k}      is the variable W with a slot for the layer;      W_{hh}      is the variable W_hh

In: spelled names, what is known so far. Out: variables, in the vocabulary.
"""

from __future__ import annotations

from derive.claims.lines import label
from derive.claims.references import find
from derive.claims.spelling import Hanging, Spelled, is_transpose, names_in
from derive.claims.terms import Kind, Slot, Variable
from derive.claims.vocabulary import Vocabulary, kind_of, sort
from derive.written.tree import Number


def add_variable(one: Spelled, bound: frozenset[str], found: Vocabulary, all_slots: bool = False,
                 squares: bool = False) -> None:
    """The variable of a name, unless another line says it with more slots; `squares`: x^2 is a name of its own."""
    if _is_known(one, found):
        return
    labels: list[str] = []
    slots: list[Slot] = []
    turned = any(is_transpose(hanging.node) for hanging in one.hangings)
    family = found.variables.get(one.letter)
    above = family is not None and any(s.place == "above" for s in family.slots)
    steps: list[Kind] = [s.kind for s in family.slots if s.kind in ("layer", "time") and s.place == "below"
                         and not s.bracket] if family is not None else []
    array = found.said.declares_array(one.letter, len(one.hangings))
    for hanging in one.hangings:
        match sort(hanging, bound, found, all_slots=all_slots or turned):
            case "label" if array and isinstance(hanging.node, Number):
                continue  # x_1 where x is declared a vector
            case "label" if steps and hanging.place == "below" and not slots \
                    and all(name in found.sizes for name in names_in(hanging.node)):
                slots.append(Slot(hanging.place, hanging.bracket, steps[0]))
            case "label":
                labels.append(label(hanging))
            case "power" if squares and not above and not hanging.bracket and not is_transpose(hanging.node):
                labels.append(label(hanging))
            case "slot":
                slots.append(Slot(hanging.place, hanging.bracket, kind_of(hanging.node, found)))
    name = "".join((one.letter, *labels))
    before = found.variables.get(name)
    if before is None or len(slots) > len(before.slots):
        found.variables[name] = Variable(name, tuple(slots))


def _is_known(one: Spelled, found: Vocabulary) -> bool:
    """Whether it was declared as it stands, or is a number: e^x where no array is called e, a bold 1."""
    declared = find(one, one.letter, found) if found.exact else None
    if declared is not None and declared.variable.name in found.exact:
        return True
    euler = any(hanging.place == "above" for hanging in one.hangings) and "e" not in found.variables \
        and all(shape.name.letter != "e" for shape in found.said.shapes)
    return one.letter in ("e", "1") and one.name.font in ("", "bold", "bb") and (one.letter == "1" or euler)


def add_declared(one: Spelled, found: Vocabulary) -> None:
    """A name as it is declared: marks of a declared kind (t: time) are slots, all others part of the name."""
    slots = tuple(Slot(h.place, h.bracket, kind_of(h.node, found)) for h in one.hangings if _kinds(h, found))
    name = name_of(one, found)
    found.variables[name] = Variable(name, slots)
    found.exact.add(name)


def name_of(one: Spelled, found: Vocabulary) -> str:
    """The letter with what is part of its name."""
    return "".join((one.letter, *(label(h) for h in one.hangings if not _kinds(h, found))))


def _kinds(hanging: Hanging, found: Vocabulary) -> bool:
    return any(letter in found.said.kinds for letter in names_in(hanging.node))


def letters_in(name: Spelled) -> frozenset[str]:
    return frozenset(letter for hanging in name.hangings for letter in names_in(hanging.node)
                     if hanging.place == "below" or not is_transpose(hanging.node))
