"""Thousands on the live line of one hub, while some of them write: how long news take, whether any are lost, and what a
line takes of the hub's memory.

The lines are simulated. Each takes what a hint brings, in order, and asks the hub where one brings nothing or too much
came in between, as stations do; entries are not folded, since each station has a machine of its own for that.
"""

from __future__ import annotations

import array
import asyncio
import functools
import io
import json
import resource
import ssl
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from emergency.store import frames, pages
from emergency.store.entries import Envelope

from .crowd import Call, Station, enrolled, push, run
from .hubprocess import HubProcess

#: Stations that write, each once a second; and how many go on the line at a time, as after a hub's start.
WRITERS, JOINING = 20, 100
#: Files that this process needs beside the lines.
OWN_FILES = 200


class Many(NamedTuple):
    """Milliseconds from the handing over of an entry until a line has it, over all lines; and what was lost."""

    lines: int
    commits: int
    median: float
    worst: float
    lost: int
    #: How often a line had to ask.
    asked: int
    #: The share of one core, and bytes of its memory for a line.
    hub_share: float
    a_line: float


def most(wanted: int) -> int:
    """So many lines, or as many as this process may open files for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(wanted, hard - OWN_FILES)


def many(lines: int, seconds: int = 10) -> Many:
    """Measure it for so long, with an entry of each of the writers a second."""
    crowd: list[Station] = []
    with (
        tempfile.TemporaryDirectory() as name,
        HubProcess(Path(name), lambda hub: crowd.extend(enrolled(hub, lines + WRITERS))) as hub,
    ):
        return run(_Crowd(crowd, hub).measure(seconds))


def memory(lines: int, *, tls: bool = False) -> float:
    """Bytes of the hub's memory for a line."""
    crowd: list[Station] = []
    with (
        tempfile.TemporaryDirectory() as name,
        HubProcess(
            Path(name), lambda hub: crowd.extend(enrolled(hub, lines + WRITERS)), *(["--tls"] if tls else [])
        ) as hub,
    ):
        context = ssl.create_default_context(cafile=f"{hub.database}.tls/ca.pem") if tls else None
        return run(_Crowd(crowd, hub, context).join())


class _Crowd:
    """Some that write, and others on the line."""

    def __init__(self, crowd: list[Station], hub: HubProcess, tls: ssl.SSLContext | None = None) -> None:
        self._hub, self._tls = hub, tls
        self._writers, self._listeners = crowd[:WRITERS], crowd[WRITERS:]
        #: When each entry of a writer was handed over: the first is behind the one that tells its key.
        self._sent: dict[str, list[float]] = {station.feed: [] for station in self._writers}
        self._lines: list[_Line] = []
        self._took = array.array("f")

    async def join(self) -> float:
        """Let all go on the line; the hub's memory for each of them."""
        at_once = asyncio.Semaphore(JOINING)

        async def one(station: Station) -> None:
            async with at_once:
                call = Call(station, self._hub.port)
                await call.open(self._tls)
                line = _Line(station, call, self._hub.port, self._sent, self._took)
                call.listen(line)
                await line.open.wait()
                self._lines.append(line)

        # What the hub takes once is no line's: threads, connections to its database.
        await asyncio.gather(*map(one, self._listeners[:JOINING]))
        before = self._hub.memory()
        await asyncio.gather(*map(one, self._listeners[JOINING:]))
        return (self._hub.memory() - before) / max(1, len(self._listeners) - JOINING)

    async def measure(self, seconds: int) -> Many:
        """Go on the line, write, and see what came of it."""
        a_line = await self.join()
        used, began = self._hub.cpu(), time.perf_counter()
        await asyncio.gather(*(self._write(n, seconds) for n in range(WRITERS)))
        wrote = sum(map(len, self._sent.values()))
        deadline = time.perf_counter() + 30
        while time.perf_counter() < deadline and any(line.had < wrote for line in self._lines):
            await asyncio.sleep(0.05)
        share = (self._hub.cpu() - used) / (time.perf_counter() - began)
        lost = sum(wrote - line.had for line in self._lines)
        cuts = statistics.quantiles(self._took, n=100)
        asked = sum(line.asked for line in self._lines)
        return Many(len(self._lines), wrote, cuts[49] * 1e3, cuts[98] * 1e3, lost, asked, share, a_line)

    async def _write(self, n: int, count: int) -> None:
        """An entry a second; the writers one after the other."""
        station = self._writers[n]
        call = Call(station, self._hub.port)
        await call.open(self._tls)
        began = time.perf_counter() + n / WRITERS
        for second in range(count):
            await asyncio.sleep(max(0.0, began + second - time.perf_counter()))
            (entry,) = station.reports(1)
            self._sent[station.feed].append(time.perf_counter())
            await push(call, [entry])
        call.close()


class _Line(asyncio.Protocol):
    """One station on the line."""

    def __init__(
        self,
        station: Station,
        call: Call,
        port: int,
        sent: dict[str, list[float]],
        took: array.array[float],
    ) -> None:
        self._station, self._port, self._sent, self._took = station, port, sent, took
        # Streams hang up when nobody holds them any more.
        self._call = call
        self._known = dict.fromkeys(sent, 1)
        self._rest = b""
        self._asking: asyncio.Task[None] | None = None
        self.open = asyncio.Event()
        #: Entries that it has, and how often it had to ask for them.
        self.had = self.asked = 0

    def data_received(self, data: bytes) -> None:
        """More of the line came."""
        *whole, self._rest = (self._rest + data).split(b"\n\n")
        for part in whole:
            _size, mark, told = part.partition(b"data:")
            if mark:
                self._hear(told)
            else:
                self.open.set()

    def _hear(self, told: bytes) -> None:
        brought = _places(told)
        if brought is None or not all(map(self._take, brought)):
            self._ask()

    def _take(self, place: tuple[str, int]) -> bool:
        """Whether an entry is had by now: it may be one too many to go on with."""
        feed, seq = place
        known = self._known.get(feed)
        if known is None or seq <= known:
            return True
        if seq > known + 1:
            return False
        self._known[feed] = seq
        self.had += 1
        self._took.append(time.perf_counter() - self._sent[feed][seq - 2])
        return True

    def _ask(self) -> None:
        self.asked += 1
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self._pull())

    async def _pull(self) -> None:
        call = Call(self._station, self._port)
        await call.open()
        asked = -1
        while asked != self.asked:
            asked = self.asked
            want = [[feed, seq] for feed, seq in self._known.items()]
            page = await call.ask("POST", "/v1/pull", frames.json_block({"want": want}))
            for found in frames.read(io.BytesIO(page.body)):
                if found.kind == b"E":
                    for place in map(_place, frames.entries_of(found)):
                        self._take(place)
        call.close()


@functools.lru_cache(64)
def _places(told: bytes) -> tuple[tuple[str, int], ...] | None:
    """(feed, place) of what a hint brings, which is the same for all: each has a machine of its own to read it."""
    brought = pages.news("data:" + told.decode())
    return None if brought is None else tuple(map(_place, brought))


def _place(envelope: Envelope) -> tuple[str, int]:
    header = json.loads(envelope.header)
    return header["feed"], header["seq"]
