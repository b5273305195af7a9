"""What a NumPy backward pass claims: its names, interpreted over arrays of points, beside the true derivatives."""

from derive.claims.python.claims import PythonContext, outcomes
from derive.claims.python.outcome import Outcome

__all__ = ["Outcome", "PythonContext", "outcomes"]
