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
    #: Repeated at second hand: it cannot tell what the one whose claim it is had seen.
    told: bool = False


def thing(kind: str, id_: str) -> str:
    """How a claim names what it takes: `equipment:BJ-001`."""
    return f"{kind}:{id_}"


def live(connection: sqlite3.Connection, name: str) -> list[Claim]:
    """The live claims on a thing, one a line, in the order of their lines.

    A line that was issued apart by two desks claims twice; the earlier of its claims, in an
    order that does not depend on arrival, speaks for it; one that was only told never does beside another.
    """
    rows = connection.execute(
        "SELECT c.thing, c.line, c.mark, c.told FROM claim c LEFT JOIN entry e ON e.n = c.mark / 1024"
        " LEFT JOIN feed f ON f.n = e.feed WHERE c.thing=? AND c.live=1"
        " ORDER BY c.line, c.told DESC, f.id DESC, e.seq DESC, c.mark % 1024 DESC",
        (name,),
    )
    return list({line: Claim(thing, line, mark, bool(told)) for thing, line, mark, told in rows}.values())


def contested(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """{thing: lines} with two or more live claims of which no one had seen the other.

    A claim by someone who had seen the earlier one overrides it: a decision, not a conflict.
    """
    order = Causality(connection)
    out = {}
    for name, called in sorted(_claimed_things(connection).items()):
        of_line = {c.line: c for n in called for c in live(connection, n)}
        standing = unbeaten(order, of_line.values()) if len(of_line) > 1 else ()
        if len(standing) > 1:
            out[name] = {c.line for c in standing}
    return out


def _claimed_things(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """{thing: the names that live claims give it}, of the things that more than one line claims."""
    claimed = connection.execute(
        "SELECT thing, count(DISTINCT line) FROM claim WHERE live=1 GROUP BY thing ORDER BY thing"
    ).fetchall()
    others = aliases(connection)
    out: dict[str, list[str]] = {}
    for name, _lines in claimed:
        out.setdefault(canonical(connection, name) if name in others else name, []).append(name)
    lines = dict(claimed)
    return {thing: names for thing, names in out.items() if sum(lines[n] for n in names) > 1}


def aliases(connection: sqlite3.Connection) -> set[str]:
    """The names under live claims that are tags of another thing."""
    rows = connection.execute(
        "SELECT DISTINCT c.thing FROM claim c JOIN equipment e ON e.id = substr(c.thing, 11)"
        " WHERE c.live=1 AND c.thing LIKE 'equipment:%' AND e.same_as IS NOT NULL"
    )
    return {name for (name,) in rows}


def canonical(connection: sqlite3.Connection, name: str) -> str:
    """The thing that a name means: a second tag of an item leads to the item (`same_as`).

    Tags that name each other in a circle mean the least of them.
    """
    kind, _colon, id_ = name.partition(":")
    if kind != "equipment":
        return name
    path = [id_]
    while True:
        row = connection.execute("SELECT same_as FROM equipment WHERE id=?", (path[-1],)).fetchone()
        if row is None or not row[0]:
            return thing(kind, path[-1])
        if row[0] in path:
            return thing(kind, min(path[path.index(row[0]) :]))
        path.append(row[0])


def also_called(connection: sqlite3.Connection, name: str) -> list[str]:
    """The names under which live claims take this thing, its own first."""
    others = (n for n in sorted(aliases(connection)) if n != name and canonical(connection, n) == name)
    return [name, *others]


def unbeaten(order: Causality, claims: Iterable[Claim]) -> list[Claim]:
    """The claims that no other of them had seen."""
    dots = [(c, order.dot(c.mark)) for c in claims]
    return [
        c for c, d in dots if not any(order.saw(other, d) for o, other in dots if o is not c and not o.told)
    ]


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
