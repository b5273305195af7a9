r"""Second derivatives and Jacobians as a document: every line of the gradient, differentiated once more.

    \mathcal{R}\{z_j\} = \sum_k w_{jk} \mathcal{R}\{a_k\} + \sum_k v_{w,jk} a_k + v_{b,j}

In: forward equations, a notation, what is wanted. Out: sections; with indices, or as whole arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from derive.calculus.explain import Chain
from derive.calculus.higher import gauss_newton_product, hessian, hessian_product, jacobian
from derive.calculus.second import Second
from derive.calculus.tangent import direction_letter
from derive.document.content import Block, Display, Document, Prose, Row, Section
from derive.errors import DeriveError, nearest
from derive.forms.cases import cases
from derive.forms.scale import in_scale
from derive.ir import Derivation
from derive.latex.expression import Printer
from derive.latex.letters import escape, letter
from derive.latex.lines import chain_rows, condition_text, equation_row
from derive.latex.matrix import MatrixForm
from derive.latex.names import Names, along_direction
from derive.latex.sections import preface, with_signs
from derive.notation import Notation

FORMS = ("index", "matrix", "batch")


@dataclass(frozen=True)
class Wanted:
    """What is asked for: of which equations, in which notation, in whole arrays or with indices."""

    forward: Derivation
    notation: Notation
    whole: bool
    wrt: tuple[str, ...]


def second_document(one: Derivation, many: Derivation, notation: Notation, kind: str, form: str | None = None,
                    wrt: Iterable[str] = ()) -> Document:
    """The derivation of a second derivative: `kind` is hvp, hessian, gauss-newton or jacobian."""
    chosen = form or "index"
    if chosen not in FORMS:
        raise DeriveError(f"a second derivative has no form '{chosen}'", do=nearest(chosen, list(FORMS)))
    if kind not in TOLD:
        raise DeriveError(f"there is no second derivative '{kind}'", do=nearest(kind, list(TOLD)))
    title, told = TOLD[kind]
    wanted = Wanted(many if chosen == "batch" else one, notation, chosen != "index", tuple(wrt))
    sections = with_signs([*told(wanted)])
    return Document(title, f"in the notation of {escape(notation.title)}", tuple(sections))


def _product(wanted: Wanted) -> Iterator[Section]:
    yield from _along(wanted, hessian_product(wanted.forward, wanted.notation.policy), HVP)


def _gauss_newton(wanted: Wanted) -> Iterator[Section]:
    second, split = gauss_newton_product(wanted.forward, wanted.notation.policy)
    paper = Paper(wanted, second)
    value = f"${paper.shown.text(second.derivation.tensor(split).at())}$"
    yield from _along(wanted, second, tuple(text.replace("VALUE", value) for text in GAUSS_NEWTON))


HVP = (r"Along a direction $VECTOR$ in the space of the parameters, $\mathcal{R}\{f\} = \frac{d}{dr} "
       r"f(w + r VECTOR)$ at $r = 0$ says how $f$ changes. It obeys the rules of a derivative, and the direction "
       "itself is given:",
       r"The Hessian times $VECTOR$ is the change of the gradient, $H VECTOR = \mathcal{R}\{\nabla COST\}$, so every "
       "line of the gradient is differentiated once more; no entry of $H$ is computed.")
GAUSS_NEWTON = (HVP[0], r"Gauss and Newton split the cost at VALUE, where the network ends and the loss begins: of "
                r"$\nabla^2 COST = \mathbf{J}^T H_{\mathrm{loss}}\, \mathbf{J} + \dots$, where $\mathbf{J}$ is the "
                r"Jacobian of VALUE, they keep the first term. Forward $\mathbf{J} VECTOR$, then the change of the "
                "loss's own gradient, then back through the network, which is held fixed.")


def _along(wanted: Wanted, second: Second, said: Sequence[str]) -> Iterator[Section]:
    """The gradient in one display, what R means, and its lines forward and backward."""
    paper = Paper(wanted, second)
    yield from paper.preface()
    yield Section("The gradient", tuple(paper.results(second.first.chains)))
    put = {"COST": letter(paper.printer.names.cost), "VECTOR": letter(direction_letter(second.first.forward))}
    before, after = (_filled(text, put) for text in said)
    meaning = [Row(paper.direction_name(name), (mine,), "given") for name, mine in paper.directions()]
    yield Section("Along a direction", (Prose(before), Display(tuple(meaning)), Prose(after)))
    forwards = [c for c in second.chains if paper.is_forward(c)]
    backwards = [c for c in second.chains if not paper.is_forward(c)]
    yield Section("Forward along the direction", tuple(paper.displays(forwards)))
    yield Section("Backward along the direction", tuple(paper.displays(backwards)))


def _filled(text: str, put: dict[str, str]) -> str:
    for place, said in put.items():
        text = text.replace(place, said)
    return text


def _hessian(wanted: Wanted) -> Iterator[Section]:
    blocks = hessian(wanted.forward, wanted.notation.policy, wanted.wrt)
    papers = [Paper(wanted, second) for second in blocks]
    yield from papers[0].preface()
    yield Section("The gradient", tuple(papers[0].results(blocks[0].first.chains)))
    for number, (second, paper) in enumerate(zip(blocks, papers, strict=True)):
        yield Section(f"Once more, by {paper.variable}",
                      (*([] if number else [Prose(SYMMETRY)]), *paper.displays(second.chains)))


SYMMETRY = ("The order of the two derivatives does not matter, so each pair of parameters is worked out once; the "
            "other block is its mirror image.")


def _jacobian(wanted: Wanted) -> Iterator[Section]:
    blocks = jacobian(wanted.forward, wanted.wrt)
    papers = [Paper(wanted, second) for second in blocks]
    yield from papers[0].preface()
    for second, paper in zip(blocks, papers, strict=True):
        yield Section(f"The Jacobian by {paper.variable}", tuple(paper.displays(second.chains)))


TOLD: dict[str, tuple[str, Callable[[Wanted], Iterator[Section]]]] = {
    "hvp": ("The Hessian times a vector", _product),
    "hessian": ("The Hessian", _hessian),
    "gauss-newton": ("The Gauss-Newton matrix times a vector", _gauss_newton),
    "jacobian": ("The Jacobian", _jacobian),
}


class Paper:
    """The printers of one `Second`."""

    def __init__(self, wanted: Wanted, second: Second) -> None:
        self.second, self.whole = second, wanted.whole
        first = replace(second.first, derivation=second.derivation)
        self.scaled = in_scale(first, wanted.notation.error_scale)
        self.form = MatrixForm(self.scaled, wanted.notation)
        self.printer = Printer(Names(second.derivation, wanted.notation))
        self.scale = wanted.notation.error_scale

    @property
    def shown(self) -> Printer:
        """That of the formulas in prose."""
        return self.form.whole if self.whole else self.printer

    @property
    def variable(self) -> str:
        """By what is differentiated, with the indices that it has in the formulas."""
        tensor = self.second.derivation.tensor(self.second.tangents.variable or "")
        at = self.second.chains[0].lines[0].equation.at
        return f"${self.shown.text(tensor.at(*at[len(at) - len(tensor.axes):]))}$"

    def preface(self) -> list[Section]:
        front = preface(self.printer, self.second.first.forward, self.form if self.whole else None)
        if self.whole:
            front[0] = Section(front[0].title, (Prose(self.form.reading), *front[0].blocks))
        return front

    def directions(self) -> list[tuple[str, str]]:
        """Each parameter with its part of the direction."""
        return [(t.of or "", self.shown.text(t.at())) for t in self.second.tangents.directions]

    def direction_name(self, name: str) -> str:
        return along_direction(self.shown.text(self.second.derivation.tensor(name).at()))

    def is_forward(self, chain: Chain) -> bool:
        return self.second.derivation.tensor(chain.tensor.of or "").role != "adjoint"

    def results(self, chains: Sequence[Chain]) -> Iterator[Block]:
        """The formulas of the gradient alone."""
        scaled = in_scale(replace(self.scaled, chains=tuple(chains)), self.scale)
        for chain in scaled.chains:
            for case in cases(chain.textbook):
                yield Display(tuple(self._result(case.chain)), condition_text(self.printer, case))

    def _result(self, chain: Chain) -> Iterator[Row]:
        terms = self.form.terms(chain.result) if self.whole else None
        if terms is None:
            yield equation_row(self.printer, chain.result)
        else:
            yield Row(self.form.whole.text(chain.result.lhs), self.form.texts(terms))

    def displays(self, chains: Sequence[Chain]) -> Iterator[Block]:
        """Every chain with its lines and reasons."""
        scaled = in_scale(replace(self.scaled, chains=tuple(chains)), self.scale)
        for chain in scaled.chains:
            for case in cases(chain):
                whole = self.whole and any(t.body != 0 for t in case.chain.result.terms)
                rows = self.form.chain_rows(case, "") if whole else chain_rows(self.printer, case)
                yield Display(tuple(rows), condition_text(self.printer, case))
