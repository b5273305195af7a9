r"""Side by side: which letters are functions of the bracket after them, and which are factors.

    W^T \delta \odot g'(z)      Times(Times(W^T, delta, ""), Applied(g, z, order 1), "odot")

In: a product of the neutral tree. Out: a term. Whether a(1 - a) is a call is decided here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.claims import terms as T
from derive.claims.lines import spelled_names
from derive.claims.naming import FUNCTIONS, Naming
from derive.claims.references import find
from derive.claims.refused import Refused
from derive.claims.spelling import Hanging, Spelled, names_in, spelled
from derive.claims.usual import COSTS
from derive.written import tree as W

CALLS = {"relu": "relu", "ReLU": "relu", "ln": "log", "sgn": "sign", "tr": "trace", "logsoftmax": "log_softmax"}
WHOLES = frozenset({"diag", "trace", "sum", "mean"})

ALONG = {"rowsum": "sum over axis 1", "colsum": "sum over axis 0"}
"""Sums that have a name: the sum of each row, of each column."""
FLAT = " flat"
"""After the name of a sum over an axis that is not kept."""


@dataclass(frozen=True)
class Products(Naming):
    """Products and the functions in them."""

    def product(self, node: W.Product) -> T.Term:
        factors, signs = self._applications(node)
        found = factors[0]
        for sign, right in zip(signs, factors[1:], strict=True):
            span = W.Span(found.span.start, right.span.stop)
            found = T.Over(span, found, right) if sign == "/" else T.Times(span, found, right, sign)
        return found

    def _applications(self, node: W.Product) -> tuple[list[T.Term], list[str]]:
        """The factors, a function and its bracket being one."""
        found: list[T.Term] = []
        signs: list[str] = []
        at = 0
        while at < len(node.factors):
            step = 1
            head, after, step = self._headed(node, at)
            applied = self._applied(head, after)
            if applied is not None:
                step += 1
            found.append(applied if applied is not None else self.term(node.factors[at]))
            at += step
            if at < len(node.factors):
                signs.append(node.signs[at - 1])
        return found, signs

    def _headed(self, node: W.Product, at: int) -> tuple[W.Node, W.Node | None, int]:
        """A factor, what stands directly after it, and how many factors the first one takes: g[1]' is one."""
        following = [factor for factor, sign in zip(node.factors[at + 1:at + 3], node.signs[at:at + 2], strict=False)
                     if sign == ""] if node.signs[at:at + 1] == ("",) else []
        head, one = node.factors[at], spelled(node.factors[at])
        layer = following[0].base if following and isinstance(following[0], W.Scripted) else following[0] if following \
            else None
        if len(following) == 2 and one is not None and one.letter in self.vocabulary.functions \
                and isinstance(layer, W.Group) and layer.bracket == "[":
            primes = following[0].primes if isinstance(following[0], W.Scripted) else 0
            span = W.Span(head.span.start, following[0].span.stop)
            mark = W.Mark(layer.span, "[", layer.content)
            return W.Scripted(span, head, above=(mark,), primes=primes), following[1], 2
        return head, following[0] if following else None, 1

    def _applied(self, head: W.Node, group: W.Node | None) -> T.Term | None:
        one, bracket = spelled(head), _bracket(group)
        if isinstance(head, W.Number) and head.text == "1" and bracket is not None and _conditional(bracket):
            return T.Indicated(bracket.span, self.condition(bracket.content))
        if one is None or bracket is None or group is None:
            return None
        if one.letter in ("1", "I") and one.name.font in ("bb", "bold", "") and _conditional(bracket):
            return T.Indicated(group.span, self.condition(bracket.content))
        function = self.vocabulary.functions.get(one.letter)
        if function is None and one.letter in FUNCTIONS and not self._is_variable(one):
            function = T.Function(one.letter, CALLS.get(one.letter, one.letter))
        if function is None or self._is_variable(one) and one.letter not in COSTS and not one.primes:
            if function is not None and not self._own_argument(one, bracket):
                return self._call(one, function, head, group, bracket)
            named = self._named(one, bracket)
            return self.hung(named, group) if named is not None and isinstance(group, W.Scripted) else named
        return self._call(one, function, head, group, bracket)

    def _is_variable(self, one: Spelled) -> bool:
        return find(one, one.letter, self.vocabulary) is not None

    def _own_argument(self, one: Spelled, bracket: W.Group) -> bool:
        """f(x) is the variable f where f was defined as f(x)."""
        return one.letter not in self.vocabulary.functions or \
            [spelled(item) is not None and isinstance(item, W.Name) for item in arguments_of(bracket)] == [True]

    def _call(self, one: Spelled, function: T.Function, head: W.Node, group: W.Node, bracket: W.Group) -> T.Term:
        span = W.Span(head.span.start, group.span.stop)
        marks, after = self._numbered(one, function, group) if function.by_mark else self._function_marks(one, function)
        arguments = tuple(map(self.term, arguments_of(bracket)))
        term: T.Term = T.Applied(span, function, arguments, one.primes, marks)
        term = self.after(term, after, span)
        return self.hung(term, group) if isinstance(group, W.Scripted) else term

    def _named(self, one: Spelled, bracket: W.Group) -> T.Term | None:
        """J(W, b): the brackets only say what J depends on."""
        plain = all(spelled(item) is not None for item in arguments_of(bracket))
        written = one.letter in self.vocabulary.with_arguments or one.letter in COSTS
        if plain and written and find(one, one.letter, self.vocabulary) is not None:
            return self.letter(one)
        if plain and written and (other := self._other_cost(one)) is not None:
            return other
        return None

    def _other_cost(self, one: Spelled) -> T.Term | None:
        name = one.letter[4:] if one.letter.startswith("cal ") else "cal " + one.letter
        return self._renamed(one, name)

    def _function_marks(self, one: Spelled, function: T.Function) -> tuple[tuple[T.Term, ...], tuple[Hanging, ...]]:
        """g^{[l]} is a function for each layer; tanh^2 is a square."""
        after = tuple(h for h in one.hangings if h.place == "above" and not h.bracket and isinstance(h.node, W.Number))
        marks = () if function.known else tuple(self.index(h.node) for h in one.hangings if h not in after)
        return marks, after

    def _numbered(self, one: Spelled, function: T.Function,
                  group: W.Node) -> tuple[tuple[T.Term, ...], tuple[Hanging, ...]]:
        """g^{[1]}(z^{[1]}), or g(z^{[1]}): which of several functions is said by its number, else by that inside."""
        known = dict(function.by_mark)
        inner = [h for name in spelled_names(group) for h in name.hangings]
        layers = [h for h in inner if h.label in known or any(
            self.vocabulary.kind(letter) == "layer" for letter in names_in(h.node))]
        mark = next((h for h in (*one.hangings, *layers)), None)
        if mark is None:
            raise Refused(f"which function '{function.name}' is here is not said", one.node.span,
                          f"Give it the number {' or '.join(known)}.")
        return (self.index(mark.node),), one.hangings[1:]

    def hung(self, base: T.Term, node: W.Scripted) -> T.Term:
        below = tuple(self.entry(one) for mark in node.below for one in self._arity(_split(mark)))
        if below:
            base = T.Entry(node.span, base, below)
        hangings = tuple(Hanging("above", mark.bracket, one) for mark in node.above for one in _split(mark))
        if node.primes:
            raise Refused("a prime after a bracket can mean a transpose or a derivative", node.span,
                          "Write ^T, or the prime on the function.")
        return self.after(base, hangings, node.span)


def _split(mark: W.Mark) -> tuple[W.Node, ...]:
    from_mark = spelled(W.Scripted(mark.span, W.Name(mark.span, "?"), above=(mark,)))
    assert from_mark is not None
    return tuple(h.node for h in from_mark.hangings)


def _bracket(node: W.Node | None) -> W.Group | None:
    if isinstance(node, W.Scripted):
        node = node.base
    return node if isinstance(node, W.Group) and node.bracket in ("(", "[", "\\{") else None


def _conditional(group: W.Group) -> bool:
    return isinstance(group.content, W.Relations) and len(group.content.parts) > 1


def arguments_of(group: W.Group) -> tuple[W.Node, ...]:
    content = group.content
    return content.items if isinstance(content, W.Listing) else (content,)
