"""Call-up plans: how long, how near the best, and how many are disturbed, beside the solver alone.

The reference is HiGHS on the linear relaxation of the whole model, its matrix already in memory: what
any plan with a proven bound has to pay. With `--store` the same through a store, from reading to words, and
with `--stores` through generated stores of a hundredth, a tenth and the whole of a region. All of it in
processor seconds of one process, which a busy machine stretches less than those of the clock.
"""

from __future__ import annotations

import io
import json
import resource
import statistics
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from emergency.plugins.planner.callhighs import Program
from emergency.plugins.planner.callmodel import Model, ready
from emergency.plugins.planner.callstate import by_holder
from emergency.plugins.planner.callup import Answer, solve

from .callups import SIZES, made


def alone(model: Model, style: str) -> float:
    """Processor seconds of the solver on the relaxation of the whole model."""
    asked = ready(model, style)
    everything = range(len(asked.number))
    program = Program(asked, list(by_holder(asked, everything)), everything)
    start = time.process_time()
    program.relax()
    return time.process_time() - start


def show(seeds: int, style: str, sizes: Sequence[str] = ()) -> None:
    """One line for each size: medians and the worst of so many seeds."""
    print(
        f"{'call-ups, ' + style:22} {'seconds':>13} {'solver':>8} {'ratio':>6} {'gap %':>11}"
        f" {'nearest -> plan':>16} {'short':>9}"
    )
    for name in sizes or SIZES:
        answers: list[Answer] = []
        reference, seconds = [], []
        for seed in range(1, seeds + 1):
            model = made(SIZES[name], seed)
            start = time.process_time()
            answers.append(solve(model, style))
            seconds.append(time.process_time() - start)
            reference.append(alone(model, style))
        gaps = [100 * a.plan.gap for a in answers]
        print(
            f"{name:22} {statistics.median(seconds):6.2f} /{max(seconds):5.2f} {statistics.median(reference):8.2f}"
            f" {statistics.median(seconds) / statistics.median(reference):6.1f}"
            f" {statistics.mean(gaps):5.1f} /{max(gaps):4.1f}"
            f" {statistics.mean(a.nearest for a in answers):7.0f} ->{statistics.mean(len(a.called) for a in answers):6.0f}"
            f" {statistics.mean(a.nearest_short for a in answers):3.0f} ->"
            f"{statistics.mean(sum(s > 0 for s in a.plan.short) for a in answers):3.0f}",
            flush=True,
        )


def through(store: Path, runs: int) -> None:
    """The whole command on a store, libraries loaded: reading, planning, explaining, printing."""
    from emergency.commands import run
    from emergency.store.store import Store

    with Store(str(store)) as opened:
        ids = [r["id"] for r in opened.rows("SELECT DISTINCT incident AS id FROM need ORDER BY 1")]
        count = {
            noun: opened.connection.execute(f"SELECT count(*) FROM {noun}").fetchone()[0]
            for noun in ("team", "equipment", "need")
        }
    taken = []
    value: dict[str, Any] = {}
    for _run in range(runs):
        for more in ([], ["--json"]):
            printed = io.StringIO()
            start = time.process_time()
            with redirect_stdout(printed):
                code = run(["-q", "--store", str(store), "plan", "callup", *ids, *more])
            if not more:
                taken.append(time.process_time() - start)
            assert code == 0, code
        value = json.loads(printed.getvalue())
    print(
        f"{store.name:12} {count['team']:6,} teams {count['equipment']:9,} items {count['need']:3} needs:"
        f" {statistics.median(taken):5.2f} s / {max(taken):5.2f} s, gap {100 * value['gap']:.1f} %,"
        f" {value['holders_nearest_first']} -> {value['holders_called']} units,"
        f" peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB",
        flush=True,
    )


def growth(folder: Path, runs: int) -> None:
    """Through stores of a hundredth, a tenth and the whole of a region, each made once and kept in the folder."""
    from emergency.commands import run
    from emergency.store import generating, times
    from emergency.store.creating import create
    from emergency.store.store import Store

    for share in (100, 10, 1):
        size = generating.REGION._replace(
            teams=generating.REGION.teams // share,
            items=generating.REGION.items // share,
            depots=max(4, generating.REGION.depots // share),
            orders=generating.REGION.orders // share,
        )
        path = folder / (f"region-{share}.db" if share > 1 else "region.db")
        if not path.exists() and share == 1:
            run(["-q", "demo", "--region", "--no-board", "--store", str(path)])
        elif not path.exists():
            now = times.now()
            create(str(path), station=size.station, region=size.region, name=size.title, who="bench").close()
            with Store(str(path), who="bench") as store:
                generating.go_on(store, size, 1, generating.fill(store, size, 1, now))
        through(path, runs)
