"""Pictures of networks and of computations: one layout, printed as TikZ and as SVG."""

from derive.diagrams.entry import Entry, read_entry
from derive.diagrams.graph import graph_picture
from derive.diagrams.network import network_picture
from derive.diagrams.picture import Edge, Node, Picture, Row
from derive.diagrams.svg import svg
from derive.diagrams.tikz import tikz
from derive.diagrams.values import read_values

__all__ = ["Edge", "Entry", "Node", "Picture", "Row", "graph_picture", "network_picture", "read_entry", "read_values",
           "svg", "tikz"]
