"""How long it takes to check what people derived by hand: `python -m benchmarks claims`.

A thousand claims about a network of three layers, in index and matrix form, on one core, with the start of
Python: the formulas that derive prints for it, in turns, and a tenth of them with one mistake each.
"""

from __future__ import annotations

import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice

from derive import pipeline
from derive.check.diagnose import single_edits
from derive.check.opening import judge_in
from derive.claims.context import Context
from derive.claims.network import ONE, readings
from derive.document.content import Display
from derive.latex.document import content
from derive.mistake import corrected
from derive.mistake.context import seen
from derive.notation import notation

ARCH, NOTATION, FORMS = "7-5-4-3", "nielsen", ("index", "matrix")
CLAIMS, MUTATED = 1000, 10
ALONE = r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial z} x^T"
ALONE_WRONG = r"\frac{\partial L}{\partial W} = x^T \frac{\partial L}{\partial z}"
GIVEN = ("--given", "z = W x + b", "--given", r"L = \ell(z)")


def main() -> None:
    right, wrong = printed(), mutants()
    lines = [next(wrong) if number % MUTATED == 0 else claim
             for number, claim in enumerate(islice(cycle(right), CLAIMS))]
    seconds, found = timed(("check", ARCH, "--notation", NOTATION, "--report", "json", "-"), "\n".join(lines))
    verdicts = Counter(one["verdict"] for one in found)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(verdicts.items()))
    print(f"{CLAIMS} claims about {ARCH} ({len(right)} formulas, {CLAIMS // MUTATED} mutants): {seconds:.1f} s")
    print(f"  {told}")
    for title, claim in (("a right claim", ALONE), ("a wrong claim", ALONE_WRONG)):
        print(f"{title} alone: {min(timed(('check', *GIVEN, claim), '')[0] for _ in range(3)):.2f} s")
    profile(right)


def timed(arguments: tuple[str, ...], text: str) -> tuple[float, list[dict[str, str]]]:
    """Seconds that the command kept its core busy, and what its report says."""
    one_core = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "derive", *arguments], input=text, capture_output=True, text=True,
                          env=one_core)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    if done.returncode not in (0, 1, 3):
        sys.exit(done.stderr)
    return seconds, [json.loads(line) for line in done.stdout.splitlines()] if text else []


def printed() -> list[str]:
    """The gradients of the network, row by row, as derive prints them."""
    model, style, found = pipeline.read(ARCH, {}, notation(NOTATION)), notation(NOTATION), list[str]()
    for form in FORMS:
        for display in (block for section in content(model, style, form).sections[2:] for block in section.blocks
                        if isinstance(block, Display)):
            left = ""
            for row in display.rows:
                left = row.left or left
                if row.reason != "shape check":
                    found.append(f"{left} {row.relation} {''.join(row.right)}")
    return list(dict.fromkeys(one.replace("\n", " ") for one in found))


def mutants() -> Iterator[str]:
    """The printed formulas with one mistake each, as far apart as may be."""
    style = notation(NOTATION)
    lines = readings(pipeline.read(ARCH, {}, style), style)[ONE]
    context = Context(given=lines.given, where=lines.where, elementwise=lines.elementwise)
    edits = []
    for claim in printed():
        written = seen(claim, context.read(claim), context.vocabulary, context.trees, elementwise=context.elementwise)
        edits.append([corrected(claim, (edit,)) for edit in single_edits(written) if edit.span.start > claim.find("=")])
    yield from (turn[at] for at in range(max(map(len, edits))) for turn in edits if at < len(turn))


def profile(claims: list[str]) -> None:
    """Where the time of judging goes."""
    style = notation(NOTATION)
    judge = judge_in(readings(pipeline.read(ARCH, {}, style), style))
    watch = cProfile.Profile()
    watch.enable()
    for claim in claims:
        judge(claim)
    watch.disable()
    pstats.Stats(watch).sort_stats("tottime").print_stats(12)
