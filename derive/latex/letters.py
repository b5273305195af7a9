r"""Names as LaTeX letters, safely: nothing that a user typed reaches the page unescaped.

    lam -> \lambda      k0 -> k_{0}      hidden_size -> \mathit{hidden}_{\mathit{size}}
"""

from __future__ import annotations

import re

GREEK = {name: "\\" + name for name in (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega").split()}
GREEK |= {"lam": r"\lambda", "eps": r"\epsilon"}
SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
           "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
           "<": r"\textless{}", ">": r"\textgreater{}"}
_NAME = re.compile(r"(?P<stem>[A-Za-z]+)_?(?P<rest>[A-Za-z0-9_]*)")


ACCENTS = ("mathcal", "mathbf", "mathbb", "mathrm", "boldsymbol", "hat", "bar", "tilde", "vec")
_MARKED = re.compile(rf"\\(?:{'|'.join([*(g for g in GREEK if GREEK[g][1:] == g), 'ell'])})|"
                     rf"\\(?:{'|'.join(ACCENTS)})\{{(?:[A-Za-z]|\\(?:{'|'.join(GREEK)}))\}}")
r"""LaTeX letters that a notation may use as they stand: \ell, \mathcal{L}, \hat{y}."""


OVER = {"_back": "overleftarrow"}
"""What stands over a letter whose name ends so: an arrow over what is read backwards in time."""


def is_letter(text: str) -> bool:
    r"""Whether a notation may use `text` as a letter: a, dz, lam, w_0, \delta, \mathcal{L}, \hat{y}."""
    stem, _, below = text.partition("_")
    return bool(_MARKED.fullmatch(stem) or re.fullmatch("[A-Za-z]{1,2}", stem) or stem in GREEK) and \
        (not below and "_" not in text or bool(re.fullmatch("[A-Za-z0-9]{1,2}", below)))


def parts(name: str) -> tuple[str, str]:
    r"""A name as letter and subscript, both LaTeX: "k0" -> ("k", "0"), "w_f_back" -> (r"\overleftarrow{w}", "f")."""
    plain, end = ended(name)
    if end:
        stem, below = parts(plain)
        return rf"\{OVER[end]}{{{stem}}}", below
    stem, _, below = name.partition("_")
    if _MARKED.fullmatch(stem):
        return stem, _word(below) if below else ""
    match = _NAME.fullmatch(name)
    if match is None:
        return rf"\text{{{escape(name)}}}", ""
    return _word(match["stem"]), ",".join(_word(part) for part in match["rest"].split("_") if part)


def ended(name: str) -> tuple[str, str]:
    """A name and the end of it that says what stands over its letter: "w_f_back" -> ("w_f", "_back")."""
    end = next((end for end in OVER if name.endswith(end) and name != end), "")
    return name.removesuffix(end), end


def stepless(name: str) -> str:
    """The letter of an array of one step of time, h_3, without the step; any other as it is."""
    stem, _, step = name.rpartition("_")
    return stem if stem and step.isdigit() else name


def letter(name: str) -> str:
    """A name as one symbol: "n_j" -> n_{j}."""
    stem, below = parts(name)
    return f"{stem}_{braced(below)}" if below else stem


def braced(text: str) -> str:
    """A subscript, in braces unless it is one character."""
    return text if len(text) == 1 else f"{{{text}}}"


def escape(text: str) -> str:
    """Plain text for a text environment: only ASCII, every special character escaped."""
    return "".join(SPECIAL.get(c, c) if c.isascii() and c.isprintable() else "?" for c in text)


def _word(text: str) -> str:
    if text in GREEK:
        return GREEK[text]
    return text if len(text) == 1 or text.isdigit() else rf"\mathit{{{text}}}"
