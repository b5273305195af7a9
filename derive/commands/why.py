"""`derive why`: one step of the derivation explained."""

from __future__ import annotations

from derive import files
from derive.bridge import Setting, bridge, document
from derive.document.page import page as look_up_page
from derive.own_notation import notation_of
from derive.pipeline import Choices, read
from derive.samples import over_samples


def why(name: str, arch: str | None, choices: Choices, out: str | None, *, notation: str, page: str) -> None:
    files.check_writable(out)
    style, chosen = notation_of(notation), bridge(name)
    given = dict(choices) if arch else dict(chosen.choices) | dict(choices)
    model = read(arch or chosen.on, given, style)
    setting = Setting(model.one, model.many, over_samples(model.one, mean=False), style)
    files.write(out, look_up_page(page).write(document(chosen, setting)))


ENTRY = why
