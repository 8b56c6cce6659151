"""Stations, hubs, sticks and a clock in one process: the real stores, the real hub, and nothing between but us."""

from __future__ import annotations

import abc
import contextlib
import os
import random
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from emergency.plugins.hub import opened
from emergency.plugins.hub.enrolling import new_code
from emergency.plugins.hub.service import Answer, Service
from emergency.plugins.hub.writing import Writing
from emergency.store import database, hubs, times
from emergency.store.creating import create
from emergency.store.entries import Envelope, digest
from emergency.store.store import Store

from .ledger import Broken, Ledger, held
from .traps import Crash, Machine, copied

START = 1_785_456_000_000
NAMES = ("FT", "HD", "CY", "DX", "TZ")
HUBS = ("BJ", "TJ", "HB")
REGIONS = {"FT": "110106", "HD": "110108", "CY": "110105", "DX": "110115", "TZ": "110112"}


class Machinery(abc.ABC):
    """A machine with a database, and a clock that may be off."""

    def __init__(self, world: World, name: str, place: str, path: str, off: int) -> None:
        self.world, self.name, self.place, self.off = world, name, place, off
        self.folder = os.path.join(world.root, place)
        self.path = os.path.join(self.folder, path)

    def now(self) -> int:
        """The time as its clock has it."""
        return self.world.now + self.off

    @abc.abstractmethod
    def reading(self) -> contextlib.AbstractContextManager[Any]:
        """Its database, to look at."""

    def hashes(self) -> set[bytes]:
        """The hash of every entry it holds."""
        with self.reading() as sql:
            return held(sql)

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of the database."""


class Station(Machinery):
    """One store, on a machine of its own."""

    def __init__(self, world: World, name: str, place: str, off: int) -> None:
        super().__init__(world, name, place, "station.db", off)
        self._store: Store | None = None
        #: Hubs that gave it a code.
        self.enrolled: set[str] = set()
        #: Hubs with which its last round took more than two requests for nothing.
        self.asked_more: set[str] = set()
        #: Those of them that had no room to take it in again when it had lost its key.
        self.without_code: set[str] = set()
        #: Has taken in facts only of its own region.
        self.scoped = False
        #: What hubs let it be.
        self.role = "duty"
        #: How often a backup took its place: of keys that never wrote, only one can vouch for the next.
        self.restored = 0

    @property
    def store(self) -> Store:
        """Its store, opened."""
        if self._store is None:
            self._store = Store(self.path)
        return self._store

    def close(self) -> None:
        """See Machinery."""
        if self._store is not None:
            self._store.close()
            self._store = None

    @contextlib.contextmanager
    def acting(self) -> Iterator[Store]:
        """Something is done there, by the clock of that machine."""
        times.pin(self.now())
        try:
            yield self.store
        finally:
            times.pin(None)

    def reading(self) -> contextlib.AbstractContextManager[Any]:
        """See Machinery."""
        return contextlib.nullcontext(self.store.connection)


class HubHost(Machinery):
    """One hub, on a machine of its own."""

    def __init__(self, world: World, name: str, off: int) -> None:
        super().__init__(world, name, f"hub-{name}", "hub.db", off)
        #: What it said that it has.
        self.promised: set[bytes] = set()
        #: Requests that the network still holds.
        self.late: list[tuple[str, str, dict[str, str], bytes]] = []
        self.down = False
        #: Feeds it no longer takes entries of, beyond a place.
        self.revoked: dict[str, int] = {}
        #: How often an old copy, or nothing, took the place of its database.
        self.rebuilt = 0
        self._service: Service | None = None

    @property
    def service(self) -> Service:
        """The hub, opened."""
        if self._service is None:
            there = opened(self.path, self.folder, name=self.name)
            self.engine = there.engine
            writing = Writing(there.engine, there.identity.signer, self.now)
            self._service = Service(there.engine, there.identity, writing, self.now)
        return self._service

    @property
    def feed(self) -> str:
        """Its own feed."""
        return self.service.identity.feed

    def close(self) -> None:
        """See Machinery."""
        if self._service is not None:
            self._service.engine.close()
            self._service = None

    def reading(self) -> contextlib.AbstractContextManager[Any]:
        """See Machinery."""
        return self.service.engine.reading()

    def refusals(self) -> int:
        """How much it put aside."""
        with self.service.engine.reading() as sql:
            return int(sql.execute("SELECT count(*) FROM aside").fetchone()[0])

    def serve(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer a request; a machine that stops meanwhile starts again, and says nothing. Raises Crash."""
        try:
            return self.service.answer(method, path, headers, body)
        except Crash as crash:
            if crash.folder == self.folder:
                self.restart()
            raise

    def restart(self) -> None:
        """It stopped, and starts again with what was on disk. Raises Broken."""
        self.close()
        self.world.machine.recover(self.folder)
        self.check_promises()

    def check_promises(self) -> None:
        """All it said that it has is there. Raises Broken."""
        lacking = self.promised - self.hashes()
        if lacking:
            raise Broken(f"hub {self.name} lost {len(lacking)} entries that it had acknowledged")


class World:
    """Everything there is."""

    def __init__(self, r: random.Random, root: str, machine: Machine, stencils: Stencils) -> None:
        self.r, self.root, self.machine, self.stencils = r, root, machine, stencils
        #: Of what is drawn apart.
        self.seed = 0
        self._apart: dict[str, random.Random] = {}
        self.now = START
        self.ledger = Ledger()
        self.stations: list[Station] = []
        self.hubs: list[HubHost] = []
        #: {(hub, another at which it is added as a peer), by name: the region whose facts it hands over}
        self.agreed: dict[tuple[str, str], str] = {}
        #: Entries on their way in somebody's pocket.
        self.sticks: list[list[Envelope]] = []
        #: Orders on their way as codes, read out or written down.
        self.codes: list[str] = []
        self.counts: dict[str, int] = {}
        #: Stations, by their first name, that some hub has revoked.
        self.revoked: set[str] = set()
        #: (backup, what it holds) of stations and hubs, by place.
        self.backups: dict[str, tuple[str, set[bytes]]] = {}
        self._serial = 0

    def apart(self, what: str) -> random.Random:
        """What the simulation learnt later is drawn by itself, so that seeds without it stay as they were."""
        if what not in self._apart:
            self._apart[what] = random.Random(f"{self.seed} {what}")
        return self._apart[what]

    def count(self, what: str, n: int = 1) -> None:
        """One more of these."""
        self.counts[what] = self.counts.get(what, 0) + n

    def fresh(self, what: str) -> str:
        """A place where nothing lies yet."""
        self._serial += 1
        return os.path.join(self.root, f"{what}{self._serial}")

    def pass_time(self, most: int = 5 * times.MINUTE) -> None:
        """Time goes by."""
        self.now += self.r.randrange(1, most)

    # -- who is there --------------------------------------------------------------------------

    def settle(self, stations: int, hubs_: int, *, team: bool = False) -> None:
        """The stations and hubs of the beginning, each hub with the stations that it serves.

        The second station may be a `team`'s, which gives no orders and takes them in.
        """
        for name in NAMES[:stations]:
            station = Station(self, name, name, 0)
            self.stencils.station(name, station.path)
            self.stations.append(station)
            self.ledger.wrote(station.store.connection, 0)
        if team:
            self.stations[1].role = "team"
        for name in HUBS[:hubs_]:
            hub = HubHost(self, name, 0)
            self.stencils.hub(name, hub.path)
            self.hubs.append(hub)
        for n, station in enumerate(self.stations):
            for hub in self.hubs:
                if n == 0 or hub is self.hubs[n % hubs_] or self.r.random() < 0.3:
                    self.enrol(station, hub)

    def enrol(self, station: Station, hub: HubHost, region: str = "", *, again: bool = False) -> None:
        """Give a station a code at a hub, and let it use it; `again` where its key was revoked there."""
        with hub.service.engine.writing() as sql:
            code, _ = new_code(sql, station.name, station.role, region, hub.now(), again=again)
        with station.acting() as store:
            (before,) = store.connection.execute("SELECT coalesce(max(n), 0) FROM entry").fetchone()
            hubs.enrol(store, Plainly(hub), f"http://{hub.name}", code)
            self.ledger.wrote(store.connection, before)
        station.enrolled.add(hub.name)
        station.without_code.discard(hub.name)
        station.scoped = station.scoped or bool(region)
        self.count("enrolled")

    def hub_named(self, name: str) -> HubHost:
        """A hub."""
        return next(h for h in self.hubs if h.name == name)

    def copy_of(self, station: Station) -> Station:
        """A clone: the same files on another machine."""
        copy = Station(self, station.name, os.path.basename(self.fresh(station.name + "-")), station.off)
        copied(station.path, copy.path)
        copy.enrolled, copy.scoped, copy.restored = set(station.enrolled), station.scoped, station.restored
        copy.without_code, copy.role = set(station.without_code), station.role
        self.stations.append(copy)
        return copy

    # -- who holds what ------------------------------------------------------------------------

    @property
    def machines(self) -> list[Machinery]:
        """Every station, then every hub."""
        return [*self.stations, *self.hubs]

    def alone_told(self, place: Machinery) -> bool:
        """Whether it alone has the facts of entries of which others were told the place in the chain and no more.

        Were they lost, those could hand on nothing of what comes behind, and nothing else is promised.
        """
        with place.reading() as sql:
            mine = held(sql, "facts IS NOT NULL")
        mine -= {digest(e.header) for stick in self.sticks for e in stick if e.facts is not None}
        bare: set[bytes] = set()
        for other in self.machines:
            if other is not place:
                with other.reading() as sql:
                    mine -= held(sql, "facts IS NOT NULL")
                    bare |= held(sql, "facts IS NULL")
        return bool(mine & bare)

    def only_at(self, place: Machinery, kept: set[bytes]) -> set[bytes]:
        """What nobody has but this machine, and its backup does not have either."""
        mine = place.hashes() - kept
        for other in self.machines:
            if mine and other is not place:
                mine -= other.hashes()
        carried = {digest(e.header) for stick in self.sticks for e in stick}
        gone: set[bytes] = set()
        for seq, prev, own_hash in sorted(map(self.ledger.place, mine)):
            # What is on a stick without the entry before it can never be taken in.
            if own_hash not in carried or prev in gone or seq == 0:
                gone.add(own_hash)
        return gone

    def guarded(self, action: Callable[[], Any]) -> Any:
        """Do something that may stop a machine; a station that stopped starts again. None where it did."""
        try:
            return action()
        except Crash as crash:
            for station in self.stations:
                if station.folder == crash.folder:
                    station.close()
                    self.machine.recover(station.folder)
                    # Whatever a crash may do, the store opens.
                    station.store.connection.execute("SELECT count(*) FROM entry")
            self.count("crashed")
            return None
        finally:
            self.machine.disarm()

    def close(self) -> None:
        """Let go of every file."""
        for place in self.machines:
            place.close()


class Plainly:
    """A line to a hub that nothing happens to."""

    def __init__(self, hub: HubHost) -> None:
        self._hub = hub
        self.calls = 0

    def call(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, bytes]:
        """See Link."""
        self.calls += 1
        answer = self._hub.serve(method, path, dict(headers), body)
        return answer.status, answer.body


class Stencils:
    """Stores and hubs as they are on their first day, made once and copied for every seed."""

    def __init__(self, root: str) -> None:
        self.root = root
        times.pin(START)
        for name in NAMES:
            with mock.patch.object(os, "urandom", random.Random(name).randbytes):
                self._station(name)
        for name in HUBS:
            with mock.patch.object(os, "urandom", random.Random(name).randbytes):
                place = self._hub(name)
                opened(place, os.path.dirname(place), name=name).engine.close()
        times.pin(None)

    def _station(self, name: str) -> None:
        path = os.path.join(self.root, f"station-{name}", "station.db")
        create(path, station=name, region=REGIONS[name], name=f"站 {name}", who="王小明").close()
        connection = database.connect(path, writable=True)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def _hub(self, name: str) -> str:
        return os.path.join(self.root, f"hub-{name}", "hub.db")

    def station(self, name: str, path: str) -> None:
        """Put a new station's store at a path."""
        copied(os.path.join(self.root, f"station-{name}", "station.db"), path)

    def hub(self, name: str, path: str) -> None:
        """Put a new hub at a path."""
        copied(self._hub(name), path)

    def remove(self) -> None:
        """Delete them."""
        shutil.rmtree(self.root, ignore_errors=True)
