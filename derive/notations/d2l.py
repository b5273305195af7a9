"""Dive into Deep Learning: examples are rows, XW + b, hidden h and output o."""

from derive.notation import Notation

ENTRY = Notation(
    name="d2l",
    title="Aston Zhang and others, Dive into Deep Learning",
    source="https://d2l.ai/chapter_multilayer-perceptrons/backprop.html",
    activation="h",
    weight="W",
    output_weighted="o",
    output_activation=r"\hat{y}",
    product="XW+b",
    layer="({})",
    weight_order="from-to",
    broadcast=True,
    cost="J",
    cost_one="J",
    delta="",
    transpose=r"\top",
    log=r"\log",
    samples="rows",
    example_index="i",
    examples="n",
)
