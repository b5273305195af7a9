r"""What one given line defines: a variable at its marks, or a function.

    z^l_j = \sum_k w^l_{jk} a^{l-1}_k + b^l_j      Definition(z, (l,), (j,), the sum)

In: the tree of a line and the vocabulary. Out: `Definition` or `Formula`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.claims import terms as T
from derive.claims.einstein import einstein
from derive.claims.elaborate import Elaboration
from derive.claims.letters import free_letters
from derive.claims.lines import bound_letters, head_of, updates
from derive.claims.prefixes import substituted
from derive.claims.references import find
from derive.claims.refused import Refused
from derive.claims.spelling import spelled
from derive.claims.vocabulary import NEW, Vocabulary
from derive.errors import DeriveError, clip
from derive.written import tree as W


@dataclass(frozen=True)
class Definition:
    """`variable` at `marks`, entry `entries`, is `body`. Marks that are letters hold for every value of theirs."""

    variable: T.Variable
    marks: tuple[T.Term, ...]
    entries: tuple[str, ...]
    body: T.Term
    line: str
    places: tuple[T.Term, ...] = ()
    """Where in the array a line writes that defines a part of it, z_{2i+u} or z_i += ...; `entries` is empty then."""

    @property
    def letters(self) -> tuple[str, ...]:
        """The indices on the left."""
        return self.entries or tuple(dict.fromkeys(name for place in self.places for name in free_letters(place)))

    @property
    def alias(self) -> T.Ref | None:
        """What it is another name of, if it is one: a = z, x_{ij} = X_{ij}, a^{(i)}_j = A_{ji}."""
        body = self.body
        known = {*self.entries, *(mark.name for mark in self.marks if isinstance(mark, T.Letter))}
        if self.places or not isinstance(body, T.Ref):
            return None
        return body if all(isinstance(e, T.Letter) and e.name in known for e in body.entries) else None


@dataclass(frozen=True)
class Formula:
    """A function that the context defines by a formula in its parameter."""

    name: str
    primes: int
    parameter: T.Variable
    body: T.Term

    @property
    def whole(self) -> bool:
        """Whether it acts on all entries at once rather than on each."""
        return any(isinstance(node, T.Whole | T.Transposed) or isinstance(node, T.Applied)
                   and node.function.known == "softmax" for node in self.body.walk())


def formula_of(tree: W.Relations, vocabulary: Vocabulary) -> Formula | None:
    left = tree.parts[0]
    if not isinstance(left, W.Product) or (head := spelled(left.factors[0])) is None or head.hangings:
        return None
    written = left.factors[1].content if isinstance(left.factors[1], W.Group) else None
    parameter = spelled(written) if written is not None else None
    if head.letter not in vocabulary.functions or parameter is None or written is None \
            or parameter.hangings and not head.primes:
        return None
    name = f"argument of {head.letter}"
    variable = T.Variable(name)
    body = substituted(tree.parts[1], written, W.Name(written.span, name))
    inner = replace(vocabulary, variables={**vocabulary.variables, name: variable})
    return Formula(head.letter, head.primes, variable, Elaboration(inner, bound_letters(tree)).term(body))


def definition_of(line: str, tree: W.Relations, vocabulary: Vocabulary) -> Definition | None:
    head = head_of(tree.parts[0])
    if head is None:
        raise DeriveError(f"'{clip(line)}' defines no single letter", where="given",
                          do="Write the letter that the line defines on the left: z = W x + b.")
    found = find(head, head.letter, vocabulary)
    if found is None or head.primes:
        return None
    try:
        left: T.Term | None = Elaboration(vocabulary).letter(head)
        if updates(tree, head) and isinstance(left, T.Ref):
            left = renewed(left, vocabulary)
        if not isinstance(left, T.Ref):
            return None
        letters = {node.name for node in left.walk() if isinstance(node, T.Letter)}
        body = Elaboration(vocabulary, frozenset(letters)).term(tree.parts[1])
        body = einstein(body, free_letters(left)) if vocabulary.einstein else body
    except Refused as refused:
        raise DeriveError(f"{refused.what} in '{clip(line)}'", where="given", do=refused.do) from refused
    if tree.signs == ("+=",) or any(isinstance(e, T.Sum | T.Times) for e in left.entries):
        return Definition(left.variable, left.marks, (), body, line, tuple(e for e in left.entries if e is not None))
    entries = tuple(e.name for e in left.entries if isinstance(e, T.Letter))
    return Definition(left.variable, left.marks, entries, body, line)


def in_parts(definitions: tuple[Definition, ...]) -> tuple[Definition, ...]:
    """The same, where a line with plain indices defines the first part of an array that others go on with."""
    written = {(one.variable, one.marks) for one in definitions if one.places}
    return tuple(replace(one, entries=(), places=tuple(T.Letter(one.body.span, name) for name in one.entries))
                 if one.entries and (one.variable, one.marks) in written else one for one in definitions)


def renewed(left: T.Ref, vocabulary: Vocabulary) -> T.Ref | None:
    """The variable after an update, where the context says how it is updated."""
    variable = vocabulary.variables.get(NEW + left.variable.name)
    return replace(left, variable=variable) if variable is not None else None
