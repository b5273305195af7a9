"""Mutants of true formulas: each kind of mistake is made on purpose, must be refused, and must be called by its name.

The matrix of mistakes and architectures is kept in docs/mistakes.md: `--update-generated -m sweep` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from true_formulas import EXAMPLES, TYPED, TrueFormula, formulas

from derive.check.decide import Decider
from derive.check.diagnose import single_edits
from derive.check.verdict import WRONG
from derive.claims.context import Context
from derive.mistake import Mistake, corrected
from derive.mistake.context import seen
from derive.notation import notations
from derive.registry import discover

KEPT = Path(__file__).parent.parent / "docs" / "mistakes.md"
KINDS: tuple[Mistake, ...] = tuple(discover("derive.mistakes"))
NIELSEN = (r"z^{l} = w^{l} a^{l-1} + b^{l}", r"a^{l} = \sigma(z^{l})", r"C = \frac{1}{2} \| a^{L} - y \|^2",
           r"\delta^{l} = \frac{\partial C}{\partial z^{l}}")
SCALAR = (r"z = w x + b", r"a = \sigma(z)", r"L = \frac{1}{2} (a - y)^2")
TRUE = {
    "bp1": (NIELSEN, r"\delta^L = (a^L - y) \odot \sigma'(z^L)"),
    "bp2": (NIELSEN, r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)"),
    "bp3": (NIELSEN, r"\frac{\partial C}{\partial b^l} = \delta^l"),
    "bp4": (NIELSEN, r"\frac{\partial C}{\partial w^l} = \delta^l (a^{l-1})^T"),
    "scalar": (SCALAR, r"\frac{\partial L}{\partial w} = (a - y) \sigma'(z) x"),
    "softmax": ((r"p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}",),
                r"\frac{\partial p_i}{\partial z_j} = p_i (\mathbb{1}\{i = j\} - p_j)"),
}
MADE = {"missing_factor": "spurious_factor", "spurious_factor": "missing_factor", "missing_path": "spurious_path",
        "spurious_path": "missing_path", "missing_sum": "spurious_sum", "spurious_sum": "missing_sum",
        "missing_slope": "spurious_factor", "diagonal": "spurious_path"}
"""An edit that mends one mistake makes another: what adds a factor to a true formula makes a spurious one."""
ALIKE = ({"missing_factor", "missing_slope", "wrong_variable", "wrong_local_derivative"},
         {"spurious_factor", "missing_slope", "power"},
         {"factor", "mean_for_sum", "numeric_constant", "regularizer"},
         {"transpose", "product_order", "mixed_convention", "hadamard_vs_matmul"},
         {"index", "captured_index", "weight_order", "time_off_by_one", "layer_off_by_one", "off_by_one", "diagonal"},
         {"slope_argument", "layer_off_by_one", "time_off_by_one", "wrong_variable", "slope"},
         {"wrong_variable", "wrong_left_side", "index", "layer_off_by_one", "slope_argument"},
         {"spurious_path", "wrong_variable", "missing_factor", "regularizer"},
         {"missing_path", "regularizer", "diagonal"}, {"spurious_sum", "mean_for_sum", "missing_sum", "index"},
         {"sign", "factor", "condition", "numeric_constant"}, {"power", "numeric_constant", "wrong_variable"},
         {"condition", "case"}, {"inverted_factor", "factor", "power"})
"""Names for what one edit can be called; which of them is used is a matter of taste."""
SMALL_SHARE, LARGE_SHARE = 0.85, 0.8
TRIED, PER_EXAMPLE = 60, 4


@dataclass(frozen=True)
class Mutant:
    """A wrong formula; `made` is the mistake in it."""

    made: str
    text: str


def mutants(decider: Decider, claim: str, kinds: Iterable[Mistake] = KINDS) -> Iterator[Mutant]:
    """The first wrong formula that the edits of each kind make of a true one."""
    tree, context = decider.context.read(claim), decider.context
    written = seen(claim, tree, context.vocabulary, context.trees, elementwise=context.elementwise)
    for kind in kinds:
        for edit in single_edits(written, (kind,))[:TRIED]:
            text = corrected(claim, (edit,))
            if decider.judged(text).kind in ("different", "conflict"):
                yield Mutant(MADE.get(kind.name, kind.name), text)
                break


@dataclass
class Tally:
    """What became of the mutants of one formula or example, by the mistake in them."""

    made: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    instead: dict[tuple[str, str], int] = field(default_factory=dict)
    unnamed: list[tuple[str, str, str | None]] = field(default_factory=list)

    def add(self, decider: Decider, mutant: Mutant) -> None:
        verdict = decider.check(mutant.text)
        assert verdict.verdict == WRONG, (mutant, verdict)
        names = {*(verdict.mistake or "nothing").split(", "), *verdict.also}
        self.made[mutant.made] = self.made.get(mutant.made, 0) + 1
        if mutant.made in names or any(mutant.made in group and names & group for group in ALIKE):
            self.named[mutant.made] = self.named.get(mutant.made, 0) + 1
        else:
            self.unnamed.append((mutant.made, mutant.text, verdict.corrected))
        if mutant.made not in names:
            key = (mutant.made, verdict.mistake or "nothing")
            self.instead[key] = self.instead.get(key, 0) + 1

    @property
    def share(self) -> float:
        return sum(self.named.values()) / max(1, sum(self.made.values()))


@pytest.mark.parametrize("name", TRUE)
def test_mutants_are_refused_and_named(name: str) -> None:
    given, claim = TRUE[name]
    decider, tally = Decider(Context(given, (), "denominator")), Tally()
    for mutant in mutants(decider, claim):
        tally.add(decider, mutant)
    assert sum(tally.made.values()) >= 8
    assert tally.share >= SMALL_SHARE, tally.unnamed


def is_first(at: int) -> bool:
    """Whether no example before it has the same network: one that has differs in the form that is printed alone."""
    return not any(one["arch"] == EXAMPLES[at]["arch"] != TYPED and one.get("choices") == EXAMPLES[at].get("choices")
                   for one in EXAMPLES[:at])


def kept(example: dict[str, Any], at: int) -> Iterator[TrueFormula]:
    """A few formulas of an example, in one notation: which one goes round from example to example."""
    listed = sorted(notations())
    found = list(formulas(example, listed[at % len(listed)]))
    yield from found[::max(1, len(found) // PER_EXAMPLE)][:PER_EXAMPLE]


def tally_of(example: dict[str, Any], at: int) -> Tally:
    """Each kind of mistake once, in the first formula of the example in which it can be made."""
    tally = Tally()
    for one in kept(example, at):
        decider = Decider(Context(one.lines.given, one.lines.where, elementwise=one.lines.elementwise))
        if decider.judged(one.claim).kind != "equal":
            continue  # that printed formulas read back right is tested elsewhere
        left = [kind for kind in KINDS if MADE.get(kind.name, kind.name) not in tally.made]
        for mutant in mutants(decider, one.claim, left):
            tally.add(decider, mutant)
    return tally


@pytest.mark.sweep
def test_the_matrix_of_mistakes_and_architectures(request: pytest.FixtureRequest) -> None:
    tallies = {example["name"]: tally_of(example, at) for at, example in enumerate(EXAMPLES) if is_first(at)}
    made, named = (sum(sum(getattr(one, what).values()) for one in tallies.values()) for what in ("made", "named"))
    unnamed = [case for one in tallies.values() for case in one.unnamed]
    text = page(tallies)
    if request.config.getoption("--update-generated"):
        KEPT.write_text(text, encoding="utf-8")
    assert made >= 100 and named >= LARGE_SHARE * made, (made, named, unnamed)
    assert KEPT.read_text(encoding="utf-8") == text, f"{KEPT} differs: see --update-generated"


def page(tallies: dict[str, Tally]) -> str:
    """The matrix, and below it what is called by another name."""
    kinds = sorted({kind for one in tallies.values() for kind in one.made})
    titles = {kind.name: kind.title for kind in KINDS}
    rows = ["| mistake | " + " | ".join(tallies) + " |", "|---" * (len(tallies) + 1) + "|"]
    for kind in kinds:
        cells = (_cell(one, kind) for one in tallies.values())
        rows.append(f"| {titles.get(kind, kind)} (`{kind}`) | " + " | ".join(cells) + " |")
    others: dict[tuple[str, str], int] = {}
    for one in tallies.values():
        for key, count in one.instead.items():
            others[key] = others.get(key, 0) + count
    listed = [f"- `{made}` is called `{name}`: {count}" for (made, name), count in sorted(others.items())]
    return "\n".join((HEAD, *rows, "", BELOW, *listed, ""))


def _cell(tally: Tally, kind: str) -> str:
    if kind not in tally.made:
        return ""
    return "named" if kind in tally.named else "refused"


HEAD = """# Mistakes that are named

Each kind of mistake is made on purpose in true formulas of the kept examples, of each network once, as some notation
prints them. Every such formula is refused. *named*: the mistake is called by its name, or by one that means the same
edit; *refused*: it is called something else, or nothing mends it. An empty cell: the mistake cannot be made in the
formulas that were tried.

`python -m pytest -m sweep tests/test_mutations.py --update-generated` writes this page.
"""
BELOW = """What has more than one name: the mistake that was made, and what it was called instead.
"""
