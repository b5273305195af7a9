"""The oracle: equations executed as they stand, in float, complex, exact or 50-digit numbers."""

from derive.evaluate.held import held, stops
from derive.evaluate.interpreter import Interpreter, evaluate
from derive.evaluate.lines import evaluate_left, evaluate_line

__all__ = ["Interpreter", "evaluate", "evaluate_left", "evaluate_line", "held", "stops"]
