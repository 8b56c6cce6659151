"""What hubs say of stations: who may do what, up to which entry, and whose clock is wrong.

A grant counts only in the feed of a hub: one this store is enrolled at, or one that such a hub
granted the role `hub`. From the grants alone, in whatever order they came, follow each feed's
role and its last valid entry; what goes beyond them is kept, and without effect. Where several
hubs speak of one feed, any that revokes it revokes it, and it may do what any of them allows.

A clock that a hub found wrong is stated likewise, so that every station ranks its entries last
among equals, and none has to judge by a clock of its own (DESIGN 4, clock).
"""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from emergency.store.entries import parsed, whole
from emergency.store.errors import BeyondAuthority
from emergency.store.headers import MARK, stem
from emergency.store.records.grant import ROLES, WITHOUT_ORDERS, WITHOUT_WORD
from emergency.store.text import safe
from emergency.store.words import _

#: Steps that give, change or end an order; the others answer it, and tell what was done.
ORDERING = ("issue", "cancel", "supersede", "reassign", "extend", "recall", "close")


class Standing(NamedTuple):
    """What a feed may do."""

    role: str = ""
    last: int | None = None

    @property
    def may_order(self) -> bool:
        """Whether it may give orders; who is in no register may."""
        return self.role not in WITHOUT_ORDERS

    @property
    def may_tell(self) -> bool:
        """Whether it may tell of an order that came to it: a team is whom most codes are for (row F11)."""
        return self.role not in WITHOUT_WORD

    def beyond(self, fact: Any) -> bool:
        """Whether a fact says what it may not."""
        return (orders(fact) and not self.may_order) or (tells(fact) and not self.may_tell)


#: Of a feed that no hub speaks of.
UNBOUND = Standing()


class Authority:
    """The standing of every feed, as the store last worked it out."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT feed, role, last, registrar FROM authority").fetchall()
        self._standing = {feed: Standing(role, last) for feed, role, last, _registrar in rows}
        self._registrars = {feed for feed, _role, _last, registrar in rows if registrar}

    def of(self, feed: str) -> Standing:
        """The standing of a feed, or of the feed of a branch."""
        return self._standing.get(stem(feed), UNBOUND)

    def registers(self, feed: str) -> bool:
        """Whether grants in this feed count."""
        return stem(feed) in self._registrars

    def void(self, feed: str, seq: int) -> bool:
        """Whether an entry comes behind the last that counts."""
        last = self.of(feed).last
        return last is not None and seq > last

    def objection(self, feed: str, fact: Any) -> str:
        """Why a fact of this feed is without effect, in a word; "" where it is not."""
        if grants(fact) and not self.registers(feed):
            return "not-a-hub"
        return "beyond-authority" if self.of(feed).beyond(fact) else ""

    def check(self, feed: str, fact: Any) -> None:
        """Refuse a fact of our own feed that would be without effect everywhere. Raises BeyondAuthority."""
        standing = self.of(feed)
        if standing.last is not None:
            raise BeyondAuthority(
                _("this station was revoked by its hub: what it writes counts nowhere"),
                hint=_("ask those who run the hub; emergency grant list tells why"),
            )
        if grants(fact) and not self.registers(feed):
            raise BeyondAuthority(
                _("what a station may do is for its hub to say"), hint=_("ask those who run the hub")
            )
        if standing.beyond(fact):
            raise BeyondAuthority(
                _("the role of this station is {role}: it gives no orders").format(role=safe(standing.role)),
                hint=_("ask a duty station to give it"),
            )


def grants(fact: Any) -> bool:
    """Whether a fact says what a station may do, or that its clock is wrong."""
    match fact:
        case ["new" | "set" | "told", "grant", *_] | ["clock", *_]:
            return True
    return False


def orders(fact: Any) -> bool:
    """Whether a fact gives, changes or ends an order, or settles what orders claim."""
    match fact:
        case ["claim" | "settle", *_] | ["new", "callup" | "line", *_]:
            return True
        case ["step", _line, str() as name, *_]:
            return name in ORDERING
    return False


def tells(fact: Any) -> bool:
    """Whether a fact tells at second hand of an order: it takes nothing, and whoever gave the order stands over it."""
    match fact:
        case ["told", "callup" | "line", *_]:
            return True
    return False


class Learned(NamedTuple):
    """What hubs have said that was not known before."""

    #: Feeds whose facts read differently now.
    judged: set[str]
    #: Whether a clock was found wrong, or right again.
    clocks: bool


def learn(connection: sqlite3.Connection) -> Learned:
    """Work out every standing and every wrong clock anew from what hubs say."""
    before = Authority(connection)
    registrars = {feed for (feed,) in connection.execute("SELECT feed FROM hub")}
    grants: dict[str, dict[str, dict[str, Any]]] = {}
    clocks: dict[tuple[str, int], int] = {}
    while registrars - grants.keys():
        for hub in sorted(registrars - grants.keys()):
            grants[hub], found = said(connection, hub)
            # Of several hubs at one place the one that found it further off.
            clocks |= {place: max(clocks.get(place, 0), ahead, key=abs) for place, ahead in found.items()}
            registrars |= {feed for feed, told in grants[hub].items() if told.get("role") == "hub"}
    now: dict[str, Standing] = {}
    for told in grants.values():
        for feed, values in told.items():
            now[feed] = _joined(now.get(feed), values)
    connection.execute("DELETE FROM authority")
    for feed in sorted(registrars | now.keys()):
        standing = now.get(feed, Standing("hub"))
        connection.execute(
            "INSERT INTO authority VALUES(?,?,?,?)",
            (feed, standing.role, standing.last, int(feed in registrars)),
        )
    after = Authority(connection)
    spoken_of = registrars | now.keys() | before._standing.keys()
    return Learned({f for f in spoken_of if _differ(before, after, f)}, _note_clocks(connection, clocks))


def _differ(before: Authority, after: Authority, feed: str) -> bool:
    mine, theirs = before.of(feed), after.of(feed)
    told = (before.registers(feed), mine.may_order, mine.may_tell, mine.last)
    return told != (after.registers(feed), theirs.may_order, theirs.may_tell, theirs.last)


def _joined(before: Standing | None, values: dict[str, Any]) -> Standing:
    role = values["role"] if values.get("role") in ROLES else "duty"
    last = values["last"] if whole(values.get("last")) else None
    if before is None:
        return Standing(role, last)
    least = min((n for n in (before.last, last) if n is not None), default=None)
    return Standing(role if before.role in WITHOUT_ORDERS else before.role, least)


def said(
    connection: sqlite3.Connection, hub: str
) -> tuple[dict[str, dict[str, Any]], dict[tuple[str, int], int]]:
    """({feed: what the hub grants it}, {(feed, after): how far its clock is ahead from there on}).

    Later entries stand over earlier ones, and branches in the order of their names.
    """
    rows = connection.execute(
        "SELECT e.facts FROM entry e JOIN feed f ON f.n = e.feed"
        " WHERE (f.id=? OR (f.id>? AND f.id<?)) AND e.facts IS NOT NULL ORDER BY f.id, e.seq",
        (hub, hub + MARK, hub + MARK + "g"),
    )
    grants: dict[str, dict[str, Any]] = {}
    clocks: dict[tuple[str, int], int] = {}
    for (facts,) in rows:
        for fact in (parsed(facts) or {}).get("facts", ()):
            match fact:
                case ["new" | "set", "grant", str() as feed, dict() as values]:
                    grants.setdefault(feed, {}).update(values)
                case ["clock", str() as feed, int() as after, int() as ahead] if whole(after) and whole(
                    ahead
                ):
                    clocks[feed, after] = ahead
    return grants, clocks


def _note_clocks(connection: sqlite3.Connection, rows: dict[tuple[str, int], int]) -> bool:
    """Keep which clocks were wrong from where on; returns whether that is news."""
    before = {(f, a): o for f, a, o in connection.execute("SELECT feed, after, ahead FROM clock")}
    if before != rows:
        connection.execute("DELETE FROM clock")
        connection.executemany(
            "INSERT INTO clock VALUES(?,?,?)", [(*key, ahead) for key, ahead in rows.items()]
        )
    return before != rows


class Clocks:
    """Which clocks hubs found wrong, read once for many entries."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._found: dict[str, list[tuple[int, int]]] = {}
        for feed, after, ahead in connection.execute("SELECT feed, after, ahead FROM clock ORDER BY after"):
            self._found.setdefault(feed, []).append((after, ahead))

    def ahead(self, feed: str, seq: int) -> int:
        """How far the clock that wrote an entry was ahead, in milliseconds, as hubs found; 0 where none says."""
        if not self._found:
            return 0
        said = [ahead for after, ahead in self._found.get(stem(feed), ()) if after < seq]
        return said[-1] if said else 0
