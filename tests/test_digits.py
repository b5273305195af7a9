"""Digits from the package and from files; a file that is none is refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive.errors import DeriveError
from derive.training import digits

IMAGES = np.arange(12 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(12, 28, 28)
LABELS = (np.arange(12) % 10).astype(np.uint8)


def saved(path: Path, **arrays: Any) -> str:
    np.savez(path, **arrays)
    return str(path)


def test_a_file_of_digits(tmp_path: Path) -> None:
    found = digits.load(saved(tmp_path / "d.npz", images=IMAGES, labels=LABELS, more=np.zeros(3)))
    assert found.images.shape == (12, 784) and found.pixels == 784 and len(found) == 12
    assert found.images.max() <= 1 and np.array_equal(found.images * 255, IMAGES.reshape(12, -1))
    assert found.targets("float32").dtype == np.float32
    assert np.array_equal(found.targets("float64").argmax(axis=1), LABELS)


def test_the_split_is_a_partition(tmp_path: Path) -> None:
    found = digits.load(saved(tmp_path / "d.npz", images=IMAGES, labels=LABELS))
    learn, keep = found.split(np.random.default_rng(0))
    assert (len(learn), len(keep)) == (10, 2)
    rows = np.concatenate([learn.images, keep.images])
    assert sorted(map(tuple, rows)) == sorted(map(tuple, found.images))


def test_the_bundled_digits() -> None:
    pytest.importorskip("sklearn")
    found = digits.load("digits")
    assert found.images.shape == (1797, 64) and found.images.min() == 0 and found.images.max() == 1
    assert set(found.labels) == set(range(10))


@pytest.mark.parametrize(("arrays", "message"), [
    ({"labels": LABELS}, "no array 'images'"),
    ({"images": IMAGES}, "no array 'labels'"),
    ({"images": IMAGES.reshape(12, -1), "labels": LABELS}, "not N x height x width"),
    ({"images": IMAGES[:0], "labels": LABELS[:0]}, "not N x height x width"),
    ({"images": IMAGES / 255, "labels": LABELS}, "not uint8"),
    ({"images": IMAGES, "labels": LABELS[:-1]}, "for 12 images"),
    ({"images": IMAGES, "labels": LABELS.astype(float)}, "not whole numbers"),
    ({"images": IMAGES, "labels": LABELS + 1}, "beyond 0 to 9"),
    ({"images": IMAGES, "labels": -LABELS.astype(int)}, "beyond 0 to 9"),
    ({"images": IMAGES[:5], "labels": LABELS[:5]}, "only 5 images"),
    ({"images": np.array([object()] * 12), "labels": LABELS}, "not an .npz archive of plain arrays"),
])
def test_wrong_arrays(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match=message):
        digits.load(saved(tmp_path / "d.npz", **arrays))


def test_an_archive_may_unpack_to_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "d.npz", images=np.zeros((10, 28, 28), np.uint8), labels=np.zeros(10, int))
    monkeypatch.setattr(digits, "MOST_BYTES", 8000)
    with pytest.raises(DeriveError, match="it unpacks to more than 2 GiB"):
        digits.load(path)


@pytest.mark.parametrize(("content", "message"), [
    (b"", "not an .npz archive"), (b"hello", "not an .npz archive"), (b"PK\x03\x04 cut off", "not an .npz archive")])
def test_no_archive(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "d.npz").write_bytes(content)
    with pytest.raises(DeriveError, match=message):
        digits.load(str(tmp_path / "d.npz"))


@pytest.mark.parametrize("name", ["missing.npz", ".", "a\0b"])
def test_no_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeriveError, match="cannot read the digits"):
        digits.load(name)
