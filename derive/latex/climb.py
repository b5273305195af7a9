"""All levels in one document that climbs: one neuron a layer, indices, matrices, a minibatch, numbers.

In: the forms, each a function that makes sections. Out: their sections in order, each level with a word on
what changes and why; what an earlier level has said already (symbols, paragraphs) is not said again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from derive.document.content import Block, Display, Prose, Section, Symbol, Symbols
from derive.errors import DeriveError

Form = Callable[[], list[Section]]


@dataclass(frozen=True)
class Level:
    """A form, and what changes from the level before it."""

    form: str
    title: str
    change: str


LEVELS = (
    Level("chain", "one neuron in each layer",
          "With a single neuron in each layer the chain rule stands bare: one path leads from a weight to the cost, "
          "and its derivative is the product of the derivatives along it. Every later level keeps these factors."),
    Level("index", "many neurons",
          "Now each layer has many neurons, so every quantity gets indices. Two things change. Going forwards, a "
          "neuron adds up all neurons before it. Going back, a neuron has as many paths to the cost as there are "
          "neurons after it, and what comes along them adds up: a sum appears where the chain had one factor "
          "(``derive why sum'')."),
    Level("matrix", "whole layers at once",
          "Nothing is computed differently now; it is only written for all neurons of a layer at once. A sum over "
          "neighbouring indices is a matrix product. Backwards the sum runs over the other index of the weight, so "
          "the matrix is transposed (``derive why transpose''); the slope acts on each neuron alone, so it multiplies "
          "entry by entry (``derive why hadamard''); a weight joins one pair of neurons, so its derivative is a "
          "column times a row (``derive why outer'')."),
    Level("batch", "a minibatch",
          "Many examples are now taken together. They share the weights, so their derivatives add up, or are averaged "
          "if the cost is a mean (``derive why batch''). Side by side the examples make matrices of the vectors, and "
          "the sum over the examples is again the inner index of a matrix product."),
    Level("numbers", "numbers",
          "At last the formulas are used: one example, every quantity with its number, and one step downhill."),
)
SYMBOLS, NEW = "What the symbols mean", "What is new in the symbols"


@dataclass
class Said:
    """What the reader has been told."""

    symbols: set[Symbol] = field(default_factory=set)
    blocks: list[Block] = field(default_factory=list)

    def rest(self, section: Section) -> Section | None:
        """What is new in a section; nothing if it only repeats."""
        blocks = tuple(block for given in section.blocks for block in self._new(given))
        return replace(section, blocks=blocks) if blocks else None

    def _new(self, block: Block) -> Iterator[Block]:
        if isinstance(block, Symbols):
            rows = tuple(row for row in block.rows if row not in self.symbols)
            self.symbols |= set(rows)
            if rows:
                yield Symbols(rows)
        elif not isinstance(block, Prose | Display) or block not in self.blocks:
            self.blocks.append(block)
            yield block


def climb(forms: Mapping[str, Form]) -> list[Section]:
    """The levels that this network has, one after the other."""
    said, sections = Said(), list[Section]()
    for number, level in enumerate(LEVELS, 1):
        sections.append(Section(f"Level {number}: {level.title}", (Prose(level.change),)))
        try:
            found = forms[level.form]()
        except DeriveError as error:
            sections[-1] = Section(sections[-1].title, (Prose(f"This level is left out: {error.what}."),))
            continue
        for section in found:
            rest = said.rest(section)
            if rest is not None:
                sections.append(replace(rest, title=NEW) if number > 1 and rest.title == SYMBOLS else rest)
    return sections
