"""Functions with a kink, decided by the real value; the draw remembers which sides were seen, site by site.

    relu(z) = maximum(0, z)      |z| = z*sign(z)      [z > 0] = step(z)

Ties are those of `derive.functions.primitives`: step(0) = sign(0) = 0, and at a tie of max or min neither
slope counts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import floor
from typing import Any

from derive.points.draw import Draw
from derive.points.dual import number

Site = Hashable


def side(draw: Draw, value: Any, site: Site = None) -> int:
    """-1, 0 or 1, as `value` is negative, zero or positive; remembered in `draw.sides`."""
    found: int = number(value).compare(0)
    draw.sides.setdefault(site, set()).add(found)
    return found


def step(draw: Draw, z: Any, site: Site = None) -> Any:
    """[z > 0]"""
    return draw.rational(int(side(draw, z, site) > 0))


def sign(draw: Draw, z: Any, site: Site = None) -> Any:
    return draw.rational(side(draw, z, site))


def absolute(draw: Draw, z: Any, site: Site = None) -> Any:
    return z * side(draw, z, site)


def choose(draw: Draw, c: Any, a: Any, b: Any, site: Site = None) -> Any:
    """a where c > 0, else b"""
    return a if side(draw, c, site) > 0 else b


def maximum(draw: Draw, a: Any, b: Any, site: Site = None) -> Any:
    found = side(draw, a - b, site)
    return (number(a), a, b)[found]  # 0: the value without tangents


def minimum(draw: Draw, a: Any, b: Any, site: Site = None) -> Any:
    found = side(draw, a - b, site)
    return (number(a), b, a)[found]


def stop(draw: Draw, z: Any, site: Site = None) -> Any:
    """The value without tangents."""
    return number(z)


def mod(draw: Draw, a: Any, b: Any, site: Site = None) -> Any:
    """a less b as often as it goes."""
    return a - b * draw.rational(floor(number(a).real / number(b).real))


KINKS: dict[str, tuple[Callable[..., Any], int]] = {
    "step": (step, 1), "heaviside": (step, 1), "sign": (sign, 1), "sgn": (sign, 1),
    "absolute": (absolute, 1), "abs": (absolute, 1),
    "maximum": (maximum, 2), "max": (maximum, 2), "minimum": (minimum, 2), "min": (minimum, 2),
    "choose": (choose, 3), "stop": (stop, 1), "mod": (mod, 2),
}
"""By name, with the number of arguments."""
