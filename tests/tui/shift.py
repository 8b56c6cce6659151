"""Twelve hours of a busy station, written by a process of its own: `python -m tests.tui.shift STORE ENTRIES`.

Its clock goes on by as much with each entry. It prints the time after every hundredth.
"""

from __future__ import annotations

import os
import random
import sys

from emergency.store import times
from emergency.store.stepping import take
from emergency.store.store import Store

from . import stage

HOURS = 12


def main(path: str, entries: int) -> None:
    """Steps, readiness, edits, incidents that open and close."""
    chance = random.Random(1)
    opened: list[str] = []
    with Store(path, who="李雁") as store:
        teams = [row["id"] for row in store.rows("SELECT id FROM team")]
        items = [row["id"] for row in store.rows("SELECT id FROM equipment")]
        lines = [row["id"] for row in store.rows("SELECT id FROM line WHERE state IN ('issued', 'accepted')")]
        for n in range(1, entries + 1):
            now = stage.AT + n * HOURS * times.HOUR // entries
            os.environ["EMERGENCY_NOW"] = times.format_time(now)
            with store.write("shift") as writer:
                match chance.randrange(10):
                    case 0 | 1 | 2 | 3:
                        readiness = chance.choice(("ready", "standby", "off"))
                        values = {
                            "readiness": readiness,
                            "headcount": chance.randrange(60),
                            "reported_at": now,
                        }
                        writer.set("team", chance.choice(teams), values)
                    case 4 | 5:
                        take(writer, chance.choice(lines), "contact", now, channel="phone")
                    case 9 if n % 20 == 0:
                        if len(opened) > 3:
                            writer.set("incident", opened.pop(0), {"state": "closed"})
                        values = {"title": f"积水{n}", "scenario": "flood", "level": "IV", "state": "open",
                                  "region": "110111", "opened_at": now}  # fmt: skip
                        opened.append(writer.new("incident", values))
                    case _:
                        writer.set("equipment", chance.choice(items), {"specification": f"改{n}"})
            if n % 100 == 0:
                print(times.format_time(now), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
