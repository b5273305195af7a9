r"""A derivation as a document: what is assumed, the symbols, the cost, and every gradient with its reasons.

In: the equations of one example, a notation, a form. Out: LaTeX that needs amsmath and amssymb,
as a fragment to paste or as an article that compiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from derive.document.content import Document, Section
from derive.document.page import page as look_up_page
from derive.errors import DeriveError, nearest
from derive.ir import Derivation
from derive.latex.chain import chain_sections
from derive.latex.climb import LEVELS, climb
from derive.latex.exercise import exercise_sections
from derive.latex.glance import glance_sections
from derive.latex.index import index_sections
from derive.latex.letters import escape
from derive.latex.matrix import matrix_sections
from derive.latex.numbers import numbers_sections
from derive.latex.sections import with_signs
from derive.notation import Notation
from derive.notation import notation as look_up
from derive.samples import over_samples
from derive.worked import DRAWN, Numbers


class Examples(Protocol):
    """A model for one example and for a minibatch."""

    @property
    def one(self) -> Derivation: ...

    @property
    def many(self) -> Derivation: ...


@dataclass(frozen=True)
class Given:
    """What a form is made from."""

    one: Derivation
    many: Derivation | None
    notation: Notation
    wrt: tuple[str, ...]
    numbers: Numbers = DRAWN


FORMS: dict[str, Callable[[Given], list[Section]]] = {
    "chain": lambda g: chain_sections(g.one, g.notation, g.wrt),
    "index": lambda g: index_sections(g.one, g.notation, g.wrt),
    "matrix": lambda g: matrix_sections(g.one, g.notation, g.wrt),
    "batch": lambda g: matrix_sections(over_samples(g.one) if g.many is None else g.many, g.notation, g.wrt),
    "glance": lambda g: glance_sections(g.one, g.notation, g.wrt),
    "numbers": lambda g: numbers_sections(g.one, g.notation, g.numbers),
    "all": lambda g: climb({level.form: partial(FORMS[level.form], g) for level in LEVELS}),
    "exercise": lambda g: exercise_sections(g.one, g.notation, g.wrt, g.numbers),
}


def content(model: Derivation | Examples, notation: str | Notation = "nielsen", form: str | None = None,
            wrt: Iterable[str] = (), numbers: Numbers = DRAWN) -> Document:
    """What the derivation of dC/d(each of wrt; by default of every parameter) says, for any page."""
    chosen = look_up(notation) if isinstance(notation, str) else notation
    one, many = (model, None) if isinstance(model, Derivation) else (model.one, model.many)
    name = form or "index"
    if name not in FORMS:
        raise DeriveError(f"there is no form '{name}'", do=nearest(name, list(FORMS)))
    sections = FORMS[name](Given(one, many, chosen, known(one, tuple(wrt)), numbers))
    return Document("The gradient of the cost", f"in the notation of {escape(chosen.title)}",
                    tuple(with_signs(sections)))


def document(model: Derivation | Examples, notation: str | Notation = "nielsen", form: str | None = None,
             page: str = "fragment", wrt: Iterable[str] = (), numbers: Numbers = DRAWN) -> str | bytes:
    """The same as a page: a LaTeX fragment, an article, and what else stands in derive/pages/."""
    write = look_up_page(page).write
    return write(content(model, notation, form, wrt, numbers))


def known(forward: Derivation, wrt: Sequence[str]) -> tuple[str, ...]:
    """The wanted names, or every parameter; an unknown one is refused."""
    names = [t.name for t in forward.tensors if t.role not in ("adjoint", "cost")]
    for name in wrt:
        if name not in names:
            raise DeriveError(f"there is nothing called '{name}' to differentiate by", do=nearest(name, names))
    return tuple(wrt) or tuple(t.name for t in forward.learnt)
