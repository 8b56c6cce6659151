"""Following orders: what is overdue, the story of a line, and the order's own state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emergency.store import conditions, times
from emergency.store.filters import Term
from emergency.store.records import BY_NAME
from emergency.store.records.steps import ACTIVE, ENDED, STATES
from emergency.store.records.team import LADDER
from emergency.store.store import Store
from emergency.store.words import language, listed


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
        " e.name AS equipment_name, l.item, i.name AS item_name, i.unit AS item_unit, l.depot, d.name AS depot_name, l.quantity, l.people, l.state, l.since, l.answered, l.flags, l.from_line,"
        " c.report_to, c.by, c.ack_by, c.until AS order_until, l.until AS line_until, c.issued_at, c.ref, c.note,"
        " coalesce(c.sample, t.sample, e.sample, '') AS sample,"
        " l.area, a.name AS area_name, coalesce('yes' IN (l.exercise, c.exercise, x.exercise), 0) AS exercise"
        ' FROM line l LEFT JOIN callup c ON c.id = l."order" LEFT JOIN team t ON t.id = l.team'
        " LEFT JOIN equipment e ON e.id = l.equipment LEFT JOIN item i ON i.id = l.item"
        " LEFT JOIN depot d ON d.id = l.depot"
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
    from emergency.store import decisions

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


#: How word comes besides the rungs of the contact ladder, in English and Chinese.
_WAYS: Mapping[str, tuple[str, str]] = {
    "phone": ("phone", "电话"), "sms": ("text message", "短信"), "fax": ("fax", "传真"),
    "paper": ("paper", "书面"), "http": ("network", "网络"),
}  # fmt: skip


def channels() -> Mapping[str, tuple[str, str]]:
    """The ways that have a name, each with its words: the contact ladder first."""
    fields = BY_NAME["team"]
    return {**{code: (fields[code].en, fields[code].zh) for code in LADDER}, **_WAYS}


def channel_words(code: str) -> str:
    """A way as it is shown; what has no name as it was typed."""
    words = channels().get(code)
    return words[1 if language() == "zh" else 0] if words else code


def channels_typed(codes: Iterable[str]) -> str:
    """Ways as they are typed; in Chinese each with its word, which is taken as well."""
    words = channels()
    return listed(f"{code} {words[code][1]}" if language() == "zh" else code for code in codes)


def channel_code(text: str) -> str:
    """The way that a word names in either language; any other channel as it was typed."""
    asked = text.strip().casefold()
    for code, words in channels().items():
        if asked in {word.casefold() for word in (code, *words)}:
            return code
    return text


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
