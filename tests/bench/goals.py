"""The goals of a hub, each with what this machine comes to: a target, and the floor below which it is a failure.

python -m tests.bench goals     some three minutes; best with nothing else on the machine

What has no figure is held by tests, and told in docs/performance.md: that nothing acknowledged is
lost, and that no cursor skips a row.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.plugins.postgres import Cluster

from . import growth, hub, lines, live, pushes

#: Entries a second that are the floor of a pull.
PULLED = 100_000
#: Lines that are measured at most, and with which a line's memory is: fewer with TLS, where to join costs most.
LINES, PLAIN, TLS = 5_000, 2_000, 600
STARTS = 7


class Row(NamedTuple):
    """One goal: what is better, and more words about what was measured."""

    goal: str
    measured: float
    target: float
    floor: float
    unit: str = ""
    more: str = ""
    upward: bool = True

    @property
    def met(self) -> str:
        """How it stands."""
        sign = 1 if self.upward else -1
        if self.measured * sign >= self.target * sign:
            return "target"
        return "floor" if self.measured * sign >= self.floor * sign else "missed"


def show() -> None:
    """Print the table."""
    print(f"{'goal':58} {'target':>9} {'floor':>9} {'here':>9}")
    for row in rows():
        numbers = " ".join(_written(n).rjust(9) for n in (row.target, row.floor, row.measured))
        print(f"{row.goal:58} {numbers} {row.unit:12} {row.met:7} {row.more}".rstrip(), flush=True)


def _written(number: float) -> str:
    return f"{number:,.2f}" if number < 10 else f"{number:,.0f}"


def rows() -> Iterator[Row]:
    """Every goal, as it is measured."""
    with hub.server() as pg:
        yield from _shares(pg)
        yield from _singles(pg)
        at = pushes.relayed()
        yield Row(
            "entries verified one by one / one core's rate", at.share, 0.9, 0.8, "", f"{at.rate:,.0f}/s"
        )
        yield Row("bytes an entry, a push of 100", pushes.wire(), 45, 60, "B", upward=False)
        yield from _live()
        yield from _memory()
        yield from _rushes(pg)
    took = statistics.median(pushes.start() for _n in range(STARTS))
    yield Row("hub start to its first answer", took, 1.0, 2.0, "s", upward=False)


def _shares(pg: Cluster | None) -> Iterator[Row]:
    """Of what the database does alone; goals are of figures that are told the other way round."""
    goals = {"SQLite: ingest": (0.35, 0.22), "PostgreSQL: ingest": (0.6, 0.35)}
    count = hub.STATIONS * hub.EACH
    with tempfile.TemporaryDirectory() as name:
        for figure in hub.rates(Path(name) / "hub", pg):
            what = figure.what.partition(" of ")[0]
            share, rate = figure.reference / figure.ours, f"{count / figure.ours:,.0f}/s"
            if "pull" in what:
                floor = PULLED / (count / figure.reference)
                yield Row(f"{what} / reading the rows", share, 0.5, floor, "", rate)
            elif what in goals:
                yield Row(f"{what} / the rows alone", share, *goals[what], "", rate)


def _singles(pg: Cluster | None) -> Iterator[Row]:
    at = pushes.singles()
    more = "{:.1f} times as many as transactions of a row each"
    yield Row("SQLite: pushes of one entry", at.rate, 4_000, 1_500, "/s", more.format(at.share))
    if pg is not None:
        with pg.fresh() as name, pg.fresh() as plain:
            at = pushes.singles(database=pg.address(name), plain=pg.address(plain))
        yield Row("PostgreSQL: pushes of one entry", at.rate, 4_000, 1_500, "/s", more.format(at.share))


def _live() -> Iterator[Row]:
    few = live.latency(200)
    yield Row("live, 200 stations, commit to screen: p50", few.median, 50, 250, "ms", upward=False)
    yield Row("the same: p99", few.worst, 150, 1_000, "ms", upward=False)
    at = lines.many(lines.most(LINES))
    what = f"live, {at.lines:,} stations, 20 commits a second: p99"
    more = (
        f"p50 {at.median:.0f} ms, {at.hub_share:.2f} of a core, {at.lost} of {at.commits * at.lines:,} lost"
    )
    yield Row(what, at.worst, 1_000, 2_000, "ms", more, upward=False)


def _memory() -> Iterator[Row]:
    plain, tls = lines.memory(lines.most(PLAIN)), lines.memory(lines.most(TLS), tls=True)
    yield Row("memory of a live station", plain / 1024, 16, 32, "KiB", upward=False)
    yield Row("the same over TLS", tls / 1024, 50, 64, "KiB", upward=False)


def _rushes(pg: Cluster | None) -> Iterator[Row]:
    stations = lines.most(LINES)
    with contextlib.ExitStack() as stack:
        databases = {"SQLite": ""}
        if pg is not None:
            databases["PostgreSQL"] = pg.address(stack.enter_context(pg.fresh()))
        for what, database in databases.items():
            at = growth.rush(stations, database=database)
            more = f"{at.hub_cpu / stations * 1e3:.2f} ms of the hub's processor each"
            goal = f"{what}: {stations:,} stations x {growth.BACKLOG} entries acknowledged"
            yield Row(goal, at.acked, 3.0, 10.0, "s", more, upward=False)
