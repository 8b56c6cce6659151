"""Want files: what a station has, and the key to seal to, carried to one that answers with what it lacks (row H4)."""

from __future__ import annotations

from typing import Any, BinaryIO, NamedTuple

from emergency.store import bundles, chains, exchange, frames, keys, times
from emergency.store.bundles import CONTEXT, VERSION
from emergency.store.entries import digest, pack
from emergency.store.errors import UnreadableInput
from emergency.store.exchange import Cursor
from emergency.store.keys import Signer
from emergency.store.store import Store
from emergency.store.words import _


class Want(NamedTuple):
    """What a station asks for: how far it has come, and the key to seal to."""

    station: str
    feed: str
    key: bytes
    heads: list[Cursor]
    made: int


def write(store: Store, path: str) -> int:
    """Write one; returns the feeds told of. Raises InvalidValue, BadStore."""
    return bundles.placed(path, lambda file: pour(store, file))


def pour(store: Store, out: BinaryIO) -> int:
    """The same to a stream."""
    signer = Signer.load(store.path)
    heads = exchange.heads(chains.feeds(store.connection).values())
    told: dict[str, Any] = {
        "want": VERSION,
        "station": store.meta("prefix"),
        "feed": signer.feed,
        "key": signer.public.hex(),
        "heads": heads,
        "made": times.now(),
    }
    signature = signer.sign_as(CONTEXT, digest(pack(told))).hex()
    out.write(frames.json_block({**told, "signature": signature}))
    out.flush()
    return len(heads)


def read(file: BinaryIO) -> Want:
    """What a station asks for. Raises UnreadableInput for what is no want file, or was changed."""
    told = bundles.look(file).header
    try:
        body = {k: told[k] for k in ("want", "station", "feed", "key", "heads", "made")}
        key = bytes.fromhex(told["key"])
        hash_ = digest(pack(body))
        sound = keys.feed_id(key) == told["feed"] and keys.signed(
            key, CONTEXT + hash_, bytes.fromhex(told["signature"])
        )
        heads, made = exchange.cursors(told["heads"]), int(told["made"])
    except (KeyError, ValueError, TypeError):
        sound = False
    if not sound:
        raise UnreadableInput(
            _("this is no want file, or it was changed"), hint=_("there: emergency bundle want FILE")
        )
    return Want(str(told["station"]), str(told["feed"]), key, heads, made)
