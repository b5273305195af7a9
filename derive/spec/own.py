"""A user's own layer: a block of equations with a name and arguments, for one-line architectures.

    layer swish(width, beta = 1.5):
        data x[k: inputs]
        parameter w[j: width, k: inputs]
        constant beta
        v[j] = sum(w[j,k]*x[k], k)
        z[j] = v[j]*sigmoid(beta*v[j])

In: the text of a file of such blocks. Out: `Layer` records that `derive code "3-swish(7)-2" --layers FILE` uses.
"""

from __future__ import annotations

import re
from textwrap import dedent

from derive.errors import DeriveError, clip, nearest
from derive.functions.record import lookup
from derive.model.argument import KINDS, Argument
from derive.model.layer import Layer, layers
from derive.text import declared_shapes
from derive.text.names import RESERVED

_HEAD = re.compile(r"layer\s+(?P<name>[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*)\s*(\((?P<arguments>[^()]*)\))?\s*:?\s*")
_ARGUMENT = re.compile(r"\s*(?P<name>[A-Za-z]\w*)\s*(:\s*(?P<kind>\w+)\s*)?(=\s*(?P<default>[\w.x-]+)\s*)?")
_START = re.compile(r"layer\s+\w+\s*(\(|:)")
ADVICE = "It begins with a line such as: layer my_layer(width, rate = 0.5):"
MAX_BLOCKS = 100


def own_layers(text: str, name: str) -> list[Layer]:
    """The layers of a file, each checked as far as it can be without an input."""
    found: list[Layer] = []
    lines = dedent(text).splitlines()
    starts = [number for number, line in enumerate(lines) if _START.match(line)]
    loose = next((n for n, line in enumerate(lines[:starts[0]] if starts else lines)
                  if line.strip() and not line.lstrip().startswith("#")), None)
    if loose is not None or not starts:
        raise DeriveError("this is no block of a layer", where=f"{name}:{(loose or 0) + 1}", do=ADVICE)
    if len(starts) > MAX_BLOCKS:
        raise DeriveError(f"there are {len(starts)} blocks of layers, more than {MAX_BLOCKS}", where=name,
                          do="Keep those that the network uses.")
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        found.append(_block(lines[start], "\n".join(lines[start + 1:end]), name, start + 1))
    return found


def use_layers(found: list[Layer], where: str) -> None:
    """From here on, lines may name these layers; the same block again is the same layer."""
    known = layers()
    for layer in found:
        other = known.get(layer.name)
        if other is not None and other.source != OWN:
            raise DeriveError(f"there is a layer '{layer.name}' already", where=where, do="Give it another name.")
        if other is None or (other.equations, other.arguments) != (layer.equations, layer.arguments):
            known[layer.name] = layer


OWN = "a layer of one's own"


def _block(head: str, body: str, name: str, line: int) -> Layer:
    where = f"{name}:{line}"
    match = _HEAD.fullmatch(head.partition("#")[0])
    if match is None:
        raise DeriveError(f"'{clip(head.strip())}' does not begin a layer", where=where, do=ADVICE)
    if match["name"] in RESERVED or lookup(match["name"]) is not None:
        raise DeriveError(f"'{match['name']}' has a meaning already", where=where, do="Give the layer another name.")
    text = "#\n" * line + dedent(body)  # so that its lines are those of the file
    arguments = tuple(_argument(part, where) for part in (match["arguments"] or "").split(",") if part.strip())
    shapes = _shapes(text, name)
    if not shapes:
        raise DeriveError(f"the layer {match['name']} declares no data: what comes in", where=where,
                          do="Write data x[k: inputs].")
    takes = " x ".join(shapes[0]) or "a single number"
    return Layer(match["name"], text, arguments, (takes,), over="any", source=OWN, file=name)


def _shapes(text: str, name: str) -> list[list[str]]:
    try:
        return declared_shapes(text, name)
    except DeriveError as error:  # its columns are those of the block without its indentation
        raise DeriveError(error.what, where=error.where.rpartition(":")[0], do=error.do) from None


def _argument(text: str, where: str) -> Argument:
    """width, rate = 0.5, kernel: window = 3"""
    match = _ARGUMENT.fullmatch(text)
    if match is None:
        raise DeriveError(f"'{clip(text.strip())}' is not an argument", where=where, do=ADVICE)
    default = match["default"]
    kind = match["kind"] or ("size" if default is None else "whole" if default.isdigit() else "number")
    if kind not in ("size", "whole", "window", "number"):
        raise DeriveError(f"there is no kind of argument '{clip(kind)}'", where=where,
                          do=nearest(kind, [k for k in KINDS if k not in ("word", "flag")]))
    one = Argument(match["name"], kind, least=0)
    return one if default is None else Argument(one.name, kind, one.read(default, where), 0)
