"""NumPy text of the functions that NumPy lacks: erf and erfc in the dtype of their argument, windows of an axis.

    erfc(x) = exp(-x^2)/(1 + 2x) * p((x - 3)/(x + 3))   for x >= 0,    erfc(-x) = 2 - erfc(x)

The form is that of M. Shepherd and J. Laframboise, Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x)
in 0 <= x < infinity, Math. Comp. 36 (1981) 249-253. The coefficients are our own: the Chebyshev series
with pole 3, computed to 60 digits and written as a polynomial; relative error below 3e-16 (1 + x^2).
"""

from __future__ import annotations

from collections.abc import Iterable

ERFC = '''\
ERFC = (  # (1 + 2x) exp(x^2) erfc(x) as a polynomial in (x - 3)/(x + 3), the highest power first
    8.393734858690877e-10, 9.862533510345587e-10, -8.217595058711455e-09, -1.3312919661038687e-08,
    4.1064013667940355e-08, 1.0183620603842736e-07, -1.4047654315428462e-07, -6.166011460398726e-07,
    3.5576086684080595e-07, 3.472370944977168e-06, -7.308281468783614e-07, -2.0100542268525612e-05,
    4.949196649968345e-06, 0.0001250993424583729, -0.00010515971958448065, -0.0007798322696543306,
    0.0018886903449991718, 0.0025293918156939696, -0.02377051491717134, 0.0683080273440099,
    -0.11927366341538638, 0.1296451587027594, -0.0475622943534492, -0.13562110612458117,
    1.2530080582697296,
)


def erfc(x):
    """1 - erf(x) = 2/sqrt(pi) times the integral of exp(-t^2) from x on, without cancellation."""
    r = np.minimum(np.abs(x), 28)  # beyond 28 it is 0 in float64
    t = (r - 3) / (r + 3)
    p = 0.0
    for c in ERFC:
        p = p * t + c
    tail = p * np.exp(-r * r) / (1 + 2 * r)
    return np.where(x < 0, 2 - tail, tail)
'''

ERF = '''\
def erf(x):
    """2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    s = np.minimum(x * x, 0.25)
    near, power = 0.0, 1.1283791670955126  # 2/sqrt(pi)
    for n in range(12):  # the Taylor series, for |x| <= 1/2
        near, power = near + power / (2 * n + 1), -power * s / (n + 1)
    return np.where(np.abs(x) < 0.5, x * near, 1 - erfc(x))
'''

WINDOWS = '''\
def windows(x, axis, number, size, step=1, gap=1, first=0):
    """x[first + step*i + gap*u] along an axis, i < number in its place and u < size as a new last axis: a view."""
    view = np.lib.stride_tricks.sliding_window_view(x, gap * (size - 1) + 1, axis)[..., ::gap]
    return view[(slice(None),) * axis + (slice(first, first + step * (number - 1) + 1, step),)]
'''

SPECIAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "erfc": (ERFC, ()), "erf": (ERF, ("erfc",)), "windows": (WINDOWS, ()),
}
"""By name: the text of the function, and the other ones that it calls."""


def special_functions(names: Iterable[str]) -> list[str]:
    """The texts that define these functions, each once, in an order in which they can be read."""
    wanted: dict[str, str] = {}
    for name in names:
        text, needed = SPECIAL[name]
        for inner in (*needed, name):
            wanted.setdefault(inner, SPECIAL[inner][0] if inner != name else text)
    return list(wanted.values())
