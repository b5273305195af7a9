"""Reports of checks, one file each: what a run came to, as text for people or for other programs."""

from derive.check.report.record import Report, report

__all__ = ["Report", "report"]
