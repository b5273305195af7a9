"""NumPy text of the functions that NumPy lacks: erf and erfc in the dtype of their argument, windows of an axis,
and what adds up rows.

    erfc(x) = exp(-x^2) w p(1 - w),   w = 5.6/(x + 2.8),   for x >= 0,    erfc(-x) = 2 - erfc(x)

The form is like that of M. Shepherd and J. Laframboise, Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x)
in 0 <= x < infinity, Math. Comp. 36 (1981) 249-253. The coefficients are our own: the Chebyshev series of p,
computed to 60 digits and written as a polynomial; relative error below 3e-16 (1 + x^2), with the short one 4e-8.

    erf(x) = tanh(x q(x^2))

q is a quotient of two polynomials of degree 8, by Remez's exchange in 50 digits, so that the greatest relative error
of erf is least: 1.6e-16, 6e-16 with NumPy's rounding. All their coefficients are positive, so nothing cancels. It
takes a third of the time of 1 - erfc(x). In float32 one polynomial of degree 6 is enough: 1e-7.
"""

from __future__ import annotations

from collections.abc import Iterable

POLYNOMIAL = '''\
def polynomial(coefficients, t):
    """A polynomial in t; its coefficients from the highest power on."""
    first, *others, last = coefficients
    p = first * t
    for c in others:
        p += c
        p *= t
    p += last
    return p
'''

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
    p = polynomial(ERFC_SINGLE if r.itemsize < 8 else ERFC, t)
    p *= w * np.exp(-r * r)
    return p + (2 - 2 * p) * (x < 0)  # erfc(-x) = 2 - erfc(x)
'''

ERF = '''\
ERF_ABOVE = (  # arctanh(erf(x))/x is a quotient of polynomials in x^2: what is divided, the highest power first
    2.698510107966846e-09, 4.3411167162970096e-07, 1.4566361560686429e-05, 0.00025654379576329323,
    0.0030181673538793464, 0.023978210572687307, 0.13725592995085864, 0.4874607781595172, 1.1283791670955123,
)
ERF_BELOW = (  # ...and what it is divided by
    1.435593184281857e-10, 8.830556966732099e-08, 5.417481838580595e-06, 0.00011113609474273062,
    0.0015769005323174874, 0.013568617623211694, 0.09077426009872425, 0.34092101846204387, 1.0,
)
ERF_SINGLE = (  # the quotient as a polynomial, as exact as float32
    1.4183350494871774e-07, -5.668110286884771e-06, 8.763484062914117e-05, -0.0006197773532070879,
    -0.0001918401114494214, 0.10276906031006443, 1.1283792737609426,
)


def erf(x):
    """2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    single = np.result_type(x).itemsize < 8
    x = np.clip(x, -4, 4) if single else np.clip(x, -6, 6)  # beyond it is 1
    s = x * x
    p = polynomial(ERF_SINGLE if single else ERF_ABOVE, s)
    if not single:
        p /= polynomial(ERF_BELOW, s)
    p *= x
    return np.tanh(p)
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
    if not rows.flags.c_contiguous:  # its entries do not lie one row after the other
        return np.add.at(rows, numbers, values)
    width = rows[0].size
    places = numbers.reshape(-1, 1).astype(np.intp) * width + np.arange(width)
    return np.add.at(rows.reshape(-1), places.reshape(-1), values.reshape(-1))
'''

ONE_HOT = '''\
def one_hot(numbers, count, dtype):
    """A row for each number from 0 to count - 1: 1 at its place, 0 elsewhere."""
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
        raise ValueError(f"classes have the numbers 0 to {count - 1}; here are {numbers.min()} to {numbers.max()}")
    rows = np.zeros((*numbers.shape, count), dtype)
    np.put_along_axis(rows, numbers[..., None], 1, axis=-1)
    return rows
'''

IN_RANGE = '''\
def in_range(numbers, first, last, name):
    """Refuse whole numbers that count nothing: as a subscript, NumPy takes -1 for the last one."""
    if numbers.size and not first <= numbers.min() <= numbers.max() <= last:
        raise ValueError(f"{name} has numbers from {first} to {last}; here are {numbers.min()} to {numbers.max()}")
'''

SPECIAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "polynomial": (POLYNOMIAL, ()), "erfc": (ERFC, ("polynomial",)), "erf": (ERF, ("polynomial",)),
    "windows": (WINDOWS, ()), "add_rows": (ROWS, ()),
    "one_hot": (ONE_HOT, ()), "in_range": (IN_RANGE, ()),
}
"""By name: the text of the function, and the other ones that it calls."""


def special_functions(names: Iterable[str]) -> list[str]:
    """The texts that define these functions, each once, in an order in which they can be read."""
    wanted: dict[str, str] = {}
    for name in names:
        for wants in (*SPECIAL[name][1], name):
            wanted.setdefault(wants, SPECIAL[wants][0])
    return list(wanted.values())
