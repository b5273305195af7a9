"""Backward passes of layers (`dout, cache`), right ones and wrong ones, run behind their forward passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from derive import pipeline, spec
from derive.check.arrays import Findings
from derive.check.functions import check_function
from derive.check.incoming.settings import settings
from derive.errors import DeriveError
from derive.own_notation import notation_of

PASSES = Path(__file__).parent / "passes"


def checked(place: str, arch: str, error_scale: str = "1", **choices: Any) -> Findings:
    network = spec.load(arch, **choices)
    model = pipeline.equations(network, notation_of("nielsen")).many
    return check_function(model, f"{PASSES / place}", settings=settings(network), error_scale=error_scale)


def test_the_error_of_ng_is_m_times_the_gradient() -> None:
    """Right in his notation alone; elsewhere the verdict says so."""
    found = checked("dense.py::linear_backward", "4-3:identity")
    assert found.verdict == "wrong" and any("--notation ng" in note for note in found.notes)
    found = checked("dense.py::linear_backward", "4-3:identity", error_scale="m")
    assert {f.name for f in found} == {"dA", "dW", "db"} and found.verdict == "right", [f.explanation for f in found]


def sweep(*row: str) -> Any:
    return pytest.param(*row, marks=pytest.mark.sweep)


RIGHT = [
    ("norms.py::batchnorm_backward", "4-batchnorm", "dx dgamma dbeta"),
    ("dense.py::relu_backward", "4-4:relu", "dz"),
    sweep("norms.py::batchnorm_backward_alt", "4-batchnorm(eps=0.01)-2", "dx dgamma dbeta"),
    ("images.py::conv_backward_naive", "2x6x5-conv(3,3x2,stride=2,padding=1)", "dx dw db"),
    sweep("images.py::conv_backward_naive", "1x4x5-maxpool(2,stride=1)-conv(2,2)-flatten-2", "dx dw db"),
    sweep("sequences.py::rnn_backward", "seq(3x4)-rnn(2,gives=all,start=given)", "dx dh0 dWx dWh db"),
    ("sequences.py::lstm_step_backward", "seq(3x4)-lstm(2)", "dx dprev_h dprev_c dWx dWh db"),
    ("images.py::max_pool_backward_rounded", "1x4x4-maxpool(2,stride=1)", "dx"),
]


@pytest.mark.parametrize("place, arch, names", RIGHT)
def test_right_passes(place: str, arch: str, names: str) -> None:
    found = checked(place, arch)
    assert {f.name.partition(" ")[0] for f in found} == set(names.split())
    assert found.verdict == "right", [f.explanation for f in found]
    assert not [note for note in found.notes if "not compared" in note], "all that is returned was compared"


WRONG = [
    ("dense.py::affine_relu_backward_without_slope", "2x2-flatten-3:relu", "dx dw db",
     "relu'(z2) is missing in dC/dz2"),
    ("norms.py::batchnorm_backward_without_variance", "4-batchnorm", "dx", "the part of dC/dr1 that comes from h1"),
    sweep("norms.py::layernorm_backward_gain_outside", "4-layernorm", "dx", "it belongs to dC/dh1"),
    sweep("norms.py::batchnorm_backward_alt_without_mean", "4-batchnorm", "dx", "dC/du1 that comes from h1"),
    sweep("images.py::conv_backward_overwritten", "2x5x4-conv(3,3x2)", "dx", "keeps only the last part"),
    sweep("images.py::conv_backward_last_place", "2x5x4-conv(3,3x2,padding=1)", "dw", "keeps only the last part"),
    sweep("images.py::conv_backward_flipped", "2x5x4-conv(3,3x2)", "dx", "w1 is turned round in dC/dx"),
    sweep("norms.py::batchnorm_backward_straight", "4-batchnorm", "dx", "only that of dC/dx from h1 counts"),
    sweep("norms.py::layernorm_backward_sums", "4-layernorm", "dx", "the mean was taken for a sum in u1 and v1"),
    sweep("sequences.py::rnn_backward_last_alone", "seq(3x4)-rnn(2,gives=all,start=given)", "dWx dWh db",
          "only the first step counts"),
    sweep("images.py::max_pool_backward_shared", "2x4x6-maxpool(2)", "dx", "all places get an equal share"),
    ("images.py::word_embedding_backward_overwritten", "words(4 of 7)-embedding(3)", "dW", "np.add.at"),
    sweep("sequences.py::rnn_step_backward_at_the_new_state", "seq(3x2)-rnn(4)", "dWh", "h1 where h1_before belongs"),
    sweep("sequences.py::rnn_backward_without_time", "seq(3x4)-rnn(2,gives=all,start=given)", "dx dWx dWh db dh0",
          "the part of dC/dh1 that comes from v1 is missing"),
    sweep("sequences.py::lstm_step_backward_without_cell", "seq(3x4)-lstm(2)", "dx dprev_h dprev_c dWx dWh db",
          "the part of dC/dc1 that comes in as dnext_c is missing"),
    sweep("sequences.py::attention_backward_diagonal", "seq(3x4)-attention", "dx dWq dWk", "only the diagonal"),
    sweep("sequences.py::attention_backward_unscaled", "seq(3x4)-attention", "dx dWq dWk", "2 times too large"),
]


@pytest.mark.parametrize("place, arch, names, said", WRONG)
def test_wrong_passes(place: str, arch: str, names: str, said: str) -> None:
    wrong = [f for f in checked(place, arch) if f.verdict == "wrong"]
    assert {f.name.partition(" ")[0] for f in wrong} == set(names.split())
    assert any(said in f.explanation for f in wrong), [f.explanation for f in wrong]


REFUSED = [
    ("norms.py::scaled_backward", "4-batchnorm", "'0' is nearest to"),
    sweep("norms.py::noisy_backward", "4-batchnorm", "the argument 'noise' of noisy_forward means nothing"),
    sweep("sequences.py::rnn_backward", "seq(3x4)-rnn(2,gives=all)", "h0, where the layer says start=given"),
]


@pytest.mark.parametrize("place, arch, said", REFUSED)
def test_forward_passes_of_something_else(place: str, arch: str, said: str) -> None:
    with pytest.raises(DeriveError, match=said):
        checked(place, arch)


def test_a_pass_without_a_forward_pass(tmp_path: Path) -> None:
    file = tmp_path / "alone.py"
    file.write_text("def conv_backward(dout, cache):\n    return dout\n", encoding="utf-8")
    with pytest.raises(DeriveError, match="Write the forward function above it, such as conv_forward"):
        checked(f"{file}::conv_backward", "4-batchnorm")


def test_keys_that_people_give_to_the_weights_of_a_recurrent_layer() -> None:
    assert checked("sequences.py::bptt", "seq(3x4)-rnn(2)-1", output="identity").verdict == "right"
