"""Numbers at which a claim is decided: exact modulo a prime and real in lockstep, with derivatives by dual numbers."""

from derive.points.draw import Draw, Small
from derive.points.dual import Dual, elementwise, number, seed, tangents
from derive.points.field import Outside, P, Tie, Unlucky
from derive.points.functions import apply, arity, known_functions, slope
from derive.points.kinks import choose, maximum, minimum, side, step
from derive.points.number import Number
from derive.points.smooth import power

__all__ = [
    "Draw", "Dual", "Number", "Outside", "P", "Small", "Tie", "Unlucky", "apply", "arity", "choose",
    "elementwise", "known_functions", "maximum", "minimum", "number", "power", "seed", "side", "slope", "step",
    "tangents",
]
