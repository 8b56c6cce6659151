"""The hub's journal: entries of many stations, checked, chained and kept; none of them is interpreted.

The hub judges the envelope (hash, signature), the chain, and who may bring what. It does not
refuse a double booking: that is for people to see and settle.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from emergency.plugins.hub.engine import insert_entries, is_fault
from emergency.plugins.hub.members import Member, admitted, grant_facts, learn_grants
from emergency.store import keys
from emergency.store.chains import Aside, Chains, Feed, Known, Sql, header_of, introduced, stem
from emergency.store.entries import START, VERSION, Envelope, digest, pack, parsed
from emergency.store.keys import Signer

#: So many bytes of one bringer's that could not be taken in are kept as evidence; more are refused.
MOST_ASIDE = 64 * 1024 * 1024


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

    def __init__(self, sql: Sql, signer: Signer, now: int) -> None:
        self.sql, self.signer, self.now = sql, signer, now
        self.chains = Chains(sql, self.flush)
        self._rows: list[tuple[Any, ...]] = []
        self._changed: dict[int, Feed] = {}
        self._n = self._before = int(sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone()[0])
        self._welcome: dict[str, Member | None] = {}
        self._grants: list[list[Any]] = []
        #: Stations that go on under another key, to be granted what they had.
        self._moved: list[Member] = []

    def push(self, envelopes: Iterable[Envelope], bringer: Member | None) -> Pushed:
        """Take entries in for whoever brings them.

        With no bringer only the hub's own are taken, and a feed that an enrolled one vouches for.
        """
        new = known = 0
        aside: dict[str, int] = {}
        waiting: set[str] = set()
        before = set(self.chains.forked)
        for envelope in envelopes:
            header = header_of(envelope.header)
            try:
                if header is None:
                    raise Aside("malformed")
                if not self._take(envelope, header, bringer):
                    waiting.add(header["feed"])
                new += 1
            except Known as found:
                known += 1
                self._tell(found.n, envelope)
            except Aside as why:
                aside[str(why)] = aside.get(str(why), 0) + 1
                self._put_aside(envelope, header, str(why), bringer)
        forked = tuple(sorted(self.chains.forked - before))
        self._grant_moved()
        return Pushed(new, known, aside, forked, tuple(sorted(waiting)))

    def _take(self, envelope: Envelope, header: dict[str, Any], bringer: Member | None) -> bool:
        """Store one entry; returns whether its feed is handed on to others. Raises Known, Aside."""
        own_hash = digest(envelope.header)
        member = self._member(envelope, header, bringer)
        if bringer is None and member is None and header["feed"] != self.signer.feed:
            raise Aside("not-enrolled")
        if member is not None and member.last is not None and header["seq"] > member.last:
            raise Aside("revoked")
        if envelope.facts is None and not (bringer and bringer.role == "hub"):
            # Only a hub may hand on a chain without its facts: a station's copy would hide them from us.
            raise Aside("withheld")
        self._store(self.chains.place(envelope, header), envelope, header["seq"], own_hash, bringer)
        if header["feed"] == self.signer.feed:
            self._learn(envelope.facts, header["seq"])
        return member is not None or header["feed"] == self.signer.feed

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

    def _member(self, envelope: Envelope, header: dict[str, Any], bringer: Member | None) -> Member | None:
        """The member whose entries these are."""
        id_ = header["feed"]
        if id_ not in self._welcome:
            found = admitted(self.sql, id_)
            if found is None and header["seq"] == 1:
                found = self._successor(id_, envelope)
            if found is None and bringer is not None and bringer.role == "hub":
                found = Member(id_, "", "guest", "", self.now, None, "")
            self._welcome[id_] = found
        return self._welcome[id_]

    def _successor(self, id_: str, envelope: Envelope) -> Member | None:
        """A feed that an enrolled station's earlier key vouches for takes that station's place (CASES 19)."""
        key, _station = introduced(envelope.facts, id_)
        fact = (parsed(envelope.facts or b"") or {}).get("facts", [[]])[0]
        match fact:
            case ["feed", str(), str(), str() as before, str() as proof] if key:
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
        self._learn(fact_bytes, own.seq + 1)

    def _own(self) -> Feed:
        """Where the hub's own feed goes on: one that was restored may have parted from what it wrote before."""
        rows = self.chains.rows(self.signer.feed)
        if not rows or not rows[0].key:
            return self.chains.enrol(self.signer.feed, self.signer.public, "")
        parted = {row.parent for row in rows}
        return max((row for row in rows if row.n not in parted), key=lambda row: (row.seq, row.id))

    def _tell(self, n: int, envelope: Envelope) -> None:
        """Facts that were withheld when the entry came, and are told now."""
        header = header_of(envelope.header) or {}
        if envelope.facts is not None and digest(envelope.facts).hex() == header.get("facts"):
            self.sql.execute("UPDATE entry SET facts=? WHERE n=? AND facts IS NULL", (envelope.facts, n))

    def _put_aside(
        self, envelope: Envelope, header: dict[str, Any] | None, why: str, bringer: Member | None
    ) -> None:
        """Keep it as evidence; not what its sender has and will send again, nor what nobody signed for."""
        if bringer is None or why in ("waits", "withheld"):
            return
        (kept,) = self.sql.execute(
            "SELECT coalesce(sum(length(header) + coalesce(length(facts), 0)), 0) FROM aside WHERE via=?",
            (bringer.feed,),
        ).fetchone()
        if kept > MOST_ASIDE:
            return
        feed, seq = (header["feed"], header["seq"]) if header else ("", 0)
        hash_ = digest(envelope.header + (envelope.facts or b"") + envelope.signature)
        self.sql.execute(
            "INSERT INTO aside VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(hash) DO NOTHING",
            (
                hash_,
                feed,
                seq,
                why,
                self.now,
                envelope.header,
                envelope.facts,
                envelope.signature,
                bringer.feed,
            ),
        )

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
        if self._n != self._before:
            self.sql.execute("UPDATE meta SET value=? WHERE key='counter'", (str(self._n),))
        return self._n != self._before

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """What is raised within takes back what was filed within, and nothing else of the transaction."""
        self.flush()
        n = self._n
        self.sql.execute("SAVEPOINT one")
        try:
            yield
            self.flush()
        except BaseException as error:
            self._rows, self._changed, self._n = [], {}, n
            self.chains.forget()
            self._welcome.clear()
            self._moved = []
            # A database that failed has taken all of the transaction back, this place in it too.
            if not is_fault(error):
                self.sql.execute("ROLLBACK TO SAVEPOINT one")
            raise
        self.sql.execute("RELEASE SAVEPOINT one")
