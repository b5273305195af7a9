r"""What the equations of a context say of its letters, beyond their values.

    z = w a + b, C = \ell(a)      w stands left in a product, C is the cost

In: definitions and declarations. Out: roles: the cost, left factors, divisors; whether the lines tell arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from derive.claims import terms as T
from derive.claims.definitions import Definition
from derive.claims.elaborate import Elaboration
from derive.claims.refused import Refused
from derive.claims.usual import SCALARS
from derive.claims.vocabulary import Vocabulary
from derive.claims.where import Said
from derive.written import tree as W


@dataclass(frozen=True)
class Roles:
    """What follows from `definitions` and `said`, which a context has."""

    @property
    def definitions(self) -> tuple[Definition, ...]:
        raise NotImplementedError

    @property
    def vocabulary(self) -> Vocabulary:
        raise NotImplementedError

    @property
    def said(self) -> Said:
        raise NotImplementedError

    @cached_property
    def cost(self) -> T.Ref | None:
        """The last number that the lines define and that no other line reads."""
        read_by = {ref.variable.name for one in self.definitions for ref in one.body.walk() if isinstance(ref, T.Ref)
                   if ref.variable != one.variable}
        of = [node.of for one in self.definitions for node in one.body.walk() if isinstance(node, T.Differential)]
        named = [ref for ref in of if isinstance(ref, T.Ref)]
        last = [T.Ref(one.body.span, one.variable) for one in self.definitions
                if one.variable.name not in read_by and not one.marks and not one.letters
                and not any(isinstance(node, T.Differential) for node in one.body.walk())]
        return named[-1] if named else last[-1] if last else None

    @cached_property
    def left_factors(self) -> frozenset[str]:
        """Variables that no line defines, on the left of a product side by side."""
        defined = {one.variable.name for one in self.definitions}
        return frozenset(node.left.variable.name for one in self.definitions for node in one.body.walk()
                         if isinstance(node, T.Times) and node.sign == "" and isinstance(node.left, T.Ref)
                         and isinstance(node.right, T.Ref) and not node.left.entries
                         and not (one.entries and node.right.entries)
                         and node.left.variable.name not in defined
                         and node.left.variable.name.split("_")[0].split("^")[0] not in SCALARS)

    @cached_property
    def divisors(self) -> frozenset[str]:
        """Variables that something is divided by: numbers, even capital ones, such as the N of 1/N."""
        return frozenset(node.bottom.variable.name for one in self.definitions for node in one.body.walk()
                         if isinstance(node, T.Over) and isinstance(node.bottom, T.Ref))

    @cached_property
    def about_arrays(self) -> bool:
        """Whether the lines themselves speak of arrays: a function of all entries, a norm, a softmax, a shape."""
        functions = any(isinstance(node, T.Applied) and (node.function.scalar or node.function.known == "softmax")
                        or isinstance(node, T.Whole) for one in self.definitions for node in one.body.walk())
        return functions or any(shape.sizes for shape in self.said.shapes)

    @cached_property
    def tells_arrays(self) -> bool:
        """Whether the lines themselves tell numbers from arrays."""
        return any(tells_arrays(node) for one in self.definitions for node in one.body.walk())

    def declared(self, node: W.Node) -> T.Ref | None:
        """The variable that a declaration is about."""
        try:
            term = Elaboration(self.vocabulary).term(node)
        except Refused:
            return None
        return term if isinstance(term, T.Ref) else None

    @cached_property
    def planar(self) -> frozenset[str]:
        """Variables that are declared with two sizes."""
        return frozenset(term.variable.name for shape in self.said.shapes if len(shape.sizes) == 2
                         and (term := self.declared(shape.name.node)) is not None)

    @cached_property
    def axes(self) -> dict[tuple[str, str], int]:
        """(array, index): at which of two axes of the array the lines write that index."""
        refs = [T.Ref(one.body.span, one.variable, one.marks, tuple(T.Letter(one.body.span, n) for n in one.entries))
                for one in self.definitions]
        refs += [node for one in self.definitions for node in one.body.walk() if isinstance(node, T.Ref)]
        return {(ref.variable.name, entry.name): at for ref in refs if len(ref.entries) == 2
                for at, entry in enumerate(ref.entries) if isinstance(entry, T.Letter)}

    @cached_property
    def settled(self) -> frozenset[str]:
        """Variables whose shape the context declares, or whose entries it writes."""
        declared = {term.variable.name for shape in self.said.shapes
                    if (term := self.declared(shape.name.node)) is not None}
        return frozenset(declared | {one.variable.name for one in self.definitions if one.letters})

    @cached_property
    def reads(self) -> dict[tuple[str, str], T.Ref]:
        """(cost, letter): the one way in which the cost's own equation reads that letter."""
        found: dict[tuple[str, str], T.Ref] = {}
        for one in self.definitions:
            refs = {replace(node, entries=()) for node in one.body.walk() if isinstance(node, T.Ref)}
            for ref in refs:
                if ref.marks and not any(other != ref and other.variable == ref.variable for other in refs):
                    found[one.variable.name, ref.variable.name] = ref
        return found

    @cached_property
    def applications(self) -> dict[str, T.Applied]:
        """The functions that the lines apply in one way only, inside others."""
        found: dict[str, set[T.Applied]] = {}
        for one in self.definitions:
            for node in one.body.walk():
                if isinstance(node, T.Applied) and not node.order and not node.function.known:
                    found.setdefault(node.function.name, set()).add(node)
        return {name: next(iter(every)) for name, every in found.items()
                if len(every) == 1 and name not in self.vocabulary.variables}

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The variables that no line defines and whose letter nothing marks."""
        defined = {one.variable.name for one in self.definitions}
        return tuple(name for name, variable in self.vocabulary.variables.items()
                     if name not in defined and not variable.slots and name in self.settled)


def tells_arrays(node: T.Term) -> bool:
    """Whether arrays are meant here: a transpose, a product entry by entry, an entry."""
    return isinstance(node, T.Transposed) or isinstance(node, T.Times) and node.sign in ("odot", "circ") \
        or isinstance(node, T.Ref) and bool(node.entries)
