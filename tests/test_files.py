"""Files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.files import check_readable, check_writable, make_folder, write


def test_writes_text_as_utf8_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "σ\n")
    assert (tmp_path / "a.txt").read_bytes() == "σ\n".encode()
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("place", [None, "-"])
def test_no_name_is_standard_output(place: str | None, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write(place, "text\n")
    assert capfdbinary.readouterr().out == b"text\n"


def test_replaces_and_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    write(path, "new")
    assert path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o640


def test_writes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    before = os.stat(os.devnull).st_mode
    write(os.devnull, "text")
    assert os.stat(os.devnull).st_mode == before


@pytest.mark.parametrize(("name", "message"), [
    (".", "this is a folder"),
    ("missing/a.txt", "folder for this file does not exist"),
    ("", "no file name"),
    ("a\0b", "no file name"),
    ("x" * 300, "cannot write the file"),
])
def test_refuses_what_is_no_file(name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeriveError, match=message):
        check_writable(name)
        write(name, "text")
    assert os.listdir(tmp_path) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DeriveError, match="No space left"):
        write(path, "new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_a_folder_is_made_and_a_file_in_its_place_refused(tmp_path: Path) -> None:
    assert make_folder(tmp_path / "a" / "b").is_dir()
    (tmp_path / "c").write_text("")
    with pytest.raises(DeriveError, match="cannot make the folder"):
        make_folder(tmp_path / "c")


@pytest.mark.parametrize(("name", "message"), [
    ("kept.txt", "it is write-protected"), ("new.txt", "its folder is write-protected")])
def test_what_is_write_protected_is_not_replaced(name: str, message: str, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may write into a folder could put another file in the place of a protected one; who runs as root, any."""
    monkeypatch.chdir(tmp_path)
    Path("kept.txt").write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(DeriveError, match=message):
        write(name, "new")
    assert os.listdir() == ["kept.txt"] and Path("kept.txt").read_text() == "old"


@pytest.mark.parametrize(("name", "message"), [
    (".", "Is a directory"), ("missing.npz", "No such file or directory"), ("a\0b", "this is no file name")])
def test_what_cannot_be_read_is_said(name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeriveError, match=f"cannot read the file: {message}"):
        check_readable(name)
