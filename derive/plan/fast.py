"""What the template prints of the fast part of a module: finished lines, and the few numbers between them.

In: nothing. Out: the records `Step` and `Fast`; `CASES` are the kinds of minibatch that have a step of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.codegen.module import Module
from derive.plan.families import Families
from derive.plan.measured import Measured
from derive.plan.record import Value
from derive.plan.tiles import Tile

CASES = {"one": "one example alone", "few": "few examples", "many": "many examples"}


@dataclass(frozen=True)
class Step:
    """One function: what is made once, and what every call runs."""

    name: str
    doc: str
    prepared: list[str]
    lines: list[str]
    buffers: list[str]
    families: Families
    held: tuple[Value, ...]
    """All that is made once and holds numbers of its own."""
    helpers: frozenset[str]
    """The functions of the template that it calls."""
    exact: frozenset[str]
    """What BLAS reads where it lies, which must have the dtype of the step."""
    result: str = ""
    """What a function of the output returns."""

    def does(self) -> tuple[list[str], list[str], str]:
        """All but its name."""
        return self.prepared, self.lines, self.result


@dataclass
class Fast:
    """What the template prints beside the plain module."""

    plain: Module
    header: list[str]
    data: list[str]
    whole: list[str]
    """The data that are whole numbers."""
    sampled: list[str]
    gradients: list[str]
    """The lines that cut one flat array into gradients by name."""
    steps: list[Step]
    size: int
    few: int
    """How many examples are few."""
    cost: str
    coupled: list[str]
    """Why the gradients of parts of a minibatch do not add up; nothing, where they do."""
    tile: Tile
    each: int
    """How many numbers of workspace an example needs."""
    outputs: list[Step]
    """What computes the output alone."""
    predict_of_all: bool
    """Whether the output for one example depends on the others."""
    fed: list[str]
    """The data that the output is computed from."""
    scalars: list[str]
    """The lines of the function for one example of a tiny network; none for any other."""
    fixed: list[Step]
    """Steps of data that never change, where that saves something: they take the parameters alone."""
    shapes: dict[str, str]
    """The shape of each array of data."""
    listed: list[str]
    """The numbers of all parameters, one after the other."""
    examples: str
    """The data of one example as lists of numbers."""
    measured: Measured
    refused: list[str]
    """What refuses whole numbers that count nothing, among all data."""
    refused_fed: list[str]
    """The same for what the output is computed from."""

    @property
    def every(self) -> list[Step]:
        return [*self.steps, *self.fixed, *self.outputs]

    @property
    def additive(self) -> bool:
        return bool(self.sampled) and not self.coupled

    @property
    def helpers(self) -> frozenset[str]:
        """The functions of the template that any step calls."""
        return frozenset().union(*(step.helpers for step in self.every))

    @property
    def exact(self) -> frozenset[str]:
        """Parameters and data that SciPy would convert in silence, if they were not checked."""
        return frozenset[str]().union(*(step.exact for step in self.every))

    @property
    def exact_data(self) -> str:
        """The data among them, by their names."""
        return _by_name([name for name in self.data if name in self.exact])

    @property
    def own_dtypes(self) -> str:
        """The question whether they have the dtype of the gradients."""
        return "".join(f" and {name}.dtype == self.dtype" for name in self.data if name in self.exact)

    @property
    def errors(self) -> str:
        """What is raised where an array does not fit; SciPy has an error of its own for that."""
        more = ", IndexError" if self.whole else ""
        return "Exception" if self.exact else f"(AttributeError, TypeError, ValueError{more})"

    @property
    def math(self) -> frozenset[str]:
        """What the module takes from Python's math."""
        return self.plain.helpers.math | ({"tanh"} if any("tanh(" in line for line in self.scalars) else set())

    @property
    def choice(self) -> str:
        """Which step suits `rows` examples."""
        one = "_in_numbers" if self.scalars else "_one" if self.steps[0].name == "one" else ""
        sized = self.by_size([s for s in self.steps if s.name != "one"])
        return f"{one} if m == 1 else {sized}" if one else sized

    def by_size(self, steps: list[Step]) -> str:
        """The last of these, or the one before it for few examples."""
        return f"_{steps[-2].name} if rows <= {self.few} else _{steps[-1].name}" if len(steps) > 1 \
            else f"_{steps[0].name}"

    @property
    def default(self) -> str:
        """How many examples there are where none is said: one, of a model without a minibatch."""
        return "" if self.sampled else "=1"

    @property
    def rows(self) -> str:
        """How many examples the data have."""
        return f"len({self.sampled[0]})" if self.sampled else "self.batch"

    @property
    def arguments(self) -> str:
        return "".join(f", {name}" for name in self.data)

    @property
    def part(self) -> str:
        """The arguments for some of the examples."""
        return "".join(f", {name}[start:stop]" if name in self.sampled else f", {name}" for name in self.data)

    @property
    def fed_arguments(self) -> str:
        return ", ".join(["params", *self.fed])

    @property
    def given(self) -> str:
        """The data by their names."""
        return _by_name(self.data)

    @property
    def of_dtype(self) -> str:
        """What must have the dtype of the gradients: not the data that are whole numbers."""
        return _by_name([name for name in self.data if name not in self.whole], "**params")

    def copied(self, function: str, names: list[str]) -> list[str]:
        """Lines that make arrays of data, all but whole numbers in the dtype of the gradients."""
        return [f"{name} = np.{function}({name}{'' if name in self.whole else ', self.dtype'})" for name in names]

    @property
    def counts(self) -> str:
        """The data that are whole numbers, by their names."""
        return _by_name(self.whole)

    @property
    def fed_counts(self) -> str:
        """Those of them that the output is computed from."""
        return _by_name([name for name in self.fed if name in self.whole])

    @property
    def own_shapes(self) -> str:
        """The shapes that the data have, as the entries of a tuple."""
        return _listed([f"{name}.shape" for name in self.data])

    @property
    def data_shapes(self) -> str:
        """The shapes that the data must have."""
        return _listed([self.shapes[name] for name in self.data])

    @property
    def fed_by_name(self) -> str:
        return _by_name(self.fed)

    @property
    def fed_shapes(self) -> str:
        return f"({_listed([self.shapes[name] for name in self.fed])})"


def _listed(entries: list[str]) -> str:
    """As the entries of a tuple are written."""
    return ", ".join(entries) + "," * (len(entries) == 1)


def _by_name(names: list[str], *before: str) -> str:
    return "{" + ", ".join([*before, *(f'"{name}": {name}' for name in names)]) + "}"
