"""The optimisations, each a step from plan to plan that changes no value, with its name and its reason.

Which of them run depends on how many examples one call sees: a `Case`. Batches come in three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.plan.passes.alone import alone
from derive.plan.passes.apart import apart
from derive.plan.passes.beside import beside
from derive.plan.passes.blocks import blocks
from derive.plan.passes.early import early
from derive.plan.passes.flip import flipped
from derive.plan.passes.folded import folded
from derive.plan.passes.hoisted import hoisted
from derive.plan.passes.joined import joined
from derive.plan.passes.loops import looped
from derive.plan.passes.narrowed import narrowed
from derive.plan.passes.onto import onto
from derive.plan.passes.outer import outer
from derive.plan.passes.outputs import from_outputs
from derive.plan.passes.place import in_place
from derive.plan.passes.regrouped import regrouped
from derive.plan.passes.renamed import renamed
from derive.plan.passes.scratch import scratch
from derive.plan.passes.shared import shared
from derive.plan.passes.spread import spread
from derive.plan.passes.together import together
from derive.plan.passes.tops import tops
from derive.plan.passes.turned import turned
from derive.plan.passes.unbuffered import unbuffered
from derive.plan.passes.uncleared import uncleared
from derive.plan.record import Plan


@dataclass(frozen=True)
class Pass:
    """`change` gives a plan of the same values; a plan that it leaves alone does not name it."""

    name: str
    reason: str
    change: Callable[[Plan], Plan]
    cases: tuple[str, ...] = ("one", "few", "many")
    scalar: bool = False
    """Whether it also serves code without arrays."""
    timed: bool = True
    """Whether it is there for speed, so that tuning tries what is faster without it."""

    def run(self, plan: Plan, case: str) -> Plan:
        plan = plan.changed(case=case)
        found = self.change(plan) if plan.measured.runs(self.name, case, self.cases) else plan
        return plan if found == plan else found.changed(applied=(*found.applied, self.name))


PASSES: tuple[Pass, ...] = (
    Pass("apart", "what no round of a loop over time waits for is computed for all times at once", apart),
    Pass("joined", "what is computed alike for the last time and for the others is computed for all of them", joined),
    Pass("shared", "a value that two equations need is computed once", shared, scalar=True),
    Pass("from outputs", "a slope that can be read off the output needs no input", from_outputs, scalar=True),
    Pass("alone", "a single example needs no axis of examples, nor a sum over it", alone, ("one",), True),
    Pass("renamed", "a copy goes by the name of what it copies", renamed, scalar=True),
    Pass("regrouped", "a sum is taken along the shorter axis, where that along the longer one is known", regrouped),
    Pass("folded", "sums over fixed examples, in as few rows as there are columns", folded, ("few", "many")),
    Pass("flipped", "sums over the few entries of an output run along the many examples", flipped, ("many",)),
    Pass("tops", "the greatest of all scores of a softmax serves every row, where they lie close together", tops),
    Pass("narrowed", "what only its own round of a loop over time reads is one buffer for all rounds", narrowed),
    Pass("together", "one call does the same to every layer", together),
    Pass("early", "what can overwrite its operand is computed while that is in the cache", early, ("few", "many")),
    Pass("onto", "a product is added onto its bias, and multiplied by a number, in one call of SciPy's", onto,
         ("one", "few")),
    Pass("spread", "a bias copied over the examples is added faster than one that is broadcast", spread, ("few",)),
    Pass("turned", "weights that many rows or rounds read transposed are copied so once", turned,
         ("few", "many")),
    Pass("hoisted", "what the parameters do not change is computed before the first call", hoisted),
    Pass("in place", "a result overwrites an operand that nothing reads again", in_place),
    Pass("beside", "the maximum of two arrays is vector code, that of an array and a number is not", beside,
         ("few", "many")),
    Pass("outer", "an outer product of wide rows is a multiplication entry by entry", outer, ("one",)),
    Pass("unbuffered", "what is broadcast over long rows is read where it lies, not from NumPy's buffers", unbuffered),
    Pass("uncleared", "a large gradient is written by SciPy's gemm, which does not fill it with zeros first", uncleared,
         ("few",)),
    Pass("blocks", "a matrix product in small blocks needs no packing", blocks, ("many",)),
    Pass("loops", "equal layers are said once", looped, timed=False),
    Pass("scratch", "memory of what nothing reads any more serves again, and stays in the cache", scratch,
         ("few", "many")),
)
