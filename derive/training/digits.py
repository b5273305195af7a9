"""Handwritten digits: scikit-learn's 1,797 of 8 x 8 pixels, or a user's own from an `.npz` file.

In: "digits", or a file with `images` (uint8, N x height x width) and `labels` (N whole numbers 0 to 9).
Out: one row per image with pixels from 0 to 1, and labels; targets are y[s,j] = [label of s is j].
"""

from __future__ import annotations

import errno
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from derive.errors import DeriveError, clip

KINDS = 10
MOST_BYTES = 2**31
Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Digits:
    """`images` has shape (m, pixels), values 0 to 1; `labels` has shape (m,)."""

    images: Floats
    labels: npt.NDArray[np.int64]
    source: str

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def pixels(self) -> int:
        return int(self.images.shape[1])

    def targets(self, dtype: npt.DTypeLike, numbers: bool = False) -> npt.NDArray[Any]:
        """One row per image: 1 at its label, else 0; or the labels themselves."""
        return self.labels if numbers else np.eye(KINDS, dtype=dtype)[self.labels]

    def split(self, rng: np.random.Generator, share: float = 0.8) -> tuple[Digits, Digits]:
        """A random part of `share` to learn from, and the rest to be asked about."""
        order = rng.permutation(len(self))
        cut = round(share * len(self))
        first, rest = (Digits(self.images[part], self.labels[part], self.source) for part in (order[:cut], order[cut:]))
        return first, rest


def load(source: str = "digits") -> Digits:
    """The digits named by `source`: "digits" (scikit-learn's) or the path of an `.npz` file."""
    return bundled() if source == "digits" else from_file(source)


def bundled() -> Digits:
    """Digits that come with scikit-learn: E. Alpaydin and C. Kaynak's, pixels 0 to 16, UCI repository, 1998."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise DeriveError("the example digits come with scikit-learn, which is not installed",
                          do="Install it with: pip install 'derive-backprop[demo]', or give --data FILE.npz.") from None
    images, labels = load_digits(return_X_y=True)
    return Digits(np.asarray(images) / 16, np.asarray(labels, dtype=np.int64), "scikit-learn's digits")


def from_file(path: str) -> Digits:
    """Digits of a file; pickled objects in it are refused, not loaded."""
    where = clip(path, 200)
    try:
        arrays = _arrays(path)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or "it is not an .npz archive of plain arrays"
        raise DeriveError(f"cannot read the digits: {reason}", where=where,
                          do="Make it with numpy.savez(path, images=..., labels=...).") from None
    problem = _problem(arrays)
    if problem:
        raise DeriveError(problem, where=where,
                          do="Needed: images, uint8, N x height x width; labels, N whole numbers from 0 to 9.")
    images = arrays["images"].reshape(len(arrays["images"]), -1)
    return Digits(images.astype(np.float64) / 255, arrays["labels"].astype(np.int64), path)


def _arrays(path: str) -> dict[str, npt.NDArray[Any]]:
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > MOST_BYTES:
            raise OSError(errno.EFBIG, "it unpacks to more than 2 GiB")
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in ("images", "labels") if name in archive.files}


def _problem(arrays: dict[str, npt.NDArray[Any]]) -> str:
    """What is wrong with the arrays of a file, or nothing; each line is asked only if those before it hold."""
    missing = [name for name in ("images", "labels") if name not in arrays]
    if missing:
        return f"the file has no array '{missing[0]}'"
    images, labels = arrays["images"], arrays["labels"]
    complaints = (
        (images.ndim != 3 or images.size == 0, f"images of shape {images.shape}, not N x height x width"),
        (images.dtype != np.uint8, f"images of type {images.dtype}, not uint8"),
        (labels.ndim != 1 or len(labels) != len(images), f"labels of shape {labels.shape} for {len(images)} images"),
        (labels.dtype.kind not in "iu", f"labels of type {labels.dtype}, not whole numbers"),
        (labels.dtype.kind in "iu" and bool(((labels < 0) | (labels >= KINDS)).any()), "labels beyond 0 to 9"),
        (len(images) < KINDS, f"only {len(images)} images"),
    )
    return next((text for wrong, text in complaints if wrong), "")
