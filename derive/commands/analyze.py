"""`derive analyze`: how the gradients fade with depth, and what backpropagation saves."""

from __future__ import annotations

from derive import files
from derive.analysis.effort import effort, effort_text
from derive.analysis.flow import flow_table, gradient_flow
from derive.analysis.plot import flow_picture, flow_png
from derive.diagrams import svg
from derive.gradcheck.draw import with_constants
from derive.gradcheck.emitted import load_source
from derive.own_notation import notation_of
from derive.pipeline import NOTATION, Choices, emit, read


def analyze(arch: str, choices: Choices, seed: int, out: str | None) -> None:
    files.check_writable(out)
    model = read(arch, choices, notation_of(NOTATION))
    derivation = with_constants(model.many)
    flow = gradient_flow(derivation, load_source(emit(derivation)), seed)
    files.write(None, f"{flow_table(flow)}\n\n{effort_text(effort(model.one))}\n")
    if out is not None:
        files.write(out, flow_png(flow) if out.endswith(".png") else svg(flow_picture(flow)))


ENTRY = analyze
