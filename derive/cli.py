"""The command line: arguments in, one call of a module of `derive.commands`, a text and an exit code out.

    0   done                    1   a gradient or a claim is wrong
    2   the input cannot be used: `derive: error: ...` on standard error, nothing written
    3   no claim is wrong, but one is undecided

Only the command that runs is imported, with the rooms that it needs; for --help not even SymPy and NumPy.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import click

from derive import __version__
from derive.errors import DeriveError
from derive.options import FORMS, LAYOUTS, NOTATION, NUMBERS, OUT, SECOND, chosen, model, offered
from derive.registry import entry

DONE, WRONG, UNREADABLE, BROKEN, INTERRUPTED, CUT_OFF = 0, 1, 2, 70, 130, 141
"""`BROKEN` is a fault of derive itself; `CUT_OFF` is a reader (such as `head`) that went away."""
NEW_OBJECTS = 100_000
"""So many make Python look for cycles of garbage. SymPy and a derivation make hundreds of thousands that live to the
end, and hardly a cycle: looking at every 700th, as Python does by itself, is a quarter of the wait for a file."""
STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="derive", message="%(prog)s %(version)s")
def commands() -> None:
    """Derive the gradients of a neural network: in LaTeX, as NumPy code, and checked.

    ARCH is what the network is: a line of its layers, a .toml file, or a .eq file of equations.

    \b
    784-16-16-10                       widths: 784 inputs, two hidden layers of 16, 10 outputs
    784-128:relu-10:softmax            each layer with its activation
    "1x28x28-conv(8,5):relu-maxpool(2)-flatten-10:softmax"    an image: channels x height x width
    "seq(20x12)-lstm(64)-1"            a sequence: steps x features
    "words(20 of 1000)-embedding(64)-transformer(4)-1"        20 words, each one of 1000
    n0-...-nL                          any number of layers, of any width

    Begin with `derive latex 2-3-1 --format pdf -o derivation.pdf`, and `derive COMMAND --help`.
    """


@commands.command()
@model
@click.option("--form", type=click.Choice(FORMS),
              help="chain: one neuron a layer; index: sums and indices; matrix: whole layers; batch: all examples at "
              "once; numbers: worked through with numbers; all: one after the other; glance: the results alone.  "
              "[default: index]")
@click.option("--exercise", "form", flag_value="exercise", help="Statement, sample, hints and solution.")
@NOTATION
@click.option("--wrt", metavar="NAME", multiple=True,
              help='Only this gradient: w2, b1, a1, x, or one weight: "w[2][3,5]" (repeatable). What is named keeps a '
              "line of its own: --wrt v1 --wrt u1 --wrt x is the long form of a batch norm.")
@SECOND
@click.option("--expand", is_flag=True, help="Write the derivative by one weight out in full.")
@click.option("--format", "page", type=click.Choice(offered("pages")), default="fragment", show_default=True,
              help="What kind of file.")
@click.option("--reasons", type=click.Choice(["column", "over", "prose"]), default="column", show_default=True,
              help="In a column, over the equals sign, or as sentences.")
@click.option("--plain", is_flag=True, help="No boxes around results.")
@click.option("--no-tags", "tags", flag_value=False, type=bool, default=True, help="No BP1 to BP4.")
@click.option("--macros", is_flag=True, help=r"Write \pd{C}{w}, with definitions to change, for LaTeX.")
@NUMBERS["values"]
@NUMBERS["seed"]
@NUMBERS["digits"]
@OUT
def latex(arch: str, choices: dict[str, Any], out: str | None, **how: Any) -> None:
    """The derivation in LaTeX, with its steps and reasons."""
    _command("latex")(arch, choices, out, **how)


@commands.command()
@model
@click.option("--from", "source", metavar="NAME", default="nielsen", show_default=True, help="The left column.")
@click.option("--to", "target", metavar="NAME", required=True, help="The right column: a notation, or a .toml file.")
@click.option("--form", type=click.Choice(["index", "matrix", "batch"]), default="matrix", show_default=True)
@click.option("--wrt", metavar="NAME", multiple=True, help="Only this gradient: w2, b1, a1, x (repeatable).")
@click.option("--format", "page", type=click.Choice(offered("pages")), default="fragment", show_default=True)
@OUT
def translate(arch: str, choices: dict[str, Any], out: str | None, **how: Any) -> None:
    """One derivation in two notations side by side, with the map of symbols."""
    _command("translate")(arch, choices, out, **how)


@commands.command(help="One step of the derivation explained; ARCH is a network to show it on.\n\n"
                       f"BRIDGE is one of {', '.join(offered('bridges'))}.")
@click.argument("bridge", metavar="BRIDGE", type=click.Choice(offered("bridges")))
@partial(model, required=False)
@NOTATION
@click.option("--format", "page", type=click.Choice(offered("pages")), default="fragment", show_default=True,
              help="What kind of file.")
@OUT
def why(bridge: str, arch: str | None, choices: dict[str, Any], out: str | None, **how: Any) -> None:
    """One step of the derivation explained."""
    _command("why")(bridge, arch, choices, out, **how)


@commands.command()
@model
@NOTATION
@click.option("--target", metavar="NAME", default="numpy", show_default=True, help="Output language.")
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float64", show_default=True)
@click.option("--style", "style", type=click.Choice(["plain", "fast"]), default="plain", show_default=True,
              help="As in a textbook; or with a class Gradient that is planned for speed.")
@SECOND
@click.option("--wrt", metavar="NAME", multiple=True, help="Of a Jacobian: by x, w1, z2, ... (repeatable).")
@click.option("--tune", is_flag=True, help="Time variants of the fast code on this machine (10 s), keep the fastest.")
@click.option("--batch", type=click.IntRange(1), metavar="N", help="Examples in a call of the code that is tuned.")
@OUT
def code(arch: str, choices: dict[str, Any], out: str | None, **how: Any) -> None:
    """One module with init, predict, cost and cost_and_gradients."""
    _command("code")(arch, choices, out, **how)


@commands.command()
@model
@click.option("--entries", type=click.IntRange(1), metavar="N",
              help="Check at most N entries, drawn at random, of each parameter.  [default: 500, fewer if that takes "
                   "longer than a few seconds]")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="N")
@SECOND
@click.option("--wrt", metavar="NAME", multiple=True, help="Of a Jacobian: by x, w1, z2, ... (repeatable).")
def gradcheck(arch: str, choices: dict[str, Any], **how: Any) -> int:
    """Check the emitted code against finite differences.

    Prints a table, one line per parameter. Exit code 1: a gradient is wrong; 3: of one the differences say nothing.
    """
    code: int = _command("gradcheck")(arch, choices, **how)
    return code


@commands.command()
@click.argument("things", metavar="[ARCH] [CLAIM | FILE]...", nargs=-1)
@chosen
@click.option("--file", "notes", metavar="FILE", multiple=True, help="Lecture notes, .tex or .md (repeatable).")
@click.option("--code", metavar="FILE.py::FUNCTION", help="A backward pass. It is executed, in a process of its own.")
@click.option("--arrays", metavar="FILE.npz", help="Gradients, with the parameters and data that made them.")
@click.option("--given", metavar="LINE", multiple=True, help="An equation that defines a letter: 'z = W x + b'.")
@click.option("--where", metavar="LINE", multiple=True, help=r"What a letter is: 'W \in \mathbb{R}^{n \times m}'.")
@click.option("--context", metavar="FILE.toml", help="given, where, arch, notation, ... and claims in a file.")
@click.option("--notation", metavar="NAME", help="Whose letters ARCH is written in.  [default: nielsen]")
@click.option("--layout", type=click.Choice(LAYOUTS), help="Of derivatives; or how examples lie in arrays.")
@click.option("--report", type=click.Choice([name for name in offered("check/report") if name != "record"]),
              default="text", show_default=True)
@click.option("--json", "report", flag_value="json", help="The same as --report json.")
@click.option("--verbose", is_flag=True, help="List as well what is right, and what is not read as a claim.")
def check(things: tuple[str, ...], choices: dict[str, Any], **how: Any) -> int:
    """Check formulas, lecture notes, or gradients that somebody derived by hand.

    A CLAIM is a formula in LaTeX or Python; - reads standard input. Exit code 1: one is wrong; 3: one is undecided.
    """
    code: int = _command("check")(things, choices, **how)
    return code


@commands.command()
@model
def summary(arch: str, choices: dict[str, Any]) -> None:
    """Layers, shapes, parameters, operations and memory."""
    _command("summary")(arch, choices)


@commands.command()
@model
@click.option("--kind", type=click.Choice(["network", "graph"]), default="network", show_default=True,
              help="The neurons, or the graph of the computation with a derivative on each edge.")
@NOTATION
@click.option("--weight", metavar="ENTRY", help="Colour the paths of one weight: \"w[2][3,5]\".")
@click.option("--value", "values", metavar="NAME=NUMBERS", multiple=True,
              help="Numbers for the graph: --value a=2 --value x=0.5,1 (repeatable).")
@click.option("--format", "page", type=click.Choice(["svg", "tikz"]), default="svg", show_default=True)
@OUT
def picture(arch: str, choices: dict[str, Any], out: str | None, **how: Any) -> None:
    """The network, or the graph of its computation."""
    _command("picture")(arch, choices, out, **how)


@commands.command()
@model
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="N")
@click.option("-o", "out", metavar="FILE", help="Write the picture of the flow to FILE.svg or FILE.png.")
def analyze(arch: str, choices: dict[str, Any], seed: int, out: str | None) -> None:
    """How the gradients fade with depth, and what backpropagation saves."""
    _command("analyze")(arch, choices, seed, out)


@commands.command()
@model
@click.option("--data", metavar="digits|FILE.npz", default="digits", show_default=True,
              help="scikit-learn's digits, or a file with images (uint8, N x 28 x 28) and labels.")
@click.option("--epochs", type=click.IntRange(1, 10_000), metavar="N", help="[default: about 12,000 minibatches]")
@click.option("--batch", type=click.IntRange(1), default=20, show_default=True, metavar="N")
@click.option("--rate", type=click.FloatRange(0, min_open=True), metavar="NUMBER",
              help="Learning rate, falling to 0.  [default: found by short trials]")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="N")
def train(arch: str, choices: dict[str, Any], **how: Any) -> None:
    """Train the network with the emitted code alone."""
    _command("train")(arch, choices, **how)


@commands.command()
@click.option("--data", metavar="FILE.npz", default="digits",
              help="MNIST or the like: images (uint8, N x 28 x 28) and labels.  [default: scikit-learn's digits]")
@click.option("--out", metavar="DIR", default="derive-out", show_default=True, help="Where the results go.")
def demo(data: str, out: str) -> int:
    """The whole way on real data: derive, print, emit, check, train."""
    return DONE if _command("demo")(data, out) else WRONG


def _command(name: str) -> Callable[..., Any]:
    run: Callable[..., Any] = entry("derive.commands", name)
    return run


def run(arguments: Sequence[str]) -> int:
    """The exit code of `derive ARGUMENTS`."""
    try:
        code = commands.main(list(arguments) or ["--help"], prog_name="derive", standalone_mode=False)
        sys.stdout.flush()
        return code or DONE
    except (BrokenPipeError, SystemExit):  # click ends so where it notices the broken pipe first
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the flush at exit complains
        return CUT_OFF
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.ClickException as error:
        return _refuse(error.format_message(), _usage(error))
    except DeriveError as error:
        return _refuse(str(error))
    except RecursionError:
        return _refuse("the input is nested too deep", "Split it into several equations.")
    except OSError as error:  # a full disk behind standard output
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _refuse(f"cannot write the result: {error.strerror or error}")
    except MemoryError:
        return _refuse("there is not enough memory for this network", "Make it narrower.")


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"See: {context.command_path} --help" if context else ""


def _refuse(message: str, advice: str = "") -> int:
    click.echo(f"derive: error: {message}" + (f"\n  {advice}" if advice else ""), err=True)
    return UNREADABLE


def main() -> None:
    """The console script `derive`."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    for name, mode in STREAMS.items():
        if getattr(sys, name) is None:  # the caller closed it
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
    try:
        code = run(sys.argv[1:])
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo("derive: this is a fault of derive itself; please report it with the lines above", err=True)
        code = BROKEN
    gc.freeze()  # the process ends: Python would search all that it holds for cycles once more
    sys.exit(code)
