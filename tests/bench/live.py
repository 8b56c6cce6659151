"""From one desk's commit to another desk's screen, while others are on the live line of the same hub.

Both desks are `emergency sync --watch` in processes of their own; the others are simulated, and
each takes in what a hint brings, and asks where it brings nothing, as a station does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from emergency.store.store import Store

from .crowd import Call, Known, Station, enrolled
from .hubprocess import HubProcess
from .measure import EMERGENCY, ENVIRONMENT


class Latency(NamedTuple):
    """Milliseconds from commit to screen; bytes of the hub's memory for each line."""

    lines: int
    median: float
    worst: float
    a_line: float
    hub_cpu: float


def latency(lines: int = 200, commits: int = 50) -> Latency:
    """Measure it with so many on the line, the two desks among them."""
    crowd: list[Station] = []
    with (
        tempfile.TemporaryDirectory() as name,
        HubProcess(Path(name), lambda hub: crowd.extend(enrolled(hub, lines - 2))) as hub,
    ):
        desks = [hub.station(Path(name) / f"{n}.db", n)[0] for n in ("AA", "BB")]
        watches = [_Watch(desk) for desk in desks]
        hub.wait_for_lines(len(desks))
        listening = _Listening(crowd, hub.port)
        before = hub.memory()
        listening.go_on_line()
        a_line = (hub.memory() - before) / max(1, len(crowd))
        try:
            # Once before it counts: the other desk imports what it needs when the first news come.
            _one(desks[0], watches[1], -1)
            cpu = hub.cpu()
            took = [_one(desks[0], watches[1], n) for n in range(commits)]
            cpu = (hub.cpu() - cpu) / commits
        finally:
            listening.end()
            for watch in watches:
                watch.end()
            for desk in desks:
                desk.close()
    quantiles = statistics.quantiles(took, n=100)
    return Latency(lines, statistics.median(took) * 1000, quantiles[98] * 1000, a_line, cpu)


def _one(desk: Store, other: _Watch, n: int) -> float:
    # Commits are as far apart as people's: hints to one station have a quarter of a second between them.
    time.sleep(0.7)
    other.quiet()
    with desk.write("equipment add") as writer:
        writer.new("equipment", {"name": f"泵车{n}"}, f"LIVE-{n}")
    committed = time.monotonic()
    return other.received() - committed


class _Watch:
    """`emergency sync --watch` at one desk."""

    def __init__(self, desk: Store) -> None:
        self._process = subprocess.Popen(
            [*EMERGENCY, "--store", desk.path, "sync", "--watch", "--json"],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._told: queue.Queue[float] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if json.loads(line)["received"]:
                self._told.put(time.monotonic())

    def quiet(self) -> None:
        """Forget what it has said so far."""
        while not self._told.empty():
            self._told.get()

    def received(self) -> float:
        """When it next says that something came."""
        return self._told.get(timeout=30)

    def end(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(20)


class _Listening:
    """The crowd on the live line, in a thread of its own."""

    def __init__(self, crowd: list[Station], port: int) -> None:
        self._crowd, self._port = crowd, port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Semaphore(0)
        self._go = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._wait()

    def go_on_line(self) -> None:
        """All have what there is: let each wait for more on a line of its own."""
        self._loop.call_soon_threadsafe(self._go.set)
        self._wait()

    def _wait(self) -> None:
        for _ in self._crowd:
            assert self._ready.acquire(timeout=300)
        # What the hub has taken for the round just over is given back before its memory is read.
        time.sleep(1)

    def end(self) -> None:
        """Hang up."""
        self._loop.call_soon_threadsafe(self._all.cancel)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._all = self._loop.create_task(self._listen())
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._all)

    async def _listen(self) -> None:
        await asyncio.gather(*(self._station(station) for station in self._crowd))

    async def _station(self, station: Station) -> None:
        line, asking = Call(station, self._port), Call(station, self._port)
        known = Known()
        await asking.open()
        await known.catch_up(asking)
        asking.close()
        self._ready.release()
        await self._go.wait()
        await line.open()
        line.listen()
        self._ready.release()
        while True:
            brought = await line.hint()
            if brought is not None:
                known.keep(brought)
                continue
            await asking.open()
            await known.catch_up(asking)
            asking.close()
