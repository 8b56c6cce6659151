"""The registers counted for the board: teams, equipment, what runs out, what is there twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from emergency.store import times
from emergency.store.conditions import FREE, stale_after
from emergency.store.query import registered_twice
from emergency.store.records import RECORDS
from emergency.store.records.equipment import OUT_OF_SERVICE, itself
from emergency.store.records.team import READINESS
from emergency.store.records.types import Date
from emergency.store.store import Store

#: How far ahead we look for what runs out, in milliseconds.
SOON = 30 * times.DAY


#: Where a team can stand on the board. A stale report is never ready (row A6).
STANDINGS = (*READINESS, "stale", "never")


_OUT = ", ".join(f"'{s}'" for s in OUT_OF_SERVICE)
#: SQL: free, claimed, out of service and all, of the equipment in use.
_AXES = (
    f"count(*) FILTER (WHERE {FREE})",
    f"count(*) FILTER (WHERE claimed IS NOT NULL AND coalesce(serviceability, '') NOT IN ({_OUT}))",
    f"count(*) FILTER (WHERE serviceability IN ({_OUT}))",
    "count(*)",
)


class Equipment(NamedTuple):
    """Items of equipment in use; each is counted once, out of service before claimed."""

    free: int
    claimed: int
    out_of_service: int
    #: Nobody claims it and it is sound, but it is not at hand.
    away: int


class District(NamedTuple):
    """The teams of one region, or of one type, by how they stand."""

    #: Its code; of a type the type itself.
    region: str
    name: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many teams are there."""
        return sum(self.counts.values())


class Tally(NamedTuple):
    """The counts."""

    equipment: Equipment
    #: Insurance, agreements, qualifications, inspections and lots: over, or over within SOON.
    expired: int
    expiring: int
    #: Plates, serial and identity numbers that more than one record has.
    twice: int


class Teams(NamedTuple):
    """How the teams stand."""

    districts: tuple[District, ...]
    types: tuple[District, ...]
    #: Whether any of them is a sample.
    sample: bool


def teams(store: Store, now: int) -> Teams:
    """Readiness by region and by type."""
    rows = store.connection.execute(
        "SELECT coalesce(t.region, ''), coalesce(r.name, t.region, ''),"
        " CASE WHEN t.readiness IS NULL OR t.reported_at IS NULL THEN 'never'"
        " WHEN t.reported_at < ? THEN 'stale' ELSE t.readiness END AS standing, coalesce(t.type, ''), count(*),"
        " count(t.sample) FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL GROUP BY 1, 2, 3, 4",
        (now - stale_after(),),
    ).fetchall()
    regions: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    types: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for region, name, standing, type_, count, _samples in rows:
        regions[region, name][standing] += count
        types[type_, type_][standing] += count
    return Teams(_in_order(regions), _in_order(types), any(samples for *_rest, samples in rows))


def _in_order(found: Mapping[tuple[str, str], Counter[str]]) -> tuple[District, ...]:
    return tuple(
        District(code, name, {s: counts[s] for s in STANDINGS if s in counts})
        for (code, name), counts in sorted(found.items())
    )


def count(store: Store, now: int) -> Tally:
    """One pass over each register that has something to count."""
    today, soon = times.format_time(now)[:10], times.format_time(now + SOON)[:10]
    equipment = Equipment(0, 0, 0, 0)
    expired = expiring = 0
    last_day = Date.last_day_sql
    for record in RECORDS.values():
        ends = [f.name for f in record.fields if isinstance(f.type, Date) and _runs_out(record.noun, f.name)]
        if not ends:
            continue
        figures = [f'count(*) FILTER (WHERE "{name}" < ?1 AND {last_day(name)} < ?1)' for name in ends]
        figures += [
            f'count(*) FILTER (WHERE "{name}" <= ?2 AND {last_day(name)} BETWEEN ?1 AND ?2)' for name in ends
        ]
        once = ""
        if record.noun == "equipment":
            figures += _AXES
            once = f" AND {itself()}"
        counts = store.connection.execute(
            f'SELECT {", ".join(figures)} FROM "{record.noun}" WHERE retired IS NULL{once}', (today, soon)
        ).fetchone()
        expired += sum(counts[: len(ends)])
        expiring += sum(counts[len(ends) : 2 * len(ends)])
        if once:
            free, claimed, out_of_service, total = counts[2 * len(ends) :]
            equipment = Equipment(free, claimed, out_of_service, total - free - claimed - out_of_service)
    return Tally(equipment, expired, expiring, _twice(store))


def _runs_out(noun: str, field: str) -> bool:
    return field.endswith("_until") or field == "expires" or (noun, field) == ("officer", "until")


def _twice(store: Store) -> int:
    """How many plates, serial and identity numbers stand in the registers twice (CASES 12, 17)."""
    # Answered from the index alone; only where there are doubles are the registers looked at.
    doubles = any(
        store.connection.execute(
            f'SELECT count("{column}") > count(DISTINCT "{column}") FROM "{kind}"'
        ).fetchone()[0]
        for kind, column in (("equipment", "plate"), ("equipment", "serial"), ("member", "id_number"))
    )
    return len(registered_twice(store)) if doubles else 0
