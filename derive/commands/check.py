"""`derive check`: formulas, lecture notes, arrays or code that somebody derived by hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from derive import files
from derive.check.incoming.settings import settings
from derive.check.numeric import numeric
from derive.check.opening import opener, reader
from derive.check.programmed import program_outcomes
from derive.check.repair import Outcomes
from derive.check.report import report as look_up_report
from derive.check.request import EXAMPLE, request
from derive.check.request import run as run_request
from derive.check.setting import Setting
from derive.claims.network import Lines
from derive.errors import DeriveError
from derive.own_notation import notation_of
from derive.pipeline import NOTATION, Choices, equations
from derive.shrunk import readings
from derive.spec import load


def check(things: Sequence[str], choices: Choices, *, notes: Sequence[str], code: str | None, arrays: str | None,
          given: Sequence[str], where: Sequence[str], context: str | None, notation: str | None, layout: str | None,
          report: str, verbose: bool) -> int:
    """The exit code."""
    asked, base = request(things, notes, context, Setting(
        tuple(given), tuple(where), notation=notation or "", layout=layout or ""))
    if not (asked or code or arrays):
        raise DeriveError("there is nothing to check", do=f"For example: {EXAMPLE}")
    def programs(arch: str, notation: str) -> Outcomes:
        return program_outcomes(load(arch, **choices), notation_of(notation) if notation else None)

    found = run_request(asked, base, opener(partial(claim_lines, choices), programs), reader(programs))
    if code or arrays:
        if not base.arch:
            raise DeriveError("whose gradients these are is not said", do="Name the network: derive check 3-4-2 ...")
        network = load(base.arch, **choices)
        style = notation_of(base.notation or NOTATION)
        model = equations(network, style).many
        found += numeric(model, code, arrays, base.layout, settings(network), style.error_scale)
    files.write(None, look_up_report(report).write(found, verbose))
    return found.code


def claim_lines(choices: Choices, arch: str, notation: str) -> dict[str, Lines]:
    """An architecture as lines that claims are read against, in each of its readings."""
    style = notation_of(notation or NOTATION)
    return readings(load(arch, **choices), style)


ENTRY = check
