"""Bodies of pushes, and what the answers of a hub hold: read as if anybody had written them."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from emergency.store import exchange, frames, requests
from emergency.store.entries import Envelope, parsed, whole
from emergency.store.exchange import Stretch
from emergency.store.link import Offline

#: The most bytes of one push: what a usual web server before a hub takes; hubs take four times as much. Where one takes
#: less, so much less is tried, down to the least.
PUSH, FEWER, LEAST_PUSH = 1024 * 1024, 4, 16 * 1024
#: Bytes of entries in one push before they are compressed, and in one answer to /pull; hubs give half of it.
PUSH_RAW, MOST_PAGE = 8 * 1024 * 1024, 16 * 1024 * 1024
#: The most entries in one answer to /pull: an honest one is not below 400 bytes.
MOST_ENTRIES = 40_000
#: The longest word of a hub that is kept or shown.
MOST_WORD = 200


class Page:
    """An answer to /pull: a block of it in memory at a time."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        #: What is left behind it; known once the entries were read to their end.
        self.left: list[Stretch] = []

    def announced(self) -> list[Stretch]:
        """What it says before its entries will be left behind them; nothing where it says nothing, or is damaged."""
        try:
            first = next(frames.read(io.BytesIO(self._answer)))
            told = frames.json_of(first) if first.kind == b"J" else {}
            return exchange.stretches(told["left"]) if told.get("entries") is True else []
        except (StopIteration, frames.Damaged, ValueError, KeyError):
            return []

    def envelopes(self) -> Iterator[Envelope]:
        """Its entries. Raises Damaged, ValueError."""
        size = number = 0
        ended = False
        for found in frames.read(io.BytesIO(self._answer)):
            if found.kind == b"E":
                raw = frames.inflate(found.payload)
                together = frames.entries(raw)
                size, number = size + len(raw), number + len(together)
                if size > MOST_PAGE or number > MOST_ENTRIES:
                    raise frames.Damaged("too-large")
                yield from together
            elif found.kind == b"J":
                told = frames.json_of(found)
                # What is told before the entries does not end them.
                self.left, ended = exchange.stretches(told.get("left")), told.get("entries") is not True
        if not ended:
            raise frames.Damaged("cut")


def news(line: str) -> list[Envelope] | None:
    """The entries that a line of a hub's live line brings; None where it only says that there are some."""
    word, _blank, told = line.removeprefix("data:").strip().partition(" ")
    if word != "entries":
        return None
    try:
        blocks = base64.b64decode(told, validate=True)
        return [e for found in frames.read(io.BytesIO(blocks)) for e in frames.entries_of(found)]
    except (ValueError, frames.Damaged):
        return None


class Pushed(NamedTuple):
    """What a hub says of a push; whatever else it says is left out."""

    new: int
    aside: dict[str, int]
    forked: bool
    waiting: set[str]


def pushed(answer: bytes, entries: int) -> Pushed:
    """What an answer to a push of so many entries says."""
    said = parsed(answer) or {}
    aside, waiting = said.get("aside"), said.get("waiting")

    def number(value: Any) -> int:
        return int(value) if whole(value) and 0 <= value <= entries else 0

    reasons = aside.items() if isinstance(aside, dict) else ()
    return Pushed(
        number(said.get("new")),
        {why[:MOST_WORD]: number(n) for why, n in reasons if number(n)},
        bool(said.get("forked")),
        {f for f in waiting if isinstance(f, str) and requests.is_feed(f)}
        if isinstance(waiting, list)
        else set(),
    )


def told(answer: bytes) -> dict[str, Any]:
    """What the first JSON of an answer in blocks says. Raises Offline."""
    try:
        for found in frames.read(io.BytesIO(answer)):
            if found.kind == b"J":
                return frames.json_of(found)
    except frames.Damaged:
        raise Offline("damaged") from None
    raise Offline("damaged")


def bodies(envelopes: Iterable[Envelope], most: int = PUSH) -> Iterator[tuple[bytes, int]]:
    """Entries as bodies of pushes of at most so many bytes, but for a larger entry alone; with how many are in each."""
    parts: list[bytes] = []
    size = inflated = entries = 0
    for raw, together in frames.entry_chunks(envelopes, min(frames.FULL, most)):
        block = frames.block(b"E", frames.deflate(raw))
        if parts and (size + len(block) > most or inflated + len(raw) > PUSH_RAW):
            yield b"".join(parts), entries
            parts, size, inflated, entries = [], 0, 0, 0
        parts.append(block)
        size += len(block)
        inflated += len(raw)
        entries += together
    if parts:
        yield b"".join(parts), entries
