"""Blocks of one CAP alert: which of them say the same thing, and which warn of another.

A message may warn one district of red until the morning and another of orange for an hour. Taken as one, the
colour and the end of the one would be told of the places of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from emergency.plugins.alerts.tree import Node
from emergency.store.errors import UnreadableInput
from emergency.store.records.alert import dumped
from emergency.store.words import _

#: Blocks of one alert: a country in several languages, district by district, has some hundred.
MOST = 400
#: What two blocks of one warning do not differ in, in whatever language they are written.
_SHARED = ("colour", "severity", "expires")


class Block(NamedTuple):
    """An `info` block, read."""

    node: Node
    values: dict[str, Any]
    remarks: tuple[str, ...]
    #: Its areas as one text, the codes that they name, and their outlines and circles.
    area: str
    divisions: frozenset[str]
    shapes: frozenset[str]

    @property
    def language(self) -> str:
        """In lower case, as it is stated."""
        return str(self.values["language"]).lower()


def block(
    node: Node, values: dict[str, Any], areas: Sequence[dict[str, Any]], remarks: Sequence[str]
) -> Block:
    """A block of these areas."""
    shapes = frozenset(s for a in areas for n in ("polygons", "circles") for s in a.get(n, ()))
    divisions = frozenset(c for a in areas for c in a.get("regions", ()))
    return Block(node, values, tuple(remarks), dumped(list(areas)) or "", divisions, shapes)


def parted(found: Sequence[Block]) -> list[list[Block]]:
    """The blocks of each warning, the one that speaks for it first. Raises UnreadableInput for too many."""
    if len(found) > MOST:
        raise UnreadableInput(_("an alert has more than {limit} blocks").format(limit=MOST))
    spoken = next(
        (b.language for b in found if b.language.startswith("zh")), found[0].language if found else ""
    )
    parts: list[list[Block]] = []
    # Those of the language that speaks for the alert first: what the others translate must be there.
    for block in sorted(found, key=lambda b: b.language != spoken):
        fitting = [p for p in parts if all(_fit(one, block) for one in p)]
        if fitting:
            max(fitting, key=lambda p: _agreement(p[0], block)).append(block)
        else:
            parts.append([block])
    return parts


def _fit(one: Block, other: Block) -> bool:
    """Whether two blocks may be of one warning: in one language they say the same, in two nothing that differs."""
    if one.language == other.language:
        alike = all(one.values[n] == other.values[n] for n in ("event", *_SHARED))
        return alike and (not one.area or not other.area or one.area == other.area)
    return not any(a and b and a != b for a, b in _both(one, other))


def _agreement(one: Block, other: Block) -> int:
    """In how much they say the same."""
    codes = (one.values["event_code"], other.values["event_code"])
    return sum(bool(a) and a == b for a, b in (*_both(one, other), codes))


def _both(one: Block, other: Block) -> Iterable[tuple[Any, Any]]:
    yield from ((one.values[n], other.values[n]) for n in _SHARED)
    yield one.divisions, other.divisions
    yield one.shapes, other.shapes
