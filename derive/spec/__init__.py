"""What a user writes, read into a `Network`: one line, TOML, Python, or equations."""

from derive.spec.load import load
from derive.spec.network import Network
from derive.spec.source import Source
from derive.spec.stage import Dense, Stage, layer

__all__ = ["Dense", "Network", "Source", "Stage", "layer", "load"]
