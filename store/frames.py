"""Entries in blocks: the same bytes over HTTP, in a bundle file, and on their way to be sealed.

A block is whole in itself: marked, measured, checked and compressed apart from the others, so
that of a file cut short or damaged every whole block can still be read, and that no more than
one block is ever inflated at a time.

    block    MARKER, kind (1 byte), length of the payload (4), check (8), payload
    check    the first 8 bytes of SHA-256 over kind, length and payload
    E        zstd of entries: each  lengths of header, facts, signature (4, 4, 2), then the three
    J        JSON of the sender's own: what a stream is, or what came of a request
    S        a sealed block (sealing.py); T  the trailer of a bundle (bundles.py)

Lengths are big-endian; a length of facts of 0xFFFFFFFF says that they are withheld.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from emergency.store.entries import MOST_BYTES, Envelope, pack, parsed

MARKER = b"\xe5\x91\xbcE"
_HEAD = struct.Struct(">4scI8s")
_ENTRY = struct.Struct(">IIH")
_WITHHELD = 0xFFFFFFFF
#: The most that a block may hold once inflated: an entry of the largest size, and its header.
MOST_RAW = 1024 * 1024
#: The most that a block's payload may measure as sent.
MOST_PAYLOAD = MOST_RAW + 4096
#: A block is closed once it holds so much: large enough to compress, small enough to lose.
FULL = 512 * 1024
#: What only seems to be blocks is checked up to so many bytes, and four times what was read: behind that, most is skipped.
MOST_WASTED = 64 * 1024 * 1024
#: What a hint on the live line may bring along, in bytes of it.
MOST_NEWS = 32 * 1024
MOST_HEADER = 512 * 1024
#: Of zstd. Entries take half of the time that its usual level 3 takes, and 1 % more or 5 % fewer bytes (docs/performance.md).
LEVEL = 1
MOST_SIGNATURE = 1024


class Damaged(Exception):
    """Bytes that are no whole block or no whole entries; the message says why, in a word."""


class Block(NamedTuple):
    """One block of a stream, or a stretch of it that is none."""

    kind: bytes
    payload: bytes
    #: Where it begins.
    offset: int
    #: The bytes passed over before it, because no whole block stood there.
    skipped: int = 0


def block(kind: bytes, payload: bytes) -> bytes:
    """A payload as a block."""
    return _HEAD.pack(MARKER, kind, len(payload), _check(kind, payload)) + payload


def _check(kind: bytes, payload: bytes) -> bytes:
    return hashlib.sha256(kind + struct.pack(">I", len(payload)) + payload).digest()[:8]


def json_block(value: Any) -> bytes:
    """A block of JSON."""
    return block(b"J", deflate(pack(value)))


def entry_blocks(envelopes: Iterable[Envelope]) -> Iterator[bytes]:
    """Entries as blocks, each closed when it is full."""
    for raw, _together in entry_chunks(envelopes):
        yield block(b"E", deflate(raw))


def entry_chunks(
    envelopes: Iterable[Envelope], full: int = FULL, *, first: int = FULL
) -> Iterator[tuple[bytes, int]]:
    """Entries as the raw contents of blocks of about `full` bytes, with how many are in each.

    The first holds about `first` at most, and each further one twice as much as the one before it.
    """
    parts: list[bytes] = []
    many, size, most = 0, 0, min(first, full)
    for envelope in envelopes:
        raw = packed([envelope])
        if parts and size + len(raw) > most:
            yield b"".join(parts), many
            parts, many, size, most = [], 0, 0, min(2 * most, full)
        parts.append(raw)
        many += 1
        size += len(raw)
    if parts:
        yield b"".join(parts), many


def packed(envelopes: Iterable[tuple[bytes, bytes | None, bytes]]) -> bytes:
    """Entries as they stand in a block."""
    parts: list[bytes] = []
    lengths = _ENTRY.pack
    for header, facts, signature in envelopes:
        told = facts or b""
        size = _WITHHELD if facts is None else len(told)
        parts += (lengths(len(header), size, len(signature)), header, told, signature)
    return b"".join(parts)


def holds(envelope: Envelope) -> bool:
    """Whether a block may hold an entry; of one that is larger nobody would read the block, nor what else is in it."""
    header, facts, signature = envelope
    small = len(header) <= MOST_HEADER and len(signature) <= MOST_SIGNATURE
    return small and (facts is None or len(facts) <= MOST_BYTES)


def entries(raw: bytes) -> list[Envelope]:
    """The entries in the raw contents of a block. Raises Damaged."""
    if not raw:
        # Nobody closes a block with nothing in it; a stream of them would be without end and without size.
        raise Damaged("empty")
    out: list[Envelope] = []
    lengths, add, made = _ENTRY.unpack_from, out.append, tuple.__new__
    at, size, head = 0, len(raw), _ENTRY.size
    while at < size:
        if at + head > size:
            raise Damaged("cut")
        header, facts, signature = lengths(raw, at)
        withheld = facts == _WITHHELD
        begin = at + head
        middle = begin + header
        end = middle if withheld else middle + facts
        at = end + signature
        if header > MOST_HEADER or end - middle > MOST_BYTES or signature > MOST_SIGNATURE:
            raise Damaged("too-large")
        if at > size:
            raise Damaged("cut")
        # As Envelope(...) would make it, in a third of the time.
        add(made(Envelope, (raw[begin:middle], None if withheld else raw[middle:end], raw[end:at])))
    return out


def entries_of(found: Block) -> list[Envelope]:
    """The entries of an `E` block. Raises Damaged."""
    return entries(inflate(found.payload))


def json_of(found: Block) -> dict[str, Any]:
    """What a `J` block says. Raises Damaged."""
    value = parsed(inflate(found.payload))
    if value is None:
        raise Damaged("no-json")
    return value


def read(stream: BinaryIO, *, strict: bool = True) -> Iterator[Block]:
    """The blocks of a stream, one in memory at a time.

    `strict` raises Damaged at the first byte that belongs to no whole block; else such bytes
    are passed over up to the next block that is whole, and counted on it. A stretch that ends
    the stream comes as a block of no kind.
    """
    buffer, at = b"", 0
    offset = skipped = wasted = 0
    ended = False
    while True:
        while not ended and len(buffer) - at < max(_HEAD.size, _measure(buffer, at)):
            more = stream.read(64 * 1024)
            ended = not more
            buffer, at = buffer[at:] + more, 0
        if at == len(buffer):
            break
        found = _whole(buffer, at)
        if found is not None:
            yield found._replace(offset=offset, skipped=skipped)
            used, skipped = _HEAD.size + len(found.payload), 0
        elif strict:
            raise Damaged("cut" if ended and buffer.startswith(MARKER, at) else "damaged")
        else:
            wasted += _measure(buffer, at)
            next_ = buffer.find(MARKER, at + 1) if wasted <= MOST_WASTED + 4 * offset else -1
            used = next_ - at if next_ > 0 else max(1, len(buffer) - at - (0 if ended else len(MARKER) - 1))
            skipped += used
        at += used
        offset += used
    if skipped:
        yield Block(b"", b"", offset - skipped, skipped)


def _measure(buffer: bytes, at: int) -> int:
    """The bytes that a block takes which seems to begin there; 0 where none can."""
    if len(buffer) - at < _HEAD.size:
        return 0
    marker, _kind, length, _sum = _HEAD.unpack_from(buffer, at)
    return _HEAD.size + length if marker == MARKER and length <= MOST_PAYLOAD else 0


def _whole(buffer: bytes, at: int) -> Block | None:
    """The whole block that stands there, if one does."""
    size = _measure(buffer, at)
    if not size or len(buffer) - at < size:
        return None
    _marker, kind, _length, check = _HEAD.unpack_from(buffer, at)
    payload = buffer[at + _HEAD.size : at + size]
    return Block(kind, payload, 0) if _check(kind, payload) == check else None


def deflate(raw: bytes) -> bytes:
    """Compress."""
    return bytes(_zstd().compress(raw, level=LEVEL))


def inflate(payload: bytes, most: int = MOST_RAW) -> bytes:
    """Decompress no more than `most` bytes, in no more memory than that takes. Raises Damaged."""
    zstd = _zstd()
    # A frame may ask for a window of its own choosing; 8 MiB is more than any of ours.
    reader = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})
    try:
        raw = reader.decompress(payload, max_length=most + 1)
    except (zstd.ZstdError, EOFError):
        raise Damaged("no-zstd") from None
    if len(raw) > most:
        raise Damaged("too-large")
    if not reader.eof or reader.unused_data:
        raise Damaged("cut" if not reader.eof else "damaged")
    return bytes(raw)


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
