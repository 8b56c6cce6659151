"""What teams hold, grouped as a standard can count it: by team, kind and which demands it meets.

A million items are read by one grouping in SQLite; the groups are few, and all else is done on them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store.board import moment
from emergency.store.claims import chunks
from emergency.store.conditions import FREE
from emergency.store.records.equipment import itself
from emergency.store.records.types import Date
from emergency.store.standardlines import Spec
from emergency.store.standards import Standard
from emergency.store.store import Store
from emergency.store.times import format_time

#: What is so is no longer held, whatever the register says; what is in repair comes back.
GONE = ("lost", "destroyed", "unserviceable")
_GONE = ", ".join(f"'{s}'" for s in GONE)
#: The kind under which all vehicles stand in the catalogue; what has a number plate is one too.
VEHICLE = "vehicle"
#: Conditions that fit into one whole number of SQLite.
_BITS = 60


class Group(NamedTuple):
    """Like things of one team: of one kind, and meeting the same demands."""

    kind: str
    #: Which of the conditions they meet, a bit for each.
    mask: int
    #: In thousandths: all of them; those free to go; those fit for use now.
    amount: int
    free: int
    fit: int
    vehicles: int
    #: Vehicles that are fit for use now.
    driving: int
    #: The qualification that whoever works them must hold.
    licence: str | None = None
    #: Stock of a depot of the team, and not registered pieces.
    stock: bool = False


class Holdings(NamedTuple):
    """What every team asked for holds."""

    groups: Mapping[str, list[Group]]
    conditions: Mapping[Spec, int]
    #: {kind: it and every kind above it}
    above: Mapping[str, tuple[str, ...]]
    #: {team: when anything was last told of its equipment, in milliseconds}
    told: Mapping[str, int]
    kinds: Mapping[str, str]

    def meets(self, group: Group, spec: Sequence[Spec]) -> bool:
        """Whether a group meets a specification; stock meets none, since nobody has told what it can do."""
        return all(group.mask >> self.conditions[s] & 1 for s in spec)

    def is_a(self, kind: str, item: str) -> bool:
        """Whether a kind is the item or below it."""
        return item in self.above.get(kind, (kind,))


def holdings(store: Store, standards: Sequence[Standard], teams: str, values: Sequence[Any]) -> Holdings:
    """Group what teams hold; `teams` is SQL for the ids that are asked for, "" for every team."""
    specs = dict.fromkeys(s for one in standards for line in one.lines for s in line.spec)
    conditions = {spec: i for i, spec in enumerate(specs)}
    above = _above(store)
    groups: dict[str, list[Group]] = {}
    told: dict[str, int] = {}
    vehicles = {kind for kind, over in above.items() if VEHICLE in over}
    walls = dict(store.connection.execute("SELECT n, wall FROM entry").fetchall())
    for (
        team,
        kind,
        licence,
        *masks,
        count,
        free,
        fit,
        plates,
        fit_plates,
        mark,
        reported,
    ) in store.connection.execute(
        *_grouping(list(conditions), teams, values, format_time(moment(store))[:10])
    ):
        mask = sum(int(part or 0) << (i * _BITS) for i, part in enumerate(masks))
        moving, driving = (count, fit) if kind in vehicles else (plates, fit_plates)
        groups.setdefault(team, []).append(
            Group(kind or "", mask, count * 1000, free * 1000, fit * 1000, moving, driving, licence)
        )
        told[team] = max(told.get(team, 0), _when(walls, mark, reported))
    _add_stock(store, groups, teams, values)
    names = dict(store.connection.execute("SELECT id, coalesce(name, id) FROM item").fetchall())
    return Holdings(groups, conditions, above, told, names)


def told(store: Store, teams: Collection[str] = ()) -> dict[str, int]:
    """{team: when anything was last told of its equipment, in milliseconds}, as in Holdings; of these alone, or of all."""
    walls = dict(store.connection.execute("SELECT n, wall FROM entry").fetchall())
    out: dict[str, int] = {}
    for some in chunks(teams) if teams else [[]]:
        # Of all teams the table is read as it lies: an index would fetch each row apart.
        name, within = (
            ("team", f"team IN ({','.join('?' * len(some))})") if some else ("+team", "+team IS NOT NULL")
        )
        for team, mark, reported in store.connection.execute(
            f"SELECT {name}, max(mark), max(reported_at) FROM equipment WHERE {within} AND retired IS NULL"
            f" AND {itself()} AND coalesce(serviceability, 'serviceable') NOT IN ({_GONE}) GROUP BY 1",
            some,
        ):
            out[team] = _when(walls, mark, reported)
    return out


def _when(walls: Mapping[int, int], mark: int | None, reported: int | None) -> int:
    """When the later of the two was: the entry of a mark, or a report."""
    return max(walls.get((mark or 0) // 1024, 0), reported or 0)


def _grouping(specs: Sequence[Spec], teams: str, values: Sequence[Any], today: str) -> tuple[str, list[Any]]:
    masks = [
        " + ".join(
            f'((coalesce("{s.name}", 0) * {s.scale} {s.op} {s.milli}) << {i})'
            for i, s in enumerate(specs[start : start + _BITS])
        )
        for start in range(0, len(specs), _BITS)
    ]
    # What cannot do any of it is the most of a register: one look at the figures tells.
    figures = dict.fromkeys(f'"{s.name}"' for s in specs)
    if figures:
        none = " AND ".join(f"{f} IS NULL" for f in figures)
        bare = [
            sum(_holds_for_nothing(s) << i for i, s in enumerate(specs[b : b + _BITS]))
            for b in range(0, len(specs), _BITS)
        ]
        masks = [f"CASE WHEN {none} THEN {b} ELSE {m} END" for m, b in zip(masks, bare, strict=True)]
    by = ", ".join(str(i + 4) for i in range(len(masks)))
    fit = (
        "claimed IS NULL AND coalesce(serviceability, 'serviceable') IN ('serviceable', 'limited')"
        " AND coalesce(custody, 'home') IN ('home', 'pre_positioned')"
        f" AND (inspection_until IS NULL OR {Date.last_day_sql('inspection_until')} >= ?)"
    )
    # A filter stops at the first that is not so; a sum would look at all of it.
    sql = (
        f"SELECT +team, kind, licence{''.join(', ' + m for m in masks)}, count(*), count(*) FILTER (WHERE {FREE}),"
        f" count(*) FILTER (WHERE {fit}), count(plate), count(*) FILTER (WHERE plate IS NOT NULL AND {fit}),"
        " max(mark), max(reported_at)"
        f" FROM equipment WHERE +team IS NOT NULL AND retired IS NULL AND {itself()}"
        f" AND coalesce(serviceability, 'serviceable') NOT IN ({_GONE})"
        + (f" AND team IN ({teams})" if teams else "")
        + f" GROUP BY 1, 2, 3{', ' + by if by else ''}"
    )
    return sql, [today, today, *values]


def _holds_for_nothing(spec: Spec) -> bool:
    """Whether a thing of which no figure is known meets a demand: it counts as nothing."""
    return {">=": spec.milli <= 0, "<=": spec.milli >= 0, ">": spec.milli < 0, "<": spec.milli > 0}.get(
        spec.op, spec.milli == 0
    )


def _add_stock(store: Store, groups: dict[str, list[Group]], teams: str, values: Sequence[Any]) -> None:
    """Stock of depots that belong to a team: physical, and not run out."""
    today = format_time(moment(store))[:10]
    rows = store.connection.execute(
        "SELECT d.team, v.item, sum(v.quantity) FROM reserve v JOIN depot d ON d.id = v.depot"
        " WHERE d.team IS NOT NULL AND v.retired IS NULL AND d.retired IS NULL AND v.quantity > 0"
        " AND coalesce(v.form, 'physical') = 'physical'"
        f" AND (v.expires IS NULL OR {Date.last_day_sql('v.expires')} >= ?)"
        + (f" AND d.team IN ({teams})" if teams else "")
        + " GROUP BY 1, 2",
        [today, *values],
    )
    for team, item, quantity in rows:
        groups.setdefault(team, []).append(Group(item, 0, quantity, quantity, quantity, 0, 0, stock=True))


def _above(store: Store) -> dict[str, tuple[str, ...]]:
    parents = dict(store.connection.execute("SELECT id, parent FROM item").fetchall())
    out = {}
    for kind in parents:
        chain: list[str] = []
        here: str | None = kind
        while here and here not in chain:
            chain.append(here)
            here = parents.get(here)
        out[kind] = tuple(chain)
    return out
