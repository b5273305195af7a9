r"""The right side is right; it is the left side that names something else.

    C_t = \delta h_t o_t \tanh'(C_t)      for      \delta C_t = ...
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.mistake import Edit, Known, Meaning, Mistake, Written
from derive.mistake.sites import letter, names_in, quoted, spelled, suffix, variables
from derive.mistakes.wrong_variable import letter_of
from derive.written.tree import Derivative, Name, Node, Scripted

NAME, WEIGHT = "wrong_left_side", 24
PREFIXES = {"d": "d", "delta": r"\delta", "Delta": r"\Delta", "partial": r"\partial"}


def edits(written: Written) -> Iterator[Edit]:
    if 0 not in written.sides or len(written.tree.parts) < 2:
        return
    side = written.tree.parts[0]
    names = [node for one in side.walk() if isinstance(one, Derivative) for node in one.by] or [side]
    by = [written.text(node) for part in written.tree.parts[1:] for one in part.walk() if isinstance(one, Derivative)
          for node in one.by]
    of = [written.text(one.of) for part in written.tree.parts[1:] for one in part.walk()
          if isinstance(one, Derivative) and one.of is not None]
    for node in names:
        for i, (text, known) in enumerate(_others(written, node)):
            through = 0 if text in by and text not in of else 3
            said = (f"The left side names the wrong thing: what stands on the right belongs to "
                    f"{quoted(written, text)}, not to {quoted(written, written.text(node))}.")
            rank = 0 if known.meaning.kind == "derivative" or len(names) == 1 else 2
            weight = WEIGHT + through + rank + min(i // 4, 4)
            yield Edit(node.span, text, said, NAME, weight, 0)


def _others(written: Written, node: Node) -> Iterator[tuple[str, Known]]:
    now = written.text(node)
    if node is written.tree.parts[0] and isinstance(node, Name | Scripted):
        prefixes = [name.letter.split(" ")[0] for name in names_in(written.tree) if " " in name.letter]
        for prefix in dict.fromkeys(one for one in prefixes if one in PREFIXES and not now.startswith(PREFIXES[one])):
            text = written.writing.side_by_side(PREFIXES[prefix], now)
            yield text, Known(text, text, Meaning("derivative", now))
    for known in variables(written):
        if isinstance(node, Scripted) and isinstance(node.base, Name) and known.base != known.example:
            text = known.base + suffix(written, node)
            if text != now:
                yield text, known
        if letter_of(known) == letter(node):
            continue
        for text in spelled(written, known):
            if text != now:
                yield text, known


ENTRY = Mistake(NAME, "a wrong left side", edits)
