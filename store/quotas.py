"""Quotas: stock lent to stations that may be cut off, so that together they cannot issue more than there is (CASES 10).

A quota is a right to issue. A station gives away only what it has itself, and issues only from
its own, by what it knows itself to have; what it has not heard of can only add to that. So no
partition lets two stations use one right (the bounded counter of Balegas and others, 2015).
What is lent to nobody stays with one station, `rest_with`: all the stock less everybody else's
quota, so that the quotas always add up to the ledger. What has been issued beyond a quota, by
whoever could not wait, is kept whole: a deficit, which somebody who has quota left approves by
lending what was missing. Nothing is clipped.

Kept as movements of nothing: ["move", stock line, 0, {"lend": thousandths, "to": station}]; the
first of a stock line says that it `begins`.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import units
from emergency.store.causality import PLACES, Causality
from emergency.store.errors import InvalidValue, Refused
from emergency.store.lookup import row_of
from emergency.store.records.steps import ACTIVE, AWAY
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store import stock
    from emergency.store.writer import Writer

#: Ordered, and still in the depot.
_WAITING = ", ".join(f"'{s}'" for s in ACTIVE if s not in AWAY)


class Share(NamedTuple):
    """What one station may issue of a stock line; all in thousandths of its unit."""

    station: str
    #: Lent to it, less what it has lent on; of the station that has the rest, all that no other has.
    lent: int
    #: Taken out by it, less what it brought in, since quotas are lent here.
    issued: int
    #: Less than nothing where it has issued beyond: its deficit.
    left: int

    @property
    def deficit(self) -> int:
        """What was issued beyond the quota and is not approved."""
        return max(0, -self.left)


class Quotas(NamedTuple):
    """The quotas of one stock line. What is left of them adds up to the quantity."""

    reserve: str
    quantity: int
    rest_with: str
    shares: tuple[Share, ...]

    def of(self, station: str) -> int:
        """What a station may still issue."""
        return next((s.left for s in self.shares if s.station == station), 0)


def read(connection: sqlite3.Connection, reserve: str) -> Quotas | None:
    """The quotas of a stock line, the rest first; None where none was ever lent."""
    row = connection.execute("SELECT quantity, rest_with FROM reserve WHERE id=?", (reserve,)).fetchone()
    if row is None or not row[1]:
        return None
    from emergency.store import stock

    quantity, rest_with = int(row[0] or 0), str(row[1])
    order = Causality(connection)
    rows = stock.movements(connection, reserve)
    begun = [m.mark for m in rows if m.begins]
    lent: dict[str, int] = {}
    issued: dict[str, int] = {}
    for spoken, told in stock.happened(rows, stock.effective(connection, reserve, rows)):
        writer = _station_of(connection, spoken.mark)
        if spoken.lend:
            lent[writer] = lent.get(writer, 0) - spoken.lend
            lent[spoken.to] = lent.get(spoken.to, 0) + spoken.lend
        # What a stocktake found falls to the rest, as a count does.
        elif spoken.quantity and not spoken.once and not _before(order, begun, told):
            post = spoken.post or writer
            issued[post] = issued.get(post, 0) - spoken.quantity
    others = sorted((lent.keys() | issued.keys()) - {rest_with})
    shares = [_share(s, lent.get(s, 0), issued.get(s, 0)) for s in others]
    rest = quantity - sum(s.left for s in shares)
    mine = issued.get(rest_with, 0)
    return Quotas(reserve, quantity, rest_with, (Share(rest_with, rest + mine, mine, rest), *shares))


def _share(station: str, lent: int, issued: int) -> Share:
    return Share(station, lent, issued, lent - issued)


def _before(order: Causality, begun: list[int], told: list[stock.Movement]) -> bool:
    """Whether a movement was known to who lent first: then it is in the stock that was divided."""
    return any(order.saw_mark(start, m.mark) for start in begun for m in told)


def _station_of(connection: sqlite3.Connection, mark: int) -> str:
    """The station that wrote a fact."""
    row = connection.execute(
        "SELECT f.station FROM entry e JOIN feed f ON f.n = e.feed WHERE e.n=?", (mark // PLACES,)
    ).fetchone()
    return str(row[0] or "") if row else ""


def ordered_by(connection: sqlite3.Connection, line: str) -> str | None:
    """The station that gave the order of a line itself; None where it is known at second hand only."""
    row = connection.execute(
        "SELECT f.station FROM step s JOIN entry e ON e.n = s.mark / 1024 JOIN feed f ON f.n = e.feed"
        " WHERE s.line=? AND s.name='issue' AND json_extract(coalesce(s.data, '{}'), '$.told') IS NULL"
        " ORDER BY f.station LIMIT 1",
        (line,),
    ).fetchone()
    return str(row[0]) if row and row[0] else None


def posted(connection: sqlite3.Connection, line: str) -> str | None:
    """The station under whose order, and so from whose quota, a line moves: where it is another than this one."""
    station = ordered_by(connection, line)
    return station if station and station != here(connection) else None


def here(connection: sqlite3.Connection) -> str:
    """This store's own station."""
    return str(connection.execute("SELECT value FROM meta WHERE key='station'").fetchone()[0])


def spendable(connection: sqlite3.Connection, reserve: str, ending: str = "") -> int | None:
    """What this station may still order or issue of a stock line, in thousandths; None where no quota is lent.

    What its own open orders hold is counted out, but for the line that is `ending`.
    """
    found = read(connection, reserve)
    if found is None:
        return None
    station = here(connection)
    held = connection.execute(
        "SELECT id, coalesce(answered, quantity, 0) FROM line WHERE reserve=? AND id<>?"
        f" AND state IN ({_WAITING})",
        (reserve, ending),
    ).fetchall()
    mine = sum(int(milli) for line, milli in held if ordered_by(connection, line) in (station, None))
    return found.of(station) - mine


# -- lending ----------------------------------------------------------------------------------------


def lend(writer: Writer, reserve: str, to: str, milli: int, *, reason: str, approves: bool = False) -> None:
    """Lend a station part of this one's quota; the first who lends of a stock line has the rest of it.

    Raises Refused for more than this station has, InvalidValue for lending to itself or nothing.
    """
    station = here(writer.connection)
    row = writer.require("reserve", reserve)
    unit = str(row["unit"] or "")
    if to == station:
        raise InvalidValue(
            _("{station} is this station: a quota is lent to another").format(station=safe(to))
        )
    if milli <= 0:
        raise InvalidValue(_("a quota is more than nothing"))
    own = spendable(writer.connection, reserve)
    standing = _ordered_by_others(writer.connection, reserve, station) if own is None else []
    if own is None:
        own = int(row["quantity"] or 0) - _held_by_all(writer.connection, reserve)
    if milli > own:
        raise Refused(
            _("{line}: {station} has {own} to lend, not {asked}").format(
                line=safe(reserve),
                station=safe(station),
                own=units.format_quantity(max(0, own), unit).strip(),
                asked=units.format_quantity(milli, unit).strip(),
            ),
            hint=_("emergency reserve quotas shows who has how much"),
        )
    first: dict[str, Any] = {}
    if not row["rest_with"]:
        writer.set("reserve", reserve, {"rest_with": station})
        first = {"begins": 1}
    _tell(writer, row)
    more: dict[str, Any] = {"approves": 1} if approves else {}
    writer.move(reserve, 0, lend=milli, to=to, reason=reason or None, **more, **first)
    for other, held, line in standing:
        # What others have ordered already, they keep.
        writer.move(reserve, 0, lend=held, to=other, reason=f"order {line}", **first)


def _ordered_by_others(
    connection: sqlite3.Connection, reserve: str, station: str
) -> list[tuple[str, int, str]]:
    """(station, thousandths, line) of what the open orders of other stations hold of a stock line."""
    rows = connection.execute(
        f"SELECT id, coalesce(answered, quantity, 0) FROM line WHERE reserve=? AND state IN ({_WAITING})"
        " ORDER BY length(id), id",
        (reserve,),
    ).fetchall()
    held = ((ordered_by(connection, line), int(milli), line) for line, milli in rows)
    return [(other, milli, line) for other, milli, line in held if other and other != station and milli > 0]


def _held_by_all(connection: sqlite3.Connection, reserve: str) -> int:
    sql = f"SELECT coalesce(sum(coalesce(answered, quantity)), 0) FROM line WHERE reserve=? AND state IN ({_WAITING})"
    return int(connection.execute(sql, (reserve,)).fetchone()[0])


def _tell(writer: Writer, row: dict[str, Any]) -> None:
    """What the post must know of the stock line and its depot, which may lie outside the area it is told of."""
    depot = row_of(writer.connection, "depot", str(row["depot"])) or {}
    writer.told("depot", str(row["depot"]), {k: depot.get(k) for k in ("name", "region")})
    writer.told(
        "reserve", row["id"], {k: row[k] for k in ("depot", "item", "lot", "form", "unit", "expires")}
    )


def approve(writer: Writer, reserve: str, station: str, milli: int | None, *, why: str) -> int:
    """Approve what a station issued beyond its quota, or so much of it; returns how much.

    Raises Refused where there is no such deficit, or this station has too little to make it good.
    """
    found = read(writer.connection, reserve)
    deficit = max(0, -found.of(station)) if found else 0
    if not deficit:
        raise Refused(
            _("{station} has issued nothing of {line} beyond its quota").format(
                station=safe(station), line=safe(reserve)
            )
        )
    unit = str(writer.require("reserve", reserve)["unit"] or "")
    if milli is not None and not 0 < milli <= deficit:
        raise InvalidValue(
            _("the deficit is {deficit}: more is not approved").format(
                deficit=units.format_quantity(deficit, unit).strip()
            )
        )
    amount = deficit if milli is None else milli
    lend(writer, reserve, station, amount, reason=why, approves=True)
    return amount


def beyond(connection: sqlite3.Connection, reserve: str, milli: int) -> int | None:
    """How far an issue of so much goes beyond this station's quota; None where no quota is lent."""
    own = spendable(connection, reserve)
    return None if own is None else max(0, milli - max(0, own))


def lent(connection: sqlite3.Connection) -> list[Quotas]:
    """The quotas of every stock line of which any was lent."""
    ids = connection.execute("SELECT id FROM reserve WHERE rest_with IS NOT NULL ORDER BY id").fetchall()
    return [found for (id_,) in ids if (found := read(connection, id_)) is not None]


class Issue(NamedTuple):
    """An issue that went beyond a quota, as it was written down."""

    station: str
    at: int
    quantity: int
    beyond: int
    reason: str


def issues_beyond(connection: sqlite3.Connection, reserve: str) -> list[Issue]:
    """Every issue that was known to go beyond a quota when it was written, the earliest first."""
    rows = connection.execute(
        "SELECT mark, at, quantity, json_extract(data, '$.deficit'), json_extract(data, '$.reason') FROM movement"
        " WHERE reserve=? AND is_count=0 AND data LIKE '%\"deficit\"%' ORDER BY at, mark",
        (reserve,),
    )
    return [
        Issue(_station_of(connection, mark), at, -quantity, int(deficit), str(reason or ""))
        for mark, at, quantity, deficit, reason in rows
        if isinstance(deficit, int)
    ]
