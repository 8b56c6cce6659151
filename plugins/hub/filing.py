"""The hub's journal: entries of many stations, checked, chained and kept; none of them is interpreted.

The hub judges the envelope (hash, signature), the chain, and who may bring what. It does not
refuse a double booking: that is for people to see and settle.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from emergency.plugins.hub.engine import Placed
from emergency.plugins.hub.evidence import BESIDE, Evidence, size_of
from emergency.plugins.hub.live import News
from emergency.plugins.hub.members import Member, admitted, grant_facts, learn_grants, members_of
from emergency.plugins.hub.parts import Parts
from emergency.plugins.hub.proofs import Read
from emergency.plugins.hub.quota import MOST_A_DAY, STORED, Quota
from emergency.store import keys
from emergency.store.chains import Aside, Chains, Feed, Known, Sql
from emergency.store.coming import Came, Entry, Run, entry_of, follows, introduced
from emergency.store.entries import START, VERSION, Envelope, digest, pack
from emergency.store.keys import Signer
from emergency.store.requests import is_feed

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


#: So many branches may one request begin; what would begin more waits for the next. A copied disk or two make a few;
#: whoever writes them by the thousand would keep the one writer for as long as he likes, since each makes the next dearer.
MOST_BRANCHES = 100
#: So many feeds are looked up at once: more than share a transaction by the thousand take no harm from another question.
_MOST_LOOKED_UP = 200


@dataclass
class _Count:
    """What came of one push so far."""

    #: Of the bringer's, since midnight.
    bytes: int
    new: int = 0
    known: int = 0
    aside: dict[str, int] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)


class Filing:
    """Entries on their way into the journal within one transaction."""

    def __init__(self, sql: Sql, signer: Signer, now: int, most_a_day: int = MOST_A_DAY) -> None:
        self._sql, self.signer, self.now = Parts(sql), signer, now
        self.chains = Chains(self._sql, self.flush)
        #: What is placed and not yet stored.
        self._placed: list[Placed] = []
        #: What was stored for others to be told of, and its bytes.
        self._told: list[tuple[str, Envelope]] = []
        self._told_size = 0
        self._changed: dict[int, Feed] = {}
        self._n = self.before = int(sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone()[0])
        self._welcome: dict[str, Member | None] = {}
        self._quota = Quota(self._sql, now, most_a_day)
        self._grants: list[list[Any]] = []
        #: Feeds that are handed on, whoever else brings them.
        self._admitted: set[str] = set()
        self.evidence = Evidence(self._sql, now)
        #: Stations that go on under another key, to be granted what they had.
        self._moved: list[Member] = []

    @property
    def sql(self) -> Sql:
        """The journal with all that was placed in it."""
        self.flush()
        return self._sql

    def look_up(self, feeds: Iterable[str]) -> None:
        """Ask at once what will be asked of each of these feeds: for many requests, as often as for one."""
        asked = sorted(set(feeds))[:_MOST_LOOKED_UP]
        if asked:
            self._welcome.update((member.feed, member) for member in members_of(self._sql, asked))
            self.chains.look_up(asked)
            self._quota.look_up(asked)

    def push(self, coming: Read, bringer: Member | None) -> Pushed:
        """Take entries in for whoever brings them.

        With no bringer only the hub's own are taken, and a feed that an enrolled one vouches for.
        Raises Denied where the bringer has brought more today than a hub has room for.
        """
        # Of this request alone: what one bringer signed for, another may not hand on with a signature that does not fit.
        self.chains.proved = coming.proved
        count = _Count(self._quota.used(bringer))
        self.chains.forked.clear()
        self.chains.may_part = MOST_BRANCHES
        at, came = 0, coming.came
        for run in (*coming.runs, None):
            end = run.end if run else len(came.envelopes)
            while at < end:
                goes_on = run is not None and at >= run.begin
                size = self._take_run(came, came.rest(run, at, end), bringer) if run and goes_on else 0
                if size:
                    at, count.new, count.bytes = end, count.new + end - at, count.bytes + size
                else:
                    self._take_apart(came.envelopes[at], bringer, count)
                    at += 1
        self._quota.note(bringer, count.bytes)
        forked = tuple(sorted(self.chains.forked))
        self._grant_moved()
        return Pushed(count.new, count.known, count.aside, forked, tuple(sorted(count.waiting)))

    def _take_apart(self, envelope: Envelope, bringer: Member | None, count: _Count) -> None:
        """Take in one entry by itself, and what it speaks for of what was refused before; or put it aside."""
        entry = entry_of(envelope)
        left = [(envelope, entry and _fit(entry))]
        while left:
            envelope, entry = left.pop()
            try:
                if entry is None:
                    raise Aside("malformed")
                size = size_of(envelope)
                if not self._take(entry, bringer, size):
                    count.waiting.add(entry.header.feed)
                count.new += 1
                count.bytes += size
            except Known as found:
                count.known += 1
                if entry and bringer and bringer.role == "hub":
                    self._admit(entry.header.feed)
                self._tell(found.n, envelope)
                if found.unfit:
                    unfit = envelope._replace(signature=found.unfit)
                    count.bytes += self.evidence.keep(unfit, entry, "forged", bringer)
            except Aside as why:
                refused = self._refused_before(entry) if str(why) == "waits" and entry else []
                if refused:
                    left += [(envelope, entry), *((found.envelope, found) for found in refused)]
                    continue
                count.aside[str(why)] = count.aside.get(str(why), 0) + 1
                count.bytes += self.evidence.keep(envelope, entry, str(why), bringer)

    def _refused_before(self, entry: Entry) -> list[Entry]:
        key = self.chains.key(entry.header.feed)
        found = self.evidence.refused_before(entry) if key else []
        self.chains.proved.spoken(key).update(one.hash for one in found)
        return found

    def _take_run(self, came: Came, run: Run, bringer: Member | None) -> int:
        """Store a run that simply goes on from a station's feed; its bytes, or 0 where it has to be taken apart."""
        if run.feed == self.signer.feed or not is_feed(run.feed) or run.seq == 1:
            return 0
        member = self._member(run.feed, bringer)
        feed = self.chains.before(run) if member is not None and member.last is None else None
        if feed is None:
            return 0
        envelopes, hashes = came.envelopes[run.begin : run.end], came.hashes[run.begin : run.end]
        self._place(feed, feed.seq + 1, hashes, envelopes)
        return self._note_run(feed.id, envelopes)

    def _place(self, feed: Feed, seq: int, hashes: Sequence[bytes], envelopes: Sequence[Envelope]) -> None:
        """Put entries behind the end of a row, from a place on."""
        self._placed.append(Placed(self._n + 1, feed.n, seq, self.now, hashes, envelopes))
        self._n += len(hashes)
        self._changed[feed.n] = self.chains.advance(feed, seq + len(hashes) - 1, hashes[-1])

    def _take(self, entry: Entry, bringer: Member | None, size: int) -> bool:
        """Store one entry of so many bytes; returns whether its feed is handed on to others. Raises Known, Aside."""
        envelope, header = entry.envelope, entry.header
        id_ = header.feed
        member = self._member(id_, bringer, envelope if header.seq == 1 else None)
        if bringer is None and member is None and id_ != self.signer.feed:
            raise Aside("not-enrolled")
        if member is not None and member.last is not None and header.seq > member.last:
            raise Aside("revoked")
        if envelope.facts is None and not (bringer and bringer.role == "hub"):
            # Only a hub may hand on a chain without its facts: a station's copy would hide them from us.
            raise Aside("withheld")
        row = self.chains.place(entry)
        self._store(row, envelope, header.seq, entry.hash, bringer, welcome=member is not None)
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
        self,
        feed: Feed,
        envelope: Envelope,
        seq: int,
        own_hash: bytes,
        bringer: Member | None = None,
        *,
        welcome: bool = False,
    ) -> None:
        self._place(feed, seq, (own_hash,), (envelope,))
        if seq == feed.base + 1:
            self._sql.execute(
                "UPDATE feed SET admitted=?, via=? WHERE n=?",
                (int(welcome), bringer.feed if bringer else "", feed.n),
            )

    def _admit(self, feed: str) -> None:
        """What waited here is handed on once another hub brings it, too, as if it had been the first to."""
        if feed in self._admitted:
            return
        self._admitted.add(feed)
        words = "SELECT n FROM feed WHERE id=? AND admitted=0 AND parent IS NULL AND seq>0"
        if feed != self.signer.feed and self.sql.execute(words, (feed,)).fetchone():
            self._sql.execute("UPDATE feed SET admitted=1 WHERE id=?", (feed,))
            self._sql.execute(
                "INSERT INTO meta VALUES('admitted', ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                (f"{self._n} {feed}",),
            )

    def _learn(self, facts: bytes | None, seq: int) -> None:
        self._grants += grant_facts(facts, seq)
        # Who is enrolled, or no longer, is judged anew for the entries behind this one.
        learn_grants(self._sql, self._grants)
        self._grants = []
        self._welcome.clear()

    def _member(self, id_: str, bringer: Member | None, first: Envelope | None = None) -> Member | None:
        """The member that a feed is; its first entry may say that it takes another's place."""
        if id_ not in self._welcome:
            self._welcome[id_] = admitted(self._sql, id_)
        found = self._welcome[id_]
        if found is None and first is not None:
            found = self._welcome[id_] = self._successor(id_, first)
        if found is None and bringer is not None and bringer.role == "hub":
            # Only for what this one brings.
            return Member(id_, "", "guest", "", self.now, None, "")
        return found

    def _successor(self, id_: str, envelope: Envelope) -> Member | None:
        """A feed that an enrolled station's earlier key vouches for takes that station's place (CASES 19)."""
        key, _station = introduced(envelope.facts, id_)
        told = follows(envelope.facts, id_)
        if told is None or not is_feed(told[0]):
            return None
        before, word = told
        # A station restored twice brings both successions at once.
        self._grant_moved()
        member = admitted(self._sql, before)
        row = self._sql.execute("SELECT key FROM feed WHERE id=?", (before,)).fetchone()
        if member is None or member.last is not None or row is None:
            return None
        if not keys.vouches(bytes(row[0]), key, word):
            return None
        self._moved.append(member._replace(feed=id_, since=self.now))
        return self._moved[-1]

    def _grant_moved(self) -> None:
        moved, self._moved = self._moved, []
        for member in moved:
            if self.chains.rows(member.feed) and admitted(self._sql, member.feed) is None:
                self.grant(member, kind="hub succeed", who=member.station)

    def grant(self, member: Member, *, kind: str, who: str, why: str = "") -> None:
        """Write into the hub's own feed what a station may do, and up to which entry."""
        values = {"station": member.station, "role": member.role, "since": member.since}
        values |= {"region": member.region or None, "last": member.last, "why": member.why or None}
        known = admitted(self._sql, member.feed) is not None
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
        self._note_told(self.signer.feed, envelope, size_of(envelope))
        self._learn(fact_bytes, own.seq + 1)

    def _own(self) -> Feed:
        """Where the hub's own feed goes on: one that was restored may have parted from what it wrote before."""
        rows = self.chains.rows(self.signer.feed)
        if not rows or not rows[0].key:
            return self.chains.enrol(self.signer.feed, self.signer.public, "")
        parted = {row.parent for row in rows}
        return max((row for row in rows if row.n not in parted), key=lambda row: (row.seq, row.id))

    def _tell(self, n: int, envelope: Envelope) -> None:
        """Facts that were withheld when the entry came, and are told now; they fit the header, or were refused.

        The header with them: the one that stood here may have been damaged (mending.py), and has this hash.
        """
        if envelope.facts is not None:
            words = "UPDATE entry SET facts=?, header=? WHERE n=? AND facts IS NULL"
            self._sql.execute(words, (envelope.facts, envelope.header, n))

    def flush(self) -> None:
        """Store what was placed."""
        placed, self._placed = self._placed, []
        self._sql.insert(placed)
        changed, self._changed = self._changed, {}
        self._sql.execute_each(
            "UPDATE feed SET seq=?, hash=? WHERE n=?", [(f.seq, f.hash, f.n) for f in changed.values()]
        )
        self._sql.execute_each(STORED, self._quota.changed())

    def finish(self) -> bool:
        """Store the rest; returns whether there is anything new."""
        self.flush()
        if self._n != self.before:
            self._sql.execute("UPDATE meta SET value=? WHERE key='counter'", (str(self._n),))
        return self._n != self.before

    @property
    def counter(self) -> int:
        """The number of the last entry."""
        return self._n

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """What is raised within takes back what was filed within, and nothing else of the transaction."""
        n, told, size = self._n, len(self._told), self._told_size
        # What others placed before: should it be stored within, it would be taken back with the rest.
        placed, changed = self._placed[:], self._changed.copy()
        used = self._quota.kept()
        try:
            with self._sql.part():
                yield
        except BaseException:
            self._placed, self._changed, self._n = placed, changed, n
            self._quota.back(used)
            del self._told[told:]
            self._told_size = size
            self.chains.forget()
            self._welcome.clear()
            self._moved = []
            self.evidence.forget()
            raise


def _fit(entry: Entry) -> Entry | None:
    """An entry that can be kept in any database: names of feeds as keys give them, no letter that is none."""
    if not is_feed(entry.header.feed):
        return None
    if entry.header.seq == 1:
        _key, station = introduced(entry.envelope.facts, entry.header.feed)
        if "\0" in station or len(station) > MOST_NAME:
            return None
    return entry
