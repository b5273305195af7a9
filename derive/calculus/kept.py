"""Which adjoints keep a name of their own: a policy, and what would be read twice or never end.

    delta         dC/dz of every weighted input z       Nielsen
    activation    dC/da of every activation a           the videos
    none          everything multiplied out             a chain of single neurons

In: the pull form of every adjoint. Out: the names that stay; the others are put into their readers.
"""

from __future__ import annotations

from typing import Literal

import sympy as sp

from derive.calculus.inline import inline
from derive.functions.record import Application
from derive.ir import Derivation, Equation, reads_of, tensor_of

Policy = Literal["delta", "activation", "none"]
SHORT = 4
"""Operations."""
MANY = 3
"""Values: an adjoint that the adjoints of so many read keeps its name, single product or not (dC/dh of a norm)."""


def kept_names(forward: Derivation, full: Derivation, pulled: dict[str, Equation], wanted: set[str],
               policy: Policy) -> set[str]:
    """The adjoints with a name: those asked for, those of the policy, those that many read or that recur."""
    adjoint = {full.tensor(name).of: name for name in pulled}
    kept = {adjoint[w] for w in wanted if w in adjoint}
    named = _weighted_inputs(forward, adjoint) | _under_exponentials(forward)
    if policy == "activation":
        named = {_activation_of(forward, name) for name in named}
    if policy != "none":
        kept |= {adjoint[name] for name in named if name in adjoint}
    readers = _readers(pulled)
    for name, equation in pulled.items():
        shared = len(readers.get(name, ())) > 1 and any(t.summed for t in equation.terms)
        shared |= _needed_by_many(full, readers.get(name, set())) or _parted(name, equation, pulled, readers)
        if policy != "none" and shared or _recursive(name, pulled, kept):
            kept.add(name)
    if policy != "none":
        kept |= _sums_read_again(pulled, readers, kept)
    kept.discard(adjoint.get(forward.cost, ""))
    needed = {adjoint[w] for w in wanted if w in adjoint}
    away = {n: e for n, e in pulled.items() if n not in kept}
    return {n for n in kept if n in needed or _worth_a_name(inline(pulled[n], away), pulled)}


def _needed_by_many(full: Derivation, readers: set[str]) -> bool:
    return sum(full.tensor(full.tensor(name).of or "").role == "value" for name in readers) >= MANY


def _parted(name: str, equation: Equation, pulled: dict[str, Equation], readers: dict[str, set[str]]) -> bool:
    """Whether it has several terms and is read where an index of an axis meets a condition, which each would repeat."""
    reading = [(t, pulled[reader]) for reader in readers.get(name, ()) for t in pulled[reader].terms
               if name in map(tensor_of, reads_of(t.body))]
    return len(equation.terms) > 1 and any(
        {i.kind for i in (*reader.free, *t.summed) if any(i.symbol in c.free_symbols for c in t.where)} == {"axis"}
        for t, reader in reading)


def _sums_read_again(pulled: dict[str, Equation], readers: dict[str, set[str]], kept: set[str]) -> set[str]:
    """Adjoints that several others read and that become sums once those without a name are put in: dS of attention.

    A mean or a variance is not: it has fewer axes than what it is the mean of, and its adjoint ends in that one's.
    """
    found: set[str] = set()
    for name, equation in pulled.items():
        rank = max((len(pulled[reader].at) for reader in readers.get(name, ())), default=0)
        if name not in kept and len(readers.get(name, ())) > 1 and len(equation.at) >= rank:
            away = {n: e for n, e in pulled.items() if n not in kept | found}
            if any(t.summed for t in inline(pulled[name], away).terms):
                found.add(name)
    return found


def _worth_a_name(equation: Equation, pulled: dict[str, Equation]) -> bool:
    """dC/dR = 1 is not, nor a single number as short as 2(a - y): it is put in where it is read."""
    reads = {tensor_of(r) for r in equation.reads()}
    short = not equation.at and sum(sp.count_ops(t.body) for t in equation.terms) <= SHORT
    return bool(reads) and not (short and reads.isdisjoint(pulled))


def _weighted_inputs(forward: Derivation, adjoint: dict[str | None, str]) -> set[str]:
    """Values whose equation reads a parameter: z = w x + b; not a gate a = sigmoid(w), which is no weighted input."""
    parameters = {t.name for t in forward.of_role("parameter")}
    return {e.target for e in forward.equations() if e.target in adjoint and e.target != forward.cost
            and not isinstance(e.terms[0].body, Application) and any(tensor_of(r) in parameters for r in e.reads())}


def _under_exponentials(forward: Derivation) -> set[str]:
    """z where e = exp(z) and a fact says what e is: exp(z) may overflow, and leaves dC/dz only once dC/de is put in."""
    stated = {tensor_of(f.left.body) for f in forward.facts if not f.left.summed}
    return {tensor_of(r) for e in forward.equations() if e.target in stated for r in e.reads()}


def _activation_of(forward: Derivation, name: str) -> str:
    """The tensor a = f(z) that alone reads z, entry by entry; z itself if there is none (softmax)."""
    readers = [e for e in forward.equations() if any(tensor_of(r) == name for r in e.reads())]
    if len(readers) == 1 and isinstance(readers[0].terms[0].body, Application) and len(readers[0].terms) == 1:
        return readers[0].target
    return name


def _readers(pulled: dict[str, Equation]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, equation in pulled.items():
        for access in equation.reads():
            found.setdefault(tensor_of(access), set()).add(name)
    return found


def _recursive(name: str, pulled: dict[str, Equation], kept: set[str]) -> bool:
    """Whether putting the adjoint into its readers would never end (a loop through time)."""
    border, seen = [name], set()
    while border:
        for access in pulled[border.pop()].reads():
            other = tensor_of(access)
            if other == name and name not in kept:
                return True
            if other in pulled and other not in seen and other not in kept:
                seen.add(other)
                border.append(other)
    return False
