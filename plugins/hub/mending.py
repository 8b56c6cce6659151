"""What a disk has made of a hub's entries: put right where that is sure, else asked of whoever has them whole.

Facts that do not fit are worth nothing, and hold up every station that has not had them. They are
taken out, so that the entry is one without its facts: who has those is asked for them at his next
round (asking.py), and brings the header with them. Nothing else is taken out.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from emergency.plugins.hub.asking import note
from emergency.plugins.hub.verifying import text_of_any_kind, verify
from emergency.store.chains import COLUMNS, Feed, Sql
from emergency.store.entries import digest, parsed
from emergency.store.frames import MOST_HEADER, MOST_SIGNATURE
from emergency.store.headers import stem
from emergency.store.journal import Problem

#: What is healed when the entry is brought again.
_BROUGHT = ("facts-changed", "header-changed", "unreadable")
#: Where there is anything else, it is not certain which entries are a feed's last.
_CERTAIN = {*_BROUGHT, "signature-wrong", "chain-broken", "head-changed"}
#: What is no bytes any more, or more than a block may hold, would be handed to nobody: behind it nothing is taken in.
_BYTES = (
    f"header=CAST(CASE WHEN length(header) <= {MOST_HEADER} THEN header ELSE '' END AS BLOB),"
    f" signature=CAST(CASE WHEN length(signature) <= {MOST_SIGNATURE} THEN signature ELSE '' END AS BLOB)"
)
_HASH = re.compile("[0-9a-f]{64}")


class Mending(NamedTuple):
    """What is done about each problem of so many entries."""

    entries: int
    #: Whoever has it whole is asked for it.
    asked: list[Problem]
    #: A hash, or the end of a feed, is as the entries say; what is lacking behind it stations bring.
    corrected: list[Problem]
    #: Nothing.
    left: list[Problem]


def planned(sql: Sql) -> Mending:
    """What can be done; nothing is changed."""
    with text_of_any_kind(sql):
        return _planned(sql)


def _planned(sql: Sql) -> Mending:
    found = verify(sql)
    out = Mending(found.entries, [], [], [])
    (hub,) = sql.execute("SELECT value FROM meta WHERE key='hub'").fetchone() or ("",)
    lost = any(p.what == "unreadable" and not p.n for p in found.problems)
    certain = {p.what for p in found.problems} <= _CERTAIN
    for problem in found.problems:
        feed = _feed(sql, problem)
        if lost or feed is None:
            # What is written into pages that lead astray may land on others.
            out.left.append(problem)
        elif problem.what == "head-changed" and not problem.n:
            (out.corrected if certain and _end(sql, feed) else out.left).append(problem)
        elif problem.what in _BROUGHT:
            _sort(sql, feed, problem, out)
        elif problem.what == "grant-changed" and any(stem(p.feed) == hub for p in out.asked):
            # Who is enrolled can be held against the grants once those have come.
            continue
        elif problem.what != "chain-broken" or (*problem[:1], problem.seq - 1) not in _places(out.corrected):
            out.left.append(problem)
    return out


def _sort(sql: Sql, feed: Feed, problem: Problem, out: Mending) -> None:
    """Note what is done about an entry that is damaged in itself."""
    hash_, header, facts = sql.execute(
        "SELECT hash, header, facts FROM entry WHERE n=?", (problem.n,)
    ).fetchone() or (None, None, None)
    said = _said(sql, feed, problem.seq)
    stands = bool(said) and hash_ == bytes.fromhex(said)
    if not (stands or _is_of(header, said)):
        # Brought again it would not be known, and its header may be another's.
        out.left.append(problem)
        return
    if not stands:
        out.corrected.append(problem)
    told = (parsed(header or b"") or {}).get("facts") if _is_of(header, said) else None
    if stands or not (facts is None or _is_of(facts, told)):
        out.asked.append(problem)


def mend(sql: Sql, plan: Mending) -> None:
    """Do it, in a transaction of the caller's.

    The hub may have taken entries since it was planned: it changes nothing of what it has, and where
    a feed parted or grew meanwhile its head is as it should be.
    """
    with text_of_any_kind(sql):
        for problem in plan.corrected:
            feed = _feed(sql, problem)
            if feed is None:
                continue
            if problem.n and (said := _said(sql, feed, problem.seq)):
                sql.execute("UPDATE entry SET hash=? WHERE n=?", (bytes.fromhex(said), problem.n))
            elif not problem.n and (end := _end(sql, feed)):
                sql.execute("UPDATE feed SET seq=?, hash=? WHERE n=?", (*end, feed.n))
        had = [p.n for p in plan.asked if _had_facts(sql, p.n)]
        if had:
            note(sql, had)
        for problem in plan.asked:
            sql.execute(f"UPDATE entry SET facts=NULL, {_BYTES} WHERE n=?", (problem.n,))


def _had_facts(sql: Sql, n: int) -> bool:
    row = sql.execute("SELECT facts IS NOT NULL FROM entry WHERE n=?", (n,)).fetchone()
    return bool(row and row[0])


def _places(problems: list[Problem]) -> set[tuple[str, int]]:
    return {(p.feed, p.seq) for p in problems if p.n}


def _feed(sql: Sql, problem: Problem) -> Feed | None:
    row = sql.execute(f"SELECT {COLUMNS} FROM feed WHERE id=?", (problem.feed,)).fetchone()
    return Feed(*row) if row else None


def _end(sql: Sql, feed: Feed) -> tuple[int, bytes] | None:
    """Where the entries of a row end; None where that is not certain."""
    last = sql.execute(
        "SELECT seq, hash FROM entry WHERE feed=? ORDER BY seq DESC LIMIT 1", (feed.n,)
    ).fetchone()
    if last is None:
        return 0, b""
    return (last[0], bytes(last[1])) if isinstance(last[0], int) and _is_hash(last[1]) else None


def _said(sql: Sql, feed: Feed, seq: int) -> str:
    """The hash of an entry as what follows it says; "" where that says nothing."""
    if seq == feed.seq:
        return feed.hash.hex() if _is_hash(feed.hash) else ""
    row = sql.execute("SELECT header FROM entry WHERE feed=? AND seq=?", (feed.n, seq + 1)).fetchone()
    told = parsed(bytes(row[0])) if row and isinstance(row[0], bytes) else None
    prev = (told or {}).get("prev")
    return prev if isinstance(prev, str) and _HASH.fullmatch(prev) else ""


def _is_of(value: Any, hash_: str | None) -> bool:
    return isinstance(value, bytes) and digest(value).hex() == hash_


def _is_hash(value: Any) -> bool:
    return isinstance(value, bytes) and _HASH.fullmatch(value.hex()) is not None
