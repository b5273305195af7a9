"""NumPy text of the functions that NumPy lacks: erf and Phi in the dtype of their argument, windows of an axis, and
what adds up rows.

    Phi(z) = Phi(z - h) + phi(z) h (1 + z h/2 + (z^2 - 1) h^2/6),   z - h the nearest place in a table of erfc

Taylor's series, from z back to where the value is known. In steps of 1/2048 the first term left out,
phi(z) (z^3 - 3 z) h^4/24, is below 9e-17. float32 leaves out all but h itself, which is right to 8e-9.

    erf(x) = tanh(x q(x^2))

q is a quotient of two polynomials of degree 8, by Remez's exchange in 50 digits, so that the greatest relative error
of erf is least: 1.6e-16, 6e-16 with NumPy's rounding. All their coefficients are positive, so nothing cancels. In
float32 one polynomial of degree 6 is enough: 1e-7.
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

NORMAL = '''\
NORMAL = np.array([0] + [erfc(-n / 2048 / 2**0.5) / 2 for n in range(-17407, 17408)] + [1])  # from -8.5 to 8.5
NORMAL_SINGLE = NORMAL.astype(np.float32)


def normal_cdf(z, bell=None):
    """Phi(z), the normal distribution function, from the nearest z - h in a table.

    Phi(z) = Phi(z - h) + phi(z)*h*(1 + z*h/2 + (z^2 - 1)*h^2/6 + ...)
    phi(z) = bell/sqrt(2*pi), bell = exp(-z^2/2)
    """
    if bell is None or not bell.min() > 2e-16:
        z = np.clip(z, -8.5, 8.5)  # beyond, it is 0 or 1
    if bell is None:
        bell = np.exp(-z * z / 2)
    single = z.itemsize < 8
    h = z * 2048
    nearest = np.rint(h)
    h -= nearest  # in steps of 1/2048
    place = nearest.astype(np.int32)  # NumPy is slow with 64 bits
    place += len(NORMAL) // 2
    del nearest  # its memory, which is in the cache, serves what follows
    c = 0.3989422804014327 / 2048  # 1/sqrt(2*pi)
    if single:
        found = c * h  # what follows is below 1e-8
    else:
        found = z * h
        term = c / 6 / 2048**2 * found
        term += c / 2 / 2048
        found *= term
        term = h * h
        term *= c / 6 / 2048**2
        found -= term
        found += c
        found *= h
    found *= bell
    found += (NORMAL_SINGLE if single else NORMAL).take(place, mode="clip")
    return found
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
    "polynomial": (POLYNOMIAL, ()), "normal_cdf": (NORMAL, ()), "erf": (ERF, ("polynomial",)),
    "windows": (WINDOWS, ()), "add_rows": (ROWS, ()),
    "one_hot": (ONE_HOT, ()), "in_range": (IN_RANGE, ()),
}
"""By name: the text of the function, and the other ones that it calls."""
MATH = {"normal_cdf": "erfc"}
"""What a function takes from Python's math."""


def special_functions(names: Iterable[str]) -> list[str]:
    """The texts that define these functions, each once, in an order in which they can be read."""
    wanted: dict[str, str] = {}
    for name in names:
        for wants in (*SPECIAL[name][1], name):
            wanted.setdefault(wants, SPECIAL[wants][0])
    return list(wanted.values())
