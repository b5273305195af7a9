"""A document with the code that computes its gradients, ready to run.

In: a document, the equations of a minibatch, the module that was emitted. Out: the document with two sections more:
the module, and a cell that draws numbers, computes the cost and its gradients, checks one and takes a step.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from derive.document.content import Document, Listing, Prose, Section
from derive.gradcheck.draw import draw_sizes, shape_of
from derive.ir import Derivation, Tensor, reads_of, tensor_of

WIDTHS = "widths"
"""The argument of `init` that takes the widths of all layers."""

TRY = """rng = np.random.default_rng(0)
params = init(rng{sizes})
{data}
C, grads = cost_and_gradients(params, {names})
print(f"cost {{C:.6f}}")
for name, grad in grads.items():
    print(f"dC/d{{name}} {{grad.shape}}, largest entry {{np.abs(grad).max():.6f}}")"""

CHECK = """# One entry of every gradient against a central difference.
h = 1e-6
for name, grad in grads.items():
    place = (0,) * grad.ndim
    ends = []
    for sign in (1, -1):
        moved = {{key: np.array(value) for key, value in params.items()}}
        moved[name][place] += sign * h
        ends.append(cost(moved, {names}))
    print(f"dC/d{{name}}{{list(place)}}: backpropagation {{grad[place]:+.8f}}, "
          f"difference {{(ends[0] - ends[1]) / (2 * h):+.8f}}")"""

STEP = """# One step downhill.
rate = 0.1
after = {{name: value - rate * grads[name] for name, value in params.items()}}
print(f"cost {{C:.6f}} -> {{cost(after, {names}):.6f}}")"""


def with_code(document: Document, derivation: Derivation, module: str) -> Document:
    """The document, then its module and a trial of it."""
    sizes = draw_sizes(derivation)
    data = derivation.of_role("data")
    rows = [size for size in sizes.values() if isinstance(size, list)]
    known = {**sizes, WIDTHS: rows[0] if rows else []}
    given = {name: known[name] for name in _asked(module) if name in known}
    words = {
        "sizes": "".join(f", {name}={value}" for name, value in given.items()),
        "data": "\n".join(_drawn(tensor, shape_of(tensor, sizes), derivation) for tensor in data),
        "names": ", ".join(tensor.name for tensor in data),
    }
    code = Section("The same as code", (
        Prose("The gradients above as NumPy code; the comment over each line is the equation that it computes."),
        Listing(module)))
    trial = Section("Try it", (
        Prose("Random parameters and data."), Listing(TRY.format(**words)),
        Prose("Is it right?"), Listing(CHECK.format(**words)),
        Prose("Does it learn?"), Listing(STEP.format(**words))))
    return replace(document, sections=(*document.sections, code, trial))


def _asked(module: str) -> list[str]:
    """The names that `init` of a module takes."""
    start = module.index("def init(") + len("def init(")
    return [name.split("=")[0].strip() for name in module[start:module.index("):", start)].split(",")]


def _drawn(tensor: Tensor, shape: tuple[int, ...], derivation: Derivation) -> str:
    """The line that draws a data array; one that must sum to 1 is made to."""
    if tensor.among is not None:
        return f"{tensor.name} = rng.integers({tensor.among.start}, {sp.expand(tensor.among.last + 1)}, {shape})"
    line = f"{tensor.name} = rng.uniform(0.05, 0.95, {shape})"
    facts = [fact for fact in derivation.facts if fact.right.is_Number and len(fact.left.summed) == 1]
    if any(tensor_of(node) == tensor.name for fact in facts for node in reads_of(fact.left.body)
           if node == fact.left.body):
        return f"{line}\n{tensor.name} /= {tensor.name}.sum(axis=-1, keepdims=True)"
    return line
