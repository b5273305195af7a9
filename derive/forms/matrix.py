r"""A term with indices as an expression of vectors and matrices, found from its indices alone.

    sum_q w[q,j] d[q] * f'(z[j])    ->    (w^T d) o f'(z)
    d[j] * a[k]                     ->    d a^T
    sum_s d[j,s] * a[k,s]           ->    d a^T
    sum_t d[t,j] * a[t-1,k]         ->    sum_t d_t a_{t-1}^T      where t is no axis, but the step of a loop

Where vectors are rows everything is its own mirror image: (w d)^T = d^T w^T.

In: a Term, the axes of its result, and how each read lies. Out: a tree of nodes, or None where an
index form has no matrix form (three free indices, conditions, shifted indices).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import sympy as sp

from derive.forms.trees import Axes, Elementwise, Hadamard, Node, Ones, Product, Scaled, Total, Transpose, mirrored
from derive.ir import Term, indices_of, reads_of

Lie = Callable[[sp.Expr], Axes]
"""The index symbols of a read in the order in which its array lies on paper; () for a scalar."""


class NoMatrixForm(Exception):
    """The term has none."""


def matrix_terms(terms: Sequence[Term], axes: Axes, lie: Lie) -> list[Scaled] | None:
    """Every term of an equation whose left side lies along `axes`, or None."""
    try:
        return bracketed([_scaled(t, axes, lie) for whole in terms for t in _summands(whole, lie)])
    except NoMatrixForm:
        return None


def row_terms(terms: Sequence[Term], axes: Axes, lie: Lie) -> list[Scaled] | None:
    """The same where vectors are rows: every array transposed, found as columns, and the result transposed."""
    found = matrix_terms(terms, axes[::-1], lambda access: lie(access)[::-1])
    return None if found is None else [replace(term, node=mirrored(term.node)) for term in found]


def _summands(term: Term, lie: Lie) -> list[Term]:
    """An unsummed sum whose parts need products of their own, or lie differently, as terms."""
    if term.summed or not isinstance(term.body, sp.Add):
        return [term]
    alike = len({lie(r) for r in reads_of(term.body)}) <= 1
    if alike and all(sum(bool(f.free_symbols) for f in sp.Mul.make_args(part)) <= 1 for part in term.body.args):
        return [term]
    return [Term(part, (), term.where) for part in term.body.args]


def _scaled(term: Term, axes: Axes, lie: Lie) -> Scaled:
    if term.where or term.by != "sum" or len(axes) > 2 or not axes:
        raise NoMatrixForm
    if term.body == 0:
        return Scaled((), Elementwise(axes, term.body))
    lying = {s for r in reads_of(term.body) for s in lie(r)}
    apart = {e for r in reads_of(term.body) for e in indices_of(r)} - lying
    over = tuple(k for k in term.summed if k.symbol in apart)
    summed = tuple(k.symbol for k in term.summed if k not in over)
    moving = {*axes, *summed}
    scalars, nodes = [], []
    for factor in sp.Mul.make_args(term.body):
        own = factor.free_symbols & moving
        if own:
            nodes.append(_leaf(factor, lie, moving, axes))
        else:
            scalars.append(factor)
    if any(not any(s in n.axes for n in nodes) for s in summed):
        raise NoMatrixForm
    return Scaled(tuple(scalars), _laid(_combined(_contracted(nodes, summed), axes), axes), over)


def _leaf(factor: sp.Expr, lie: Lie, moving: set[sp.Symbol], axes: Axes) -> Node:
    """A factor whose reads all lie alike; its transpose if that is how they lie."""
    found = {lie(r) for r in reads_of(factor) if r.free_symbols & moving}
    plain = all(i.is_Symbol or not i.free_symbols & moving for r in reads_of(factor) for i in indices_of(r))
    read_symbols = set().union(*(r.free_symbols for r in reads_of(factor)))
    if len(found) != 1 or not plain or (factor.free_symbols - read_symbols) & moving:
        raise NoMatrixForm
    (own,) = found
    products = [m for m in factor.atoms(sp.Mul) if sum(bool(a.free_symbols & moving) for a in m.args) > 1]
    if products or len(own) > 2 or len(set(own)) < len(own):
        raise NoMatrixForm
    return Elementwise(own, factor)


# -- sums ------------------------------------------------------------------------------------


def _contracted(nodes: list[Node], summed: Axes) -> list[Node]:
    """Every summed index taken away by a matrix product."""
    left = [s for s in summed]
    while left:
        s = next((s for s in left if len({n.axes for n in nodes if s in n.axes}) <= 2), None)
        if s is None:
            raise NoMatrixForm
        left.remove(s)
        carrying = _alike([n for n in nodes if s in n.axes])
        rest = [n for n in nodes if s not in n.axes]
        nodes = [*rest, _summed(carrying, s)]
    return nodes


def _alike(nodes: list[Node]) -> list[Node]:
    """Nodes over the same axes multiplied entry by entry."""
    groups: dict[frozenset[sp.Symbol], list[Node]] = {}
    for node in nodes:
        groups.setdefault(frozenset(node.axes), []).append(node)
    return [_entrywise(group) for group in groups.values()]


def _entrywise(group: list[Node]) -> Node:
    if len(group) == 1:
        return group[0]
    axes = group[0].axes
    return Hadamard(axes, tuple(_laid(n, axes) for n in group))


def _summed(carrying: list[Node], s: sp.Symbol) -> Node:
    """The product over s of one or two nodes."""
    if len(carrying) == 1:
        carrying.append(Ones((s,)))
    if len(carrying) != 2:
        raise NoMatrixForm
    first, second = sorted(carrying, key=lambda n: (-len(n.axes), isinstance(n, Ones)))
    rows = tuple(a for a in first.axes if a != s)
    columns = tuple(a for a in second.axes if a != s)
    if len(first.axes) == 1:
        raise NoMatrixForm
    return Product((*rows, *columns), _ending(first, s), _starting(second, s))


def _ending(node: Node, s: sp.Symbol) -> Node:
    return node if node.axes[-1] == s else _transposed(node)


def _starting(node: Node, s: sp.Symbol) -> Node:
    return node if node.axes[0] == s else _transposed(node)


def _transposed(node: Node) -> Node:
    if isinstance(node, Transpose):
        return node.of
    return Transpose(node.axes[::-1], node)


# -- products --------------------------------------------------------------------------------


def _combined(nodes: list[Node], axes: Axes) -> Node:
    """What is left: vectors and matrices over the axes of the result."""
    nodes = _alike(nodes)
    vectors = {n.axes[0]: n for n in nodes if len(n.axes) == 1}
    matrices = [n for n in nodes if len(n.axes) == 2]
    if len(axes) == 1:
        return vectors[axes[0]] if axes[0] in vectors else _raise()
    row, column = axes
    if matrices:
        spread = [_outer(vectors[row], vectors[column], axes)] if vectors.keys() == {row, column} else \
            [_spread(vector, axes) for vector in vectors.values()]
        whole = _laid(matrices[0], axes) if spread else matrices[0]
        own = whole.factors if isinstance(whole, Hadamard) else (whole,)
        return Hadamard(axes, (*own, *spread)) if spread else whole
    return _outer(vectors.get(row, Ones((row,))), vectors.get(column, Ones((column,))), axes)


def _outer(first: Node, second: Node, axes: Axes) -> Node:
    """u v^T: a vector for the rows and one for the columns."""
    return Product(axes, first, _flipped(second) if isinstance(second, Product) else Transpose((axes[1],), second))


def _spread(vector: Node, axes: Axes) -> Node:
    """v 1^T or 1 v^T: every column, or every row, is the vector. One of several factors is easier read with indices,
    and so is a quotient, e[j]/s."""
    if isinstance(vector, Hadamard) or isinstance(vector, Elementwise) and vector.expr.is_Pow and vector.expr.exp < 0:
        raise NoMatrixForm
    row, column = axes
    return _outer(vector, Ones((column,)), axes) if vector.axes == (row,) else _outer(Ones((row,)), vector, axes)


def bracketed(terms: list[Scaled]) -> list[Scaled]:
    """P o A - P o B as P o (A - B): what every term is multiplied by entry by entry stands before a bracket."""
    factors = [term.node.factors if isinstance(term.node, Hadamard) else () for term in terms]
    common = tuple(f for f in factors[0] if all(f in others for others in factors[1:]))
    if len(terms) < 2 or not common or any(len(own) == len(common) for own in factors):
        return terms
    axes = terms[0].node.axes
    inside = tuple(Scaled(t.scalars, _entrywise([f for f in own if f not in common]))
                   for t, own in zip(terms, factors, strict=True))
    return [Scaled((), Hadamard(axes, (*common, Total(axes, inside))))]


def _raise() -> Node:
    raise NoMatrixForm


def _laid(node: Node, axes: Axes) -> Node:
    """The node turned so that its rows and columns are those of the result."""
    if node.axes == axes:
        return node
    if isinstance(node, Product) and len(axes) == 2:
        return Product(axes, _flipped(node.right), _flipped(node.left))
    return _transposed(node)


def _flipped(node: Node) -> Node:
    """The transpose of a factor of a product; of a product, the product of the transposes."""
    if isinstance(node, Product):
        return Product(node.axes[::-1], _flipped(node.right), _flipped(node.left))
    return _transposed(node)
