"""What a hub hands over: entries behind places, packed as its database finds them, in answers of a bounded size."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from emergency.plugins.hub.engine import packed_entries
from emergency.plugins.hub.members import Member
from emergency.store import frames
from emergency.store.chains import Feed, Sql
from emergency.store.entries import Envelope
from emergency.store.exchange import Stretch
from emergency.store.records.grant import WITHOUT_PERSONAL
from emergency.store.regions import may_have

_packers = ThreadPoolExecutor(2, thread_name_prefix="hub-pack")
#: An answer to /pull is closed once it holds so many bytes of entries, not yet compressed.
PAGE = 8 * 1024 * 1024


class Page(NamedTuple):
    """The entries of one answer, as the contents of blocks to come, and what is left behind them."""

    pieces: list[bytes]
    left: list[Stretch]


def page(sql: Sql, wanted: Sequence[Stretch], rows: Mapping[str, Feed]) -> Page:
    """As much of what is wanted as one answer holds; each row once, however often it was asked for."""
    left = {s.row: s for s in wanted if s.row in rows}
    pieces: list[bytes] = []
    size = 0
    for stretch in [*left.values()]:
        feed, after = rows[stretch.row], stretch.after
        while after < feed.seq and size < PAGE:
            last, raw = packed_entries(sql, feed.n, after, max(1, min(frames.FULL, PAGE - size)))
            if last <= after:
                break
            # Nothing, where no block may hold what stands there.
            pieces += [raw] if raw else []
            size, after = size + len(raw), last
        left[stretch.row] = Stretch(stretch.row, after)
        if size >= PAGE:
            break
    return Page(pieces, [s for s in left.values() if s.after < rows[s.row].seq])


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces as blocks, those that are small together; several are compressed at a time."""
    together: list[list[bytes]] = []
    size = frames.FULL
    for raw in pieces:
        if size + len(raw) > frames.FULL:
            together.append([])
            size = 0
        together[-1].append(raw)
        size += len(raw)
    return _packers.map(_block, together) if len(together) > 1 else map(_block, together)


def _block(pieces: list[bytes]) -> bytes:
    return frames.block(b"E", frames.deflate(b"".join(pieces)))


def may_have_all(member: Member) -> bool:
    """Whether no facts are withheld from a member."""
    return member.role not in WITHOUT_PERSONAL and not member.region


def scoped(envelope: Envelope, member: Member, hub: str) -> Envelope:
    """The entry as the member may have it: the chain always, the facts where they are its affair."""
    if envelope.facts is None or may_have_all(member):
        return envelope
    header = json.loads(envelope.header)
    own = header["feed"] in (member.feed, hub)
    fits = own or may_have(header, member.region, personal=member.role not in WITHOUT_PERSONAL)
    return envelope if fits else envelope._replace(facts=None)


def handed(pieces: Iterable[bytes], member: Member, hub: str) -> Iterator[bytes]:
    """Pieces as the member may have them."""
    if may_have_all(member):
        return iter(pieces)
    return (frames.packed(scoped(e, member, hub) for e in frames.entries(raw)) for raw in pieces)
