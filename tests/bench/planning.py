"""Call-up plans: how long, how near the best, and how many are disturbed, beside the solver alone.

The reference is HiGHS on the linear relaxation of the whole model, its matrix already in memory: what
any plan with a proven bound has to pay. With `--store` the same through a store, from reading to words.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from emergency.plugins.planner.callhighs import Program
from emergency.plugins.planner.callmodel import Model, ready
from emergency.plugins.planner.callstate import by_holder
from emergency.plugins.planner.callup import Answer, solve

from .callups import SIZES, made


def alone(model: Model, style: str) -> float:
    """Seconds of the solver on the relaxation of the whole model."""
    asked = ready(model, style)
    everything = range(len(asked.number))
    program = Program(asked, list(by_holder(asked, everything)), everything)
    start = time.perf_counter()
    program.relax()
    return time.perf_counter() - start


def show(seeds: int, style: str, sizes: Sequence[str] = ()) -> None:
    """One line for each size: medians and the worst of so many seeds."""
    print(
        f"{'call-ups, ' + style:22} {'seconds':>13} {'solver':>8} {'ratio':>6} {'gap %':>11}"
        f" {'nearest -> plan':>16} {'short':>9}"
    )
    for name in sizes or SIZES:
        answers: list[Answer] = []
        reference = []
        for seed in range(1, seeds + 1):
            model = made(SIZES[name], seed)
            answers.append(solve(model, style))
            reference.append(alone(model, style))
        seconds = [a.seconds for a in answers]
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
    """The whole command on a store: reading, planning, explaining, printing."""
    from emergency.commands import run
    from emergency.store.store import Store

    with Store(str(store)) as opened:
        ids = [r["id"] for r in opened.rows("SELECT DISTINCT incident AS id FROM need ORDER BY 1")]
    taken = []
    for _run in range(runs):
        start = time.perf_counter()
        with redirect_stdout(io.StringIO()):
            code = run(["-q", "--store", str(store), "plan", "callup", *ids])
        taken.append(time.perf_counter() - start)
        assert code == 0, code
    print(f"{store.name}, {len(ids)} incidents: {statistics.median(taken):.2f} s / {max(taken):.2f} s")
