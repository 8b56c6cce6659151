"""The work of peers/sync: 10,000 records, then 1,000 edits on each of two sides to one field of the same records.

The records are those of peers/sync/gen.py, byte for byte, so that every program is given the same.
"""

from __future__ import annotations

import json
import random
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from emergency.store import times

SEED = 20260822
WORDS = (
    *("pump", "hose", "ladder", "generator", "rescue", "boat", "mask", "cylinder", "radio", "tent", "lamp"),
    *("cutter", "winch", "stretcher", "crane", "foam", "drone", "saw", "axe", "rope"),
)
STATES = ("ready", "repair", "reserve", "on-call")
#: The field of equipment that holds a record's `status`: the edits are free texts, no serviceability is.
EDITED = "address"


class Workload(NamedTuple):
    """Records, and the edits of both sides: dicts as they stand in the peers' files."""

    records: list[dict[str, Any]]
    edits_a: list[dict[str, str]]
    edits_b: list[dict[str, str]]


def workload(count: int = 10_000, edits: int = 1_000) -> Workload:
    """The same for the same numbers, on every machine."""
    chance = random.Random(SEED)
    records = [_record(chance, n) for n in range(count)]
    sides = (
        [{"id": r["id"], "status": f"committed-{side}-{n:04d}"} for n, r in enumerate(records[:edits])]
        for side in "ab"
    )
    return Workload(records, *sides)


def _record(chance: random.Random, n: int) -> dict[str, Any]:
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "kind": "equipment",
        "station": f"ST-{chance.randrange(40):02d}",
        "code": f"EQ-{n:06d}",
        "title": " ".join(chance.choice(WORDS) for _ in range(4)),
        "status": chance.choice(STATES),
        "qty": chance.randrange(1, 40),
        "checked_at": f"2026-{chance.randrange(1, 9):02d}-{chance.randrange(1, 29):02d}"
        f"T{chance.randrange(24):02d}:{chance.randrange(60):02d}:00Z",
        "officer": f"officer-{chance.randrange(200):03d}",
        "note": " ".join(chance.choice(WORDS) + str(chance.randrange(1000)) for _ in range(6)),
    }


def lay_out(work: Workload, folder: Path) -> None:
    """Write the files that the peers' drivers read."""
    for name, rows in zip(("records", "edits_a", "edits_b"), work, strict=True):
        lines = (json.dumps(row, separators=(",", ":")) for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def equipment(record: dict[str, Any]) -> dict[str, Any]:
    """A record as the fields of a piece of equipment; nothing of it is left out, its id is the tag."""
    return {
        "name": record["title"],
        "owner": record["station"],
        "serial": record["code"],
        EDITED: record["status"],
        "hours": record["qty"],
        "reported_at": times.parse_time(record["checked_at"], 0),
        "licence": record["officer"],
        "note": record["note"],
    }
