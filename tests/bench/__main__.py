"""The measurements of docs/performance.md, each a ratio to a reference taken in the same run.

python -m tests.bench            about half a minute
python -m tests.bench --full     with a million rows, about two minutes
python -m tests.bench screens    the screens on a terminal (screens.py), half a minute
python -m tests.bench sync       stations and a hub, beside other programs (sync.py)
python -m tests.bench registers  the screen of a register of a million items (registers.py)
python -m tests.bench location   p-medians and coverings, beside the solver alone (location.py): some minutes
python -m tests.bench planning   call-up plans, beside the solver alone (planning.py): a minute
python -m tests.bench goals      the goals of a hub, one by one (goals.py): three minutes
python -m tests.bench growth     how it grows with entries and stations (growth.py): long
"""

from __future__ import annotations

import argparse
import platform
import sqlite3
import tempfile
from pathlib import Path

from . import bulk, drawing, goals, growth, hub, location, planning, registers, screens, single, sync
from .measure import Figure


def main() -> None:
    """Take every measurement and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("all", "screens", "registers", "sync", "planning", "location", "goals", "growth"),
        default="all",
    )
    parser.add_argument("--full", action="store_true", help="with a million rows")
    parser.add_argument("--runs", type=int, default=11, help="runs of a short command; the median counts")
    parser.add_argument("--peers", type=Path, help="sync: the folder of the drivers of other programs")
    parser.add_argument(
        "--tools", type=Path, help="sync: where those programs are, if not above their drivers"
    )
    parser.add_argument(
        "--stores", type=Path, help="registers, planning: a folder where the stores made stay"
    )
    parser.add_argument("--most", type=int, default=100_000, help="growth: up to how many entries")
    parser.add_argument("--store", type=Path, help="planning: a store to plan for too, from reading to words")
    parser.add_argument("--seeds", type=int, default=3, help="planning: instances of each size")
    parser.add_argument("--style", default="balanced", help="planning: fast, balanced or few")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}")
    if options.what == "sync":
        sync.table(sync.measure(min(options.runs, 5), options.peers, options.tools))
        return
    if options.what == "location":
        location.show(full=options.full, seconds=10)
        return
    if options.what == "planning":
        planning.show(options.seeds, options.style)
        if options.store:
            planning.through(options.store, min(options.runs, 5))
        if options.stores:
            planning.growth(options.stores, min(options.runs, 3))
        return
    if options.what == "registers":
        with tempfile.TemporaryDirectory() as made:
            registers.show(options.stores or Path(made))
        return
    if options.what == "goals":
        goals.show()
        return
    if options.what == "growth":
        growth.show(options.most)
        return
    print(f"{'what':58} {'ours':>9} {'reference':>10} {'ratio':>7} {'goal':>6}")
    with tempfile.TemporaryDirectory() as folder:
        if options.what == "screens":
            for figure in screens.measure(Path(folder) / "screens", options.runs):
                show(figure)
            return
        for figure in single.measure(Path(folder) / "single", options.runs):
            show(figure)
        for figure in drawing.measure(options.runs):
            show(figure)
        for figure in bulk.measure(Path(folder) / "bulk", full=options.full):
            show(figure)
        for figure in hub.measure(Path(folder) / "hub"):
            show(figure)


def show(figure: Figure) -> None:
    """One line of the table."""
    ratio = figure.ours / figure.reference
    met = "" if ratio <= figure.goal else "  missed"
    print(
        f"{figure.what:58} {figure.ours * 1000:7.0f} ms {figure.reference * 1000:7.0f} ms"
        f" {ratio:7.2f} {figure.goal:6.2f}{met}",
        flush=True,
    )


if __name__ == "__main__":
    main()
