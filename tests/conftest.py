"""Options of the test command."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Continuous integration draws the same examples each time, so that what it says can be repeated; elsewhere new ones.
settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-generated", action="store_true", help="write generated/ anew instead of comparing")
