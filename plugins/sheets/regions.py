"""Which division a cell means: a code of any length, a name, or a path of names down to a street."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from emergency.store.errors import InvalidValue
from emergency.store.text import fold_width, quoted, safe
from emergency.store.words import _, listed

_CODE = re.compile(r"(\d{6})(?:\d{3}|\d{6})?(?:\.0+)?(?:\D.*)?")
_BETWEEN = re.compile(r"[\s/\\,，、·>－—-]+|市辖区")
#: What stands below a county and is no division of ours.
_BELOW = re.compile(r".+(街道|街道办|街道办事处|地区|地区办事处|镇|乡|村|社区|开发区|园区|农场|号|路|街)")
_LEVELS = {"province": 0, "city": 1, "county": 2}


class Division(NamedTuple):
    """A division as it is looked for."""

    id: str
    name: str
    parent: str
    level: int


class Regions:
    """The divisions that a store knows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._all: dict[str, Division] = {}
        self._named: dict[str, list[Division]] = {}
        self._now: dict[str, str] = {}
        rows = connection.execute("SELECT id, name, short, parent, level, successors, retired FROM region")
        for id_, name, short, parent, level, successors, retired in rows:
            one = self._all[id_] = Division(id_, name or "", parent or "", _LEVELS.get(level, 2))
            if successors:
                self._now[id_] = str(successors)
            elif retired is None:
                for word in {fold_width(name or ""), fold_width(short or "")} - {""}:
                    self._named.setdefault(word, []).append(one)
        self._words = sorted((w for w in self._named if len(w) > 1), key=len, reverse=True)

    def find(self, text: str) -> str | None:
        """The id of the one division that is meant, or None; raises InvalidValue when it may be several."""
        folded = fold_width(text)
        if folded in self._all:
            return self._in_force(folded)
        if code := _CODE.fullmatch(folded):
            return self._in_force(code[1]) if code[1] in self._all else None
        plain = _BETWEEN.sub("", folded)
        found = {d.id: d for d in self._paths(plain, None)}
        highest = min((d.level for d in found.values()), default=0)
        meant = [d for d in found.values() if d.level == highest]
        if len(meant) > 1:
            raise InvalidValue(
                _("{text} may be {several}: write the city before it").format(
                    text=quoted(text.strip()), several=listed(f"{self._path(d)} ({d.id})" for d in meant)
                )
            )
        return meant[0].id if meant else None

    def _in_force(self, code: str) -> str | None:
        successors = self._now.get(code, code).split()
        return successors[0] if len(successors) == 1 else code

    def _paths(self, text: str, above: str | None) -> Iterator[Division]:
        """The divisions that the text ends in, read from the left, each within the one before."""
        longest = 0
        for word in self._words:
            if len(word) < longest or not text.startswith(word):
                continue
            rest = text[len(word) :]
            for one in self._named[word]:
                if above is not None and not self._within(one, above):
                    continue
                deeper = list(self._paths(rest, one.id)) if rest else [one]
                if not deeper and one.level == 2 and _BELOW.fullmatch(rest):
                    deeper = [one]
                if deeper:
                    longest = len(word)
                    yield from deeper

    def _within(self, one: Division, above: str) -> bool:
        for _step in _LEVELS:
            if one.parent == above:
                return True
            if one.parent not in self._all:
                return False
            one = self._all[one.parent]
        return False

    def _path(self, one: Division) -> str:
        parent = self._all.get(one.parent)
        return safe(f"{parent.name}{one.name}" if parent else one.name)
