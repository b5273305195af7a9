r"""Formulas set by KaTeX, without a browser: its JavaScript runs in QuickJS, once in a process.

    \frac{a}{b}    ->    <span class="katex">...</span>

In: a formula in LaTeX. Out: HTML for the eye or MathML for the ear, and the style sheet of a page with
the fonts that it uses inside. `katex.min.js`, `katex.min.css` and `fonts/` are KaTeX 0.19.1 (MIT, see LICENSE).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from derive.errors import DeriveError

FOLDER = Path(__file__).parent
SETTER = """
function set(formula, output, display) {
    const how = {displayMode: display, output: output, throwOnError: true, strict: "error"};
    return JSON.stringify(katex.renderToString(formula, how));  // one flat string: a rope cannot leave QuickJS
}
"""
STACK = 8 * 2**20
"""Bytes; KaTeX descends into nested groups, and the default is small."""
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_FACE = re.compile(r"@font-face\{[^{}]*\}")


@cache
def setter() -> Callable[[str, str, bool], str]:
    """The function (formula, output, display) of JavaScript."""
    try:
        import quickjs
    except ImportError:
        raise DeriveError("HTML needs the package quickjs-ng, which is not there",
                          do="pip install 'derive-backprop[html]'") from None
    context = quickjs.Context()
    context.set_max_stack_size(STACK)
    context.eval((FOLDER / "katex.min.js").read_text(encoding="utf-8"))
    context.eval(SETTER)
    found: Callable[[str, str, bool], str] = context.get("set")
    return found


@cache
def formula(latex: str, output: Literal["html", "mathml", "htmlAndMathml"] = "htmlAndMathml",
            display: bool = False) -> str:
    """A formula as HTML, as MathML or as both; one that KaTeX does not know is an error."""
    return str(json.loads(setter()(latex, output, display)))


def style(page: str) -> str:
    """KaTeX's style sheet for this page: only the fonts that its formulas use, each as a data URI."""
    sheet = (FOLDER / "katex.min.css").read_text(encoding="utf-8")
    used = {name for names in re.findall(r'class="([^"]*)"', page) for name in names.split()}
    faces = {_face(body) for selectors, body in _RULE.findall(sheet) for selector in selectors.split(",")
             if "font-face" not in selector and _chooses(body) and set(re.findall(r"\.([\w-]+)", selector)) <= used}
    return _FACE.sub(lambda found: _inlined(found[0]) if _face(found[0]) in faces else "", sheet)


def _chooses(body: str) -> bool:
    return "font-family" in body or "font-weight" in body or "font-style" in body or "KaTeX" in body


def _face(body: str) -> tuple[str, bool, bool]:
    """The family, whether bold, whether italic."""
    family = re.search(r"KaTeX_(\w+)", body)
    return (family[1] if family else "Main", "font-weight:700" in body or "font-weight:bold" in body,
            "font-style:italic" in body)


def _inlined(face: str) -> str:
    """A @font-face with the font itself in place of its address."""
    name = re.findall(r"fonts/([\w-]+\.woff2)", face)[0]
    data = base64.b64encode((FOLDER / "fonts" / name).read_bytes()).decode()
    return re.sub(r"src:[^}]*", f'src:url(data:font/woff2;base64,{data}) format("woff2")', face)
