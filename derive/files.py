"""Writing results: a file appears whole or not at all; no name, or `-`, is standard output.

In: a path and a text or bytes. Out: nothing; a path that cannot be written, or read, is a DeriveError.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from derive.errors import DeriveError, clip


def write(path: str | Path | None, content: str | bytes) -> None:
    """Write `content` to `path` by way of a temporary file beside it, or to standard output."""
    data = content.encode() if isinstance(content, str) else content
    if path is None or str(path) == "-":
        if isinstance(content, bytes) and sys.stdout.isatty():
            raise DeriveError("this is no text for a terminal", do="Write it to a file with -o FILE.")
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    check_writable(path)
    try:
        _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        raise DeriveError(f"cannot write the file: {error.strerror}", where=clip(str(path), 200)) from None


def check_writable(path: str | Path | None) -> None:
    """Refuse a place that cannot take a file; asked before long work, so that none is lost."""
    if path is None or str(path) == "-":
        return
    where = clip(str(path), 200)
    if not str(path) or "\0" in str(path):
        raise DeriveError("this is no file name", where=where)
    if os.path.isdir(path):
        raise DeriveError("this is a folder", where=where, do="Name a file in it.")
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise DeriveError("the folder for this file does not exist", where=where, do="Make it first, or name another.")
    if os.path.exists(path) and not os.access(path, os.W_OK):  # its folder alone would let it be replaced
        raise DeriveError("cannot write the file: it is write-protected", where=where, do="Name another file.")
    if not os.path.exists(path) and not os.access(folder, os.W_OK):
        raise DeriveError("cannot write the file: its folder is write-protected", where=where,
                          do="Name a file in another folder.")


def check_readable(path: str | Path) -> None:
    """Refuse what is no file, or none that may be read, before its bytes are blamed."""
    try:
        with open(path, "rb"):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is no file name"
        raise DeriveError(f"cannot read the file: {reason}", where=clip(str(path), 200), do="Check the path.") from None


def make_folder(path: str | Path) -> Path:
    """The folder `path`, made if need be."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a name for a folder"
        raise DeriveError(f"cannot make the folder: {reason}", where=clip(str(path), 200)) from None
    return Path(path)


def _replace(target: Path, data: bytes) -> None:
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):  # /dev/null, a pipe: nothing to replace
        target.write_bytes(data)
        return
    temporary = target.with_name(f".{target.name[:80]}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
