"""Reference data that ships with the program: divisions, scenarios, kinds of items.

Folded beneath the journal, as what every writer had seen, so that an office can state its
own tables over it. Files in store/data name their sources in their first lines.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from emergency.store import places
from emergency.store.errors import NoSuchRecord
from emergency.store.records.types import Point
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.fold import Fold

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a file of reference data, without the lines that name its source."""
    import csv

    with open(os.path.join(FOLDER, name), encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def regions() -> Iterator[tuple[str, dict[str, Any]]]:
    """Divisions of Beijing, Tianjin and Hebei, then abolished codes with their successors."""
    for row in rows("divisions.csv"):
        at = Point.of(places.Point(round(float(row["lat"]) * 1e6), round(float(row["lng"]) * 1e6)))
        values = {k: row[k] for k in ("name", "short", "level", "parent", "pinyin") if row[k]}
        yield row["code"], {**values, "at": at}
    for row in rows("abolished.csv"):
        yield (
            row["code"],
            {"name": row["code"], "successors": row["successors"], "retired": "abolished 已撤销"},
        )


def region(code: str) -> dict[str, Any]:
    """One division by its code. Raises NoSuchRecord."""
    known = dict(regions())
    if code not in known:
        raise NoSuchRecord(
            _("no region {code}").format(code=safe(code)), hint=_("six digits, such as 110106 for 丰台区")
        )
    return known[code]


def catalogue(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows of a file whose columns are the fields of its kind."""
    for row in rows(name):
        yield row["id"], {k: v for k, v in row.items() if k != "id" and v}


def load(fold: Fold) -> None:
    """Fold all of it."""
    fold.reference("region", regions())
    fold.reference("scenario", catalogue("scenarios.csv"))
    fold.reference("item", catalogue("items.csv"))
