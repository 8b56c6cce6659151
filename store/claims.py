"""Claims: which call-up line takes which thing, and where two stand against each other.

A claim ends only when its line ends, or when a person settles the claims by name. A
contest is a question asked of the claims, never a flag that could be lost or go stale.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from emergency.store.causality import Causality
from emergency.store.records.steps import ENDED

#: Kinds of record a claim can take; their tables carry the column `claimed`.
CLAIMABLE = ("equipment", "team")


class Claim(NamedTuple):
    """A live claim."""

    thing: str
    line: str
    mark: int


def thing(kind: str, id_: str) -> str:
    """How a claim names what it takes: `equipment:BJ-001`."""
    return f"{kind}:{id_}"


def live(connection: sqlite3.Connection, name: str) -> list[Claim]:
    """The live claims on a thing, one a line, in the order of their lines.

    A line that was issued apart by two desks claims twice; the earlier of its claims, in an
    order that does not depend on arrival, speaks for it.
    """
    rows = connection.execute(
        "SELECT c.thing, c.line, c.mark FROM claim c LEFT JOIN entry e ON e.n = c.mark / 1024"
        " LEFT JOIN feed f ON f.n = e.feed WHERE c.thing=? AND c.live=1"
        " ORDER BY c.line, f.id DESC, e.seq DESC, c.mark % 1024 DESC",
        (name,),
    )
    return list({line: Claim(thing, line, mark) for thing, line, mark in rows}.values())


def contested(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """{thing: lines} with two or more live claims of which no one had seen the other.

    A claim by someone who had seen the earlier one overrides it: a decision, not a conflict.
    """
    order = Causality(connection)
    out = {}
    many = connection.execute(
        "SELECT thing FROM claim WHERE live=1 GROUP BY thing HAVING count(DISTINCT line) > 1 ORDER BY thing"
    )
    for (name,) in many.fetchall():
        standing = unbeaten(order, live(connection, name))
        if len(standing) > 1:
            out[name] = {c.line for c in standing}
    return out


def unbeaten(order: Causality, claims: Iterable[Claim]) -> list[Claim]:
    """The claims that no other of them had seen."""
    dots = [(c, order.dot(c.mark)) for c in claims]
    return [c for c, d in dots if not any(order.saw(other, d) for o, other in dots if o is not c)]


def refold(connection: sqlite3.Connection, lines: Iterable[str]) -> None:
    """Bring the claims of these lines, and the things they take, up to the lines' states."""
    ended = ", ".join(f"'{state}'" for state in ENDED)
    touched: set[str] = set()
    for some in chunks(lines):
        marks = ",".join("?" * len(some))
        connection.execute(
            "UPDATE claim SET live = NOT ("
            f"EXISTS(SELECT 1 FROM line WHERE id=claim.line AND state IN ({ended}))"
            " OR EXISTS(SELECT 1 FROM settled WHERE line=claim.line AND keep<>claim.line))"
            f" WHERE line IN ({marks})",
            some,
        )
        things = connection.execute(f"SELECT DISTINCT thing FROM claim WHERE line IN ({marks})", some)
        touched.update(name for (name,) in things)
    show(connection, touched)


def chunks(names: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    """In sorted order, no more at a time than one statement takes."""
    ordered = sorted(names)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def show(connection: sqlite3.Connection, things: Iterable[str]) -> None:
    """Write onto each thing's row which lines claim it, or nothing."""
    for kind in CLAIMABLE:
        mine = [(name, name.split(":", 1)[1]) for name in things if name.startswith(f"{kind}:")]
        connection.executemany(
            f"UPDATE \"{kind}\" SET claimed=(SELECT group_concat(line, ' ') FROM"
            " (SELECT DISTINCT line FROM claim WHERE thing=? AND live=1 ORDER BY line)) WHERE id=?",
            mine,
        )
