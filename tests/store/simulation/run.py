"""One seed, from the first day to the last audit."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import random
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from typing import NamedTuple
from unittest import mock

from emergency.plugins.hub import giving
from emergency.store import times
from emergency.store.anew import folded_digest

from . import audit, faults, network, peering, sticks, strangers, workload
from .ledger import Broken
from .traps import Machine, fitted
from .world import Station, Stencils, World

#: In memory, where the system has such a place: what is simulated is no disk's speed.
PLACE = "/dev/shm" if os.path.isdir("/dev/shm") else None
#: Rounds in which all must have come everywhere once nothing goes wrong any more.
MOST_ROUNDS = 8


class Report(NamedTuple):
    """What came of a seed."""

    seed: int
    #: What was broken, with its trace; "" where nothing was.
    fault: str
    counts: dict[str, int]
    #: What the tables say at the end, to see that a seed says the same twice.
    digest: str


class Ground:
    """A folder in memory with stencils, for many seeds."""

    def __init__(self) -> None:
        self.root = tempfile.mkdtemp(prefix="emergency-", dir=PLACE)
        # What hubs say of full disks and crashes is expected here.
        self._log = logging.getLogger("emergency.hub")
        self._level = self._log.level
        self._log.setLevel(logging.CRITICAL)
        self.stencils = Stencils(os.path.join(self.root, "stencils"))

    def close(self) -> None:
        """Delete it, and let hubs say again what they have to."""
        self._log.setLevel(self._level)
        shutil.rmtree(self.root, ignore_errors=True)


def run(seed: int, ground: Ground, *, size: str = "") -> Report:
    """Run a seed; whatever is raised is its fault."""
    root = os.path.join(ground.root, f"seed-{seed}")
    world = World(random.Random(seed), root, Machine(), ground.stencils)
    world.seed = seed
    try:
        with fitted(world.machine, random.Random(f"{seed} bytes")), paged(world.apart("pages")):
            live(world, size, by_hand=seed % 7 == 6)
            said = hashlib.sha256(folded_digest(world.stations[0].store.connection).encode()).hexdigest()[:12]
        return Report(seed, "", world.counts, said)
    except Broken as error:
        return Report(seed, f"{error}\n{traceback.format_exc()}", world.counts, "")
    except Exception:  # noqa: BLE001
        return Report(seed, traceback.format_exc(), world.counts, "")
    finally:
        times.pin(None)
        world.close()
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def paged(r: random.Random) -> Iterator[None]:
    """Hubs hand over entries in answers of their size, or of less, so that nearly every pull takes several."""
    with mock.patch.object(giving, "PAGE", min(giving.PAGE, r.choice((giving.PAGE, 300_000, 30_000, 6_000)))):
        yield


def live(world: World, size: str = "", *, by_hand: bool = False) -> None:
    """Days of work and misfortune, then peace, then the audit. Raises Broken.

    `by_hand` there is no line: single feeds go from station to station, without the feeds that they answer.
    """
    r = world.r
    word = world.apart("word of mouth")
    spoken = word.random() < 0.4
    world.settle(
        r.choice((2, 2, 3, 3, 4, 5)), r.choice((1, 1, 1, 2, 2, 3)), team=spoken and word.random() < 0.5
    )
    peering.agree(world)
    if r.random() < 0.15:
        scoped(world)
    for machine in world.machines:
        if r.random() < 0.2:
            machine.off = faults.wrong_by(r)
    workload.begin(world)
    if r.random() < 0.85:
        know_each_other(world)
    changing = world.apart("roles").random() < 0.3
    drawn = [name for name in faults.FAULTS if r.random() < 0.35]
    network_bad, strange = r.random() < 0.6, r.random() < 0.35
    sizes = [size] if size else [drawn_size(r)] if r.random() < 0.12 else []
    # Some days the line is good, on others nearly all goes by hand.
    meeting = r.choice((0.55, 0.66, 0.72))
    turns = r.choice((20, 30, 45, 80))
    for turn in range(turns):
        world.pass_time()
        what, station = r.random(), r.choice(world.stations)
        if spoken and word.random() < 0.3:
            workload.pass_word(world, station)
        peering.turn(world, bad=network_bad)
        if changing and world.apart("roles").random() < 0.06:
            faults.regrant(world)
        if sizes and turn >= turns // 3:
            workload.bulk(world, station, sizes.pop())
        elif by_hand and what < meeting:
            if what < 0.4:
                workload.perform(world, station, "duty report", workload.edit)
            else:
                sticks.pass_own(world, station)
        elif what < 0.52:
            workload.work(world, station)
        elif what < meeting:
            meet(world, station, bad=network_bad and r.random() < 0.6)
        elif what < 0.79:
            sticks.give(world, station)
        elif what < 0.86:
            sticks.take(world, station)
        elif what < 0.89:
            audit.check_station(world, station)
        elif strange and what < 0.92:
            stranger(world, station)
        elif drawn:
            name = r.choices(drawn, [faults.OFTEN.get(name, 1) for name in drawn])[0]
            world.count(f"fault: {name}")
            faults.FAULTS[name](world)
    heal(world)


def drawn_size(r: random.Random) -> str:
    """Which limit an import crosses; the large ones are slow, and so seldom."""
    return r.choices(("facts", "bytes", "block", "push", "page"), (45, 35, 10, 5, 5))[0]


def scoped(world: World) -> None:
    """The last station serves one district, and gets the facts of that alone."""
    station = world.stations[-1]
    if len(world.stations) > 2:
        for name in sorted(station.enrolled):
            world.enrol(station, world.hub_named(name), "110108")


def know_each_other(world: World) -> None:
    """A quiet first day: the registers come to everybody."""
    for station in (*world.stations, *world.stations):
        for name in sorted(station.enrolled):
            network.meet(world, station, world.hub_named(name), bad=False)
            faults.admit(world)
        peering.round_of_all(world)


def stranger(world: World, station: Station) -> None:
    """Something that this program did not write comes along."""
    what = world.r.random()
    if what < 0.6:
        strangers.write(world, station)
    elif what < 0.8 or not station.enrolled:
        strangers.forge(world, station)
    else:
        strangers.push_forged(world, station, world.hub_named(world.r.choice(sorted(station.enrolled))))


def meet(world: World, station: Station, *, bad: bool) -> None:
    """A station meets a hub that it is enrolled at."""
    if station.enrolled:
        network.meet(world, station, world.hub_named(world.r.choice(sorted(station.enrolled))), bad=bad)


# -- peace -----------------------------------------------------------------------------------------


def heal(world: World) -> None:
    """Lines, disks and hubs are well again, and everybody syncs until nobody has anything new. Raises Broken."""
    world.machine.full.clear()
    world.machine.disarm()
    for hub in world.hubs:
        hub.down = False
        hub.late.clear()
    faults.give_up_hubs(world)
    for stick in world.sticks:
        sticks.hand_in(world, world.r.choice(world.stations), stick)
    converge(world)
    # Life goes on with what all have learnt: a station that met its copy writes as another.
    for station in world.stations:
        workload.work(world, station)
    # And a hub whose feed has parted writes on at its end.
    for hub in world.hubs:
        for station in world.stations:
            if hub.name in station.enrolled and station.name not in world.revoked:
                faults.reenrol(world, station, hub)
                break
    stations = converge(world)
    audit.check_handed_on(world, stations)
    audit.check_entitled(world, stations)
    for station in world.stations:
        for other in world.stations:
            sticks.hand_in(world, other, sticks.lacking(station, other))
    audit.check_all(world)


def converge(world: World) -> list[Station]:
    """Rounds until nothing moves; returns the stations that the hubs deal with. Raises Broken."""
    refused: set[str] = set()
    # Somebody brings what one hub has to the others, where they do not exchange it among themselves.
    bridge = next((s for s in world.stations if s.name not in world.revoked), None)
    bridge = None if peering.exchange(world) else bridge
    for n in range(MOST_ROUNDS):
        moved = 0
        for station in world.stations:
            for hub in world.hubs:
                if station is bridge and hub.name not in station.enrolled:
                    faults.reenrol(world, station, hub)
                moved += one_round(world, station, hub.name, refused, n)
        moved += peering.round_of_all(world)
        for hub in world.hubs:
            faults.admit_all(world, hub)
        if not moved and n > 1:
            break
    else:
        raise Broken(f"entries still move after {MOST_ROUNDS} rounds")
    return [s for s in world.stations if s.place not in refused and s.enrolled]


def one_round(world: World, station: Station, name: str, refused: set[str], n: int) -> int:
    """One quiet round; returns how many entries it moved."""
    if name not in station.enrolled:
        return 0
    refusals = world.hub_named(name).refusals()
    met = network.meet(world, station, world.hub_named(name), bad=False)
    if met is None:
        raise Broken("a station stopped in peace")
    outcome, line = met
    if outcome.state == "offline":
        raise Broken(f"{station.place} with {name}: offline, {outcome.why}")
    if outcome.state == "refused":
        refused.add(station.place)
        if station.name in world.revoked:
            return 0
        if n > 3 or "not enrolled" not in outcome.why:
            raise Broken(f"{station.place} with {name}: refused, {outcome.why}")
        if n > 0:
            # What it is told to do: the hub lost it, or it lost its key.
            faults.reenrol(world, station, world.hub_named(name))
        return 1
    refused.discard(station.place)
    moved = outcome.sent + outcome.received
    # What is refused is something to do when it is first brought, and not when it is brought again.
    something = moved or world.hub_named(name).refusals() > refusals
    more = not something and line.calls > 2
    # Once it may ask for one hash over all heads where the hub turns out to keep some of them back.
    if more and n > 2 and (line.calls > 3 or name in station.asked_more):
        raise Broken(f"{station.place} with {name}: {line.calls} requests for nothing")
    (station.asked_more.add if more else station.asked_more.discard)(name)
    return moved
