"""The picture of a network in its document: a section in front of the rest."""

from __future__ import annotations

from dataclasses import replace

from derive.diagrams import network_picture, svg, tikz
from derive.diagrams.picture import Picture as Drawing
from derive.document.content import Document, Picture, Section
from derive.errors import DeriveError
from derive.ir import Derivation
from derive.notation import Notation

LOW = "36mm"


def pictured(document: Document, forward: Derivation, notation: Notation) -> Document:
    """The document with the picture of the network first; as it is where the equations are no network."""
    try:
        drawn = network_picture(forward, notation)
    except DeriveError:
        return document
    picture = Picture(svg(drawn), _low(drawn, tikz(drawn)), drawn.title)
    return replace(document, sections=(Section("The network", (picture,)), *document.sections))


def _low(drawn: Drawing, source: str) -> str:
    """A picture of columns of neurons, made low enough that the equations have room below it."""
    across, up = ([getattr(node, side) for node in drawn.nodes] for side in ("x", "y"))
    tall = max(up) - min(up) > 0.4 * (max(across) - min(across))
    return f"\\resizebox{{!}}{{{LOW}}}{{%\n{source.strip()}}}" if tall else source
