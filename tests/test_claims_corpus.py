"""Every formula of tests/claims: its verdict, the name of its mistake, and that the corrected one is accepted."""

from __future__ import annotations

import tomllib

import pytest
from claims_rows import CRASH, FOLDER, Row, rows, verdict
from claims_table import named

from derive.check.verdict import RIGHT, UNDECIDED, UNREADABLE, WRONG

ROWS = rows()
WRONG_ROWS = [row for row in ROWS if row.mistakes]
OPEN = (UNDECIDED, UNREADABLE)

KNOWN: dict[str, str] = {
    "conv-bounds": "strides in the corrected formula, whose sizes HH and WW are products of letters",
    "conv-dw": "a word in a superscript, x^{pad}, is not read as a label",
    "cross-entropy-over-inputs": "a sum over inputs x, by which nothing is marked",
    "cs231n-rnn-W": "dots leave something out",
    "lstm-ru-h": "a label that is also a letter, z^i beside i_t",
    "rnn-einstein": "a time and an entry in one nested index, y_{t_l}",
    "wildml-db2": "a colon as an index in the corrected formula",
    **dict.fromkeys((f"blind-goodfellow-10.{rest}" for rest in ("18", "19", "21", "21-t", "21-path", "28", "28-x")),
                    "labels y that nobody declares do not take their size from the softmax beside them"),
    **dict.fromkeys((f"blind-bishop-5.{rest}" for rest in ("65", "66", "66-linear", "67-order")),
                    "one index counts from 0 and others from 1: inputs and hidden units with a bias among them"),
    "blind-bishop-5.67": "two formulas in one line",
    **dict.fromkeys(("blind-nielsen-61", "blind-nielsen-62", "blind-nielsen-59", "blind-nielsen-59-plus"),
                    "a sum over inputs x, by which nothing is marked"),
    **dict.fromkeys(("blind-gibiansky-w", "blind-gibiansky-x", "blind-gibiansky-x-arg"),
                    "indices in brackets of their own, y_{(i+a)(j+b)}"),
    "blind-gauss-sigma2": "a derivative by sigma^2 where sigma is the letter",
    "blind-3b1b-single-prev": "a layer before the last where L is the only layer that is named",
}
"""Rows that are not decided yet, and why; none of them may get the opposite verdict."""
NO_TEXT = "what is missing is a path that no text of the claim or its context spells out"
UNNAMED: dict[str, str] = {
    **dict.fromkeys(("attention-scores-diagonal", "worked-example-one-path", "batchnorm-input-direct-only",
                     "char-rnn-no-carry"), NO_TEXT),
    "cs229-3.28": "three mistakes in one formula",
    "bn-knet": "too many edits are tried before it", "batchnorm-compact-no-scale": "too many edits are tried before it",
    "outer-product-swapped": "too many edits are tried before it",
    "affine-bias-axis": "no mistake edits axis=",
    "log-likelihood-slope-kept": "two factors more, side by side",
    "line-power-lost": "goes by wrong_variable: a name that the context holds in brackets",
    "sch-lin-b": "two left sides fit; the one that the chain names is not preferred",
    "logsumexp-captured": "an index that the left side binds",
    "conv-bounds": "two mistakes, and three upper bounds",
    **dict.fromkeys(("blind-neg-vc-missing", "blind-colah-b-path", "blind-cookbook-81-wrong"), NO_TEXT),
    "blind-bishop-5.67-order": "sizes that do not go together are said first",
    "blind-sigmoid-long-power": "goes by factor: one over the same sum is missing",
    "blind-vae-sigma-inv": "no mistake turns one of two equal terms round",
    "blind-mazur-b1": "a name with another letter, i_1 for w_1",
    "blind-svm-w-nomargin": "an indicator that no text of the claim spells out",
}
"""Rows whose mistake goes by another name or by none, and why."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(row: Row) -> None:
    """The verdict, the name of the mistake, and a correction that corrects something."""
    said = verdict(row)
    assert CRASH not in said.explanation
    assert said.verdict in (*row.verdicts, *(OPEN if row.id in KNOWN else ())), said.explanation
    if said.verdict == WRONG and row in WRONG_ROWS:
        assert row.id in UNNAMED or named(row, said), said.explanation
        assert said.corrected != row.text


@pytest.mark.parametrize("row", [row for row in ROWS if row.corrected], ids=lambda row: row.id)
def test_corrected_is_accepted(row: Row) -> None:
    said = verdict(row, corrected=True)
    assert said.verdict in (RIGHT, *(OPEN if row.id in KNOWN else ())), said.explanation


def test_nine_in_ten_are_decided_and_four_in_five_named() -> None:
    """By the tables of exceptions: what is in none of them has passed the test of its row."""
    wrong = [row.id for row in WRONG_ROWS]
    assert sum(row.id in KNOWN for row in ROWS) <= 0.1 * len(ROWS)
    assert sum(name in UNNAMED or name in KNOWN for name in wrong) <= 0.2 * len(wrong)


def test_known_rows_exist() -> None:
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))
    assert set(KNOWN) | set(UNNAMED) <= set(ids)


def test_what_is_left_out_has_a_reason() -> None:
    left = tomllib.loads((FOLDER / "left_out.toml").read_text(encoding="utf-8"))["left_out"]
    assert all(one["reason"] for one in left)
    assert not {one["id"] for one in left} & {row.id for row in ROWS}
