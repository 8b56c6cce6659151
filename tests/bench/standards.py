"""The audit of a whole region against raw SQLite grouping: 10,000 teams, 1,000,000 items.

python -m tests.bench.standards [--teams N] [--items N]
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emergency.commands.standardreading import SAMPLE, draft_of
from emergency.store import readiness, standards, surplus, times
from emergency.store.audit import audit
from emergency.store.creating import create
from emergency.store.store import Store

from .measure import Figure, paired

TEAMS, ITEMS = 10_000, 1_000_000
#: The whole audit may take so many times as long as the bare grouping of the same table.
GOAL = 6.0
REFERENCE = "SELECT +team, kind, count(*) FROM equipment WHERE retired IS NULL GROUP BY 1, 2"


def region(path: Path, teams: int, items: int, seed: int = 1) -> str:
    """A store of that size with the sample standard; its rows stand in the tables alone, beside no journal."""
    create(str(path), station="BJ", region="110000", name="bench", who="bench").close()
    with Store(str(path)) as store:
        draft = draft_of(store, SAMPLE)
        with store.write("bench") as writer:
            standards.take(store, writer, draft, replace=False)
        types = list(draft_types(store))
        kinds = [row["id"] for row in store.rows("SELECT id FROM item WHERE retired IS NULL ORDER BY id")]
        regions = [
            row["id"]
            for row in store.rows("SELECT id FROM region WHERE level='county' AND at_lat IS NOT NULL")
        ]
    raw = sqlite3.connect(path)
    rng = random.Random(seed)
    _fill(raw, "team", _teams(rng, types, regions, teams))
    _fill(raw, "equipment", _items(rng, kinds, teams, items))
    raw.commit()
    raw.execute("ANALYZE")
    raw.close()
    return str(path)


def draft_types(store: Store) -> Iterator[str]:
    """The team types of the standard in force."""
    for standard in standards.in_force(store):
        yield from dict.fromkeys(standard.types.values())


def _fill(raw: sqlite3.Connection, kind: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    names = list(first)
    sql = f"INSERT INTO {kind}({', '.join(names)}, mark, known) VALUES({', '.join('?' * len(names))}, 0, 1)"
    raw.execute(sql, list(first.values()))
    raw.executemany(sql, (list(row.values()) for row in rows))


def _teams(rng: random.Random, types: list[str], regions: list[str], count: int) -> Iterator[dict[str, Any]]:
    now = times.now()
    for n in range(count):
        strength = rng.randint(15, 60)
        yield {
            "id": f"T-{n:05}",
            "name": f"队{n}",
            "type": rng.choice(types),
            "level": rng.choice(["municipal", "district", "enterprise", "social"]),
            "region": rng.choice(regions),
            "strength": strength,
            "headcount": rng.randint(10, strength),
            "readiness": "ready",
            "reported_at": now - rng.randint(0, 20) * times.HOUR,
            "duty_phone": "010",
            "at_lat": rng.randint(38_000_000, 41_000_000),
            "at_lng": rng.randint(114_000_000, 118_000_000),
        }


def _items(rng: random.Random, kinds: list[str], teams: int, count: int) -> Iterator[dict[str, Any]]:
    own = [rng.sample(kinds, 9) for _team in range(teams)]
    for n in range(count):
        team = rng.randrange(teams)
        kind = rng.choice(own[team])
        pump = "pump" in kind
        yield {
            "id": f"E-{n:07}",
            "name": kind,
            "kind": kind,
            "team": f"T-{team:05}",
            "specification": "model 1234567890",
            "region": "110106",
            "address": "somewhere in the city, on a shelf",
            "serial": f"S{n:09}",
            "drainage": rng.choice([None, 600_000, 1_500_000, 3_000_000]) if pump else None,
            "persons": rng.choice([4, 6, 10]) if kind == "amphibious-vehicle" else None,
            "plate": f"京A{n:05}" if kind.endswith("truck") else None,
            "serviceability": rng.choices(["serviceable", "in_repair", "unserviceable"], [94, 4, 2])[0],
        }


def measure(folder: Path, teams: int = TEAMS, items: int = ITEMS, runs: int = 3) -> Iterator[Figure]:
    """The figures, each beside the bare grouping."""
    folder.mkdir(parents=True, exist_ok=True)
    path = region(folder / "region.db", teams, items)
    raw = sqlite3.connect(path)

    def bare(_n: int) -> None:
        raw.execute(REFERENCE).fetchall()

    with Store(path) as store:
        size = f"{teams:,} teams, {items:,} items"
        yield paired(f"audit of a region, {size}", lambda _n: audit(store), bare, GOAL, runs)
        yield paired(f"readiness of a region, {size}", lambda _n: readiness.of(store), bare, GOAL, runs)
        yield paired(f"100 gaps with candidates, {size}", lambda _n: gaps(store), bare, 2 * GOAL, runs)
    raw.close()


def gaps(store: Store) -> int:
    """The candidates for the hundred first gaps."""
    found = audit(store)
    over = surplus.Surplus(store, found, None)
    some = [(a, c) for a in found.audits for c in a.gaps][:100]
    return sum(len(over.for_gap(a, c)) for a, c in some)


def main() -> None:
    """Print the table."""
    from .__main__ import show

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teams", type=int, default=TEAMS)
    parser.add_argument("--items", type=int, default=ITEMS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for figure in measure(Path(folder), options.teams, options.items):
            show(figure)


if __name__ == "__main__":
    main()
