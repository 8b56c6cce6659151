"""The auditor: holds what stores and hubs say against the book, and against the plain meaning of their entries."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import sqlite3
from typing import Any

from emergency.plugins.hub import verifying
from emergency.plugins.hub.members import admitted
from emergency.store import arrivals, authority, chains, claims, headers, journal
from emergency.store.anew import folded_digest, refolded_digest
from emergency.store.chains import Sql
from emergency.store.entries import Envelope, digest
from emergency.store.fold import Fold
from emergency.store.keys import Signer, verify
from emergency.store.records import RECORDS
from emergency.store.records.grant import WITHOUT_PERSONAL
from emergency.store.records.steps import ENDED
from tests.store.meanings import everything
from tests.store.replicas import empty_store, standing

from .ledger import Broken, held
from .plain import Plain
from .world import NAMES, HubHost, Station, World

MODEL = pathlib.Path(__file__).parents[4] / "shared" / "model" / "model.py"


def entries_of(sql: Any) -> list[Envelope]:
    """Every entry that a store or hub holds."""
    rows = sql.execute("SELECT header, facts, signature FROM entry ORDER BY n")
    return [Envelope(bytes(h), None if f is None else bytes(f), bytes(s)) for h, f, s in rows]


def same(where: str, what: str, ours: Any, theirs: Any) -> None:
    """Raises Broken where two things that must be the same are not, naming the least difference."""
    if ours == theirs:
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = [k for k in sorted({*ours, *theirs}, key=repr) if ours.get(k) != theirs.get(k)]
        ours, theirs = ({k: side.get(k) for k in keys[:2]} for side in (ours, theirs))
    elif isinstance(ours, list) and isinstance(theirs, list):
        ours, theirs = (
            [x for x in one if x not in other][:3] for one, other in ((ours, theirs), (theirs, ours))
        )
    raise Broken(f"{where}: {what}: {str(ours)[:600]} is not {str(theirs)[:600]}")


def plainly(connection: sqlite3.Connection) -> Plain:
    """What a store's entries mean to it: hubs it is enrolled at bind it, others do not."""
    hubs = [feed for (feed,) in connection.execute("SELECT feed FROM hub")]
    return Plain(entries_of(connection), hubs)


# -- one store -------------------------------------------------------------------------------------


def check_station(world: World, station: Station) -> None:
    """The journal verifies, the tables are its fold, and say what its entries plainly mean. Raises Broken."""
    connection = station.store.connection
    problems = journal.verify(connection)
    if problems:
        raise Broken(f"{station.place}: {problems[:3]}")
    same(station.place, "folded anew", folded_digest(connection), refolded_digest(connection))
    plain = plainly(connection)
    unexpected = plain.forked - world.ledger.forked
    if unexpected:
        raise Broken(f"{station.place}: {sorted(unexpected)} branches, and nobody copied it")
    check_meaning(station.place, connection, plain)
    check_aside(world, station.place, connection)
    world.count("stations checked")


def check_meaning(where: str, connection: sqlite3.Connection, plain: Plain) -> None:
    """Fields, double bookings, lines and stock are what the entries plainly mean. Raises Broken."""
    cells = plain.cells()
    apart = {"/".join(c): {v for _, v in heads} for c, heads in cells.items() if len(heads) > 1}
    same(where, "edited apart", standing(connection), apart)
    shown = {cell: plain.shown(cell, heads) for cell, heads in cells.items()} | plain.told()
    for kind in ("team", "equipment", "callup", "line", "incident"):
        rows = {row["id"]: row for row in _rows(connection, kind)}
        for cell, want in shown.items():
            if cell[0] == kind:
                same(where, f"shown of {'/'.join(cell)}", rows[cell[1]].get(cell[2]), want)
    same(where, "contested", claims.contested(connection), plain.contested())
    for row in _rows(connection, "line"):
        same(
            where,
            f"state of {row['id']}",
            row["state"] or "draft",
            plain.states.get(row["id"], ("draft",))[0],
        )
    want_inert = {
        (line, *dot): why for line, (_, inert) in plain.states.items() for dot, why in inert.items()
    }
    same(where, "steps without effect", _inert(connection), want_inert)
    ledger = plain.stock()
    for row in _rows(connection, "reserve"):
        same(where, f"stock of {row['id']}", row["quantity"], ledger.get(row["id"]))
    live = {thing: " ".join(sorted(lines)) for thing, lines in plain.live().items() if lines}
    for kind in claims.CLAIMABLE:
        for row in _rows(connection, kind):
            same(where, f"claimed {row['id']}", row["claimed"], live.get(f"{kind}:{row['id']}"))


def _inert(connection: sqlite3.Connection) -> dict[tuple[str, str, int], str]:
    """{(line, the hash of the entry, the place there): why} of the steps that are without effect."""
    rows = connection.execute(
        "SELECT s.line, e.hash, s.mark % 1024, s.inert FROM step s JOIN entry e ON e.n = s.mark / 1024"
        " WHERE s.inert IS NOT NULL"
    )
    return {(line, bytes(hash_).hex(), place): why for line, hash_, place, why in rows}


def _rows(connection: sqlite3.Connection, kind: str) -> list[dict[str, Any]]:
    assert kind in RECORDS
    cursor = connection.execute(f'SELECT * FROM "{kind}"')
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def check_aside(world: World, where: str, connection: sqlite3.Connection, *, all_came: bool = False) -> None:
    """Nothing sound was put aside, but what waits for the entry before it. Raises Broken."""
    for hash_, feed, seq, why in connection.execute("SELECT hash, feed, seq, why FROM aside"):
        waits = why == "waits" and (not all_came or feed in world.ledger.gone)
        if bytes(hash_) not in world.ledger.poison and not waits:
            raise Broken(f"{where} put aside {feed}/{seq}: {why}")
        if why not in arrivals.ASIDE:
            raise Broken(f"{where}: {why}")


# -- hubs ------------------------------------------------------------------------------------------


def check_hub(hub: HubHost, world: World) -> None:
    """What the hub promised is there, dense, chained and signed. Raises Broken."""
    hub.check_promises()
    with hub.service.engine.reading() as sql:
        _check_chains(hub, sql)
        problems = verifying.verify(sql).problems
        if problems:
            raise Broken(f"hub {hub.name}: `hub verify` names {problems[:3]}, and nothing was damaged")
        ends = _ends(sql, hub.feed)
        plain = Plain(entries_of(sql))
        poison = world.ledger.poison
        for hash_, why in sql.execute("SELECT hash, why FROM aside").fetchall():
            if bytes(hash_) not in poison and why not in ("revoked", "not-enrolled"):
                raise Broken(f"hub {hub.name} put a sound entry aside: {why}")
    unexpected = plain.forked - world.ledger.forked
    if unexpected:
        raise Broken(f"hub {hub.name}: {sorted(unexpected)} branches, and nobody copied it")
    if ends > 1 + hub.rebuilt:
        raise Broken(
            f"hub {hub.name}: its feed has {ends} ends, and its database was lost {hub.rebuilt} times"
        )


def _ends(sql: Sql, feed: str) -> int:
    """How many branches a feed has that end, each by itself: each loss of a database may begin one more."""
    rows = [f for f in chains.feeds(sql).values() if headers.stem(f.id) == feed]
    grown_from = {f.parent for f in rows}
    return sum(f.n not in grown_from for f in rows)


def check_facts(hub: HubHost, world: World) -> None:
    """Between hubs what is personal is kept back, and regions by agreement alone. Raises Broken."""
    if any(world.agreed.values()):
        return
    with hub.service.engine.reading() as sql:
        headers = [
            json.loads(bytes(h)) for (h,) in sql.execute("SELECT header FROM entry WHERE facts IS NULL")
        ]
    bare = sum(not (world.agreed and header.get("personal")) for header in headers)
    world.count("personal facts kept from hubs", len(headers) - bare)
    if bare:
        raise Broken(
            f"hub {hub.name} has {bare} entries without their facts, and no agreement keeps any back"
        )


def _check_chains(hub: HubHost, sql: Sql) -> None:
    rows = {f.n: f for f in chains.feeds(sql).values()}
    numbers = [n for (n,) in sql.execute("SELECT n FROM entry ORDER BY n").fetchall()]
    counter = int(sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone()[0])
    if numbers != list(range(1, counter + 1)):
        raise Broken(f"hub {hub.name}: numbers are not dense")
    for feed in rows.values():
        if feed.parent is not None and rows[feed.parent].seq > feed.base:
            raise Broken(f"hub {hub.name}: {rows[feed.parent].id} goes on beyond where it parts")
        found = sql.execute(
            "SELECT seq, hash, header, signature FROM entry WHERE feed=? ORDER BY seq", (feed.n,)
        ).fetchall()
        if [seq for seq, *_ in found] != list(range(feed.base + 1, feed.seq + 1)) and found:
            raise Broken(f"hub {hub.name}: {feed.id} is not dense")
        prev = found and json.loads(found[0][2])["prev"]
        for _seq, hash_, header, signature in found:
            sound = digest(bytes(header)) == bytes(hash_) and verify(feed.key, bytes(hash_), bytes(signature))
            if not sound or json.loads(header)["prev"] != prev:
                raise Broken(f"hub {hub.name}: {feed.id} is not whole")
            prev = bytes(hash_).hex()


# -- all of them, when all has come ----------------------------------------------------------------


def check_handed_on(world: World, stations: list[Station]) -> None:
    """After enough rounds every station and hub has the same entries, but what a hub refuses. Raises Broken.

    What a hub says of its members itself comes to them, to the hubs that it exchanges with, to those that these exchange
    with, and to the members of all of them.
    """
    limits: dict[str, int] = {}
    for hub in world.hubs:
        for feed, last in hub.revoked.items():
            limits[feed] = min(last, limits.get(feed, last))
    sets = {s.place: _counted(s.store.connection, limits) for s in stations}
    of_hubs = {feed for s in stations for feed in _hubs_known(s.store.connection)}
    # One that was revoked hears nothing more from there.
    hears = {s.place: _heard(world, set() if s.name in world.revoked else s.enrolled) for s in stations}
    for hub in world.hubs:
        hears[f"hub {hub.name}"] = _heard(world, {hub.name})
        with hub.service.engine.reading() as sql:
            sets[f"hub {hub.name}"] = _counted(sql, limits)
            of_hubs |= _hubs_known(sql)
    most = set().union(*sets.values())
    for where, has in sets.items():
        lacking = sorted(row for row in most - has if row[0] not in of_hubs - hears[where])
        if lacking:
            raise Broken(f"{where} lacks {len(lacking)} entries after all rounds: {lacking[:3]}")


def check_entitled(world: World, stations: list[Station]) -> None:
    """Who may have all facts has all that a hub of his has, whatever he was before. Raises Broken."""
    for station in stations:
        mine = Signer.load(station.path).feed
        for hub in (world.hub_named(name) for name in sorted(station.enrolled)):
            with hub.service.engine.reading() as sql:
                member = admitted(sql, mine)
                if member is None or member.last is not None:
                    # One that is revoked there hands it nothing more.
                    continue
                (own,) = sql.execute(
                    "SELECT count(*) FROM entry e JOIN feed f ON f.n=e.feed WHERE f.id=? AND e.facts IS NULL",
                    (mine,),
                ).fetchone()
                if own:
                    raise Broken(
                        f"hub {hub.name} lacks the facts of {own} entries that {station.place} wrote"
                    )
                if member.region or member.role in WITHOUT_PERSONAL:
                    continue
                told = held(sql, "facts IS NOT NULL")
            lacking = held(station.store.connection, "facts IS NULL") & told
            world.count("entitled stations looked at")
            if lacking:
                raise Broken(
                    f"{station.place} is {member.role} at {hub.name} and lacks the facts of {len(lacking)}"
                )


def _hubs_known(sql: Any) -> set[str]:
    """The feeds of hubs of which anything came here."""
    found = {headers.stem(feed) for (feed,) in sql.execute("SELECT id FROM feed").fetchall()}
    return {feed for feed in found if chains.is_hub(sql, feed)}


def _heard(world: World, names: set[str]) -> set[str]:
    """The feeds of these hubs, of those that they exchange with, and so on."""
    found: set[str] = set()
    while found != names:
        found = set(names)
        names = found | {name for pair in world.agreed if set(pair) & found for name in pair}
    return {hub.feed for hub in world.hubs if hub.name in found}


def _counted(sql: Any, limits: dict[str, int]) -> set[tuple[str, int, str]]:
    rows = sql.execute("SELECT f.id, e.seq, e.hash FROM entry e JOIN feed f ON f.n=e.feed").fetchall()
    named = ((headers.stem(feed), seq, bytes(hash_).hex()[:12]) for feed, seq, hash_ in rows)
    return {row for row in named if row[0] not in limits or row[1] <= limits[row[0]]}


def check_all(world: World) -> None:
    """Same entries, same tables, same conflicts, nothing promised lost, and the model says so too. Raises Broken."""
    first = world.stations[0]
    #: {the hubs whose word counts: (a station, its tables)}.
    wants: dict[frozenset[str], tuple[Station, Any]] = {}
    for station in world.stations:
        has = held(station.store.connection)
        lost = world.ledger.promised - has
        if lost:
            raise Broken(f"{station.place}: {len(lost)} promised entries are lost")
        check_aside(world, station.place, station.store.connection, all_came=True)
        problems = journal.verify(station.store.connection)
        if problems:
            raise Broken(f"{station.place}: {problems[:3]}")
        trusted = frozenset(plainly(station.store.connection).hubs)
        if trusted in wants:
            like, want = wants[trusted]
            same(station.place, f"the tables of {like.place}", everything(station.store.connection), want)
        else:
            # Stations with the same hubs say the same as this one.
            check_station(world, station)
            wants[trusted] = (station, everything(station.store.connection))
            check_any_order(world, station, wants[trusted][1])
    for hub in world.hubs:
        check_hub(hub, world)
        check_facts(hub, world)
    plain = plainly(first.store.connection)
    world.count("numbers drawn alike by copies", world.ledger.check_numbers(plain, {*NAMES, "I"}))
    world.count("double bookings at the end", len(plain.contested()))
    world.count("entries at the end", len(plain.entries))
    world.count("forked feeds at the end", len(plain.forked))
    if not plain.above:
        check_model(first.store.connection, plain, world)


def check_any_order(world: World, station: Station, want: dict[str, Any]) -> None:
    """The same entries, feed by feed in an order drawn by lot, make the same tables. Raises Broken."""
    feeds: dict[str, list[Envelope]] = {}
    for _n, feed, _seq, _received, envelope in journal.read(station.store.connection, order="e.seq"):
        feeds.setdefault(feed, []).append(envelope)
    if sum(len(e.facts or b"") for envelopes in feeds.values() for e in envelopes) > 500_000:
        return
    for _ in range(2):
        left = {feed: list(reversed(envelopes)) for feed, envelopes in sorted(feeds.items())}
        arriving: list[Envelope] = []
        while left:
            # A stretch of one feed at a time, as lines and sticks bring it.
            feed = world.r.choice(list(left))
            for _ in range(world.r.randrange(1, len(left[feed]) + 1)):
                arriving.append(left[feed].pop())
            if not left[feed]:
                del left[feed]
        connection = _arrived(station, arriving)
        same("another order of arrival", "the tables", everything(connection), want)
        connection.close()


def _arrived(station: Station, arriving: list[Envelope]) -> sqlite3.Connection:
    """The store of a station with the same hubs that these entries make in this order."""
    connection = empty_store()
    for row in station.store.connection.execute("SELECT * FROM hub").fetchall():
        connection.execute(f"INSERT INTO hub VALUES({','.join('?' * len(row))})", row)
    authority.learn(connection)
    fold = Fold(connection)
    for envelope in arriving:
        arrivals.take(connection, fold, [envelope], 10**6)
    return connection


def check_model(connection: sqlite3.Connection, plain: Plain, world: World) -> None:
    """The shared model of the journal's meaning, where it lies beside this checkout. Raises Broken."""
    if not MODEL.exists():
        return
    spec = importlib.util.spec_from_file_location("model", MODEL)
    assert spec and spec.loader
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    # It knows no facts that are withheld, and so no runs behind a gap.
    at = {(e.feed, e.seq): hash_ for hash_, e in plain.entries.items()}
    by_its_book = model.saw

    def saw(k: Any, later: Any, earlier: Any) -> bool:
        behind_a_gap = earlier[1] in plain.knew[at[later[:2]]].get(earlier[0], ())
        return bool(by_its_book(k, later, earlier)) or behind_a_gap

    model.saw = saw
    entries = []
    shaped: dict[str, list[Any]] = {}
    for dot, fact in plain.facts("claim", "settle", "move", "count"):
        shaped.setdefault(dot.hash, []).append((dot.place, fact))
    moved = {f[1] for _, f in plain.facts("move") if f[3].get("line")}
    for e in plain.entries.values():
        facts: list[Any] = [()] * len(e.facts)
        for place, fact in shaped.get(e.hash, []):
            facts[place] = (fact[0], tuple(fact[1]) if fact[0] == "settle" else fact[1], fact[2])
        entries.append(model.Entry(e.feed, e.seq, e.seen, e.wall, tuple(f or ("",) for f in facts)))
    ended = [line for line, (state, _) in plain.states.items() if state in ENDED]
    entries[0] = entries[0]._replace(facts=(*entries[0].facts, *(("free", line) for line in ended)))
    # It knows no claims that are told, and of a line no second one.
    made = [f for _, f in plain.facts("claim")]
    if len({f[1] for f in made}) == len(made) and not any(f[3:] and f[3].get("told") for f in made):
        same("model", "contested", claims.contested(connection), model.contested(entries))
    stock = {name: q for name, q in model.stock(entries).items() if name not in moved}
    shown = {row["id"]: row["quantity"] for row in _rows(connection, "reserve") if row["id"] in stock}
    same("model", "stock", shown, {name: stock[name] for name in shown})
    world.count("held against the model")
