"""What a hub could not take in and keeps aside, as evidence of who brought what; bounded for each bringer."""

from __future__ import annotations

from emergency.plugins.hub.members import Member
from emergency.store.chains import Sql
from emergency.store.coming import Entry, entry_of
from emergency.store.entries import Envelope, digest

#: So many bytes of one bringer's are kept; no more than that.
MOST_ASIDE = 64 * 1024 * 1024
#: What stands in the tables beside the bytes of an entry.
BESIDE = 200


class Evidence:
    """The entries kept aside, for the length of one transaction. `now` is in milliseconds."""

    def __init__(self, sql: Sql, now: int) -> None:
        self._sql, self._now = sql, now
        #: {bringer: bytes of its that are kept}, counted once a transaction.
        self._kept: dict[str, int] = {}

    def forget(self) -> None:
        """What was kept has been rolled back."""
        self._kept.clear()

    def keep(self, envelope: Envelope, entry: Entry | None, why: str, bringer: Member | None) -> int:
        """Keep it; not what its sender has and will send again, nor what nobody signed for.

        Returns the bytes that are kept.
        """
        if bringer is None or why in ("waits", "withheld"):
            return 0
        if self._of(bringer) > MOST_ASIDE:
            return 0
        hash_ = digest(envelope.header + (envelope.facts or b"") + envelope.signature)
        if self._sql.execute("SELECT 1 FROM aside WHERE hash=?", (hash_,)).fetchone() is not None:
            # What is there takes no more room, and whoever brings it again in good faith has brought nothing.
            return 0
        size = size_of(envelope)
        self._kept[bringer.feed] += size
        feed, seq = (entry.header.feed, entry.header.seq) if entry else ("", 0)
        self._sql.execute(
            "INSERT INTO aside VALUES(?,?,?,?,?,?,?,?,?)",
            (hash_, feed, seq, why, self._now, *envelope, bringer.feed),
        )
        return size

    def _of(self, bringer: Member) -> int:
        if bringer.feed not in self._kept:
            (kept,) = self._sql.execute(
                "SELECT coalesce(sum(length(header) + coalesce(length(facts), 0) + length(signature) + ?), 0)"
                " FROM aside WHERE via=?",
                (BESIDE, bringer.feed),
            ).fetchone()
            self._kept[bringer.feed] = int(kept)
        return self._kept[bringer.feed]

    def refused_before(self, entry: Entry) -> list[Entry]:
        """What was refused for its signature, and stands before an entry whose author did sign; no longer aside."""
        rows = self._sql.execute(
            "SELECT hash, header, facts, signature FROM aside WHERE feed=? AND seq=? AND why='forged'",
            (entry.header.feed, entry.header.seq - 1),
        ).fetchall()
        out = []
        for hash_, header, facts, signature in rows:
            told = None if facts is None else bytes(facts)
            found = entry_of(Envelope(bytes(header), told, bytes(signature)))
            if found is not None and found.hash.hex() == entry.header.prev:
                self._sql.execute("DELETE FROM aside WHERE hash=?", (bytes(hash_),))
                out.append(found)
        return out


def size_of(envelope: Envelope) -> int:
    """The bytes that an entry takes in the tables."""
    return len(envelope.header) + len(envelope.facts or b"") + len(envelope.signature) + BESIDE
