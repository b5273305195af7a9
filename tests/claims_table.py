"""Prints which rows of tests/claims are read, judged right and diagnosed right: `python tests/claims_table.py [FILES]`.

    mlp  nielsen-bp2-diag  right -> undecided    the row, the verdict expected, what was said, and why
"""

from __future__ import annotations

import sys

from claims_rows import Row, rows, verdict

from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG, Verdict


def main(patterns: list[str]) -> None:
    listed = [row for pattern in patterns or ["*.toml"] for row in rows(pattern)]
    for row in listed:
        if faults(row):
            print("\n".join(_lines(row)))
    print(summary(listed))


def faults(row: Row) -> list[str]:
    """What of a row is not as it should be: the verdict, the name of the mistake, the corrected formula."""
    said = verdict(row)
    found = [] if said.verdict in row.verdicts else ["verdict"]
    if said.verdict == WRONG and row.mistakes and not named(row, said):
        found.append("mistake")
    if row.corrected is not None and verdict(row, corrected=True).verdict != RIGHT:
        found.append("corrected")
    return found


def named(row: Row, said: Verdict) -> bool:
    """Whether each mistake that is named is one of those that the row was made with."""
    return said.mistake is not None and all(one in row.mistakes for one in said.mistake.split(", "))


def _lines(row: Row) -> list[str]:
    said, bad = verdict(row), faults(row)
    lines = [f"{row.file:14} {row.id:32} {'/'.join(row.verdicts)} -> {said.verdict}, "
             f"{'/'.join(row.mistakes) or '-'} -> {said.mistake or '-'}   not right: {', '.join(bad)}"]
    if bad != ["corrected"]:
        lines.append(f"    {' '.join((said.explanation or said.proof).split())[:240]}")
        lines.append(f"    offered: {said.corrected}" if said.corrected else "    nothing offered")
    if "corrected" in bad:
        again = verdict(row, corrected=True)
        lines.append(f"    corrected: {again.verdict}: {' '.join((again.explanation or again.proof).split())[:240]}")
    return lines


def summary(listed: list[Row]) -> str:
    said = [(row, verdict(row)) for row in listed]
    wrong = [(row, one) for row, one in said if row.verdicts[0] == WRONG and RIGHT not in row.verdicts]
    right = [(row, one) for row, one in said if row.verdicts == (RIGHT,)]
    lines = [("read", sum(one.verdict != UNREADABLE for _, one in said), len(said)),
             ("decided", sum(one.verdict not in (UNREADABLE, UNDECIDED) for _, one in said), len(said)),
             ("verdict as expected", sum(one.verdict in row.verdicts for row, one in said), len(said)),
             ("wrong ones accepted", sum(one.verdict == RIGHT for _, one in wrong), len(wrong)),
             ("right ones refused", sum(one.verdict == WRONG for _, one in right), len(right)),
             ("mistake named right", sum(one.verdict == WRONG and named(row, one) for row, one in wrong), len(wrong))]
    return "\n".join(f"{name:20} {count:4} of {of}" for name, count, of in lines)


if __name__ == "__main__":
    main(sys.argv[1:])
