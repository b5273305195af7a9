"""The main job on real data, step by step: derive, print, emit, check, train.

In: the digits, a folder. Out: derivation.tex, network.py and the picture of the cost in the folder, and a
report. The network is the videos' 784-16-16-10 (sigmoid, quadratic cost), its input as wide as the digits.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from derive import files, pipeline
from derive.gradcheck import rows as gradcheck
from derive.gradcheck.emitted import Emitted, load_module
from derive.gradcheck.proof import prove
from derive.latex.document import document
from derive.notation import notation
from derive.training import digits as data_sets
from derive.training import picture
from derive.training.digits import Digits
from derive.training.train import STEPS, Run, Settings, train

SETTINGS = Settings(epochs=0, batch=20, rate=3.0, seed=0, dtype="float32")
"""Tried on the 10,000 MNIST digits: rates 1 to 6, batches 4 to 32 and 15 to 60 epochs all end between
92 and 94 %; without the falling rate it is 91 to 92 %."""
EVERY = 10**9


def run(data: str, out: str) -> bool:
    """The whole way; whether every derivative was right."""
    digits = data_sets.load(data)
    folder = files.make_folder(out)
    arch = f"{digits.pixels}-16-16-10"
    model = _derive(arch, digits)
    _print(model, folder / "derivation.tex")
    module = _emit(model, folder / "network.py")
    rows = _check(module, model)
    _train(module, digits, folder)
    return all(row.right for row in rows)


def _derive(arch: str, digits: Digits) -> pipeline.Model:
    say(f"{arch}: sigmoid neurons, quadratic cost; {len(digits):,} handwritten digits ({digits.source})\n")
    with step("1  derive", "the equations, and the chain rule through them"):
        return pipeline.read(arch, {}, notation(pipeline.NOTATION))


def _print(model: pipeline.Model, path: Path) -> None:
    with step("2  print", "the derivation in LaTeX"):
        files.write(path, document(model, notation(pipeline.NOTATION), form=None, wrt=(), page="article"))
    say(f"           {path}\n")


def _emit(model: pipeline.Model, path: Path) -> Emitted:
    with step("3  emit", "the gradients as NumPy code"):
        files.write(path, pipeline.emit(model.many))
    say(f"           {path}\n")
    return load_module(path)


def _check(module: Emitted, model: pipeline.Model) -> list[gradcheck.Row]:
    size = sum(array.size for array in module.init(np.random.default_rng(0)).values())
    with progress("4  check", f"{size:,} derivatives against central differences", size) as advance:
        rows = prove(module, model.many, EVERY, SETTINGS.seed, advance)
    say(_indented(gradcheck.table(rows)))
    say("           every gradient is right\n" if all(r.right for r in rows) else "           A GRADIENT IS WRONG\n")
    return rows


def _train(module: Emitted, digits: Digits, folder: Path) -> Run:
    learn, keep = digits.split(np.random.default_rng(SETTINGS.seed))
    what = f"the emitted code on {len(learn):,} digits, minibatches of {SETTINGS.batch}"
    epochs = round(STEPS * SETTINGS.batch / len(learn))
    with progress("5  train", what, epochs) as advance:
        done = train(module, learn, keep, SETTINGS, lambda epoch: advance(1))
    used = done.settings
    say(f"           {done.accuracy:.1%} of the {len(keep):,} kept digits read rightly (before: "
        f"{done.epochs[0].accuracy:.1%})\n           {used.epochs} epochs in {done.seconds:.1f} s; rate {used.rate:g} "
        f"falling to 0, {used.dtype}, seed {used.seed}\n\n")
    say("           the cost, from the first minibatch to the last\n" + _indented(picture.plot(done.costs)))
    for path in _pictures(done, folder):
        say(f"           {path}\n")
    return done


def _pictures(done: Run, folder: Path) -> Iterator[Path]:
    words = ("The cost while the emitted code learns to read digits", "minibatches", "cost")
    files.write(folder / "cost.svg", picture.svg(done.costs, *words))
    yield folder / "cost.svg"
    if find_spec("matplotlib"):
        files.write(folder / "cost.png", picture.png(done.costs, *words))
        yield folder / "cost.png"


def say(text: str) -> None:
    files.write(None, text)


@contextmanager
def step(name: str, what: str) -> Iterator[None]:
    """One line per stage, with the seconds that it took."""
    began = time.perf_counter()
    yield
    say(f"{name:<11}{what:<58}{time.perf_counter() - began:6.1f} s\n")


@contextmanager
def progress(name: str, what: str, length: int) -> Iterator[Callable[[int], None]]:
    """A stage with a bar that fills while it runs, where there is a terminal to show it."""
    done = 0

    def advance(by: int) -> None:
        nonlocal done
        done += by
        full = round(40 * done / length)
        if sys.stdout.isatty():
            say(f"\r{name:<11}[{'#' * full}{' ' * (40 - full)}] {done:,} of {length:,}")

    advance(0)
    with step(name, what):
        yield advance
        if sys.stdout.isatty():
            say("\r" + " " * 78 + "\r")


def _indented(text: str) -> str:
    return "".join(f"           {line}\n" for line in text.splitlines())
