"""Imports, batches and searches by the hundred thousand."""

from __future__ import annotations

import csv
import itertools
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from emergency.store import places
from emergency.store.conditions import kinds_under
from emergency.store.filters import STATE, Term
from emergency.store.query import Filter, select
from emergency.store.store import Store

from .measure import EMERGENCY, PYTHON, Figure, run, seconds
from .single import city

KINDS = ("排水泵车", "龙吸水", "挖掘机", "发电机", "冲锋舟")
RAW = """
import csv, sqlite3, sys
c = sqlite3.connect(sys.argv[2], isolation_level=None)
c.execute('pragma journal_mode=wal'), c.execute('pragma synchronous=full')
rows = csv.reader(open(sys.argv[1], encoding='utf-8', newline=''))
header = next(rows)
c.execute('create table t(' + ','.join(f'c{i}' for i in range(len(header))) + ', primary key(c0))')
c.execute('begin'), c.executemany(f"insert into t values({','.join('?' * len(header))})", rows), c.execute('commit')
"""
BYTES = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('pragma journal_mode=wal'), c.execute('pragma synchronous=full')
c.execute('create table t(a integer primary key, b)'), c.execute('begin')
data = os.urandom(int(sys.argv[3]))
c.executemany('insert into t values(?,?)', ((i, data) for i in range(int(sys.argv[2])))), c.execute('commit')
"""


def sheet(path: Path, count: int) -> None:
    """A sheet of equipment over Beijing."""
    chance = random.Random(1)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                "装备编号",
                "装备名称",
                "装备类别",
                "规格型号",
                "权属单位",
                "纬度",
                "经度",
                "车牌号",
                "排水量(m3/h)",
                "完好状态",
                "购置日期",
                "备注",
            ]
        )
        for i in range(count):
            kind = chance.choice(KINDS)
            place = (f"{39 + chance.random():.6f}", f"{115.5 + chance.random() * 2:.6f}")
            what = (f"EQ{i:07d}", f"{kind}{i % 3}型", kind, f"X{i % 50}", f"单位{i % 500}")
            figure = chance.choice((500, 1000, 3000))
            writer.writerow([*what, *place, f"京A{i:05d}", figure, "完好", f"2020-05-{i % 27 + 1:02d}", ""])


def measure(folder: Path, *, full: bool) -> Iterator[Figure]:
    """Import, batch, nearest; with a million rows where asked."""
    folder.mkdir(parents=True)
    yield _import(folder, 100_000)
    yield _batch(folder, 10_000)
    if full:
        yield _import(folder, 1_000_000)
        yield _nearest(folder, 1_000_000)
    else:
        yield _nearest(folder, 100_000)


def _import(folder: Path, count: int) -> Figure:
    table, store = folder / f"{count}.csv", folder / f"{count}.db"
    sheet(table, count)
    ours = [*EMERGENCY, "--store", str(store)]
    run([*ours, "init", "--station", "FT", "--region", "110106", "--name", "bench"])
    raw = folder / "raw.db"
    reference = []
    for _ in range(3 if count <= 100_000 else 1):
        for path in folder.glob("raw.db*"):
            path.unlink()
        reference.append(seconds(lambda: run([*PYTHON, "-c", RAW, str(table), str(raw)])))
    took = seconds(lambda: run([*ours, "equipment", "import", str(table)]))
    return Figure(
        f"import of {count:,} rows / csv + sqlite3", took, sorted(reference)[len(reference) // 2], 4.0
    )


def _batch(folder: Path, count: int) -> Figure:
    store, incident, tags = city(folder / "batch")
    table = folder / "batch.csv"
    with open(table, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ref", "incident", "kind", "equipment", "report_to", "by"])
        writer.writerows(
            [f"R{i}", incident, "callup", tag, "城关", "90min"] for i, tag in enumerate(tags[:count])
        )
    before = _journal_bytes(store)
    took = seconds(lambda: run([*EMERGENCY, "--store", store, "callup", "batch", str(table)]))
    size = (_journal_bytes(store) - before) // count
    reference = [
        seconds(lambda n=n: run([*PYTHON, "-c", BYTES, str(folder / f"bytes{n}.db"), str(count), str(size)]))  # type: ignore[misc]
        for n in range(3)
    ]
    return Figure(f"batch of {count:,} call-ups / sqlite3, as many bytes", took, sorted(reference)[1], 10.0)


def _journal_bytes(store: str) -> int:
    connection = sqlite3.connect(store)
    total = connection.execute("SELECT sum(length(header) + length(facts) + length(signature)) FROM entry")
    return int(total.fetchone()[0])


def _nearest(folder: Path, count: int) -> Figure:
    """The reference is the goal itself, 50 ms: a figure in-process, not a ratio to a program."""
    path = folder / f"{count}.db"
    with Store(str(path)) as store:
        kinds = kinds_under(store.connection, "pump")
        wanted = Filter(
            near=places.Point(39_700_000, 116_100_000),
            terms=(Term("", STATE, "free"),),
            limit=20,
            extra=[(f"kind IN ({','.join('?' * len(kinds))})", kinds)],
        )
        select(store, "equipment", wanted)
        took = sorted(seconds(lambda: select(store, "equipment", wanted)) for _ in itertools.repeat(None, 9))[
            4
        ]
    shutil.rmtree(folder / "batch", ignore_errors=True)
    return Figure(f"nearest 20 free pumps of {count:,} / 50 ms", took, 0.05, 1.0)
