"""`derive latex`: the derivation as a document, on a page."""

from __future__ import annotations

from collections.abc import Sequence

from derive import files
from derive.analysis.expanded import expanded_size, shared_size
from derive.document.content import Document
from derive.document.page import page as look_up_page
from derive.document.style import style as look_up_style
from derive.document.style import styled
from derive.errors import DeriveError
from derive.gradcheck.draw import with_constants
from derive.ir import Derivation
from derive.latex import single
from derive.latex.document import content
from derive.latex.second import second_document
from derive.notation import Notation
from derive.own_notation import notation_of
from derive.pipeline import Choices, emit, read
from derive.worked import Numbers, numbers_in
from derive.writers.pictured import pictured
from derive.writers.runnable import with_code

TEX = (".tex", ".pdf")
"""Pages that TeX makes."""


def latex(arch: str, choices: Choices, out: str | None, *, form: str | None, notation: str, wrt: Sequence[str],
          page: str, reasons: str, plain: bool, tags: bool, macros: bool, values: str | None, seed: int, digits: int,
          expand: bool, second: str | None) -> None:
    files.check_writable(out)
    shown = look_up_style(reasons, boxed=not plain, tags=tags, macros=macros)
    numbers = Numbers(None if values is None else numbers_in(values), seed, digits)
    style = notation_of(notation)
    model, kind = read(arch, choices, style), look_up_page(page)
    if shown.macros and kind.suffix not in TEX:
        raise DeriveError(f"the format '{page}' knows no macros", do="Take --format article or fragment.")
    if second is not None:
        told = second_document(model.one, model.many, style, second, form, wrt)
    elif any(map(single.is_entry, wrt)):
        told = by_entries(model.one, style, wrt, expand)
    else:
        told = content(model, style, form, wrt, numbers)
    text = styled(told, shown)
    if form == "glance":
        text = pictured(text, model.one, style)
    if kind.runs:
        whole = with_constants(model.many)
        text = with_code(text, whole, emit(whole, notation=notation))
    files.write(out, kind.write(text))


def by_entries(one: Derivation, style: Notation, wrt: Sequence[str], expand: bool) -> Document:
    """The derivative by single entries, such as w[2][3,5], with how long its formula would be."""
    def length(entry: single.Entry) -> single.Length:
        size = expanded_size(one, entry.tensor.name, entry.at)
        return single.Length(size.paths, size.operations, size.characters, *shared_size(one, entry.tensor.name))

    return single.single_document(one, style, [single.entry(one, name) for name in wrt], length, expand)


ENTRY = latex
