"""The gate of a site (ICS 211, row I2): what was scanned or typed there, and what it puts on record.

A tag, a plate, an order or line, a short code, or a team's name. What was ordered here becomes on scene,
by the steps that are still lacking; what was not is said, and put on record only where somebody asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import claims, lookup, ordercode, stepping
from emergency.store.asks import Ask
from emergency.store.errors import Contested, InvalidValue, NoSuchRecord, Refused
from emergency.store.orders import Desk
from emergency.store.records.steps import ACTIVE, STATES, STEPS
from emergency.store.text import safe
from emergency.store.words import _, language

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: The steps that lead to a line being on scene, in their order.
_WAY = ("accept", "depart", "arrive")
#: How word of an arrival comes from a gate.
CHANNEL = "gate"
#: A short code is longer than any tag.
_CODE = 20


class Meant(NamedTuple):
    """What a text means at a gate."""

    #: `order`, `equipment` or `team`.
    kind: str
    id: str
    name: str
    #: The lines it stands for that are for this incident, and those for another one.
    here: tuple[dict[str, Any], ...]
    elsewhere: tuple[dict[str, Any], ...]


class Arrival(NamedTuple):
    """What came of it: `arrived`, `already` (it was here), or `noted` (nobody had ordered it here)."""

    result: str
    kind: str
    id: str
    name: str
    #: The lines that are on scene now.
    lines: tuple[str, ...]
    said: str


def meant(writer: Writer, incident: str, text: str) -> Meant:
    """What a text stands for. Raises NoSuchRecord, which names what is near."""
    found = _order(writer, text.strip())
    if found:
        kind, id_, name, rows = "order", found[0]["order"], "", found
    else:
        kind, id_, name = _thing(writer, text)
        column = "equipment" if kind == "equipment" else "team"
        alone = "" if kind == "equipment" else " AND equipment IS NULL AND item IS NULL"
        rows = _rows(writer, f"{column} = ?{alone} AND state IN ({_ACTIVE})", [id_])
        if kind == "equipment":
            rows += _rows_of_claims(writer, id_, {row["id"] for row in rows})
    for row in rows:
        row["incident"] = writer.connection.execute(
            "SELECT incident FROM callup WHERE id=?", (row["order"],)
        ).fetchone()[0]
    here = tuple(row for row in rows if row["incident"] == incident)
    return Meant(kind, id_, name, here, tuple(row for row in rows if row["incident"] != incident))


_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)


def _rows(writer: Writer, where: str, values: list[str]) -> list[dict[str, Any]]:
    cursor = writer.connection.execute(f"SELECT * FROM line WHERE {where} ORDER BY length(id), id", values)
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _rows_of_claims(writer: Writer, tag: str, but: set[str]) -> list[dict[str, Any]]:
    """The lines that claim an item under another tag of it."""
    names = claims.also_called(writer.connection, claims.thing("equipment", tag))
    lines = [c.line for name in names for c in claims.live(writer.connection, name) if c.line not in but]
    return [row for line in lines for row in _rows(writer, "id = ?", [line])]


def _order(writer: Writer, text: str) -> list[dict[str, Any]]:
    """The lines of an order that is named by its number, its reference or its short code; []."""
    if len(text) >= _CODE:
        try:
            return _rows(writer, '"order" = ?', [ordercode.decode(text).id])
        except InvalidValue:
            pass
    try:
        return stepping.lines_of(writer, text)
    except NoSuchRecord:
        return []


def _thing(writer: Writer, text: str) -> tuple[str, str, str]:
    """(kind, id, name) of the item or team that a text names. Raises NoSuchRecord."""
    wrong: NoSuchRecord | None = None
    for kind in ("equipment", "team"):
        try:
            id_ = lookup.find(writer.connection, kind, text)
        except NoSuchRecord as error:
            # One that names several is of more use than one that knows none.
            wrong = error if wrong is None or error.hint == _("give the id") else wrong
            continue
        if kind == "equipment":
            id_ = claims.canonical(writer.connection, claims.thing(kind, id_)).partition(":")[2]
        return kind, id_, str(writer.require(kind, id_)["name"] or "")
    assert wrong is not None
    if wrong.hint == _("give the id"):
        raise wrong
    raise NoSuchRecord(
        _("{text} is in no register: no tag, plate, order or team is called so").format(
            text=safe(text.strip())
        ),
        hint=wrong.hint if "?" in wrong.hint or "？" in wrong.hint else _("--anyway writes it into the log"),
    )


def arrive(writer: Writer, incident: str, text: str, at: int, *, place: str | None = None) -> Arrival:
    """Put on record that what was ordered here has come.

    Raises NoSuchRecord for what is in no register, and Refused for what nobody ordered here.
    """
    found = meant(writer, incident, text)
    coming = [row for row in found.here if _lacking(row["state"])]
    if not coming:
        if any(row["state"] == "on_scene" for row in found.here):
            lines = tuple(row["id"] for row in found.here if row["state"] == "on_scene")
            said = _("{id} was here already: {lines}").format(id=found.id, lines=" ".join(lines))
            return Arrival("already", found.kind, found.id, found.name, lines, said)
        raise _not_ordered(found, incident)
    for row in coming:
        for step in _lacking(row["state"]):
            stepping.take(
                writer, row["id"], step, at, channel=CHANNEL, place=place if step == "arrive" else None
            )
            writer.flush()
    lines = tuple(row["id"] for row in coming)
    said = _("{id} has arrived: {lines}").format(id=found.id, lines=" ".join(lines))
    return Arrival("arrived", found.kind, found.id, found.name, lines, said)


def _lacking(state: str) -> tuple[str, ...]:
    """The steps from a state to being on scene; none where it is there, or cannot come any more."""
    for n, step in enumerate(_WAY):
        if state in STEPS[step].sources:
            # What has been accepted in part is not accepted whole by driving through a gate.
            return _WAY[1:] if state == "partial" else _WAY[n:]
    return ()


def _not_ordered(found: Meant, incident: str) -> Contested | Refused:
    words = f"{found.id} {safe(found.name)}".strip()
    hint = _("--anyway puts it on record")
    if found.elsewhere:
        row = found.elsewhere[0]
        return Contested(
            _("{what} is ordered to {other}, by {line}, not to {incident}").format(
                what=words, other=row["incident"] or "-", line=row["id"], incident=incident
            ),
            hint=hint,
        )
    if found.here:
        row = found.here[0]
        state = STATES[row["state"]][1 if language() == "zh" else 0]
        return Refused(
            _("{line} is {state}: it is not expected any more").format(line=row["id"], state=state), hint=hint
        )
    return Refused(
        _("{what}: nobody ordered it to {incident}").format(what=words, incident=incident), hint=hint
    )


def note(writer: Writer, incident: str, text: str, at: int, *, place: str | None = None) -> Arrival:
    """Put on record what came though nobody ordered it here; what is in no register goes into the log.

    Raises what refuses it: a team that is called up elsewhere cannot be counted here too.
    """
    try:
        return arrive(writer, incident, text, at, place=place)
    except NoSuchRecord as error:
        if error.hint == _("give the id"):
            raise
        words = _("arrived, in no register: {text}").format(text=text.strip())
        writer.log("incident", incident, words, at)
        return Arrival(
            "noted",
            "",
            text.strip(),
            "",
            (),
            _("written into the log: {text}").format(text=safe(text.strip())),
        )
    except (Contested, Refused):
        pass
    found = meant(writer, incident, text)
    if found.elsewhere and found.kind == "equipment":
        seen(writer, found.id, incident, at, place)
        said = _("{id} is here, though ordered elsewhere: a person decides").format(id=found.id)
        return Arrival("noted", found.kind, found.id, found.name, (), said)
    if found.kind == "order":
        raise _not_ordered(found, incident)
    ask = Ask(
        incident=incident,
        team=found.id if found.kind == "team" else "",
        equipment=(found.id,) if found.kind == "equipment" else (),
        report_to=place or "",
        note="unrequested arrival 未经请求到场",
    )
    return _unrequested(writer, found, ask, at)


def _unrequested(writer: Writer, found: Meant, ask: Ask, at: int) -> Arrival:
    given = unrequested(writer, ask, at)
    said = _("{id} is on scene, unrequested").format(id=given[0])
    return Arrival("noted", found.kind, found.id, found.name, given[1:], said)


def unrequested(writer: Writer, ask: Ask, at: int) -> tuple[str, ...]:
    """An order after the fact, its lines on scene from the start (row F8): (order, its lines)."""
    given = Desk(writer).issue(ask, at)
    writer.flush()
    for step in _WAY:
        stepping.take(writer, given.id, step, at, channel="on-scene")
        writer.flush()
    return (given.id, *given.lines)


def seen(writer: Writer, tag: str, incident: str, at: int, place: str | None) -> None:
    """An item stands at an incident, expected or not: custody is a fact and wins (CASES 6)."""
    writer.set("equipment", tag, {"custody": "at_incident", "custodian": incident})
    for claim in claims.live(writer.connection, claims.thing("equipment", tag)):
        line = writer.require("line", claim.line)
        if writer.require("callup", line["order"])["incident"] != incident:
            writer.step(claim.line, "sighted", at=at, incident=incident, place=place)
        elif line["state"] == "en_route":
            writer.step(claim.line, "arrive", at=at, place=place)
