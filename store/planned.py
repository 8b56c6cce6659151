"""What a call-up plan becomes: draft orders, written as one operation, and what an earlier plan drafted.

Drafts of a plan are known by their note. A new plan keeps those that it would write again, sets what
of them is another now (the deadline, the place, the rule that is passed over), cancels those that it
would not write, and writes what is new.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import candidates, claims, precedence
from emergency.store.alike import KEY
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError, Refused
from emergency.store.offers import Ground, Offer
from emergency.store.orders import Desk
from emergency.store.records import RECORDS
from emergency.store.records.equipment import itself
from emergency.store.showing import exercise_mark
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.units import format_quantity
from emergency.store.words import _, listed, ngettext

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: How the note of a drafted order begins; behind it stands the style.
NOTE = "plan callup"
#: What of a draft is brought up to date where it stands.
UPDATED = ("by", "override", "report_to")


def may_be_planned(store: Store, incidents: Sequence[str]) -> None:
    """Refuse incidents that no plan can be made for: closed ones, drills with real ones, and where no need is stated.

    Drills never mix with the real thing (row E4): one model over both would have a real need go short for a
    drill's. Raises Refused.
    """
    rows = [store.row("incident", id_) for id_ in incidents]
    for id_, row in zip(incidents, rows, strict=True):
        if row is None or row["state"] == "closed":
            raise Refused(
                _("incident {id} is closed").format(id=safe(id_)),
                hint=_("emergency incident reopen, or open another"),
            )
    drills = [row["id"] for row in rows if row and exercise_mark(row)]
    real = [id_ for id_ in incidents if id_ not in drills]
    if drills and real:
        raise Refused(
            _("drills are never planned together with real incidents; drills are: {drills}").format(
                drills=listed(drills)
            ),
            hint=_("plan them apart: emergency plan callup {incidents}").format(incidents=" ".join(real)),
        )
    marks = ",".join("?" * len(incidents))
    if not store.rows(
        f"SELECT 1 FROM need WHERE incident IN ({marks}) AND retired IS NULL", tuple(incidents)
    ):
        raise Refused(
            ngettext("{incidents} states no need", "{incidents} state no need", len(incidents)).format(
                incidents=listed(incidents)
            ),
            hint=_("emergency incident propose {id}, or emergency incident need {id} 'people>=60'").format(
                id=incidents[0]
            ),
        )


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
    #: What of it may be set without its being another order.
    stands: dict[str, Any]

    def changed(self, ask: Ask) -> dict[str, Any]:
        """What would have to be set of it, so that it says what an order says."""
        wanted = {name: getattr(ask, name) or None for name in self.stands}
        return {name: value for name, value in wanted.items() if value != self.stands[name]}


class Issued(NamedTuple):
    """What an operation did: orders written, kept, of these brought up to date, and cancelled."""

    new: tuple[str, ...]
    kept: tuple[str, ...]
    updated: tuple[str, ...]
    cancelled: tuple[str, ...]


def earlier(connection: sqlite3.Connection, incidents: Sequence[str]) -> list[Drafted]:
    """The draft orders that earlier plans wrote for these incidents."""
    marks = ",".join("?" * len(incidents))
    cursor = connection.execute(
        "SELECT c.id AS callup, c.incident, c.by, c.override, c.report_to, l.id, l.team, l.equipment, l.item, l.depot, l.quantity,"
        " l.people"
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


def places_of(store: Store, incidents: Sequence[str]) -> dict[str, str]:
    """{incident: where its orders report to}: its place, or else its position; "" where it has neither."""
    marks = ",".join("?" * len(incidents))
    at = RECORDS["incident"].field("at")
    assert at is not None
    return {
        row["id"]: row["place"] or at.type.show(at.type.gather("at", row))
        for row in store.rows(f"SELECT * FROM incident WHERE id IN ({marks})", tuple(incidents))
    }


def _drafted(order: str, lines: list[dict[str, Any]]) -> Drafted:
    tags = tuple(sorted(r["equipment"] for r in lines if r["equipment"]))
    stock = [r for r in lines if r["item"]]
    people = next((r["people"] for r in lines if r["people"] is not None), None)
    team = "" if stock else next((r["team"] for r in lines if r["team"]), "") or ""
    where = (str(stock[0]["depot"]), str(stock[0]["item"])) if stock else None
    milli = sum(int(r["quantity"] or 0) for r in stock)
    meant = (lines[0]["incident"], team, tags, people, where, milli)
    stands = {name: lines[0][name] or None for name in UPDATED}
    return Drafted(order, tuple(r["id"] for r in lines), meant, team, people, tags, where, stands)


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
    return matched([meant(ask, milli) for ask, milli in asks], before)


def matched(
    meants: Sequence[tuple[Any, ...]], before: Sequence[Drafted]
) -> tuple[list[Drafted | None], list[Drafted]]:
    """The same for what orders mean, however that is told."""
    standing: dict[tuple[Any, ...], list[Drafted]] = {}
    for draft in before:
        standing.setdefault(draft.meant, []).append(draft)
    kept: list[Drafted | None] = []
    for one in meants:
        alike = standing.get(one)
        kept.append(alike.pop(0) if alike else None)
    return kept, [draft for alike in standing.values() for draft in alike]


def updated(asks: Iterable[Ask], stands: Iterable[Drafted | None]) -> dict[str, dict[str, Any]]:
    """{order: what is to be set of it} of the drafts that stand."""
    pairs = zip(asks, stands, strict=True)
    return {draft.order: change for ask, draft in pairs if draft and (change := draft.changed(ask))}


def issue(writer: Writer, asks: Sequence[tuple[Ask, int]], before: Sequence[Drafted], at: int) -> Issued:
    """Write the plan's orders as drafts; raises what refuses one of them, and then writes nothing."""
    asks, before = _by_now(writer.connection, asks, before)
    desk = Desk(writer)
    stands, dropped = against(asks, before)
    some = [ask for ask, _milli in asks]
    return settle(writer, some, stands, dropped, at, lambda ask: desk.issue(ask, at, draft=True).id)


def settle(
    writer: Writer,
    asks: Sequence[Ask],
    stands: Sequence[Drafted | None],
    dropped: Sequence[Drafted],
    at: int,
    write: Callable[[Ask], str],
) -> Issued:
    """Cancel the drafts that a plan would not write, bring those that stand up to date, and `write` the others."""
    for draft in dropped:
        for line in draft.lines:
            writer.step(line, "cancel", at=at)
    changes = updated(asks, stands)
    for order, change in changes.items():
        writer.set("callup", order, change)
    new = [write(ask) for ask, draft in zip(asks, stands, strict=True) if draft is None]
    return Issued(
        tuple(new),
        tuple(draft.order for draft in stands if draft),
        tuple(changes),
        tuple(draft.order for draft in dropped),
    )


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
    ending: set[str] = set()
    for checked in candidates.refusals(store).each([ask for ask, _milli in asks], at):
        # Others may have written since the plan was reckoned.
        if not isinstance(checked, EmergencyError):
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
