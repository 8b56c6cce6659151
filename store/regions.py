"""Which regions an entry touches, and whose affair that is (row H5, codes of GB/T 2260)."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emergency.store.records.declare import BY_NAME

#: How a record leads to a region where it has none of its own: {kind: (field, kind it names)}.
_BY = {
    "member": (("team", "team"),),
    "duty": (("team", "team"),),
    "equipment": (("team", "team"),),
    "reserve": (("depot", "depot"),),
    "stocktake": (("reserve", "reserve"),),
    "kit": (("team", "team"), ("depot", "depot")),
    "part": (("kit", "kit"),),
    "need": (("incident", "incident"),),
    "area": (("incident", "incident"),),
    "callup": (("incident", "incident"),),
    "line": (("order", "callup"), ("team", "team"), ("equipment", "equipment"), ("depot", "depot")),
    "officer": (("station", "station"),),
}
#: Kinds that are everybody's affair: what the others are told in.
PUBLIC = ("region", "scenario", "item", "station", "grant")

_NOWHERE: frozenset[str] = frozenset()
#: Kinds that others lead to.
_NAMED = ("team", "depot", "incident", "callup", "line", "equipment", "reserve", "kit")


def _leads(kind: str) -> bool:
    """Whether records of a kind lie somewhere."""
    return kind not in PUBLIC and (kind in _BY or kind in ("alert", "team", "depot", "incident"))


@functools.cache
def _leading(kind: str) -> tuple[str, ...]:
    """The fields of a kind that say where its records lie."""
    fields = ("region", *(field for field, _other in _BY.get(kind, ())))
    return tuple(f for f in fields if f in BY_NAME[kind])


def prefix(region: str) -> str:
    """The digits of a code of GB/T 2260 that say how far it reaches: 110000 is all of 11."""
    digits = region.strip()
    while len(digits) > 2 and digits.endswith("00"):
        digits = digits[:-2]
    return digits


def in_scope(regions: Iterable[str], scope: str) -> bool:
    """Whether an entry that touches these regions is for a station that serves `scope`.

    What touches no region is for everybody; so is what touches a larger one that holds the scope.
    """
    mine = prefix(scope)
    theirs = [prefix(r) for r in regions]
    return not mine or not theirs or any(r.startswith(mine) or mine.startswith(r) for r in theirs)


def may_have(header: Mapping[str, Any], scope: str, *, personal: bool) -> bool:
    """Whether who serves `scope`, and is entitled to `personal` data and exact sites or not, may have an entry's facts.

    The first entry of a feed holds its key, without which nothing of it can be checked.
    """
    if header.get("seq") == 1:
        return True
    return (personal or not header.get("personal")) and in_scope(header.get("regions", ()), scope)


class Regions:
    """The regions that records lie in, looked up once each for the length of a command."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def of_facts(self, facts: list[list[Any]]) -> set[str]:
        """The regions of the records that facts are about, none of which has been folded yet."""
        asked: dict[str, list[str]] = {}
        for word, *rest in facts:
            if word in ("set", "told", "log"):
                asked.setdefault(rest[0], []).append(rest[1])
        for kind, ids in asked.items():
            self._look_up(kind, ids)
        return set().union(*map(self._of_fact, facts))

    def _of_fact(self, fact: list[Any]) -> frozenset[str]:
        """The regions of the record a fact is about."""
        match fact:
            case ["new", str() as kind, str() as id_, dict() as values]:
                return self._keep(kind, id_, self._read(kind, values.get))
            case ["set" | "told", str() as kind, str() as id_, dict() as values]:
                before = self.of(kind, id_)
                if values.keys().isdisjoint(_leading(kind)):
                    return before
                # Where it lay and where it lies from now on.
                now = self._read(kind, values.get)
                return self._keep(kind, id_, before | now) if now - before else before
            case ["log", str() as kind, str() as id_, *_]:
                return self.of(kind, id_)
            case ["step" | "claim", str() as line, *_]:
                return self.of("line", line)
            case ["settle", list() as lines, *_]:
                return frozenset().union(*(self.of("line", line) for line in lines))
            case ["move", str() as reserve, _, {"lend": int(), "to": str() as station}]:
                # A post that is lent a quota gets to know it, wherever the depot lies.
                return self.of("reserve", reserve) | self._of_station(station)
            case ["move" | "count", str() as reserve, *_]:
                return self.of("reserve", reserve)
        return _NOWHERE

    def _of_station(self, station: str) -> frozenset[str]:
        row = self._connection.execute("SELECT region FROM station WHERE id=?", (station,)).fetchone()
        return frozenset({str(row[0])}) if row and row[0] else _NOWHERE

    def _keep(self, kind: str, id_: str, found: frozenset[str]) -> frozenset[str]:
        """Remember a record that a fact states, for the facts behind it that name it."""
        if kind in PUBLIC:
            return _NOWHERE
        if kind in _NAMED:
            self._known[kind, id_] = found
        return found

    def of(self, kind: str, id_: str) -> frozenset[str]:
        """Of a record in the tables."""
        if (kind, id_) not in self._known:
            self._look_up(kind, [id_])
        return self._known.get((kind, id_), _NOWHERE)

    def _look_up(self, kind: str, ids: list[str]) -> None:
        """Remember where records lie that were not asked for before."""
        new = [id_ for id_ in dict.fromkeys(ids) if (kind, id_) not in self._known] if _leads(kind) else []
        if not new:
            return
        for id_ in new:
            # Records that name each other in a circle end here.
            self._known[kind, id_] = _NOWHERE
        names = _leading(kind)
        listed = ", ".join(f'"{name}"' for name in ("id", *names))
        rows = self._connection.execute(
            f'SELECT {listed} FROM "{kind}" WHERE id IN ({",".join("?" * len(new))})', new
        ).fetchall()
        for id_, *values in rows:
            if any(values):
                self._known[kind, id_] = self._read(kind, dict(zip(names, values, strict=True)).get)

    def _read(self, kind: str, value: Callable[[str], Any]) -> frozenset[str]:
        region = value("region")
        if region:
            return frozenset({str(region)})
        found = _NOWHERE
        for field, other in _BY.get(kind, ()):
            named = value(field)
            if named:
                found |= self.of(other, str(named))
        return found
