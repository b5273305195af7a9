"""`derive demo`: the whole way on real data."""

from __future__ import annotations

from derive.demo import run

ENTRY = run
