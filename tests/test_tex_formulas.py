"""Every formula of every notation, form and kept example, compiled in one run of pdflatex."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from test_katex import EXAMPLES, of_document
from test_katex import FOLDER as GENERATED

from derive import pipeline
from derive.errors import DeriveError
from derive.latex.document import FORMS, content
from derive.notation import notation, notations

PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,amssymb,bm}
\usepackage[paperwidth=400cm,paperheight=100cm,margin=1cm]{geometry}
\begin{document}
"""


def every_formula() -> list[str]:
    found: dict[str, None] = {}
    for example in EXAMPLES:
        arch = str(GENERATED / example["name"] / "model.eq") if example["arch"] == "model.eq" else example["arch"]
        for name in sorted(notations()):
            model = pipeline.read(arch, example.get("choices", {}), notation(name))
            for form in FORMS:
                try:
                    found |= dict.fromkeys(of_document(content(model, notation(name), form)))
                except DeriveError:
                    continue  # a form that this model cannot take; tests/test_katex.py says which may be missing
    return list(found)


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
