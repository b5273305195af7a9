"""The parts of the emitted module: what each of its functions computes, as finished lines.

In: an explanation over the samples. Out: a `Module`, which the template only has to print.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from derive.calculus.explain import Explanation
from derive.calculus.kinds import kinds_of
from derive.codegen.comments import equation_text
from derive.codegen.functions import helper_texts, typed_functions
from derive.codegen.gradients import gradient_statements
from derive.codegen.initial import Initial, initial
from derive.codegen.lines import WIDTH
from derive.codegen.roles import Roles, roles_of
from derive.codegen.scope import Scope, code_names
from derive.codegen.stabilized import folded, mapped, softmaxes, stabilize
from derive.codegen.statements import shape_text, statement_lines, written
from derive.errors import DeriveError
from derive.functions.record import activations, vector_activations
from derive.functions.special import SPECIAL
from derive.ir import Derivation, Equation, Loop, Statement, Tensor, indices_of, needed, tensor_of, walk

WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


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
    helpers: list[str]
    initial: Initial
    predict: Body | None
    cost: Body
    gradients: Body
    about: str = ""
    equations: list[str] = field(default_factory=list)


class Builder:
    """Puts the functions together from the statements that each of them needs."""

    def __init__(self, explanation: Explanation, tags: Mapping[str, str]) -> None:
        self.explanation = explanation
        self.tags = {chain.tensor.name: [tags[kind] for kind in kinds_of(explanation, chain) if kind in tags]
                     for chain in explanation.chains}
        self.forward: Derivation = explanation.forward
        self.roles: Roles = roles_of(self.forward)
        softmax = [*softmaxes(self.forward)]
        self.backward = mapped(gradient_statements(explanation), lambda e: folded(softmax, e))
        self.tensors = {t.name: t for t in explanation.derivation.tensors}
        read_back = {tensor_of(r) for e in written(self.backward) for r in e.reads()}
        self.statements = stabilize(self.forward, read_back)
        self.equations = [*written(self.statements)]
        self.helpers: list[str] = []
        self.names = self._names()

    def _names(self) -> dict[str, str]:
        adjoints = [t for t in self.explanation.derivation.of_role("adjoint") if t.name not in self.forward.by_name]
        taken = {*SPECIAL, *activations(), *vector_activations()}
        names = code_names(self.forward, adjoints, sorted(taken))
        for tensor in self.forward.tensors:
            if tensor.role == "parameter" and is_layered(tensor):
                names[tensor.name] = f'params[f"{tensor.name}{{}}"]'
        for chain in self.explanation.chains:
            of = self.forward.tensor(chain.tensor.of or "")
            if of.role in ("parameter", "data"):
                names[chain.tensor.name] = f'grads[f"{of.name}{{}}"]' if is_layered(of) else f'grads["{of.name}"]'
        return names

    def scope(self) -> Scope:
        data, learnt = self.forward.of_role("data"), [t for t in self.forward.of_role("parameter") if not is_layered(t)]
        scope = Scope(self.tensors, self.names, helpers=self.helpers)
        scope.dtype_of = self.names[data[0].name] if data else f'params["{learnt[0].name}"]' if learnt else "np"
        return scope

    def module(self) -> Module:
        predict = self._predict()
        cost, gradients = self._cost(predict), self._gradients()
        typed = typed_functions([t.body for e in (*self.equations, *written(self.backward)) for t in e.terms])
        return Module(
            constants=[self._constant(t) for t in self.forward.of_role("constant")],
            helpers=helper_texts(self.helpers, typed),
            initial=initial(self.forward, self.scope()),
            predict=predict, cost=cost, gradients=gradients,
            equations=[line for e in self.forward.equations() for line in textwrap.wrap(
                equation_text(e), WIDTH - 4, subsequent_indent="    ", **WHOLE)],
            about=self._about(),
        )

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
        lines = self._computed(self.statements, {output.name})
        final = self._at_last(output)
        doc = f"{self._shaped(output)}{self._from(self._fed())}."
        return Body(_arguments(self._fed(), self.names), _returned(lines, final), doc)

    def _fed(self) -> tuple[Tensor, ...]:
        """The data that the output is computed from."""
        reads = needed(self.equations, {self.roles.output.name} if self.roles.output else set())
        return tuple(t for t in self.roles.inputs if t.name in reads)

    def _shaped(self, tensor: Tensor) -> str:
        """x (m, 3)"""
        last: dict[sp.Basic, sp.Basic] = {axis.symbol: axis.last for axis in tensor.axes if axis.kind == "layer"}
        sizes = [str(axis.size.xreplace(last)) for axis in tensor.axes if axis.kind != "layer"]
        return f"{tensor.name} ({', '.join(sizes)}{',' * (len(sizes) == 1)})" if sizes else tensor.name

    def _from(self, tensors: Sequence[Tensor]) -> str:
        return "".join([" from " * bool(tensors), ", ".join(self._shaped(t) for t in tensors)])

    def _about(self) -> str:
        """What goes in and out, and how many numbers are learnt."""
        ends = [self._shaped(t) for t in (*self._fed(), *([self.roles.output] if self.roles.output else []))]
        counts = [sp.Mul(*(axis.size for axis in t.axes)) for t in self.forward.of_role("parameter")]
        total = sp.Add(*counts)
        learnt = _counted(int(total), "parameter") if total.is_Integer else \
            f"{_counted(len(counts), 'array')} of parameters"
        return "; ".join([" -> ".join(ends), learnt] if ends else [learnt])

    def _at_last(self, tensor: Tensor) -> str:
        """The output; of a layered value the last layer."""
        if not is_layered(tensor):
            return self.names[tensor.name]
        layer = next(axis for axis in tensor.axes if axis.kind == "layer")
        return self.scope().layered(self.names[tensor.name], layer.last)

    def _cost(self, predict: Body | None) -> Body:
        cost, output = self.forward.cost, self.roles.output
        arguments = _arguments(self.forward.of_role("data"), self.names)
        doc = f"The cost {cost}{self._from(self.forward.of_role('data'))}."
        given = {t.name for t in self.forward.of_role("data", "parameter", "constant")}
        if output is not None and predict is not None and not is_layered(output):
            beyond = needed([e for e in self.equations if e.target != output.name], {cost}) - given
            before = needed(self.equations, {output.name}) - given
            if beyond & before == {output.name}:
                rest = tuple(s for s in self.statements if isinstance(s, Equation) and s.target in beyond - before)
                call = f"{self.names[output.name]} = predict({_arguments(self._fed(), self.names)})"
                return Body(arguments, _returned(self._computed(rest, {cost}, [call]), self.names[cost]), doc)
        return Body(arguments, _returned(self._computed(self.statements, {cost}), self.names[cost]), doc)

    def _gradients(self) -> Body:
        wanted = {self.forward.cost, *(c.tensor.name for c in self.explanation.chains
                                       if self.tensors[c.tensor.of or ""].role in ("parameter", "data"))}
        lines = self._computed((*self.statements, *self.backward), wanted, gradients=True)
        doc = f"The cost {self.forward.cost}, and its gradient with respect to each parameter: a dict like params."
        arguments = _arguments(self.forward.of_role("data"), self.names)
        return Body(arguments, [*lines, f"return {self.names[self.forward.cost]}, grads"], doc)

    # -- lines -------------------------------------------------------------------------------

    def _computed(self, statements: tuple[Statement, ...], wanted: set[str], before: list[str] | None = None,
                  gradients: bool = False) -> list[str]:
        """The statements that the wanted tensors need, with what must stand before them."""
        every = [*written(statements)]
        live = needed(every, wanted)
        kept = _kept(statements, live)
        kept = [s for s in kept if not self._last_unread(s, kept, wanted)]
        scope = self.scope()
        lines: list[str] = []
        begun = False
        for statement in kept:
            targets = {e.target for e in written([statement])}
            if gradients and not begun and any(self.tensors[t].role == "adjoint" for t in targets):
                begun = True
                lines += ["", "grads = {}"]
            lines += statement_lines(statement, scope, self._comment)
        head = [*self._unpacked(live), *(before or []), *self._prepared(kept, scope)]
        return [*self._sizes(scope), *head, *lines]

    def _last_unread(self, statement: Statement, kept: list[Statement], wanted: set[str]) -> bool:
        """Whether this is a value of the last layer, such as a[L], of which only lower layers are read."""
        if isinstance(statement, Loop) or statement.target in wanted or not is_layered(self.tensors[statement.target]):
            return False
        place = [axis.kind for axis in self.tensors[statement.target].axes].index("layer")
        reads = [(indices_of(r)[place], {loop.index.symbol: loop.index.last for loop in loops})
                 for e, loops in walk(tuple(kept)) for r in e.reads() if tensor_of(r) == statement.target]
        return all(sp.expand(statement.at[place] - at.xreplace(last)).is_positive for at, last in reads)

    def _comment(self, equation: Equation) -> list[str]:
        """The equation that an adjoint's line computes."""
        if self.tensors[equation.target].role != "adjoint":
            return []
        cost = self.forward.cost
        tags = self.tags.get(equation.target, [])
        label = f"({', '.join(tags)}) " if tags else ""
        shown = label + equation_text(equation).replace(f"d{cost}_d", f"d{cost}/d")
        return [f"# {line}" for line in textwrap.wrap(shown, WIDTH - 12, subsequent_indent="    ", **WHOLE)]

    def _unpacked(self, live: set[str]) -> list[str]:
        """w1, b1 = params["w1"], params["b1"]: one line a layer."""
        groups: dict[str, list[Tensor]] = {}
        for tensor in self.forward.of_role("parameter"):
            if tensor.name in live and not is_layered(tensor):
                groups.setdefault(str(tensor.written.layer), []).append(tensor)
        parts = [group[n:n + 4] for group in groups.values() for n in range(0, len(group), 4)]
        return [", ".join(self.names[t.name] for t in part) + " = " + ", ".join(f'params["{t.name}"]' for t in part)
                for part in parts]

    def _prepared(self, kept: list[Statement], scope: Scope) -> list[str]:
        """Values of several layers are kept in a dict; those filled bit by bit need an array first."""
        dicts, arrays = [], []
        looped = {e.target for s in kept if isinstance(s, Loop) for e in written(s.body)}
        filled = {e.target for e in written(kept) if e.op == "=" and e.at != tuple(i.symbol for i in e.free)}
        for name in dict.fromkeys(e.target for e in written(kept)):
            tensor = self.tensors[name]
            if is_layered(tensor):
                dicts += [] if self.names[name].startswith("grads") else [self.names[name]]
                continue
            if tensor.axes and (name in filled or name in looped):
                shape = shape_text([axis.size for axis in tensor.axes], scope)
                arrays.append(f"{self.names[name]} = np.zeros({shape}, dtype={scope.dtype_of}.dtype)")
        lines = [f"{', '.join(dicts)} = {', '.join('{}' for _ in dicts)}"] if dicts else []
        return [*lines, *arrays]

    def _sizes(self, scope: Scope) -> list[str]:
        """m = len(x) and the like, for the sizes that the lines use."""
        return [f"{symbol} = {self._size(symbol)}" for symbol in sorted(scope.sizes, key=str)]

    def _size(self, symbol: sp.Symbol) -> str:
        for tensor in (*self.forward.of_role("data"), *self.forward.of_role("parameter")):
            for place, axis in enumerate(tensor.axes):
                if axis.size == symbol and axis.kind == "layer":
                    return f'sum(name.startswith("{tensor.name}") for name in params)'
                if axis.size == symbol and not is_layered(tensor):
                    array = tensor.name if tensor.role == "data" else f'params["{tensor.name}"]'
                    array = self.names[tensor.name] if tensor.role == "data" else array
                    return f"len({array})" if place == 0 else f"{array}.shape[{place}]"
        raise DeriveError(f"the size {symbol} cannot be read from any array")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def is_layered(tensor: Tensor) -> bool:
    return any(axis.kind == "layer" for axis in tensor.axes)


def _kept(statements: tuple[Statement, ...], live: set[str]) -> list[Statement]:
    kept: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Loop):
            body = _kept(statement.body, live)
            kept += [replace(statement, body=tuple(body))] if body else []
        elif statement.target in live:
            kept.append(statement)
    return kept


def _returned(lines: list[str], value: str) -> list[str]:
    """`return expression` rather than a name for it that is used once."""
    start = f"{value} = "
    if lines and lines[-1].startswith(start):
        return [*lines[:-1], f"return {lines[-1].removeprefix(start)}"]
    return [*lines, f"return {value}"]


def _arguments(tensors: Sequence[Tensor], names: dict[str, str]) -> str:
    return ", ".join(["params", *(names[t.name] for t in tensors)])
