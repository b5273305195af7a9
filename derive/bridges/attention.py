"""Attention backwards: five matrix products and one product entry by entry.

    dV = P^T dO     dP = dO V^T     dS = P o (dP - rowsum(P o dP))     dQ = dS K / sqrt(d)     dK = dS^T Q / sqrt(d)
"""

from __future__ import annotations

from derive.bridge import Bridge, Setting, steps
from derive.calculus.explain import Explanation, Line, explain
from derive.calculus.rewrite import Reason
from derive.errors import DeriveError
from derive.ir import Derivation, Equation, tensor_of
from derive.latex.steps import Part, Said, Shown, Step
from derive.notation import Notation
from derive.text import read_equations

ON = "seq(3x4)-attention(2)-1"
HEAD = """
data X[t: 5, f: 4], Y[t: 5, i: 3]
parameter W_q[f: 4, i: 3], W_k[f: 4, i: 3], W_v[f: 4, i: 3]
constant d = 3
index r = 5
Q[t,i] = sum(X[t,f]*W_q[f,i], f)
K[r,i] = sum(X[r,f]*W_k[f,i], f)
V[r,i] = sum(X[r,f]*W_v[f,i], f)
S[t,r] = sum(Q[t,i]*K[r,i], i)/sqrt(d)
E[t,r] = exp(S[t,r])
n[t] = sum(E[t,r], r)
P[t,r] = E[t,r]/n[t]
fact E[t,r] = n[t]*P[t,r]
O[t,i] = sum(P[t,r]*V[r,i], r)
C = 1/2*sum((O[t,i] - Y[t,i])^2, t, i)
"""
"""One head over five steps, in the letters of the papers: queries Q, keys K, values V, scores S, shares P, output O."""


def head() -> Derivation:
    return read_equations(HEAD, "one head")


def tell(setting: Setting) -> list[Part]:
    _heads(setting)
    one = head()
    known = explain(one, ["O", "V", "P", "S", "Q", "K", "X", "W_q"], "delta")
    made = {name: one.defining(name)[0][0] for name in "QKVSEnPO"}
    q, k, v, s, p, o = (made[name].lhs for name in "QKVSPO")
    return [
        Said("Each step asks a question: its query, a row of {0}. Each step has a key, a row of {1}, and a value, a "
             "row of {2}. All three are made from the same rows, those of {3}:",
             (q, k, v, one.tensor("X").at()), whole=True),
        *_entries_and_whole(known, [Step(made[name]) for name in "QKV"]),
        Said("How well a key fits a query is the score {0}; a softmax along each row makes shares {1} of it that add "
             "up to one, and every step takes its share of all values:", (s, p), whole=True),
        *_entries_and_whole(known, [Step(made["S"])]),
        Shown(tuple(Step(made[name]) for name in ("E", "n", "P")), known),
        *_entries_and_whole(known, [Step(made["O"])]),
        Said("Backwards, from the output to the values and to the shares. {0} is a product of two matrices, and the "
             "gradient of each is the error times the other one, transposed (``derive why transpose''):", (o,),
             whole=True),
        *_back(known, "V"), *_back(known, "P"),
        Said("The softmax is the only step that mixes the scores of a row (``derive why softmax''). What all of them "
             "have in common goes: it cannot change shares that add up to one."),
        *_back(known, "S"),
        Said("The product with ${}$ adds up each row, and ${}$ writes the sum into every entry of it: of each row its "
             "mean is taken away, weighed by the shares.".format(*_ones(setting.notation))),
        Said("The scores are a product again, of the queries and the transposed keys:"),
        *_back(known, "Q"), *_back(known, "K"),
        Said("These are the lines that implementations have, from FlashAttention to a notebook of one's own. {0} was "
             "read three times, so three paths lead back to it, and their weights get the usual outer products:",
             (one.tensor("X").at(),), whole=True),
        *_back(known, "X"), *_back(known, "W_q"),
        Said("With several heads each has its own matrices, and all of this holds for every one of them. In the "
             "network at hand, with the number of the head as the first index, and so backwards:"),
        Shown(tuple(map(Step, _forwards(setting))), _of(setting)),
        *(Shown(steps(_of(setting).chain(name).lines[-1:], boxed=True), _of(setting)) for name in _heads(setting)),
    ]


def _entries_and_whole(known: Explanation, each: list[Step]) -> list[Part]:
    """Equations for each entry, and then of whole matrices."""
    whole = [Step(step.equation, Reason("all at once"), form="matrix") for step in each]
    return [Shown(tuple(s for pair in zip(each, whole, strict=True) for s in pair), known)]


def _back(known: Explanation, name: str) -> list[Part]:
    """The chain of a gradient for each entry, then as matrices, and their shapes."""
    last: Line = known.chain(name).lines[-1]
    entries = steps(known.chain(name).lines)
    return [Shown((*entries, Step(last.equation, Reason("all at once"), form="matrix", boxed=True),
                   Step(last.equation, form="shape")), known)]


def _heads(setting: Setting) -> list[str]:
    """v, p, e, q and k of the last attention of the network."""
    named: dict[str, dict[str, str]] = {}
    for equation in setting.one.equations():
        named.setdefault(equation.origin, {})[setting.one.tensor(equation.target).written.letter] = equation.target
    found = [letters for letters in named.values() if letters.keys() >= set("vpeqk")]
    if not found:
        raise DeriveError("this bridge needs attention", do=f"For example: derive why attention '{ON}'")
    return [found[-1][letter] for letter in "vpeqk"]


def _forwards(setting: Setting) -> list[Equation]:
    """The equations of all heads, from what comes in to what each gathers."""
    equations, names = list(setting.one.equations()), _heads(setting)
    origin = setting.one.defining(names[0])[0][0].origin
    within_layer = [e for e in equations if e.origin == origin]
    last = max(n for n, e in enumerate(within_layer) if names[0] in map(tensor_of, e.reads()))
    return within_layer[:last + 1]


def _ones(notation: Notation) -> tuple[str, str]:
    """The vectors of ones behind a matrix of rows: what adds up a row, and what writes the sum into its entries."""
    ones = (r"\mathbf 1", rf"\mathbf 1^{notation.transpose}")
    return ones if notation.samples == "columns" else ones[::-1]


def _of(setting: Setting) -> Explanation:
    return explain(setting.one, _heads(setting), "delta")


def within(setting: Setting) -> Explanation:
    return explain(head(), ["V", "P", "S", "Q", "K"], "delta")


ENTRY = Bridge("attention", "Attention backwards: five matrix products and a softmax",
               "What are the gradients of the queries, the keys and the values?", tell, within, on=ON)
