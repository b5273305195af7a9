"""Claims about layers of every kind: what is printed of their examples is right, and mutants of it are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from true_formulas import claims

from derive import pipeline
from derive.check.decide import Decider
from derive.claims.context import Context
from derive.claims.network import MANY, ONE, Lines, readings
from derive.document.content import Display
from derive.errors import DeriveError
from derive.latex.document import content
from derive.notation import notation

PREFACE = 2
"""The sections before the gradients: the symbols, and the cost."""
SHOWN = ("seq(3x2)-rnn(2)-1", "seq(2x1)-lstm(1)-1", "seq(2x1)-birnn(1)-1", "1x3x4-conv(2,2)-flatten-2",
         "1x4x2-maxpool(2)-flatten-1", "1x3x2-conv(1,2,padding=1)-flatten-1", "3-batchnorm-2", "3-layernorm-2",
         "4x1x1-groupnorm(2)-flatten-1", "seq(2x2)-attention-1", "seq(2x3)-embedding(2)-1", "3-4-dropout-2",
         "2x2x1-conv(2,1,groups=2)-flatten-1")
"""One of each family, small."""
COLLIDE = "calls two arrays"


@cache
def model(arch: str, name: str) -> pipeline.Model:
    return pipeline.read(arch, {}, notation(name))


def decider(lines: Lines) -> Decider:
    return Decider(Context(lines.given, lines.where, elementwise=lines.elementwise))


def printed(arch: str, name: str) -> Iterator[str]:
    """The boxed lines of the index form."""
    for section in content(model(arch, name), notation(name), "index").sections[PREFACE:]:
        for block in section.blocks:
            if isinstance(block, Display):
                yield from (claim for claim in claims(block.rows) if r"\boxed" in claim)


def check_printed(arch: str, name: str) -> None:
    decided = decider(readings(model(arch, name), notation(name))[ONE])
    listed = list(printed(arch, name))
    assert listed
    assert {claim: decided.kind(claim) for claim in listed} == dict.fromkeys(listed, "equal")


@pytest.mark.parametrize("arch", SHOWN)
def test_what_is_printed_is_right(arch: str) -> None:
    check_printed(arch, "nielsen")


@pytest.mark.parametrize("name", ["ng", "pytorch", "3b1b", "goodfellow", "cs231n"])
def test_what_is_printed_is_right_in_other_notations(name: str) -> None:
    """Where the output of a layer has the letter h, the state of a recurrent layer has another."""
    check_printed("seq(2x2)-rnn(2)-1", name)


def test_two_arrays_by_one_name_are_refused() -> None:
    with pytest.raises(DeriveError, match=COLLIDE):
        readings(model("seq(2x2)-rnn(2)-1", "nielsen"), replace(notation("nielsen"), weighted="a"))


CONV, LSTM, NORM, ATTENTION = "1x3x4-conv(2,2)-flatten-2", "seq(2x2)-lstm(2)-1", "3-batchnorm-2", "seq(3x2)-attention-1"
REFUSED = [
    (CONV, r"\frac{\partial C}{\partial x_{cpq}} = \sum_o \sum_u \sum_v w^1_{ocuv} \delta^1_{o,p+u-1,q+v-1}"),
    (CONV, r"\frac{\partial C}{\partial x_{cpq}} = \sum_u \sum_v w^1_{ocuv} \delta^1_{o,p-u+1,q-v+1}"),
    (CONV, r"\frac{\partial C}{\partial x_{cpq}} = \sum_o \sum_u \sum_v w^1_{ocvu} \delta^1_{o,p-u+1,q-v+1}"),
    (CONV, r"\frac{\partial C}{\partial w^1_{ocuv}} = \sum_i \sum_j \delta^1_{oij} x_{c,i+u-1,j+v}"),
    (LSTM, r"\frac{\partial C}{\partial c^1_{tj}} = \frac{\partial C}{\partial h^1_{tj}} o^1_{tj} "
           r"(1 - \tanh^2(c^1_{tj}))"),
    (LSTM, r"\frac{\partial C}{\partial z^1_{f,tj}} = \frac{\partial C}{\partial c^1_{tj}} c^1_{tj} f^1_{tj} "
           r"(1 - f^1_{tj})"),
    (NORM, r"\frac{\partial C}{\partial x_{ks}} = \frac{1}{m r^1_k} \Big( m \frac{\partial C}{\partial h^1_{ks}} "
           r"- h^1_{ks} \sum_p h^1_{kp} \frac{\partial C}{\partial h^1_{kp}} \Big)"),
    (NORM, r"\frac{\partial C}{\partial x_{ks}} = \frac{g^1_k}{r^1_k} \frac{\partial C}{\partial a^1_{ks}}"),
    ("4-layernorm-2", r"\frac{\partial C}{\partial x_k} = \frac{1}{r^1} \frac{\partial C}{\partial h^1_k}"),
    (ATTENTION, r"\frac{\partial C}{\partial e^1_{htr}} = p^1_{htr} (1 - p^1_{htr}) "
                r"\frac{\partial C}{\partial p^1_{htr}}"),
    (ATTENTION, r"\frac{\partial C}{\partial k^1_{hti}} = \frac{1}{\sqrt{d}} \sum_u q^1_{hui} "
                r"\frac{\partial C}{\partial e^1_{htu}}"),
    (ATTENTION, r"\frac{\partial C}{\partial q^1_{hti}} = \sum_r k^1_{hri} \frac{\partial C}{\partial e^1_{htr}}"),
]


@cache
def context(arch: str) -> Decider:
    found = readings(model(arch, "nielsen"), notation("nielsen"))
    return decider(found.get(MANY, found[ONE]) if arch == NORM else found[ONE])


@pytest.mark.parametrize(("arch", "claim"), REFUSED)
def test_what_is_wrong_is_refused(arch: str, claim: str) -> None:
    assert context(arch).kind(claim) in ("different", "conflict")
