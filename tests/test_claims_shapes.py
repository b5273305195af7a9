"""Which sizes follow from given lines and declarations: equal where they must be, different everywhere else."""

from __future__ import annotations

from itertools import product as pairs

import pytest

from derive.check.compare import Points
from derive.check.decide import Decider
from derive.claims import terms as T
from derive.claims.context import Context
from derive.claims.ranges import ROOTED, Ranges
from derive.claims.shapes import ONE, Box, Cell, Mismatch, alike, column, number, of, product, same, together
from derive.errors import DeriveError

POINTS = 3


def shapes(context: Context, *texts: str, point: int = 1) -> list[tuple[int, ...]]:
    world = Points(context).world("denominator", point)
    refs = [context.term(context.read(text).parts[0]) for text in texts]
    return [world.shape(ref.variable, tuple(world.whole(mark, {}) for mark in ref.marks))
            for ref in refs if isinstance(ref, T.Ref)]


LINEAR = (r"z = W x + b", r"C = \|z\|^2")
LAYERS = (r"z^l = w^l a^{l-1} + b^l", r"a^l = \sigma(z^l)", r"C = \frac12 \|a^L - y\|^2")
DEPTH = (r"l = 1, \dots, L",)
PATTERNS = [
    (LINEAR, (), ("W", "x", "z", "b", "C"), ("r c", "c 1", "r 1", "r 1", "")),
    ((r"Y = X W + b", r"C = \|Y\|^2"), (r"b: row",), ("X", "W", "Y", "b"), ("n d", "d k", "n k", "1 k")),
    ((r"z = x W", r"C = \ell(z)"), (r"x: row", r"\ell: scalar"), ("x", "W", "z"), ("1 n", "n m", "1 m")),
    ((r"y = x^T A x",), (), ("x", "A", "y"), ("n 1", "n n", "")),
    ((r"y = a^T b",), (), ("a", "b", "y"), ("n 1", "n 1", "")),
    ((r"Z = a b^T", r"C = \|Z\|^2"), ("a: vector",), ("Z", "a", "b"), ("n m", "n 1", "m 1")),
    ((r"C = \operatorname{tr}(A B)",), (), ("A", "B", "C"), ("n m", "m n", "")),
    ((r"p = \mathrm{softmax}(z)", r"C = -\sum_k y_k \log p_k"), (), ("z", "p", "y"), ("n 1", "n 1", "n 1")),
    ((r"z_j = \sum_k w_{jk} x_k + b_j",), (), ("z", "w", "x", "b"), ("n 1", "n m", "m 1", "n 1")),
    ((r"y = w x + b", r"C = (y - t)^2"), (), ("y", "w", "x", "b", "t"), ("", "", "", "", "")),
    ((r"y_i = w x_i + b", r"J = \frac1m \sum_i (y_i - t_i)^2"), (), ("y", "w", "x", "b"), ("m 1", "", "m 1", "")),
    ((r"J = \frac1N \|A x\|^2",), (), ("A", "x", "N", "J"), ("n m", "m 1", "", "")),
    (LAYERS, DEPTH, ("w^1", "w^2", "a^0", "a^1", "b^2", "C"), ("p q", "r p", "q 1", "p 1", "r 1", "")),
    ((r"h_t = \tanh(W h_{t-1} + U x_t)", r"C = \|h_T\|^2"), (r"t = 1, \dots, T",),
     ("W", "U", "h_1", "h_0", "x_1"), ("n n", "n m", "n 1", "n 1", "m 1")),
    ((r"z = W x",), (r"W \in \mathbb{R}^{3 \times 2}",), ("W", "x", "z"), ("3 2", "2 1", "3 1")),
    ((r"z = W x",), (r"W \in \mathbb{R}^{n \times n}",), ("W", "x", "z"), ("n n", "n 1", "n 1")),
    ((r"u = v + w",), (r"v \in \mathbb{R}^{n}", r"w \in \mathbb{R}^{n}"), ("u", "v", "w"), ("n 1", "n 1", "n 1")),
    ((r"C = \ell(A)",), (r"A: symmetric", r"\ell: scalar"), ("A",), ("n m",)),
    ((r"A = x y^T + s",), (r"s: scalar", "x: vector"), ("A", "s"), ("n m", "")),
    ((r"\hat x = \frac{x - \mu}{v + 1}", r"\mu = \frac1m \sum_i x_i", r"v = \frac1m \sum_i (x_i - \mu)^2",
      r"C = \sum_i \hat x_i^3"), (r"i = 1, \dots, m",), (r"\hat x", "x", r"\mu", "v"), ("m 1", "m 1", "", "")),
]


@pytest.mark.parametrize(("given", "where", "names", "pattern"), PATTERNS)
def test_sizes_are_equal_where_the_lines_say_so_and_nowhere_else(
        given: tuple[str, ...], where: tuple[str, ...], names: tuple[str, ...], pattern: tuple[str, ...]) -> None:
    """A number in the pattern is that size; a letter is a size of its own, the same wherever it stands."""
    context = Context(given, where)
    for point in range(1, POINTS + 1):
        found: dict[str, int] = {}
        for shape, said in zip(shapes(context, *names, point=point), pattern, strict=True):
            assert len(shape) == len(said.split()), said
            for size, letter in zip(shape, said.split(), strict=True):
                assert size == (int(letter) if letter.isdigit() else found.setdefault(letter, size)), (said, shape)
        assert len(set(found.values())) == len(found) and 1 not in found.values(), found


REFUSED = [
    ((r"z = W x + b",), (r"W \in \mathbb{R}^{3 \times 2}", r"x \in \mathbb{R}^{5}"), "do not go together: .* and "),
    ((r"u = v + w",), (r"v \in \mathbb{R}^{3}", r"w \in \mathbb{R}^{4}"), "do not go together: . and ."),
    ((r"z_j = \sum_k w_{jk} x_k",), (r"x \in \mathbb{R}^{3}", r"w \in \mathbb{R}^{4 \times 5}"), "do not go together"),
]


@pytest.mark.parametrize(("given", "where", "what"), REFUSED)
def test_sizes_that_cannot_be_are_refused(given: tuple[str, ...], where: tuple[str, ...], what: str) -> None:
    with pytest.raises(DeriveError, match=what) as refused:
        Points(Context(given, where)).world("denominator", 1)
    assert "where" in refused.value.do


SAID = [
    ("W is nice", "cannot tell what"),
    (r"W + V \in \mathbb{R}^{3}", "no single letter"),
    (r"a + b: scalar", "no single letter"),
]


@pytest.mark.parametrize(("line", "what"), SAID)
def test_declarations_that_say_nothing_are_refused(line: str, what: str) -> None:
    with pytest.raises(DeriveError, match=what):
        Points(Context((r"z = W x",), (line,))).world("denominator", 1)


def test_the_same_cell_is_the_same_size() -> None:
    one, other, third = Cell(), Cell(), Cell(value=3)
    alike(one, other)
    alike(other, third)
    assert one.root().value == 3
    with pytest.raises(Mismatch):
        alike(one, Cell(value=4))


def test_a_product_of_shapes() -> None:
    rows, inner, columns = Cell(), Cell(), Cell()
    assert product(of(rows, inner), of(Cell(), columns), dot=False).known == (rows, columns)
    vector = Box(open="right")
    found = product(of(rows, inner), vector, dot=False)
    assert [cell.root() for cell in vector.known or ()] == [inner.root(), ONE]
    assert [cell.root() for cell in found.known or ()] == [rows.root(), ONE]
    assert product(number(), of(rows, ONE), dot=False).known == (rows, ONE)
    assert product(column(), column(), dot=True).known == ()


def test_what_an_equation_defines_waits_until_it_is_known() -> None:
    defined, leaf = Box(), Box(open="both")
    assert together([of(Cell(), ONE), defined]).known is None
    assert defined.known is None
    assert together([of(Cell(), ONE), leaf]).known == leaf.known is not None
    same(defined, leaf)
    assert defined.known == leaf.known


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_a_number_is_no_size_that_nothing_states(number: int) -> None:
    """The sum over k is zero where 1/n is one over the number of values; n of them were tried by chance."""
    context = Context(given=(rf"u = \frac{{1}}{{{number}}} \sum_k x_k", r"C = \ell(x)"))
    assert Decider(context).check(r"\sum_k (x_k - u) = 0").verdict == "wrong"


def test_no_size_is_the_same_at_two_points() -> None:
    context = Context(given=(r"z_j = \sum_k w_{jk} x_k", r"a_i = \sum_j v_{ij} z_j", r"C = \ell(a)"))
    one, other = (shapes(context, "z", "x", "a", point=point) for point in (1, 2))
    assert all(here != there for here, there in zip(one, other, strict=True))


@pytest.mark.parametrize("choices", [(2, 3), (2, 3, 4), (2, 3, 4, 5), (2, 3, 4, 5, 6)], ids=len)
def test_no_open_size_is_the_same_at_both_points(choices: tuple[int, ...]) -> None:
    """Nor where one of the two had to be drawn again so often that sizes became small: n/(n - 1) is no 2."""
    for name in ("n", "m", "widths"):
        for one, other in pairs((1, 1 + ROOTED), (2, 2 + ROOTED)):
            pair = [Ranges(Context(), seed).ordered(choices, name) for seed in (one, other)]
            assert all(a != b for a, b in zip(*pair, strict=True)), (name, one, other)
