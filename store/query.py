"""Questions to the registers: what a filter lets through, the nearest to a point, what runs out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import filters, places
from emergency.store.conditions import FREE, all_of, unleased
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS, Record
from emergency.store.records.equipment import itself
from emergency.store.records.types import Date
from emergency.store.store import Store
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.sorting import Sort

#: What has no position here, or none that is told us (row H5), is taken to be in the middle of its region, in plans too.
BY_REGION = ("team", "depot", "incident")


class Filter(NamedTuple):
    """What a list shows. Everything given must hold."""

    terms: Sequence[filters.Term] = ()
    near: places.Point | None = None
    within: int | None = None
    retired: bool = False
    limit: int | None = None
    extra: Sequence[tuple[str, Sequence[Any]]] = ()
    #: Another order than that of the register itself.
    sort: Sort | None = None


def entries(store: Store, op: str = "") -> int:
    """How many entries the journal has; how many one operation wrote, where it is named."""
    sql, values = (
        ("SELECT count(*) FROM entry WHERE op = ?", (op,)) if op else ("SELECT count(*) FROM entry", ())
    )
    return int(store.connection.execute(sql, values).fetchone()[0])


def select(store: Store, kind: str, filter_: Filter) -> list[dict[str, Any]]:
    """The rows of a register that the filter lets through; with `near`, nearest first, `distance_m` added.

    Where that is how far it is to the middle of its region `distance_to` says `region`. Raises InvalidValue for a condition that makes no sense, NoSuchRecord for a region unknown.
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
    order = f'{natural}"{record.order}"'
    if filter_.sort is not None:
        from emergency.store import sorting

        order = sorting.order(kind, filter_.sort)
    return store.each(f'SELECT * FROM "{kind}" WHERE {sql} ORDER BY {order}{limit}', parameters)


def _conditions(store: Store, record: Record, f: Filter) -> tuple[str, list[Any]]:
    sql, values = all_of(store, record.noun, f.terms, retired=f.retired)
    for more, its in f.extra:
        sql += f" AND {more}"
        values += its
    return sql, values


def count(store: Store, kind: str, filter_: Filter) -> int:
    """How many rows the filter lets through, whatever its limit."""
    sql, parameters = _conditions(store, RECORDS[kind], filter_)
    return int(
        store.connection.execute(f'SELECT count(*) FROM "{kind}" WHERE {sql}', parameters).fetchone()[0]
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
        row = rows[id_]
        row["distance_m"] = round(metres)
        if row["at_lat"] is None and record.noun in BY_REGION:
            row["distance_to"] = "region"
        else:
            row.update(at_lat=lat, at_lng=lng)
    return [rows[id_] for _m, id_, _a, _n in kept]


def _in_cells(
    store: Store, record: Record, ranges: list[tuple[int, int]], sql: str, parameters: list[Any]
) -> list[tuple[str, int, int]]:
    noun = record.noun
    out: list[tuple[str, int, int]] = []
    for low, high in ranges:
        if noun in BY_REGION:
            out += store.connection.execute(
                f"SELECT {noun}.id, its_lat, its_lng FROM (SELECT id AS its, at_lat AS its_lat, at_lng AS its_lng"
                f" FROM region WHERE at_cell BETWEEN ? AND ?) CROSS JOIN {noun} ON {noun}.region = its"
                f" WHERE at_cell IS NULL AND {sql}",
                (low, high, *parameters),
            ).fetchall()
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


def expiring(store: Store, until: str) -> list[dict[str, Any]]:
    """Every insurance, agreement, contract, qualification, inspection and lot that ends by a date (row A3)."""
    out = []
    items = dict(store.connection.execute("SELECT id, name FROM item").fetchall())
    for record in RECORDS.values():
        for field in record.fields:
            # What ends at an hour, as an alert or a lease does, is no matter of days.
            if isinstance(field.type, Date) and (
                field.name.endswith("_until")
                or field.name == "expires"
                or (record.noun, field.name) == ("officer", "until")
            ):
                once = f" AND {itself()}" if record.noun == "equipment" else ""
                for row in store.rows(
                    f'SELECT * FROM "{record.noun}" WHERE "{field.name}" <= ? AND retired IS NULL{once}',
                    (until,),
                ):
                    if Date.last_day(str(row[field.name])) > until:
                        continue
                    out.append(
                        {
                            "kind": record.noun,
                            "id": row["id"],
                            # A lot, or a part of a kit, is called what it is of.
                            "name": row.get("name") or items.get(row.get("item")) or row["id"],
                            "field": field.name,
                            "until": row[field.name],
                        }
                    )
    return sorted(out, key=lambda r: (Date.last_day(r["until"]), r["kind"], r["id"]))


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
