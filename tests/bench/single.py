"""Short commands, from process start to exit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emergency.store.store import Store

from .measure import BIN, EMERGENCY, PYTHON, Figure, paired, run


def city(folder: Path) -> tuple[str, str, list[str]]:
    """A made-up city (`emergency demo --city`); returns (store, an incident, tags that nothing keeps from being ordered)."""
    folder.mkdir(parents=True)
    store = str(folder / "city.db")
    run([*EMERGENCY, "demo", "--city", "--no-board", "--store", store])
    with Store(store) as opened:
        incident = opened.rows("SELECT id FROM incident ORDER BY id")[0]["id"]
        free = opened.rows(
            "SELECT id FROM equipment WHERE claimed IS NULL AND licence IS NULL AND serviceability = 'serviceable'"
            " AND custody IS NULL ORDER BY id"
        )
    return store, incident, [row["id"] for row in free]


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Help, reads, and one durable order."""
    click = [*PYTHON, "-c", "import click"]
    for words in ("--help", "--version"):
        yield paired(
            f"emergency {words} / import click",
            lambda n, w=words: run([*EMERGENCY, w]),
            lambda n: run(click),
            1.5,
            runs,  # type: ignore[misc]
        )
    store, incident, tags = city(folder)
    ours = [*EMERGENCY, "--store", store]
    order = run(
        [
            *ours,
            "callup",
            "issue",
            "--incident",
            incident,
            "--equipment",
            tags[0],
            "--json",
        ]
    )
    number = order.stdout.split('"id": "')[1].split('"')[0]
    utils = [str(BIN / "sqlite-utils"), "--version"]
    for words in (["team", "list", "--limit", "50"], ["callup", "show", number]):
        yield paired(
            f"{' '.join(words[:2])} / sqlite-utils --version",
            lambda n, w=words: run([*ours, *w]),  # type: ignore[misc]
            lambda n: run(utils),
            0.8,
            runs,
        )
    both = [*PYTHON, "-c", "import click, sqlite3"]
    yield paired(
        "one durable callup issue / import click, sqlite3",
        lambda n: run([*ours, "callup", "issue", "--incident", incident, "--equipment", tags[n + 2]]),
        lambda n: run(both),
        2.5,
        runs,
    )
