"""Feeds whose key is new to this store: of a station heard of for the first time, or of one that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from emergency.store import chains, keys
from emergency.store.chains import Feed, Sql
from emergency.store.coming import introduced
from emergency.store.entries import parsed
from emergency.store.requests import check_words


class Newcomer(NamedTuple):
    """A key that came with the last entries."""

    station: str
    #: A few letters of it, to compare by telephone.
    check: str
    #: Whether a station of that name was known before.
    known: bool
    #: Whether a key that was known before says that this one follows it: the station was restored, or copied.
    vouched: bool


def newcomers(sql: Sql, before: Mapping[str, Feed]) -> list[Newcomer]:
    """Whose keys came since the feeds stood as `before`, those that begin first in the journal first."""
    came = {
        id_: f
        for id_, f in chains.feeds(sql).items()
        if f.key and f.parent is None and not f.own and not (id_ in before and before[id_].key)
    }
    trusted = {id_: f.key for id_, f in before.items() if f.key}
    names = {f.station.casefold() for f in before.values() if f.key}
    follows = {id_: _follows(sql, f) for id_, f in came.items()}
    # A station that was restored twice brings both of its new keys, in any order.
    while True:
        vouched = [
            id_
            for id_, f in came.items()
            if id_ not in trusted
            and (told := follows[id_]) is not None
            and told[0] in trusted
            and keys.vouches(trusted[told[0]], f.key, told[1])
        ]
        if not vouched:
            break
        trusted |= {id_: came[id_].key for id_ in vouched}
    return [
        Newcomer(f.station, check_words(f.key), f.station.casefold() in names, id_ in trusted)
        for id_, f in came.items()
    ]


def _follows(sql: Sql, feed: Feed) -> tuple[str, bytes] | None:
    """(the feed it follows, the word of that one's key for it), as its first entry tells; None where it tells none."""
    rows = sql.execute(
        "SELECT e.facts FROM entry e JOIN feed f ON f.n=e.feed WHERE e.seq=1 AND (f.n=? OR (f.parent=? AND f.base=0))",
        (feed.n, feed.n),
    ).fetchall()
    for (facts,) in rows:
        if not introduced(facts, feed.id)[0]:
            continue
        match (parsed(facts) or {})["facts"][0]:
            case ["feed", str(), str(), str() as earlier, str() as proof]:
                try:
                    return earlier, bytes.fromhex(proof)
                except ValueError:
                    continue
    return None
