"""Entries as they come together: read, linked to each other, and signed for; for stations and for hubs.

A header tells the hash of the one before it, so who signs it signs for all before it: a *run* of
entries, each directly behind the one before it, is checked by one signature.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from emergency.store import headers, keys
from emergency.store.entries import Envelope, digest, is_text, parsed
from emergency.store.headers import Header, header_of


class Entry(NamedTuple):
    """An envelope whose header was read, and the hash that names it in its chain."""

    envelope: Envelope
    header: Header
    hash: bytes
    #: Whether its facts are those that the header names, or withheld.
    fits: bool


class Run(NamedTuple):
    """Places of a list, from one up to before another, with entries of which each follows the one before it."""

    begin: int
    end: int
    #: Of the first: its feed, its place there, and the hash before it; nothing where no header of ours could be read.
    feed: str
    seq: int
    prev: str
    #: Whether its facts are those that the header names, or withheld.
    fits: bool
    #: Whether they have their facts, and are signed as we sign. What does not stands in a run by itself.
    plain: bool


class Came:
    """Envelopes that came together, their hashes and runs. Headers are let go, unless `entries` is to have them."""

    def __init__(self, entries: list[Entry | None] | None = None) -> None:
        self.envelopes: list[Envelope] = []
        self.hashes: list[bytes] = []
        self._entries = entries
        #: The runs as they begin.
        self._begun: list[Run] = []
        #: The feed, hash and place that the header of one names which follows.
        self._next = ("", "", 0)

    def add(self, envelopes: Sequence[Envelope]) -> None:
        """Read more of them."""
        plainly, keep = headers.plainly(), self._entries
        feed, before, place = self._next
        for at, envelope in enumerate(envelopes, len(self.envelopes)):
            header_bytes, facts, _signature = envelope
            own = digest(header_bytes)
            self.hashes.append(own)
            try:
                header = plainly(header_bytes)
            except (ValueError, RecursionError):
                header = None
            # What nearly all are: directly behind the one before it, which says what makes a feed and a hash.
            if not (
                header is not None
                and header.prev == before and header.feed == feed and header.seq == place
                and header.alg == keys.ALGORITHM and not header.runs
                and facts is not None and digest(facts).hex() == header.facts
            ):  # fmt: skip
                feed, before, place = self._looked_at(at, envelope, own, (feed, before, place))
                continue
            if keep is not None:
                keep.append(Entry(envelope, header, own, True))
            before, place = own.hex(), place + 1
        self.envelopes += envelopes
        self._next = feed, before, place

    def _looked_at(
        self, at: int, envelope: Envelope, own: bytes, follows: tuple[str, str, int]
    ) -> tuple[str, str, int]:
        """Read one by itself; what the header of one names that follows it."""
        header, facts = header_of(envelope.header), envelope.facts
        fits = header is not None and (facts is None or digest(facts).hex() == header.facts)
        if self._entries is not None:
            self._entries.append(Entry(envelope, header, own, fits) if header is not None else None)
        if header is None or header.alg != keys.ALGORITHM:
            self._begun.append(Run(at, at, "", 0, "", fits, False))
            return "", "", 0
        if not fits or facts is None:
            self._begun.append(Run(at, at, header.feed, header.seq, header.prev, fits, False))
            return "", "", 0
        if (header.feed, header.prev, header.seq) != follows:
            self._begun.append(Run(at, at, header.feed, header.seq, header.prev, True, True))
        return header.feed, own.hex(), header.seq + 1

    def runs(self) -> list[Run]:
        """Every place, in runs that are as long as may be."""
        ends = [*(run.begin for run in self._begun[1:]), len(self.envelopes)]
        return [run._replace(end=end) for run, end in zip(self._begun, ends, strict=False)]

    def rest(self, run: Run, at: int, end: int) -> Run:
        """The part of a run from one place on, up to before another."""
        if at == run.begin:
            return run._replace(end=end)
        seq = run.seq + at - run.begin
        return run._replace(begin=at, end=end, seq=seq, prev=self.hashes[at - 1].hex())


class Proved:
    """What the holders of keys are known to have signed for, by hashes of headers."""

    def __init__(self) -> None:
        #: (key, hash, the signature that fits).
        self.signed: set[tuple[bytes, bytes, bytes]] = set()
        self._spoken: dict[bytes, set[bytes]] = {}

    def spoken(self, key: bytes) -> set[bytes]:
        """What a later entry of the same author speaks for, whatever signature it came with."""
        return self._spoken.setdefault(key, set())

    def has(self, key: bytes, own_hash: bytes, signature: bytes) -> bool:
        """Whether the holder of a key signed for an entry that came with this signature."""
        return own_hash in self.spoken(key) or (key, own_hash, signature) in self.signed

    def add(self, other: Proved) -> None:
        """Take over what another knows."""
        self.signed |= other.signed
        for key, hashes in other._spoken.items():
            self.spoken(key).update(hashes)

    def check(self, key: bytes, own_hash: bytes, signature: bytes) -> bool:
        """Whether it is known that the holder signed, or turns out by looking."""
        if self.has(key, own_hash, signature):
            return True
        fits = keys.verify(key, own_hash, signature)
        if fits:
            self.signed.add((key, own_hash, signature))
        return fits


def entry_of(envelope: Envelope) -> Entry | None:
    """What can be chained and kept of what came; None where it cannot."""
    entries: list[Entry | None] = []
    Came(entries).add([envelope])
    return entries[0]


def introduced(facts: bytes | None, feed_id: str) -> tuple[bytes, str]:
    """(key, station) of a feed by its own first entry, which names the key that names the feed; else nothing."""
    try:
        fact = (parsed(facts or b"") or {})["facts"][0]
        word, key, station = fact[0], bytes.fromhex(fact[1]), fact[2]
    except (ValueError, KeyError, IndexError, TypeError):
        return b"", ""
    sound = word == "feed" and isinstance(station, str) and is_text(station) and "\0" not in station
    return (key, station) if sound and keys.feed_id(key) == feed_id else (b"", "")


def follows(facts: bytes | None, feed_id: str) -> tuple[str, bytes] | None:
    """(the feed that this one says it follows, that one's word for its key) by its first entry; None where it says none."""
    if not introduced(facts, feed_id)[0]:
        return None
    # Whose key stands there, the facts are a list and the first of them is one.
    match (parsed(facts or b"") or {})["facts"][0]:
        case ["feed", str(), str(), str() as before, str() as word]:
            with contextlib.suppress(ValueError):
                return before, bytes.fromhex(word)
    return None


def proofs(
    came: Came, key_of: Callable[[str], bytes], whole: Callable[[str], bool]
) -> tuple[Proved, list[Run]]:
    """What the authors of entries that came together have signed for, and the runs of which they signed for all.

    In feeds that are `whole`, what an entry is known to be signed for holds for all before it: one
    signature is checked for each run, where it fits. `key_of` gives the key of a feed, or
    nothing; a first entry among them tells its own.
    """
    found, proven, runs = Proved(), list[Run](), came.runs()
    firsts = {run.feed: came.envelopes[run.begin].facts for run in runs if run.seq == 1}
    known: dict[str, tuple[bytes, bool]] = {}
    for run in reversed(runs):
        if run.feed and run.feed not in known:
            key = key_of(run.feed) or introduced(firsts.get(run.feed), run.feed)[0]
            known[run.feed] = key, whole(run.feed)
        key, is_whole = known.get(run.feed, (b"", False))
        if key:
            proven += _proven(found, came, run, key, is_whole)
    return found, proven[::-1]


def _proven(found: Proved, came: Came, run: Run, key: bytes, whole: bool) -> Iterator[Run]:
    """Note what the author of a run signed for, and give the parts of it that are proven, the last first."""
    hashes, begin = came.hashes, run.begin
    places = reversed(range(begin, run.end))

    def signed(at: int) -> bool:
        return found.check(key, hashes[at], came.envelopes[at].signature)

    if not whole:
        for is_signed, group in itertools.groupby(places, signed):
            part = [*group]
            if is_signed and run.plain:
                yield came.rest(run, part[-1], part[0] + 1)
        return
    spoken = found.spoken(key)
    at = next(filter(signed, places), None)
    # Of what was changed on its way nothing is taken, and its own word for nothing else.
    if at is not None and (run.fits or hashes[at] in spoken):
        spoken.update(hashes[begin:at])
        spoken.add(bytes.fromhex(run.prev))
        if run.plain:
            yield came.rest(run, begin, at + 1)
