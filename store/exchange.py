"""What two journals must hand over so that both have the same entries. Knows no network.

A cursor is (row of a feed, seq, hash of the entry there), never a number alone: a copied
database would lose entries silently. Each side tells its cursors, as far as it has come now;
neither trusts anything it remembers of the other. Rows are those of chains.py: a feed, or a
branch of one.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from emergency.store import chains, frames, headers
from emergency.store.chains import Feed, Sql
from emergency.store.entries import MOST_BYTES, Envelope, digest, whole
from emergency.store.headers import stem

#: Of a hash, so much is told in a cursor: 128 bits.
TOLD = 32
#: The most cursors one side may tell.
MOST_CURSORS = 100_000
#: The longest name of a row, that of a branch, is shorter.
MOST_ROW = 64
#: So many bytes of entries are fetched from a database at once.
MOST_AT_ONCE = 4 * 1024 * 1024
#: So many runs are told at once; of a row all of them, or none.
MOST_RUNS = 2_000
#: SQL: as frames.holds. What is larger, or nothing at all, was changed where it lies, and stops nothing behind it.
HELD = (
    f"length(header) <= {frames.MOST_HEADER} AND coalesce(length(facts), 0) <= {MOST_BYTES}"
    f" AND length(signature) <= {frames.MOST_SIGNATURE}"
)


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


class Bare(NamedTuple):
    """What one side has of a row without its facts: so many entries behind a place, in all up to another."""

    row: str
    after: int
    upto: int
    many: int


class Run(NamedTuple):
    """Entries of a row, one behind the other, that stand somewhere without their facts."""

    row: str
    first: int
    last: int


def heads(rows: Iterable[Feed]) -> list[Cursor]:
    """How far each of these rows has come that holds anything."""
    return [Cursor(f.id, f.seq, bytes(f.hash).hex()[:TOLD]) for f in rows if f.seq]


def total(rows: Iterable[Feed]) -> str:
    """One hash over how far all of these rows have come: two sides that agree need not tell more."""
    told = sorted(f"{c.row} {c.seq} {c.hash}" for c in heads(rows))
    return digest("\n".join(told).encode()).hex()


def cursors(told: Any) -> list[Cursor]:
    """Cursors as another told them. Raises ValueError for anything else."""
    return [Cursor(*item) for item in _of_rows(told, "cursors", places=1, texts=1)]


def stretches(told: Any) -> list[Stretch]:
    """Stretches as another told them. Raises ValueError for anything else."""
    return [Stretch(*item) for item in _of_rows(told, "stretches", places=1)]


def bares(told: Any) -> list[Bare]:
    """The same as another told it, each row once. Raises ValueError for anything else."""
    rows = {item[0]: Bare(*item) for item in _of_rows(told, "bare", places=3)}
    return list(rows.values())


def runs(told: Any) -> dict[str, list[Run]]:
    """The runs of each row as another told them, none before the end of the last. Raises ValueError for anything else."""
    out: dict[str, list[Run]] = {}
    for item in _of_rows(told, "runs", places=2):
        run = Run(*item)
        before = out.setdefault(run.row, [])
        if run.last < run.first or (before and run.first <= before[-1].last):
            raise ValueError("runs")
        before.append(run)
    if len(told) > MOST_RUNS:
        raise ValueError("runs")
    return out


def _of_rows(told: Any, what: str, *, places: int, texts: int = 0) -> list[Sequence[Any]]:
    """What another told of rows: of each its name, so many places or numbers, and so many texts. Raises ValueError."""
    if not isinstance(told, list) or len(told) > MOST_CURSORS:
        raise ValueError(what)
    for item in told:
        match item:
            case [str() as row, *rest] if len(row) <= MOST_ROW and len(rest) == places + texts:
                sound = all(whole(n) and n >= 0 for n in rest[:places])
                if sound and all(isinstance(text, str) for text in rest[places:]):
                    continue
        raise ValueError(what)
    return told


def bare(sql: Sql, rows: Iterable[Feed]) -> list[Bare]:
    """Of each of these rows that holds entries without their facts, how many, and where they begin and end."""
    out = []
    for feed in rows:
        first, last, many = sql.execute(
            "SELECT min(seq), max(seq), count(*) FROM entry WHERE feed=? AND facts IS NULL", (feed.n,)
        ).fetchone()
        if many:
            out.append(Bare(feed.id, first - 1, last, many))
    return out


def withheld(sql: Sql) -> int:
    """How many entries are here without their facts."""
    return int(sql.execute("SELECT count(*) FROM entry WHERE facts IS NULL").fetchone()[0])


def bare_runs(sql: Sql, bares: Iterable[Bare], rows: Mapping[str, Feed]) -> list[Run]:
    """What stands without its facts in the rows where that are not all entries from the first to the last."""
    out: list[Run] = []
    for b in bares:
        if b.many == b.upto - b.after:
            continue
        left = MOST_RUNS - len(out)
        found = sql.execute(
            "SELECT min(seq), max(seq) FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS run FROM entry"
            " WHERE feed=? AND facts IS NULL) AS apart GROUP BY run ORDER BY 1 LIMIT ?",
            (rows[b.row].n, left + 1),
        ).fetchall()
        out += [Run(b.row, first, last) for first, last in found] if len(found) <= left else []
    return out


def fuller(
    sql: Sql,
    theirs: Iterable[Bare],
    rows: Iterable[Feed],
    told: Mapping[str, Sequence[Run]] = MappingProxyType({}),
) -> list[Stretch]:
    """Where we have facts that a side lacks which may have all: as far as it `told` which those are, from the first of them.

    Of a row of which it told no more than how many, we may lack others than it does: its first decides then, and
    once that has come, the next; or that fewer of all stand here without their facts.
    """
    ours = {f.id: f for f in rows}
    out = []
    for b in theirs:
        feed = ours.get(b.row)
        if feed is None or feed.seq < b.upto:
            continue
        if b.row in told:
            lacks = _lacks(sql, feed, b, told[b.row])
            out += [Stretch(b.row, lacks - 1)] if lacks else []
            continue
        first, many = sql.execute(
            "SELECT min(seq), count(*) FROM entry WHERE feed=? AND seq>? AND seq<=? AND facts IS NULL",
            (feed.n, b.after, b.upto),
        ).fetchone()
        if many < b.many or (many and first > b.after + 1):
            out.append(Stretch(b.row, b.after))
    return out


def _lacks(sql: Sql, feed: Feed, theirs: Bare, told: Iterable[Run]) -> int:
    """The first of the runs that a side told of a row in which we have facts; 0 where we have none of them."""
    here = [
        seq
        for (seq,) in sql.execute(
            "SELECT seq FROM entry WHERE feed=? AND seq>? AND seq<=? AND facts IS NULL ORDER BY seq",
            (feed.n, theirs.after, theirs.upto),
        ).fetchall()
    ]
    for _row, first, last in told:
        within = theirs.after < first and last <= theirs.upto
        if within and bisect_right(here, last) - bisect_left(here, first) <= last - first:
            return first
    return 0


def together(*stretches: Iterable[Stretch]) -> list[Stretch]:
    """Each row once, from the earliest place on."""
    out: dict[str, Stretch] = {}
    for s in itertools.chain(*stretches):
        out[s.row] = min(s, out.get(s.row, s))
    return list(out.values())


def lacking(sql: Sql, theirs: Iterable[Cursor], rows: Iterable[Feed] | None = None) -> list[Stretch]:
    """What the side that told these cursors lacks of ours."""
    told = {c.row: c for c in theirs}
    out = []
    ours = list(chains.feeds(sql).values() if rows is None else rows)
    grown = _grown(ours)
    # A branch begins further on than the row it grows from, which must come before it.
    for feed in sorted(ours, key=lambda f: f.base):
        if not feed.seq:
            continue
        cursor = told.get(feed.id)
        if cursor is None and headers.MARK in feed.id:
            # They may have it without knowing that it is a branch.
            unparted = told.get(stem(feed.id))
            if (
                unparted
                and unparted.seq == feed.seq
                and bytes(feed.hash).hex().startswith(unparted.hash or "?")
            ):
                continue
        cursor = cursor and _parted(sql, feed, cursor, told)
        after = feed.base if cursor is None else _common(sql, feed, cursor, grown.get(feed.n, ()))
        if after < feed.seq:
            out.append(Stretch(feed.id, after))
    return out


def _grown(rows: Iterable[Feed]) -> dict[int, list[Feed]]:
    """What grows from each row: its branches, and theirs."""
    out: dict[int, list[Feed]] = {}
    parents = {f.n: f.parent for f in rows}
    for feed in rows:
        parent = feed.parent
        while parent is not None:
            out.setdefault(parent, []).append(feed)
            parent = parents.get(parent)
    return out


def _parted(sql: Sql, feed: Feed, cursor: Cursor, told: Mapping[str, Cursor]) -> Cursor:
    """How far they have come in a row of ours, where they know of branches in it that we do not.

    Their row ends where it parts; if ours goes on with the entry that one of their branches begins
    with, they have come as far as that branch.
    """
    while feed.base <= cursor.seq < feed.seq:
        following = sql.execute(
            "SELECT hash FROM entry WHERE feed=? AND seq=?", (feed.n, cursor.seq + 1)
        ).fetchone()
        branch = following and told.get(chains.branch_id(feed.id, bytes(following[0])))
        if not branch or branch.row == feed.id or branch.seq <= cursor.seq or not holds(sql, feed, cursor):
            break
        cursor = branch
    return cursor


def _common(sql: Sql, feed: Feed, cursor: Cursor, grown: Sequence[Feed]) -> int:
    """The last place of a row that the other surely has; `grown` grows from it here.

    Where the entry that they name is not ours, the row parts somewhere before it: then all of
    the row is handed over, and what they have already does no harm.
    """
    if cursor.seq > feed.seq:
        # Further than we are: they tell us whether ours is part of it when we ask for the rest. What
        # grows from it here comes at once, and would wait there if it were not.
        return feed.seq if not grown or among(sql, grown, cursor) else feed.base
    return cursor.seq if holds(sql, feed, cursor) else feed.base


def holds(sql: Sql, feed: Feed, cursor: Cursor) -> bool:
    """Whether the entry that a cursor names stands in a row."""
    if cursor.seq == feed.base:
        return True
    if cursor.seq == feed.seq:
        # Mostly they have all of it: the end of a row is known without a look at its entries.
        return len(cursor.hash) == TOLD and bytes(feed.hash).hex().startswith(cursor.hash)
    found = sql.execute("SELECT hash FROM entry WHERE feed=? AND seq=?", (feed.n, cursor.seq)).fetchone()
    return found is not None and len(cursor.hash) == TOLD and bytes(found[0]).hex().startswith(cursor.hash)


def among(sql: Sql, rows: Iterable[Feed], cursor: Cursor) -> bool:
    """Whether the entry that a cursor names stands in one of these rows, whatever that is called."""
    return any(f.base < cursor.seq <= f.seq and holds(sql, f, cursor) for f in rows)


def wanted(sql: Sql, theirs: Iterable[Cursor], rows: Mapping[str, Feed]) -> list[Stretch]:
    """What we may hand to a side that told how it differs from our heads."""
    named = {c.row: c for c in theirs}
    return lacking(sql, named.values(), [rows[id_] for id_ in named if id_ in rows])


def behind(
    sql: Sql,
    wanted: Iterable[Stretch],
    rows: Mapping[str, Feed] | None = None,
    *,
    with_facts: bool = False,
    page: int = 500,
) -> Iterator[tuple[Stretch, Envelope]]:
    """The entries behind each place, in order, with the stretch that is left after each.

    `with_facts` ends a row before the first entry whose facts are withheld here, and what grows
    from it: who takes the chain from us would never be offered the facts by those who have them.
    """
    rows = chains.feeds(sql) if rows is None else rows
    ended: set[int | None] = set()
    for stretch in wanted:
        feed = rows.get(stretch.row)
        if feed is not None and feed.parent in ended:
            # It grows from what is not handed over, and would wait there.
            ended.add(feed.n)
            continue
        after = stretch.after
        while feed is not None and (last := page_end(sql, feed.n, after, page)):
            found = sql.execute(
                "SELECT seq, header, facts, signature FROM entry"
                f" WHERE feed=? AND seq>? AND seq<=? AND {HELD} ORDER BY seq",
                (feed.n, after, last),
            ).fetchall()
            for seq, header, facts, signature in found:
                if with_facts and facts is None:
                    ended.add(feed.n)
                    feed = None
                    break
                yield Stretch(stretch.row, seq), Envelope(header, facts, signature)
            after = last


def page_end(sql: Sql, feed: int, after: int, most: int, size: int = MOST_AT_ONCE) -> int:
    """The last place of so many entries of a row behind one, of fewer where they are larger than `size`; 0 where none are."""
    sizes = (
        "SELECT seq, coalesce(length(header) + length(signature), 0) + coalesce(length(facts), 0) AS size FROM entry"
        " WHERE feed=? AND seq>? ORDER BY seq LIMIT ?"
    )
    behind = (feed, after, most)
    last, whole_size = sql.execute(f"SELECT max(seq), sum(size) FROM ({sizes}) AS page", behind).fetchone()
    if last is None or whole_size <= size:
        return int(last or 0)
    last = so_far = 0
    for seq, length in sql.execute(sizes, behind).fetchall():
        if last and so_far + length > size:
            break
        last, so_far = seq, so_far + length
    return int(last)
