"""Taking in what other stations wrote: in any order, in part, again and again.

What cannot be taken in is put aside with the reason, kept whole, and stops nothing behind it.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from emergency.store import anew, authority, chains, journal, seen
from emergency.store.chains import Aside, Chains, Known
from emergency.store.coming import Came, Entry, entry_of, introduced, proofs
from emergency.store.database import is_ours
from emergency.store.entries import Envelope, digest
from emergency.store.headers import Header, read_in_bulk

if TYPE_CHECKING:
    from emergency.store.fold import Fold

#: Why an envelope was put aside instead of taken in. `fork` was a reason before both branches were folded.
ASIDE = ("malformed", "facts-changed", "newer", "waits", "forged", "fork")

#: So many entries are looked at together: one signature serves for each run of a chain among them.
TOGETHER = 500

#: So many entries that wait are asked in one batch about others that were refused: no honest author needs one.
MOST_ASKED = 20_000

#: The setting that tells that facts were withheld which a hub may have for us.
BARE = "bare"

#: The setting that names a feed of ours in which another machine wrote on, or this one before it was put back.
OVERTAKEN = "overtaken"


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
    coming = iter(envelopes)
    while together := list(itertools.islice(coming, TOGETHER)):
        arrival.take(together)
    return arrival.finish()


class _Arrival:
    """One batch on its way in."""

    def __init__(self, connection: sqlite3.Connection, fold: Fold, received: int, channel: str) -> None:
        self.connection, self.fold, self.received, self.channel = connection, fold, received, channel
        self.chains = Chains(connection)
        found = connection.execute("SELECT value FROM meta WHERE key='prefix'").fetchone()
        self._prefix = found[0] if found else ""
        self.new = self.known = 0
        #: {name of what was put aside: (why, how often)}, without what was taken in after all.
        self._counted: dict[bytes, tuple[str, int]] = {}
        #: Whether a hub has spoken.
        self._granted = False
        #: So many entries that wait may still be asked whether they speak for one that was refused.
        self._asked = MOST_ASKED
        #: Why something is aside here.
        self._kept = {why for (why,) in connection.execute("SELECT DISTINCT why FROM aside")}

    def take(self, envelopes: list[Envelope]) -> None:
        """Entries that came together, and those that waited for them."""
        if len(envelopes) == TOGETHER:
            read_in_bulk()
        entries: list[Entry | None] = []
        came = Came(entries)
        came.add(envelopes)
        if self.channel == "http":
            # A hub answers for what it hands on. Of a stick nobody knows who put what on it.
            self.chains.proved.add(proofs(came, self.chains.key, lambda _feed: True)[0])
        for envelope, entry in zip(envelopes, entries, strict=True):
            if entry is None:
                self._put_aside(envelope, "", 0, "malformed")
                continue
            coming = [entry]
            while coming:
                one = coming.pop()
                why = self._one(one)
                if why == "new":
                    self.new += 1
                    coming += self._waited_for(one)
                elif why == "waits":
                    coming += self._forged_before(one)
                elif why == "forged" and self._spoken_for(one):
                    coming += self._taken_up([one])

    def finish(self) -> Taken:
        """Fold anew what a fork or a grant has changed, and tell what came."""
        learned = authority.learn(self.connection) if self._granted else authority.Learned(set(), False)
        if self.chains.forked:
            seen.index(self.connection)
        if self.chains.forked or any(chains.feed_of(self.connection, feed) for feed in learned.judged):
            anew.fold_anew(self.connection)
            self.fold.forget()
        elif self._granted:
            # What comes next is judged by what hubs have said by now.
            self.fold.forget()
            if learned.clocks:
                self.fold.show_again()
        return Taken(self.new, self.known, self.aside, frozenset(self.chains.forked))

    @property
    def aside(self) -> dict[str, int]:
        """{reason: how many} of these are put aside by now."""
        out: dict[str, int] = {}
        for why, times in self._counted.values():
            out[why] = out.get(why, 0) + times
        return out

    def _one(self, entry: Entry) -> str:
        """What came of an entry: `new`, `known`, or why it was put aside."""
        forked = set(self.chains.forked)
        self.connection.execute("SAVEPOINT one")
        try:
            came = "new" if self._stored(entry) else "known"
        except Exception as error:
            if is_ours(error):
                raise
            # A reason, or something in it that no check foresaw: nothing of it stays, nothing else is stopped.
            self.connection.execute("ROLLBACK TO one")
            self.fold.forget()
            self.chains.forget()
            self.chains.forked = forked
            came = str(error) if isinstance(error, Aside) else "malformed"
            self._put_aside(entry.envelope, entry.header.feed, entry.header.seq, came)
        self.connection.execute("RELEASE one")
        return came

    def _stored(self, entry: Entry) -> bool:
        """Store an entry behind the one before it; returns whether it was new. Raises Aside."""
        envelope, header, own_hash = entry.envelope, entry.header, entry.hash
        try:
            feed = self.chains.place(entry)
        except Known as found:
            if found.unfit:
                unfit = envelope._replace(signature=found.unfit)
                self._put_aside(unfit, header.feed, header.seq, "forged")
            new = self._again(found.n, header, envelope)
            self.known += not new
            self._delivered(found.n, header)
            return new
        self._granted = self._granted or self.fold.authority.registers(header.feed)
        n = journal.store(self.connection, self.fold, feed, header, envelope, self.received)
        self._delivered(n, header)
        if envelope.facts is None and self.channel == "usb":
            # A hub that has the facts would not offer them by itself: it is asked at the next round.
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES(?, '1')", (BARE,))
        self.chains.advance(feed, header.seq, own_hash)
        if feed.own or feed.station == self._prefix:
            self._given_before(envelope)
        if feed.own:
            # Not all that its writer had seen is here: whoever went on behind it would say he saw what he did not.
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (OVERTAKEN, feed.id))
        return True

    def _delivered(self, n: int, header: Header) -> None:
        """Keep how an order came, and each further way by which it came again (CASES 7)."""
        if self.channel and header.kind.startswith("callup"):
            self.connection.execute(
                "INSERT OR IGNORE INTO delivery VALUES(?,?,?)", (n, self.channel, self.received)
            )

    def _given_before(self, envelope: Envelope) -> None:
        """An entry of our own comes back to a store that is older, or one of who goes by our name: its numbers are taken."""
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

    def _again(self, n: int, header: Header, envelope: Envelope) -> bool:
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
        self._counted[_name(envelope)] = why, self._counted.get(_name(envelope), ("", 0))[1] + 1
        self._kept.add(why)
        _put_aside(self.connection, envelope, feed, seq, why, self.received)

    def _waited_for(self, entry: Entry) -> list[Entry]:
        """What waited for an entry that is stored now, taken from aside: its copies, and its followers."""
        feed, seq = entry.header.feed, entry.header.seq
        found = [*self._aside(feed, seq + 1, "waits"), *self._aside(feed, seq, "waits")]
        return self._taken_up(found)

    def _forged_before(self, entry: Entry) -> list[Entry]:
        """What was refused for its signature, and stands before an entry that waits and whose author did sign."""
        feed = entry.header.feed
        if "forged" not in self._kept:
            return []
        if not (key := self.chains.key(feed)):
            # Its key stands in the first entry, and that was refused itself.
            return self._taken_up(self._aside(feed, 1, "forged"))
        while self._asked:
            self._asked -= 1
            seq, before = entry.header.seq - 1, entry.header.prev
            self.chains.proved.spoken(key).add(bytes.fromhex(before))
            found = [e for e in self._aside(feed, seq, "forged") if e.hash.hex() == before]
            waits = [e for e in self._aside(feed, seq, "waits") if e.hash.hex() == before]
            if found or not waits:
                return self._taken_up(found)
            entry = waits[0]
        return []

    def _key(self, entry: Entry) -> bytes:
        """The key of an entry's feed, by itself where it is the first."""
        feed = entry.header.feed
        return self.chains.key(feed) or introduced(entry.envelope.facts, feed)[0]

    def _spoken_for(self, entry: Entry) -> bool:
        """Whether something that waits here goes on from an entry, and was signed by their author."""
        key, feed = self._key(entry), entry.header.feed
        asked, before = [entry], {entry.hash: entry}
        while asked:
            one = asked.pop()
            for next_ in self._aside(feed, one.header.seq + 1, "waits"):
                if next_.header.prev != one.hash.hex() or not self._asked:
                    continue
                self._asked -= 1
                if self.chains.signed(key, next_):
                    while (known := before.get(bytes.fromhex(next_.header.prev))) is not None:
                        self.chains.proved.spoken(key).add(known.hash)
                        next_ = known
                    return True
                before[next_.hash] = next_
                asked.append(next_)
        return False

    def _taken_up(self, found: list[Entry]) -> list[Entry]:
        for entry in found:
            self.connection.execute("DELETE FROM aside WHERE hash=?", (_name(entry.envelope),))
            self._counted.pop(_name(entry.envelope), None)
        return found

    def _aside(self, feed: str, seq: int, why: str) -> list[Entry]:
        if why not in self._kept:
            return []
        rows = self.connection.execute(
            "SELECT header, facts, signature FROM aside WHERE feed=? AND seq=? AND why=? ORDER BY hash",
            (feed, seq, why),
        ).fetchall()
        return [entry for row in rows if (entry := entry_of(Envelope(*row))) is not None]


def _name(envelope: Envelope) -> bytes:
    """What is put aside goes by all of its bytes."""
    return digest(envelope.header + (envelope.facts or b"") + envelope.signature)


def _put_aside(
    connection: sqlite3.Connection, envelope: Envelope, feed: str, seq: int, why: str, received: int
) -> None:
    hash_ = _name(envelope)
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
