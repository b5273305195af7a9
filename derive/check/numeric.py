"""Numbers against the gradients of a model: arrays in a file, or what a function of the user returns.

In: the equations of a minibatch, names of files. Out: a run like that of written claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from derive.check.arrays import Findings, Layout, check_arrays
from derive.check.arrays.stored import load_arrays
from derive.check.checked import Checked, Run
from derive.check.functions import STYLES, check_function
from derive.check.verdict import RIGHT
from derive.errors import DeriveError, clip
from derive.ir import Derivation


def numeric(model: Derivation, code: str | None, arrays: str | None, layout: str = "",
            settings: Mapping[str, Any] | None = None, error_scale: str = "1") -> Run:
    """The verdicts about `--code` and `--arrays`; `layout` is rows, columns or alone, if said. `settings`: the numbers
    of the layers; `error_scale`: what a gradient that comes in is multiplied by."""
    lying = layout if layout in STYLES else None
    found = Run(())
    if arrays:
        found += _run(_arrays(model, arrays, lying), clip(arrays, 200))
    if code:
        found += _run(check_function(model, code, lying, settings=settings, error_scale=error_scale), clip(code, 200))
    return found


def _run(found: Findings, where: str) -> Run:
    checked = (Checked(one.verdict_record().at(f"{where}: {one.name}")) for one in found)
    return Run(tuple(checked), (), (f"read with {found.layout}", *found.notes))


def _arrays(model: Derivation, path: str, lying: str | None) -> Findings:
    """With the layout that is asked for the best of its kinds; else what fits."""
    loaded = load_arrays(path)
    if lying is None:
        return check_arrays(model, loaded)
    found, refused = list[Findings](), list[DeriveError]()
    for layout in _layouts(lying):
        try:
            found.append(check_arrays(model, loaded, layout))
        except DeriveError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return max(found, key=lambda one: sum(finding.verdict == RIGHT for finding in one))


def _layouts(lying: str) -> Iterator[Layout]:
    for style in STYLES[lying]:
        yield style.layout
