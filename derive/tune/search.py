"""The search: one coordinate after the other, each candidate beside the best so far, in turns.

    t(candidate) < 0.97 t(best)        or the best stays what it is; at the end the same against the default

In: how a record becomes a program, and a race of programs. Out: the `Choice`. Nothing here reads a clock of its own, so
that a test can say how long everything takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from derive.plan.measured import DEFAULT, Measured
from derive.plan.passes import PASSES, Pass
from derive.tune.candidates import CONSTANTS, Candidate, turned, values
from derive.tune.program import Program

CLEARLY = 0.97
"""What is not faster by so much is not faster: the noise of a race on a quiet machine is about 2 %."""
SWEEPS = 2
"""Times that all coordinates are gone through, if the first time changed anything."""
TRIALS = 3
"""Times that the choice must win against the default in the end, after the first."""
Race = Callable[[Sequence[Program]], list[float]]


@dataclass(frozen=True)
class Choice:
    """What is fastest here; `seconds` a step of the default and of it."""

    measured: Measured
    seconds: tuple[float, float]
    tried: int

    @property
    def factor(self) -> float:
        return self.seconds[1] / self.seconds[0]


@dataclass
class Search:
    """`program` writes and loads; `late` says that the time is up; `tell` gets the report, line by line."""

    program: Callable[[Measured], Program]
    race: Race
    late: Callable[[], bool]
    tell: Callable[[str], None]
    passes: Sequence[Pass] = PASSES
    tried: int = 0
    alike: int = 0
    missed: set[str] = field(default_factory=set)
    """What was not reached in time, and in no sweep before."""
    known: set[str] = field(default_factory=set)
    """Sources and signatures of the programs that were tried."""
    reached: set[str] = field(default_factory=set)

    def run(self) -> Choice:
        """The best record, which is the default unless another is clearly faster."""
        default = self.program(DEFAULT)
        self.known |= {default.source, default.signature}
        self.exact = default.exact()
        best, chosen = default, DEFAULT
        for _ in range(SWEEPS):
            before = chosen
            best, chosen = self.sweep(best, chosen)
            if chosen == before or self.late():
                break
        return self.final(default, best, chosen)

    def sweep(self, best: Program, chosen: Measured) -> tuple[Program, Measured]:
        """The constants in the order of the record, then the passes in the cases that this batch makes use of."""
        for name in CONSTANTS:
            best, chosen = self.along(values(chosen, name), best, chosen)
        for case in best.cases:
            for one in self.passes:
                best, chosen = self.along(turned(chosen, one, case), best, chosen)
        return best, chosen

    def along(self, coordinate: Sequence[Candidate], best: Program, chosen: Measured) -> tuple[Program, Measured]:
        """The fastest of one coordinate."""
        entered = [(one, program) for one in coordinate for program in [self.new(one)] if program is not None]
        if not entered:
            return best, chosen
        first, *times = self.race([best, *(program for _, program in entered)])
        self.tried += len(times)
        for (one, _), time in zip(entered, times, strict=True):
            self.tell(f"  {one.said:32s} {time / first:.2f}")
        place = min(range(len(times)), key=times.__getitem__)
        return (entered[place][1], entered[place][0].measured) if times[place] < CLEARLY * first else (best, chosen)

    def new(self, candidate: Candidate) -> Program | None:
        """Its program, if it runs what none before it ran, and runs it right."""
        if self.late():
            self.missed |= {candidate.said} - self.reached
            return None
        self.reached.add(candidate.said)
        program = self.program(candidate.measured)
        ran = {program.source, program.signature} & self.known
        self.known |= {program.source, program.signature}
        if ran:
            self.alike += 1
            return None
        if not program.agrees(*self.exact):
            self.tell(f"  {candidate.said:32s} wrong: left out")
            return None
        return program

    def final(self, default: Program, best: Program, chosen: Measured) -> Choice:
        """Against the default again: the best of many noisy times is too good. Each time both have buffers made anew,
        since where these happen to lie in memory counts, too."""
        first, last = self.race([default, best])
        for _ in range(TRIALS if chosen != DEFAULT else 0):
            if last >= CLEARLY * first:
                break
            first, last = self.race([default.again(), best.again()])
        if chosen == DEFAULT or last >= CLEARLY * first:
            return Choice(DEFAULT, (first, first), self.tried)
        return Choice(chosen, (first, last), self.tried)
