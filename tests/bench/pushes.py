"""Pushes that cost a hub most: of one entry each, and of entries that others signed; and what one takes on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from emergency.plugins.hub.engine import open_engine
from emergency.store import frames, keys
from emergency.store.entries import Envelope, digest

from .crowd import Call, Station, enrolled, run
from .hubprocess import HubProcess
from .measure import seconds


class Pushes(NamedTuple):
    """How many entries were taken in a second, and how many times as many as by the reference."""

    rate: float
    share: float


def singles(stations: int = 64, each: int = 60, database: str = "", plain: str = "") -> Pushes:
    """One entry a push, each on disk when it is acknowledged; beside rows of as many transactions of their own.

    `plain` is another database of the server on which `database` is.
    """
    crowd: list[Station] = []
    with (
        tempfile.TemporaryDirectory() as name,
        HubProcess(Path(name), lambda hub: crowd.extend(enrolled(hub, stations)), database=database) as hub,
    ):
        took, entries = run(_pushed(crowd, [[[e] for e in s.reports(each)] for s in crowd], hub.port))
        rows = entries[: stations * each // 10]
        alone = _copied(rows, plain) if plain else _inserted(rows, Path(name) / "raw.db")
        rate = len(entries) / took
        return Pushes(rate, rate / (len(rows) / alone))


def relayed(stations: int = 8, each: int = 2_000, together: int = 100) -> Pushes:
    """Entries of others, of which each signature is checked; as a share of what one core checks.

    The hub is held on that core. Both by the processor's time, which others on the machine take little of.
    """
    crowd: list[Station] = []
    with (
        tempfile.TemporaryDirectory() as name,
        HubProcess(Path(name), lambda hub: crowd.extend(enrolled(hub, 2 * stations))) as hub,
    ):
        bodies = []
        for author in crowd[stations:]:
            wrote = author.reports(each)
            bodies.append([wrote[at : at + together] for at in range(0, each, together)])
        free = os.sched_getaffinity(0)
        hub.keep_to(core := max(free))
        used = hub.cpu()
        took, entries = run(_pushed(crowd[:stations], bodies, hub.port))
        used = hub.cpu() - used
        os.sched_setaffinity(0, {core})
        began = time.process_time()
        for author, own in zip(crowd[stations:], bodies, strict=True):
            for entry in (e for some in own for e in some):
                assert keys.verify(author.signer.public, digest(entry.header), entry.signature)
        alone = time.process_time() - began
        os.sched_setaffinity(0, free)
        return Pushes(len(entries) / took, alone / used)


def wire(entries: int = 100) -> float:
    """Bytes an entry that a push of so many takes, its headers included."""
    station = Station(0)
    station.beginning()
    body = b"".join(frames.entry_blocks(station.reports(entries)))
    return len(Call(station, 0).request("POST", "/v1/push", body)) / entries


def start() -> float:
    """Seconds from the start of a hub to its first answer; it has 20,000 entries of 100 stations."""
    with (
        tempfile.TemporaryDirectory() as name,
        HubProcess(Path(name), lambda hub: enrolled(hub, 100, 200)) as hub,
    ):
        return hub.first_answer()


async def _pushed(
    crowd: Sequence[Station], bodies: Sequence[Sequence[Sequence[Envelope]]], port: int
) -> tuple[float, list[Envelope]]:
    """The seconds that it takes to push all of it, each of a crowd one push after the other; and all of it.

    Signed beforehand, since stations are other machines.
    """

    async def ready(station: Station, own: Sequence[Sequence[Envelope]]) -> tuple[Call, list[bytes]]:
        call = Call(station, port)
        await call.open()
        return call, [call.request("POST", "/v1/push", b"".join(frames.entry_blocks(e))) for e in own]

    async def one(call: Call, asked: Sequence[bytes], own: Sequence[Sequence[Envelope]]) -> None:
        for request, some in zip(asked, own, strict=True):
            answer = await call.sent(request)
            assert json.loads(answer.body)["new"] == len(some), answer.body

    calls = await asyncio.gather(*map(ready, crowd, bodies))
    began = time.perf_counter()
    await asyncio.gather(*(one(*call, own) for call, own in zip(calls, bodies, strict=True)))
    took = time.perf_counter() - began
    for call, _asked in calls:
        call.close()
    return took, [entry for own in bodies for some in own for entry in some]


def _inserted(rows: Sequence[Envelope], path: Path) -> float:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=WAL"), raw.execute("PRAGMA synchronous=FULL")
        raw.execute("CREATE TABLE entry(n INTEGER PRIMARY KEY, header, facts, signature)")
        return seconds(
            _each(rows, lambda n, row: raw.execute("INSERT INTO entry VALUES(?,?,?,?)", (n, *row)))
        )


def _copied(rows: Sequence[Envelope], database: str) -> float:
    import psycopg

    open_engine(database).close()
    with psycopg.connect(database, autocommit=True) as connection:
        words = "INSERT INTO entry VALUES(%s, 0, %s, 0, '', %s, %s, %s)"
        return seconds(_each(rows, lambda n, row: connection.execute(words, (n, n, *row))))


def _each(rows: Sequence[Envelope], store: Callable[[int, Envelope], object]) -> Callable[[], None]:
    def stored() -> None:
        for n, row in enumerate(rows):
            store(n, row)

    return stored
