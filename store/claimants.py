"""The sides of a contest: every order line that took one thing, and what is recorded of it.

Everything here is a function of the entries a store has, never of the order in which they
came: advice is given on it (store/advice.py), and two stations must give the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from emergency.store import claims, entries, needs
from emergency.store.causality import Causality
from emergency.store.cells import heads
from emergency.store.lookup import row_of
from emergency.store.records.need import PRIORITIES
from emergency.store.store import Store


class Heard(NamedTuple):
    """What the writer of one claim had seen of another."""

    line: str
    saw: bool
    #: How many entries of the other's feed had come, and which of them holds the claim.
    upto: int
    entry: int


class Side(NamedTuple):
    """One line of a contest with its order, its incident and who gave it."""

    line: str
    order: str
    live: bool
    state: str
    since: int | None
    flags: tuple[str, ...]
    team: str | None
    equipment: str | None
    kind: str
    basis: str | None
    approver: str | None
    #: Of the one officer of that name, where the register has one.
    approver_role: str | None
    report_to: str | None
    by: int | None
    #: When it was approved: the order's own time, in milliseconds.
    issued_at: int | None
    incident: str | None
    title: str
    region: str | None
    scenario: str | None
    level: str | None
    exercise: bool
    #: The highest priority among the needs of the incident that this line helps to meet.
    priority: str | None
    station: str
    station_name: str
    #: `province`, `city` or `county`: the region of the station that gave it; "" where none is recorded.
    tier: str
    officer: str
    recorded: int
    why: str
    feed: str
    seq: int
    place: int
    heard: tuple[Heard, ...]

    @property
    def place_in_journal(self) -> tuple[str, int, int]:
        """Where its claim stands: the same on every machine."""
        return (self.feed, self.seq, self.place)


class Custody(NamedTuple):
    """Where a thing is by what was reported of it; several values where reports were made apart."""

    states: tuple[str, ...]
    holders: tuple[str, ...]

    @property
    def away(self) -> bool:
        """Whether somebody is said to have it outside its home."""
        return any(state not in ("", "home") for state in self.states)


def sides(connection: sqlite3.Connection, name: str, lines: Iterable[str]) -> list[Side]:
    """These lines as sides of a contest over a thing, in the order of their ids."""
    order = Causality(connection)
    marks = {line: mark for line in sorted(set(lines)) if (mark := _first_claim(connection, name, line))}
    return [_side(connection, order, line, mark, marks) for line, mark in marks.items()]


def _first_claim(connection: sqlite3.Connection, name: str, line: str) -> int:
    """The mark of the claim that speaks for a line, as in claims.live; 0 where it never took the thing."""
    rows = connection.execute(
        "SELECT c.thing, c.mark FROM claim c JOIN entry e ON e.n = c.mark / 1024"
        " JOIN feed f ON f.n = e.feed WHERE c.line=? ORDER BY f.id, e.seq, c.mark % 1024",
        (line,),
    )
    return next((int(m) for thing, m in rows if claims.canonical(connection, thing) == name), 0)


def _side(
    connection: sqlite3.Connection, order: Causality, line: str, mark: int, marks: dict[str, int]
) -> Side:
    row = row_of(connection, "line", line) or {}
    # A claim may have come before the order that makes it: its line still names that order.
    order_id = str(row.get("order") or line.split("/")[0])
    given = row_of(connection, "callup", order_id) or {}
    incident = row_of(connection, "incident", given.get("incident") or "") or {}
    feed, station, seq, header, facts = connection.execute(
        "SELECT f.id, f.station, e.seq, e.header, e.facts FROM entry e JOIN feed f ON f.n = e.feed"
        " WHERE e.n=?",
        (mark // 1024,),
    ).fetchone()
    told = entries.told(entries.Envelope(header, facts, b""))
    post = row_of(connection, "station", station) or {}
    return Side(
        line=line,
        order=order_id,
        live=connection.execute("SELECT 1 FROM claim WHERE line=? AND live=1", (line,)).fetchone()
        is not None,
        state=row.get("state") or "draft",
        since=row.get("since"),
        flags=tuple((row.get("flags") or "").split()),
        team=row.get("team"),
        equipment=row.get("equipment"),
        kind=given.get("kind") or "",
        basis=given.get("basis"),
        approver=given.get("approver"),
        approver_role=_role(connection, given.get("approver")),
        report_to=given.get("report_to"),
        by=given.get("by"),
        issued_at=given.get("issued_at") or _issued(connection, line),
        incident=given.get("incident"),
        title=incident.get("title") or "",
        region=incident.get("region"),
        scenario=incident.get("scenario"),
        level=incident.get("level"),
        exercise="yes" in (row.get("exercise"), given.get("exercise"), incident.get("exercise")),
        priority=_priority(connection, given.get("incident"), line),
        station=station,
        station_name=post.get("name") or "",
        tier=tier(post.get("region")),
        officer=told.header["who"],
        recorded=told.header["wall"],
        why=told.why,
        feed=feed,
        seq=seq,
        place=mark % 1024,
        heard=tuple(_heard(order, mark, other, m) for other, m in marks.items() if other != line),
    )


def _heard(order: Causality, mark: int, line: str, other: int) -> Heard:
    mine, theirs = order.dot(mark), order.dot(other)
    upto = mine.seq if mine.feed == theirs.feed else order.known(mine.feed, mine.seq, theirs.feed)
    saw = order.saw(mine, theirs)
    # Further entries may have come of which this one was withheld.
    return Heard(line, saw, upto if saw else min(upto, theirs.seq - 1), theirs.seq)


def tier(region: str | None) -> str:
    """`province`, `city` or `county`, by the code of a region (GB/T 2260); "" for none."""
    if not region or len(region) != 6:
        return ""
    return "province" if region.endswith("0000") else "city" if region.endswith("00") else "county"


def _role(connection: sqlite3.Connection, approver: str | None) -> str | None:
    """The role of the officer whom an order names as its approver, if just one has that name."""
    roles = connection.execute(
        "SELECT DISTINCT coalesce(role, '') FROM officer WHERE (name=?1 OR id=?1) AND retired IS NULL",
        (approver,),
    ).fetchall()
    return str(roles[0][0]) or None if len(roles) == 1 else None


def _issued(connection: sqlite3.Connection, line: str) -> int | None:
    (at,) = connection.execute("SELECT min(at) FROM step WHERE line=? AND name='issue'", (line,)).fetchone()
    return None if at is None else int(at)


def _priority(connection: sqlite3.Connection, incident: str | None, line: str) -> str | None:
    """The highest priority among the needs of an incident that a line brings something to."""
    rows = connection.execute(
        "SELECT DISTINCT what, priority FROM need WHERE incident=? AND retired IS NULL AND priority IS NOT NULL"
        " AND what IS NOT NULL",
        (incident,),
    ).fetchall()
    met = {priority for what, priority in rows if needs.brought(connection, what, line)}
    return next((p for p in PRIORITIES if p in met), None)


class Loss(NamedTuple):
    """What a need lacks while a line stands, and what it would lack without it; thousandths of its unit."""

    need: str
    incident: str
    what: str
    label: str
    unit: str
    asked: int
    asked_without: int
    short: int
    short_without: int


def losses(store: Store, side: Side) -> list[Loss]:
    """What would return to the needs of its incident if a side lost its claim; nothing if it has already."""
    if not side.incident or not side.live:
        return []
    pairs = zip(
        needs.board(store, side.incident), needs.board(store, side.incident, (side.line,)), strict=True
    )
    return [
        Loss(
            now.need["id"],
            side.incident,
            now.need["what"],
            needs.label(store, now.need["what"]),
            now.need["unit"] or "",
            now.asked,
            then.asked,
            now.short,
            then.short,
        )
        for now, then in pairs
        if (now.asked, now.short) != (then.asked, then.short)
    ]


def custody(connection: sqlite3.Connection, name: str, also: Sequence[str | None] = ()) -> Custody:
    """Where an item of equipment is and who has it, under each of its tags; nothing for a team."""
    kind, _colon, id_ = name.partition(":")
    if kind != "equipment":
        return Custody((), ())
    tags = sorted({id_, *filter(None, also)})
    return Custody(_standing(connection, tags, "custody"), _standing(connection, tags, "custodian"))


def _standing(connection: sqlite3.Connection, tags: Sequence[str], field: str) -> tuple[str, ...]:
    out: set[str] = set()
    for tag in tags:
        found: list[Any] = [h.value for h in heads(connection, "equipment", tag, field)]
        found = found or [(row_of(connection, "equipment", tag) or {}).get(field)]
        out.update(str(value) for value in found if value)
    return tuple(sorted(out))
