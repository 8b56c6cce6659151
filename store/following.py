"""Following orders: the steps of their lines, what is overdue, and the order's own state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store import bookings, conditions, decisions, times, units
from emergency.store.errors import IllegalStep, InvalidValue, NoSuchRecord, Refused
from emergency.store.filters import Term
from emergency.store.precedence import of_a_drill
from emergency.store.records.steps import ACTIVE, ENDED, STATES, STEPS, legal_from
from emergency.store.records.team import LADDER
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, language
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


def take(writer: Writer, text: str, step: str, at: int, **data: Any) -> list[Moved]:
    """Take a step with every line named that can take it.

    Raises IllegalStep, naming the legal ones, when none can, or the one named cannot.
    """
    rows = lines_of(writer, text)
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
        hint=_("it can: {legal}").format(legal=", ".join(legal))
        if legal
        else _("nothing more can happen to it"),
    )


def order_state(states: list[str]) -> str:
    """An order stands where the line stands that is furthest behind; closed when all have ended."""
    going = [s for s in states if s not in ENDED]
    if going:
        return min(going, key=list(STATES).index)
    if not states:
        return "draft"
    return "closed" if "closed" in states else max(states, key=list(STATES).index)


def overdue(row: dict[str, Any], now: int) -> str:
    """Why a line is late: `answer`, `arrival`, `return`, or "" (row F5).

    `row` joins the line with its order: state, ack_by, by, and the later of both `until`s.
    """
    if row["state"] == "issued" and row["ack_by"] is not None and now > row["ack_by"]:
        return "answer"
    if (
        row["state"] in ACTIVE
        and row["state"] not in ("on_scene", "released")
        and row["by"]
        and now > row["by"]
    ):
        return "arrival"
    until = row["line_until"] or row["order_until"]
    if row["state"] in ("on_scene", "released") and until and now > until:
        return "return"
    return ""


OVERDUE_WORDS = {
    "answer": ("no answer", "逾期未应答"),
    "arrival": ("not arrived", "逾期未到位"),
    "return": ("not returned", "逾期未归还"),
}


def follow(
    store: Store, *, incident: str = "", order: str = "", open_only: bool = False, terms: Sequence[Term] = ()
) -> list[dict[str, Any]]:
    """Every line with its order, the overdue ones first, then by what is due next.

    Raises InvalidValue and NoSuchRecord for terms that cannot be.
    """
    where, values = ["1"], []
    if terms:
        sql, more = conditions.all_of(store, "line", terms)
        where.append(f"l.id IN (SELECT line.id FROM line WHERE {sql})")
        values += more
    if incident:
        where.append("c.incident = ?")
        values.append(incident)
    if order:
        where.append("c.id = ?")
        values.append(order)
    if open_only:
        ended = ", ".join(f"'{s}'" for s in ENDED)
        where.append(f"l.state NOT IN ({ended})")
    rows = store.rows(
        'SELECT l.id, l."order", c.incident, c.kind, l.team, t.name AS team_name, l.equipment,'
        " e.name AS equipment_name, l.item, i.name AS item_name, i.unit AS item_unit, l.depot, l.quantity, l.people, l.state, l.since, l.answered, l.flags, l.from_line,"
        " c.report_to, c.by, c.ack_by, c.until AS order_until, l.until AS line_until, c.issued_at, c.ref, c.note,"
        " coalesce(c.sample, t.sample, e.sample, '') AS sample,"
        " l.area, a.name AS area_name, coalesce('yes' IN (l.exercise, c.exercise, x.exercise), 0) AS exercise"
        ' FROM line l LEFT JOIN callup c ON c.id = l."order" LEFT JOIN team t ON t.id = l.team'
        " LEFT JOIN equipment e ON e.id = l.equipment LEFT JOIN item i ON i.id = l.item"
        " LEFT JOIN incident x ON x.id = c.incident LEFT JOIN area a ON a.id = l.area"
        f" WHERE {' AND '.join(where)}",
        values,
    )
    now = times.now()
    for row in rows:
        row["overdue"] = overdue(row, now)
        row["due"] = due(row)
    return sorted(rows, key=urgency)


def urgency(row: dict[str, Any]) -> tuple[int, int, int, str]:
    """By this followed lines are sorted."""
    place = 0 if row["overdue"] else 2 if row["state"] in ENDED else 1
    return place, row["due"] or 1 << 62, len(row["id"]), row["id"]


def due(row: dict[str, Any]) -> int | None:
    """The moment at which a line is late unless its next step has come: the answer, the arrival, the end."""
    if row["state"] in ENDED or row["state"] == "draft":
        return None
    if row["state"] in ("on_scene", "released"):
        return row["line_until"] or row["order_until"] or None
    moments = [row["by"], row["ack_by"] if row["state"] == "issued" else None]
    return min((int(m) for m in moments if m), default=None)


def unheard(store: Store, order: str) -> list[str]:
    """Lines of an order that steps have come of, and not yet the order itself: its cancel came first (CASES 8)."""
    rows = store.connection.execute(
        "SELECT DISTINCT s.line FROM step s LEFT JOIN line l ON l.id = s.line"
        " WHERE s.line > ?1 || '/' AND s.line < ?1 || '0' AND l.id IS NULL ORDER BY length(s.line), s.line",
        (order,),
    )
    return [line for (line,) in rows]


def story(store: Store, line: str) -> list[dict[str, Any]]:
    """Every step of a line: who, when it happened, when it was recorded, by which channel (row F1).

    A settlement of its claim stands among them as the step `settle`.
    """
    rows = store.rows(
        "SELECT s.mark, s.name, s.at, s.data, s.inert, e.wall, e.header FROM step s"
        " JOIN entry e ON e.n = s.mark / 1024 WHERE s.line=? ORDER BY s.at, s.mark",
        (line,),
    )
    out = []
    for row in rows:
        data = json.loads(row["data"]) if row["data"] else {}
        out.append(
            {
                "step": row["name"],
                "at": row["at"],
                "recorded": row["wall"],
                "who": json.loads(row["header"])["who"],
                "channel": data.get("channel"),
                "note": data.get("note"),
                "data": {k: v for k, v in data.items() if k not in ("at", "channel", "note")},
                "inert": row["inert"],
            }
        )
    decided = _settlements(store, line)
    return sorted(out + decided, key=lambda step: int(step["at"])) if decided else out


def _settlements(store: Store, line: str) -> list[dict[str, Any]]:
    """The decisions of persons that named a line, as steps of it."""
    return [
        {
            "step": "settle",
            "at": decision.at,
            "recorded": decision.recorded,
            "who": decision.who,
            "channel": None,
            "note": decision.why or None,
            "data": {"kept": decision.kept or None, "lost": list(decision.lost)},
            "inert": None,
        }
        for decision in reversed(decisions.decisions(store.connection, line))
    ]


def replaced_by(steps: list[dict[str, Any]]) -> str | None:
    """The order that took a line's place, of its story."""
    for step in steps:
        if step["step"] in ("supersede", "reassign") and not step["inert"] and step["data"].get("by"):
            return str(step["data"]["by"])
    return None


def ladder(store: Store, line: dict[str, Any]) -> list[dict[str, Any]]:
    """The contact ladder of a line's team: each rung, whether tried, and which comes next (row A10)."""
    team = store.row("team", line["team"]) if line["team"] else None
    if team is None:
        return []
    tried = {s["channel"] for s in story(store, line["id"]) if s["step"] == "contact" and s["channel"]}
    rungs = [{"channel": c, "number": team[c], "tried": c in tried, "next": False} for c in LADDER if team[c]]
    untried = [rung for rung in rungs if not rung["tried"]]
    if untried and line["state"] == "issued":
        untried[0]["next"] = True
    return rungs
