r"""The Python interface: `derive.Network("784-16-16-10").derive()` and what can be asked of the result.

    d = derive.Network("3-4-2").derive()
    d.latex(form="index", notation="3b1b")      the derivation as text
    d.gradient("w", layer=2)                    one gradient; shows itself in a notebook
    d.check(r"\delta^L = (a^L - y) \odot \sigma'(z^L)")    right, or wrong and what mends it
    d.numpy().cost_and_gradients(params, x, y)  the emitted module, imported
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from derive import pipeline, spec
from derive.calculus.explain import Chain, explain
from derive.check.lint import Judge
from derive.check.opening import judge_in
from derive.check.program import one_verdict
from derive.check.programmed import program_outcomes
from derive.check.verdict import Verdict
from derive.document.content import Display, Document, Section
from derive.document.page import page as look_up_page
from derive.errors import DeriveError, clip, nearest
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import Emitted, load_source
from derive.gradcheck.proof import prove
from derive.gradcheck.rows import Row
from derive.gradcheck.second import prove_second
from derive.ir import Derivation, Tensor
from derive.latex.document import content, document
from derive.latex.second import second_document
from derive.own_notation import notation_of as look_up
from derive.shrunk import readings
from derive.text import write_equation
from derive.writers.markdown import display, parts
from derive.written.python.read import is_program


class Network(spec.Network):
    """A network as `derive.spec.Network` describes it, that can be derived."""

    def derive(self, notation: str = pipeline.NOTATION) -> Backprop:
        """The derivation; what the network leaves open (the factor of the cost) follows the notation."""
        return Backprop(self, notation)


def derive(arch: str | spec.Network | Derivation, notation: str = pipeline.NOTATION, **choices: Any) -> Backprop:
    """The derivation of an architecture line, a .toml or .eq file, a network, or equations.

    `choices` are the options of the command line: activation, output, cost, factor, regularize, reduce, bias.
    """
    if isinstance(arch, str):
        return Backprop(spec.load(arch, **choices), notation)
    if not isinstance(arch, spec.Network | Derivation):
        raise DeriveError(f"{clip(repr(arch))} is no architecture", do="Write '3-4-2', or derive.Network(3, 4, 2).")
    if choices:
        raise DeriveError(f"{next(iter(choices))} goes with an architecture that is text", do="Say it in the Network.")
    return Backprop(arch, notation)


@dataclass(frozen=True)
class Backprop:
    """A model and its gradients. Everything is computed when it is first asked for."""

    source: spec.Network | Derivation
    notation: str

    @cached_property
    def model(self) -> pipeline.Model:
        """The equations of one example (`one`) and of a minibatch (`many`)."""
        return pipeline.equations(self.source, look_up(self.notation))

    def latex(self, form: str | None = None, notation: str | None = None, wrt: str | Iterable[str] = (),
              page: str = "fragment", second: str | None = None) -> str:
        """The derivation in LaTeX: form chain, index, matrix or batch; page fragment or article.

        `second` is hvp, hessian, gauss-newton or jacobian: that instead of the gradient (index, matrix or batch).
        """
        style = look_up(notation or self.notation)
        model = self.model if style.name == self.notation else pipeline.equations(self.source, style)
        if second is None:
            text = document(model, style, form=form, wrt=_several(wrt), page=page)
        else:
            told = second_document(model.one, model.many, style, second, form, _several(wrt))
            text = look_up_page(page).write(told)
        if isinstance(text, bytes):
            raise DeriveError(f"the page '{page}' is not text", do="Write it with `derive latex ... -o FILE`.")
        return text

    def gradient(self, name: str, layer: int | None = None) -> Gradient:
        """dC/d(name), with the lines that lead to it; `gradient("w", layer=2)` is `gradient("w2")`."""
        full = name if layer is None else f"{name}{layer}"
        known = [t.name for t in self.model.one.tensors if t.role not in ("constant", "cost")]
        if full not in known:
            raise DeriveError(f"there is nothing called '{full}' to differentiate by", do=nearest(full, known))
        explanation = explain(self.model.one, [full], look_up(self.notation).policy)
        return Gradient(self, explanation.forward.tensor(full), explanation.chain(full))

    def code(self, target: str = "numpy", dtype: str = "float64", second: str | None = None,
             wrt: str | Iterable[str] = ()) -> str:
        """The source of the module that computes the cost and its gradients over a minibatch.

        `second` adds functions. hvp: `hessian_vector_product(params, v, x, y)`, where v and the result are dicts like
        params. hessian: `hessian(params, x, y)` too, n x n for the n numbers in params, in their order. gauss-newton:
        `gauss_newton_vector_product` and `gauss_newton`, alike. jacobian: `jacobian(params, x)`, for each variable in
        `wrt` (by default the inputs) an array with the axes of the output before those of the variable: for x of
        shape (m, k) and an output (m, j) it is (m, j, k), for a weight (j, k) it is (m, j, j, k).
        """
        return pipeline.emit(self.model.many, target, dtype, self.notation, second=second, wrt=_several(wrt))

    def numpy(self, dtype: str = "float64", second: str | None = None, wrt: str | Iterable[str] = ()) -> Emitted:
        """That module, imported: init, predict, cost, cost_and_gradients, and what `second` adds."""
        return load_source(self.code("numpy", dtype, second, wrt))

    def gradcheck(self, entries: int = 500, seed: int = 0, second: str | None = None,
                  wrt: str | Iterable[str] = ()) -> list[Row]:
        """The emitted gradients, or second derivatives, against finite differences, one row a parameter."""
        many = with_constants(self.model.many)
        module = load_source(pipeline.emit(many, second=second, wrt=_several(wrt)))
        if second is not None:
            return prove_second(module, many, second, seed, _several(wrt))
        return prove(module, many, entries, seed)

    def check(self, claim: str) -> Verdict:
        """Whether a formula about this model is right, and what mends it if it is wrong.

        It is written in LaTeX, in the letters of the notation, or in Python. One that cannot be read is a DeriveError.
        """
        if is_program(claim):
            return one_verdict(claim, program_outcomes(self.source))
        return self._judge(claim)

    @cached_property
    def _judge(self) -> Judge:
        return judge_in(readings(self.source, look_up(self.notation)))

    def _document(self, wrt: Iterable[str] = ()) -> Document:
        return content(self.model, look_up(self.notation), wrt=wrt)

    def _repr_markdown_(self) -> str:
        return str(look_up_page("markdown").write(self._document()))

    def _repr_latex_(self) -> str:
        return displays(self._document().sections)


@dataclass(frozen=True)
class Gradient:
    """One gradient: `lines` from the chain rule to the formula that is computed."""

    of: Backprop
    tensor: Tensor
    chain: Chain

    @property
    def lines(self) -> list[str]:
        """Every line in the textbook syntax."""
        return [write_equation(line.equation) for line in self.chain.lines]

    @property
    def formula(self) -> sp.Expr:
        """The last line's terms as one SymPy expression, sums as `Sum`."""
        terms = self.chain.result.terms
        return sp.Add(*(sp.Sum(t.body, *((k.symbol, k.start, k.last) for k in t.summed)) if t.summed else t.body
                        for t in terms))

    def latex(self, notation: str | None = None) -> str:
        return self.of.latex(notation=notation, wrt=[self.tensor.name])

    def _repr_latex_(self) -> str:
        return displays(self.of._document([self.tensor.name]).sections[2:])  # after the symbols and the cost

    def __str__(self) -> str:
        return "\n".join(self.lines)


def _several(wrt: str | Iterable[str]) -> tuple[str, ...]:
    """The names in it; one alone needs no list."""
    return (wrt,) if isinstance(wrt, str) else tuple(wrt)


def displays(sections: Iterable[Section]) -> str:
    """The formulas alone, as a notebook shows them."""
    rows = [block.rows for section in sections for block in section.blocks if isinstance(block, Display)]
    return "\n\n".join(display(part) for row in rows for part in parts(row))
