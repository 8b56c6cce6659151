"""Entries carried by hand: single feeds or parts of them, in any order, some twice."""

from __future__ import annotations

from emergency.store import chains, exchange
from emergency.store.arrivals import Taken
from emergency.store.entries import Envelope, digest
from emergency.store.errors import NoRoom
from emergency.store.exchange import Stretch

from .ledger import Broken, held
from .world import Station, World


def carried(envelopes: list[Envelope]) -> list[Envelope]:
    """What comes out of a stick that these were put on. A bundle file has its place here."""
    return list(envelopes)


def whole(station: Station, rows: list[str] | None = None) -> list[Envelope]:
    """All that a station may hand on of these rows, or of every row."""
    known = chains.feeds(station.store.connection)
    wanted = [Stretch(id_, known[id_].base) for id_ in (known if rows is None else rows)]
    return [e for _s, e in exchange.behind(station.store.connection, wanted, with_facts=True)]


def lacking(station: Station, other: Station) -> list[Envelope]:
    """What one may hand on and the other lacks, or has without its facts."""
    has = held(other.store.connection, "facts IS NOT NULL")
    return [e for e in whole(station) if digest(e.header) not in has]


def give(world: World, station: Station) -> None:
    """Somebody leaves a station with a stick."""
    r = world.r
    known = sorted(f.id for f in chains.feeds(station.store.connection).values() if f.seq > f.base)
    rows = r.sample(known, r.randrange(1, len(known) + 1)) if r.random() < 0.4 else [r.choice(known)]
    envelopes = whole(station, rows)
    if r.random() < 0.4:
        envelopes = envelopes[: r.randrange(len(envelopes) + 1)]
    if r.random() < 0.2:
        envelopes = [e for e in envelopes if r.random() < 0.7]
    if r.random() < 0.5:
        envelopes += [e for e in envelopes if r.random() < 0.2]
        r.shuffle(envelopes)
    world.ledger.saw(envelopes)
    world.sticks.append(envelopes)
    world.count("sticks")


def pass_own(world: World, station: Station) -> None:
    """A station's own feed, up to somewhere, goes to another station at once."""
    others = [s for s in world.stations if s is not station]
    own = [f.id for f in chains.feeds(station.store.connection).values() if f.own]
    envelopes = whole(station, own)
    hand_in(world, world.r.choice(others), envelopes[: world.r.randrange(len(envelopes) + 1)])


def take(world: World, station: Station) -> None:
    """Somebody arrives with one; the stick may go on to others."""
    if not world.sticks:
        return
    at = world.r.randrange(len(world.sticks))
    stick, goes_on = world.sticks.pop(at), world.r.random() < 0.3
    if hand_in(world, station, stick) is None or goes_on:
        # Where it could not be taken in nobody throws it away.
        world.sticks.append(stick)


def hand_in(world: World, station: Station, stick: list[Envelope]) -> Taken | None:
    """Take what is on a stick into a store; None where the machine stopped meanwhile, or had no room."""

    def taking() -> Taken | None:
        with station.acting() as store:
            try:
                return store.take(carried(stick))
            except NoRoom:
                if station.path in world.machine.full:
                    return None
                raise

    taken = world.guarded(taking)
    if not isinstance(taken, Taken):
        return None
    world.count("entries by stick", taken.new)
    unexpected = set(taken.aside) - {"waits", "forged", "facts-changed", "malformed", "newer"}
    if unexpected or (set(taken.aside) - {"waits"} and not world.ledger.poison):
        raise Broken(f"{station.place} put aside {taken.aside} of a stick")
    return taken
