"""Blocks written as Markdown and as slides; documents with runnable code and with a picture."""
