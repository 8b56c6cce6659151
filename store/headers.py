"""What the header of an entry must be so that it can be chained and kept, whoever wrote it (docs/format.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from emergency.store import entries
from emergency.store.entries import parsed, whole
from emergency.store.errors import BadStore
from emergency.store.words import _

#: Between the name of a feed and the hash that names a branch of it; in no feed's own name.
MARK = "~"
#: The most runs told in one entry; what is left is told in the next, and counts as not seen until then.
MOST_RUNS = 1_000


def stem(feed: str) -> str:
    """The feed that a branch belongs to."""
    return feed.partition(MARK)[0]


_HASH = re.compile("[0-9a-f]{64}")
_texts = itemgetter("alg", "feed", "prev", "who", "kind", "op", "facts")
_numbers = itemgetter("v", "seq", "wall")


class Header:
    """What a header says of its entry, and of the entry's place in a chain."""

    __slots__ = (
        "alg", "facts", "feed", "kind", "op", "prev", "regions", "runs", "seen", "seq", "v", "wall", "who",
    )  # fmt: skip

    def __init__(self, told: Mapping[str, Any]) -> None:
        """Raises KeyError where something is left out."""
        self.v: int = told["v"]
        self.alg: str = told["alg"]
        self.feed: str = told["feed"]
        self.seq: int = told["seq"]
        self.prev: str = told["prev"]
        self.seen: dict[str, int] = told["seen"]
        self.runs: dict[str, list[list[int]]] = told.get("runs", {})
        self.wall: int = told["wall"]
        self.who: str = told["who"]
        self.kind: str = told["kind"]
        self.regions: list[str] = told["regions"]
        self.op: str = told["op"]
        self.facts: str = told["facts"]


def header_of(data: bytes) -> Header | None:
    """A header that can be chained and kept, whoever wrote it; None for any other bytes."""
    if _plainly is not None:
        try:
            header = _plainly(data)
            if can_be_chained(header.feed, header.prev) and (not header.runs or are_runs(header.runs)):
                return header
        except (ValueError, RecursionError):
            # What it refuses may still be one, such as a header of a later version that says more.
            pass
    told = parsed(data)
    return Header(told) if told is not None and _sound(told) else None


def plainly() -> Callable[[bytes], Header | None]:
    """What reads a header as it is nearly always written.

    It raises ValueError or RecursionError, or gives None, where only `header_of` can tell; and where it
    gives one, that can be chained if the feed and the hash that it names can be, and its `runs` are runs.
    """
    return _plainly or _nothing


def _nothing(_data: bytes) -> None:
    return None


def standing(data: bytes) -> Header:
    """The header of an entry that stands in a journal. Raises BadStore where it is damaged."""
    try:
        return Header(parsed(data) or {})
    except KeyError:
        raise BadStore(
            _("an entry of the journal is damaged"),
            hint=_("emergency journal verify names them; emergency restore FILE brings a backup back"),
        ) from None


#: What reads them in bulk; None until it is loaded.
_plainly: Callable[[bytes], Header] | None = None


def read_in_bulk() -> None:
    """From now on a header is read in a third of the time, and `parsed` takes a fifth."""
    global _plainly
    if _plainly is None:
        entries.read_in_bulk()
        from emergency.store import quickheaders

        _plainly = quickheaders.plainly


def _sound(header: dict[str, Any]) -> bool:
    try:
        texts, numbers = _texts(header), _numbers(header)
        seen, regions = header["seen"], header["regions"]
    except KeyError:
        return False
    alg, feed, prev, who, kind, op, facts = texts
    # What JSON gives has just these types, and none derived from them.
    if not (
        type(alg) is type(feed) is type(prev) is type(who) is type(kind) is type(op) is type(facts) is str
    ):
        return False
    if not all(map(whole, numbers)) or header["seq"] < 1:
        return False
    if type(seen) is not dict or type(regions) is not list or not set(map(type, regions)) <= {str}:
        return False
    if (seen and not all(whole(v) and v > 0 for v in seen.values())) or (
        "runs" in header and not are_runs(header["runs"])
    ):
        return False
    return can_be_chained(feed, prev)


def can_be_chained(feed: str, prev: str) -> bool:
    """Whether there can be a feed of this name, and an entry of this hash."""
    # No database holds a NUL in a text, and none is told apart by one.
    return MARK not in feed and "\0" not in feed and _HASH.fullmatch(prev) is not None


def are_runs(told: Any) -> bool:
    """Whether these are runs of entries by feed (seen.py), no more than a writer may tell of."""
    return (
        isinstance(told, dict)
        # None of a feed is not told: each feed that is named takes a place in every store.
        and all(isinstance(runs, list) and runs and all(map(_is_run, runs)) for runs in told.values())
        and sum(map(len, told.values())) <= MOST_RUNS
    )


def _is_run(run: Any) -> bool:
    return isinstance(run, list) and len(run) == 2 and all(map(whole, run)) and 0 < run[0] <= run[1]
