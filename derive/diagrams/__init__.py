"""Pictures of networks and of computations: one layout, printed as TikZ and as SVG."""

from derive.diagrams.network import network_picture
from derive.diagrams.picture import Edge, Node, Picture, Row
from derive.diagrams.svg import svg
from derive.diagrams.tikz import tikz

__all__ = ["Edge", "Node", "Picture", "Row", "network_picture", "svg", "tikz"]
