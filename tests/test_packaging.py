"""The wheel carries what the program needs; the templates are found in a checkout and in a wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from derive import templates

ROOT = Path(__file__).parents[1]


def test_templates_are_found_in_the_checkout() -> None:
    assert templates.folder() == ROOT / "templates" and templates.environment().list_templates()


def test_a_wheel_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_templates").mkdir()
    monkeypatch.setattr(templates, "__file__", str(tmp_path / "templates.py"))
    assert templates.folder() == tmp_path / "_templates"


def test_an_undefined_name_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        templates.environment().from_string("{{ missing }}").render()


def test_the_wheel(tmp_path: Path) -> None:
    wheel = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    built = subprocess.run([*wheel, "-w", str(tmp_path), str(ROOT)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (path,) = tmp_path.glob("derive_backprop-*.whl")
    names = set(zipfile.ZipFile(path).namelist())
    there = {str(p.relative_to(ROOT)) for p in (ROOT / "derive").rglob("*")
             if p.suffix in (".py", ".lark", ".js", ".css", ".woff2")}
    there |= {f"derive/_{p.relative_to(ROOT)}" for p in (ROOT / "templates").rglob("*") if p.is_file()}
    assert there <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "templates/", "generated/"))]
