"""Alerts that came: the same one twice is one; what updates or cancels what; and which of them stand now (row M1).

One message may warn of several things: each is an alert, a part of it. A reference names the message, and so all
its parts; none of them ends another.

Chains are worked out from the set of alerts alone, so every order of arrival gives the same: an update may
come before what it updates, and a cancel where nothing was known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import times
from emergency.store.records.alert import COLOUR_RANK, loaded
from emergency.store.records.types import Stored
from emergency.store.store import Store

if TYPE_CHECKING:
    from emergency.store.writer import Writer

Row = Mapping[str, Any]

#: One that does not say when it ends is taken to stand this long, in milliseconds; after that it is told as old.
UNDATED_FOR = times.DAY
#: What was sent so long before everything that stands has no part in its chains; and so long ago, in none at all.
LOOK_BEFORE, LOOK_BACK = 7 * times.DAY, 60 * times.DAY
#: How an alert stands, the most pressing first.
STATES = ("current", "to-come", "undated", "cancelled", "expired", "notice")
#: Messages about messages: they end nothing.
_NOTICES = ("Ack", "Error")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TOLD = "id, identifier, part, sender, sender_name, sent, status, msg_type, event, colour, level, region, regions, area, areas, form,"
_TOLD += ' "references", effective, onset, expires, headline, signature, severity, sample'


class Taken(NamedTuple):
    """What became of one alert that was read."""

    id: str
    #: `new`, `known`, `verified` (known, and only now with a valid signature), or `differs`.
    outcome: str


class Chain(NamedTuple):
    """An alert that nothing has taken the place of, and what it took the place of, newest first."""

    head: Row
    earlier: tuple[Row, ...]
    state: str
    #: [sender, identifier, sent] of what it refers to and is not here.
    missing: tuple[tuple[str, str, str], ...]
    #: Alerts that would end this one, were they of the same sender: ids.
    doubted_by: tuple[str, ...]

    @property
    def real(self) -> bool:
        """Whether it is meant as the real thing."""
        return bool(self.head["status"] == "Actual")

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all its alerts, the current one first."""
        return (str(self.head["id"]), *(str(r["id"]) for r in self.earlier))


# -- taking in ------------------------------------------------------------------------------------


def part_of(row: Mapping[str, Any]) -> int:
    """Which of the warnings of its message an alert is, from 1."""
    return int(row["part"]) if row.get("part") else 1


def id_of(values: Mapping[str, Stored]) -> str:
    """The id of an alert, made of what names it: the same at every station that it comes to."""
    names = ("identifier", "sender", "sent", *(("part",) if part_of(values) > 1 else ()))
    named = "\x1f".join(str(values.get(n) or "") for n in names)
    number = int.from_bytes(hashlib.sha256(named.encode("utf-8", "replace")).digest()[:8], "big") >> 4
    return "AL-" + "".join(_LETTERS[number >> shift & 31] for shift in range(55, -1, -5))


class Incoming:
    """Takes alerts in within one write; the same one twice is one, also where both come in that write."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        #: {identifier: (id, values) of those of this very write}
        self._new: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}

    def take(self, values: dict[str, Stored]) -> Taken:
        """Register an alert, unless it is here already: identifier, sender, time sent and part name it."""
        identifier = str(values["identifier"])
        for id_, row in (*self._here(identifier), *self._new.get(identifier, ())):
            # What an entry of a feed leaves out may be said by the alert itself.
            if any(row[n] and values.get(n) and row[n] != values[n] for n in ("sender", "sent")):
                continue
            if part_of(row) != part_of(values):
                continue
            if row["signature"] != "valid" and values.get("signature") == "valid":
                self._writer.set("alert", id_, values)
                return Taken(id_, "verified")
            return Taken(id_, "known" if _same(row, values) else "differs")
        id_ = self._writer.new("alert", values, id_of(values))
        self._new.setdefault(identifier, []).append((id_, {n: values.get(n) for n in _COMPARED}))
        return Taken(id_, "new")

    def _here(self, identifier: str) -> list[tuple[str, Mapping[str, Any]]]:
        columns = ", ".join(("id", *_COMPARED))
        found = self._writer.connection.execute(
            f"SELECT {columns} FROM alert WHERE identifier=? AND known=1 ORDER BY id", (identifier,)
        )
        return [(row[0], dict(zip(_COMPARED, row[1:], strict=True))) for row in found]


#: What is compared of one that came before.
_SAID = (
    "headline",
    "description",
    "instruction",
    "colour",
    "severity",
    "event",
    "expires",
    "msg_type",
    "status",
)
_COMPARED = ("sender", "sent", "part", "signature", *_SAID)


def _same(row: Mapping[str, Any], values: Mapping[str, Stored]) -> bool:
    """Whether an alert says what the one that is here says, wherever both say something."""
    return all(values.get(n) == row[n] for n in _SAID if values.get(n) and row[n])


# -- chains ---------------------------------------------------------------------------------------


def chains(store: Store, *, everything: bool = False, at: int | None = None) -> list[Chain]:
    """All chains, the most pressing first; without `everything` only what can still matter."""
    at = times.now() if at is None else at
    where, values = "retired IS NULL AND known=1", []
    if not everything:
        first = store.connection.execute(
            f"SELECT min(sent) FROM alert WHERE {where} AND (expires > ? OR sent > ?)", (at, at - UNDATED_FOR)
        ).fetchone()[0]
        since = max(min(at, first or at) - LOOK_BEFORE, at - LOOK_BACK)
        where += " AND (sent IS NULL OR sent > ? OR expires > ?)"
        values = [since, at]
    return arranged(store.rows(f"SELECT {_TOLD} FROM alert WHERE {where}", values), at)


def chain_of(store: Store, id_: str, at: int | None = None) -> Chain | None:
    """The chain that an alert stands in: the one it heads, else the first that it belongs to."""
    found = [c for c in chains(store, everything=True, at=at) if id_ in c.ids]
    return next((c for c in found if c.head["id"] == id_), found[0] if found else None)


def arranged(rows: Iterable[Row], at: int) -> list[Chain]:
    """The chains that a set of alerts makes, in whatever order they are given."""
    return sorted(_Linked(rows).chains(at), key=_pressing)


def _pressing(chain: Chain) -> tuple[Any, ...]:
    head = chain.head
    grave = COLOUR_RANK.get(str(head["colour"]), 9)
    return (STATES.index(chain.state), not chain.real, grave, -(head["sent"] or 0), head["id"])


def state_of(row: Row, at: int) -> str:
    """How an alert stands that nothing has taken the place of."""
    if row["msg_type"] in _NOTICES:
        return "notice"
    if row["msg_type"] == "Cancel":
        return "cancelled"
    if row["expires"] is not None:
        if row["expires"] <= at:
            return "expired"
    elif row["sent"] is None or row["sent"] + UNDATED_FOR < at:
        return "undated"
    return "to-come" if (row["effective"] or 0) > at else "current"


def _message(row: Row) -> tuple[Any, ...]:
    """The message that an alert is of, which may have other parts."""
    return (row["identifier"], row["sender"], row["sent"])


def _age(row: Row) -> tuple[int, int, str]:
    """A total order, so that no two alerts ever end each other."""
    rank = {"Alert": 0, "Update": 1, "Cancel": 2}.get(str(row["msg_type"]), 0)
    return (row["sent"] or 0, rank, str(row["id"]))


def references(row: Row) -> list[tuple[str, str, str]]:
    """(sender, identifier, sent) of each reference that can be read."""
    given = loaded(row["references"])
    out = []
    for one in given if isinstance(given, list) else []:
        if isinstance(one, list) and len(one) == 3 and all(isinstance(p, str) for p in one):
            out.append((one[0], one[1], one[2]))
    return out


class _Linked:
    """Alerts and what ends what among them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: dict[str, Row] = {str(r["id"]): r for r in sorted(rows, key=_age)}
        self._named: dict[str, list[str]] = {}
        for id_, row in self.rows.items():
            self._named.setdefault(str(row["identifier"]), []).append(id_)
        #: {alert: what it takes the place of}
        self.ends: dict[str, list[str]] = {i: [] for i in self.rows}
        self.missing: dict[str, list[tuple[str, str, str]]] = {}
        self.doubted: dict[str, list[str]] = {}
        self.ended: set[str] = set()
        lines: dict[tuple[Any, ...], list[str]] = {}
        for id_, row in self.rows.items():
            self._follow(id_, row, lines)
        self._replaced_beside()
        self._cancelled_from_before()

    def _follow(self, id_: str, row: Row, lines: dict[tuple[Any, ...], list[str]]) -> None:
        """What one alert ends: what it refers to; without references the one before it of its sender, event and area."""
        kind = str(row["msg_type"] or "Alert")
        # Two that name no place may be for two places, and neither may silence the other.
        place = row["area"] or row["regions"] or row["areas"]
        line = (row["sender"] or row["sender_name"], row["event"], place, row["status"])
        given = references(row)
        if kind in ("Update", "Cancel"):
            for reference in given:
                targets = self._meant(reference)
                if not targets:
                    self.missing.setdefault(id_, []).append(reference)
                for target in targets:
                    self._end(id_, target)
        in_words = not str(row["form"] or "").startswith("CAP") or kind in ("Update", "Cancel")
        before = lines.get(line, [])
        if not given and in_words and all(line[:3]) and kind not in _NOTICES:
            for one in before:
                if self.rows[one]["msg_type"] != "Cancel":
                    self._end(id_, one)
        if kind not in _NOTICES:
            lines[line] = [*(i for i in before if _message(self.rows[i]) == _message(row)), id_]

    def _meant(self, reference: tuple[str, str, str]) -> list[str]:
        sender, identifier, sent = reference
        found = self._named.get(identifier, [])
        of_sender = [i for i in found if not sender or self.rows[i]["sender"] == sender]
        if len(of_sender) > 1 and (at := _moment(sent)) is not None:
            return [i for i in of_sender if self.rows[i]["sent"] == at] or of_sender
        return of_sender or (found if len(found) == 1 else [])

    def _end(self, id_: str, target: str) -> None:
        one, other = self.rows[id_], self.rows[target]
        # A drill ends nothing real, nothing ends what was sent after it, and no part another of its message.
        if _message(one) == _message(other) or one["status"] != other["status"] or _age(one) < _age(other):
            return
        if one["sender"] and other["sender"] and one["sender"] != other["sender"]:
            self.doubted.setdefault(target, []).append(id_)
            return
        if target not in self.ends[id_]:
            self.ends[id_].append(target)
            self.ended.add(target)

    def _heads(self) -> list[str]:
        return [i for i, r in self.rows.items() if i not in self.ended]

    def _replaced_beside(self) -> None:
        """Of two updates of one alert, for the same places, the later stands."""
        by_target: dict[str, list[str]] = {}
        for id_ in self._heads():
            if self.rows[id_]["msg_type"] == "Update":
                for target in self.ends[id_]:
                    by_target.setdefault(target, []).append(id_)
        for updates in by_target.values():
            beside: dict[tuple[Any, ...], list[str]] = {}
            for id_ in updates:
                row = self.rows[id_]
                beside.setdefault(tuple(row[n] for n in ("event", "regions", "area", "areas")), []).append(
                    id_
                )
            for alike in beside.values():
                latest = _message(self.rows[alike[-1]])
                for id_ in (i for i in alike if _message(self.rows[i]) == latest):
                    for earlier in alike:
                        self._end(id_, earlier)

    def _cancelled_from_before(self) -> None:
        """A cancel that names only the beginning ends the one alert that it has come to; of several it is not said."""
        carried_on = {t for i, ts in self.ends.items() if self.rows[i]["msg_type"] != "Cancel" for t in ts}
        last = [
            i
            for i, r in self.rows.items()
            if i not in carried_on and r["msg_type"] not in ("Cancel", *_NOTICES)
        ]
        became: dict[str, list[str]] = {}
        for id_ in last:
            for one in (id_, *self.before(id_)):
                became.setdefault(one, []).append(id_)
        for cancel in (i for i in self._heads() if self.rows[i]["msg_type"] == "Cancel"):
            meant = {i for one in self.before(cancel) for i in became.get(one, ())}
            if len({_message(self.rows[i]) for i in meant}) == 1 and not meant & self.ended:
                for one in sorted(meant):
                    self._end(cancel, one)

    def before(self, id_: str) -> set[str]:
        """Everything that an alert took the place of, and what that did."""
        found: set[str] = set()
        waiting = list(self.ends[id_])
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.ends[one]
        return found

    def chains(self, at: int) -> list[Chain]:
        out = []
        for id_ in self._heads():
            earlier = sorted((self.rows[i] for i in self.before(id_)), key=_age, reverse=True)
            out.append(
                Chain(
                    self.rows[id_],
                    tuple(earlier),
                    state_of(self.rows[id_], at),
                    tuple(
                        m for i in (id_, *(str(r["id"]) for r in earlier)) for m in self.missing.get(i, ())
                    ),
                    tuple(self.doubted.get(id_, ())),
                )
            )
        return out


def _moment(text: str) -> int | None:
    from emergency.store.errors import InvalidValue

    try:
        return times.parse_time(text, 0) if text else None
    except InvalidValue:
        return None


def current(found: Sequence[Chain]) -> list[Chain]:
    """Those that stand or are to come."""
    return [c for c in found if c.state in ("current", "to-come")]
