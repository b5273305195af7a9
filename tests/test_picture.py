"""Pictures of a falling cost."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from derive.training import picture

FALLING = [math.exp(-i / 50) for i in range(200)]


def test_means_of_neighbours() -> None:
    assert picture.smooth([1, 3, 5, 7], 2) == [2, 6]
    assert picture.smooth([1, 3], 9) == [1, 3]
    assert sum(picture.smooth(FALLING, 7)) / 7 == pytest.approx(sum(FALLING) / 200, rel=0.02)


def test_the_plot_falls_as_the_values_do() -> None:
    lines = picture.plot(FALLING, width=40, height=8).splitlines()
    assert len(lines) == 9
    heights = [sum(len(line) > 10 + column and line[10 + column] != " " for line in lines[:-1]) for column in range(40)]
    assert heights[0] == 8 and heights[-1] == 1 and heights == sorted(heights, reverse=True)


@pytest.mark.parametrize("values", [[1.0], [0.0, 0.0], FALLING, [1e-9, 1e9]])
def test_the_svg_is_well_formed_and_inside_its_frame(values: list[float]) -> None:
    root = ElementTree.fromstring(picture.svg(values, "a < b & c", "across", "up"))
    line = next(e for e in root.iter() if e.tag.endswith("polyline"))
    points = [tuple(map(float, p.split(","))) for p in line.attrib["points"].split()]
    assert len(points) == min(len(values), 300)
    assert all(0 <= x <= picture.WIDTH and 0 <= y <= picture.HEIGHT for x, y in points)
    assert "a < b & c" in "".join(root.itertext())


def test_the_png() -> None:
    pytest.importorskip("matplotlib")
    assert picture.png(FALLING, "title", "across", "up").startswith(b"\x89PNG\r\n")
