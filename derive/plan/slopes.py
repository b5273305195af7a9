"""A slope that is written as such, f'(z), by what the equations have computed already.

    a = sigmoid(z);  d = e*sigmoid'(z)      is      d = e*a*(1 - a)

In: the equations one after the other. Out: the same without the slopes of functions that NumPy has as safe operations.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy as sp

from derive.formulas.normal import in_normal_cdf
from derive.functions.record import Application
from derive.ir import Equation, indices_of, read, tensor_of


@dataclass
class Slopes:
    """`values` are the tensors that hold f(z), by the names of f and of z."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)

    def opened(self, equation: Equation) -> Equation:
        if len(equation.terms) == 1 and isinstance(body := equation.terms[0].body, Application) and body.order == 0:
            (of,) = body.args
            if isinstance(of, sp.Indexed) and indices_of(of) == equation.at and equation.op == "=":
                self.values[body.record.name, tensor_of(of)] = equation.target
        put = {f: self._slope(f) for t in equation.terms for f in t.body.atoms(Application) if f.order == 1}
        return equation.map(lambda body: body.xreplace(put)) if put else equation

    def _slope(self, f: sp.Expr) -> sp.Expr:
        (of,) = f.args
        if f.record.fast is None or not isinstance(of, sp.Indexed):
            return f
        known = self.values.get((f.record.name, tensor_of(of)))
        return f if known is None else in_normal_cdf(f.record.slope(of, read(known, *indices_of(of))))
