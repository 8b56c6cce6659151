"""What goes wrong with machines, clocks, copies and programs. Each takes the world and does one thing to it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from emergency.plugins.hub import enrolling
from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.engine import Unavailable
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.peers import peers
from emergency.store import anew, backing, chains, keys, times
from emergency.store.errors import NoHub, NoSuchRecord, Refused

from . import network, sticks, workload
from .ledger import Broken
from .traps import POINTS, copied
from .world import HubHost, Station, World

Fault = Callable[[World], None]


def crash_station(world: World) -> None:
    """A station's machine stops at a named point of a command, of a round, or of taking in a stick."""
    station = world.r.choice(world.stations)
    world.machine.arm(station.folder, world.r.choice(POINTS[:2]), world.r.randrange(1, 4))
    what = world.r.random()
    if what < 0.5:
        workload.work(world, station)
    elif what < 0.8 and station.enrolled:
        meet(world, station)
    else:
        sticks.take(world, station)
    world.machine.disarm()


def crash_hub(world: World) -> None:
    """A hub's machine stops while it takes something in."""
    hub = world.r.choice(world.hubs)
    guests = [s for s in world.stations if hub.name in s.enrolled]
    if not guests:
        return
    world.machine.arm(hub.folder, world.r.choice(POINTS[:2]), world.r.randrange(1, 3))
    for station in guests[:2]:
        workload.work(world, station)
        network.meet(world, station, hub, bad=False)
    world.machine.disarm()


def meet(world: World, station: Station) -> None:
    """A station meets one of its hubs over whatever network there is."""
    if station.enrolled:
        hub = world.hub_named(world.r.choice(sorted(station.enrolled)))
        network.meet(world, station, hub, bad=world.r.random() < 0.5)


def clock(world: World) -> None:
    """A clock is wrong: by seconds, days, years."""
    world.r.choice(world.machines).off = wrong_by(world.r)


def wrong_by(r: random.Random) -> int:
    """How far a clock is off, in milliseconds."""
    size = r.choice((times.SECOND * 30, times.HOUR * 8, times.DAY * 2, times.DAY * 365 * 12))
    return r.choice((0, size, -size))


def back_up(world: World) -> None:
    """Somebody takes a backup of a station."""
    station = world.r.choice(world.stations)
    path = world.fresh("backup")
    with station.acting() as opened:
        backing.backup(opened, path)
        world.backups[station.place] = path, station.hashes()


def restore(world: World) -> None:
    """A backup takes the place of a station's store: by mistake, or after its disk was lost with the key."""
    known = [s for s in world.stations if s.place in world.backups]
    if not known or (len(known) < 2 and world.r.random() < 0.3):
        back_up(world)
        return
    station = world.r.choice(known)
    if world.alone_told(station):
        return
    path, kept = world.backups[station.place]
    gone = world.only_at(station, kept)
    lost_disk = world.r.random() < 0.5
    if not lost_disk and world.r.random() < 0.5:
        # What stands in the store that is replaced is carried over from the copy that restore keeps.
        world.sticks.append(sticks.whole(station))
        gone = set()
    station.close()
    if lost_disk:
        for name in os.listdir(station.folder):
            os.remove(os.path.join(station.folder, name))
        # The new one has room.
        world.machine.full.discard(station.path)
    elif world.r.random() < 0.3:
        world.machine.arm(station.folder, "key-saved", 1)
    bring_back(world, station, path)
    world.ledger.lost(gone - station.hashes())
    world.count("restored after a lost disk" if lost_disk else "restored over a store")
    if lost_disk:
        # No earlier key lies there to vouch for the new one: it needs codes again.
        while not all(reenrol(world, station, world.hub_named(name)) for name in sorted(station.enrolled)):
            bring_back(world, station, path)


def bring_back(world: World, station: Station, path: str) -> None:
    """A backup takes the place of a store."""
    station.close()
    station.restored += 1
    times.pin(station.now())
    world.guarded(lambda: backing.restore(path, station.path))
    times.pin(None)


def reenrol(world: World, station: Station, hub: HubHost) -> bool:
    """A station gets a new code, where its hub can give one now; False where it is told to bring its backup back again.

    Of the letters that a restored store draws for its numbers one pair in 361 is that of a life before.
    """
    try:
        world.enrol(station, hub, "110108" if station.scoped else "")
    except Refused as error:
        if "same numbers" in str(error) and "emergency restore" in error.hint:
            world.count("letters of a life before")
            return False
        if not hub.rebuilt:
            raise
    except (NoHub, Unavailable) as error:
        # It says why, and the station is to try again.
        if hub.path not in world.machine.full or "full" not in str(error):
            raise
        station.without_code.add(hub.name)
    return True


def regrant(world: World) -> None:
    """A station gets another code at one of its hubs, for another role, or other regions than before."""
    roles = world.apart("roles")
    # The first may have all: it goes between the hubs that do not exchange.
    station = roles.choice([s for s in world.stations if s.name != world.stations[0].name])
    if not station.enrolled or station.name in world.revoked or station.path in world.machine.full:
        return
    hub = world.hub_named(roles.choice(sorted(station.enrolled)))
    if hub.down or hub.path in world.machine.full:
        return
    station.role, region = roles.choice(("duty", "team", "commission")), roles.choice(("", "", "110108"))
    try:
        world.enrol(station, hub, region)
    except Refused as error:
        world.count(f"code: {error.code}")
    else:
        world.count("roles changed")


def image(world: World) -> None:
    """A disk image is kept of a station; or one that was kept is run again in its place."""
    imaged = [s for s in world.stations if "image " + s.place in world.backups]
    station = world.r.choice(imaged or world.stations)
    known = world.backups.get("image " + station.place)
    if known is None or world.r.random() < 0.3:
        path = world.fresh("image")
        copied(station.path, path)
        world.backups["image " + station.place] = path, station.hashes()
        return
    if world.alone_told(station):
        return
    path, kept = known
    gone = world.only_at(station, kept)
    mark_forked(world, station)
    station.close()
    copied(path, station.path)
    mark_forked(world, station)
    world.ledger.lost(gone)
    world.count("disk image run again")


def clone(world: World) -> None:
    """A store is copied, key and all, and both copies go on."""
    if len(world.stations) < 7:
        station = world.r.choice(world.stations)
        mark_forked(world, station)
        world.copy_of(station)
        world.count("cloned")


def mark_forked(world: World, station: Station) -> None:
    """From here on two machines may write as this one, and as whatever key lies there."""
    world.ledger.forked.add(keys.Signer.load(station.path).feed)


def back_up_hub(world: World) -> None:
    """Somebody copies a hub's database."""
    hub = world.r.choice(world.hubs)
    hub.service.engine.close()
    hub.close()
    path = world.fresh("hub-backup")
    copied(hub.path, path)
    world.backups[hub.feed] = path, hub.hashes()


def restore_hub(world: World) -> None:
    """A hub's database is lost: an old copy takes its place, or nothing does and it begins anew with its key."""
    hub = world.r.choice(world.hubs)
    if world.alone_told(hub):
        return
    feed = hub.feed
    path, kept = world.backups.get(feed, ("", set()))
    gone = world.only_at(hub, kept)
    hub.close()
    # It may write before everybody has brought back what it wrote since.
    world.ledger.forked.add(feed)
    if path:
        copied(path, hub.path)
        world.count("hub restored")
    else:
        for end in ("", "-wal", "-shm"):
            if os.path.exists(hub.path + end):
                os.remove(hub.path + end)
        world.count("hub rebuilt from nothing")
    # Where it has no room to begin with it does not start, and is only one more that cannot be reached.
    world.machine.full.discard(hub.path)
    hub.rebuilt += 1
    hub.promised &= kept
    hub.hashes()
    world.ledger.lost(gone)


def give_up_hubs(world: World) -> None:
    """A hub that lost all, and whom nobody brings its own feed, is given up: it cannot say who was enrolled."""
    for hub in list(world.hubs):
        if hub.rebuilt and not hub.hashes() and not _brought_back(world, hub):
            hub.close()
            world.hubs.remove(hub)
            world.agreed = {pair: scope for pair, scope in world.agreed.items() if hub.name not in pair}
            for station in world.stations:
                station.enrolled.discard(hub.name)
            world.count("hub given up")


def _brought_back(world: World, hub: HubHost) -> bool:
    """Whether a station that is enrolled there, or a hub that still calls it, has a word of its feed."""
    if any(hub.name in s.enrolled and _has_word(s.store.connection, hub) for s in world.stations):
        return True
    for other in world.hubs:
        with other.service.engine.reading() as sql:
            calls = any(peer.feed == hub.feed for peer, _scope in peers(sql))
            if calls and _has_word(sql, hub):
                return True
    return False


def _has_word(sql: chains.Sql, hub: HubHost) -> bool:
    """Whether an entry of its feed lies there: its name alone came with the answer to a code."""
    row = chains.feed_of(sql, hub.feed)
    return row is not None and row.seq > 0


def part(world: World) -> None:
    """A hub cannot be reached, or can again."""
    hub = world.r.choice(world.hubs)
    hub.down = not hub.down


def fill(world: World) -> None:
    """A disk is full; or all have room again."""
    if world.machine.full:
        world.machine.full.clear()
    else:
        world.machine.full.add(world.r.choice(world.machines).path)
        world.count("disk full")


def revoke(world: World) -> None:
    """A hub revokes a station, from now on or from some entries back."""
    hub = world.r.choice(world.hubs)
    guests = [s for s in world.stations[1:] if hub.name in s.enrolled]
    if not guests or world.revoked:
        return
    station = world.r.choice(guests)
    feed = keys.Signer.load(station.path).feed

    def job(filing: Filing) -> int:
        upto = max((f.seq for f in filing.chains.rows(feed)), default=0)
        last = None if world.r.random() < 0.6 else min(upto, max(1, upto - world.r.randrange(3)))
        revoked = enrolling.revoke(filing, feed, "lost", "管理员", last)
        return upto if revoked.last is None else revoked.last

    try:
        last = hub.service.writing.submit(job).result()
    except (NoSuchRecord, Refused, Unavailable, Denied):
        return
    hub.revoked[feed] = last
    world.revoked.add(station.name)
    world.count("revoked")


def admit(world: World) -> None:
    """A hub's administrator admits every station's feed that was brought and waits."""
    for hub in world.hubs:
        admit_all(world, hub)


def admit_all(world: World, hub: HubHost) -> None:
    """The same at one hub."""
    with hub.service.engine.reading() as sql:
        rows = [row for row in enrolling.listed(sql) if row["state"] == "waiting"]
    # Another hub is added as a peer, or not at all.
    waiting = [row["feed"] for row in rows if row["role"] != "hub"]
    for feed in sorted(waiting):

        def job(filing: Filing, feed: str = feed) -> None:
            enrolling.admit(filing, feed, "duty", "", "管理员")

        try:
            hub.service.writing.submit(job).result()
            world.count("admitted")
        except Unavailable:
            if hub.path not in world.machine.full:
                raise


def upgrade(world: World) -> None:
    """Another version of the program opens a store, and folds its journal anew."""
    station = world.r.choice(world.stations)
    if station.path in world.machine.full:
        return
    station.close()
    anew.rebuild(station.path)
    if station.store.connection.execute("SELECT count(*) FROM entry").fetchone()[0] < 1:
        raise Broken("folding anew lost the journal")


#: Faults that take two turns, a copy and its use, or that much follows from.
OFTEN = {"restore": 3, "image": 3, "back up hub": 2, "restore hub": 2, "clone": 2}
#: Every kind of fault; each seed draws some of them.
FAULTS: dict[str, Fault] = {
    "crash station": crash_station,
    "crash hub": crash_hub,
    "clock": clock,
    "back up": back_up,
    "restore": restore,
    "image": image,
    "clone": clone,
    "back up hub": back_up_hub,
    "restore hub": restore_hub,
    "part": part,
    "fill": fill,
    "revoke": revoke,
    "admit": admit,
    "upgrade": upgrade,
}
