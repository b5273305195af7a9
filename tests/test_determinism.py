"""The same input gives the same bytes, whatever PYTHONHASHSEED."""

from __future__ import annotations

import os
import subprocess
import sys

SEEDS = ("0", "1", "4242")
SCRIPT = """
import hashlib
from derive import pipeline
from derive.diagrams import graph_picture, network_picture, svg, tikz
from derive.latex.document import document
from derive.notation import notation
from derive.text import write_equations

CASES = [
    ("3-4-2", {}),
    ("4-3:gelu-3:tanh-2:softmax", {"cost": "cross-entropy", "regularize": "l2:lambda/2m"}),
    ("3-4:elu-2", {"cost": "binary-cross-entropy", "activation": "z/(1+exp(-z))"}),
    ("1x4x4-conv(2,3x3):relu-maxpool(2)-flatten-2", {}),
    ("n0-...-nL", {}),
    ("n0-n1-n2", {"cost": "huber"}),
]
found = []
for arch, choices in CASES:
    for style in ("nielsen", "3b1b") if CASES.index((arch, choices)) < 2 else ("nielsen",):
        model = pipeline.read(arch, choices, notation(style))
        found += [write_equations(model.one), write_equations(model.many), pipeline.emit(model.many, notation=style)]
        for form in ("index", "matrix", "batch"):
            found.append(document(model, notation(style), form=form, page="article"))
deep = pipeline.read("seq(2x1)" + 5*"-lstm(1,gives=all)" + "-1", {}, notation("nielsen")).many
found.append(pipeline.emit(deep))
drawn, style = pipeline.read("4-5:relu-3:softmax", {}, notation("nielsen")).one, notation("nielsen")
found += [write(picture) for picture in (graph_picture(drawn, style), network_picture(drawn, style, "w[1][2,3]"))
          for write in (svg, tikz)]
print(hashlib.sha256("\\0".join(found).encode()).hexdigest(), len(found))
"""


def digest(seed: str) -> str:
    done = subprocess.run([sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed},
                          capture_output=True, text=True, check=True)
    return done.stdout


def test_the_same_bytes_under_several_hash_seeds() -> None:
    found = {seed: digest(seed) for seed in SEEDS}
    assert len(set(found.values())) == 1, found
    assert found["0"].split()[1] == "53"
