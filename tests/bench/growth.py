"""How the cost of syncing grows: with what the hub holds, and with how many stations call it.

python -m tests.bench growth                     up to 100,000, in a few minutes
python -m tests.bench growth --most 1000000      with a million, which takes most of an hour
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from emergency.store import frames
from emergency.store.link import HttpLink
from emergency.store.syncing import sync

from . import live
from . import sync as work
from .crowd import Call, Known, Station, enrolled, hand_over, run
from .hubprocess import HubProcess
from .measure import EMERGENCY, ENVIRONMENT
from .wire import CountingProxy
from .workload import workload

#: Entries that each station hands over after it was cut off.
BACKLOG = 20


class Fresh(NamedTuple):
    """A new station that takes in all that a hub holds, by `emergency sync` from its start to its exit."""

    wall: float
    cpu: float
    hub_cpu: float
    bytes: int
    peak: int
    hub_peak: int


def fresh(hub: HubProcess, folder: Path, name: str) -> Fresh:
    """Let one sync, once."""
    proxy = CountingProxy(hub.port)
    store, _hub = hub.station(folder / f"{name}.db", name, f"http://127.0.0.1:{proxy.port}")
    store.close()
    proxy.taken()
    began, used = time.perf_counter(), hub.cpu()
    words = [*EMERGENCY, "--store", store.path, "sync", "--json"]
    child = subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    peak = ended = 0
    while not ended:
        # The kernel's own figure at the end would count what this process held when it split off the child.
        peak = max(peak, _peak(child.pid))
        ended, _status, usage = os.wait4(child.pid, os.WNOHANG)
        time.sleep(0.02)
    child.returncode = 0
    told = json.loads(child.stdout.read())
    child.stdout.close()
    took = time.perf_counter() - began
    assert told["hubs"][0]["state"] == "synced", told
    cpu = usage.ru_utime + usage.ru_stime
    return Fresh(took, cpu, hub.cpu() - used, proxy.taken(), peak, hub.memory())


def _peak(pid: int) -> int:
    """The most bytes of a process that have been in memory at once."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        found = [line.split()[1] for line in file if line.startswith("VmHWM")]
    return int(found[0]) * 1024 if found else 0


def facts(count: int) -> Fresh:
    """From so many facts in entries of 500, as an import writes them."""
    with tempfile.TemporaryDirectory() as name, HubProcess(Path(name)) as hub:
        folder = Path(name)
        store, at = hub.station(folder / "a.db", "AA")
        work.create(store, workload(count, 0))
        link = HttpLink(hub.url)
        sync(store, at, link)
        link.close()
        store.close()
        return fresh(hub, folder, "BB")


def entries(count: int, stations: int = 100) -> Fresh:
    """From so many entries of one fact each, of many stations."""
    with (
        tempfile.TemporaryDirectory() as name,
        HubProcess(Path(name), lambda hub: enrolled(hub, stations, count // stations)) as hub,
    ):
        return fresh(hub, Path(name), "BB")


class Rush(NamedTuple):
    """All stations at once, each with entries to hand over, and then with nothing to do."""

    stations: int
    acked: float
    median: float
    worst: float
    hub_cpu: float
    idle_cpu: float
    memory: int


def rush(stations: int, held: int = 0, database: str = "") -> Rush:
    """All of them after an outage, with what they wrote meanwhile; the hub holds so many entries already."""
    crowd: list[Station] = []
    with (
        tempfile.TemporaryDirectory() as name,
        HubProcess(
            Path(name), lambda hub: crowd.extend(enrolled(hub, stations, held // stations)), database=database
        ) as hub,
    ):
        written = [b"".join(frames.entry_blocks(station.reports(BACKLOG))) for station in crowd]
        used, began = hub.cpu(), time.perf_counter()
        took = run(_all(crowd, written, hub.port))
        acked, cpu = time.perf_counter() - began, hub.cpu() - used
        idle = run(_idle(crowd[:50], hub))
        cuts = statistics.quantiles(took, n=100)
        return Rush(stations, acked, cuts[49], cuts[98], cpu, idle, hub.memory())


async def _all(crowd: list[Station], written: list[bytes], port: int) -> list[float]:
    async def one(station: Station, body: bytes) -> float:
        call = Call(station, port)
        began = time.perf_counter()
        await call.open()
        await hand_over(call, body, BACKLOG)
        call.close()
        return time.perf_counter() - began

    return await asyncio.gather(*map(one, crowd, written))


async def _idle(crowd: list[Station], hub: HubProcess) -> float:
    """Processor seconds of the hub for a round with nothing to do: the station has all, and asks."""
    known = Known()
    first = Call(crowd[0], hub.port)
    await first.open()
    await known.catch_up(first)
    first.close()
    used = hub.cpu()
    for station in crowd:
        call = Call(station, hub.port)
        await call.open()
        assert len(await known.catch_up(call)) == 1
        call.close()
    return (hub.cpu() - used) / len(crowd)


def show(most: int) -> None:
    """Print the tables."""
    print("a new station, emergency sync from start to exit:")
    print(
        f"{'hub holds':>34} {'wall s':>8} {'CPU s':>8} {'hub CPU':>8} {'MB sent':>8} {'peak MB':>8} {'hub MB':>7}"
    )
    sizes = [n for n in (10_000, 100_000, 1_000_000) if n <= most]
    for n in sizes:
        _show(f"{n:,} facts in entries of 500", facts(n))
    for n in sizes:
        _show(f"{n:,} entries of one fact", entries(n))
    print(f"\nall stations at once, {BACKLOG} entries each:")
    print(
        f"{'stations':>10} {'all acked s':>12} {'p50 ms':>8} {'p99 ms':>8} {'hub CPU s':>10} {'idle ms':>8} {'hub MB':>7}"
    )
    for n in (10, 100, 1000):
        r = rush(n)
        print(
            f"{n:10} {r.acked:12.2f} {r.median * 1000:8.0f} {r.worst * 1000:8.0f} {r.hub_cpu:10.2f}"
            f" {r.idle_cpu * 1000:8.1f} {r.memory / 1e6:7.0f}",
            flush=True,
        )
    for n in (10, 200):
        at = live.latency(n)
        print(
            f"{n} on the live line: commit to screen p50 {at.median:.0f} ms, p99 {at.worst:.0f} ms;"
            f" {at.a_line / 1000:.0f} kB a line at the hub; {at.hub_cpu * 1000:.0f} ms of its processor a commit",
            flush=True,
        )


def _show(what: str, at: Fresh) -> None:
    print(
        f"{what:>34} {at.wall:8.1f} {at.cpu:8.1f} {at.hub_cpu:8.2f} {at.bytes / 1e6:8.2f}"
        f" {at.peak / 1e6:8.0f} {at.hub_peak / 1e6:7.0f}",
        flush=True,
    )
