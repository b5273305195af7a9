r"""A SymPy tree as LaTeX. Our own printer: SymPy's order of arguments is never seen.

    sigma'(z1[k]) * w2[j,k] * dC_dz2[j], summed over j
        ->  \Big(\sum_j w^{2}_{jk}\,\delta^{2}_j\Big)\,\sigma'(z^{1}_k)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import sympy as sp

from derive.calculus.partials import Partial
from derive.functions.record import Application, absolute, choose, equal, maximum, minimum, mod, sign, step, stop
from derive.ir import Term, reads_of, tensor_of
from derive.latex.conditions import Limits, condition_text, condition_texts, greatest_signs, indicator, sum_signs
from derive.latex.equality import equality
from derive.latex.names import Names
from derive.latex.numerals import coefficient
from derive.latex.product import Factor, factor, is_slope, nested, path, role_of, spaced
from derive.latex.split import Split, arguments, split, split_sum
from derive.latex.text import Level, Piece, fence

STOP, TURNED = r"\operatorname{stop}", {">": "<", r"\le": r"\ge"}
FUNCTIONS = {sp.sin: r"\sin", sp.cos: r"\cos", sp.tanh: r"\tanh", sp.erf: r"\operatorname{erf}",
             sign: r"\operatorname{sign}", stop: STOP, maximum: r"\max", minimum: r"\min"}


class Printer:
    """Expressions and terms of one derivation in one notation."""

    def __init__(self, names: Names, limits: bool = False) -> None:
        self.names, self.limits = names, limits
        self._table: dict[type, Callable[[sp.Expr], Piece]] = {
            sp.Indexed: self._read, sp.Symbol: self._read, sp.exp: self._exp, sp.log: self._log, sp.Sum: self._sum,
            Partial: self._partial, step: self._step, absolute: self._absolute, choose: self._choose,
            equal: partial(equality, self), mod: self._mod, sp.Add: self._add, sp.Mul: self._product,
            sp.Pow: self._power,
        }

    def text(self, expr: sp.Expr) -> str:
        negative, piece = self.signed(expr)
        return ("-" if negative else "") + (piece.inside(Level.BIGSUM) if negative else piece.text)

    number_zero = Piece("0", Level.ATOM)

    def opens(self, total: sp.Add) -> bool:
        """Whether a sum has no content or common factor, so that its terms may stand by themselves."""
        parts = split(total)
        return parts.number == 1 and parts.above == (total,) and not parts.below

    def piece(self, expr: sp.Expr) -> Piece:
        """An expression with its sign in the text."""
        negative, piece = self.signed(expr)
        return Piece("-" + piece.inside(Level.BIGSUM), Level.SUM) if negative else piece

    def signed(self, expr: sp.Expr) -> tuple[bool, Piece]:
        """Whether a minus stands in front, and the expression without it."""
        return self.term(Term(expr))

    # -- terms: a coefficient, factors, sums -------------------------------------------------

    def term(self, term: Term) -> tuple[bool, Piece]:
        """One term of an equation: its sign, and its factors under their sums."""
        if term.body == 0:
            return False, self.number_zero
        if term.by == "max":
            greatest = greatest_signs(self.names, term.summed, self.limits)
            return False, Piece(f"{greatest} {self.piece(term.body).inside(Level.SUMMAND)}", Level.BIGSUM)
        parts = split(term.body)
        summed = [k.symbol for k in term.summed]
        limits = {k.symbol: (k.start, k.last) for k in term.summed}
        apart = [c for c in term.where if not (c.free_symbols & {*summed})]  # these hold for the whole sum, or for none
        held = [c for c in term.where if c not in apart]

        def under(some: list[sp.Symbol]) -> str:
            return self._sign(some, limits, condition_texts(self.names, [c for c in held if c.free_symbols & {*some}]))

        piece = self._assembled(parts, summed, under)
        if apart:
            bracket = indicator(condition_texts(self.names, apart))
            piece = Piece(rf"{bracket}\,{piece.inside(Level.PRODUCT)}", Level.PRODUCT)
        return bool(parts.number < 0), piece

    def _assembled(self, parts: Split, summed: list[sp.Symbol], under: Callable[[list[sp.Symbol]], str]) -> Piece:
        number = abs(parts.number)
        if any(isinstance(f, Partial) for f in parts.above):
            return self._chain(number, parts, summed, under)
        if not parts.above and not parts.below and not summed:
            return self.number(number)
        if not summed and len(parts.above) == 1 and not parts.below and number == 1:
            return self.factor_piece(parts.above[0])
        outside, inside = parts.parted(summed)
        if not outside.below and not inside.below:
            text = "" if number == 1 else self.coefficient(number)
            return nested(self.names, text, self._factors(parts.above), summed, under)
        return self._with_fraction(number, parts, summed, under)

    def _with_fraction(self, number: sp.Rational, parts: Split, summed: list[sp.Symbol],
                       under: Callable[[list[sp.Symbol]], str]) -> Piece:
        """Denominators: those that do not depend on a summed index stand in front of the sum."""
        outside, inside = parts.parted(summed)
        if not summed:
            return self._fraction(number, parts.above, parts.below)
        front = ""
        if outside.above or outside.below or number != 1:
            front = self._fraction(number, outside.above, outside.below).inside(Level.PRODUCT) + r"\,"
        body = self._fraction(sp.Integer(1), inside.above, inside.below) if inside.below else \
            nested(self.names, "", self._factors(inside.above), [], under)
        return Piece(f"{front}{under(summed)} {body.inside(Level.SUMMAND)}", Level.BIGSUM)

    def _fraction(self, number: sp.Rational, above: Sequence[sp.Expr], below: Sequence[sp.Expr]) -> Piece:
        if not below:
            text = "" if number == 1 else self.coefficient(number)
            return nested(self.names, text, self._factors(above), [], lambda _: "")
        fixed, moving = self._apart(above, below)
        if moving:
            front = self._fraction(number, fixed, below)
            rest = nested(self.names, "", self._factors(moving), [], lambda _: "")
            return Piece(rf"{front.text}\,{rest.inside(Level.PRODUCT)}", Level.PRODUCT)
        top, bottom = number.p, number.q
        numerator = nested(self.names, "" if top == 1 and above else str(top), self._factors(above), [], lambda _: "")
        denominator = nested(self.names, "" if bottom == 1 else str(bottom), self._factors(below), [], lambda _: "")
        return Piece(rf"\frac{{{numerator.text}}}{{{denominator.text}}}", Level.PRODUCT, scripted=True)

    def _apart(self, above: Sequence[sp.Expr], below: Sequence[sp.Expr]) -> tuple[list[sp.Expr], list[sp.Expr]]:
        """What stays above the line, and what stands beside the fraction: all but constants where constants divide;
        derivatives that are fractions themselves."""
        constants = all(role_of(self.names, f) == "constant" for f in below)
        beside = [f for f in above if (role_of(self.names, f) != "constant" if constants else
                                       role_of(self.names, f) == "adjoint" and self.text(f).startswith(r"\frac"))]
        return [f for f in above if f not in beside], beside

    def _chain(self, number: sp.Rational, parts: Split, summed: list[sp.Symbol],
               under: Callable[[list[sp.Symbol]], str]) -> Piece:
        """A product of partial derivatives: in the order of the path, all behind the sum sign but for what divides."""
        texts = path(self.names, [(f, self.factor_piece(f)) for f in parts.above])
        if parts.below:
            front = self._fraction(number, (), parts.below).text + (rf"\,{under(summed)} " if summed else r"\,")
            return Piece(front + r"\,".join(texts), Level.BIGSUM if summed else Level.PRODUCT)
        text = ("" if number == 1 else self.coefficient(number)) + r"\,".join(texts)
        return Piece(f"{under(summed)} {text}", Level.BIGSUM) if summed else Piece(text, Level.PRODUCT)

    def _factors(self, above: Sequence[sp.Expr]) -> list[Factor]:
        """Printed factors; a and (1 - a) become one, the slope of a sigmoid."""
        rest, found = list(above), []
        for one in above:
            if isinstance(one, sp.Add) and is_slope(one) and (1 - one) in rest and one in rest:
                rest.remove(one)
                rest.remove(1 - one)
                piece = Piece(self.beside(one, self.text(1 - one), fence(self.text(one))), Level.PRODUCT)
                found.append(factor(self.names, one, piece))
        return [*found, *(factor(self.names, one, self.factor_piece(one)) for one in rest)]

    def beside(self, about: sp.Expr, *factors: str) -> str:
        """Factors that belong together, a (1 - a), about an array or a number."""
        return spaced(list(factors))

    def _sign(self, symbols: list[sp.Symbol], limits: Limits, conditions: list[str]) -> str:
        return sum_signs(self.names, symbols, limits, conditions, self.limits)

    def condition(self, condition: sp.Basic) -> str:
        """l <= L - 1, as it is printed."""
        return condition_text(self.names, condition)

    # -- nodes -------------------------------------------------------------------------------

    def factor_piece(self, expr: sp.Expr) -> Piece:
        """One factor; its sign and content have been taken out already."""
        for kind, printed in self._table.items():
            if isinstance(expr, kind):
                return printed(expr)
        if isinstance(expr, Application):
            return self._applied(expr.record.latex + "'" * expr.order, expr.args)
        if expr.is_number:
            return self.number(expr)
        return self._applied(FUNCTIONS[type(expr)], arguments(expr))

    def number(self, value: sp.Expr) -> Piece:
        if value == sp.pi or value == sp.E:
            return Piece(r"\pi" if value == sp.pi else "e", Level.ATOM)
        if not value.is_Rational:
            return Piece(str(value), Level.ATOM)
        text = self.coefficient(value)
        return Piece(text, Level.ATOM if text.isdigit() else Level.PRODUCT, scripted=not text.isdigit())

    def coefficient(self, value: sp.Rational) -> str:
        """2, 1/2 as a small fraction, or 4.5 where the source wrote decimals."""
        return coefficient(value, self.names.derivation.decimals)

    def _read(self, expr: sp.Expr) -> Piece:
        if expr.is_integer and names_no_tensor(self.names, expr):
            text = self.names.index(self.names.paper(expr))
            return Piece(text, Level.ATOM if "+" not in text and "-" not in text else Level.SUM, scripted="_" in text)
        if self.names.shift_of(expr):  # the number of a word, used as a number
            return Piece(self.names.index(self.names.paper(expr)), Level.SUM)
        return Piece(self.names.read(expr), Level.ATOM, self.names.scripted(expr))

    def _partial(self, expr: sp.Expr) -> Piece:
        above, below = (self.names.beside_partial(side) for side in expr.args)
        return Piece(rf"\frac{{\partial {above}}}{{\partial {below}}}", Level.ATOM, scripted=True)

    def _add(self, expr: sp.Expr) -> Piece:
        return Piece(self.sum_text(split_sum(self.names, expr)), Level.SUM)

    def sum_text(self, terms: Sequence[sp.Expr]) -> str:
        return joined([self.signed(t) for t in terms])

    def _product(self, expr: sp.Expr) -> Piece:
        return self.piece(expr)

    def _power(self, expr: sp.Expr) -> Piece:
        base, exponent = expr.base, expr.exp
        if exponent == sp.Rational(1, 2):
            return Piece(rf"\sqrt{{{self.text(base)}}}", Level.ATOM, scripted=True)
        if exponent.is_number and exponent.is_negative:
            return self._fraction(sp.Integer(1), [], [base ** -exponent])
        if isinstance(base, Application) or type(base) in FUNCTIONS:
            return Piece(fence(self.text(base)) + f"^{self._exponent(exponent)}", Level.ATOM, scripted=True)
        return Piece(self.piece(base).powered(self.text(exponent)), Level.ATOM, scripted=True)

    def _exponent(self, exponent: sp.Expr) -> str:
        text = self.text(exponent)
        return text if len(text) == 1 else f"{{{text}}}"

    def _exp(self, expr: sp.Expr) -> Piece:
        inner = self.text(expr.args[0])
        if r"\frac" in inner or r"\sum" in inner or "e" in self.names.letters:
            return Piece(rf"\exp{fence(inner)}", Level.ATOM, scripted=True)
        return Piece(f"e^{{{inner}}}", Level.ATOM, scripted=True)

    def _log(self, expr: sp.Expr) -> Piece:
        return self._applied(self.names.notation.log, expr.args, bare=True)

    def _applied(self, name: str, args: Sequence[sp.Expr], bare: bool = False) -> Piece:
        inner = [self.piece(a) for a in args]
        text = ",\\, ".join(p.text for p in inner)
        if bare and len(inner) == 1 and inner[0].level is Level.ATOM:
            return Piece(f"{name} {text}", Level.PRODUCT, scripted=True)
        return Piece(name + fence(text), Level.PRODUCT if bare else Level.ATOM, scripted=True)

    def _step(self, expr: sp.Expr) -> Piece:
        return Piece(indicator([self.compared(expr.args[0], ">")]), Level.ATOM, scripted=True)

    def _mod(self, expr: sp.Expr) -> Piece:
        a, b = (self.piece(one).inside(Level.PRODUCT) for one in expr.args)
        return Piece(rf"{a} \bmod {b}", Level.PRODUCT)

    def compared(self, expr: sp.Expr, relation: str) -> str:
        """expr > 0, with what is subtracted on the other side: d - |r| > 0 as d > |r|."""
        terms = split_sum(self.names, expr) if isinstance(expr, sp.Add) else [expr]
        signed = [self.signed(t) for t in terms]
        sides = [[(False, p) for negative, p in signed if negative == side] for side in (False, True)]
        if not sides[0]:
            return f"{self.text(expr)} {relation} 0"
        if all(t.is_number for t in terms if not self.signed(t)[0]):  # r < 1 rather than 1 > r
            return f"{joined([(False, p) for _, p in sides[1]])} {TURNED[relation]} {joined(sides[0])}"
        return f"{joined(sides[0])} {relation} {joined(sides[1]) or '0'}"

    def _absolute(self, expr: sp.Expr) -> Piece:
        return Piece(rf"\left|{self.text(expr.args[0])}\right|", Level.ATOM, scripted=False)

    def _choose(self, expr: sp.Expr) -> Piece:
        if expr.args[1:] == (0, 1):
            return Piece(indicator([self.compared(expr.args[0], r"\le")]), Level.ATOM, scripted=True)
        yes, no = (self.text(a) for a in expr.args[1:])
        rows = rf"{yes} & \text{{if }} {self.compared(expr.args[0], '>')} \\ {no} & \text{{otherwise}}"
        return Piece(rf"\begin{{cases}} {rows} \end{{cases}}", Level.PRODUCT, scripted=True)

    def _sum(self, expr: sp.Expr) -> Piece:
        limits = {symbol: (start, last) for symbol, start, last in expr.limits}
        parts = split(expr.function)
        summed = list(limits)[::-1]  # SymPy's first limit is the innermost
        piece = self._assembled(parts, summed, lambda some: self._sign(some, limits, []))
        return Piece("-" + piece.inside(Level.BIGSUM), Level.SUM) if parts.number < 0 else piece


def joined(terms: Sequence[tuple[bool, Piece]]) -> str:
    """Signed terms as a sum."""
    text = ""
    for negative, piece in terms:
        mark = "-" if negative else "+"
        body = piece.inside(Level.BIGSUM) if negative else piece.text
        text += f" {mark} {body}" if text else ("-" if negative else "") + body
    return text


def names_no_tensor(names: Names, expr: sp.Expr) -> bool:
    return tensor_of(expr) not in names.derivation.by_name and not reads_of(expr)
