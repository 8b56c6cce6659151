"""The work of peers/sync done by stations and a real hub, beside plain SQLite and the peers.

python -m tests.bench sync                                   ours and plain SQLite
python -m tests.bench sync --peers ../shared/peers/sync      and every peer that is found there
"""

from __future__ import annotations

import gc
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from emergency.store.anew import folded_digest
from emergency.store.hubs import Hub
from emergency.store.link import HttpLink
from emergency.store.rounds import Outcome
from emergency.store.store import Store
from emergency.store.syncing import sync

from . import peers
from .hubprocess import HubProcess, processor
from .measure import EMERGENCY, run
from .peers import PEERS, Peer, Tools
from .wire import CountingProxy
from .workload import EDITED, Workload, equipment, lay_out, workload

OURS, PLAIN = "emergency", "plain SQLite, no protocol"
#: Processor seconds of client and server together, as the issue asks.
GOALS = {"create": 1.0, "push": 0.3, "pull": 1.5, "edit+converge": 0.3}
Run = dict[str, float]


class Phases:
    """What each phase of one run took, by wall clock and by processor."""

    def __init__(self, cpu: Callable[[], float]) -> None:
        self._cpu = cpu
        self.found: Run = {}

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        gc.collect()
        cpu, wall = self._cpu(), time.perf_counter()
        result = work()
        self.found[name] = time.perf_counter() - wall
        self.found[f"{name}_cpu"] = self._cpu() - cpu
        return result


def meet(store: Store, hub: Hub, url: str = "") -> tuple[Outcome, int]:
    """One round, as `emergency sync` makes it; with the number of its requests."""
    link = HttpLink(url or hub.url)
    try:
        outcome = sync(store, hub, link)
    finally:
        link.close()
    assert outcome.state == "synced" and not outcome.aside and not outcome.refused, outcome
    return outcome, link.calls


def create(store: Store, work: Workload) -> None:
    """All records by one command, as an import writes them."""
    with store.write("equipment import") as writer:
        writer.keep_written = False
        for record in work.records:
            writer.new("equipment", equipment(record), record["id"])


def edit(store: Store, edits: list[dict[str, str]]) -> int:
    """One field of many records by one command; returns how many."""
    with store.write("equipment import") as writer:
        writer.keep_written = False
        for e in edits:
            writer.set("equipment", e["id"], {EDITED: e["status"]})
    return len(edits)


def ours(folder: Path, work: Workload, *, count_bytes: bool = False) -> Run:
    """One run from an empty hub to two stations that agree; with `count_bytes` the bytes of each phase instead."""
    with HubProcess(folder) as hub:
        a, at_a = hub.station(folder / "a.db", "AA")
        b, at_b = hub.station(folder / "b.db", "BB")
        proxy = CountingProxy(hub.port) if count_bytes else None
        url = f"http://127.0.0.1:{proxy.port}" if proxy else ""
        phase = Phases(lambda: processor(hub))
        sizes: Run = {}

        def count(name: str) -> None:
            if proxy:
                sizes[f"{name}_bytes"] = proxy.taken()

        phase("create", lambda: create(a, work))
        phase("push", lambda: meet(a, at_a, url))
        count("push")
        phase("pull", lambda: meet(b, at_b, url))
        count("pull")
        phase("edit", lambda: [edit(store, edits) for store, edits in ((a, work.edits_a), (b, work.edits_b))])
        phase("converge", lambda: [meet(*x, url) for x in ((a, at_a), (b, at_b), (a, at_a))])
        count("converge")
        _outcome, requests = phase("noop", lambda: meet(a, at_a, url))
        count("noop")
        assert folded_digest(a.connection) == folded_digest(b.connection)
        found = phase.found | {"noop_requests": float(requests), "edits": 2.0 * len(work.edits_a)}
        found |= _conflicts(a, work) if not count_bytes else sizes
        a.close()
        b.close()
        return sizes if count_bytes else found


def _conflicts(store: Store, work: Workload) -> Run:
    """How many conflicts the command shows, and what that takes from its start to its exit."""
    began = time.perf_counter()
    told = json.loads(run([*EMERGENCY, "--store", store.path, "conflict", "list", "--json"]).stdout)
    took = time.perf_counter() - began
    both = {(a["status"], b["status"]) for a, b in zip(work.edits_a, work.edits_b, strict=True)}
    shown = [tuple(sorted(c["sides"])) for c in told]
    assert set(shown) == both, "each conflict shows both sides"
    return {"conflicts": float(len(shown)), "conflict_list": took}


def plain(folder: Path, work: Workload) -> Run:
    """The same with bare tables: no protocol, no signature, nobody told of a conflict. What is possible at best."""
    columns = list(work.records[0])
    marks = ",".join("?" * len(columns))

    def opened(name: str) -> sqlite3.Connection:
        connection = sqlite3.connect(folder / name, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"CREATE TABLE equipment({','.join(columns)}, PRIMARY KEY(id))")
        return connection

    def write(connection: sqlite3.Connection, sql: str, rows: Any) -> None:
        connection.execute("BEGIN")
        connection.executemany(sql, rows)
        connection.execute("COMMIT")

    def insert(connection: sqlite3.Connection, records: list[dict[str, Any]]) -> None:
        write(connection, f"INSERT INTO equipment VALUES({marks})", [tuple(r.values()) for r in records])

    def hand_over(one: sqlite3.Connection, other: sqlite3.Connection) -> None:
        rows = one.execute("SELECT * FROM equipment")
        text = "\n".join(json.dumps(dict(zip(columns, row, strict=True))) for row in rows)
        insert(other, [json.loads(line) for line in text.splitlines()])

    def update(*both: tuple[sqlite3.Connection, list[dict[str, str]]]) -> None:
        for connection, edits in both:
            write(connection, "UPDATE equipment SET status=:status WHERE id=:id", edits)

    a, b, hub = opened("plain-a.db"), opened("plain-b.db"), opened("plain-hub.db")
    phase = Phases(time.process_time)
    phase("create", lambda: insert(a, work.records))
    phase("push", lambda: hand_over(a, hub))
    phase("pull", lambda: hand_over(hub, b))
    phase("edit", lambda: update((a, work.edits_a), (b, work.edits_b)))
    phase("converge", lambda: update((hub, work.edits_a), (hub, work.edits_b), (a, work.edits_b)))
    for connection in (a, b, hub):
        connection.close()
    return phase.found


def medians(runs: list[Run]) -> Run:
    """The median of each figure."""
    return {name: statistics.median(r[name] for r in runs) for name in runs[0]}


class Measured(NamedTuple):
    """The medians of each program, by its name, and why any was left out."""

    found: dict[str, Run]
    skipped: dict[str, str]


def measure(runs: int, drivers: Path | None, tools: Path | None) -> Measured:
    """Every program in turn, so often, so that a noisy machine is noisy to all alike."""
    work = workload()
    with tempfile.TemporaryDirectory() as name, peers.accounted():
        folder = Path(name)
        workload_files = folder / "data"
        workload_files.mkdir()
        lay_out(work, workload_files)
        # Modules are loaded once, by a run too small to count; each hub is a new process and loads its own.
        ours(folder / "warm", workload(20, 5))
        asked, skipped = _asked(drivers, tools, workload_files)
        taken: dict[str, list[Run]] = {OURS: [], PLAIN: []}
        for n in range(runs):
            here = folder / str(n)
            taken[OURS].append(ours(here, work))
            taken[PLAIN].append(plain(here, work))
            for peer, at in asked:
                taken.setdefault(peer.name, []).append(peers.measured(peer, at))
        found = {name: medians(rows) for name, rows in taken.items()}
        found[OURS] |= ours(folder / "bytes", work, count_bytes=True)
    return Measured(found, skipped)


def _asked(
    drivers: Path | None, tools: Path | None, data: Path
) -> tuple[list[tuple[Peer, Tools]], dict[str, str]]:
    """The peers that can be run, and why the others cannot."""
    if drivers is None:
        return [], {}
    if not (drivers / "common.py").exists():
        return [], {"the peers": f"no drivers at {drivers}"}
    at = Tools(drivers.resolve(), (tools or drivers.parent).resolve(), data)
    missing = {peer.name: peer.missing(at) for peer in PEERS}
    return [(p, at) for p in PEERS if not missing[p.name]], {n: f"needs {m}" for n, m in missing.items() if m}


def table(measured: Measured) -> None:
    """Print what was found: processor seconds, then wall seconds, bytes and conflicts."""
    columns = ("create", "push", "pull", "edit", "converge", "edit+converge", "noop")
    print(f"{'CPU s, client and server':46}" + "".join(f"{c:>14}" for c in columns))
    for name, run_ in measured.found.items():
        print(f"{name:46}" + "".join(f"{_cell(run_, c, '_cpu')}" for c in columns))
    print(f"{'goal':46}" + "".join(f"{GOALS.get(c, ''):>14}" for c in columns))
    print(f"\n{'wall s':46}" + "".join(f"{c:>14}" for c in columns))
    for name, run_ in measured.found.items():
        print(f"{name:46}" + "".join(f"{_cell(run_, c, '')}" for c in columns))
    print(f"\n{'bytes on the wire':46}" + "".join(f"{c:>14}" for c in columns) + f"{'conflicts':>14}")
    for name, run_ in measured.found.items():
        sizes = "".join(
            f"{run_[f'{c}_bytes']:14,.0f}" if f"{c}_bytes" in run_ else f"{'-':>14}" for c in columns
        )
        print(f"{name:46}{sizes}{run_.get('conflicts', 0):14.0f}")
    mine = measured.found[OURS]
    print(
        f"\nnothing to do: {mine['noop_requests']:.0f} requests; an edit:"
        f" {mine['converge_bytes'] / mine['edits']:.0f} bytes; conflict list --json:"
        f" {mine['conflict_list'] * 1000:.0f} ms from start to exit"
    )
    for name, why in measured.skipped.items():
        print(f"skipped: {name}: {why}")


def _cell(run_: Run, phase: str, suffix: str) -> str:
    parts = [run_.get(f"{p}{suffix}") for p in phase.split("+")]
    return f"{'-':>14}" if None in parts else f"{sum(p for p in parts if p is not None):14.3f}"
