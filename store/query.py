"""Questions to the registers: filters, conditions with units, and the nearest to a point."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from emergency.store import places, times, units
from emergency.store.errors import InvalidValue, NoSuchRecord
from emergency.store.records import RECORDS, Record
from emergency.store.records.equipment import itself
from emergency.store.records.team import STALE_AFTER
from emergency.store.records.types import Date, Integer, Quantity
from emergency.store.store import Store
from emergency.store.text import like_pattern, safe, search_terms
from emergency.store.words import _

#: An item in one of these cannot be called, whoever asks.
OUT_OF_SERVICE = ("in_repair", "unserviceable", "lost", "destroyed")
#: Where a free item may be.
AT_HAND = ("home", "pre_positioned")


class Filter(NamedTuple):
    """What a list shows. Everything given must hold."""

    search: str = ""
    region: str = ""
    equals: Sequence[tuple[str, str]] = ()
    where: Sequence[str] = ()
    near: places.Point | None = None
    within: int | None = None
    ready: bool = False
    free: bool = False
    retired: bool = False
    limit: int | None = None
    extra: Sequence[tuple[str, Sequence[Any]]] = ()


def select(store: Store, kind: str, filter_: Filter) -> list[dict[str, Any]]:
    """The rows of a register that the filter lets through; with `near`, nearest first, `distance_m` added.

    Raises InvalidValue for a condition that makes no sense, NoSuchRecord for a region unknown.
    """
    return list(stream(store, kind, filter_))


def stream(store: Store, kind: str, filter_: Filter) -> Iterator[dict[str, Any]]:
    """The same, row by row, for registers that do not fit into memory."""
    record = RECORDS[kind]
    sql, parameters = _conditions(store, record, filter_)
    if filter_.near is not None:
        return iter(_nearest(store, record, filter_, sql, parameters))
    limit = "" if filter_.limit is None else f" LIMIT {int(filter_.limit)}"
    # FT-9 before FT-10; tags sort as text, which an index does for a million of them.
    by_number = record.numbered and not record.tagged and record.order == "id"
    natural = f'length("{record.order}"), ' if by_number else ""
    return store.each(
        f'SELECT * FROM "{kind}" WHERE {sql} ORDER BY {natural}"{record.order}"{limit}', parameters
    )


def count(store: Store, kind: str, filter_: Filter) -> int:
    """How many rows the filter lets through, whatever its limit."""
    sql, parameters = _conditions(store, RECORDS[kind], filter_)
    return int(
        store.connection.execute(f'SELECT count(*) FROM "{kind}" WHERE {sql}', parameters).fetchone()[0]
    )


def _conditions(store: Store, record: Record, f: Filter) -> tuple[str, list[Any]]:
    parts: list[str] = [] if f.retired else ["retired IS NULL"]
    parameters: list[Any] = []

    def must(sql: str, *values: Any) -> None:
        parts.append(sql)
        parameters.extend(values)

    for term in search_terms(f.search) if f.search else ():
        must("search LIKE ? ESCAPE '\\'", like_pattern(term))
    if f.region:
        column = "id" if record.noun == "region" else "region"
        if column != "id" and record.field("region") is None:
            raise InvalidValue(_("{record} has no region").format(record=record.label))
        low, high = region_range(store, f.region)
        must(f"{column} >= ? AND {column} < ?", low, high)
    for name, value in f.equals:
        must(f'"{name}" = ?', value)
    for text in f.where:
        sql, figure = condition(record, text)
        must(sql, figure)
    if record.noun == "equipment" and not f.retired:
        must(itself())
    if f.ready:
        must("readiness = 'ready' AND reported_at >= ?", times.now() - stale_after())
    if f.free:
        must(f"{FREE} AND {unleased()}")
    for sql, values in f.extra:
        must(sql, *values)
    return " AND ".join(parts) or "1", parameters


def _words(values: Sequence[str]) -> str:
    return ", ".join(f"'{v}'" for v in values)


#: SQL: nobody claims it, it is at hand, and it is not out of service.
FREE = (
    f"claimed IS NULL AND coalesce(custody, 'home') IN ({_words(AT_HAND)})"
    f" AND coalesce(serviceability, 'serviceable') NOT IN ({_words(OUT_OF_SERVICE)})"
)


def unleased() -> str:
    """SQL: no other station alone may order it now."""
    return (
        f"(leased_until IS NULL OR leased_until < {times.now()}"
        " OR leased_to = (SELECT value FROM meta WHERE key='station'))"
    )


def free_like(connection: sqlite3.Connection, tag: str, but: Sequence[str] = ()) -> list[str]:
    """Free items of the kind of this one, but for those named: the nearest to it first, three at most."""
    row = connection.execute("SELECT at_lat, at_lng, kind FROM equipment WHERE id=?", (tag,)).fetchone()
    if row is None:
        return []
    lat, lng, kind = row
    rows = connection.execute(
        f"SELECT id FROM equipment WHERE kind=? AND id<>? AND {FREE} AND {unleased()} AND retired IS NULL AND {itself()}"
        f" AND id NOT IN ({', '.join('?' * len(but))})"
        " ORDER BY abs(at_lat - ?) + abs(at_lng - ?) IS NULL, abs(at_lat - ?) + abs(at_lng - ?), id LIMIT 3",
        (kind, tag, *but, lat, lng, lat, lng),
    )
    return [id_ for (id_,) in rows]


def stale_after() -> int:
    """The age at which a report counts as stale, in milliseconds."""
    import os

    text = os.environ.get("EMERGENCY_STALE_AFTER")
    return times.parse_duration(text) if text else STALE_AFTER


def region_range(store: Store, text: str) -> tuple[str, str]:
    """The range of codes under a region: a code, the beginning of one, or a name.

    An abolished code stands for its successor (row H8). Raises NoSuchRecord.
    """
    code = text.strip()
    if not code.isdigit():
        named = store.connection.execute(
            "SELECT id FROM region WHERE (name=?1 OR short=?1) AND retired IS NULL ORDER BY id", (code,)
        ).fetchall()
        # 北京市 is a province and the city level below it: the one that holds the others is meant.
        wide = [id_ for (id_,) in named if all(other.startswith(id_.rstrip("0")) for (other,) in named)]
        code = wide[0] if wide else store.find("region", code)
    row = store.row("region", code) if len(code) == 6 else None
    if row and row["successors"]:
        successors = str(row["successors"]).split()
        if len(successors) > 1:
            raise NoSuchRecord(
                _("region {code} is abolished; it became {successors}").format(
                    code=safe(code), successors=", ".join(successors)
                ),
                hint=_("name one of them"),
            )
        code = successors[0]
    prefix = code[:6]
    if len(prefix) == 6:
        for tail in ("0000", "00"):
            if prefix.endswith(tail):
                prefix = prefix[: -len(tail)]
                break
    # Beijing and Tianjin keep a city level (110100) that covers the same counties as the province.
    if not prefix.isdigit() or not 2 <= len(prefix) <= 6:
        raise NoSuchRecord(
            _("no region {code}").format(code=safe(text)), hint=_("emergency region list shows them")
        )
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)


def condition(record: Record, text: str) -> tuple[str, int]:
    """SQL for `drainage>=3000m3/h`: the unit is converted to the field's and must fit it."""
    parsed = units.parse_condition(text)
    field = record.field(parsed.name) or next(
        (f for f in record.fields if parsed.name in (f.zh, f.en.lower(), *f.aliases)), None
    )
    if field is None or not isinstance(field.type, (Quantity, Integer)):
        names = ", ".join(f.name for f in record.fields if isinstance(f.type, (Quantity, Integer)))
        raise InvalidValue(
            _("{record} has no figure called {name}").format(record=record.label, name=safe(parsed.name)),
            hint=_("it has: {names}").format(names=names),
        )
    value = parsed.milli
    if isinstance(field.type, Quantity):
        value = units.convert(value, parsed.unit or field.type.unit, field.type.unit)
    elif parsed.unit in ("", "persons", "item"):
        value //= 1000
    else:
        raise InvalidValue(
            _("{field} has no unit, so not {unit}").format(field=field.label, unit=safe(parsed.unit))
        )
    return f'"{field.name}" {parsed.op} ?', value


def _nearest(
    store: Store, record: Record, f: Filter, sql: str, parameters: list[Any]
) -> list[dict[str, Any]]:
    """Walk outwards ring by ring, and stop when nothing nearer can be left."""
    assert f.near is not None
    if record.field("at") is None:
        raise InvalidValue(_("{record} has no position").format(record=record.label))
    found: list[tuple[float, str, int, int]] = []
    for k, ranges in enumerate(places.rings(f.near, f.within)):
        for id_, lat, lng in _in_cells(store, record, ranges, sql, parameters):
            metres = places.distance_m(f.near, places.Point(lat, lng))
            if f.within is None or metres <= f.within:
                found.append((metres, id_, lat, lng))
        if f.limit is not None and len(found) >= f.limit:
            found.sort()
            if found[f.limit - 1][0] <= places.ring_floor_m(f.near, k):
                break
    found.sort()
    kept = found[: f.limit]
    rows: dict[str, dict[str, Any]] = {}
    for start in range(0, len(kept), 500):
        ids = [id_ for _m, id_, _a, _n in kept[start : start + 500]]
        marks = ",".join("?" * len(ids))
        for row in store.rows(f'SELECT * FROM "{record.noun}" WHERE id IN ({marks})', ids):
            rows[row["id"]] = row
    for metres, id_, lat, lng in kept:
        rows[id_].update(at_lat=lat, at_lng=lng, distance_m=round(metres))
    return [rows[id_] for _m, id_, _a, _n in kept]


def _in_cells(
    store: Store, record: Record, ranges: list[tuple[int, int]], sql: str, parameters: list[Any]
) -> list[tuple[str, int, int]]:
    noun = record.noun
    out: list[tuple[str, int, int]] = []
    for low, high in ranges:
        out += store.connection.execute(
            f'SELECT id, at_lat, at_lng FROM "{noun}" WHERE at_cell BETWEEN ? AND ? AND {sql}',
            (low, high, *parameters),
        ).fetchall()
        if noun == "equipment":
            # An item without a place of its own stands where its team does.
            out += store.connection.execute(
                "SELECT equipment.id, base_lat, base_lng FROM (SELECT id AS base, at_lat AS base_lat, at_lng AS base_lng"
                " FROM team WHERE at_cell BETWEEN ? AND ?) CROSS JOIN equipment ON team = base"
                f" WHERE at_cell IS NULL AND {sql}",
                (low, high, *parameters),
            ).fetchall()
    return out


def kinds_named(store: Store, text: str) -> list[str]:
    """Every item kind that a word means, and all below them: 泵 is each kind of pump."""
    try:
        named = [store.find("item", text)]
    except NoSuchRecord:
        named = [row["id"] for row in select(store, "item", Filter(search=text))]
        if not named:
            raise
    return sorted({kind for name in named for kind in kinds_under(store.connection, name)})


def kinds_under(connection: sqlite3.Connection, item: str) -> list[str]:
    """An item kind and every kind below it."""
    rows = connection.execute(
        "WITH RECURSIVE down(id) AS (VALUES(?) UNION SELECT i.id FROM item i JOIN down ON i.parent = down.id)"
        " SELECT id FROM down",
        (item or "",),
    )
    return [id_ for (id_,) in rows]


def expiring(store: Store, until: str) -> list[dict[str, Any]]:
    """Every insurance, agreement, contract, qualification, inspection and lot that ends by a date (row A3)."""
    out = []
    for record in RECORDS.values():
        for field in record.fields:
            if (
                field.name.endswith("_until")
                or field.name == "expires"
                or (record.noun, field.name) == ("officer", "until")
            ):
                for row in store.rows(
                    f'SELECT * FROM "{record.noun}" WHERE "{field.name}" <= ? AND retired IS NULL', (until,)
                ):
                    if Date.last_day(str(row[field.name])) > until:
                        continue
                    out.append(
                        {
                            "kind": record.noun,
                            "id": row["id"],
                            "name": row.get("name") or row["id"],
                            "field": field.name,
                            "until": row[field.name],
                        }
                    )
    return sorted(out, key=lambda r: (r["until"], r["kind"], r["id"]))


def registered_twice(store: Store) -> list[tuple[str, str, list[str]]]:
    """(what, value, ids): equipment sharing a plate or serial number, people in two teams (CASES 12, 17)."""
    out = []
    for kind, column in (("equipment", "plate"), ("equipment", "serial"), ("member", "id_number")):
        alone = f" AND {itself()}" if kind == "equipment" else ""
        rows = store.connection.execute(
            f'SELECT "{column}", group_concat(id, char(10)) FROM "{kind}" WHERE "{column}" IS NOT NULL AND retired IS NULL'
            f'{alone} GROUP BY "{column}" HAVING count(*) > 1 ORDER BY 1'
        )
        out += [(f"{kind}.{column}", value, in_order(ids.split("\n"))) for value, ids in rows]
    return out


def in_order(ids: Iterable[str]) -> list[str]:
    """Ids as a person counts: FT-9 before FT-10."""
    return sorted(ids, key=lambda id_: (len(id_), id_))


def stranded(store: Store) -> list[tuple[str, str]]:
    """(tag, custodian) of equipment that is out while no order has it: it was superseded or cancelled away."""
    return store.connection.execute(
        "SELECT id, coalesce(custodian, '') FROM equipment WHERE claimed IS NULL"
        f" AND custody IN ('in_transit', 'at_incident') AND retired IS NULL AND {itself()} ORDER BY id"
    ).fetchall()


def held_elsewhere(store: Store) -> list[tuple[str, str, str]]:
    """(tag, who has it, lines that may) of equipment that is not where its claim says (CASES 6).

    Still with an order that lost it to another; or checked in at an incident that no live claim
    on it is for, where no step of the line tells so already.
    """
    return store.connection.execute(
        "SELECT DISTINCT e.id, e.custodian, e.claimed FROM line l"
        ' JOIN equipment e ON e.id = l.equipment AND e.custodian = l."order"'
        f" WHERE l.state = 'superseded' AND {_OUT_AND_CLAIMED}"
        " AND ' ' || e.claimed || ' ' NOT LIKE '% ' || e.custodian || '/%'"
        " UNION SELECT e.id, e.custodian, e.claimed FROM equipment e JOIN incident i ON i.id = e.custodian"
        f" WHERE {_OUT_AND_CLAIMED} AND NOT EXISTS(SELECT 1 FROM claim c JOIN line l ON l.id = c.line"
        " LEFT JOIN callup o ON o.id = l.\"order\" WHERE c.live = 1 AND c.thing = 'equipment:' || e.id"
        " AND (o.incident = e.custodian OR l.flags LIKE '%seen-elsewhere%')) ORDER BY 1"
    ).fetchall()


_OUT_AND_CLAIMED = (
    "e.claimed IS NOT NULL AND e.custody IN ('in_transit', 'at_incident')"
    f" AND e.retired IS NULL AND {itself('e')}"
)
