"""Feeds whose key is new to this store: of a station heard of for the first time, or of one that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from emergency.store import chains, keys
from emergency.store.chains import Feed, Sql
from emergency.store.coming import follows
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
    said = {id_: _follows(sql, f) for id_, f in came.items()}
    # A station that was restored twice brings both of its new keys, in any order.
    while True:
        vouched = [
            id_
            for id_, f in came.items()
            if id_ not in trusted
            and (told := said[id_]) is not None
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
    """What its first entry says of that, or the first that says any of those that stand in its place."""
    return next(
        filter(None, (follows(facts, feed.id) for _header, facts in chains.firsts(sql, feed.id))), None
    )
