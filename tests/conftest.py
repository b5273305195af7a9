"""Options of the test command."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from derive.cli import NEW_OBJECTS

# Continuous integration draws the same examples each time, so that what it says can be repeated; elsewhere new ones.
settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")

gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])  # as the command does


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-generated", action="store_true", help="write generated/ anew instead of comparing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The sweeps first: no worker is left alone with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("sweep") is None)
