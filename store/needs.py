"""What an incident needs, what is committed to it, and what is short (row E3, ICS 215)."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from emergency.store import units
from emergency.store.conditions import kinds_under
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS
from emergency.store.records.capability import CAPABILITIES
from emergency.store.records.equipment import OUT_OF_SERVICE
from emergency.store.records.steps import ACTIVE, COMMITTED
from emergency.store.records.team import people_of
from emergency.store.records.types import Integer, Quantity
from emergency.store.store import Store
from emergency.store.text import quoted
from emergency.store.words import _, listed

BY_NAME = {f.name: f for f in CAPABILITIES}


class Asked(NamedTuple):
    """A need as typed: `drainage>=20000m3/h`, `people>=30`, `pump-truck>=4`, `sandbag>=5000`."""

    what: str
    milli: int
    unit: str


class Cover(NamedTuple):
    """One need against what is on its way: all in thousandths of the need's unit."""

    need: dict[str, Any]
    asked: int
    committed: int
    on_scene: int

    @property
    def short(self) -> int:
        """What nobody has accepted yet."""
        return max(0, int(self.need["amount"] or 0) - self.committed)


def parse(store: Store, text: str) -> Asked:
    """Read a need. Raises InvalidValue for an unknown capability or unit, NoSuchRecord for an unknown item."""
    parsed = units.parse_condition(text)
    if parsed.op != ">=":
        raise InvalidValue(_("a need is written with >=: {text}").format(text=quoted(text)))
    if parsed.milli <= 0:
        raise InvalidValue(_("a need is more than nothing: {text}").format(text=quoted(text)))
    if parsed.name in ("people", "人员", "teams", "队伍"):
        what = "people" if parsed.name in ("people", "人员") else "teams"
        if parsed.milli % 1000:
            raise InvalidValue(_("not a whole number: {text}").format(text=quoted(text)))
        return Asked(what, parsed.milli, "")
    field = BY_NAME.get(parsed.name) or next(
        (f for f in CAPABILITIES if parsed.name in (f.zh, f.en.lower(), *f.aliases)), None
    )
    if field is not None:
        if isinstance(field.type, Integer):
            return Asked(field.name, parsed.milli, "")
        assert isinstance(field.type, Quantity)
        unit = field.type.unit
        return Asked(field.name, units.convert(parsed.milli, parsed.unit or unit, unit), unit)
    item = store.find("item", parsed.name)
    row = store.row("item", item)
    unit = str((row or {}).get("unit") or "")
    milli = units.convert(parsed.milli, parsed.unit, unit) if parsed.unit and unit else parsed.milli
    return Asked(item, milli, unit)


def board(store: Store, incident: str, without: Collection[str] = ()) -> list[Cover]:
    """Every need of an incident with what is asked, committed and on scene, some lines left out of it."""
    needs = store.rows(
        "SELECT * FROM need WHERE incident=? AND retired IS NULL ORDER BY length(id), id", (incident,)
    )
    return _shared([_cover(store.connection, need, without) for need in needs])


def asked_for(store: Store, incident: str) -> set[str]:
    """What the needs of an incident ask for."""
    rows = store.connection.execute(
        "SELECT DISTINCT what FROM need WHERE incident=? AND retired IS NULL", (incident,)
    )
    return {what for (what,) in rows}


def _shared(covers: list[Cover]) -> list[Cover]:
    """Two needs for one thing share what comes: the first stated is met first, the last has what is over."""
    out = []
    for i, cover in enumerate(covers):
        alike = [c for c in covers if c.need["what"] == cover.need["what"]]
        earlier = [c for c in covers[:i] if c.need["what"] == cover.need["what"]]
        before = sum(int(c.need["amount"] or 0) for c in earlier)
        last = cover is alike[-1]

        def left(figure: int, before: int = before, last: bool = last, cover: Cover = cover) -> int:
            over = max(0, figure - before)
            return over if last else min(over, int(cover.need["amount"] or 0))

        out.append(Cover(cover.need, left(cover.asked), left(cover.committed), left(cover.on_scene)))
    return out


def label(store: Store, what: str) -> str:
    """What a need asks for, in words."""
    if what == "people":
        return _("people")
    if what == "teams":
        return _("teams")
    if what in BY_NAME:
        # As people and teams are called: it stands in the midst of what is said, where no field begins.
        return BY_NAME[what].label.lower()
    row = store.row("item", what)
    return str(row["name"]) if row else what


def amount(milli: int, unit: str) -> str:
    """A need's figure with its unit."""
    return units.format_quantity(milli, unit).strip()


def brought(connection: sqlite3.Connection, what: str, line: str) -> int:
    """How much of a thing one line was asked to bring, in thousandths, whatever became of it."""
    asked, _answered = _figure(connection, what)
    row = connection.execute(
        f"SELECT {asked} FROM line l LEFT JOIN equipment e ON e.id = l.equipment LEFT JOIN team t ON t.id = l.team"
        " WHERE l.id=?",
        (line,),
    ).fetchone()
    return int(row[0] or 0) if row else 0


def _figure(connection: sqlite3.Connection, what: str) -> tuple[str, str]:
    """SQL for what one line brings of a thing, in thousandths: as asked, and as answered."""
    if what == "people":
        whole = "l.equipment IS NULL AND l.item IS NULL"
        form = (
            "CASE WHEN l.people IS NOT NULL THEN {people}"
            f" WHEN {whole} THEN coalesce({people_of('t.')}, 0) * 1000 ELSE 0 END"
        )
        return form.format(people="l.people * 1000"), form.format(
            people="coalesce(l.answered, l.people * 1000)"
        )
    if what == "teams":
        alone = "CASE WHEN l.equipment IS NULL AND l.item IS NULL AND l.people IS NULL THEN 1000 ELSE 0 END"
        return alone, alone
    if what in BY_NAME:
        thousand = 1000 if isinstance(BY_NAME[what].type, Integer) else 1
        figure = f'coalesce(e."{what}", 0) * {thousand}'
        return figure, figure
    marks = ", ".join("'" + kind.replace("'", "''") + "'" for kind in kinds_under(connection, what))
    form = f"CASE WHEN l.item IN ({marks}) THEN {{stock}} WHEN e.kind IN ({marks}) THEN 1000 ELSE 0 END"
    return form.format(stock="l.quantity"), form.format(stock="coalesce(l.answered, l.quantity)")


def _cover(connection: sqlite3.Connection, need: dict[str, Any], without: Collection[str]) -> Cover:
    asked, answered = _figure(connection, need["what"])
    out = ", ".join(f"'{s}'" for s in OUT_OF_SERVICE)
    # What broke down on the way, or on scene, brings nothing.
    sound = f"CASE WHEN e.serviceability IN ({out}) THEN 0 ELSE {{}} END"
    asked, answered = sound.format(asked), sound.format(answered)
    left_out = listed("?" * len(without))
    rows = connection.execute(
        f'SELECT l.state, sum({asked}), sum({answered}) FROM callup c JOIN line l ON l."order" = c.id'
        " LEFT JOIN equipment e ON e.id = l.equipment LEFT JOIN team t ON t.id = l.team"
        " WHERE c.incident = ? AND c.kind NOT IN ('standby', 'preposition')"
        f" AND l.id NOT IN ({left_out}) GROUP BY l.state",
        (need["incident"], *without),
    ).fetchall()

    def over(states: tuple[str, ...], place: int) -> int:
        return sum(int(row[place] or 0) for row in rows if row[0] in states)

    return Cover(need, over(ACTIVE, 1), over(COMMITTED, 2), over(("on_scene",), 2))


def stated(store: Store, incident: str, asked: Sequence[Asked], place: str | None) -> list[dict[str, Any]]:
    """The needs of an incident that ask for the same at the same place. Raises InvalidValue for one named twice."""
    names = [a.what for a in asked]
    for name in names:
        if names.count(name) > 1:
            raise InvalidValue(_("{name} is named twice").format(name=quoted(label(store, name))))
    marks = ", ".join("?" * len(names))
    return store.rows(
        f"SELECT * FROM need WHERE incident=? AND what IN ({marks}) AND coalesce(place, '')=? AND retired IS NULL"
        " ORDER BY length(id), id",
        (incident, *names, place or ""),
    )


def record_values(asked: Asked, incident: str, **more: Any) -> dict[str, Any]:
    """The fields of a need record."""
    assert "need" in RECORDS
    return {
        "incident": incident,
        "what": asked.what,
        "amount": asked.milli,
        "unit": asked.unit or None,
        **more,
    }


def wanting(store: Store) -> list[dict[str, Any]]:
    """The open incidents that state a need, as rows."""
    return store.rows(
        "SELECT * FROM incident WHERE retired IS NULL AND coalesce(state, '') != 'closed'"
        " AND id IN (SELECT incident FROM need WHERE retired IS NULL) ORDER BY length(id), id"
    )


def unmet(store: Store) -> list[dict[str, Any]]:
    """The open incidents with a need that orders would not meet if all of them were answered, as rows."""
    rows = wanting(store)
    return [row for row in rows if any(c.asked < int(c.need["amount"] or 0) for c in board(store, row["id"]))]
