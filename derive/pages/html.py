"""One HTML file that needs nothing else: formulas set, fonts inside, no script, no address to fetch.

Formulas are HTML for the eye and MathML for a screen reader. On a phone the reason stands under its row and
a wide display scrolls in its own box.
"""

from __future__ import annotations

import re
from html import escape

from derive import katex
from derive.document.content import Block, Display, Document, Listing, Picture, Prose, Row, Symbols
from derive.document.page import Page
from derive.document.prose import runs, sentence
from derive.latex.measure import width
from derive.templates import environment
from derive.writers.markdown import HEADS

ROOM = 46.0
"""Letters of mathematics beside which a reason still fits."""
SHORT = 18.0
"""Letters of mathematics that stay on one line of prose."""
NAMESPACE = re.compile(r' xmlns(:\w+)?="[^"]*"')
"""Needed in a file of its own, not inside HTML."""


def write(document: Document) -> str:
    """The page as text."""
    sections = [(words(part.title), [block(given) for given in part.blocks]) for part in document.sections]
    fill = {"title": plain(document.title), "heading": words(document.title), "subtitle": words(document.subtitle),
            "sections": sections}
    template = environment().get_template("page.html.jinja")
    return template.render(**fill, style=katex.style(template.render(**fill, style="")))


def block(given: Block) -> str:
    match given:
        case Prose(text):
            return f"<p>{words(text)}</p>"
        case Display(rows, condition):
            said = f'<p class="when">{words(sentence(condition))}:</p>\n' if condition else ""
            return said + display(rows)
        case Symbols(rows, heads):
            cells = [(formula(row.formula), words(row.meaning), words(row.sizes)) for row in rows]
            columns = 3 if any(row.sizes for row in rows) else 2
            return environment().get_template("symbols.html.jinja").render(
                rows=[row[:columns] for row in cells], wide=bool(heads),
                heads=[words(head) for head in (heads or HEADS)[:columns]])
        case Picture(svg, _, caption):
            return (f"<figure>\n{NAMESPACE.sub('', svg).strip()}\n"
                    f"<figcaption>{words(caption)}</figcaption>\n</figure>")
        case Listing(code, language):
            return f'<pre class="code"><code class="language-{escape(language)}">{escape(code.strip())}</code></pre>'


def display(rows: tuple[Row, ...]) -> str:
    """The rows in a grid: left side, right side, reason, tag."""
    widest = max(width(row.left) for row in rows) + max(width("".join(row.right)) for row in rows)
    kind = "display beside" if widest < ROOM and any(row.reason for row in rows) else "display"
    return f'<div class="{kind}">\n' + "\n".join(line(row) for row in rows) + "\n</div>"


def line(row: Row) -> str:
    """One row; a reader by ear gets the whole formula at once."""
    right = "".join(row.right)
    heard = katex.formula(f"{row.left} {row.relation} {right}", "mathml", True)
    left = katex.formula(rf"{row.left} {{}}{row.relation}{{}}", "html", True)
    seen = katex.formula(right, "html", True)
    cells = [f'<span class="left">{MATHML.sub(_hidden, NAMESPACE.sub("", heard))}{left}</span>',
             f'<span class="right{" boxed" if row.boxed else ""}">{seen}</span>']
    cells += [f'<span class="reason">{words(row.reason)}</span>'] if row.reason else []
    cells += [f'<span class="tag">({escape(row.tag)})</span>'] if row.tag else []
    return f'<div class="row">{"".join(cells)}</div>'


MATHML = re.compile(r'^<span class="katex">(.*)</span>$', re.DOTALL)


def _hidden(found: re.Match[str]) -> str:
    """MathML where KaTeX's style hides it from the eye."""
    return f'<span class="katex"><span class="katex-mathml">{found[1]}</span></span>'


def formula(latex: str) -> str:
    """A formula within a line, unbroken where it is short."""
    text = NAMESPACE.sub("", katex.formula(latex))
    return f'<span class="short">{text}</span>' if width(latex) < SHORT else text


def words(prose: str) -> str:
    """Prose with its formulas set."""
    return "".join(formula(run.text) if run.formula else escape(run.text) for run in runs(prose))


def plain(prose: str) -> str:
    """Prose without mathematics, for the title bar."""
    return escape("".join(run.text for run in runs(prose)))


ENTRY = Page("html", ".html", write)
