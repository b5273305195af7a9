"""Parts of arrays along their first axis, time, by names that say which.

    h1_0_to_19 = h1[0:20],  h1_at_20 = h1[20]         where h1 has the times 0 to 20

In: the values of a plan and the parts that have names. Out: one more of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.plan.record import Part, Value


@dataclass
class Parts:
    """Both dicts are added to."""

    values: dict[str, Value]
    parts: dict[str, Part]

    def part(self, name: str, first: int, size: int | None, time: int) -> str:
        """The name of these entries of a value, `first` being at `time`."""
        if name in self.parts:
            whole = self.parts[name]
            name, first, time = whole.of, first + whole.first, whole.start + first  # as the whole array counts them
        sizes = self.values[name].sizes
        if (first, size) == (0, sizes[0]):
            return name
        shown = f"{name}_at_{time}" if size is None else f"{name}_{time}_to_{time + size - 1}"
        own = sizes[1:] if size is None else (size, *sizes[1:])
        self.values.setdefault(shown, Value(shown, own, family=self.values[name].after(shown.removeprefix(name))))
        self.parts[shown] = Part(name, first, size, time)
        return shown

    def of(self, name: str) -> str:
        """The array that a value lies in."""
        return self.parts[name].of if name in self.parts else name
