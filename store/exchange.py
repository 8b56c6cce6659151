"""What two journals must hand over so that both have the same entries. Knows no network.

A cursor is (row of a feed, seq, hash of the entry there), never a number alone: a copied
database would lose entries silently. Each side tells its cursors, as far as it has come now;
neither trusts anything it remembers of the other. Rows are those of chains.py: a feed, or a
branch of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from emergency.store import chains
from emergency.store.chains import Feed, Sql, stem
from emergency.store.entries import Envelope, whole

#: Of a hash, so much is told in a cursor: 128 bits.
TOLD = 32
#: The most cursors one side may tell.
MOST_CURSORS = 100_000


class Cursor(NamedTuple):
    """How far one row has come."""

    row: str
    seq: int
    #: Hexadecimal; "" where there is nothing yet.
    hash: str


class Stretch(NamedTuple):
    """What one side lacks of a row: all behind a place."""

    row: str
    after: int


def heads(sql: Sql) -> list[Cursor]:
    """How far every row has come that holds anything."""
    rows = sql.execute(f"SELECT {chains.COLUMNS} FROM feed WHERE seq > 0 ORDER BY id").fetchall()
    return [Cursor(f.id, f.seq, bytes(f.hash).hex()[:TOLD]) for f in (Feed(*row) for row in rows)]


def cursors(told: Any) -> list[Cursor]:
    """Cursors as another told them. Raises ValueError for anything else."""
    if not isinstance(told, list) or len(told) > MOST_CURSORS:
        raise ValueError("cursors")
    out = []
    for item in told:
        match item:
            case [str() as row, int() as seq, str() as hash_] if whole(seq) and seq >= 0 and len(row) <= 64:
                out.append(Cursor(row, seq, hash_))
            case _:
                raise ValueError("cursors")
    return out


def stretches(told: Any) -> list[Stretch]:
    """Stretches as another told them. Raises ValueError for anything else."""
    return [
        Stretch(c.row, c.seq) for c in cursors([[*s, ""] for s in told] if isinstance(told, list) else None)
    ]


def lacking(sql: Sql, theirs: Iterable[Cursor], rows: Iterable[Feed] | None = None) -> list[Stretch]:
    """What the side that told these cursors lacks of ours."""
    told = {c.row: c for c in theirs}
    out = []
    # A branch begins further on than the row it grows from, which must come before it.
    for feed in sorted(chains.feeds(sql).values() if rows is None else rows, key=lambda f: f.base):
        if not feed.seq:
            continue
        cursor = told.get(feed.id)
        if cursor is None and chains.MARK in feed.id:
            # They may have it without knowing that it is a branch.
            unparted = told.get(stem(feed.id))
            if (
                unparted
                and unparted.seq == feed.seq
                and bytes(feed.hash).hex().startswith(unparted.hash or "?")
            ):
                continue
        after = feed.base if cursor is None else _common(sql, feed, cursor)
        if after < feed.seq:
            out.append(Stretch(feed.id, after))
    return out


def _common(sql: Sql, feed: Feed, cursor: Cursor) -> int:
    """The last place of a row that the other surely has.

    Where the entry that they name is not ours, the row parts somewhere before it: then all of
    the row is handed over, and what they have already does no harm.
    """
    if cursor.seq > feed.seq:
        # Further than we are: they tell us whether ours is part of it when we ask for the rest.
        return feed.seq
    return cursor.seq if holds(sql, feed, cursor) else feed.base


def holds(sql: Sql, feed: Feed, cursor: Cursor) -> bool:
    """Whether the entry that a cursor names stands in a row."""
    if cursor.seq == feed.base:
        return True
    found = sql.execute("SELECT hash FROM entry WHERE feed=? AND seq=?", (feed.n, cursor.seq)).fetchone()
    return found is not None and len(cursor.hash) == TOLD and bytes(found[0]).hex().startswith(cursor.hash)


def differing(sql: Sql, theirs: Iterable[Cursor]) -> list[Cursor]:
    """Our cursor of each row they told of and that stands elsewhere here; with seq 0 where we have none."""
    ours = {c.row: c for c in heads(sql)}
    return [ours.get(c.row, Cursor(c.row, 0, "")) for c in theirs if ours.get(c.row) != c]


def wanted(sql: Sql, theirs: Iterable[Cursor]) -> list[Stretch]:
    """What we may hand to a side that told how it differs from our heads."""
    rows = chains.feeds(sql)
    named = {c.row: c for c in theirs}
    return lacking(sql, named.values(), [rows[id_] for id_ in named if id_ in rows])


def behind(
    sql: Sql, wanted: Iterable[Stretch], *, with_facts: bool = False, page: int = 500
) -> Iterator[tuple[Stretch, Envelope]]:
    """The entries behind each place, in order, with the stretch that is left after each.

    `with_facts` ends a row before the first entry whose facts are withheld here: who takes the
    chain from us would never be offered the facts by those who have them.
    """
    rows = chains.feeds(sql)
    for stretch in wanted:
        feed = rows.get(stretch.row)
        after = stretch.after
        while feed is not None:
            found = sql.execute(
                "SELECT seq, header, facts, signature FROM entry WHERE feed=? AND seq>? ORDER BY seq LIMIT ?",
                (feed.n, after, page),
            ).fetchall()
            for seq, header, facts, signature in found:
                if with_facts and facts is None:
                    found = []
                    break
                after = seq
                told = None if facts is None else bytes(facts)
                yield Stretch(stretch.row, seq), Envelope(bytes(header), told, bytes(signature))
            if len(found) < page:
                break
