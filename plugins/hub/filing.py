"""The hub's journal: entries of many stations, checked, chained and kept; none of them is interpreted.

The hub judges the envelope (hash, signature), the chain, and who may bring what. It does not
refuse a double booking: that is for people to see and settle.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.engine import insert_entries, is_fault
from emergency.plugins.hub.live import News
from emergency.plugins.hub.members import Member, admitted, grant_facts, learn_grants
from emergency.plugins.hub.proofs import Read
from emergency.store import keys, times
from emergency.store.chains import Aside, Chains, Entry, Feed, Known, Sql, entry_of, introduced
from emergency.store.entries import START, VERSION, Envelope, digest, pack, parsed
from emergency.store.headers import stem
from emergency.store.keys import Signer
from emergency.store.requests import is_feed

#: So many bytes of one bringer's that could not be taken in are kept as evidence; more are refused.
MOST_ASIDE = 64 * 1024 * 1024
#: So many bytes a day are taken of one station, and of another hub; what stands in the tables beside an entry.
MOST_A_DAY, MOST_OF_HUB, BESIDE = 256 * 1024 * 1024, 4096 * 1024 * 1024, 200
#: The longest name of a station.
MOST_NAME = 200
#: Bytes of entries that the live line is told of at once, not yet compressed.
MOST_TOLD = 64 * 1024


class Pushed(NamedTuple):
    """What came of entries that were pushed."""

    new: int = 0
    known: int = 0
    #: {reason: how many}; they are kept aside.
    aside: Mapping[str, int] = MappingProxyType({})
    #: Feeds that were found to branch.
    forked: tuple[str, ...] = ()
    #: Feeds that nobody has enrolled: kept, and handed to no one until a person admits them.
    waiting: tuple[str, ...] = ()


class Filing:
    """Entries on their way into the journal within one transaction."""

    def __init__(self, sql: Sql, signer: Signer, now: int, most_a_day: int = MOST_A_DAY) -> None:
        self.sql, self.signer, self.now, self.most_a_day = sql, signer, now, most_a_day
        self.chains = Chains(sql, self.flush)
        self._rows: list[tuple[Any, ...]] = []
        #: What was stored for others to be told of, and its bytes.
        self._told: list[tuple[str, Envelope]] = []
        self._told_size = 0
        self._changed: dict[int, Feed] = {}
        self._n = self.before = int(sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone()[0])
        self._welcome: dict[str, Member | None] = {}
        self._grants: list[list[Any]] = []
        #: {bringer: bytes of its that are kept aside}, counted once a transaction.
        self._aside: dict[str, int] = {}
        #: Stations that go on under another key, to be granted what they had.
        self._moved: list[Member] = []

    def push(self, coming: Read, bringer: Member | None) -> Pushed:
        """Take entries in for whoever brings them.

        With no bringer only the hub's own are taken, and a feed that an enrolled one vouches for.
        Raises Denied where the bringer has brought more today than a hub has room for.
        """
        self.chains.proved.add(coming.proved)
        today = self._brought_today(bringer)
        new = known = 0
        aside: dict[str, int] = {}
        waiting: set[str] = set()
        before = set(self.chains.forked)
        at = 0
        while at < len(coming.entries):
            run, size = self._take_run(coming.entries, at, bringer)
            at, new, today = at + run, new + run, today + size
            if run:
                continue
            envelope, entry = coming.envelopes[at], coming.entries[at]
            at += 1
            left = [(envelope, entry and _fit(entry))]
            while left:
                envelope, entry = left.pop()
                try:
                    if entry is None:
                        raise Aside("malformed")
                    size = _size(envelope)
                    if not self._take(entry, bringer, size):
                        waiting.add(entry.header.feed)
                    new += 1
                    today += size
                except Known as found:
                    known += 1
                    self._tell(found.n, envelope)
                    if found.unfit:
                        unfit = envelope._replace(signature=found.unfit)
                        today += self._put_aside(unfit, entry, "forged", bringer)
                except Aside as why:
                    refused = self._refused_before(entry) if str(why) == "waits" and entry else []
                    if refused:
                        left += [(envelope, entry), *refused]
                        continue
                    aside[str(why)] = aside.get(str(why), 0) + 1
                    today += self._put_aside(envelope, entry, str(why), bringer)
        self._note_brought(bringer, today)
        forked = tuple(sorted(self.chains.forked - before))
        self._grant_moved()
        return Pushed(new, known, aside, forked, tuple(sorted(waiting)))

    def _refused_before(self, entry: Entry) -> list[tuple[Envelope, Entry]]:
        """What was refused for its signature, and stands before an entry whose author did sign; taken from aside."""
        feed, before = entry.header.feed, entry.header.prev
        key = self.chains.key(feed)
        if not key:
            return []
        rows = self.sql.execute(
            "SELECT hash, header, facts, signature FROM aside WHERE feed=? AND seq=? AND why='forged'",
            (feed, entry.header.seq - 1),
        ).fetchall()
        out = []
        for hash_, header, facts, signature in rows:
            told = None if facts is None else bytes(facts)
            found = entry_of(Envelope(bytes(header), told, bytes(signature)))
            if found is not None and found.hash.hex() == before:
                self.sql.execute("DELETE FROM aside WHERE hash=?", (bytes(hash_),))
                self.chains.proved.spoken(key).add(found.hash)
                out.append((found.envelope, found))
        return out

    def _brought_today(self, bringer: Member | None) -> int:
        """The bytes that a bringer has brought since midnight, UTC. Raises Denied where they are too many."""
        if bringer is None:
            return 0
        row = self.sql.execute("SELECT value FROM meta WHERE key=?", (f"brought {bringer.feed}",)).fetchone()
        day, _blank, brought = (row[0] if row else "0 0").partition(" ")
        today = int(brought) if int(day) == self.now // times.DAY else 0
        most = max(MOST_OF_HUB, self.most_a_day) if bringer.role == "hub" else self.most_a_day
        if today >= most:
            raise Denied(507, "quota", most=most)
        return today

    def _note_brought(self, bringer: Member | None, today: int) -> None:
        if bringer is not None:
            self.sql.execute(
                "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                (f"brought {bringer.feed}", f"{self.now // times.DAY} {today}"),
            )

    def _take_run(self, entries: Sequence[Entry | None], at: int, bringer: Member | None) -> tuple[int, int]:
        """Store the entries of a list from one place on that simply continue a station's feed.

        Returns how many, and how many bytes.
        """
        first = entries[at]
        if first is None or first.header.feed == self.signer.feed:
            return 0, 0
        member = self._member(first, bringer)
        found = self.chains.run(entries, at) if member is not None and member.last is None else None
        if found is None:
            return 0, 0
        feed, many = found
        run = [entry for entry in entries[at : at + many] if entry is not None]
        n, now, row, seq = self._n, self.now, feed.n, feed.seq
        self._rows += [
            (n + place, row, seq + place, now, own_hash, header, facts, signature)
            for place, ((header, facts, signature), _told, own_hash) in enumerate(run, 1)
        ]
        self._n += many
        self._changed[row] = self.chains.advance(feed, seq + many, run[-1].hash)
        return many, self._note_run(feed.id, [entry.envelope for entry in run])

    def _take(self, entry: Entry, bringer: Member | None, size: int) -> bool:
        """Store one entry of so many bytes; returns whether its feed is handed on to others. Raises Known, Aside."""
        envelope, header, own_hash = entry
        id_ = header.feed
        member = self._member(entry, bringer)
        if bringer is None and member is None and id_ != self.signer.feed:
            raise Aside("not-enrolled")
        if member is not None and member.last is not None and header.seq > member.last:
            raise Aside("revoked")
        if envelope.facts is None and not (bringer and bringer.role == "hub"):
            # Only a hub may hand on a chain without its facts: a station's copy would hide them from us.
            raise Aside("withheld")
        self._store(self.chains.place(entry), envelope, header.seq, own_hash, bringer)
        if id_ == self.signer.feed:
            self._learn(envelope.facts, header.seq)
        handed_on = member is not None or id_ == self.signer.feed
        if handed_on:
            self._note_told(id_, envelope, size)
        return handed_on

    def _note_told(self, feed: str, envelope: Envelope, size: int) -> None:
        self._told_size += size
        if self._told_size <= MOST_TOLD:
            self._told.append((feed, envelope))

    def _note_run(self, feed: str, envelopes: Sequence[Envelope]) -> int:
        """The same of many; their bytes."""
        size = sum(map(len, filter(None, itertools.chain.from_iterable(envelopes)))) + BESIDE * len(envelopes)
        if self._told_size + size <= MOST_TOLD:
            self._told += [(feed, envelope) for envelope in envelopes]
        self._told_size += size
        return size

    def news(self) -> News:
        """What those on the live line are told of what was stored."""
        changed = any(feed == self.signer.feed for feed, _e in self._told) or self._told_size > MOST_TOLD
        whole = self._told_size <= MOST_TOLD and not changed
        return News(self._told if whole else None, members_changed=changed)

    def _store(
        self, feed: Feed, envelope: Envelope, seq: int, own_hash: bytes, bringer: Member | None = None
    ) -> None:
        self._n += 1
        self._rows.append((self._n, feed.n, seq, self.now, own_hash, *envelope))
        self._changed[feed.n] = self.chains.advance(feed, seq, own_hash)
        if seq == feed.base + 1:
            admitted_ = self._welcome.get(stem(feed.id)) is not None
            self.sql.execute(
                "UPDATE feed SET admitted=?, via=? WHERE n=?",
                (int(admitted_), bringer.feed if bringer else "", feed.n),
            )

    def _learn(self, facts: bytes | None, seq: int) -> None:
        self._grants += grant_facts(facts, seq)
        # Who is enrolled, or no longer, is judged anew for the entries behind this one.
        learn_grants(self.sql, self._grants)
        self._grants = []
        self._welcome.clear()

    def _member(self, entry: Entry, bringer: Member | None) -> Member | None:
        """The member whose entry this is."""
        id_ = entry.header.feed
        if id_ not in self._welcome:
            found = admitted(self.sql, id_)
            if found is None and entry.header.seq == 1:
                found = self._successor(id_, entry.envelope)
            if found is None and bringer is not None and bringer.role == "hub":
                found = Member(id_, "", "guest", "", self.now, None, "")
            self._welcome[id_] = found
        return self._welcome[id_]

    def _successor(self, id_: str, envelope: Envelope) -> Member | None:
        """A feed that an enrolled station's earlier key vouches for takes that station's place (CASES 19)."""
        key, _station = introduced(envelope.facts, id_)
        if not key:
            return None
        # Whose key stands there, the facts are a list and the first of them is one.
        match (parsed(envelope.facts or b"") or {})["facts"][0]:
            case ["feed", str(), str(), str() as before, str() as proof] if is_feed(before):
                # A station restored twice brings both successions at once.
                self._grant_moved()
                member = admitted(self.sql, before)
                row = self.sql.execute("SELECT key FROM feed WHERE id=?", (before,)).fetchone()
            case _:
                return None
        if member is None or member.last is not None or row is None:
            return None
        try:
            vouched = keys.vouches(bytes(row[0]), key, bytes.fromhex(proof))
        except ValueError:
            return None
        if not vouched:
            return None
        self._moved.append(member._replace(feed=id_, since=self.now))
        return self._moved[-1]

    def _grant_moved(self) -> None:
        moved, self._moved = self._moved, []
        for member in moved:
            if self.chains.rows(member.feed) and admitted(self.sql, member.feed) is None:
                self.grant(member, kind="hub succeed", who=member.station)

    def grant(self, member: Member, *, kind: str, who: str, why: str = "") -> None:
        """Write into the hub's own feed what a station may do, and up to which entry."""
        values = {"station": member.station, "role": member.role, "since": member.since}
        values |= {"region": member.region or None, "last": member.last, "why": member.why or None}
        known = admitted(self.sql, member.feed) is not None
        told = values if known else {k: v for k, v in values.items() if v is not None}
        self.write([["set" if known else "new", "grant", member.feed, told]], kind=kind, who=who, why=why)

    def write(self, facts: list[list[Any]], *, kind: str, who: str, why: str = "") -> None:
        """An entry of the hub's own."""
        own = self._own()
        fact_bytes = pack({"why": why, "facts": facts})
        header = {
            "v": VERSION, "alg": keys.ALGORITHM, "feed": self.signer.feed, "seq": own.seq + 1,
            "prev": own.hash.hex() if own.seq else START, "seen": {}, "wall": self.now, "who": who,
            "kind": kind, "regions": [], "op": f"{self.now & 0xFFFFFFFF:08x}", "facts": digest(fact_bytes).hex(),
        }  # fmt: skip
        header_bytes = pack(header)
        own_hash = digest(header_bytes)
        envelope = Envelope(header_bytes, fact_bytes, self.signer.sign(own_hash))
        self._store(own, envelope, own.seq + 1, own_hash)
        self._note_told(self.signer.feed, envelope, _size(envelope))
        self._learn(fact_bytes, own.seq + 1)

    def _own(self) -> Feed:
        """Where the hub's own feed goes on: one that was restored may have parted from what it wrote before."""
        rows = self.chains.rows(self.signer.feed)
        if not rows or not rows[0].key:
            return self.chains.enrol(self.signer.feed, self.signer.public, "")
        parted = {row.parent for row in rows}
        return max((row for row in rows if row.n not in parted), key=lambda row: (row.seq, row.id))

    def _tell(self, n: int, envelope: Envelope) -> None:
        """Facts that were withheld when the entry came, and are told now; they fit the header, or were refused."""
        if envelope.facts is not None:
            self.sql.execute("UPDATE entry SET facts=? WHERE n=? AND facts IS NULL", (envelope.facts, n))

    def _put_aside(self, envelope: Envelope, entry: Entry | None, why: str, bringer: Member | None) -> int:
        """Keep it as evidence; not what its sender has and will send again, nor what nobody signed for.

        Returns the bytes that are kept.
        """
        if bringer is None or why in ("waits", "withheld"):
            return 0
        if bringer.feed not in self._aside:
            (kept,) = self.sql.execute(
                "SELECT coalesce(sum(length(header) + coalesce(length(facts), 0) + length(signature) + ?), 0)"
                " FROM aside WHERE via=?",
                (BESIDE, bringer.feed),
            ).fetchone()
            self._aside[bringer.feed] = int(kept)
        if self._aside[bringer.feed] > MOST_ASIDE:
            return 0
        hash_ = digest(envelope.header + (envelope.facts or b"") + envelope.signature)
        if self.sql.execute("SELECT 1 FROM aside WHERE hash=?", (hash_,)).fetchone() is not None:
            # What is there takes no more room, and whoever brings it again in good faith has brought nothing.
            return 0
        self._aside[bringer.feed] += _size(envelope)
        feed, seq = (entry.header.feed, entry.header.seq) if entry else ("", 0)
        self.sql.execute(
            "INSERT INTO aside VALUES(?,?,?,?,?,?,?,?,?)",
            (hash_, feed, seq, why, self.now, *envelope, bringer.feed),
        )
        return _size(envelope)

    def flush(self) -> None:
        """Store what was placed."""
        rows, self._rows = self._rows, []
        if rows:
            insert_entries(self.sql, rows)
        changed, self._changed = self._changed, {}
        for feed in changed.values():
            self.sql.execute("UPDATE feed SET seq=?, hash=? WHERE n=?", (feed.seq, feed.hash, feed.n))

    def finish(self) -> bool:
        """Store the rest; returns whether there is anything new."""
        self.flush()
        if self._n != self.before:
            self.sql.execute("UPDATE meta SET value=? WHERE key='counter'", (str(self._n),))
        return self._n != self.before

    @property
    def counter(self) -> int:
        """The number of the last entry."""
        return self._n

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """What is raised within takes back what was filed within, and nothing else of the transaction."""
        self.flush()
        n, told, size = self._n, len(self._told), self._told_size
        self.sql.execute("SAVEPOINT one")
        try:
            yield
            self.flush()
        except BaseException as error:
            self._rows, self._changed, self._n = [], {}, n
            del self._told[told:]
            self._told_size = size
            self.chains.forget()
            self._welcome.clear()
            self._moved = []
            self._aside.clear()
            # A database that failed has taken all of the transaction back, this place in it too.
            if not is_fault(error):
                self.sql.execute("ROLLBACK TO SAVEPOINT one")
            raise
        self.sql.execute("RELEASE SAVEPOINT one")


def _fit(entry: Entry) -> Entry | None:
    """An entry that can be kept in any database: names of feeds as keys give them, no letter that is none."""
    if not is_feed(entry.header.feed):
        return None
    if entry.header.seq == 1:
        _key, station = introduced(entry.envelope.facts, entry.header.feed)
        if "\0" in station or len(station) > MOST_NAME:
            return None
    return entry


def _size(envelope: Envelope) -> int:
    return len(envelope.header) + len(envelope.facts or b"") + len(envelope.signature) + BESIDE
