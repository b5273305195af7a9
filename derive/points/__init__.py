"""Numbers at which a claim is decided: exact modulo a prime and real in lockstep, with derivatives by dual numbers."""

from derive.points.draw import Draw, Small
from derive.points.field import Outside, P, Tie, Unlucky
from derive.points.number import Number

__all__ = ["Draw", "Number", "Outside", "P", "Small", "Tie", "Unlucky"]
