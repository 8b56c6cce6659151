"""A world in peace, for tests of one thing at a time."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator

from emergency.store import times
from emergency.store.hubs import hubs
from emergency.store.rounds import Outcome
from emergency.store.syncing import sync

from . import workload
from .run import Ground
from .traps import Machine, fitted
from .world import HubHost, Plainly, Station, World


@contextlib.contextmanager
def settled(name: str, stations: int) -> Iterator[World]:
    """So many stations that know each other and have everything, and a hub."""
    ground = Ground()
    world = World(random.Random(1), os.path.join(ground.root, name), Machine(), ground.stencils)
    with fitted(world.machine, random.Random(2)):
        world.settle(stations, 1)
        workload.begin(world)
        all_meet(world)
        yield world
    world.close()
    times.pin(None)
    ground.close()


def meet(station: Station, hub: HubHost) -> Outcome:
    """A round on a good line."""
    with station.acting() as store:
        return sync(store, hubs(store.connection)[0], Plainly(hub))


def all_meet(world: World) -> None:
    """Everybody has everything."""
    for station in world.stations * len(world.stations):
        assert meet(station, world.hubs[0]).state == "synced"
