"""An entry as bytes: the header that is hashed, chained and signed, its facts, its signature.

The three are stored and sent as they were made. What is read here may have been written by
anybody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple

VERSION = 1
MOST_FACTS = 500
MOST_BYTES = 256 * 1024
START = "0" * 64


class Envelope(NamedTuple):
    """One entry as bytes: at rest, on the wire, on a stick."""

    header: bytes
    facts: bytes | None
    signature: bytes


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def pack(value: Any) -> bytes:
    """JSON as it goes into hashed bytes: UTF-8, no blanks."""
    return _encode(value).encode()


def digest(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def parsed(data: bytes) -> dict[str, Any] | None:
    """The JSON object that bytes hold, in UTF-8 and of Unicode alone; None for any other bytes."""
    if _quick is not None:
        try:
            value = _quick(data)
        except (ValueError, RecursionError):
            # What it refuses the other may take, such as 1e400: the answer must be the same.
            pass
        else:
            return value if type(value) is dict else None
    try:
        value = _decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or (b"\\u" in data and not is_text(value)):
        return None
    return value


#: What reads the same in bulk; None until it is loaded.
_quick: Callable[[bytes], Any] | None = None


def read_in_bulk() -> None:
    """From now on `parsed` takes a fifth of the time: worth the 30 ms that it takes to load where thousands come."""
    global _quick
    if _quick is None:
        import msgspec

        _quick = msgspec.json.Decoder().decode


def _no_number(word: str) -> None:
    raise ValueError(word)


_decode = json.JSONDecoder(parse_constant=_no_number).decode


def is_text(body: Any) -> bool:
    """Whether the strings are Unicode: JSON can spell halves of characters that no file can hold."""
    try:
        pack(body)
    except (ValueError, RecursionError):
        return False
    return True


def whole(value: Any) -> bool:
    """An integer that every machine can hold."""
    return type(value) is int and abs(value) < 1 << 53


class Told(NamedTuple):
    """What an entry says, as far as it can be read."""

    header: dict[str, Any]
    why: str
    at: int
    #: None where they are withheld; empty where they are no sense.
    facts: list[Any] | None


def told(envelope: Envelope) -> Told:
    """Read an entry that anybody may have written, or that is damaged: what is no sense reads as nothing."""
    raw = (parsed(envelope.header) if isinstance(envelope.header, bytes) else None) or {}
    header: dict[str, Any] = {
        k: raw[k] if isinstance(raw.get(k), str) else "" for k in ("feed", "who", "kind", "op")
    }
    header |= {k: raw[k] if whole(raw.get(k)) else 0 for k in ("v", "seq", "wall")}
    header["regions"] = (
        [r for r in raw["regions"] if isinstance(r, str)] if isinstance(raw.get("regions"), list) else []
    )
    header |= {k: raw[k] if isinstance(raw.get(k), dict) else {} for k in ("seen", "runs")}
    body = parsed(envelope.facts) if isinstance(envelope.facts, bytes) else None
    why, at, facts = (body.get("why"), body.get("at"), body.get("facts")) if body else ("", None, [])
    sound = isinstance(facts, list) and not _deep(facts)
    return Told(
        header,
        why if isinstance(why, str) else "",
        at if type(at) is int and whole(at) else header["wall"],
        None if envelope.facts is None else facts if sound else [],
    )


def _deep(value: Any, levels: int = 50) -> bool:
    """Whether lists stand in lists beyond what any fact needs and a program can follow."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_deep(v, levels - 1) for v in inner)
