r"""How the author writes: their transpose, their Hadamard sign, their primes; edits are written the same way.

    seen in \delta = W^{[2]T} \delta \circ g'(z):    transpose "T" beside the layer, Hadamard \circ, prime '
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from derive.written.tree import (
    Add,
    Big,
    Call,
    Group,
    Mark,
    Name,
    Negative,
    Node,
    Number,
    Product,
    Relations,
    Scripted,
    Span,
)

TRANSPOSES = {"T": "T", "top": r"\top", "intercal": r"\intercal"}
HADAMARDS = {"odot": r"\odot", "circ": r"\circ", "*": "*", "x": r"\times", "otimes": r"\otimes", ".": r"\cdot"}
SIGN = re.compile(r"\\(?:odot|circ|cdot|times|otimes|ast|bullet|star)(?![A-Za-z])|\.\*|[*@⊙∘·×⊗]")
COMMAND_END = re.compile(r"\\[A-Za-z]+$")
TRANSPOSED_IN_CONTEXT = re.compile(r"\\top\b|\\intercal\b|\\mathsf\s*\{?T\}?|\\mathrm\s*\{?T\}?|T(?=\})|(?<=\^)T")


@dataclass(frozen=True)
class Writing:
    """The author's habits, seen in the formula first and in the context where the formula shows none."""

    source: str
    language: str
    transpose: str
    inside: bool
    hadamard: str
    product: str

    @classmethod
    def seen(cls, source: str, tree: Relations, language: str, context: tuple[str, ...],
             elementwise: tuple[str, ...]) -> Writing:
        if language == "python":
            return cls(source, language, ".T", False, "*", "@")
        signs = Counter(sign for node in tree.walk() if isinstance(node, Product) for sign in node.signs)
        used = next((s for s in ("odot", "circ", "*", "otimes") if signs[s]), "")
        hadamard = HADAMARDS[used] if used else _context_hadamard(context, elementwise)
        marks = [(node, mark) for node in tree.walk() if isinstance(node, Scripted) for mark in node.above
                 if is_transpose(mark)]
        written = source[marks[0][1].span.start:marks[0][1].span.stop].strip() if marks else _context_transpose(context)
        inside = any(len(node.above) > 1 for node, _ in marks) or (
            not marks and any(re.search(r"\^\{[^{}]+(?:T|\\top)\}", line) for line in context))
        return cls(source, language, written, inside, hadamard, "")

    def text(self, node: Node) -> str:
        return self.source[node.span.start:node.span.stop]

    def side_by_side(self, *texts: str) -> str:
        """Texts one after the other, with a space where two would run together."""
        result = ""
        for text in texts:
            needed = result and text and (COMMAND_END.search(result) or self.language == "python")
            parted = result[-1:].isspace() or text[:1].isspace()
            result += (" " if needed and not parted else "") + text
        return result

    def bracketed(self, text: str) -> str:
        tall = self.language == "latex" and re.search(r"\\[dtc]?frac|\\sum|\\over(?![a-z])", text)
        return rf"\left({text}\right)" if tall else f"({text})"

    def factor(self, node: Node) -> str:
        """The node's text, fit to stand in a product."""
        return self.bracketed(self.text(node)) if isinstance(node, Add | Negative | Big) else self.text(node)

    def entrywise(self, left: str, right: str) -> str:
        return f"{left} {self.hadamard} {right}"

    def transposed(self, node: Node) -> str:
        """The node's text with a transpose, where and how this author puts it."""
        text = self.text(node)
        if self.language == "python":
            return f"{text}.T" if isinstance(node, Name | Scripted | Group | Call) else f"({text}).T"
        sign = f"^{self.transpose}" if len(self.transpose) == 1 else f"^{{{self.transpose}}}"
        if isinstance(node, Scripted) and (node.above or node.primes):
            last = node.above[-1].span.stop if node.above else node.span.stop
            before = self.source[node.span.start:last]
            if self.inside and node.above and before.count("{") > before.count("}"):
                cut = last - node.span.start
                return text[:cut] + _spaced(text[:cut], self.transpose) + text[cut:]
            return f"({text}){sign}"
        if isinstance(node, Name | Scripted | Group | Number):
            return text + sign
        return self.bracketed(text) + sign

    def squared(self, node: Node) -> str:
        """The node's text, squared: \\tanh^2 x for a function that has a name."""
        text = self.text(node)
        if self.language == "python":
            return f"{text} ** 2" if isinstance(node, Name | Scripted | Call | Group) else f"({text}) ** 2"
        if isinstance(node, Call) and (name := re.match(r"\\(?!operatorname|frac|sqrt)[A-Za-z]+", text)):
            return f"{name.group()}^2{text[name.end():]}"
        hung = isinstance(node, Scripted) and (node.above or node.primes)
        return f"({text})^2" if hung or not isinstance(node, Name | Scripted | Group | Number) else f"{text}^2"

    def untransposed(self, node: Scripted) -> str:
        """The node's text without its transpose, and without the braces that held nothing else."""
        mark = next(mark for mark in reversed(node.above) if is_transpose(mark))
        start, stop = mark.span.start, mark.span.stop
        if self.language == "python":
            start = self.source.rindex(".", node.span.start, start + 1)
            return self._without(node, start, stop)
        source = self.source
        while start > node.span.start and source[start - 1] in "{ " and stop < len(source):
            if source[start - 1] == "{":
                after = len(source[stop:]) - len(source[stop:].lstrip(" "))
                if source[stop + after:stop + after + 1] != "}":
                    break
                stop += after + 1
            start -= 1
        if source[start - 1] == "^":
            start -= 1
        return self._without(node, start, stop)

    def _without(self, node: Node, start: int, stop: int) -> str:
        return self.source[node.span.start:start] + self.source[stop:max(node.span.stop, stop)]

    def gap(self, left: Node, right: Node) -> Span | None:
        """Where the sign between two factors stands; None where there is none."""
        found = SIGN.search(self.source, left.span.stop, right.span.start)
        return Span(found.start(), found.end()) if found else None

    def script(self, span: Span, text: str) -> str:
        """`text` to stand at `span`; in braces of its own where it hangs on a bare ^ or _."""
        before = self.source[:span.start].rstrip()
        lone = len(text) == 1 or re.fullmatch(r"\\[A-Za-z]+", text)
        bare = self.language == "latex" and before.endswith(("^", "_"))
        return f"{{{text}}}" if bare and not lone else text

    def rewritten(self, whole: Span, changes: dict[Span, str]) -> str:
        """The text of `whole` with several places in it changed: one edit."""
        result, at = "", whole.start
        for span in sorted(changes, key=lambda s: s.start):
            result += self.source[at:span.start] + self.script(span, changes[span])
            at = span.stop
        return result + self.source[at:whole.stop]


def is_transpose(mark: Mark) -> bool:
    return not mark.bracket and isinstance(mark.content, Name) and mark.content.letter in TRANSPOSES


def is_transposed(node: Node) -> bool:
    return isinstance(node, Scripted) and any(is_transpose(mark) for mark in node.above)


def _spaced(before: str, sign: str) -> str:
    return f" {sign}" if COMMAND_END.search(before) and not sign.startswith("\\") else sign


def _context_transpose(context: tuple[str, ...]) -> str:
    found = next((m for line in context for m in [TRANSPOSED_IN_CONTEXT.search(line)] if m), None)
    return found.group() if found else "T"


def _context_hadamard(context: tuple[str, ...], elementwise: tuple[str, ...]) -> str:
    for sign in (r"\odot", r"\circ"):
        if any(re.search(re.escape(sign) + r"(?![A-Za-z])", line) for line in context):
            return sign
    return elementwise[0] if elementwise else r"\odot"



