"""Backward passes of layers: what the gradient that comes in (`dout`) becomes, checked beside their forward pass."""

from derive.check.incoming.check import check_incoming

__all__ = ["check_incoming"]
