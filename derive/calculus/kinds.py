"""Which of the four equations of backpropagation a gradient is, told from its structure.

    output   dC/dz of a layer whose activation the cost reads       Nielsen's BP1
    hidden   dC/dz of a layer before another                        BP2
    bias     dC/db = dC/dz                                          BP3
    weight   dC/dw = dC/dz times what w multiplies                  BP4

They are equations of layers of neurons: z is a weighted input, and every index counts neurons, steps or examples. The
gate of an LSTM, and a kernel that is moved along an image, have gradients of their own kind.

Printers and emitters give them the names of a notation, so text and code carry the same tags.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from derive.calculus.explain import Chain, Explanation
from derive.ir import Term, indices_of, reads_of, tensor_of

KINDS = ("output", "hidden", "bias", "weight")


def kinds_of(explanation: Explanation, chain: Chain) -> tuple[str, ...]:
    """The kinds of the terms of a gradient, each once: two for dC/dz of the general network (l = L, l < L)."""
    terms = chain.lines[-1].equation.terms
    return tuple(kind for kind in KINDS if kind in {kind_of(explanation, chain, [term]) for term in terms})


def kind_of(explanation: Explanation, chain: Chain, terms: Iterable[Term]) -> str:
    """The kind of a gradient with these terms; "" where it is none of the four."""
    name, some = chain.tensor.of or "", list(terms)
    if explanation.policy != "delta" or not _of_neurons(explanation, name, some):
        return ""
    later = any(_is_adjoint(explanation, read) for term in some for read in reads_of(term.body))
    if explanation.forward.tensor(name).role == "parameter":
        if not later or any(reads_of(c) for t in chain.result.terms for c in t.where):  # a sum over the x[t] = v
            return ""
        alone = all(_bare(explanation, term) for term in chain.result.terms if _has_adjoint(explanation, term))
        return "bias" if alone else "weight"
    return ("hidden" if later else "output") if _reads_parameter(explanation, name) else ""


def _of_neurons(explanation: Explanation, name: str, terms: Iterable[Term]) -> bool:
    """Whether a value is the z of a layer of neurons, or a parameter has all it gets from such."""
    own = {name} if explanation.forward.tensor(name).role == "value" else set()
    errors = {str(explanation.derivation.tensor(tensor_of(read)).of) for term in terms for read in reads_of(term.body)
              if _is_adjoint(explanation, read)}
    return all(_is_weighted(explanation, one) for one in errors | own)


def _is_weighted(explanation: Explanation, name: str) -> bool:
    """Whether a value is the z of a numbered layer, in whose equation no kernel is moved along."""
    written = explanation.forward.tensor(name).written
    return written.letter == "z" and (written.layer is not None or _looped(explanation, name)) and \
        not any(_moved(explanation, read) for equation, _ in explanation.forward.defining(name)
                for read in equation.reads())


def _moved(explanation: Explanation, read: sp.Expr) -> bool:
    """Whether a subscript of neurons is a sum such as i + u."""
    axes = explanation.forward.tensor(tensor_of(read)).axes
    return any(axis.kind == "axis" and e.is_Add for axis, e in zip(axes, indices_of(read), strict=True))


def _looped(explanation: Explanation, name: str) -> bool:
    axes = explanation.forward.tensor(name).axes
    return bool(axes) and any(axis.kind == "layer" for axis in axes)


def _is_adjoint(explanation: Explanation, read: sp.Expr) -> bool:
    return explanation.derivation.tensor(tensor_of(read)).role == "adjoint"


def _has_adjoint(explanation: Explanation, term: Term) -> bool:
    return any(_is_adjoint(explanation, read) for read in reads_of(term.body))


def _bare(explanation: Explanation, term: Term) -> bool:
    """dC/dz alone, with nothing but numbers beside it."""
    return all(_is_adjoint(explanation, read) for read in reads_of(term.body))


def _reads_parameter(explanation: Explanation, name: str) -> bool:
    """z is a weighted input: its equation reads a parameter."""
    forward = explanation.forward
    return any(forward.tensor(tensor_of(read)).role == "parameter"
               for equation, _ in forward.defining(name) for read in equation.reads())
