"""Power cuts of a station and of a hub: what was acknowledged is there afterwards, and nothing but what was written.

python -m tests.store.simulation.powercuts --cuts 3000
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from emergency.store import journal, times
from emergency.store.anew import folded_digest, refolded_digest

from . import audit, network, sticks, workload
from .disk import Disk, Platter, under
from .ledger import Broken, held
from .run import Ground
from .traps import ENDINGS, Machine
from .world import HubHost, Station, World


class Cuts(NamedTuple):
    """What came of so many power cuts."""

    cuts: int
    #: Cuts after which something acknowledged was missing, or anything else was wrong.
    lost: int
    #: The first that was wrong.
    why: str
    operations: int
    #: Cuts that left a command in flight wholly there; else it was wholly absent.
    in_flight: int


class _History(NamedTuple):
    """A machine's life: what was on its disk first, the log since, and what was promised when."""

    files: dict[str, bytes]
    disk: Disk
    #: (length of the log, all that had been promised by then).
    promised: list[tuple[int, frozenset[bytes]]]


def _files(path: str) -> dict[str, bytes]:
    out = {}
    for end in ENDINGS[:2]:
        if os.path.exists(path + end):
            with open(path + end, "rb") as file:
                out[path + end] = file.read()
    return out


def _live(world: World, path: str, synchronous: str, commands: int, step: Callable[[int], None]) -> _History:
    """Let a machine work under the log; `held` of the machine after each command is what was promised."""
    history = _History(_files(path), Disk(f"disk {world.r.random()}", path), [])
    machine = next(m for m in world.machines if m.path == path)
    with under(history.disk, synchronous):
        history.promised.append((0, frozenset(machine.hashes())))
        for n in range(commands):
            world.pass_time()
            step(n)
            history.promised.append((len(history.disk.log), frozenset(machine.hashes())))
        end = len(history.disk.log)
        machine.close()
    del history.disk.log[end:]
    return history


def station(world: World, synchronous: str, commands: int) -> _History:
    """A station's duty officer works, and entries of another come by stick."""
    here, other = world.stations[:2]
    workload.begin(world)
    sticks.hand_in(world, other, sticks.whole(here))
    for _ in range(commands // 3):
        workload.work(world, other)
    coming = sticks.whole(other)
    world.close()

    def step(n: int) -> None:
        if n % 3 == 2:
            at = n // 3 * 2
            sticks.hand_in(world, here, coming[at : at + 2])
        else:
            workload.work(world, here)
        if n % 7 == 6:
            # The last to close a database folds its WAL into it and deletes it.
            here.close()

    return _live(world, here.path, synchronous, commands, step)


def hub(world: World, synchronous: str, commands: int) -> _History:
    """Two stations push what they write."""
    there = world.hubs[0]
    workload.begin(world)
    # Two libraries of SQLite in one process must not have the same file open.
    world.close()

    def step(n: int) -> None:
        here = world.stations[n % 2]
        workload.work(world, here)
        network.meet(world, here, there, bad=False)
        if n % 9 == 8:
            there.close()

    return _live(world, there.path, synchronous, commands, step)


def _check_station(world: World, place: str, n: int) -> set[bytes]:
    here = Station(world, "FT", place, 0)
    try:
        connection = here.store.connection
        problems = journal.verify(connection)
        if problems:
            raise Broken(str(problems[:2]))
        if n % 10 == 0 and folded_digest(connection) != refolded_digest(connection):
            raise Broken("the tables are not what the journal says")
        return held(connection)
    finally:
        here.close()


def _check_hub(world: World, place: str, n: int) -> set[bytes]:
    there = HubHost(world, "BJ", 0)
    there.folder, there.path = place, os.path.join(place, "hub.db")
    try:
        audit.check_hub(there, world)
        return there.hashes()
    finally:
        there.close()


def cut(what: str, cuts: int, ground: Ground, *, seed: int = 1, synchronous: str = "FULL") -> Cuts:
    """Let a `station` or a `hub` live, and cut its power so often, at any operation of its disk."""
    r = random.Random(seed)
    world = World(r, os.path.join(ground.root, f"cuts-{what}-{synchronous}"), Machine(), ground.stencils)
    live, check = (station, _check_station) if what == "station" else (hub, _check_hub)
    times.pin(world.now)
    world.settle(2, 1)
    history = live(world, synchronous, 90)
    log = history.disk.log
    path = next(iter(history.files))
    platter, done, turn = Platter(history.files), 0, 0
    lost, in_flight, why = 0, 0, ""
    for n, at in enumerate(sorted(r.choices(range(len(log) + 1), k=cuts))):
        while done < at:
            platter.turn(log[done])
            done += 1
        while turn + 1 < len(history.promised) and history.promised[turn + 1][0] <= at:
            turn += 1
        promised = history.promised[turn][1]
        possible = history.promised[min(turn + 1, len(history.promised) - 1)][1]
        try:
            there = _after(world, path, platter.cut(r), n, check)
            if not promised <= there or not there <= possible:
                raise Broken(f"{len(promised - there)} promised are lost, {len(there - possible)} unheard of")
            in_flight += there != promised
        except Exception as error:  # noqa: BLE001
            lost += 1
            why = why or f"cut {n} at operation {at}: {type(error).__name__}: {error}"
    world.close()
    times.pin(None)
    shutil.rmtree(world.root)
    return Cuts(cuts, lost, why, len(log), in_flight)


def _after(
    world: World, path: str, files: dict[str, bytes], n: int, check: Callable[[World, str, int], set[bytes]]
) -> set[bytes]:
    """Open what a cut left, and return what is there. Raises Broken."""
    place = os.path.join(world.root, "after")
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    shutil.copy2(path + ".key", place)
    for name, data in files.items():
        target = os.path.join(place, os.path.basename(name))
        with open(target, "wb") as file:
            file.write(data)
        os.chmod(target, 0o600)
    return check(world, place, n)


def main() -> None:
    """Print what came of so many cuts of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cuts", type=int, default=3000)
    options = parser.parse_args()
    ground = Ground()
    failed = 0
    try:
        for what in ("station", "hub"):
            begun = time.perf_counter()
            found = cut(what, options.cuts, ground)
            failed += found.lost
            print(
                f"{what}: {found.cuts} power cuts among {found.operations} disk operations, {found.lost} wrong,"
                f" {found.in_flight} with the command in flight there, {time.perf_counter() - begun:.0f} s {found.why}",
                flush=True,
            )
    finally:
        ground.close()
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
