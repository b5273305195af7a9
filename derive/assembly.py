"""A network's equations, put together part by part: layer, activation, cost, regularizer.

Each method gives the statements of one part and notes the tensors and facts that come with it:

    z2[j] = sum(w2[j,k]*a1[k], k) + b2[j]        a2[j] = sigmoid(z2[j])        C = 1/2*sum((a2[j] - y[j])^2, j)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from derive.formulas.typed import find_activation, find_cost, typed_activation
from derive.functions.record import ScalarFunction, VectorFunction, Z
from derive.ir import Derivation, Equation, Fact, Index, Label, Statement, Tensor, Term, read
from derive.model.blocks import Piece, Place, fixed, fragment, place, sizes_from
from derive.model.cost import FACTORS, regularizers
from derive.model.layer import layers
from derive.model.repeated import repeated_over
from derive.spec.choices import Penalty
from derive.spec.stage import Stage
from derive.text import read_formula

COST = "C"
OUT, IDENTITY = "z", "identity"
"""What every layer's equations write, and the activation that is none."""
UNREGULARIZED, PENALTY = "C0", "R"
"""C = C0 + R: parts with names of their own, so that dC/dw never means two things on one line."""
TYPED = ("g", "h")
LETTERS = {"lam": "lambda"}
"""Names in fragments that stand for a letter with a longer name."""


@dataclass(frozen=True)
class Spot:
    """Where a layer stands: its tensors are numbered (w2), or share a layer index (w[l,...])."""

    said: str
    layer: sp.Expr
    axes: Mapping[str, Index] = field(default_factory=dict)
    """The layer axis of each letter that is shared with other layers."""
    others: Index | None = None
    """That of all other letters; None: they are numbered."""

    def place(self, letter: str) -> Place:
        axis = self.axes.get(letter, self.others)
        if axis is None:
            apart = "_" if letter[-1:].isdigit() else ""
            return Place(f"{letter}{apart}{self.layer}", label=Label(letter, self.layer))
        return Place(letter, (self.layer,), (axis,), Label(letter))


@dataclass
class Assembly:
    """The tensors and facts of the network so far."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    weights: dict[str, None] = field(default_factory=dict)
    """What a regularizer counts: the names of tensors, in order."""
    assumptions: list[str] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)
    """The letters of the activations that were typed as formulas."""

    def data(self, name: str, axes: tuple[Index, ...], label: Label | None = None) -> Place:
        """Data with these axes; whole numbers where the last of them says what these stand for."""
        words = axes[-1] if axes and axes[-1].kind == "word" else None
        self.tensors[name] = Tensor(name, axes[:-1] if words else axes, "data", label or Label(name), among=words)
        return Place(name)

    def shape(self, here: Place) -> tuple[Index, ...]:
        """The axes, and the range of the entries where these are whole numbers: what a layer asks for."""
        words = self.tensors[here.name].among
        return (*self.axes(here), *([words] if words is not None else []))

    def axes(self, here: Place) -> tuple[Index, ...]:
        """The axes of the tensor at a place, the layer put into their sizes."""
        tensor = self.tensors[here.name]
        own = tuple(axis.symbol for axis in tensor.axes[len(here.at):])
        return tensor.axes_at((*here.at, *own))[len(here.at):]

    def layer(self, stage: Stage, spot: Spot, inputs: Sequence[Place], shared: Spot | None = None) -> list[Statement]:
        """What a layer computes from the values that go into it: the weighted input z of a dense one.

        The parameters stand at another spot where they are shared.
        """
        home = shared or spot
        record = layers()[stage.layer]
        block = record.block(stage.sizes, tuple(self.shape(here) for here in inputs), spot.said)
        for bias in () if stage.bias else record.biases:
            block = fixed(block, bias, sp.Integer(0))
        learnt = {tensor.name for tensor in block.of_role("parameter")}
        self.weights |= dict.fromkeys(home.place(name).name for name in record.weights if name in learnt)
        places = {t.name: (home if t.name in learnt else spot).place(t.name) for t in block.tensors}
        places |= {t.name: own_place(t.name) for t in block.of_role("constant") if self._same_everywhere(t)}
        places[OUT] = spot.place(out_letter(stage))
        data = block.of_role("data")
        for tensor in data[len(inputs):]:
            self.data((own := spot.place(tensor.name)).name, tensor.axes, own.label)
        places |= {tensor.name: self.read_as(tensor, here) for tensor, here in zip(data, inputs, strict=False)}
        what = "weighted input" if record.activated else record.title or record.name
        return self.add(place(block, places, {}, origin=f"{spot.said}, {what}", part=record.name))

    def read_as(self, own: Tensor, here: Place) -> Place:
        """Where what a fragment calls by its own name and axes is read: those axes may count from elsewhere."""
        return replace(here, shift=tuple(
            there.start - mine.start for mine, there in zip(own.axes, self.axes(here), strict=True)))

    def _same_everywhere(self, constant: Tensor) -> bool:
        """Whether a constant keeps its letter without a number: no other value has it so far."""
        known = self.tensors.get(constant.name)
        return known is None or known.role == "constant" and known.value == constant.value

    def activation(self, stage: Stage, spot: Spot) -> list[Statement]:
        """The activation a of a layer, from its weighted input z; none where z itself is the value."""
        if out_letter(stage) == "a":
            return []
        record = self.lettered(find_activation(stage.activation or ""), stage)
        origin = f"{spot.said}, activation {record.name}"
        if isinstance(record, ScalarFunction):
            return [self.elementwise(record, spot.place("z"), spot.place("a"), origin)]
        return self.mixing(record, spot, origin)

    def lettered(self, record: ScalarFunction | VectorFunction, stage: Stage) -> ScalarFunction | VectorFunction:
        """A typed activation by a letter of its own: g, and h if there is a second one."""
        if not getattr(record, "typed", False):
            return record
        self.typed.setdefault(stage.activation or "", (*TYPED, f"g{len(self.typed) + 1}")[min(len(self.typed), 2)])
        return typed_activation(stage.activation or "", self.typed[stage.activation or ""])

    def elementwise(self, record: ScalarFunction, z: Place, a: Place, origin: str) -> Equation:
        """a[j] = f(z[j]), whatever the number of axes."""
        axes = self.axes(z)
        own = tuple(axis.symbol for axis in axes)
        self.tensors.setdefault(a.name, Tensor(a.name, (*a.around, *axes), label=a.label))
        value = read(z.name, *z.at, *own)
        body = value if record.value(Z) == Z else record(value)
        return Equation(a.name, (*a.at, *own), axes, (Term(body),), origin=origin, part=record.name)

    def mixing(self, record: VectorFunction, spot: Spot, origin: str) -> list[Statement]:
        """e[j] = exp(z[j]), s = sum(e[j], j), a[j] = e[j]/s, or the like."""
        axes = self.axes(spot.place("z"))
        block = repeated_over(fragment(record.equations, record.name), axes[:-1])
        places = {t.name: self._free_place(spot, t) for t in block.tensors}
        places["z"] = self.read_as(block.tensor("z"), places["z"])
        sizes = sizes_from(block, "z", axes)
        return self.add(place(block, places, sizes, origin=origin, part=record.name))

    def _free_place(self, spot: Spot, tensor: Tensor) -> Place:
        """A value of an activation stands under its letter, or as e_a where the layer has an e of its own."""
        own = spot.place(tensor.name)
        taken = tensor.role == "value" and tensor.name != "a" and not own.at and own.name in self.tensors
        return spot.place(f"{tensor.name}_a") if taken else own

    def cost(self, name: str, factor: str | None, last: Spot, mean: bool = True) -> list[Statement]:
        """C, from the values of the last layer and the targets y."""
        record = find_cost(name)
        stated = fragment(record.equations, record.name).by_name.get("factor")
        chosen = {} if factor is None or stated is None else {"factor": read_formula(factor, name="factor")}
        block = record.block(**chosen)
        if stated is not None and not chosen:
            self.assumptions.append(f"the factor of {record.title} is {stated.value}")
        outputs = last.place("a")
        axes = self.axes(outputs)
        samples, others = axes[:-1][:axes[0].kind == "sample"], axes[axes[0].kind == "sample":]
        if others[1:]:
            shape = " by ".join(str(axis.size) for axis in others)
            self.assumptions.append(f"the cost is summed over all of the output, {shape}")
        block = repeated_over(replace(block, cost=COST), others[:-1])
        block = repeated_over(block, samples, 1 / samples[0].size if samples and mean else sp.Integer(1))
        sizes = sizes_from(block, "a", axes)
        targets = block.tensor("y")
        self.data("y", tuple(axis.where(sizes) for axis in (*targets.axes, targets.among) if axis is not None))
        places = {t.name: own_place(self._free_name(t)) for t in block.tensors}
        places["a"] = self.read_as(block.tensor("a"), outputs)
        return self.add(place(block, places, sizes, origin=f"cost {record.name}", part=record.name))

    def _free_name(self, tensor: Tensor) -> str:
        """A cost's own value may be called as one of the layers' (the e and s of softmax in a loop), or as an index
        there, which equations may read as a number (a causal mask): then e_C."""
        taken = {*self.tensors, *(axis.name for other in self.tensors.values() for axis in other.axes)}
        return f"{tensor.name}_{COST}" if tensor.role == "value" and tensor.name in taken else tensor.name

    def penalized(self, statements: list[Statement], chosen: Penalty) -> list[Statement]:
        """C = C0 + R: what the network costs, and apart from it what the regularizer adds for every weight."""
        added = tuple(term for name in self.weights for term in self.penalty(chosen, name))
        for name in (UNREGULARIZED, PENALTY):
            self.tensors[name] = Tensor(name, (), "value", Label(name))
        both = tuple(Term(read(name)) for name in (UNREGULARIZED, PENALTY))
        return [*(replace(s, target=UNREGULARIZED) if isinstance(s, Equation) and s.target == COST else s
                  for s in statements),
                Equation(PENALTY, (), (), added, origin=f"regularizer {chosen.kind}"),
                Equation(COST, (), (), both, origin="cost with its regularizer")]

    def penalty(self, chosen: Penalty, weight: str) -> list[Term]:
        """What one weight adds; a weight with a layer index is summed over the layers too."""
        around = tuple(axis for axis in self.tensors[weight].axes if axis.kind == "layer")
        here = Place(weight, tuple(axis.symbol for axis in around))
        axes = self.axes(here)
        block = regularizers()[chosen.kind].block(len(axes), **_constants(chosen))
        places = {t.name: own_place(t.name) for t in block.tensors} | {"w": self.read_as(block.tensor("w"), here)}
        piece = place(block, places, sizes_from(block, "w", axes), origin=f"regularizer {chosen.kind}")
        for tensor in piece.tensors:
            if tensor.role == "constant":
                self.tensors.setdefault(tensor.name, tensor)
        return [replace(term, summed=(*around, *term.summed))
                for equation in piece.statements if isinstance(equation, Equation) for term in equation.terms]

    def add(self, piece: Piece) -> list[Statement]:
        for tensor in piece.tensors:
            role = "cost" if tensor.name == COST else tensor.role
            self.tensors.setdefault(tensor.name, replace(tensor, role=role))
        self.facts += piece.facts
        return list(piece.statements)

    def finished(self, statements: list[Statement], decimals: bool, assumptions: tuple[str, ...]) -> Derivation:
        """The derivation; the data stand first among its tensors."""
        tensors = sorted(self.tensors.values(), key=lambda tensor: tensor.role != "data")
        return Derivation(tuple(tensors), tuple(statements), COST, tuple(self.facts), decimals,
                          (*assumptions, *self.assumptions))


def out_letter(stage: Stage) -> str:
    """What a layer's own equations give: z where an activation follows, else its value a."""
    return OUT if layers()[stage.layer].activated or stage.activation != IDENTITY else "a"


def own_place(name: str) -> Place:
    """A tensor that there is once in the network, under its own name."""
    return Place(name, label=Label(LETTERS.get(name, name)))


def _constants(chosen: Penalty) -> dict[str, sp.Expr]:
    """The numbers that a regularizer's constants have; lam without one stays a letter."""
    numbers = {} if chosen.factor is None else {"factor": FACTORS[chosen.factor]}
    return numbers | ({} if chosen.strength is None else {"lam": read_formula(chosen.strength, name="regularize")})
