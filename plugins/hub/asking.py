"""Entries that `mend` took the facts out of, since a disk had damaged them: whoever has them whole is asked for them.

Never those that came here without their facts: another hub keeps these back, and a station of both would bring them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from emergency.store.chains import Feed, Sql
from emergency.store.exchange import Stretch
from emergency.store.headers import stem

#: In `meta`, while any is asked for; and with its number behind it, for each.
ASKS = "anew"
#: So many are asked for at once, others each time.
MOST = 2_000
#: So many are looked up by one statement.
_TOGETHER = 500


class Asked(NamedTuple):
    """Places behind each of which an entry is asked for, and the numbers of those that have come."""

    places: list[Stretch]
    come: list[int]


def note(sql: Sql, numbers: Iterable[int]) -> None:
    """Ask for the entries of these numbers from now on."""
    for key in (ASKS, *(f"{ASKS} {n}" for n in numbers)):
        sql.execute("INSERT INTO meta VALUES(?, '') ON CONFLICT(key) DO NOTHING", (key,))


def asked(sql: Sql, rows: Mapping[str, Feed]) -> Asked:
    """What is asked for of these rows, and what has come of any."""
    found = sql.execute("SELECT key FROM meta WHERE key>? AND key<?", (f"{ASKS} ", f"{ASKS}!")).fetchall()
    numbers = [int(told) for (key,) in found if (told := key[len(ASKS) + 1 :]).isascii() and told.isdigit()]
    if len(numbers) > MOST:
        numbers = random.sample(numbers, MOST)
    lasts = dict(sql.execute("SELECT feed, last FROM member WHERE last IS NOT NULL").fetchall())
    places, come = [], set(numbers)
    for at in range(0, len(numbers), _TOGETHER):
        some = numbers[at : at + _TOGETHER]
        marks = ",".join("?" * len(some))
        for n, row, seq in sql.execute(
            "SELECT e.n, f.id, e.seq FROM entry e JOIN feed f ON f.n=e.feed"
            f" WHERE e.facts IS NULL AND e.n IN ({marks}) ORDER BY e.n",
            some,
        ).fetchall():
            come.discard(n)
            # What a revoked station wrote behind its last one would not be taken.
            if row in rows and seq <= lasts.get(stem(row), seq):
                places.append(Stretch(row, seq - 1))
    return Asked(places, sorted(come))


def forget(sql: Sql, numbers: Iterable[int]) -> None:
    """Ask for these no more."""
    for n in numbers:
        sql.execute("DELETE FROM meta WHERE key=?", (f"{ASKS} {n}",))
    sql.execute(
        "DELETE FROM meta WHERE key=? AND NOT EXISTS (SELECT 1 FROM meta WHERE key>? AND key<?)",
        (ASKS, f"{ASKS} ", f"{ASKS}!"),
    )
