"""A term, a sum of products, as an array expression: matrix products where they exist.

    sum_s delta[s,j] * a[s,k]     over (j,k)    is    delta.T @ a
    sum_q delta[s,q] * w[q,j]     over (s,j)    is    delta @ w
    sum_s delta[s,j]              over (j)      is    delta.sum(axis=0)

Factors that read no summed index multiply outside; factors over the same indices are multiplied
elementwise; two groups make a matrix product; einsum is what is left where nothing else fits.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from derive.calculus.factored import factored
from derive.codegen.contraction import Group, contract
from derive.codegen.elementwise import Order, as_mask, lower_factor
from derive.codegen.factors import Divisor, product, ranked, split_factors
from derive.codegen.piece import ATOM, PRODUCT, SUM, Axes, Piece, permuted, spread, union
from derive.codegen.scope import Scope, counter_name
from derive.errors import DeriveError
from derive.ir import Index, Term, reads_of, shown


def lower_terms(terms: Sequence[Term], scope: Scope, target: Axes) -> Piece:
    """The right-hand side of an equation, over (some of) the axes of its target: what all terms share in front."""
    shared = factored(terms)
    if shared is None:
        return _added(terms, scope, target)
    inside = _added(shared.terms, scope, target)
    coefficient, factors = split_factors(shared.front)
    order = tuple(target)
    pieces = with_masks([lower_factor(f, scope, order) for f in ranked(factors, scope)], alone=False)
    return product([inside, *pieces], coefficient, order)


def _added(terms: Sequence[Term], scope: Scope, target: Axes) -> Piece:
    """One term after the other, each with its sign."""
    parts = [part for whole in terms for part in separated(whole)]
    if len(parts) == 1:
        return lower_term(parts[0], scope, target)
    minus = [n > 0 and _negative(part) for n, part in enumerate(parts)]
    pieces = [lower_term(part.map(lambda body: -body) if less else part, scope, target)
              for part, less in zip(parts, minus, strict=True)]
    axes = union(pieces, target)
    text = ""
    for piece, less in zip(pieces, minus, strict=True):
        laid = spread(piece, axes)
        if text and not less and laid.text.startswith("-") and laid.level >= PRODUCT:
            text += f" - {laid.text[1:]}"
        else:
            text += f" {'-' if less else '+'} {laid.at_least(SUM + 1)}" if text else laid.at_least(SUM)
    return Piece(text, SUM, axes, all(p.number for p in pieces))


def _negative(term: Term) -> bool:
    """Whether its coefficient is: it is subtracted."""
    return term.by == "sum" and bool(term.body.as_coeff_Mul()[0] < 0)


def separated(term: Term) -> list[Term]:
    """sum (A + B) as sum A + sum B, where A and B run over different indices."""
    body = term.body
    if not body.is_Add or not term.summed or term.by == "max":
        return [term]
    symbols = [k.symbol for k in term.summed]
    carried = {frozenset(s for e in reads_of(part) for s in e.free_symbols) for part in body.args}
    if len(carried) == 1:
        return [term]
    used = [[s for s in symbols if s in part.free_symbols] for part in body.args]
    if all(len(u) == len(symbols) for u in used) and not any(part.is_Mul for part in body.args):
        return [term]
    ordered = sorted(body.args, key=lambda a: (a.could_extract_minus_sign(), shown(a)))
    return [Term(part, term.summed, term.where) for part in ordered]


def lower_term(term: Term, scope: Scope, target: Axes) -> Piece:
    """One term over (some of) the axes of the target."""
    if term.where:
        raise DeriveError("a sum with conditions cannot be emitted as one array expression")
    layer = next((k for k in term.summed if k.kind == "layer"), None)
    if layer is not None:
        return _over_layers(term, layer, scope, target)
    scope = scope.within(term.summed)
    if term.by == "max":
        return _greatest(term, scope, target)
    coefficient, factors = split_factors(term.body)
    summed = [k.symbol for k in term.summed]
    inner = [f for f in factors if any(s in summed for s in f.free_symbols)]
    outer = [f for f in factors if f not in inner]
    used = {s for f in inner for s in f.free_symbols}
    outer += [k.size for k in term.summed if k.symbol not in used]
    order = (*target, *summed)
    pieces = with_masks([lower_factor(f, scope, order) for f in ranked(outer, scope)], alone=not inner)
    if inner:
        live = tuple(k for k in term.summed if k.symbol in used)
        contracted = contract([_group(f, scope, order) for f in ranked(inner, scope)], live, scope, target)
        front = [p for p in pieces if p.number and not isinstance(p, Divisor)]
        pieces = [*front, contracted, *(p for p in pieces if p not in front)]
    elif _is_outer(pieces, coefficient, target):
        return Piece(f"np.outer({', '.join(p.text for p in sorted(pieces, key=lambda p: target.index(p.axes[0])))})",
                     ATOM, target)
    return product(pieces, coefficient, order) if pieces or coefficient != 1 else Piece("1", ATOM, (), True)


def _greatest(term: Term, scope: Scope, target: Axes) -> Piece:
    """The greatest value along the axes of the summed indices."""
    group = _group(term.body, scope, (*target, *(k.symbol for k in term.summed)))
    piece, gone = group.piece, [k.symbol for k in term.summed]
    places = tuple(n for n, axis in enumerate(piece.axes) if axis in gone)
    rest = tuple(axis for axis in piece.axes if axis not in gone)
    along = f"axis={places if len(places) > 1 else places[0]}" if rest else ""
    return permuted(Piece(f"{piece.at_least(ATOM)}.max({along})", ATOM, rest), target)


def _over_layers(term: Term, layer: Index, scope: Scope, target: Axes) -> Piece:
    """A sum over the layers, whose arrays differ in shape, is Python's own."""
    counter = counter_name(layer)
    rest = Term(term.body, tuple(k for k in term.summed if k is not layer))
    piece = lower_term(rest, scope.counting({layer.symbol: counter}), target)
    span = f"range({scope.whole(layer.start).text}, {scope.whole(layer.last + 1).text})"
    return Piece(f"sum({piece.text} for {counter} in {span})", ATOM, piece.axes)


def with_masks(pieces: list[Piece], alone: bool = True) -> list[Piece]:
    """Factors, of which steps are comparisons behind an array of numbers, whose dtype they take.

    Where they stand alone one stays an array of numbers: 4*(z > 0)/m would be float64.
    """
    plain = [p for p in pieces if as_mask(p) is p]
    steps = [p for p in pieces if as_mask(p) is not p]
    if alone and not any(p.axes and not isinstance(p, Divisor) for p in plain):
        plain, steps = [*plain, *steps[:1]], steps[1:]
    return [*plain, *map(as_mask, steps)]


def _is_outer(pieces: list[Piece], coefficient: sp.Rational, target: Axes) -> bool:
    return (len(pieces) == 2 and len(target) == 2 and coefficient == 1
            and all(len(p.axes) == 1 and not isinstance(p, Divisor) for p in pieces)
            and pieces[0].axes != pieces[1].axes)


def _group(factor: sp.Expr, scope: Scope, order: Order) -> Group:
    """A factor in its own layout: that of its first read with all its indices."""
    axes = {s for s in factor.free_symbols if s in scope.ranges and s not in scope.counters}
    reads = sorted((r for r in reads_of(factor) if {s for s in r.free_symbols if s in axes} == axes), key=shown)
    natural: tuple[sp.Symbol, ...] = tuple(order)
    if reads and isinstance(reads[0], sp.Indexed):
        natural = scope.read(reads[0]).axes
    return Group(lower_factor(factor, scope, natural))
