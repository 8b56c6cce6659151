"""Taking in what other stations wrote: in any order, in part, again and again.

What cannot be taken in is put aside with the reason, kept whole, and stops nothing behind it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from emergency.store import anew, authority, chains, journal
from emergency.store.chains import Aside, Chains, Known, header_of
from emergency.store.database import is_ours
from emergency.store.entries import Envelope, digest
from emergency.store.fold import Fold

#: Why an envelope was put aside instead of taken in. `fork` was a reason before both branches were folded.
ASIDE = ("malformed", "facts-changed", "newer", "waits", "forged", "fork")

#: The setting that tells that facts were withheld which a hub may have for us.
BARE = "bare"


class Taken(NamedTuple):
    """What came of entries that arrived."""

    new: int
    #: There already, word for word.
    known: int
    #: {reason: how many were put aside}.
    aside: dict[str, int]
    #: Feeds that were found to branch.
    forked: frozenset[str]


def take(connection: sqlite3.Connection, fold: Fold, envelopes: Iterable[Envelope], received: int) -> int:
    """The same as `receive`; returns how many were new."""
    return receive(connection, fold, envelopes, received).new


def receive(
    connection: sqlite3.Connection,
    fold: Fold,
    envelopes: Iterable[Envelope],
    received: int,
    channel: str = "",
) -> Taken:
    """Take in entries of other feeds, in any order, again and again; `channel` is how they came: `http`, `usb`.

    An entry whose predecessor has not come waits aside; a forged one is kept aside with the
    reason; neither stops those behind it. Where a feed is found to branch, every table is
    folded anew, since who had seen what reads differently.
    """
    arrival = _Arrival(connection, fold, received, channel)
    for envelope in envelopes:
        arrival.take(envelope)
    return arrival.finish()


class _Arrival:
    """One batch on its way in."""

    def __init__(self, connection: sqlite3.Connection, fold: Fold, received: int, channel: str) -> None:
        self.connection, self.fold, self.received, self.channel = connection, fold, received, channel
        self.chains = Chains(connection)
        self.new = self.known = 0
        self.aside: dict[str, int] = {}
        #: Whether a hub has spoken.
        self._granted = False
        self._waiting = connection.execute("SELECT 1 FROM aside WHERE why='waits' LIMIT 1").fetchone()

    def take(self, envelope: Envelope) -> None:
        """One entry, and those that waited for it."""
        coming = [envelope]
        while coming:
            place = self._one(coming.pop())
            if place is not None:
                self.new += 1
                coming += self._waited_for(*place)

    def finish(self) -> Taken:
        """Fold anew what a fork or a grant has changed, and tell what came."""
        learned = authority.learn(self.connection) if self._granted else authority.Learned(set(), False)
        if self.chains.forked:
            anew.index_seen(self.connection)
        if self.chains.forked or any(chains.feed_of(self.connection, feed) for feed in learned.judged):
            anew.fold_anew(self.connection)
            self.fold.forget()
        elif self._granted:
            # What comes next is judged by what hubs have said by now.
            self.fold.forget()
            if learned.clocks:
                self.fold.show_again()
        return Taken(self.new, self.known, self.aside, frozenset(self.chains.forked))

    def _one(self, envelope: Envelope) -> tuple[str, int] | None:
        """(feed, seq) of an entry that brought something new; None for one that did not, or was put aside."""
        header = header_of(envelope.header)
        if header is None:
            self._put_aside(envelope, "", 0, "malformed")
            return None
        forked = set(self.chains.forked)
        self.connection.execute("SAVEPOINT one")
        try:
            new = self._stored(envelope, header)
        except Exception as error:
            if is_ours(error):
                raise
            # A reason, or something in it that no check foresaw: nothing of it stays, nothing else is stopped.
            self.connection.execute("ROLLBACK TO one")
            self.fold.forget()
            self.chains.forget()
            self.chains.forked = forked
            why = str(error) if isinstance(error, Aside) else "malformed"
            self._put_aside(envelope, header["feed"], header["seq"], why)
            new = False
        self.connection.execute("RELEASE one")
        return (header["feed"], header["seq"]) if new else None

    def _stored(self, envelope: Envelope, header: dict[str, Any]) -> bool:
        """Store an entry behind the one before it; returns whether it was new. Raises Aside."""
        try:
            feed = self.chains.place(envelope, header)
        except Known as found:
            new = self._again(found.n, header, envelope)
            self.known += not new
            self._delivered(found.n, header)
            return new
        self._granted = self._granted or self.fold.authority.registers(header["feed"])
        n = journal.store(self.connection, self.fold, feed, header, envelope, self.received)
        self._delivered(n, header)
        if envelope.facts is None and self.channel == "usb":
            # A hub that has the facts would not offer them by itself: it is asked at the next round.
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES(?, '1')", (BARE,))
        self.chains.advance(feed, header["seq"], digest(envelope.header))
        if feed.own:
            self._given_before(envelope)
        return True

    def _delivered(self, n: int, header: dict[str, Any]) -> None:
        """Keep how an order came, and each further way by which it came again (CASES 7)."""
        if self.channel and header["kind"].startswith("callup"):
            self.connection.execute(
                "INSERT OR IGNORE INTO delivery VALUES(?,?,?)", (n, self.channel, self.received)
            )

    def _given_before(self, envelope: Envelope) -> None:
        """An entry of our own comes back to a store that is older: its numbers are not given again."""
        meta = dict(
            self.connection.execute(
                "SELECT key, value FROM meta WHERE key IN ('prefix', 'number')"
            ).fetchall()
        )
        given = int(meta.get("number", 0))
        for fact in journal.told(envelope).facts or []:
            match fact:
                case ["new" | "told", str(), str() as id_, *_]:
                    prefix, _dash, number = id_.rpartition("-")
                    if prefix == meta.get("prefix") and re.fullmatch("[0-9]{1,15}", number):
                        given = max(given, int(number))
        if given > int(meta.get("number", 0)):
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES('number', ?)", (str(given),))

    def _again(self, n: int, header: dict[str, Any], envelope: Envelope) -> bool:
        """An entry that is there: the same, or the same with facts that were withheld."""
        feed, hash_, withheld, first = self.connection.execute(
            "SELECT feed, hash, facts IS NULL, received FROM entry WHERE n=?", (n,)
        ).fetchone()
        if envelope.facts is None or not withheld:
            return False
        self.connection.execute(
            "UPDATE entry SET facts=?, late=?, receipt=? WHERE n=?",
            (envelope.facts, self.received, journal.receipt(n, first, self.received, hash_), n),
        )
        journal.fold_entry(self.fold, n, feed, header, envelope.facts)
        return True

    def _put_aside(self, envelope: Envelope, feed: str, seq: int, why: str) -> None:
        self.aside[why] = self.aside.get(why, 0) + 1
        self._waiting = self._waiting or why == "waits"
        _put_aside(self.connection, envelope, feed, seq, why, self.received)

    def _waited_for(self, feed: str, seq: int) -> list[Envelope]:
        return _waiting(self.connection, feed, seq) if self._waiting else []


def _put_aside(
    connection: sqlite3.Connection, envelope: Envelope, feed: str, seq: int, why: str, received: int
) -> None:
    hash_ = digest(envelope.header + (envelope.facts or b"") + envelope.signature)
    connection.execute(
        "INSERT OR IGNORE INTO aside(hash, feed, seq, why, received, header, facts, signature, receipt)"
        " VALUES(?,?,?,?,?,?,?,?,?)",
        (
            hash_,
            feed,
            seq,
            why,
            received,
            envelope.header,
            envelope.facts,
            envelope.signature,
            journal.aside_receipt(hash_, feed, seq, why, received),
        ),
    )


def _waiting(connection: sqlite3.Connection, feed: str, seq: int) -> list[Envelope]:
    """What waited for the entry just stored, taken from aside: its copies, and its followers."""
    rows = connection.execute(
        "SELECT hash, header, facts, signature FROM aside"
        " WHERE feed=? AND seq IN (?, ?) AND why='waits' ORDER BY seq DESC, hash",
        (feed, seq, seq + 1),
    ).fetchall()
    for hash_, *_envelope in rows:
        connection.execute("DELETE FROM aside WHERE hash=?", (hash_,))
    return [Envelope(*envelope) for _hash, *envelope in rows]
