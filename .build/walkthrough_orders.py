"""The batch of docs/walkthrough.md: 500 orders over what its imports made, 20 of them wrong in 20 ways."""

from __future__ import annotations

import csv
import pathlib
import random
from collections.abc import Iterator
from typing import NamedTuple

from emergency.store.store import Store

COLUMNS = ("ref", "incident", "kind", "team", "equipment", "item", "qty", "people", "report_to", "by", "note")


class Known(NamedTuple):
    """Ids that the imports have made."""

    incident: str
    teams: list[str]
    hospitals: list[str]
    vehicles: list[str]
    stock: list[tuple[str, float]]


def _known(store: Store) -> Known:
    def ids(sql: str) -> list[str]:
        return [row[0] for row in store.connection.execute(sql)]

    stock = "SELECT item, max(quantity) FROM reserve WHERE quantity > 1000000 GROUP BY item ORDER BY item"
    return Known(
        ids("SELECT id FROM incident ORDER BY id")[0],
        ids("SELECT id FROM team WHERE region IS NULL AND strength >= 20 ORDER BY length(id), id"),
        ids("SELECT id FROM team WHERE region IS NOT NULL ORDER BY length(id), id"),
        ids("SELECT id FROM equipment WHERE retired IS NULL ORDER BY id"),
        [(item, quantity / 1000) for item, quantity in store.connection.execute(stock)],
    )


def _wrong(k: Known) -> Iterator[dict[str, str]]:
    """Twenty rows, each wrong in a way of its own."""
    yield {"team": "丰台区不存在的队伍"}
    yield {"equipment": "NO-SUCH-TAG"}
    yield {"team": k.teams[300], "incident": "FT-99999"}
    yield {"team": k.teams[300], "incident": ""}
    yield {"team": k.teams[300], "kind": "borrow"}
    yield {}
    yield {"team": k.teams[300], "people": "0"}
    yield {"team": k.teams[300], "people": "a dozen"}
    yield {"team": k.teams[300], "people": "99999"}
    yield {"people": "12"}
    yield {"item": "no such item", "qty": "5"}
    yield {"team": k.teams[300], "qty": "5"}
    yield {"item": k.stock[0][0]}
    yield {"item": k.stock[0][0], "qty": "-200"}
    yield {"item": k.stock[0][0], "qty": "200 kg"}
    yield {"item": k.stock[0][0], "qty": "99999999"}
    yield {"team": k.teams[300], "by": "2026-07-30 08:00"}
    yield {"team": k.teams[300], "by": "soonish"}
    yield {"equipment": f"{k.vehicles[300]};{k.vehicles[300]}"}
    yield {"equipment": k.vehicles[0]}


def _good(k: Known) -> Iterator[dict[str, str]]:
    """Rows that nothing refuses: vehicles, whole teams, people of a team, hospitals, stock."""
    yield from ({"equipment": tag} for tag in k.vehicles[:160])
    yield from ({"team": team} for team in k.teams[:160])
    yield from ({"team": team, "people": "6"} for team in k.teams[160:260])
    yield from ({"team": team} for team in k.hospitals[:40])
    yield from ({"item": item, "qty": "10"} for item, _quantity in k.stock[:20])


def write_batch(folder: pathlib.Path, name: str) -> None:
    """500 rows over what was imported; twenty of them, spread over the file, are wrong."""
    with Store(str(folder / "duty.db")) as store:
        known = _known(store)
    rows = list(_good(known))
    for i, row in enumerate(_wrong(known)):
        rows.insert(24 + 25 * i, row)
    places = random.Random(500)
    with open(folder / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for n, row in enumerate(rows, 1):
            by = f"{places.choice((60, 90, 120))}min"
            place = places.choice(("大红门", "丰台站", "卢沟桥"))
            writer.writerow(
                {"ref": f"W{n:03}", "incident": known.incident, "report_to": place, "by": by, **row}
            )
