"""NumPy text of the functions that NumPy lacks: erf and erfc in the dtype of their argument, windows of an axis,
and what adds up rows.

    erfc(x) = exp(-x^2) w p(1 - w),   w = 5.6/(x + 2.8),   for x >= 0,    erfc(-x) = 2 - erfc(x)

The form is like that of M. Shepherd and J. Laframboise, Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x)
in 0 <= x < infinity, Math. Comp. 36 (1981) 249-253. The coefficients are our own: the Chebyshev series of p,
computed to 60 digits and written as a polynomial; relative error below 3e-16 (1 + x^2), with the short one 4e-8.
erf(x) in float32 is tanh(x q(x^2)), q fitted so that the greatest error is least: 1e-7, in a third of the time.
"""

from __future__ import annotations

from collections.abc import Iterable

ERFC = '''\
ERFC = (  # erfc(x) exp(x^2)/w as a polynomial in 1 - w, w = 5.6/(x + 2.8), the highest power first
    -4.4794437919140694e-10, -1.1256717956796187e-10, 4.465814001291608e-09, 3.1330062535504397e-09,
    -2.354922271860562e-08, -3.310810694454786e-08, 8.973137722695416e-08, 2.360811962078859e-07,
    -2.796540506222199e-07, -1.4408200945721147e-06, 8.07778130754392e-07, 8.68028337891137e-06,
    -3.85182844188434e-06, -5.600797048177864e-05, 5.198495403582586e-05, 0.00037593345673861514,
    -0.0009395353739380099, -0.0014951344542295907, 0.01428333327662214, -0.04569657756248544, 0.09643266091724687,
    -0.15276158896673336, 0.19054887968999187,
)
ERFC_SINGLE = (  # the same, as exact as float32
    -3.7756515868936844e-05, 4.4575425331482856e-05, 0.00035934616843586223, -0.0009335713636399022,
    -0.0014882161964963874, 0.014281284351539796, -0.0456977783890393, 0.09643291146923598, -0.15276153003895565,
    0.19054887474863402,
)


def erfc(x):
    """1 - erf(x) = 2/sqrt(pi) times the integral of exp(-t^2) from x on, without cancellation."""
    r = np.minimum(np.abs(x), 28)  # beyond 28 it is 0 in float64
    w = 5.6 / (r + 2.8)
    t = 1 - w
    first, *others = ERFC_SINGLE if r.itemsize < 8 else ERFC
    p = first * t
    for c in others[:-1]:
        p += c
        p *= t
    p += others[-1]
    p *= w * np.exp(-r * r)
    return p + (2 - 2 * p) * (x < 0)  # erfc(-x) = 2 - erfc(x)
'''

ERF = '''\
ERF = (  # erf(x)/x in powers of x^2 for |x| <= 1/2, the highest first
    -1.2290555301717928e-09, 1.4807192815879218e-08, -1.6365844691234924e-07, 1.6462114365889248e-06,
    -1.492565035840625e-05, 0.00012055332981789664, -0.0008548327023450853, 0.005223977625442188,
    -0.026866170645131252, 0.11283791670955126, -0.37612638903183754, 1.1283791670955126,
)
ERF_SINGLE = (  # arctanh(erf(x))/x in powers of x^2, as exact as float32
    1.4183350494871774e-07, -5.668110286884771e-06, 8.763484062914117e-05, -0.0006197773532070879,
    -0.0001918401114494214, 0.10276906031006443, 1.1283792737609426,
)


def erf(x):
    """2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    single = np.result_type(x).itemsize < 8
    x = np.clip(x, -4, 4) if single else x  # beyond it is 1 in float32
    s = x * x if single else np.minimum(x * x, 0.25)
    first, *others = ERF_SINGLE if single else ERF
    p = first * s
    for c in others[:-1]:
        p += c
        p *= s
    p += others[-1]
    p *= x
    return np.tanh(p) if single else np.where(np.abs(x) < 0.5, p, 1 - erfc(x))
'''

WINDOWS = '''\
def windows(x, axis, number, size, step=1, gap=1, first=0):
    """x[first + step*i + gap*u] along an axis, i < number in its place and u < size as a new last axis: a view."""
    view = np.lib.stride_tricks.sliding_window_view(x, gap * (size - 1) + 1, axis)[..., ::gap]
    return view[(slice(None),) * axis + (slice(first, first + step * (number - 1) + 1, step),)]
'''

ROWS = '''\
def add_rows(rows, numbers, values):
    """rows[numbers] += values, where a number may stand several times: entry by entry, which NumPy does faster."""
    width = rows[0].size
    places = numbers.reshape(-1, 1).astype(np.intp) * width + np.arange(width)
    np.add.at(rows.reshape(-1), places.reshape(-1), values.reshape(-1))
'''

SPECIAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "erfc": (ERFC, ()), "erf": (ERF, ("erfc",)), "windows": (WINDOWS, ()), "add_rows": (ROWS, ()),
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
