"""Run seeds of the simulation, or its mutations.

python -m tests.store.simulation --seeds 10000             seeds 0 to 9999
python -m tests.store.simulation --seeds 1 --from 4711     one seed again, with its trace
python -m tests.store.simulation --mutations               faults put in on purpose, each of which must be caught
"""

from __future__ import annotations

import argparse
import collections
import multiprocessing
import sys
import time
from collections.abc import Iterator

from .mutations import MUTATIONS, caught_after, mutated
from .run import Ground, Report, run

_ground: Ground | None = None


def _one(task: tuple[int, str, str]) -> Report:
    global _ground
    _ground = _ground or Ground()
    seed, size, mutation = task
    with mutated(mutation):
        return run(seed, _ground, size=size)


def _reports(tasks: list[tuple[int, str, str]], jobs: int) -> Iterator[Report]:
    if jobs == 1:
        yield from map(_one, tasks)
        return
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.imap_unordered(_one, tasks)


def _close() -> None:
    if _ground is not None:
        _ground.close()


def seeds(first: int, number: int, jobs: int, size: str, mutation: str) -> int:
    """Run so many seeds; returns how many failed."""
    begun = time.perf_counter()
    totals: collections.Counter[str] = collections.Counter()
    failed = []
    tasks = [(seed, size, mutation) for seed in range(first, first + number)]
    for n, report in enumerate(_reports(tasks, jobs), 1):
        totals.update(report.counts)
        if report.fault:
            failed.append(report.seed)
            _say(f"seed {report.seed}: {report.fault if number < 50 else _least(report.fault)}")
        if n % 100 == 0:
            _say(f"{n} of {number}, {len(failed)} failed, {time.perf_counter() - begun:.0f} s")
    for what, times in sorted(totals.items()):
        _say(f"{times:9}  {what}")
    _say(f"{number} seeds, {len(failed)} failed {sorted(failed)}, {time.perf_counter() - begun:.0f} s")
    if jobs == 1:
        _say(f"{time.process_time():.0f} s of one core")
    return len(failed)


def mutations(names: list[str], most: int) -> int:
    """Put in each fault and look for a seed that finds it; returns how many were not found."""
    missed = 0
    ground = Ground()
    try:
        for name in names:
            begun = time.perf_counter()
            number, why = caught_after(name, most, ground)
            missed += not number
            said = f"caught after {number} seeds" if number else "NOT CAUGHT"
            _say(f"{name:32} {said}, {time.perf_counter() - begun:.0f} s: {why[:160]}")
    finally:
        ground.close()
    return missed


def _least(fault: str) -> str:
    """The first and last lines of a trace."""
    lines = fault.strip().splitlines()
    return f"{lines[0][:300]} ... {lines[-1][:300]}"


def _say(line: str) -> None:
    print(line.encode("utf-8", "replace").decode(), flush=True)


def main() -> None:
    """Do what the command line asks; ends with 1 where something was found or missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--size", default="", help="facts, bytes, block, push, page or inflated in every seed"
    )
    parser.add_argument("--mutations", action="store_true")
    parser.add_argument("--mutation", default="", help="one of them alone")
    options = parser.parse_args()
    if options.mutations or options.mutation:
        names = [options.mutation] if options.mutation else list(MUTATIONS)
        sys.exit(mutations(names, options.seeds) > 0)
    try:
        sys.exit(seeds(options.first, options.seeds, options.jobs, options.size, "") > 0)
    finally:
        _close()


if __name__ == "__main__":
    main()
