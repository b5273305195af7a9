r"""A tree in a context becomes a term: every letter gets its meaning, every product its kind.

    \nabla_W L = \delta a^T      Differential(L, (W,)), Times(delta, a^T, "")

In: a neutral tree and a vocabulary. Out: a term, or `Refused` with the place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.products import ALONG, CALLS, FLAT, WHOLES, Products, arguments_of
from derive.claims.references import find
from derive.claims.refused import Refused
from derive.claims.spelling import names_in, spelled, text_of
from derive.written import tree as W


@dataclass(frozen=True)
class Elaboration(Products):
    """Elaborates the trees of one line."""

    def term(self, node: W.Node) -> T.Term:
        one = spelled(node)
        if one is not None:
            return self.letter(one)
        return getattr(self, _RULES[type(node)])(node) if type(node) in _RULES else self._unread(node)

    def number(self, node: W.Number) -> T.Term:
        bounds.digits(node.text, node.span)
        return T.Constant(node.span, Fraction(node.text))

    def scripted(self, node: W.Scripted) -> T.Term:
        if isinstance(node.base, W.Group) and node.base.bracket in ("\\|", "||"):
            return self._norm(node)
        base = self.term(node.base)
        return self.hung(base, node)

    def _norm(self, node: W.Scripted) -> T.Term:
        assert isinstance(node.base, W.Group)
        squared = any(isinstance(mark.content, W.Number) and mark.content.text == "2" for mark in node.above)
        content = self.term(node.base.content)
        kind = next((text_of(mark.content) for mark in node.below), "2")
        if kind == "1":
            total = T.Whole(node.span, "sum", T.Applied(node.span, T.Function("abs", "abs"), (content,)))
            return T.Power(node.span, total, T.Constant(node.span, Fraction(2))) if squared else total
        if kind not in ("2", "F", "Fro", "fro"):
            raise Refused(f"this norm, with {kind} below, is not read", node.span, "Write it as a sum.", open=True)
        return T.Whole(node.span, "norm2" if squared else "norm", content)

    def group(self, node: W.Group) -> T.Term:
        if node.bracket in ("\\|", "||"):
            return T.Whole(node.span, "norm", self.term(node.content))
        if node.bracket == "|":
            return T.Applied(node.span, T.Function("abs", "abs"), (self.term(node.content),))
        if isinstance(node.content, W.Relations) and len(node.content.parts) > 1:
            return T.Indicated(node.span, self.condition(node.content))
        if isinstance(node.content, W.Listing) and all(
                isinstance(one, W.Relations) and len(one.parts) > 1 for one in node.content.items):
            return T.Indicated(node.span, self.condition(node.content))
        if isinstance(node.content, W.Listing):
            raise Refused("brackets with a comma are no number", node.span, "Put a function before them.")
        return self.term(node.content)

    def relations(self, node: W.Relations) -> T.Term:
        if len(node.parts) == 1:
            return self.term(node.parts[0])
        raise Refused("an equation stands where a value is needed", node.span)

    def negative(self, node: W.Negative) -> T.Term:
        return T.Opposite(node.span, self.term(node.content))

    def add(self, node: W.Add) -> T.Term:
        return T.Sum(node.span, tuple(map(self.term, node.terms)))

    def fraction(self, node: W.Fraction) -> T.Term:
        return T.Over(node.span, self.term(node.top), self.term(node.bottom))

    def derivative(self, node: W.Derivative) -> T.Term:
        if node.sign == "broken":
            raise Refused(r"a \partial is missing above or below this fraction bar", node.span,
                          r"Write \frac{\partial C}{\partial w}.")
        if node.of is None:
            raise Refused("a derivative of nothing", node.span, "Say what is differentiated.")
        of = self._differentiated(node.of)
        by = tuple(self._by(one, of) for one in node.by for _ in range(node.order if len(node.by) == 1 else 1))
        if not by and (arguments := _written_arguments(node.of)):
            by = tuple(self._by(one, of) for one in arguments) * node.order
        if not by and len(self.parameters) == 1:
            by = (T.Ref(node.span, T.Variable(self.parameters[0])),) * node.order
        if not by:
            raise Refused(r"\nabla does not say by what", node.span, r"Write \nabla_w.")
        explicit = node.plus or isinstance(of, T.Applied) and not of.function.known and by[0] in of.arguments
        return T.Differential(node.span, of, by, node.sign == "nabla", direct=bool(explicit))

    def _differentiated(self, node: W.Node) -> T.Term:
        """What is differentiated: L of L(a, y), where L is a variable."""
        if isinstance(node, W.Group) and node.bracket == "(" and spelled(node.content) is not None:
            return self.term(node.content)
        return self.term(node)

    def _by(self, node: W.Node, of: T.Term) -> T.Ref:
        while isinstance(node, W.Group):
            node = node.content
        one = spelled(node)
        if one is not None and not one.hangings and isinstance(of, T.Applied) and (
                argument := _argument_named(of, one.letter)) is not None:
            return replace(argument, span=node.span)
        if one is not None and not one.hangings and isinstance(of, T.Ref) and (read := self.reads.get(
                (of.variable.name, one.letter))) is not None and find(one, one.letter, self.vocabulary) is None:
            return replace(read, span=node.span)
        term = self.term(node)
        if isinstance(term, T.Primed):
            name = term.content.variable.name
            raise Refused(f"{name}' can be the transpose of {name}, or another array", node.span,
                          f"Write {name}^T, or {name}_2 for another one, in the given lines too.")
        if not isinstance(term, T.Ref):
            raise Refused("a derivative can be taken by a variable only", node.span, "Name one letter below.")
        return term

    def big(self, node: W.Big) -> T.Term:
        letters = tuple(name for index in node.indices for name in names_in(index))
        if not letters and node.kind == "sum":
            return T.Whole(node.span, "sum", self.term(node.body))
        inner = self.inside(letters)
        lower = self.term(node.lower) if node.lower else None
        return T.Reduced(node.span, node.kind, letters, inner.term(node.body), lower, self._upper(node.upper),
                         inner.condition(node.condition) if node.condition else None)

    def _upper(self, node: W.Node | None) -> T.Term | None:
        """The upper bound, where the context knows it; an unknown one is what it has to be."""
        if node is None or any(name not in self.letters and name not in self.vocabulary.sizes
                               and name not in self.vocabulary.lasts for name in names_in(node)):
            return None
        try:
            return self.index(node)
        except Refused:
            return None

    def call(self, node: W.Call) -> T.Term:
        name = CALLS.get(node.name, node.name)
        axis = next((part.parts[1] for part in node.arguments if isinstance(part, W.Relations)
                     and "axis" in names_in(part)), None)
        if name in WHOLES and isinstance(axis, W.Number) and axis.text in "01":
            kept = any("keepdims" in names_in(part) for part in node.arguments)
            return T.Whole(node.span, f"{name} over axis {axis.text}{'' if kept else FLAT}",
                           self.term(node.arguments[0]))
        if name in ALONG:
            return T.Whole(node.span, ALONG[name], self.term(node.arguments[0]))
        if name == "sum" and (letters := tuple(_index(one) for one in node.arguments[1:])) and all(letters):
            return T.Reduced(node.span, "sum", letters, self.inside(letters).term(node.arguments[0]))
        if name == "sum" and len(node.arguments) == 1 and (letters := self._open(self.term(node.arguments[0]))):
            return T.Reduced(node.span, "sum", letters, self.inside(letters).term(node.arguments[0]))
        arguments = tuple(self._argument(one) for one in node.arguments if getattr(one, "signs", ()) != ("=",))
        if not arguments:
            raise Refused(f"'{name}' has no argument here", node.span, f"Write {name}(...).")
        if name in WHOLES:
            return T.Whole(node.span, name, arguments[0])
        own = self.vocabulary.functions.get(node.name)
        return T.Applied(node.span, own or T.Function(name, name), arguments)

    def _open(self, body: T.Term) -> tuple[str, ...]:
        """The indices that nothing around has: sum(x_i y_i) is over i."""
        return tuple(name for name in body.free if name not in self.letters)

    def _argument(self, node: W.Node) -> T.Term:
        """An argument of a function; diag(z > 0) is about an indicator."""
        chain = isinstance(node, W.Relations) and len(node.parts) > 1
        return T.Indicated(node.span, self.condition(node)) if chain else self.term(node)

    def cases(self, node: W.Cases) -> T.Term:
        return T.Chosen(node.span, tuple(
            (self.term(value), self.condition(when) if when and not isinstance(when, W.Text) else None)
            for value, when in node.rows))

    def matrix(self, node: W.Matrix) -> T.Term:
        return T.Array(node.span, tuple(tuple(map(self.term, row)) for row in node.rows))

    def _unread(self, node: W.Node) -> T.Term:
        what = "dots leave something out that cannot be checked" if isinstance(node, W.Dots) else "words in a formula"
        raise Refused(what, node.span, "Write it out.", open=isinstance(node, W.Dots))


_RULES = {W.Number: "number", W.Scripted: "scripted", W.Group: "group", W.Negative: "negative", W.Add: "add",
          W.Fraction: "fraction", W.Derivative: "derivative", W.Big: "big", W.Call: "call", W.Cases: "cases",
          W.Matrix: "matrix", W.Product: "product", W.Relations: "relations"}


def _argument_named(of: T.Applied, letter: str) -> T.Ref | None:
    r"""The h_{t-1} that is meant by \partial_h f(x_t, h_{t-1}, w)."""
    found = [one for one in of.arguments if isinstance(one, T.Ref) and one.variable.name == letter]
    return found[0] if len(found) == 1 and not of.function.known else None


def _index(node: W.Node) -> str:
    """The letter of an index alone."""
    one = spelled(node)
    return one.letter if one is not None and not one.hangings else ""


def _written_arguments(node: W.Node | None) -> tuple[W.Node, ...]:
    r"""The w of \nabla E(w)."""
    if isinstance(node, W.Product) and len(node.factors) == 2 and isinstance(node.factors[1], W.Group):
        return arguments_of(node.factors[1]) if not isinstance(node.factors[1].content, W.Listing) else ()
    return ()
