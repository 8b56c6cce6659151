"""What a call-up plan becomes: draft orders, written as one operation, and what an earlier plan drafted.

Drafts of a plan are known by their note. A new plan keeps those that it would write again, word for
word, cancels those that it would not, and writes what is new.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from emergency.store import candidates, claims, precedence
from emergency.store.alike import KEY
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError
from emergency.store.offers import Ground, Offer
from emergency.store.orders import Desk
from emergency.store.records.equipment import itself
from emergency.store.store import Store
from emergency.store.units import format_quantity
from emergency.store.writer import Writer

#: How the note of a drafted order begins; behind it stands the style.
NOTE = "plan callup"


class Drafted(NamedTuple):
    """A draft order of an earlier plan."""

    order: str
    lines: tuple[str, ...]
    meant: tuple[Any, ...]
    #: (kind, ids) of what it draws on: a team's people, a whole team, items by their tags, stock.
    team: str
    people: int | None
    tags: tuple[str, ...]
    stock: tuple[str, str] | None


class Issued(NamedTuple):
    """What an operation did: orders written, kept as they were, and cancelled."""

    new: tuple[str, ...]
    kept: tuple[str, ...]
    cancelled: tuple[str, ...]


def earlier(connection: sqlite3.Connection, incidents: Sequence[str]) -> list[Drafted]:
    """The draft orders that earlier plans wrote for these incidents."""
    marks = ",".join("?" * len(incidents))
    cursor = connection.execute(
        "SELECT c.id AS callup, c.incident, l.id, l.team, l.equipment, l.item, l.depot, l.quantity, l.people"
        ' FROM callup c JOIN line l ON l."order" = c.id'
        f" WHERE c.incident IN ({marks}) AND c.note LIKE '{NOTE}%' AND l.state = 'draft' AND l.retired IS NULL"
        " ORDER BY length(c.id), c.id, length(l.id), l.id",
        tuple(incidents),
    )
    names = [d[0] for d in cursor.description]
    by_order: dict[str, list[dict[str, Any]]] = {}
    for values in cursor:
        row = dict(zip(names, values, strict=True))
        by_order.setdefault(row["callup"], []).append(row)
    return [_drafted(order, lines) for order, lines in by_order.items()]


def _drafted(order: str, lines: list[dict[str, Any]]) -> Drafted:
    tags = tuple(sorted(r["equipment"] for r in lines if r["equipment"]))
    stock = [r for r in lines if r["item"]]
    people = next((r["people"] for r in lines if r["people"] is not None), None)
    team = "" if stock else next((r["team"] for r in lines if r["team"]), "") or ""
    where = (str(stock[0]["depot"]), str(stock[0]["item"])) if stock else None
    milli = sum(int(r["quantity"] or 0) for r in stock)
    meant = (lines[0]["incident"], team, tags, people, where, milli)
    return Drafted(order, tuple(r["id"] for r in lines), meant, team, people, tags, where)


def meant(ask: Ask, milli: int) -> tuple[Any, ...]:
    """What an order means, to be told from a draft; `milli` is the thousandths of its stock."""
    where = (ask.depot, ask.item) if ask.item else None
    return (ask.incident, ask.team, tuple(sorted(ask.equipment)), ask.people, where, milli)


def stock_ask(incident: str, depot: str, item: str, milli: int, **more: Any) -> Ask:
    """An order for so much stock of a depot."""
    return Ask(incident=incident, item=item, depot=depot, quantity=format_quantity(milli, "").strip(), **more)


def against(
    asks: Sequence[tuple[Ask, int]], before: Sequence[Drafted]
) -> tuple[list[Drafted | None], list[Drafted]]:
    """(for each order the draft that stands for it, None where it is to be written; drafts to be cancelled)."""
    standing: dict[tuple[Any, ...], list[Drafted]] = {}
    for draft in before:
        standing.setdefault(draft.meant, []).append(draft)
    kept: list[Drafted | None] = []
    for ask, milli in asks:
        alike = standing.get(meant(ask, milli))
        kept.append(alike.pop(0) if alike else None)
    return kept, [draft for alike in standing.values() for draft in alike]


def issue(writer: Writer, asks: Sequence[tuple[Ask, int]], before: Sequence[Drafted], at: int) -> Issued:
    """Write the plan's orders as drafts; raises what refuses one of them, and then writes nothing."""
    asks, before = _by_now(writer.connection, asks, before)
    stands, dropped = against(asks, before)
    for draft in dropped:
        for line in draft.lines:
            writer.step(line, "cancel", at=at)
    desk = Desk(writer)
    new = [
        desk.issue(ask, at, draft=True).id
        for (ask, _milli), draft in zip(asks, stands, strict=True)
        if draft is None
    ]
    return Issued(tuple(new), tuple(d.order for d in stands if d), tuple(d.order for d in dropped))


def _by_now(
    connection: sqlite3.Connection, asks: Sequence[tuple[Ask, int]], before: Sequence[Drafted]
) -> tuple[list[tuple[Ask, int]], list[Drafted]]:
    """A plan's orders and the drafts that stand, since others may write while one is reckoned.

    What is a draft now may be kept or cancelled. The order for which a draft stood that has been given meanwhile
    is not written again.
    """
    stood, _dropped = against(asks, before)
    given = "SELECT 1 FROM callup WHERE id=? AND issued_at IS NOT NULL"
    left = [
        pair
        for pair, draft in zip(asks, stood, strict=True)
        if draft is None or connection.execute(given, (draft.order,)).fetchone() is None
    ]
    incidents = {ask.incident for ask, _milli in asks} | {draft.meant[0] for draft in before}
    return left, earlier(connection, sorted(incidents))


def ends(store: Store, incidents: Sequence[str], asks: Sequence[tuple[Ask, int]], at: int) -> list[str]:
    """The lines of drills that would end if these orders were given."""
    drills = precedence.giving(store.connection, incidents)
    if not drills:
        return []
    rules = candidates.refusals(store)
    ending: set[str] = set()
    for ask, _milli in asks:
        with contextlib.suppress(EmergencyError):
            # Others may have written since the plan was reckoned.
            checked = rules.check(ask, at)
            ending |= {*checked.drills, *(line for lines in checked.holds.values() for line in lines)}
    return sorted(ending & drills, key=lambda line: (len(line), line))


class Tags:
    """The items of groups of equipment by their tags, those in `first` before others: read team by team."""

    def __init__(
        self, store: Store, ground: Ground, offers: Iterable[Offer], first: Collection[str] = ()
    ) -> None:
        self._store, self._ground, self._first = store, ground, first
        self._names = [*KEY.split(", "), *(f'"{name}"' for name in ground.figures)]
        #: The kinds that are asked of each team, and {key of a group: tags} of those that have been read.
        self._kinds: dict[str, set[str]] = {}
        for offer in offers:
            if offer.kind == "equipment" and offer.key[0] is not None:
                self._kinds.setdefault(offer.key[0], set()).add(offer.item)
        self._read: dict[str, dict[tuple[Any, ...], list[str]]] = {}

    def of(self, offer: Offer) -> list[str]:
        """The tags of what is offered, in the order in which they are sent."""
        team = offer.key[0]
        if team is None:
            # What belongs to nobody may be the most of a register.
            found = self._asked(" AND ".join(f"({name}) IS ?" for name in self._names), offer.key)
        else:
            if team not in self._read:
                kinds = sorted(self._kinds[team])
                marks = ",".join("?" * len(kinds))
                self._read[team] = self._asked(
                    f"team = ? AND coalesce(kind, '') IN ({marks})", (team, *kinds)
                )
            found = self._read[team]
        tags = found.get(offer.key, [])
        return [t for t in tags if t in self._first] + [t for t in tags if t not in self._first]

    def _asked(self, where: str, values: Sequence[Any]) -> dict[tuple[Any, ...], list[str]]:
        out: dict[tuple[Any, ...], list[str]] = {}
        for tag, *key in self._store.connection.execute(
            f"SELECT id, {', '.join(self._names)} FROM equipment WHERE {where}"
            f" AND {itself()} AND retired IS NULL AND {self._ground.why} = '' ORDER BY id",
            values,
        ):
            out.setdefault(tuple(key), []).append(tag)
        return out


def drawn_on(store: Store, ground: Ground, drafts: Sequence[Drafted]) -> dict[tuple[Any, ...], int]:
    """{(incident, kind, key of a group): items} that drafts draw on."""
    out: dict[tuple[Any, ...], int] = {}

    def add(key: tuple[Any, ...], items: int) -> None:
        out[key] = out.get(key, 0) + items

    for draft in drafts:
        incident = draft.meant[0]
        if draft.stock:
            add((incident, "reserve", *draft.stock), draft.meant[-1] // 1000)
        if draft.people is not None:
            add((incident, "people", draft.team), draft.people)
        if draft.team and draft.people is None and not draft.tags:
            add((incident, "team", draft.team), 1)
        columns = ", ".join([KEY, *(f'"{name}"' for name in ground.figures)])
        for some in claims.chunks(draft.tags):
            marks = ",".join("?" * len(some))
            for key in store.connection.execute(
                f"SELECT {columns} FROM equipment WHERE id IN ({marks})", some
            ):
                add((incident, "equipment", *key), 1)
    return out
