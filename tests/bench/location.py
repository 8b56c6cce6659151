"""The location solvers: how near the best, how long, and beside the solver alone on the same model.

Published instances are read from ../shared/instances where it is there; the others are made here: networks as
those of the OR-Library, planes of areas and sites.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from emergency.plugins.planner import Located, covermodel, highs, maximal_covering, p_median, radius
from emergency.plugins.planner.coverswaps import Sparse
from emergency.plugins.planner.located import Clock

INSTANCES = Path(__file__).parents[3] / "shared" / "instances"
#: Published optima: OR-Library; SJC324 within 800; Swain's 55 nodes within 10.
MEDIANS = {1: 5819, 5: 1355, 10: 1255, 15: 1729, 20: 1789}
SJC = (5461, 8790, 11604, 12106, 12152)
SWAIN = (425, 502, 548, 581, 609)


class Case(NamedTuple):
    """One instance: a median over distances, or a covering with weights."""

    name: str
    table: Any
    weights: Any
    p: int
    best: float | None = None

    @property
    def covering(self) -> bool:
        """Whether it is a covering."""
        return bool(self.table.dtype == bool)


def network(size: int, edges: list[tuple[int, int, float]]) -> Any:
    """Shortest paths over edges; the last of two alike counts."""
    away = np.full((size, size), np.inf)
    np.fill_diagonal(away, 0)
    for a, b, length in edges:
        away[a, b] = away[b, a] = length
    for k in range(size):
        away = np.minimum(away, away[:, k : k + 1] + away[k])
    return away


def made(size: int, p: int) -> Case:
    """A network like those of the OR-Library: a path through all nodes, and size² / 50 edges of 1 to 100."""
    random = np.random.default_rng(size + p)
    order = random.permutation(size)
    edges = [(int(a), int(b), float(random.integers(1, 101))) for a, b in itertools.pairwise(order)]
    pairs = random.integers(0, size, (size * size // 50, 2))
    edges += [(int(a), int(b), float(random.integers(1, 101))) for a, b in pairs if a != b]
    return Case(f"network of {size}, p={p}", network(size, edges), None, p)


def plane(areas: int, sites: int, p: int, reach: float) -> Case:
    """A covering in a square of 100 x 100."""
    random = np.random.default_rng(areas + p)
    a, b = random.random((areas, 2)) * 100, random.random((sites, 2)) * 100
    covers = np.zeros((areas, sites), dtype=bool)
    for row in range(0, areas, 1000):
        part = a[row : row + 1000]
        covers[row : row + 1000] = np.hypot(part[:, None, 0] - b[:, 0], part[:, None, 1] - b[:, 1]) < reach
    return Case(f"{areas} areas x {sites} sites, p={p}", covers, random.integers(1, 100, areas), p)


def published() -> Iterator[Case]:
    """Those of ../shared/instances."""
    if not INSTANCES.exists():
        return
    for number, best in MEDIANS.items():
        words = (INSTANCES / f"pmed{number}.txt").read_text().split()
        size, _edges, p = map(int, words[:3])
        triples = zip(words[3::3], words[4::3], words[5::3], strict=True)
        edges = [(int(a) - 1, int(b) - 1, float(length)) for a, b, length in triples]
        yield Case(f"pmed{number}", network(size, edges), None, p, best)
    for file, columns, reach, optima in (
        ("informs_SJC324.txt", (0, 1, 2), 800, SJC),
        ("swain55/swain.txt", (1, 2, 3), 10, SWAIN),
    ):
        rows = [r.split() for r in (INSTANCES / file).read_text().splitlines()[1:] if r.strip()]
        x, y, weights = (np.array([float(r[c]) for r in rows]) for c in columns)
        covers = np.hypot(x[:, None] - x, y[:, None] - y) <= reach
        for p, best in enumerate(optima, 1):
            yield Case(f"{file.split('/')[0]} within {reach}, p={p}", covers, weights, p, best)


def cases(full: bool) -> Iterator[Case]:
    """All that are measured."""
    yield from published()
    for size, p in ((100, 10), (300, 10), (400, 80), *(((600, 10), (900, 90)) if full else ())):
        yield made(size, p)
    yield plane(1000, 200, 15, 8.0)
    if full:
        yield plane(20_000, 2_000, 20, 5.0)
        yield plane(20_000, 2_000, 100, 5.0)


def alone(case: Case, seconds: float) -> tuple[float, float]:
    """(seconds, gap) of HiGHS by itself on the whole model, no longer than `seconds`."""
    start, clock = time.perf_counter(), Clock(seconds)
    if case.covering:
        some = case.table.any(axis=1)
        sparse = Sparse(case.table[some])
        lp = covermodel.model(sparse, np.asarray(case.weights, dtype=float)[some], case.p)
    else:
        lp = radius.model(case.table, case.p, np.full(len(case.table), np.inf))
    solved = highs.solve(lp, clock, slack=0.999)
    took = time.perf_counter() - start
    if solved is None or solved.values is None:
        return took, float("inf")
    chosen = np.argsort(-np.array(solved.values[: case.table.shape[1]]), kind="stable")[: case.p]
    if case.covering:
        value = float(np.asarray(case.weights)[case.table[:, chosen].any(axis=1)].sum())
    else:
        value = float(case.table[:, chosen].min(axis=1).sum())
    return took, abs(value - solved.bound) / max(value, solved.bound, 1e-9)


def show(*, full: bool, seconds: float) -> None:
    """One line for each instance; the solver alone is given as long."""
    print(f"{'instance':34} {'value':>10} {'published':>10} {'gap':>8} {'seconds':>8} {'HiGHS alone':>16}")
    gaps: dict[bool, list[float]] = {True: [], False: []}
    for case in cases(full):
        start = time.perf_counter()
        found = _solve(case, seconds)
        took = time.perf_counter() - start
        gaps[case.covering].append(found.gap)
        by_itself = ""
        if case.table.size <= 400_000:
            reference, gap = alone(case, seconds)
            by_itself = f"{reference:7.2f} {gap:8.3%}"
        missed = "" if case.best is None or case.best == found.value else "  missed"
        print(
            f"{case.name:34} {found.value:10.0f} {case.best or '-':>10} {found.gap:8.3%} {took:8.2f} {by_itself:>16}{missed}",
            flush=True,
        )
    print(f"mean gap: medians {np.mean(gaps[False]):.3%}, coverings {np.mean(gaps[True]):.3%}")


def _solve(case: Case, seconds: float) -> Located:
    if case.covering:
        return maximal_covering(case.table, case.weights, case.p, seconds)
    return p_median(case.table, case.p, seconds)
