"""What the header of an entry must be so that it can be chained and kept, whoever wrote it (docs/format.md)."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import Any

from emergency.store.entries import parsed, whole

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


def header_of(data: bytes) -> dict[str, Any] | None:
    """A header that can be chained and kept, whoever wrote it; None for any other bytes."""
    header = parsed(data)
    return header if header is not None and _sound(header) else None


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
        "runs" in header and not _are_runs(header["runs"])
    ):
        return False
    # No database holds a NUL in a text, and none is told apart by one.
    return MARK not in feed and "\0" not in feed and bool(_HASH.fullmatch(prev))


def _are_runs(told: Any) -> bool:
    """Whether these are runs of entries by feed (seen.py), no more than a writer may tell of."""
    return (
        isinstance(told, dict)
        and all(isinstance(runs, list) and all(map(_is_run, runs)) for runs in told.values())
        and sum(map(len, told.values())) <= MOST_RUNS
    )


def _is_run(run: Any) -> bool:
    return isinstance(run, list) and len(run) == 2 and all(map(whole, run)) and 0 < run[0] <= run[1]
