"""A stack of matrix products as text: np.matmul on views of arrays in which axes are merged, made once.

    matmul(w1.reshape(8, 25), windows_matrices, z1_matrices)

In: a product over several axes, and how its axes are merged. Out: its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.plan.buffers import written_size
from derive.plan.deep import deep_line
from derive.plan.grid import Grid
from derive.plan.matrices import Axes, Matrices, matrices
from derive.plan.record import Contract, Plan, Ref, Size, Value
from derive.plan.seen import reshaped
from derive.plan.words import Line, Text, is_name, text

if TYPE_CHECKING:
    from derive.plan.text import Writer

Groups = tuple[Axes, ...]


def form_of(plan: Plan, statement: Contract) -> Matrices | None:
    """How a product of several axes is written; none is one of plain matrices and vectors."""
    if len(statement.of) != 2 or max(len(r.axes) for r in (statement.out, *statement.of)) <= 2:
        return None
    return matrices(*(plan.lying(ref) for ref in (*statement.of, statement.out)))


def stacked_line(writer: Writer, statement: Contract, form: Matrices) -> Line:
    """The product on views of the operands and of the result."""
    first, second = statement.of[::-1] if form.swapped else statement.of
    views = [_seen(writer, ref, groups, form) for ref, groups in (
        (first, form.left), (second, form.right), (statement.out, form.out))]
    return Line(text("{}({}, {}, {})", writer.function("np.matmul"), *views))


def blocked_line(writer: Writer, statement: Contract) -> Line:
    """One product as a grid of products of blocks, on views of the same memory."""
    form = matrices(*(writer.plan.lying(ref) for ref in (*statement.of, statement.out)))
    assert form is not None
    first, second = statement.of[::-1] if form.swapped else statement.of
    sizes = {a: s for r in statement.of for a, s in zip(r.axes, writer.plan.value(r).sizes, strict=True)}
    height, width, depth = (_length([sizes[a] for a in axes]) for axes in (form.rows, form.columns, form.inner))
    turned = writer.plan.lying(second)[-1] in form.inner
    out = _seen(writer, statement.out, form.out, form)
    if statement.deep:
        left, right = _seen(writer, first, (form.inner, form.rows), form), _seen(
            writer, second, (form.inner, form.columns), form)
        return deep_line(writer, (statement.out, first, second), (out, left, right), (height, width, depth))
    grid = Grid(out, statement.blocks, height, width, depth, turned)
    writer.view(*grid.counted(writer.helper("_grid")))
    left = _whole(writer, first, form.left, form, statement.blocks != "columns")
    right = _whole(writer, second, form.right, form, statement.blocks != "rows")
    lies = writer.name(second.name) if turned else right
    views = (writer.kept(first, left, "_in_rows", grid.first(left)),
             writer.kept(second, lies, "_in_columns", grid.second(lies, right)),
             writer.kept(statement.out, out, "_blocks", grid.result()))
    return Line(text("{}({}, {}, {})", writer.function("np.matmul"), *views))


def _whole(writer: Writer, ref: Ref, groups: Groups, form: Matrices, cut: bool) -> Text:
    """An operand of which blocks are cut: the array itself will do, unless it has to be turned first."""
    straight = writer.plan.lying(ref) == tuple(a for group in groups for a in group)
    return writer.name(ref.name) if cut and straight else _seen(writer, ref, groups, form)


def _seen(writer: Writer, ref: Ref, groups: Groups, form: Matrices) -> Text:
    """An array as matrices; axes of the stack that it lacks in front are left to NumPy."""
    present = [g for g in groups if g and g[0] in ref.axes]
    own = writer.plan.lying(ref)
    lie = sorted(present, key=lambda g: own.index(g[0]))
    sizes: dict[str, Size] = dict(zip(ref.axes, writer.plan.value(ref).sizes, strict=True))
    shown = whole = writer.name(ref.name)
    if any(len(g) > 1 for g in lie):
        shown = reshaped(writer, ref.name, [_length([sizes[a] for a in g]) for g in lie])
    if lie != present:
        order = ", ".join(str(lie.index(g)) for g in present)
        shown = text("{}.T", shown) if len(lie) == 2 else text("{}.transpose({})", shown, order)
    places = [":" if g in present else "None" for g in groups if g in present or form.stack or not form.inner]
    while places[0] == "None" and len(places) > 2:
        places.pop(0)
    if "None" in places:
        while places[-1] == ":":
            places.pop()
        shown = text("{}[{}]", shown, ", ".join(places))
    turned = "_T" if lie != present else ""
    behind = "" if shown == text("{}.T", whole) else "_matrices" if form.stack else "_matrix"
    return shown if is_name(shown) else writer.kept(ref, whole, behind + turned, shown)


def inner_text(writer: Writer, one: Ref, other: Ref) -> Text:
    """The sum of all products, as a product of two flat vectors."""
    if not one.axes:
        return text("{} * {}", writer.name(one.name), writer.name(other.name))
    if writer.letters(one) != writer.letters(other):
        return text("np.vdot({}, {})", writer.turned(one, writer.letters(other)), writer.name(other.name))
    return text("{}.dot({})", writer.flat(one), writer.flat(other))


def total_line(writer: Writer, out: Ref, arg: Ref) -> Line:
    """A sum along axes that lie side by side, as a product with ones."""
    own, wanted, shown = writer.plan.lying(arg), writer.plan.lying(out), writer.name(arg.name)
    if not wanted:
        return writer.assigned(out, text("{}.reduce({}, None)", writer.function("np.add"), shown))
    order = tuple(a for a in own if a in wanted)
    if writer.plan.value(arg).truth or order != wanted:
        there = writer.name(out.name) if order == wanted else writer.turned(out, order)
        axes = str(tuple(n for n, a in enumerate(own) if a not in wanted))
        return Line(text("{}.reduce({}, {}, None, {})", writer.function("np.add"), shown, axes, there))
    sizes: dict[str, Size] = dict(zip(arg.axes, writer.plan.value(arg).sizes, strict=True))
    gone = tuple(a for a in own if a not in wanted)
    first = own.index(gone[0])
    groups = [g for g in (own[:first], gone, own[first + len(gone):]) if g]
    length = _length([sizes[a] for a in gone])
    ones = writer.array(Value("_".join(["ones", *length.split(" * ")]), tuple(sizes[a] for a in gone)),
                        f"np.ones({length}, dtype)")
    lengths = [_length([sizes[a] for a in g]) for g in groups]
    if len(groups) < len(own):
        shown = writer.seen(arg, "_matrices" if len(groups) > 2 else "_matrix", f"{{}}.reshape({', '.join(lengths)})")
    if len(groups) > 2:
        kept = writer.seen(out, "_matrix", f"{{}}.reshape({lengths[0]}, {lengths[2]})") if len(wanted) > 2 \
            else writer.name(out.name)
        return Line(text("{}({}, {}, {})", writer.function("np.matmul"), ones, shown, kept))
    pair = (ones, shown) if groups[0] == gone else (shown, ones)
    return Line(text("{}.dot({}, {})", *pair, writer.flat(out)))


def _length(sizes: list[Size]) -> str:
    """How long the merged axes are: 576, or rows * 24."""
    known = 1
    for size in sizes:
        known *= 1 if size == "rows" else int(size)
    if "rows" not in sizes:
        return str(known)
    return written_size("rows") if known == 1 else f"rows * {known}"
