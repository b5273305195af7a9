"""The stages in order, one function per command; each stage is one call.

    load -> forward -> over_samples -> explain -> latex | emit -> gradcheck, train

In: what the command line says. Out: a text in a file or on standard output, or a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from derive import analysis, files
from derive.bridge import Setting, bridge
from derive.bridge import document as bridge_document
from derive.calculus.explain import explain
from derive.calculus.reverse import reverse
from derive.check.numeric import numeric
from derive.check.opening import opener, reader
from derive.check.program import Outcomes
from derive.check.report import report as look_up_report
from derive.check.request import EXAMPLE, request
from derive.check.request import run as run_request
from derive.check.setting import Setting as ClaimSetting
from derive.claims.network import Lines, readings
from derive.claims.python.network import judged
from derive.diagrams import graph_picture, network_picture, read_values, svg, tikz
from derive.document.content import Document
from derive.document.page import page as look_up_page
from derive.document.style import TEXTBOOK, Style, styled
from derive.errors import DeriveError
from derive.forward import forward
from derive.gradcheck import rows as checking
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.gradcheck.proof import prove
from derive.ir import Derivation
from derive.latex import single
from derive.latex.document import content, known
from derive.latex.translate import translation
from derive.notation import Notation
from derive.own_notation import notation_of
from derive.samples import over_samples
from derive.spec import Network, load
from derive.summary import summary as summarize
from derive.targets import target
from derive.training import digits as data_sets
from derive.training import train as training
from derive.training.digits import Digits
from derive.worked import DIGITS, Numbers, numbers_in
from derive.writers.pictured import pictured
from derive.writers.runnable import with_code

Choices = Mapping[str, Any]
NOTATION = "nielsen"
"""Where none is named."""
TEX = (".tex", ".pdf")
"""Pages that TeX makes."""
QUADRATIC = "quadratic"
"""The cost whose factor a notation fixes."""


@dataclass(frozen=True)
class Model:
    """The equations of one example, and of a minibatch."""

    one: Derivation
    many: Derivation


def read(arch: str, choices: Choices, style: Notation) -> Model:
    """The equations that ARCH and the options state; what they leave out follows the notation."""
    return equations(load(arch, **choices), style)


def equations(model: Network | Derivation, style: Notation) -> Model:
    """The equations of a network; what it leaves out follows the notation."""
    if isinstance(model, Derivation):
        return Model(model, over_samples(model))
    one = forward(settled(model, style))
    return Model(one, over_samples(one, mean=model.reduce != "sum"))


def settled(network: Network, style: Notation) -> Network:
    """The network with the factor of its quadratic cost, and a word about where that comes from."""
    if network.factor is not None or network.cost != QUADRATIC:
        return network
    word = f"the factor {style.cost_factor} of the cost follows {style.title.split(',')[0]}"
    return network.changed(factor=style.cost_factor, assumptions=(*network.assumptions, word))


def emit(derivation: Derivation, language: str = "numpy", dtype: str = "float64", notation: str = NOTATION,
         style: str = "plain") -> str:
    """The module of a derivation in an output language."""
    return target(language).emit(explain(derivation), dtype, dict(notation_of(notation).tags), style)


def latex(arch: str, choices: Choices, out: str | None, *, form: str | None, notation: str,
          wrt: Sequence[str], page: str, shown: Style = TEXTBOOK,
          values: str | None = None, seed: int = 0, digits: int = DIGITS, expand: bool = False) -> None:
    """`derive latex`"""
    files.check_writable(out)
    numbers = Numbers(None if values is None else numbers_in(values), seed, digits)
    style = notation_of(notation)
    model, kind = read(arch, choices, style), look_up_page(page)
    if shown.macros and kind.suffix not in TEX:
        raise DeriveError(f"the format '{page}' knows no macros", do="Take --format article or fragment.")
    entries = any(map(single.is_entry, wrt))
    told = _single(model.one, style, wrt, expand) if entries else content(model, style, form, wrt, numbers)
    text = styled(told, shown)
    if form == "glance":
        text = pictured(text, model.one, style)
    if kind.runs:
        whole = with_constants(model.many)
        text = with_code(text, whole, emit(whole, notation=notation))
    files.write(out, kind.write(text))


def _single(one: Derivation, style: Notation, wrt: Sequence[str], expand: bool) -> Document:
    """The derivative by single entries, such as w[2][3,5], with how long its formula would be."""
    def length(entry: single.Entry) -> single.Length:
        size = analysis.expanded_size(one, entry.tensor.name, entry.at)
        return single.Length(size.paths, size.operations, size.characters,
                             *analysis.shared_size(one, entry.tensor.name))

    return single.single_document(one, style, [single.entry(one, name) for name in wrt], length, expand)


def translate(arch: str, choices: Choices, out: str | None, *, source: str, target: str, form: str,
              wrt: Sequence[str], page: str) -> None:
    """`derive translate`"""
    files.check_writable(out)
    left, right = notation_of(source), notation_of(target)
    model = read(arch, choices, left)
    text = translation(model.one, model.many, left, right, form, known(model.one, wrt))
    files.write(out, look_up_page(page).write(text))


def why(name: str, arch: str | None, choices: Choices, out: str | None, *, notation: str, page: str) -> None:
    """`derive why`"""
    files.check_writable(out)
    style, chosen = notation_of(notation), bridge(name)
    given = dict(choices) if arch else dict(chosen.choices) | dict(choices)
    model = read(arch or chosen.on, given, style)
    setting = Setting(model.one, model.many, over_samples(model.one, mean=False), style)
    files.write(out, look_up_page(page).write(bridge_document(chosen, setting)))


def code(arch: str, choices: Choices, out: str | None, *, target: str, dtype: str, notation: str,
         style: str) -> None:
    """`derive code`"""
    files.check_writable(out)
    files.write(out, emit(read(arch, choices, notation_of(notation)).many, target, dtype, notation, style))


def check(things: Sequence[str], choices: Choices, *, notes: Sequence[str], code: str | None, arrays: str | None,
          given: Sequence[str], where: Sequence[str], context: str | None, notation: str | None, layout: str | None,
          report: str, verbose: bool) -> int:
    """`derive check`: the exit code."""
    asked, base = request(things, notes, context, ClaimSetting(
        tuple(given), tuple(where), notation=notation or "", layout=layout or ""))
    if not (asked or code or arrays):
        raise DeriveError("there is nothing to check", do=f"For example: {EXAMPLE}")
    def programs(arch: str) -> Outcomes:
        return program_outcomes(load(arch, **choices))

    found = run_request(asked, base, opener(partial(claim_lines, choices), programs), reader(programs))
    if code or arrays:
        if not base.arch:
            raise DeriveError("whose gradients these are is not said", do="Name the network: derive check 3-4-2 ...")
        model = read(base.arch, choices, notation_of(base.notation or NOTATION))
        found += numeric(model.many, code, arrays, base.layout)
    files.write(None, look_up_report(report).write(found, verbose))
    return found.code


def claim_lines(choices: Choices, arch: str, notation: str) -> dict[str, Lines]:
    """An architecture as lines that claims are read against, in each of its readings."""
    style = notation_of(notation or NOTATION)
    return readings(read(arch, choices, style), style)


def program_outcomes(model: Network | Derivation) -> Outcomes:
    """What the names of a NumPy backward pass of a network come to at a random point."""
    if isinstance(model, Derivation) or model.depth:
        raise DeriveError("Python can only be read beside a network with a number of layers",
                          do="Name one such as 3-4-2, or give forward = '...' in a --context file.")
    first, last = model.layers[0].activation or "identity", model.layers[-1].activation or "identity"
    cost = model.cost.replace("-", "_")
    return lambda text, draw: judged(text, len(model.layers), draw, first, last, cost)[1]


def gradcheck(arch: str, choices: Choices, *, entries: int, seed: int) -> bool:
    """`derive gradcheck`: whether every gradient is right."""
    model = read(arch, choices, notation_of(NOTATION))
    derivation = with_constants(model.many)
    rows = prove(load_source(emit(derivation)), derivation, entries, seed)
    files.write(None, checking.table(rows) + "\n")
    return all(row.right for row in rows)


def picture(arch: str, choices: Choices, out: str | None, *, kind: str, notation: str, weight: str | None,
            values: Sequence[str], page: str) -> None:
    """`derive picture`"""
    files.check_writable(out)
    style = notation_of(notation)
    model = read(arch, choices, style).one
    if kind == "graph":
        drawn = graph_picture(model, style, read_values(values, model) if values else None)
    else:
        drawn = network_picture(model, style, weight)
    files.write(out, {"svg": svg, "tikz": tikz}[page](drawn))


def analyze(arch: str, choices: Choices, seed: int, out: str | None) -> None:
    """`derive analyze`"""
    files.check_writable(out)
    model = read(arch, choices, notation_of(NOTATION))
    derivation = with_constants(model.many)
    flow = analysis.gradient_flow(derivation, load_source(emit(derivation)), seed)
    files.write(None, f"{analysis.flow_table(flow)}\n\n{analysis.effort_text(analysis.effort(model.one))}\n")
    if out is not None:
        files.write(out, analysis.flow_png(flow) if out.endswith(".png") else svg(analysis.flow_picture(flow)))


def summary(arch: str, choices: Choices) -> None:
    """`derive summary`"""
    model = read(arch, choices, notation_of(NOTATION))
    files.write(None, summarize(model.one, reverse(model.one)) + "\n")


def train(arch: str, choices: Choices, *, data: str, epochs: int | None, batch: int, rate: float | None,
          seed: int) -> None:
    """`derive train`"""
    model = read(arch, choices, notation_of(NOTATION))
    learn, keep = data_sets.load(data).split(np.random.default_rng(seed))
    fit(model.many, learn)
    settings = training.Settings(epochs or 0, batch, rate or 0.0, seed)
    run = training.train(load_source(emit(model.many)), learn, keep, settings, _tell)
    files.write(None, f"{run.accuracy:.1%} of {len(keep):,} kept digits read rightly, after {run.seconds:.1f} s "
                      f"at rate {run.settings.rate:g} falling to 0\n")


def _tell(epoch: training.Epoch) -> None:
    files.write(None, f"epoch {epoch.number:3d}   cost {epoch.cost:.5f}   right {epoch.accuracy:.1%}\n")


def fit(derivation: Derivation, digits: Digits) -> None:
    """Refuse digits that do not fit the network."""
    given = {tensor.name: tensor.axes[-1].size for tensor in derivation.of_role("data") if tensor.axes}
    wanted = {"x": digits.pixels, "y": data_sets.KINDS}
    if list(given) != list(wanted) or any(given[name] != size for name, size in wanted.items()):
        stated = ", ".join(f"{name} of {size}" for name, size in given.items())
        needed = f"x of {digits.pixels} and y of {data_sets.KINDS}"
        raise DeriveError(f"{digits.source}: the network needs {needed}, but has {stated}",
                          do=f"For example: derive train {digits.pixels}-16-16-10")
