"""3Blue1Brown: layers as (L), dC/da kept, no 1/2, the chain written as the signal runs."""

from derive.notation import Notation

ENTRY = Notation(
    name="3b1b",
    title="3Blue1Brown, Backpropagation calculus",
    source="https://www.3blue1brown.com/lessons/backpropagation-calculus",
    input="a",
    layer="({})",
    policy="activation",
    cost_one="C_0",
    cost_factor="1",
    delta="",
    log=r"\log",
    chain="inner-first",
    order=("constant", "weight", "input", "slope", "number", "target", "difference", "adjoint", "other"),
    layers_from_end=True,
)
