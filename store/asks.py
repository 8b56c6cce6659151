"""What an order asks for, and what one write has looked up and given so far."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import claims, times, units
from emergency.store.errors import Contested, EmergencyError
from emergency.store.lookup import find
from emergency.store.named import Named
from emergency.store.text import quoted, safe
from emergency.store.words import _, listed, told

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: How long a team has to answer before it rises to the top of the overdue list, in milliseconds.
#: Fifteen minutes unless the order says otherwise (`--answer-within`).
ANSWER_WITHIN = 15 * times.MINUTE


class Ask(NamedTuple):
    """What an order asks for, as typed: names and ids not yet looked up."""

    incident: str = ""
    kind: str = "callup"
    team: str = ""
    equipment: tuple[str, ...] = ()
    item: str = ""
    depot: str = ""
    quantity: str = ""
    people: int | None = None
    report_to: str = ""
    by: int | None = None
    until: int | None = None
    basis: str = ""
    approver: str = ""
    ref: str = ""
    note: str = ""
    answer_within: int = ANSWER_WITHIN
    override: str = ""
    #: The area of the incident that it is assigned to.
    area: str = ""

    @property
    def whole(self) -> bool:
        """Whether it calls a team as a whole."""
        return not (self.equipment or self.item or self.people is not None)


class Checked(NamedTuple):
    """An order that nothing refuses, its names looked up."""

    incident: str | None
    team: str
    equipment: list[str]
    #: (item, thousandths, stock line) of each lot drawn on
    stock: list[tuple[str, int, str]]
    warnings: list[str]
    #: Lines that hold a thing this order takes: {thing: lines} (CASES 13).
    holds: dict[str, list[str]]
    #: Whether its incident is a drill.
    exercise: bool = False
    #: Lines of drills whose people or stock it takes.
    drills: tuple[str, ...] = ()
    #: The id of the area that its lines are assigned to.
    area: str = ""


class Recollection:
    """Looks up what orders name, and remembers what this write has given already."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.connection = writer.connection
        #: What the tables tell of what is named.
        self.named = Named(writer.connection)
        self._found: dict[tuple[str, str], str] = {}
        self._taken: dict[str, str] = {}
        self._people: dict[str, int] = {}
        self._stock: dict[str, int] = {}
        self._refs: dict[str, str] = {}
        #: What was asked for under each reference of this write, as `digest` says it.
        self._asked: dict[str, str] = {}
        self._entries = writer.entries
        self._incidents: dict[str, tuple[str, str | None]] = {}
        #: Whether the order being checked is one of a drill.
        self.drill = False
        #: The team that holds each item of equipment asked for.
        self.holders: dict[str, str | None] = {}
        #: (team, qualification, day) of which somebody is known to hold one that has not run out.
        self.licensed: set[tuple[str, str, str]] = set()
        self._said: dict[str, int] = {}
        #: {thing: other names of it under live claims}; what this write claims, it claims by the thing itself.
        self._also: dict[str, list[str]] | None = None
        #: A line that this order replaces: its claim stands in nobody's way.
        self.ending = ""
        #: For what is to be given on a later day: the lines that are over by then (ahead.py). None: it is for now.
        self.over: frozenset[str] | None = None
        #: Whether this write has ended lines, which the tables do not show yet.
        self._ended = False
        #: Whether it has given orders of a drill, and orders that only hold, which the next may take from.
        self._drilled, self._holding = False, False
        self._home = self._station_province()

    def elsewhere(self, team: str) -> bool:
        """Whether a team is of another province than this station: it is asked, never ordered (row F2)."""
        known = self.named.teams[team] if team else None
        province = str(known.region or "")[:2] if known else ""
        return bool(self._home and province and province != self._home)

    @contextlib.contextmanager
    def in_place_of(self, line: str) -> Iterator[None]:
        """What is checked and given within takes the place of a line: its claim stands in nobody's way."""
        before, self.ending = self.ending, line
        try:
            yield
        finally:
            self.ending = before

    def _past(self, line: str) -> bool:
        """Whether the claim of a line stands in nobody's way."""
        return line == self.ending or line in (self.over or ())

    # -- looking up ------------------------------------------------------------------------------

    def find(self, kind: str, text: str) -> str:
        """The id that a text means, remembered for the length of a batch."""
        key = (kind, text)
        if key not in self._found:
            self._found[key] = find(self.connection, kind, text)
        return self._found[key]

    def _value(self, kind: str, id_: str, column: str) -> Any:
        row = self.connection.execute(f'SELECT "{column}" FROM "{kind}" WHERE id=?', (id_,)).fetchone()
        return row[0] if row else None

    def also_called(self, name: str) -> Sequence[str]:
        """Other names under which somebody has claimed a thing: second tags of it."""
        if self._also is None:
            self._also = {}
            for other in claims.aliases(self.connection):
                thing = claims.canonical(self.connection, other)
                if other != thing:
                    self._also.setdefault(thing, []).append(other)
        return self._also.get(name, ())

    def _station_province(self) -> str:
        row = self.connection.execute(
            "SELECT region FROM station WHERE id = (SELECT value FROM meta WHERE key='station')"
        ).fetchone()
        return str(row[0] or "")[:2] if row else ""

    def times_said(self, digest: str) -> int:
        """How often a row that says the same has come, this one included."""
        self._said[digest] = self._said.get(digest, 0) + 1
        return self._said[digest]

    def already(self, ref: str) -> str | None:
        """The order given earlier under this reference, if one was (row F10)."""
        if ref in self._refs:
            return self._refs[ref]
        row = self.connection.execute("SELECT id FROM callup WHERE ref=?", (ref,)).fetchone()
        return str(row[0]) if row else None

    def again(self, ask: Ask) -> str | None:
        """The order given earlier for the very same. Raises Contested where the reference was used for another."""
        order = self.already(ask.ref) if ask.ref else None
        if order is None:
            return None
        asked = self._asked.get(ask.ref) or self._value("callup", order, "asked")
        if not asked or set(str(asked).split()) & set(self.digest(ask).split()):
            return order
        raise Contested(
            _("reference {ref} was ordered as {order}: {what}").format(
                ref=quoted(ask.ref), order=order, what=self._ordered(order)
            ),
            hint=_("use another reference for another order"),
        )

    def digest(self, ask: Ask) -> str:
        """What an order asks for, hashed twice: as it was typed, and with its names looked up."""
        typed = [ask.incident, ask.kind, ask.team, sorted(ask.equipment), ask.item, ask.quantity, ask.people]
        meant = [
            self._meant("incident", ask.incident),
            ask.kind,
            self._meant("team", ask.team),
            sorted(self._meant("equipment", tag) for tag in ask.equipment),
            self._meant("item", ask.item),
            self._meant_quantity(ask),
            ask.people,
        ]
        said = (json.dumps(what, ensure_ascii=False) for what in (typed, meant))
        return " ".join(hashlib.sha256(what.encode()).hexdigest()[:16] for what in said)

    def _meant(self, kind: str, text: str) -> str:
        try:
            return self.find(kind, text) if text else ""
        except EmergencyError:
            return text

    def _meant_quantity(self, ask: Ask) -> int | str:
        if not (ask.item and ask.quantity):
            return ask.quantity
        try:
            return self._milli(self.find("item", ask.item), ask.quantity)
        except EmergencyError:
            return ask.quantity

    def _milli(self, item: str, text: str) -> int:
        """A quantity of an item in thousandths of its unit. Raises InvalidValue."""
        unit = str(self._value("item", item, "unit") or "")
        asked = units.parse_quantity(text, unit or None)
        return units.convert(asked.milli, asked.unit, unit) if unit and asked.unit else asked.milli

    def _ordered(self, order: str) -> str:
        """What an order asked for, in a few words."""
        self.writer.flush()
        rows = self.connection.execute(
            "SELECT coalesce(c.incident, '-'), l.team, l.equipment, l.item, l.quantity, l.people"
            ' FROM callup c LEFT JOIN line l ON l."order" = c.id WHERE c.id=? ORDER BY length(l.id), l.id',
            (order,),
        ).fetchall()
        parts = []
        for _incident, team, equipment, item, quantity, people in rows[:5]:
            what = equipment or (f"{item} x {units.format_quantity(quantity, '').strip()}" if item else "")
            if people is not None:
                what = _("{count} people").format(count=people)
            parts.append(" ".join(safe(str(p)) for p in (team, what) if p))
        return told(rows[0][0], listed(parts)) if rows else "?"

    def _catch_up(self) -> None:
        """Let the tables tell what was ended, and what an entry that was full has brought into them on the way."""
        if self._ended or self.writer.entries != self._entries:
            self._fold()

    def _fold(self) -> None:
        """Bring what this write has said so far into the tables, and forget what they tell by now."""
        self.writer.flush()
        self._entries = self.writer.entries
        self._ended = self._drilled = self._holding = False
        self.named.forget()
        self._taken.clear()
        self._people.clear()
        self._stock.clear()
