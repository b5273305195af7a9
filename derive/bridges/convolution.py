"""Why the kernel is flipped: forwards a window begins at each output, backwards all windows count that hold an input.

    z[i] = sum over u of w[u]*a[i + u]   has   dC/da[p] = sum over u of w[u]*dC/dz[p - u]
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from derive.bridge import Bridge, Setting, across, steps
from derive.calculus.explain import Explanation, Line, explain
from derive.calculus.rewrite import Reason
from derive.errors import DeriveError
from derive.forms.relettered import line_in
from derive.forms.written_out import entries, written_out
from derive.forward import forward
from derive.ir import Derivation, Equation, Index, Term, indices_of, reads_of, tensor_of
from derive.latex.steps import SHOWN, Entries, Laid, Part, Said, Shown, Step
from derive.spec import Network, load

LINE = "1x6-conv1d(1,2):tanh-conv1d(1,3,bias=false):tanh-flatten-2"
PLANE = "2x7x7-conv(3,3):tanh-conv(4,3):tanh-flatten-2"
PLACES = "pqr"


@dataclass(frozen=True)
class Windows:
    """z[o,i] = sum of w[o,c,u]*a[c,i+u]: the equation, w and a as it reads them, the indices u along the kernel."""

    known: Explanation
    forwards: Equation
    weight: sp.Expr
    input: sp.Expr
    along: tuple[Index, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The chain of dC/da, in the letters of the equation: channels c, places p and q, summed over o."""
        chain = self.known.chain(tensor_of(self.input))
        (term,) = chain.lines[1].equation.terms
        letters = {str(own): str(theirs) for own, theirs in zip(
            _at(term, tensor_of(self.weight)), indices_of(self.weight), strict=True)}
        moved = [str(i.symbol) for i in chain.result.free if str(i.symbol) not in letters]
        letters |= dict(zip(moved, PLACES, strict=False))
        return tuple(line_in(line, letters) for line in chain.lines)


def tell(setting: Setting) -> list[Part]:
    here = windows(setting.one)
    known, backwards = here.known, here.lines[1].equation
    a = known.forward.tensor(tensor_of(here.input)).at(*backwards.at)
    return [
        Said("Forwards, each {0} looks at a window of the input that begins where it stands itself. The index of the "
             "output and that of the kernel add up. (This is what networks call a convolution; in mathematics it is a "
             "cross-correlation.)", (here.forwards.lhs,)),
        Shown((Step(here.forwards),), known),
        Said("Written out, one output after the other:"),
        Shown(tuple(Step(entry) for entry in _few(here.forwards)), known),
        Said("Follow one input down the lines: while the window moves on by one, the input falls back by one in it. "
             "The later the output, the earlier the entry of the kernel that it meets. Each line that contains it is a "
             "path to the cost, and what arrives along the paths adds up:"),
        Shown(steps(here.lines[:2]), known),
        Said("Now the indices subtract: where the kernel goes forwards, the errors go back. The same for one entry:"),
        Shown((Step(written_out(backwards, _middle(backwards))),), known),
        Said("To read the errors forwards, count the kernel from its end. Then the indices add up again, as they did "
             "in the pass forwards:"),
        Shown((Step(flipped(here), Reason("the kernel counted from its end"), boxed=True),), known),
        Said("So {0} is a convolution of the errors with the flipped kernel. The condition under the sum leaves out "
             "errors that do not exist; whoever prefers no condition puts zeros around the errors, one less on each "
             "side than the kernel is long.", (known.chain(tensor_of(here.input)).tensor.at(),), whole=True),
        *_matrices(here),
        *_kernel(here),
        *_plane(a),
    ]


def windows(one: Derivation) -> Windows:
    """The last convolution whose windows move by one and whose input is no data."""
    found = [w for equation in one.equations() if (w := _windows(one, equation)) is not None]
    if not found:
        raise DeriveError("this bridge needs a convolution that moves by one, behind another layer",
                          do=f"For example: derive why convolution {LINE}")
    forwards, weight, read, along = found[-1]
    known = explain(one, [tensor_of(read), forwards.target, tensor_of(weight)], "delta")
    return Windows(known, forwards, weight, read, along)


def _windows(one: Derivation, equation: Equation) -> tuple[Equation, sp.Expr, sp.Expr, tuple[Index, ...]] | None:
    for term in equation.terms:
        reads = {one.tensor(tensor_of(r)).role: r for r in reads_of(term.body)}
        if reads.keys() != {"parameter", "value"} or len(reads_of(term.body)) != 2:
            continue
        moved = [e for e in indices_of(reads["value"]) if not e.is_Symbol]
        along = tuple(k for k in term.summed if any(k.symbol in e.free_symbols for e in moved))
        if along and all(e.is_Add and all(part.is_Symbol for part in e.args) for e in moved):
            return equation, reads["parameter"], reads["value"], along
    return None


def _middle(equation: Equation) -> dict[sp.Basic, sp.Basic]:
    """The entry in the middle of the first channel, which the most windows hold."""
    return {i.symbol: sp.Integer(int(i.size) // 2 if i.name in PLACES else 0) for i in equation.free}


def _few(forwards: Equation) -> list[Equation]:
    """The first outputs, one after the other along the last axis."""
    *others, last = forwards.free
    put: dict[sp.Basic, sp.Basic] = {index.symbol: sp.Integer(0) for index in others}
    return [written_out(forwards, put | {last.symbol: sp.Integer(n)}) for n in range(min(int(last.size), 3))]


def flipped(here: Windows) -> Equation:
    """dC/da with u -> size - 1 - u for every index along the kernel."""
    backwards = here.lines[1].equation
    (term,) = backwards.terms
    put: dict[sp.Basic, sp.Basic] = {k.symbol: k.size - 1 - k.symbol for k in here.along}
    where = tuple(_added(c.func(*(sp.expand(side.xreplace(put)) for side in c.args), evaluate=False))
                  for c in term.where)
    return replace(backwards, terms=(Term(term.body.xreplace(put), term.summed, where),))


def _added(condition: sp.Basic) -> sp.Basic:
    """p >= n - u as p + u >= n."""
    left, right = condition.args
    less = sp.Add(*(t for t in sp.Add.make_args(right) if t.free_symbols and t.as_coeff_Mul()[0] < 0))
    return condition.func(sp.expand(left - less), sp.expand(right - less), evaluate=False)


def _at(term: Term, name: str) -> tuple[sp.Expr, ...]:
    return next(indices_of(r) for r in reads_of(term.body) if tensor_of(r) == name)


def _matrices(here: Windows) -> list[Part]:
    """One channel along one axis, no bias: z = T a, with T as a matrix; backwards it is transposed."""
    known, a = here.known, here.known.forward.tensor(tensor_of(here.input))
    one = {a.axes[0].size, here.forwards.free[0].size} == {sp.Integer(1)} and len(here.forwards.terms) == 1
    if not one or len(a.axes) != 2 or a.axes[1].size > SHOWN:
        return []
    inputs = [a.at(sp.Integer(0), sp.Integer(n)) for n in range(int(a.axes[1].size))]
    band: Entries = tuple(tuple(sp.Add(*(t.body for t in row.terms)).coeff(one) for one in inputs)
                          for row in entries(here.forwards))
    error = known.chain(here.forwards.target).tensor
    errors: Entries = tuple((error.at(sp.Integer(0), sp.Integer(n)),) for n in range(len(band)))
    return [
        Said("A matrix shows it at a glance. Forwards its rows hold the kernel, each one place further on than the row "
             "above:"),
        Laid(known.forward.tensor(here.forwards.target).at(), (band, tuple((one,) for one in inputs)), known),
        Said("Backwards the matrix is transposed (``derive why transpose''), and the rows of the transposed matrix "
             "hold the kernel from its end to its beginning:"),
        Laid(known.chain(a.name).tensor.at(), (across(band), errors), known),
    ]


def _kernel(here: Windows) -> list[Part]:
    weight = tensor_of(here.weight)
    error = here.known.chain(here.forwards.target).tensor
    return [
        Said("The gradient of the kernel needs no flip. Each of its entries is used once for each output, and the uses "
             "add up; the indices add up as they do forwards:"),
        Shown(steps(here.known.chain(weight).lines[:2], boxed=True), here.known),
        Said("It is a convolution of the input with the errors {0} as its kernel.", (error.at(),), whole=True),
    ]


def _plane(a: sp.Expr) -> list[Part]:
    """The same along two axes, if the network at hand has one."""
    if len(indices_of(a)) != 2:
        return []
    network = load(PLANE)
    assert isinstance(network, Network)
    here = windows(forward(network))
    return [
        Said("Of an image the kernel is flipped along both axes, so it is turned by half a turn; and what the channels "
             "$o$ of the output send back adds up:"),
        Shown((Step(here.forwards),), here.known),
        Shown((*steps([here.lines[1]]), Step(flipped(here), Reason("turned by half a turn"), joined=True, boxed=True)),
              here.known),
    ]


def within(setting: Setting) -> Explanation:
    return windows(setting.one).known


ENTRY = Bridge("convolution", "Why the kernel is flipped",
               "Why is the gradient of a convolution a convolution again, and why with the flipped kernel?",
               tell, within, on=LINE)
