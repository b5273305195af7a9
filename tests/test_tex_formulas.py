"""Every formula of every notation, form and kept example, compiled in one run of pdflatex."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from test_katex import EACH, EXAMPLES, asked, said

from derive.notation import notations

PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,amssymb,bm}
\usepackage[paperwidth=400cm,paperheight=100cm,margin=1cm]{geometry}
\begin{document}
"""


def every_formula() -> list[str]:
    """Of each form; a document of all of them has no other formulas (tests/test_katex.py)."""
    return list(dict.fromkeys(formula for example in EXAMPLES for name in sorted(notations()) for form in EACH
                              for formula in said(*asked(example), name, form)))


@pytest.mark.sweep
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is missing")
def test_all_formulas_compile_in_one_run(tmp_path: Path) -> None:
    formulas = every_formula()
    assert len(formulas) > 2000
    body = "\n".join(f"\\[{formula}\\]" for formula in formulas)
    (tmp_path / "all.tex").write_text(f"{PREAMBLE}{body}\n\\end{{document}}\n", encoding="utf-8")
    run = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all.tex"],
                         cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert run.returncode == 0, run.stdout[-1500:]
