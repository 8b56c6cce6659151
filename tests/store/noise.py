"""Damage to bytes, seeded: what a bad line, a bad stick or somebody with time makes of them."""

from __future__ import annotations

import random
import struct

from emergency.store import frames
from emergency.store.entries import Envelope

#: Values that lengths and numbers are replaced by.
ODD = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
#: Pieces of text that parsers trip over.
WORDS = (
    b'"', b"\\", b"\\ud800", b"\x00", b"\xff", b"[" * 2000, b"1e400", b"NaN", b"-1", b"9" * 5000, b"null", b"{}", b"[]",
    b"true", b'"feed"', frames.MARKER, b"\x28\xb5\x2f\xfd", "号".encode(),
)  # fmt: skip


def damaged(r: random.Random, data: bytes) -> bytes:
    """The bytes with a few changes of any kind."""
    out = bytearray(data)
    for _n in range(r.randrange(1, 6)):
        at = r.randrange(len(out) + 1)
        match r.randrange(7):
            case 0 if at < len(out):
                out[at] ^= 1 << r.randrange(8)
            case 1:
                out[at : at + r.randrange(1, 40)] = b""
            case 2:
                out[at:at] = r.choice(WORDS)
            case 3:
                out[at : at + 4] = struct.pack(">I", r.choice(ODD))
            case 4:
                del out[at:]
            case 5:
                other = r.randrange(len(out) + 1)
                out[at:at] = out[min(at, other) : min(at, other) + r.randrange(200)]
            case _:
                piece = r.choice(WORDS)
                out[at : at + len(piece)] = piece
    return bytes(out)


def damaged_entry(r: random.Random, envelope: Envelope) -> Envelope:
    """The entry with one of its parts changed."""
    part = r.randrange(3)
    if part == 0:
        return envelope._replace(header=damaged(r, envelope.header))
    if part == 1:
        return envelope._replace(facts=damaged(r, envelope.facts or b"") if r.random() < 0.9 else None)
    return envelope._replace(signature=damaged(r, envelope.signature))
