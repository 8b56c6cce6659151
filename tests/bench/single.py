"""Short commands, from process start to exit."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from .measure import BIN, EMERGENCY, PYTHON, Figure, paired, run

TEAMS, ITEMS = 500, 20_000


def city(folder: Path) -> tuple[str, str]:
    """A store of 500 teams and 20,000 items with an open incident; returns (store, incident)."""
    folder.mkdir(parents=True)
    store = str(folder / "city.db")
    ours = [*EMERGENCY, "--store", store]
    run([*ours, "init", "--station", "FT", "--region", "110106", "--name", "bench"])
    with open(folder / "teams.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["队伍名称", "队伍总人数", "纬度", "经度"])
        writer.writerows(
            [f"队{i}", 50, f"{39.4 + i % 100 / 90:.4f}", f"{115.6 + i // 100 / 4:.4f}"] for i in range(TEAMS)
        )
    with open(folder / "items.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["装备编号", "装备名称", "装备类别", "持有队伍", "排水量(m3/h)"])
        writer.writerows(
            [f"E{i:06d}", f"泵车{i % 40}", "排水泵车", f"队{i % TEAMS}", 1000] for i in range(ITEMS)
        )
    run([*ours, "team", "import", str(folder / "teams.csv")])
    run([*ours, "equipment", "import", str(folder / "items.csv")])
    opened = run(
        [
            *ours,
            "incident",
            "open",
            "bench",
            "--scenario",
            "flood",
            "--level",
            "II",
            "--region",
            "110111",
            "--json",
        ]
    )
    return store, opened.stdout.split('"id": "')[1].split('"')[0]


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
    store, incident = city(folder)
    ours = [*EMERGENCY, "--store", store]
    order = run(
        [
            *ours,
            "callup",
            "issue",
            "--incident",
            incident,
            "--equipment",
            "E000000",
            "--people",
            "5",
            "--team",
            "队0",
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
        lambda n: run([*ours, "callup", "issue", "--incident", incident, "--equipment", f"E{n + 2:06d}"]),
        lambda n: run(both),
        2.5,
        runs,
    )
