r"""A tree in a context becomes a term: every letter gets its meaning, every product its kind.

    W^{[2]T} dz^{[2]} * g'(z^{[1]})      Times(Times(W^T, dz, ""), Applied(g, z, order 1), "*")

In: a neutral tree and a vocabulary. Out: a term, or `Refused` with the place. Whether a letter before a bracket is
a function or a factor, and whether d before a letter makes one name, is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from derive.claims import bounds
from derive.claims import terms as T
from derive.claims.prefixes import UNDERIVED
from derive.claims.references import Found, find, missing
from derive.claims.refused import Refused
from derive.claims.spelling import Hanging, Spelled, is_transpose, names_in, spelled
from derive.claims.vocabulary import COSTS, Vocabulary, size_name
from derive.points.functions import known_functions
from derive.written import tree as W

CALLS = {"relu": "relu", "ReLU": "relu", "ln": "log", "sgn": "sign", "tr": "trace", "logsoftmax": "log_softmax"}
WHOLES = frozenset({"diag", "trace", "sum", "mean"})


@dataclass(frozen=True)
class Elaboration:
    """Elaborates the trees of one line. `letters`: the indices in force."""

    vocabulary: Vocabulary
    letters: frozenset[str] = frozenset()
    reads: Mapping[tuple[str, str], T.Ref] = field(default_factory=dict)
    """What a variable's own equation reads: the a^L that is meant by \\nabla_a C."""
    applications: Mapping[str, T.Applied] = field(default_factory=dict)
    """The one way in which the context applies a function: the B that is meant by B alone."""
    parameters: tuple[str, ...] = ()
    """The arrays that nothing defines: \\nabla f is by the one there is."""

    def inside(self, letters: tuple[str, ...]) -> Elaboration:
        return replace(self, letters=self.letters | frozenset(letters))

    def term(self, node: W.Node) -> T.Term:
        one = spelled(node)
        if one is not None:
            return self.letter(one)
        return getattr(self, _RULES[type(node)])(node) if type(node) in _RULES else self._unread(node)

    # -- letters ---------------------------------------------------------------------------

    def letter(self, one: Spelled) -> T.Term:
        """A letter with what hangs on it, where no bracket follows."""
        name, span = one.letter, one.node.span
        if one.index in self.letters and not one.hangings:
            return T.Letter(span, one.index)
        if (found := find(one, name, self.vocabulary)) is not None:
            return self._variable(one, found)
        if (whole := size_name(one.node)) in self.vocabulary.sizes:
            return T.Size(span, whole)
        if name in self.vocabulary.sizes or name in ("L", "T") and not one.hangings:
            return T.Size(span, name, tuple(self.index(h.node) for h in one.hangings))
        if name in ("e", "E") and len(one.hangings) == 1 and one.hangings[0].place == "above":
            return T.Applied(span, T.Function("exp", "exp"), (self.term(one.hangings[0].node),))
        if name == "1" or one.name.font == "bb" and name == "I":
            return self._ones(one)
        if one.name.letter == "0":
            return T.Constant(span, Fraction(0))
        if name in self.applications and not one.primes:
            return self._after(replace(self.applications[name], span=span), one.hangings, span)
        if name == "pi":
            return T.Applied(span, T.Function("pi", "pi"), ())
        if name == "delta" and len([h for h in one.hangings if h.place == "below"]) == 2:
            left, right = (self.index(h.node) for h in one.hangings[:2])
            return T.Indicated(span, T.Compared(span, "=", left, right))
        if (gradient := self._gradient(one)) is not None:
            return gradient
        return self._other_letter(one)

    def _other_letter(self, one: Spelled) -> T.Term:
        name, span = one.letter, one.node.span
        powers = [h for h in one.hangings if h.place == "above" and not h.bracket]
        if name in self.letters and len(powers) == len(one.hangings):
            return self._after(T.Letter(span, name), tuple(powers), span)
        if name.startswith("cal ") and (other := self._renamed(one, name[4:])) is not None:
            return other
        if (other := self._renamed(one, "cal " + name)) is not None:
            return other
        if name in self.vocabulary.functions:
            raise Refused(f"the function '{name}' has no argument here", span, f"Write {name}(...).")
        raise missing(one, name, self.vocabulary)

    def _renamed(self, one: Spelled, name: str) -> T.Term | None:
        found = find(one, name, self.vocabulary)
        return self._variable(one, found) if found else None

    def _variable(self, one: Spelled, found: Found) -> T.Term:
        hidden = self.vocabulary.hidden.get(found.variable.name, ())
        marks = (*(self.index(node) for node in found.marks), *(T.Letter(one.node.span, name) for name in hidden))
        entries = tuple(self._entry(node) for node in self._arity(found.entries))
        term: T.Term = T.Ref(one.node.span, found.variable, marks, entries)
        if one.primes and isinstance(term, T.Ref):
            term = T.Primed(one.node.span, term, one.primes)
        return self._after(term, found.after, one.node.span)

    def _arity(self, entries: tuple[W.Node, ...]) -> tuple[W.Node, ...]:
        """y_{t_l} has two entries, t and l, unless t is a variable such as the class y_i."""
        found: list[W.Node] = []
        for node in entries:
            inner = spelled(node)
            if inner is not None and inner.hangings and find(inner, inner.letter, self.vocabulary) is None:
                found += [inner.name, *(h.node for h in inner.hangings)]
            else:
                found.append(node)
        return tuple(found)

    def _after(self, term: T.Term, hangings: tuple[Hanging, ...], span: W.Span) -> T.Term:
        for h in hangings:
            if is_transpose(h.node):
                term = T.Transposed(span, term)
            elif h.place == "below":
                term = T.Entry(span, term, (self._entry(h.node),))
            else:
                term = T.Power(span, term, self.term(h.node))
        return term

    def _entry(self, node: W.Node) -> T.Term | None:
        return None if isinstance(node, W.Text) and node.text.strip() == ":" else self.index(node)

    def index(self, node: W.Node) -> T.Term:
        """A mark or index: letters that nobody defines are indices."""
        inner = spelled(node)
        if inner is not None and not inner.hangings:
            if inner.letter in self.vocabulary.said.ranges:
                return T.Letter(node.span, inner.letter)
            known = inner.letter in self.vocabulary.sizes and inner.letter not in self.letters
            if inner.primes or not known and (inner.letter not in self.vocabulary.variables
                                              or inner.letter in self.letters) and inner.letter not in ("L", "T"):
                return T.Letter(node.span, inner.index)
        letters = tuple(name for name in names_in(node) if name not in self.vocabulary.variables
                        and name not in self.vocabulary.sizes and name not in ("L", "T"))
        return self.inside(letters).term(node)

    def _ones(self, one: Spelled) -> T.Term:
        """A vector of ones, or with a condition below an indicator."""
        below = [h for h in one.hangings if h.place == "below"]
        if below and isinstance(below[0].node, W.Relations):
            return T.Indicated(one.node.span, self.condition(below[0].node))
        term: T.Term = T.Unit(one.node.span, self.index(below[0].node) if below else None)
        return self._after(term, tuple(h for h in one.hangings if h.place == "above"), one.node.span)

    def _gradient(self, one: Spelled) -> T.Term | None:
        """dW where the context defines no name dW: the derivative of the cost by W."""
        prefix, _, rest = one.letter.partition(" ")
        if prefix not in UNDERIVED or not rest:
            return None
        found = find(one, rest, self.vocabulary)
        if found is None:
            return None
        by = self._variable(one, replace(found, after=()))
        assert isinstance(by, T.Ref)
        return self._after(T.Differential(one.node.span, T.Ref(one.node.span, T.Variable(COST)), (by,)),
                           found.after, one.node.span)

    # -- composite -------------------------------------------------------------------------

    def number(self, node: W.Number) -> T.Term:
        bounds.digits(node.text, node.span)
        return T.Constant(node.span, Fraction(node.text))

    def scripted(self, node: W.Scripted) -> T.Term:
        if isinstance(node.base, W.Group) and node.base.bracket in ("\\|", "||"):
            return self._norm(node)
        base = self.term(node.base)
        return self._hung(base, node)

    def _hung(self, base: T.Term, node: W.Scripted) -> T.Term:
        below = tuple(self._entry(one) for mark in node.below for one in self._arity(_split(mark)))
        if below:
            base = T.Entry(node.span, base, below)
        hangings = tuple(Hanging("above", mark.bracket, one) for mark in node.above for one in _split(mark))
        if node.primes:
            raise Refused("a prime after a bracket can mean a transpose or a derivative", node.span,
                          "Write ^T, or the prime on the function.")
        return self._after(base, hangings, node.span)

    def _norm(self, node: W.Scripted) -> T.Term:
        assert isinstance(node.base, W.Group)
        squared = any(isinstance(mark.content, W.Number) and mark.content.text == "2" for mark in node.above)
        content = self.term(node.base.content)
        return T.Whole(node.span, "norm2" if squared else "norm", content)

    def group(self, node: W.Group) -> T.Term:
        if node.bracket in ("\\|", "||"):
            return T.Whole(node.span, "norm", self.term(node.content))
        if node.bracket == "|":
            return T.Applied(node.span, T.Function("abs", "abs"), (self.term(node.content),))
        if isinstance(node.content, W.Relations) and len(node.content.parts) > 1:
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
            by = tuple(self._by(one, of) for one in arguments)
        if not by and len(self.parameters) == 1:
            by = (T.Ref(node.span, T.Variable(self.parameters[0])),)
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

    def condition(self, node: W.Node) -> T.Term:
        if isinstance(node, W.Relations) and len(node.parts) == 2:
            return T.Compared(node.span, node.signs[0], *(self.index(part) for part in node.parts))
        if isinstance(node, W.Group):
            return self.condition(node.content)
        raise Refused("this is no condition", node.span, "Write something such as z > 0.")

    def call(self, node: W.Call) -> T.Term:
        name = CALLS.get(node.name, node.name)
        axis = next((part.parts[1] for part in node.arguments if isinstance(part, W.Relations)
                     and "axis" in names_in(part)), None)
        if name in WHOLES and isinstance(axis, W.Number) and axis.text in "01":
            return T.Whole(node.span, f"{name} over axis {axis.text}", self.term(node.arguments[0]))
        arguments = tuple(self.term(one) for one in node.arguments if not isinstance(one, W.Relations))
        if name in WHOLES:
            return T.Whole(node.span, name, arguments[0])
        own = self.vocabulary.functions.get(node.name)
        return T.Applied(node.span, own or T.Function(name, name), arguments)

    def cases(self, node: W.Cases) -> T.Term:
        return T.Chosen(node.span, tuple(
            (self.term(value), self.condition(when) if when and not isinstance(when, W.Text) else None)
            for value, when in node.rows))

    def matrix(self, node: W.Matrix) -> T.Term:
        return T.Array(node.span, tuple(tuple(map(self.term, row)) for row in node.rows))

    def _unread(self, node: W.Node) -> T.Term:
        what = "dots leave something out that cannot be checked" if isinstance(node, W.Dots) else "words in a formula"
        raise Refused(what, node.span, "Write it out.", open=isinstance(node, W.Dots))

    # -- products --------------------------------------------------------------------------

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
            return self._named(one, bracket) if function is None or self._own_argument(one, bracket) else \
                self._call(one, function, head, group, bracket)
        return self._call(one, function, head, group, bracket)

    def _is_variable(self, one: Spelled) -> bool:
        return find(one, one.letter, self.vocabulary) is not None

    def _own_argument(self, one: Spelled, bracket: W.Group) -> bool:
        """f(x) is the variable f where f was defined as f(x)."""
        return one.letter not in self.vocabulary.functions or \
            [spelled(item) is not None and isinstance(item, W.Name) for item in _arguments(bracket)] == [True]

    def _call(self, one: Spelled, function: T.Function, head: W.Node, group: W.Node, bracket: W.Group) -> T.Term:
        span = W.Span(head.span.start, group.span.stop)
        marks, after = self._function_marks(one, function)
        arguments = tuple(map(self.term, _arguments(bracket)))
        term: T.Term = T.Applied(span, function, arguments, one.primes, marks)
        term = self._after(term, after, span)
        return self._hung(term, group) if isinstance(group, W.Scripted) else term

    def _named(self, one: Spelled, bracket: W.Group) -> T.Term | None:
        """J(W, b): the brackets only say what J depends on."""
        plain = all(spelled(item) is not None for item in _arguments(bracket))
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


COST = "the cost"
FUNCTIONS = frozenset({*known_functions(), "softmax", "ReLU", "sgn"})
_RULES = {W.Number: "number", W.Scripted: "scripted", W.Group: "group", W.Negative: "negative", W.Add: "add",
          W.Fraction: "fraction", W.Derivative: "derivative", W.Big: "big", W.Call: "call", W.Cases: "cases",
          W.Matrix: "matrix", W.Product: "product", W.Relations: "relations"}


def _argument_named(of: T.Applied, letter: str) -> T.Ref | None:
    r"""The h_{t-1} that is meant by \partial_h f(x_t, h_{t-1}, w)."""
    found = [one for one in of.arguments if isinstance(one, T.Ref) and one.variable.name == letter]
    return found[0] if len(found) == 1 and not of.function.known else None


def _written_arguments(node: W.Node | None) -> tuple[W.Node, ...]:
    r"""The w of \nabla E(w)."""
    if isinstance(node, W.Product) and len(node.factors) == 2 and isinstance(node.factors[1], W.Group):
        return _arguments(node.factors[1]) if not isinstance(node.factors[1].content, W.Listing) else ()
    return ()


def _split(mark: W.Mark) -> tuple[W.Node, ...]:
    from_mark = spelled(W.Scripted(mark.span, W.Name(mark.span, "?"), above=(mark,)))
    assert from_mark is not None
    return tuple(h.node for h in from_mark.hangings)


def _bracket(node: W.Node | None) -> W.Group | None:
    if isinstance(node, W.Scripted):
        node = node.base
    return node if isinstance(node, W.Group) and node.bracket in ("(", "[", "\\{") else None


def _conditional(group: W.Group) -> bool:
    return isinstance(group.content, W.Relations) and len(group.content.parts) == 2


def _arguments(group: W.Group) -> tuple[W.Node, ...]:
    content = group.content
    return content.items if isinstance(content, W.Listing) else (content,)
