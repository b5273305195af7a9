"""`derive translate`: one derivation in two notations, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from derive import files
from derive.document.page import page as look_up_page
from derive.latex.document import known
from derive.latex.translate import translation
from derive.own_notation import notation_of
from derive.pipeline import Choices, read


def translate(arch: str, choices: Choices, out: str | None, *, source: str, target: str, form: str,
              wrt: Sequence[str], page: str) -> None:
    files.check_writable(out)
    left, right = notation_of(source), notation_of(target)
    model = read(arch, choices, left)
    text = translation(model.one, model.many, left, right, form, known(model.one, wrt))
    files.write(out, look_up_page(page).write(text))


ENTRY = translate
