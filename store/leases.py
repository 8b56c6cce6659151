"""Leases: a thing is promised to one station until a time, so that it may order it while cut off (CASES 3, 4).

Who holds the lease orders the thing without asking anybody; to all others it is refused, also
when they cannot reach the holder. A lease ends at its time, and for others a margin later, so
that no two clocks can both think it theirs. After the end the holder starts nothing new before
it has heard from the others again; what is under way goes on.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from emergency.store import claims, times
from emergency.store.errors import Contested, InvalidValue, Refused
from emergency.store.lookup import row_of
from emergency.store.records.equipment import CUSTODY
from emergency.store.text import safe
from emergency.store.words import _, aside, language

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: How far two clocks may be apart before a lease could be used by both sides, in milliseconds.
MARGIN = 15 * times.MINUTE


def check(connection: sqlite3.Connection, tag: str, holder: str | None, until: int | None, at: int) -> None:
    """Refuse an order for what is leased to another, or was leased to us and is no more: to whom, and until when.

    Raises Contested, Refused.
    """
    if not holder or until is None:
        return
    if holder != _station(connection):
        if at < until + MARGIN:
            raise _leased(row_of(connection, "equipment", tag) or {})
    elif at >= until and not _heard_since(connection, until + MARGIN):
        raise Refused(
            _("the lease on {id} ended at {time}: no new order for it until others are heard again").format(
                id=safe(tag), time=times.format_time(until)
            ),
            hint=_("what is under way goes on; emergency sync, or a bundle from the desk"),
        )


def _leased(row: dict[str, Any]) -> Contested:
    return Contested(
        _("equipment {id} is leased to {station} until {until}, last known at {place}").format(
            id=safe(row["id"]),
            station=safe(row["leased_to"]),
            until=times.format_time(row["leased_until"]),
            place=_place(row),
        ),
        hint=_("ask {station}; others may order it {minutes} minutes after the lease has ended").format(
            station=safe(row["leased_to"]), minutes=MARGIN // times.MINUTE
        ),
    )


def _place(row: dict[str, Any]) -> str:
    """Where a thing was by what was last reported of it."""
    custody = row["custody"] or "home"
    words = CUSTODY[custody][1 if language() == "zh" else 0] if custody in CUSTODY else custody
    where = row["custodian"] or row["address"] or row["team"]
    return aside(safe(str(where)), words) if where else words


def _station(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT value FROM meta WHERE key='station'").fetchone()[0])


def _heard_since(connection: sqlite3.Connection, moment: int) -> bool:
    """Whether anything of another station has come since then."""
    return (
        connection.execute(
            "SELECT 1 FROM entry e JOIN feed f ON f.n = e.feed WHERE f.station <> ? AND e.received >= ? LIMIT 1",
            (_station(connection), moment),
        ).fetchone()
        is not None
    )


def give(writer: Writer, tag: str, station: str, until: int) -> None:
    """Lease a thing to a station. Raises Contested where it is claimed or leased, InvalidValue for a time gone by."""
    row = writer.require("equipment", tag)
    if until <= writer.wall:
        raise InvalidValue(_("that lies in the past: {time}").format(time=times.format_time(until)))
    held = row["leased_to"] and row["leased_until"] is not None and writer.wall < row["leased_until"] + MARGIN
    if held and not (row["leased_to"] == station and until >= row["leased_until"]):
        raise _leased(row)
    claimed = claims.live(writer.connection, claims.thing("equipment", tag))
    if claimed:
        raise Contested(
            _("equipment {id} is called up by {order}").format(id=safe(tag), order=safe(claimed[0].line)),
            hint=_("end that line first"),
        )
    writer.set("equipment", tag, {"leased_to": station, "leased_until": until})


def give_back(writer: Writer, tag: str) -> None:
    """The holder gives a lease back before its end. Raises Refused for anybody else."""
    row = writer.require("equipment", tag)
    if not row["leased_to"]:
        raise Refused(_("equipment {id} is not leased").format(id=safe(tag)))
    if row["leased_to"] != _station(writer.connection):
        raise Refused(
            _("equipment {id} is leased to {station}, which alone can give it back").format(
                id=safe(tag), station=safe(row["leased_to"])
            ),
            hint=_("it may not know yet that it should: ask it"),
        )
    writer.set("equipment", tag, {"leased_to": None, "leased_until": None})
