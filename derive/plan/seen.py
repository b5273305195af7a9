"""Views as text: reshapes, windows and parts of arrays, made once; and what is done to one place of every window after
the other.

    windows = sliding_window_view(x, (5, 5), (2, 3))
    parts = [x[:, :, u:u + 24, v:v + 24] for u in range(5) for v in range(5)]

In: a `View`, or a statement along `each`. Out: the name of the array, or the lines of a loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING

from derive.plan.buffers import written_size
from derive.plan.record import Along, Apply, Reduce, Ref, Size, View
from derive.plan.words import Line, Text, named, text

if TYPE_CHECKING:
    from derive.plan.arrays import Arrays
    from derive.plan.text import Writer

WINDOWS = "np.lib.stride_tricks.sliding_window_view"


def seen_name(writer: Arrays, name: str) -> Text:
    """What a view is called: by a name, if the array stays where it is."""
    view = writer.plan.seen[name]
    base = writer.name(view.of[0].name)
    made = _places(writer, view, base) if view.places else text(f"{{}}.reshape({_shape(writer, name)})", base)
    return writer.view(named(writer.plan, name), made) if writer.is_buffer(name) else made


def reshaped(writer: Arrays, name: str, lengths: Sequence[str]) -> Text:
    """An array with axes of these lengths; a reshape of a reshape is one."""
    while name in writer.plan.seen and not writer.plan.seen[name].places:
        name = writer.plan.seen[name].of[0].name
    shape = ", ".join(lengths)
    return writer.name(name) if shape == _shape(writer, name) else text(f"{{}}.reshape({shape})", writer.name(name))


def _shape(writer: Arrays, name: str) -> str:
    return ", ".join(written_size(n) for n in writer.plan.values[name].sizes)


def _places(writer: Arrays, view: View, base: Text) -> Text:
    """Slices; for windows, a window at every place first."""
    sizes = dict(zip(view.out.axes, writer.plan.value(view.out).sizes, strict=True))
    along = [(n, p) for n, p in enumerate(view.places) if p.inner]
    reach = {p.inner: p.gap * (int(sizes[p.inner]) - 1) + 1 for _, p in along}
    if along:
        lengths, axes = (_bare(tuple(numbers)) for numbers in (reach.values(), (n for n, _ in along)))
        base = text(f"{WINDOWS}({{}}, {lengths}, {axes})", base)
    inside = [_slice(p, sizes, size, reach.get(p.inner, 1))
              for p, size in zip(view.places, writer.plan.value(view.of[0]).sizes, strict=True)]
    inside += [f"::{p.gap}" if p.gap > 1 else ":" for _, p in along]
    inside += ["..."] if not view.out.axes else []  # a view of one number, not the number
    natural = (*(p.outer for p in view.places if p.outer), *(p.inner for _, p in along))
    return _laid(_indexed(base, inside), natural, view.out.axes)


def _bare(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else str(numbers)


def _slice(place: Along, sizes: Mapping[str, Size], size: Size, window: int, start: str = "") -> str:
    """The places along one axis, `window` being how many entries belong to each; `start` is counted."""
    if not place.outer:
        return str(place.first)
    count = sizes[place.outer]
    if isinstance(count, str):
        return ":"
    reach = place.step * (count - 1) + 1
    behind = f":{place.step}" if place.step > 1 else ""
    if start:
        return f"{start}:{start} + {reach}{behind}"
    whole = place.first == 0 and place.step == 1 and size == reach + window - 1
    return ":" if whole else f"{place.first or ''}:{place.first + reach}{behind}"


def _indexed(base: Text, inside: list[str]) -> Text:
    while inside and inside[-1] == ":":
        inside = inside[:-1]
    return text(f"{{}}[{', '.join(inside)}]", base) if inside else base


def _laid(shown: Text, own: tuple[str, ...], wanted: Sequence[str]) -> Text:
    """With its axes as wanted, of which it may lack some."""
    order = [a for a in wanted if a in own]
    if [*own] != order:
        shown = text(f"{{}}.transpose({', '.join(str(own.index(a)) for a in order)})", shown)
    missing = ["None" if a not in own else ":" for a in wanted]
    while missing and missing[0] == "None":
        missing.pop(0)
    return _indexed(shown, missing) if "None" in missing else shown


# -- one place of every window after the other -------------------------------------------------------


def _parts(writer: Arrays, ref: Ref, each: Mapping[str, int], wanted: Sequence[str]) -> Text:
    """A list of the parts of an array, one for each place in a window; `each` says how many there are."""
    plan = writer.plan
    view = plan.seen.get(ref.name)
    sizes = dict(zip(ref.axes, plan.value(ref).sizes, strict=True))
    letters = dict(zip(view.out.axes, ref.axes, strict=True)) if view is not None else {}
    if view is not None and {letters[a] for a in view.inner} == {*each}:
        base, own = view.of[0], tuple(letters[p.outer] for p in view.places if p.outer)
        known = {a: sizes[letters[a]] for a in view.out.axes}
        inside = [_slice(p, known, size, 1, _start(p, letters)) for p, size in
                  zip(view.places, plan.value(base).sizes, strict=True)]
    else:
        base, own = ref, tuple(a for a in ref.axes if a not in each)
        inside = [a if a in each else ":" for a in ref.axes]
    item = _laid(_indexed(writer.name(base.name), inside), own, wanted)
    loops = " ".join(f"for {a} in range({count})" for a, count in each.items())
    return writer.kept(ref, named(plan, ref.name), "_parts", text(f"[{{}} {loops}]", item))


def _start(place: Along, letters: Mapping[str, str]) -> str:
    if not place.inner:
        return ""
    inner = letters[place.inner]
    counted = inner if place.gap == 1 else f"{place.gap} * {inner}"
    return f"{counted} + {place.first}" if place.first else counted


def each_line(writer: Writer, statement: Apply) -> list[Line]:
    """A function of the parts at one place of every window, one place after the other."""
    wanted = [a for a in statement.out.axes if a not in statement.each]
    each = _counts(writer, statement)
    lists, names = dict[Text, str](), iter(_loop_names(writer))

    def part(ref: Ref) -> Text:
        if not {*ref.axes} & {*statement.each}:
            return writer.laid(ref, tuple(wanted))
        parts = _parts(writer, ref, each, wanted)
        if parts not in lists:
            lists[parts] = next(names)
        return (lists[parts],)

    out = part(statement.out)
    call = writer.call(statement.function, [part(r) for r in statement.of], out)
    among = text(", ".join("{}" for _ in lists), *lists)
    among = text("zip({})", among) if len(lists) > 1 else among
    return [Line(text(f"for {', '.join(lists.values())} in {{}}:", among)), Line(text("    {}", call.pieces))]


def each_reduced(writer: Writer, statement: Reduce, function: str) -> list[Line]:
    """The greatest, or the sum, of the parts: of the first two, and of that and each other one."""
    (arg,), out = statement.of, writer.name(statement.out.name)
    each = _counts(writer, statement)
    parts, count = _parts(writer, arg, each, statement.out.axes), prod(each.values())
    if count == 1:
        return [Line(text("{}[0]", parts), text("{}[...]", out))]
    lines = [writer.call(function, [text("{}[0]", parts), text("{}[1]", parts)], out)]
    if count > 2:
        name = _loop_names(writer)[1]
        more = writer.call(function, [out, (name,)], out)
        lines += [Line(text(f"for {name} in {{}}[2:]:", parts)), Line(text("    {}", more.pieces))]
    return lines


def _counts(writer: Arrays, statement: Apply | Reduce) -> dict[str, int]:
    """How far each letter of `each` runs; an array may have some of them."""
    sizes = {a: n for r in (statement.out, *statement.of) for a, n in
             zip(r.axes, writer.plan.value(r).sizes, strict=True)}
    return {a: int(sizes[a]) for a in statement.each}


def _loop_names(writer: Arrays) -> list[str]:
    """Names of loop variables that nothing else has."""
    return [f"{name}{'_' * (name in writer.plan.values)}" for name in ("there", "part", "other", "third")]
