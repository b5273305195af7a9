"""Where the vertices of a graph stand: in columns by rank, in each column so that lines run straight.

    rank of a computed vertex  =  1 + the greatest rank of what it reads;   of a given one, just before its first reader

In: vertices, and pairs (from, to) that run forward. Out: a place for each vertex, and for each pair the
points between its ends that lead it past other vertices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SWEEPS = 12
RELAXED = 100
"""Sweeps; straight lines need more of them than the order does."""
Pair = tuple[str, str]
Point = tuple[float, float]


class Layers:
    """The columns while they are put in order; long pairs are cut by bends, one in each column between."""

    def __init__(self, vertices: Sequence[str], pairs: Mapping[Pair, float], later: Sequence[Pair],
                 preference: Mapping[str, float]) -> None:
        self.preference = dict(preference)
        self.rank = _ranks(vertices, list(pairs), later)
        self.weight: dict[Pair, float] = {}
        self.bends: dict[Pair, list[str]] = {}
        self.before: dict[str, list[str]] = {name: [] for name in vertices}
        self.after: dict[str, list[str]] = {name: [] for name in vertices}
        for pair, weight in pairs.items():
            self._join(pair, weight)
        self.columns: list[list[str]] = [[] for _ in range(max(self.rank.values()) + 1)]
        for name in self.rank:
            self.columns[self.rank[name]].append(name)
        for column in self.columns:
            column.sort(key=lambda n: self.preference.get(n, 0.0))

    def _join(self, pair: Pair, weight: float) -> None:
        start, end = pair
        chain = [start]
        for rank in range(self.rank[start] + 1, self.rank[end]):
            bend = f"{start}>{end}@{rank}"
            self.rank[bend] = rank
            self.preference[bend] = self.preference.get(f"{start}>{end}", max(0.6, self.preference.get(start, 0.0)))
            self.before[bend], self.after[bend] = [], []
            chain.append(bend)
        chain.append(end)
        self.bends[pair] = chain[1:-1]
        for one, two in zip(chain, chain[1:], strict=False):
            self.after[one].append(two)
            self.before[two].append(one)
            self.weight[one, two] = weight

    def ordered(self) -> None:
        """Sweeps to and fro: each vertex to the mean of its neighbours in the column before (or after)."""
        for sweep in range(SWEEPS):
            forwards = sweep % 2 == 1
            columns = self.columns if forwards else self.columns[::-1]
            place = {n: self._share(column, i) for column in self.columns for i, n in enumerate(column)}
            for column in columns:
                table = self.before if forwards else self.after
                means = {n: _mean([place[o] for o in table[n]], place[n]) for n in column}
                column.sort(key=lambda n: (round(means[n], 6), self.preference.get(n, 0.0)))
                place |= {n: self._share(column, i) for i, n in enumerate(column)}

    @staticmethod
    def _share(column: list[str], index: int) -> float:
        return index - (len(column) - 1) / 2

    def heights(self, apart: float) -> dict[str, float]:
        """Heights, downwards: near the neighbours, but `apart` from those above and below."""
        height = {n: self._share(column, i) * apart for column in self.columns for i, n in enumerate(column)}
        for sweep in range(RELAXED):
            for column in self.columns if sweep % 2 else self.columns[::-1]:
                wanted = [self._drawn(n, height) for n in column]
                height |= dict(zip(column, _separated(wanted, apart), strict=True))
        return height

    def _drawn(self, name: str, height: Mapping[str, float]) -> tuple[float, float]:
        """The mean height of the neighbours by the weight of the lines to them, and all that weight."""
        pulls = [(self.weight[o, name], height[o]) for o in self.before[name]]
        pulls += [(self.weight[name, o], height[o]) for o in self.after[name]]
        total = sum(weight for weight, _ in pulls)
        return (sum(weight * there for weight, there in pulls) / total, total) if total else (height[name], 1.0)


def arrange(vertices: Sequence[str], pairs: Mapping[Pair, float], later: Sequence[Pair],
            preference: Mapping[str, float], across: float,
            apart: float) -> tuple[dict[str, Point], dict[Pair, list[Point]]]:
    """(places, bends): `across` from column to column, at least `apart` within one; y points up.

    The weight of a pair says how much it should run straight; `later` pairs are only kept in order of rank.
    """
    layers = Layers(vertices, pairs, later, preference)
    if not later:  # else the columns stay as preferred: what is in a loop keeps its place
        layers.ordered()
    height = layers.heights(apart)
    place = {n: (layers.rank[n] * across, -height[n]) for n in layers.rank}
    return {n: place[n] for n in vertices}, {pair: [place[b] for b in chain] for pair, chain in layers.bends.items()}


def _ranks(vertices: Sequence[str], pairs: Sequence[Pair], later: Sequence[Pair]) -> dict[str, int]:
    reads: dict[str, list[str]] = {name: [] for name in vertices}
    for start, end in (*pairs, *later):
        reads[end].append(start)
    rank: dict[str, int] = {}
    for _ in vertices:  # as many rounds as the longest path could need
        rank_before = dict(rank)
        for name in vertices:
            rank[name] = 1 + max((rank.get(o, 0) for o in reads[name]), default=-1)
        if rank == rank_before:
            break
    for name in vertices:
        readers = [rank[end] for start, end in pairs if start == name]
        if not reads[name] and readers:
            rank[name] = min(readers) - 1
    return rank


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _separated(wanted: Sequence[tuple[float, float]], apart: float) -> list[float]:
    """The nearest heights (in weighted squares) that are in order and far enough apart.

    Those that would touch move as one group, whose place is the weighted mean of what its members want.
    """
    groups: list[tuple[float, float, int]] = []  # (mean of wanted[i] - i*apart, weight, how many)
    for index, (value, weight) in enumerate(wanted):
        mean, count = value - index * apart, 1
        while groups and groups[-1][0] > mean:
            other, heavy, many = groups.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight, count = weight + heavy, count + many
        groups.append((mean, weight, count))
    flat = [mean for mean, _, count in groups for _ in range(count)]
    return [mean + index * apart for index, mean in enumerate(flat)]
