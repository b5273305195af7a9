"""Whatever stands for a model on the command line, read: a line, a .toml file, a .eq file, equations."""

from __future__ import annotations

from inspect import Parameter, signature
from os import PathLike
from pathlib import Path
from typing import Any

from derive.errors import DeriveError, clip, nearest
from derive.ir import Derivation
from derive.spec.network import Network
from derive.spec.own import own_layers, use_layers
from derive.spec.toml import read_toml
from derive.text import read_equations

MAX_BYTES = 1_000_000
OPTIONS = tuple(name for name, p in signature(Network).parameters.items() if p.kind is Parameter.KEYWORD_ONLY)

LAYERS = "layers"
"""The option that names files of a user's own layers."""


def load(arch: str | PathLike[str], **options: Any) -> Network | Derivation:
    """The model that `arch` names. Options that are None count as not given."""
    chosen = {name: value for name, value in options.items() if value is not None}
    for name in chosen:
        if name not in (*OPTIONS, LAYERS):
            raise DeriveError(f"there is no option '{clip(name)}'", do=nearest(name, [*OPTIONS, LAYERS]))
    files = chosen.pop(LAYERS, ())
    for name in (files,) if isinstance(files, str) else files:
        use_layers(own_layers(contents(name), clip(name)), clip(name))
    text = str(arch)
    ending = Path(text[-100:]).suffix.lower() if "\n" not in text else ""
    if ending == ".toml":
        return read_toml(contents(text), text, chosen)
    if "\n" in text and text.lstrip().startswith("["):
        return read_toml(text, "network", chosen)
    if ending == ".eq" or "\n" in text and "=" in text:
        return _equations(*((contents(text), text) if ending else (text, "equations")), chosen)
    return Network(text, **chosen)


def _equations(text: str, name: str, options: dict[str, Any]) -> Derivation:
    if set(options) == {"cost"}:
        return read_equations(text, name, options["cost"])
    if options:
        raise DeriveError(f"equations say everything themselves, so {', '.join(sorted(options))} cannot be chosen",
                          where=clip(name), do="Change the equations, or leave the option out.")
    return read_equations(text, name)


def contents(name: str) -> str:
    """The text of a file of bounded size."""
    shown = clip(name)
    try:
        with open(name, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name is not that of a file"
        raise DeriveError(f"cannot read the file: {reason}", where=shown, do="Check the path.") from None
    if len(data) > MAX_BYTES:
        raise DeriveError(f"the file has more than {MAX_BYTES:,} bytes", where=shown, do="Write the network shorter.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeriveError(f"not UTF-8 text: byte {error.start + 1:,} is {data[error.start]:#04x}", where=shown,
                          do="Save the file as UTF-8.") from None
