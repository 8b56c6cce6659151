"""Hubs that exchange with hubs: who is whose peer, and rounds over the same bad network."""

from __future__ import annotations

import os

from emergency.plugins.hub import Opened
from emergency.plugins.hub.engine import Unavailable
from emergency.plugins.hub.enrolling import new_code
from emergency.plugins.hub.peers import HubSide, add, peers
from emergency.store import times
from emergency.store.errors import Refused
from emergency.store.rounds import Outcome
from emergency.store.rounds import meet as round_

from .ledger import Broken
from .network import Line, outcome_counted
from .traps import Crash
from .world import HubHost, Plainly, World

PEERING = "peers"
#: Of which region facts cross; chains always do.
SCOPES = ("", "", "110108")


def agree(world: World) -> None:
    """In some seeds each hub is added as a peer at the one before it, and now and then the other way too."""
    r = world.apart(PEERING)
    if r.random() < 0.5:
        for here, there in zip(world.hubs[1:], world.hubs, strict=False):
            world.agreed[here.name, there.name] = r.choice(SCOPES)
            if r.random() < 0.3:
                world.agreed[there.name, here.name] = r.choice(SCOPES)
        for pair in sorted(world.agreed):
            join(world, *map(world.hub_named, pair))
        if r.random() < 0.5:
            # Nobody goes to and fro between them.
            for station in world.stations:
                station.enrolled &= {min(station.enrolled)}


def exchange(world: World) -> bool:
    """Whether there are several hubs, and what one has comes to all others by their agreements."""
    hubs = {hub.name for hub in world.hubs}
    reached = {min(hubs, default="")}
    for _hub in hubs:
        reached |= {name for pair in world.agreed if reached & set(pair) for name in pair}
    return len(hubs) > 1 and reached >= hubs


def turn(world: World, *, bad: bool) -> None:
    """Now and then two of them exchange."""
    r = world.apart(PEERING)
    if world.agreed and r.random() < 0.2:
        here, there = map(world.hub_named, r.choice(sorted(world.agreed)))
        meet(world, here, there, bad=bad and r.random() < 0.6)


def join(world: World, here: HubHost, there: HubHost) -> None:
    """One hub is given a code at another, and uses it."""
    with there.service.engine.writing() as sql:
        code, _ = new_code(sql, here.name, "hub", "", there.now(), again=True)
    times.pin(here.now())
    try:
        scope = world.agreed[here.name, there.name]
        add(_opened(here), f"http://{there.name}", code, scope, Plainly(there), "管理员")  # type: ignore[arg-type]
    finally:
        times.pin(None)
    world.count("hubs added as peers")


def meet(world: World, here: HubHost, there: HubHost, *, bad: bool) -> Outcome | None:
    """A round of a hub with its peer; None where it has lost the agreement, stopped in it, or has no room."""
    with here.service.engine.reading() as sql:
        known = [(peer, scope) for peer, scope in peers(sql) if peer.name == there.name]
    if not known:
        return None
    peer, scope = known[0]
    line = Line(world, there, bad=bad)
    times.pin(here.now())
    try:
        outcome = round_(HubSide(_opened(here), peer, scope), peer, line)
    except Unavailable:
        if here.path not in world.machine.full:
            raise
        return None
    except Crash as crash:
        if crash.folder != here.folder:
            raise
        here.restart()
        return None
    finally:
        times.pin(None)
    outcome_counted(world, "between hubs", outcome)
    if outcome.state == "refused" and not (here.rebuilt or there.rebuilt or line.spoiled):
        raise Broken(f"hub {here.name} with {there.name}: refused, {outcome.why}")
    wrong = {*outcome.aside, *outcome.refused} - {"waits", "revoked", "not-enrolled"}
    if wrong and not world.ledger.poison:
        raise Broken(f"hubs {here.name} and {there.name} put aside {outcome.aside}, {outcome.refused}")
    return outcome


def round_of_all(world: World) -> int:
    """A quiet round of each with its peers; returns how many entries moved. Raises Broken.

    Who was refused, or has lost the agreement with its database, is added again, as its administrator would.
    """
    moved = 0
    for pair in sorted(world.agreed):
        here, there = map(world.hub_named, pair)
        outcome = meet(world, here, there, bad=False)
        if outcome is None or outcome.state == "refused":
            try:
                join(world, here, there)
            except Refused as error:
                if not (here.rebuilt or there.rebuilt) or "nothing of its own back" not in str(error):
                    raise
                # It says so to its administrator: what has its feed has to come first.
                world.count("hubs that wait for their own feed")
                moved += 1
                continue
            outcome = meet(world, here, there, bad=False)
        if outcome is None or outcome.state != "synced":
            raise Broken(f"hub {here.name} with {there.name} in peace: {outcome}")
        moved += outcome.sent + outcome.received
    return moved


def _opened(hub: HubHost) -> Opened:
    service = hub.service
    return Opened(service.engine, service.identity, service.writing, os.path.dirname(hub.path))
