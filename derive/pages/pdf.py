"""The article as a PDF, by the TeX that is there: pdflatex or tectonic."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from derive.document.content import Document
from derive.document.page import Page
from derive.errors import DeriveError, clip
from derive.latex.write import filled

PROGRAMS = {
    "pdflatex": ["-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
    "tectonic": ["--untrusted", "page.tex"],
}
SECONDS = 120
SURROUNDINGS = {"openin_any": "p", "openout_any": "p", "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
"""TeX reads and writes only in its own folder; the same document gives the same bytes."""


def write(document: Document) -> bytes:
    return compiled(filled("article.tex.jinja", document))


def compiled(source: str) -> bytes:
    """The PDF of a LaTeX source."""
    found = [(path, arguments) for name, arguments in PROGRAMS.items() if (path := shutil.which(name))]
    if not found:
        raise DeriveError(f"a PDF needs {' or '.join(PROGRAMS)}, and neither is there",
                          do="Install a TeX (Debian: texlive-latex-recommended), or use --format html.")
    path, arguments = found[0]
    with TemporaryDirectory(prefix="derive-") as folder:
        (Path(folder) / "page.tex").write_text(source, encoding="utf-8")
        try:
            ended = subprocess.run([path, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                                   timeout=SECONDS, check=False, env={**os.environ, **SURROUNDINGS})
        except subprocess.TimeoutExpired:
            raise DeriveError(f"{Path(path).name} did not end within {SECONDS} seconds",
                              do="Write the article with --format article.") from None
        page = Path(folder) / "page.pdf"
        if ended.returncode or not page.is_file():
            raise DeriveError(f"{Path(path).name} failed: {_complaint(ended.stdout)}",
                              do="Write the article with --format article and compile it by hand.")
        return page.read_bytes()


def _complaint(output: bytes) -> str:
    """What TeX says first after its exclamation mark."""
    lines = output.decode("utf-8", "replace").splitlines()
    return clip(next((line[2:] for line in lines if line.startswith("! ")), "it wrote no page"), 200)


ENTRY = Page("pdf", ".pdf", write)
