"""The verdict about a claim: what mends it, what else it could be called, and the step of the true derivation."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from derive.check.decide import Decider
from derive.check.diagnose import suspects
from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, VERDICTS, WRONG
from derive.claims.context import Context
from derive.points.field import P

ERRORS = (r"u^{k} = V^{k} h^{k-1} + c^{k}", r"h^{k} = \phi(u^{k})", r"E = \ell(h^{K})",
          r"\epsilon^{k} = \frac{\partial E}{\partial u^{k}}")
LAYERS = ("k: layer", r"k = 1, \dots, K", r"\phi: elementwise", r"\ell: scalar")
NEURON = (r"s = q v + r", r"h = \sigma(s)", r"E = \frac{1}{2} (h - g)^2")
LINE = (r"E = (2 v + 0.5)^2",)
BRANCHES = (r"p = v^2", r"q = \exp(v)", r"E = \sin(p) q")
ENTRIES = (r"u_i = \sum_j V_{ij} h_j", r"E = \ell(u)")
CUBE = (r"E = v^{3} g + 5 v^{2} h",)
HINGE = (r"E = \max(0, 1 - g v)",)


@dataclass(frozen=True)
class Case:
    """A wrong claim, a name that its mistake must have, and what it becomes."""

    given: tuple[str, ...]
    wrong: str
    mistake: str
    right: str
    where: tuple[str, ...] = ()


WRONGS = (
    Case(ERRORS, r"\frac{\partial E}{\partial V^k} = h^{k-1} (\epsilon^k)^T", "product_order",
         r"\frac{\partial E}{\partial V^k} = (\epsilon^k) (h^{k-1})^T", LAYERS),
    Case(ERRORS, r"\epsilon^k = ((V^{k+1})^T \epsilon^{k+1}) \odot \phi(u^k)", "slope",
         r"\epsilon^k = ((V^{k+1})^T \epsilon^{k+1}) \odot \phi'(u^k)", LAYERS),
    Case(NEURON, r"\frac{\partial E}{\partial q} = (h - g) \sigma'(s)", "missing_factor",
         r"\frac{\partial E}{\partial r} = (h - g) \sigma'(s)"),
    Case(NEURON, r"\frac{dE}{dr} = \frac{dE}{dh} \sigma'(s) = h \sigma'(s) + g \sigma'(s)", "sign",
         r"\frac{dE}{dr} = \frac{dE}{dh} \sigma'(s) = h \sigma'(s) - g \sigma'(s)"),
    Case(LINE, r"\frac{d E}{d v} = 8 v + 1.5", "numeric_constant", r"\frac{d E}{d v} = 8 v + 2"),
    Case(LINE, r"\frac{d E}{d v} = \frac{7}{2} v + 3", "numeric_constant", r"\frac{d E}{d v} = 8 v + 2"),
    Case(CUBE, r"\frac{\partial E}{\partial v} = v^{2} g + 10 v h", "factor",
         r"\frac{\partial E}{\partial v} = 3 v^{2} g + 10 v h"),
    Case(HINGE, r"\frac{\partial E}{\partial v} = -g \mathbb{1}[g v > 1]", "condition",
         r"\frac{\partial E}{\partial v} = -g \mathbb{1}[g v < 1]"),
)


@pytest.mark.parametrize("case", WRONGS, ids=lambda case: f"{case.mistake}-{case.wrong[-20:]}")
def test_what_mends_it(case: Case) -> None:
    verdict = Decider(Context(case.given, case.where)).check(case.wrong)
    assert verdict.verdict == WRONG
    assert case.mistake in ((verdict.mistake or "").split(", ") + list(verdict.also))
    assert "".join((verdict.corrected or "").split()) == "".join(case.right.split())
    assert Decider(Context(case.given, case.where)).check(case.right).verdict == RIGHT


STEPS = (
    (NEURON, r"\frac{\partial E}{\partial q} = (h - g) v",
     r"\frac{\partial E}{\partial q} = \frac{\partial E}{\partial s} \frac{\partial s}{\partial q}"),
    (NEURON, r"\frac{dE}{dq} = (h - g) v", r"\frac{dE}{dq} = \frac{dE}{ds} \frac{ds}{dq}"),
    (BRANCHES, r"\frac{\partial E}{\partial v} = 2 v q \cos p",
     r"\frac{\partial E}{\partial v} = \frac{\partial E}{\partial p} \frac{\partial p}{\partial v} + "
     r"\frac{\partial E}{\partial q} \frac{\partial q}{\partial v}"),
    (ENTRIES, r"\frac{\partial E}{\partial h_j} = V_{ij} \frac{\partial E}{\partial u_i}",
     r"\frac{\partial E}{\partial h_j} = \sum_{i} \frac{\partial E}{\partial u_i} \frac{\partial u_i}{\partial h_j}"),
    (LINE, r"\frac{d E}{d v} = 8 v", ""),
)


@pytest.mark.parametrize(("given", "claim", "step"), STEPS)
def test_the_step_of_the_true_derivation(given: tuple[str, ...], claim: str, step: str) -> None:
    decider = Decider(Context(given, (r"\ell: scalar",)))
    verdict = decider.check(claim)
    assert verdict.verdict == WRONG and verdict.parts == step
    assert not step or decider.check(step).verdict == RIGHT


def test_a_forgotten_branch_is_named() -> None:
    verdict = Decider(Context(BRANCHES)).check(
        r"\frac{\partial E}{\partial v} = \frac{\partial E}{\partial p} \frac{\partial p}{\partial v}")
    assert verdict.mistake == "missing_path"
    assert (verdict.corrected or "").endswith(r"+ \frac{\partial E}{\partial q} \frac{\partial q}{\partial v}")


def test_nothing_is_mended_with_itself() -> None:
    """The left side is no part of its own correction."""
    verdict = Decider(Context(NEURON)).check(r"\frac{\partial E}{\partial q} = \cos(v) \exp(r)")
    assert verdict.verdict == WRONG and r"\partial q}" not in (verdict.corrected or "").partition("=")[2]


ODD = (("", UNREADABLE), (r"\frac{\partial E}{\partial q}", UNDECIDED), (r"E < 3", UNDECIDED),
       (r"\frac{\partial E}{\partial q} = \zeta", UNREADABLE), ("=" * 30, UNREADABLE), (r"E_{j} = s_{jk}", None),
       (r"\sum = \sum", None), (r"\frac{\partial \partial}{\partial} = 1", None), ("(" * 400, UNREADABLE))


@pytest.mark.parametrize(("claim", "expected"), ODD)
def test_whatever_is_written_has_a_verdict(claim: str, expected: str | None) -> None:
    verdict = Decider(Context(NEURON)).check(claim)
    assert verdict.verdict in VERDICTS and verdict.verdict != RIGHT
    assert expected is None or verdict.verdict == expected
    assert verdict.explanation or verdict.proof


CHAINS = ((3, {(0, 1)}, (2,)), (3, {(1, 2)}, (0,)), (2, set(), (0, 1)), (4, {(0, 1), (2, 3)}, (0, 1, 2, 3)))


@pytest.mark.parametrize(("parts", "equal", "expected"), CHAINS)
def test_the_odd_side_is_looked_at(parts: int, equal: set[tuple[int, int]], expected: tuple[int, ...]) -> None:
    assert suspects(parts, lambda a, b: (a, b) in equal or (b, a) in equal) == expected


APART = Context(given=("f = (x + y) z", "q = x + y"))


@pytest.mark.parametrize("claim", [
    r"\frac{\partial f}{\partial q} = z",
    r"\frac{\partial f}{\partial x} = \frac{\partial f}{\partial q} \frac{\partial q}{\partial x}"])
def test_letters_that_no_line_connects_are_undecided(claim: str) -> None:
    """q is x + y, but the line of f does not say so: nothing speaks against the claim."""
    said = Decider(APART).check(claim)
    assert (said.verdict, said.explanation) == ("undecided", "The given lines do not say how f depends on q.")


DOUBTED = (
    (("y = x z",), f"{P} y = 0", "The exact and the numerical comparison do not agree."),
    ((r"y = \sin(\arctan(x))",), r"y = \frac{x}{\sqrt{1 + x^2}}",
     "The two sides differ exactly but not numerically: a law of some function was not recognised."),
    (("y = x z", "q = u + v", "r = u v"), r"\frac{\partial y}{\partial q} = \frac{\partial y}{\partial r}",
     "Both sides are zero: the given equations do not say how the one depends on the other."),
    (("y = x^T z", "q = A x"), r"\frac{\partial y}{\partial A} = z",
     "The left side is zero: the given equations do not say how the one depends on the other."))


@pytest.mark.parametrize(("given", "claim", "why"), DOUBTED)
def test_what_the_second_witness_and_zeros_say(given: tuple[str, ...], claim: str, why: str) -> None:
    """A number that is 0 modulo P, a law that the field does not keep, derivatives by what is apart."""
    said = Decider(Context(given, (r"A \in R^{m \times n}", r"x \in R^n", r"z \in R^n")
                           if "A" in claim else ())).check(claim)
    assert (said.verdict, said.explanation) == (UNDECIDED, why)


def test_a_wrong_derivative_beside_them_is_wrong() -> None:
    assert Decider(APART).check(r"\frac{\partial f}{\partial x} = y").verdict == "wrong"
