"""Taking the steps of call-up lines: what may be taken from where it stands, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import bookings, times, units
from emergency.store.errors import IllegalStep, InvalidValue, NoSuchRecord, Refused
from emergency.store.precedence import of_a_drill
from emergency.store.records.steps import STATES, STEPS, legal_from
from emergency.store.text import safe
from emergency.store.words import _, language, listed

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: What a step of a line does to the custody of the equipment it names.
CUSTODY_AFTER = {
    "depart": "in_transit",
    "arrive": "at_incident",
    "mistaken": "in_transit",
    "release": "in_transit",
    "return": "home",
}


class Moved(NamedTuple):
    """A line that took a step."""

    line: str
    before: str
    after: str
    #: What the person should know of it.
    note: str = ""
    #: Whether it is a line of a drill.
    exercise: bool = False


def lines_of(writer: Writer, text: str) -> list[dict[str, Any]]:
    """The lines that `FT-12` or `FT-12/1` names. Raises NoSuchRecord."""
    wanted = text.strip().upper()
    column = "id" if "/" in wanted else '"order"'
    cursor = writer.connection.execute(
        f"SELECT * FROM line WHERE {column}=? ORDER BY length(id), id", (wanted,)
    )
    names = [d[0] for d in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    if not rows:
        order = writer.connection.execute("SELECT id FROM callup WHERE ref=?", (text.strip(),)).fetchone()
        if order and order[0] != wanted:
            return lines_of(writer, str(order[0]))
        raise NoSuchRecord(
            _("no order or line {id}").format(id=safe(text)), hint=_("emergency callup list shows them")
        )
    return rows


def of_incident(writer: Writer, incident: str, step: str, *, whole: bool = False) -> list[str]:
    """The lines of an incident that can take a step, or the `whole` orders of them. Raises IllegalStep where none can."""
    marks = ",".join("?" * len(STEPS[step].sources))
    rows = writer.connection.execute(
        'SELECT l.id, c.id FROM line l JOIN callup c ON c.id = l."order"'
        f" WHERE c.incident=? AND l.state IN ({marks}) AND l.retired IS NULL"
        " ORDER BY length(c.id), c.id, length(l.id), l.id",
        (incident, *STEPS[step].sources),
    ).fetchall()
    if not rows:
        said = STEPS[step].zh if language() == "zh" else STEPS[step].en
        raise IllegalStep(
            _("no order of {incident} can take the step {step}").format(incident=incident, step=said),
            hint=f"emergency callup list --incident {incident}",
        )
    return list(dict.fromkeys(str(order if whole else line) for line, order in rows))


def take_all(writer: Writer, texts: Iterable[str], step: str, at: int, **data: Any) -> list[Moved]:
    """Take a step with what each of them names; a line that several name takes it once."""
    out: list[Moved] = []
    seen: set[str] = set()
    for text in texts:
        rows = [row for row in lines_of(writer, text) if row["id"] not in seen]
        seen |= {row["id"] for row in rows}
        out += _taken(writer, text, rows, step, at, data) if rows else []
    return out


def take(writer: Writer, text: str, step: str, at: int, **data: Any) -> list[Moved]:
    """Take a step with every line named that can take it.

    Raises IllegalStep, naming the legal ones, when none can, or the one named cannot.
    """
    return _taken(writer, text, lines_of(writer, text), step, at, data)


def _taken(
    writer: Writer, text: str, rows: list[dict[str, Any]], step: str, at: int, data: dict[str, Any]
) -> list[Moved]:
    able = [r for r in rows if r["state"] in STEPS[step].sources]
    if not able:
        raise illegal(rows, step)
    if (step == "partial" or data.get("received") is not None or data.get("damaged")) and len(able) > 1:
        raise InvalidValue(
            _("{order} has several lines: name one, as {line}").format(order=safe(text), line=able[0]["id"])
        )
    if step == "partial":
        for row in able:
            _check_part(row, data.get("quantity"))
    if step == "extend" and data.get("until") is None:
        raise InvalidValue(_("until when? give --until"))
    if step == "mistaken":
        for row in able:
            if row["reserve"] and bookings.delivered(writer, row["id"]):
                raise Refused(_("{line}: its stock is booked at the depot already").format(line=row["id"]))
    if step == "return":
        bookings.check_back(writer, able, data.get("quantity"))
    moved = []
    for row in able:
        if row["since"] and at < row["since"] - times.DAY * 365:
            raise InvalidValue(_("that is more than a year before the step before it"))
        told = _fitting(writer, row, step, data)
        reserve, quantity = bookings.booked(writer, row, step, told)
        if reserve:
            told["reserve"] = reserve
        writer.step(row["id"], step, at=at, **told)
        if reserve and quantity:
            bookings.book(writer, row, step, reserve, quantity, at, told)
        _consequences(writer, row, step)
        after = STEPS[step].target or row["state"]
        drill = of_a_drill(writer.connection, row["id"])
        moved.append(Moved(row["id"], row["state"], after, _earlier(row, at), drill))
    return moved


def _earlier(row: dict[str, Any], at: int) -> str:
    """A note where a step is said to have happened before the one it follows."""
    if not row["since"] or at >= row["since"]:
        return ""
    return _("{line}: that lies before its last step, {time}").format(
        line=row["id"], time=times.format_time(row["since"])
    )


def _check_part(row: dict[str, Any], part: int | None) -> None:
    """Part of a line is more than nothing and less than all; one item, or a whole team, has no parts."""
    whole = row["quantity"] if row["item"] else None if row["people"] is None else row["people"] * 1000
    if whole is None:
        raise InvalidValue(
            _("{line} cannot be accepted in part").format(line=row["id"]), hint=_("accept it, or decline it")
        )
    if part is None or not 0 < part <= whole:
        raise InvalidValue(
            _("a part of {line} is more than 0 and at most {whole}").format(
                line=row["id"], whole=units.format_quantity(whole, "")
            )
        )
    if row["item"] is None and part % 1000:
        raise InvalidValue(_("people are whole"))


def _fitting(writer: Writer, row: dict[str, Any], step: str, data: dict[str, Any]) -> dict[str, Any]:
    """The data of a step; an arrival anywhere but where the order says is marked (CASES 6)."""
    out = {k: v for k, v in data.items() if v is not None}
    if step == "arrive" and out.get("place"):
        told = writer.require("callup", row["order"])["report_to"]
        if told and told.strip().casefold() != str(out["place"]).strip().casefold():
            out["elsewhere"] = 1
    return out


def _consequences(writer: Writer, row: dict[str, Any], step: str) -> None:
    """What a step states besides itself and the stock: where the equipment is."""
    if row["equipment"] and step in CUSTODY_AFTER:
        writer.set("equipment", row["equipment"], {"custody": CUSTODY_AFTER[step], "custodian": row["order"]})


def illegal(rows: list[dict[str, Any]], step: str) -> IllegalStep:
    """What is wrong with the step, and the legal ones."""
    shown = rows[0]
    words = STATES[shown["state"]][1 if language() == "zh" else 0]
    # What was seen elsewhere is told by equipment check-in, not by a verb of the order.
    legal = [s for s in legal_from(shown["state"]) if s != "sighted"]
    return IllegalStep(
        _("{line} is {state}: it cannot {step}").format(line=shown["id"], state=words, step=step),
        hint=_("it can: {legal}").format(legal=listed(legal))
        if legal
        else _("nothing more can happen to it"),
    )
