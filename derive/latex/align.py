r"""Rows as an aligned display: left = right, with the reason in a column of its own.

    \delta^2_j &= (a^2_j - y_j)\,\sigma'(z^2_j) &&\text{each derivative worked out} \tag{BP1}

A row that is too wide for the page breaks before a + or -, a reason that is too long between words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from derive.document.content import Display, Row
from derive.latex.measure import width

PAGE = 84.0
"""The width of the page in letters of mathematics."""
LEFT = 10.0
"""The room of a left side with its sign."""
GAP = 4.0
LEAST_REASON = 24.0
SLACK = 2.0
"""What the estimated widths of a formula and a reason may be off by."""
HELD, THIRD = 6, 3
"""As many rows stay on one page; of more, three and three do."""
PAGE_MAY_END = r" \displaybreak[0]"
TALL = ((r"\sum", 9), (r"\frac", 6))
"""What reaches below its line, and by how many points."""


def align(rows: Sequence[Row]) -> str:
    """The rows as one display, of a page that has no end: KaTeX knows no page."""
    return _under_each_other([Display(tuple(rows))], "")


def together(displays: Sequence[Display]) -> str:
    """Displays with their equals signs, and their reasons, under each other; the page may end between two."""
    return _under_each_other(displays, PAGE_MAY_END)


def _under_each_other(displays: Sequence[Display], end: str) -> str:
    rows = [row for display in displays for row in display.rows]
    room, beside = _room(rows)
    text = ""
    for display in displays:
        if text:
            between = rf" \\\intertext{{{said(display)}}}" if display.condition else rf"{end} \\[8pt]"
            text += f"{between}\n"
        for number, row in enumerate(display.rows):
            left = len(display.rows) - number
            parted = end * (number % THIRD == 0 and left > 1 and number + left > HELD)
            text += f"{parted} \\\\\n" * (number > 0) + "".join(_lines(row, room, beside))
    return f"\\begin{{alignat*}}{{2}}\n{text}\n\\end{{alignat*}}"


def in_step(displays: Sequence[Display]) -> bool:
    """Whether displays can stand under each other: reasons that fit beside each alone fit beside the widest."""
    rows = [row for display in displays for row in display.rows]
    widest = max((width("".join(line)) for row in rows for line in broken(row, PAGE)), default=0.0)
    beside = _room(rows)[1]
    together = sum(len(words(row.reason, beside)) for row in rows)
    alone = sum(len(words(row.reason, _room(display.rows)[1])) for display in displays for row in display.rows)
    return widest < PAGE / 2 and beside >= LEAST_REASON and together <= alone + 1


def said(display: Display) -> str:
    """The condition as the beginning of a sentence."""
    return f"{display.condition[:1].upper()}{display.condition[1:]}:"


def _room(rows: Sequence[Row]) -> tuple[float, float]:
    """How wide a formula may be, and how wide a reason beside it."""
    left = max(width(row.left) for row in rows) + 3
    tags = 8.0 if any(row.tag for row in rows) else 0.0
    room = PAGE - tags - left
    widest = max(width("".join(line)) for row in rows for line in broken(row, room))
    return room, max(room - GAP - widest - SLACK, 0.0)


def _lines(row: Row, room: float, beside: float) -> Iterator[str]:
    """The source lines of a row: its formula, then what is left over of its reason, close below its beginning."""
    formula = _boxed(row, list(broken(row, room)))
    fits = beside >= LEAST_REASON or _text_width(row.reason) + 3 * GAP <= beside
    reasons = words(row.reason, beside) if fits else []
    below = [] if reasons or not row.reason else words(row.reason, room - GAP)
    for number in range(max(len(formula), len(reasons))):
        parts = formula[number] if number < len(formula) else ()
        relation = row.relation if number == 0 else ""
        text = "".join(parts)
        indent = r"\qquad " if number and parts else ""
        line = f"  {row.left if number == 0 else ''} &{relation} {indent}{text}".rstrip()
        if number < len(reasons):
            line += rf" &\qquad& \text{{{reasons[number]}}}"
        if number:
            yield _break("" if parts or number > len(formula) else "".join(formula[-1]))
        yield line + (rf" \tag{{{row.tag}}}" if row.tag and number == 0 else "")
    for text in below:
        yield _break("") + rf"  & \qquad\text{{{text}}}"


def _boxed(row: Row, formula: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The lines of a formula; those of a result in one box."""
    if not row.boxed:
        return formula
    lines = ["".join(parts) for parts in formula]
    inside = lines[0] if len(lines) == 1 else aligned(lines)
    return [(rf"\boxed{{{inside}}}",)]


def aligned(lines: Sequence[str]) -> str:
    """The lines of one formula under each other."""
    return r"\begin{aligned} & " + r" \\ & \qquad ".join(line.strip() for line in lines) + r" \end{aligned}"


def _break(above: str) -> str:
    """The end of a line within a row; where a reason goes on below a tall formula, the line is taken up again."""
    up = next((points for tall, points in TALL if tall in above), 0)
    return rf" \\[-{up}pt]" + "\n" if up else " \\\\\n"


def broken(row: Row, room: float) -> Iterator[tuple[str, ...]]:
    """The pieces of a row, as many on a line as there is room for."""
    line: list[str] = []
    for piece in (part for whole in row.right for one in factored(whole, room - 3) for part in opened(one, room - 3)):
        if line and width("".join([*line, piece])) > room - 3:
            yield tuple(line)
            line = []
            piece = re.sub(r"^\\,", r"\\cdot ", piece)
        elif line and piece.startswith(AGAIN):
            line[-1], piece = line[-1].removesuffix(CLOSED), piece.removeprefix(AGAIN)
        line.append(piece)
    yield tuple(line)


def fits(row: Row, left: float = LEFT) -> bool:
    """Whether the lines of a row, broken as well as may be, stay on the page."""
    return all(width("".join(line)) < PAGE - left for line in broken(row, PAGE - left))


def factored(piece: str, room: float) -> list[str]:
    r"""A product too wide for a line, cut in front of the thin spaces between its factors; of a quotient \frac{a\,b}{c}
    that has no other, \frac{1}{c}\,a\,b."""
    if width(piece) <= room:
        return [piece]
    factors = _factors(piece)
    quotient = _QUOTIENT.fullmatch(piece)
    if len(factors) > 1 or quotient is None or len(above := _factors(quotient["above"])) == 1 or \
            not _balanced(quotient["above"]) or not _balanced(quotient["below"]):
        return factors
    number, first = re.fullmatch(r"(\d*)(.*)", above[0], re.DOTALL).groups()  # type: ignore[union-attr]
    front = rf"{quotient['sign']}\frac{{{number or 1}}}{{{quotient['below']}}}"
    return [front, *([rf"\,{first}"] if first else []), *above[1:]]


def opened(piece: str, room: float) -> list[str]:
    r"""A bracket too wide for a line, cut before the signs of the sum in it; \left( ends with \right. there."""
    parts, brackets, braces, start, again = list[str](), list[str](), 0, 0, ""
    for found in _SIGN.finditer(piece) if width(piece) > room else ():
        token = found[0]
        braces += _DEEPER.get(token, 0)
        if token.endswith("(") and not braces:
            brackets.append(token)
        elif token == ")" and not braces:
            del brackets[-1:]
        elif token not in _DEEPER and len(brackets) == 1 and not braces:
            stretched = brackets[0] == r"\left("
            parts.append(again + piece[start:found.start()] + CLOSED * stretched)
            start, again = found.start(), AGAIN * stretched
    return [*parts, again + piece[start:]]


CLOSED, AGAIN = r" \right.", r"\left.{}"
"""The end of a line within a stretched bracket, and the beginning of the next."""
_DEEPER = {r"\begin": 1, r"\end": -1, "{": 1, "}": -1}
_SIGN = re.compile(r"\\begin|\\end| [+-] |[{}]|(?:\\left|\\[bB]igg?)?\(|\)")
_QUOTIENT = re.compile(r"(?P<sign>[ +-]*)\\frac\{(?P<above>.*)\}\{(?P<below>.*)\}")


def _balanced(text: str) -> bool:
    """Whether every brace closes that opens, none before it opens: one argument, not the end of one and another."""
    depth = 0
    for mark in re.findall("[{}]", text):
        depth += 1 if mark == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _factors(piece: str) -> list[str]:
    parts: list[str] = []
    depth = start = 0
    for found in _CUT.finditer(piece):
        token = found[0]
        depth += (token in ("{", "(", r"\left")) - (token in ("}", ")", r"\right"))
        if token == r"\," and depth == 0:
            parts.append(piece[start:found.start()])
            start = found.start()
    return [*parts, piece[start:]]


_CUT = re.compile(r"\\left|\\right|\\,|[{}()]")


def words(text: str, room: float) -> list[str]:
    """Text with formulas in $...$, broken between words into lines of at most `room` letters."""
    lines: list[str] = []
    for word in _unbroken(text):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _text_width(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _unbroken(text: str) -> Iterator[str]:
    """The words of a text; a formula is one word, with what touches it."""
    word, inside = "", False
    for character in text:
        inside ^= character == "$"
        if character == " " and not inside:
            if word:
                yield word
            word = ""
        else:
            word += character
    if word:
        yield word


def _text_width(text: str) -> float:
    return width(rf"\text{{{text}}}")
