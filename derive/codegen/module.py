"""The parts of the emitted module: what each of its functions computes, as finished lines.

In: an explanation over the samples. Out: a `Module`, which the template only has to print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import sympy as sp

from derive.calculus.explain import Explanation
from derive.calculus.kinds import kinds_of
from derive.calculus.rewrite import known
from derive.codegen.ahead import ahead
from derive.codegen.computable import computable
from derive.codegen.function import Function, added_to, described
from derive.codegen.functions import Helpers, helpers, typed_functions
from derive.codegen.gradients import short_slopes
from derive.codegen.initial import Initial, initial
from derive.codegen.naming import Naming, code_names, is_layered
from derive.codegen.roles import Roles, roles_of
from derive.codegen.rolling import rolled
from derive.codegen.scope import Scope
from derive.codegen.second import Extra, second_functions
from derive.errors import DeriveError
from derive.functions.record import activations, released, vector_activations
from derive.functions.special import MATH, SPECIAL
from derive.ir import Derivation, Equation, Loop, Tensor, equations_of, mapped, needed


@dataclass
class Body:
    """One function: its arguments, and its lines."""

    arguments: str
    lines: list[str]
    doc: str = ""


@dataclass
class Module:
    """Everything that the template prints."""

    constants: list[str]
    helpers: Helpers
    initial: Initial
    predict: Body | None
    cost: Body
    gradients: Body
    about: str = ""
    equations: list[str] = field(default_factory=list)
    more: list[Extra] = field(default_factory=list)


class Builder:
    """Puts the functions together from the statements that each of them needs."""

    second: tuple[str, Sequence[str]] | None = None
    """Of which second derivative there are functions beside the gradient, and by what."""

    def __init__(self, explanation: Explanation, tags: Mapping[str, str]) -> None:
        self.typed, self.safe = explanation.forward, computable(explanation)
        self.explanation = explanation = self.safe.explanation
        self.tags = {chain.tensor.name: [tags[kind] for kind in kinds_of(explanation, chain) if kind in tags]
                     for chain in explanation.chains}
        self.forward: Derivation = explanation.forward
        self.roles: Roles = roles_of(self.typed)
        self.backward = self.safe.backward
        self.tensors = {t.name: t for t in explanation.derivation.tensors}
        slopes = partial(short_slopes, known(self.forward))
        self.forwards = mapped(self.safe.forwards, lambda e: slopes(e.map(released)))
        self.statements = tuple(ahead(self.forwards, self.tensors))
        self.equations = [*equations_of(self.statements)]
        self.helpers: list[str] = []
        self.names = self._names()

    def _names(self) -> dict[str, str]:
        adjoints = [t for t in self.explanation.derivation.of_role("adjoint") if t.name not in self.forward.by_name]
        typed = typed_functions([t.body for e in self.equations for t in e.terms])
        taken = {*SPECIAL, *MATH.values(), *activations(), *vector_activations(),
                 *(name + slope for name in typed for slope in ("", "_slope"))}
        names = code_names(self.forward, adjoints, sorted(taken))
        for tensor in self.forward.tensors:
            if tensor.role == "parameter" and is_layered(tensor):
                names[tensor.name] = f'params[f"{tensor.name}{{}}"]'
        for chain in self.explanation.chains:
            of = self.forward.tensor(chain.tensor.of or "")
            if of.role in ("parameter", "data"):
                names[chain.tensor.name] = f'grads[f"{of.name}{{}}"]' if is_layered(of) else f'grads["{of.name}"]'
        return names

    def naming(self) -> Naming:
        added = added_to((*self.statements, *self.backward))
        return Naming(self.forward, self.tensors, self.names, self.tags, self.helpers,
                      tuple(self.forward.of_role("data")), added=added)

    def scope(self) -> Scope:
        return self.naming().scope()

    def module(self) -> Module:
        predict, layers = self._predict(), rolled(self.typed.statements, self.typed.by_name)
        cost, gradients = self._cost(predict), self._gradients()
        more = self.more  # after what comes before it in the module, as the functions are that it calls
        return Module(
            constants=[self._constant(t) for t in self.forward.of_role("constant")],
            helpers=self.functions(),
            initial=initial(self.forward, self.scope(), layers.members),
            predict=predict, cost=cost, gradients=gradients,
            equations=[*described(layers.statements)],
            about=self._about(), more=more,
        )

    @cached_property
    def more(self) -> list[Extra]:
        return second_functions(self.explanation, self.naming(), *self.second) if self.second else []

    def functions(self) -> Helpers:
        """The functions that the lines written so far call."""
        bodies = [t.body for e in (*self.equations, *equations_of(self.backward)) for t in e.terms]
        return helpers(self.helpers, typed_functions([*bodies, *(b for one in self.more for b in one.bodies)]))

    def _constant(self, tensor: Tensor) -> str:
        if tensor.axes:
            raise DeriveError(f"the constant '{tensor.name}' has axes, but no values", do="Declare it as data.")
        value = tensor.value
        said = "" if value is not None else "  # no value was given: set your own"
        return f"{self.names[tensor.name]} = {float(value) if value is not None else 1.0!r}{said}"

    # -- the functions -----------------------------------------------------------------------

    def _predict(self) -> Body | None:
        output = self.roles.output
        if output is None:
            return None
        naming = replace(self.naming(), data=self._fed())
        lines = Function(naming).lines(self.statements, {output.name}, output)
        doc = f"{self._shaped(output)}{self._from(self._fed())}."
        return Body(_arguments(self._fed(), self.names), lines, doc)

    def _fed(self) -> tuple[Tensor, ...]:
        """The data that the output is computed from."""
        reads = needed(self.equations, {self.roles.output.name} if self.roles.output else set())
        return tuple(t for t in self.roles.inputs if t.name in reads)

    def _shaped(self, tensor: Tensor) -> str:
        """x (m, 3); of whole numbers x (m, 3) in 0..999"""
        last: dict[sp.Basic, sp.Basic] = {axis.symbol: axis.last for axis in tensor.axes if axis.kind == "layer"}
        sizes = [str(axis.size.xreplace(last)) for axis in tensor.axes if axis.kind != "layer"]
        shown = f"{tensor.name} ({', '.join(sizes)}{',' * (len(sizes) == 1)})" if sizes else tensor.name
        return shown if tensor.among is None else f"{shown} in {tensor.among.start}..{sp.expand(tensor.among.last)}"

    def _from(self, tensors: Sequence[Tensor]) -> str:
        return "".join([" from " * bool(tensors), ", ".join(self._shaped(t) for t in tensors)])

    def _about(self) -> str:
        """What goes in and out, and how many numbers are learnt."""
        fed = ", ".join(self._shaped(t) for t in self._fed())
        ends = [*([fed] if fed else []), *([self._shaped(self.roles.output)] if self.roles.output else [])]
        counts = [sp.Mul(*(axis.size for axis in t.axes)) for t in self.forward.of_role("parameter")]
        total = sp.Add(*counts)
        learnt = _counted(int(total), "parameter") if total.is_Integer else \
            f"{_counted(len(counts), 'array')} of parameters"
        return "; ".join([" -> ".join(ends), learnt] if ends else [learnt])

    def _cost(self, predict: Body | None) -> Body:
        cost, output = self.forward.cost, self.roles.output
        function, result = Function(self.naming()), self.forward.tensor(cost)
        arguments = _arguments(self.forward.of_role("data"), self.names)
        doc = f"The cost {cost}{self._from(self.forward.of_role('data'))}."
        given = {t.name for t in self.forward.of_role("data", "parameter", "constant")}
        if output is not None and predict is not None and not is_layered(output):
            beyond = needed([e for e in self.equations if e.target != output.name], {cost}) - given
            before = needed(self.equations, {output.name}) - given
            looped = {e.target for s in self.statements if isinstance(s, Loop) for e in equations_of([s])}
            if beyond & before == {output.name} and not looped & (beyond - before):
                rest = tuple(s for s in self.statements if isinstance(s, Equation) and s.target in beyond - before)
                call = f"{self.names[output.name]} = predict({_arguments(self._fed(), self.names)})"
                return Body(arguments, function.lines(rest, {cost}, result, [call], [output.name]), doc)
        return Body(arguments, function.lines(self.statements, {cost}, result), doc)

    def _gradients(self) -> Body:
        wanted = {self.forward.cost, *(c.tensor.name for c in self.explanation.chains
                                       if self.tensors[c.tensor.of or ""].role in ("parameter", "data"))}
        lines = Function(self.naming()).lines((*self.statements, *self.backward), wanted,
                                              self.forward.tensor(self.forward.cost), gradients=True)
        by = f"{', '.join(self.forward.by)}: a dict" if self.forward.by else "each parameter: a dict like params"
        doc = f"The cost {self.forward.cost}, and its gradient with respect to {by}."
        return Body(_arguments(self.forward.of_role("data"), self.names), lines, doc)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _arguments(tensors: Sequence[Tensor], names: dict[str, str]) -> str:
    return ", ".join(["params", *(names[t.name] for t in tensors)])
