r"""A file of notes, read: what it gives, declares and claims, in order.

    read_page(source)  ->  Page(notes = given z = Wx + b at 3:1, claim \frac{...}{...} = ... at 7:1, ...)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.errors import clip, nearest
from derive.written.latex.macros import Macro, collect
from derive.written.notes import latex, markdown
from derive.written.notes.formula import INLINE, WORDS, Formula, Magic
from derive.written.notes.kinds import CLAIM, GIVEN, PASSED, WHERE, Letters, kind, names_gradient
from derive.written.notes.source import Place, Source
from derive.written.notes.statements import statements
from derive.written.notes.writing import Writing, links, relations

MARKDOWN = (".md", ".markdown", ".qmd", ".rmd")
FAULT, NEXT = "fault", (GIVEN, CLAIM, "skip")
"""A magic comment that says nothing known; the words that speak of the next formula."""


@dataclass(frozen=True)
class Note:
    """`kind`: claim, given, where; a word of magic with its `text`; or fault, where `text` is the message.

    `said`: the author says that it is one; `inline`: it stands within a line of prose.
    """

    kind: str
    text: str
    place: Place
    writing: Writing = field(default_factory=Writing, repr=False, compare=False)
    said: bool = False
    inline: bool = False


@dataclass(frozen=True)
class Page:
    """The notes of a file in order, the displays that were passed over, and the commands that the file defines."""

    source: Source
    notes: tuple[Note, ...]
    passed: tuple[Place, ...]
    macros: Mapping[str, Macro] = field(default_factory=dict)


@dataclass(frozen=True)
class _Statement:
    writing: Writing
    formula: Formula
    word: str
    """given, claim, skip or off, where a magic comment says so."""


def read_page(source: Source, letters: Letters | None = None) -> Page:
    """`letters` says what is known before the page begins."""
    scan = markdown.scan if source.name.lower().endswith(MARKDOWN) else latex.scan
    scanned = scan(source.text)
    known = letters or Letters()
    macros = collect(scanned.text)
    known.macros = {name: macro.body for name, macro in macros.items()}
    known.all = known.all or any(one.word in ("arch", "notation") for one in scanned.magic)
    found = list(_statements(source, scanned))
    for one in found:  # what is given further down is known as well: "where z = Wx + b"
        if one.word == GIVEN or one.word == "" and kind(one.writing.text, replace(known, named={})) in (GIVEN, WHERE):
            known.learn(one.writing.text)
    notes = [*_magic(source, scanned.magic)]
    passed: dict[int, Place] = {}
    read: set[int] = set()
    for one in found:
        made = _notes(source, one, known)
        notes += made
        if made:
            read.add(one.formula.start)
        elif one.word not in ("skip", "off") and one.formula.environment != INLINE:
            passed.setdefault(one.formula.start, source.place(one.writing.offset(0)))
    ordered = sorted(notes, key=lambda note: (note.place.line, note.place.column, note.kind == CLAIM))
    return Page(source, tuple(ordered), tuple(place for start, place in passed.items() if start not in read),
                macros)


def _notes(source: Source, one: _Statement, letters: Letters) -> list[Note]:
    """What a statement gives or claims: nothing, one thing, or a definition and what is claimed of it."""
    text, inline = one.writing.text, one.formula.environment == INLINE
    found = kind(text, letters)
    if one.word in ("skip", "off"):
        return []
    if one.word in (GIVEN, CLAIM):
        found = WHERE if one.word == GIVEN and found == WHERE else one.word
    if found == PASSED or inline and not one.word and found == GIVEN and _idle(text):
        return []

    def note(what: str, writing: Writing) -> Note:
        place = source.place(writing.offset(0), writing.offset(len(writing.text) - 1) + 1)
        return Note(what, writing.text, place, writing, bool(one.word), inline)

    if found != GIVEN:
        return [note(found, one.writing)]
    signs = relations(text)
    given = one.writing if len(signs) < 2 else one.writing.cut(0, signs[1].start()).trimmed()
    named = names_gradient(text, letters)
    if named:
        letters.name(links(text)[0])
    return [note(GIVEN, given), *([note(CLAIM, one.writing)] if named and len(signs) > 1 and not one.word else [])]


def _idle(text: str) -> bool:
    """`$j = k$` in a line of prose says nothing about a network."""
    parts = links(text)
    return len(parts) < 2 or len(parts[1].strip("{} \\")) < 3


def _statements(source: Source, scanned: latex.Scanned) -> Iterator[_Statement]:
    """Every statement with the word that a magic comment has for it."""
    steering = _Steering([one for one in scanned.magic if one.word in (*NEXT, "on", "off") and not one.rest])
    for formula in scanned.formulas:
        display = formula.environment != INLINE
        for writing in statements(scanned.text, formula):
            at = writing.offset(0)
            yield _Statement(writing, formula, steering.word(source, formula, at, display))


class _Steering:
    """Which magic comment speaks of a statement."""

    def __init__(self, comments: Sequence[Magic]) -> None:
        self.waiting = list(reversed(comments))
        self.off = False
        self.pending: Magic | None = None
        self.spoken: tuple[Formula, str] | None = None

    def word(self, source: Source, formula: Formula, at: int, display: bool) -> str:
        inside = self._advance(formula, at)
        if self.off:
            return "off"
        if self.pending is not None and inside:  # between the rows of a display: of the next row
            word, self.pending = self.pending.word, None
            return word
        if self.pending is not None and (display or self._beside(source, formula)):
            self.spoken = (formula, self.pending.word)
            self.pending = None
        return self.spoken[1] if self.spoken and self.spoken[0] == formula else ""

    def _advance(self, formula: Formula, at: int) -> bool:
        """Take the comments before `at`; whether the last one stands within the formula."""
        inside = False
        while self.waiting and self.waiting[-1].start < at:
            one = self.waiting.pop()
            if one.word in ("on", "off"):
                self.off = one.word == "off"
            else:
                self.pending, inside = one, one.start > formula.start
        return inside

    def _beside(self, source: Source, formula: Formula) -> bool:
        """An inline formula is meant where it stands in the line of the comment or the next one."""
        assert self.pending is not None
        return source.position(formula.start)[0] - source.position(self.pending.stop)[0] <= 1


def _magic(source: Source, comments: Sequence[Magic]) -> Iterator[Note]:
    """The notes that magic comments make by themselves."""
    for one in comments:
        place = source.place(one.start, max(one.rest_at + len(one.rest), one.start + 1))
        if one.word not in WORDS:
            said = f"'{clip(one.word)}' is nothing that a magic comment can say"
            yield Note(FAULT, f"{said}\n{nearest(one.word, list(WORDS))}", place)
        elif one.word in ("skip", "on", "off"):
            continue
        elif one.rest:
            writing = Writing()
            writing.add(one.rest, one.rest_at)
            yield Note(one.word, one.rest, place, writing, True)
        elif one.word not in NEXT:
            example = f"Write: derive: {one.word} {EXAMPLES[one.word]}"
            yield Note(FAULT, f"'{one.word}' needs a word after it\n{example}", place)


EXAMPLES = {"notation": "ng", "arch": "3-4-2", "where": "W \\in \\mathbb{R}^{n \\times m}", "layout": "numerator",
            "elementwise": "\\times", "einstein": "true"}
