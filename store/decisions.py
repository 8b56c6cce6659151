"""What persons have decided between claims: the kept claim, the lost ones, who and why.

A settlement ends the claims it names but the one it keeps, for good (store/claims.py). Two that
were made apart and kept different lines may leave a thing with nobody: that is a conflict of
its own, until somebody who has seen both decides again or gives a new order.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from emergency.store import claims, entries
from emergency.store.causality import PLACES, Causality
from emergency.store.claims import Claim
from emergency.store.query import in_order
from emergency.store.records import RECORDS

#: The verb under which a decision is recorded.
DECIDED = "conflict resolve"


class Decision(NamedTuple):
    """One settlement; of a field that was edited apart, the value that a person chose."""

    #: What was decided about: `equipment:BJ-001`, `team:FT-1:commander`; "" where none of its lines ever took a thing.
    thing: str
    #: The line that keeps it, or the value as JSON has it; "" where none does.
    kept: str
    lost: tuple[str, ...]
    who: str
    station: str
    at: int
    recorded: int
    why: str
    mark: int

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line it names."""
        return (*self.lost, self.kept) if self.kept else self.lost


def decisions(connection: sqlite3.Connection, line: str = "") -> list[Decision]:
    """Every settlement, or those that name a line; the latest first by the writers' clocks."""
    named: dict[int, tuple[str, list[str]]] = {}
    where = "WHERE mark IN (SELECT mark FROM settled WHERE line=?)" if line else ""
    rows = connection.execute(
        f"SELECT mark, line, keep FROM settled {where} ORDER BY mark, line", (line,) if line else ()
    )
    for mark, name, keep in rows:
        named.setdefault(mark, (keep, []))[1].append(name)
    out = []
    for mark, (keep, lines) in named.items():
        feed, station, seq, header, facts = connection.execute(
            "SELECT f.id, f.station, e.seq, e.header, e.facts FROM entry e JOIN feed f ON f.n = e.feed WHERE e.n=?",
            (mark // PLACES,),
        ).fetchone()
        told = entries.told(entries.Envelope(header, facts, b""))
        lost = tuple(in_order(line for line in lines if line != keep))
        thing, wall = _thing(connection, (*lost, keep)), told.header["wall"]
        found = Decision(thing, keep, lost, told.header["who"], station, told.at, wall, told.why, mark)
        out.append(((wall, feed, seq, mark % PLACES), found))
    return [found for _key, found in sorted(out, key=lambda pair: pair[0], reverse=True)]


def of_fields(connection: sqlite3.Connection) -> list[Decision]:
    """Every choice between values of a field; the latest first by the writers' clocks."""
    # The board tells of none of these, and does not wait for what judges them.
    from emergency.store.authority import Authority
    from emergency.store.screening import screened

    out = []
    standing = Authority(connection)
    rows = connection.execute(
        "SELECT f.id, f.station, e.n, e.seq, e.header, e.facts FROM entry e JOIN feed f ON f.n = e.feed"
        " WHERE instr(e.header, ?) AND NOT EXISTS (SELECT 1 FROM settled WHERE mark / ? = e.n)",
        (json.dumps(DECIDED).encode(), PLACES),
    )
    for feed, station, n, seq, header, facts in rows:
        told = entries.told(entries.Envelope(header, facts, b""))
        if told.header["kind"] != DECIDED or standing.void(feed, seq):
            continue
        for place, fact in enumerate(told.facts or []):
            # Of what makes no sense, or is a newer program's, nothing is left.
            match screened(fact)[0]:
                case ["set", str() as kind, str() as id_, dict() as values] if kind in RECORDS:
                    for name, value in values.items():
                        field = RECORDS[kind].field(name)
                        kept = "" if field is None or value is None else str(field.type.plain(value))
                        found = Decision(
                            f"{kind}:{id_}:{name}", kept, (), told.header["who"], station, told.at,
                            told.header["wall"], told.why, n * PLACES + place,
                        )  # fmt: skip
                        out.append(((found.recorded, feed, seq, place), found))
    return [found for _key, found in sorted(out, key=lambda pair: pair[0], reverse=True)]


def _thing(connection: sqlite3.Connection, lines: Sequence[str]) -> str:
    """The thing that these lines took; the first by name where they took several."""
    marks = ", ".join("?" * len(lines))
    rows = connection.execute(f"SELECT DISTINCT thing FROM claim WHERE line IN ({marks})", lines)
    return min((claims.canonical(connection, name) for (name,) in rows), default="")


def apart(connection: sqlite3.Connection) -> dict[str, list[Decision]]:
    """{thing: decisions} where people decided differently about a thing, not having seen each other.

    It is over when someone who had seen them all settles again, or takes the thing by a new order.
    """
    order = Causality(connection)
    by_thing: dict[str, list[Decision]] = {}
    for decision in decisions(connection):
        by_thing.setdefault(decision.thing, []).append(decision)
    out = {}
    for thing, made in sorted(by_thing.items()):
        if not thing or len(made) < 2:
            continue
        standing = _unbeaten(order, made)
        against = [d for d in standing if any(d.kept in other.lost for other in standing if other is not d)]
        if against and not _taken_since(connection, order, thing, standing):
            out[thing] = standing
    return out


def _unbeaten(order: Causality, made: Sequence[Decision]) -> list[Decision]:
    as_claims = {d.mark: d for d in made}
    alone = claims.unbeaten(order, (Claim(d.thing, d.kept, mark) for mark, d in as_claims.items()))
    return [as_claims[c.mark] for c in alone]


def _taken_since(
    connection: sqlite3.Connection, order: Causality, thing: str, made: Iterable[Decision]
) -> bool:
    """Whether someone who had seen all these decisions took the thing by an order."""
    rows = connection.execute("SELECT mark FROM claim WHERE thing=?", (thing,)).fetchall()
    dots = [order.dot(d.mark) for d in made]
    return any(all(order.saw(order.dot(mark), dot) for dot in dots) for (mark,) in rows)


def standing_lines(connection: sqlite3.Connection, thing: str) -> list[str]:
    """Every line with a live claim on a thing, under whichever of its names."""
    names = claims.also_called(connection, thing)
    return in_order({c.line for name in names for c in claims.live(connection, name)})
