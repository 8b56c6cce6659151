"""What equipment gives to needs, by what it is: the same for all that are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class About(NamedTuple):
    """What is to be known of like items, of one shape as alike.py has them."""

    #: {need: thousandths of its unit that each gives}: one dict for all that give alike, which nobody changes.
    gives: dict[int, int]
    kind: str
    specification: str
    #: The key of an offer of them, before and behind the patch of the map.
    before: tuple[Any, ...]
    behind: tuple[Any, ...]


class Given:
    """Looks up what items of a shape give."""

    def __init__(
        self, kinds: Mapping[str, Sequence[int]], figures: Sequence[tuple[Sequence[int], int]]
    ) -> None:
        """{kind of item: needs that ask for it}; of each capability (needs that ask for it, thousandths of one)."""
        self._kinds, self._figures = kinds, figures
        self._known: dict[tuple[Any, ...], dict[int, int]] = {}

    def of(self, shape: tuple[Any, ...]) -> About:
        """What is to be known of a shape."""
        kind, specification, licence, staged, _why, *values = shape
        gives = self._known.get((kind, *values))
        if gives is None:
            gives = self._known[kind, *values] = self._gives(kind, values)
        return About(
            gives, kind or "", specification or "", (kind, specification, licence), (staged, *values)
        )

    def _gives(self, kind: str, values: Sequence[Any]) -> dict[int, int]:
        gives = dict.fromkeys(self._kinds.get(kind, ()), 1000)
        for (mine, thousand), value in zip(self._figures, values, strict=False):
            if value and value > 0:
                gives |= dict.fromkeys(mine, int(value) * thousand)
        return gives
