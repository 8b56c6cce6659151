"""One call-up line in full: how it stands, what is due, whom to call next, and what happened so far."""

from __future__ import annotations

from typing import Any

from emergency.store import following, needs, times, wording
from emergency.store.board import moment
from emergency.store.errors import NoSuchRecord
from emergency.store.records import BY_NAME, RECORDS
from emergency.store.records.callup import KINDS
from emergency.store.records.steps import AGAIN, STATES
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.text import cells, fit, safe
from emergency.store.words import _, added, language, ngettext
from emergency.store.words import told as told_of
from emergency.tui.panel import Row, Target, heading
from emergency.tui.style import mark

#: The columns of the story take no more cells than these: the step, who, the channel.
_MOST = (14, 18, 15)


def _words(pair: tuple[str, str]) -> str:
    return pair[1 if language() == "zh" else 0]


def told(store: Store, line: str) -> tuple[str, tuple[Row, ...]]:
    """(title, rows) of a line. Raises NoSuchRecord."""
    order = line.split("/")[0]
    row = next((r for r in following.follow(store, order=order) if r["id"] == line), None)
    if row is None:
        raise NoSuchRecord(_("no {record} {id}").format(record=RECORDS["line"].label, id=line))
    now = moment(store)
    whole = store.row("callup", order) or {}
    rows = [*_standing(row, now), *_about(store, row, whole)]
    rows += [*_ladder(store, row, now), *_story(store, line, now)]
    title = f"{RECORDS['line'].label} {line}  {_words(STATES[row['state'] or 'draft'])}"
    return drilled(row, title), tuple(rows)


def _standing(row: dict[str, Any], now: int) -> list[Row]:
    """What is late, what asks for a person, and what is due next."""
    rows = []
    due = row["due"]
    if row["overdue"]:
        late = _("{age} late").format(age=times.format_age(now - due)) if due else ""
        since = "" if due is None else _("due was {time}").format(time=times.format_short(due, now))
        rows.append(
            Row((mark("late"), _words(following.OVERDUE_WORDS[row["overdue"]]), added(late, since)), "late")
        )
    elif due is not None:
        left = times.format_age(due - now)
        what = _("{time}, in {age}; overdue after that").format(time=times.format_short(due, now), age=left)
        rows.append(Row(("", _due_words(row["state"]), what)))
    rows += [Row((mark("ask"), wording.asking(f), ""), "ask") for f in (row["flags"] or "").split()]
    return rows


def _due_words(state: str) -> str:
    if state == "issued":
        return _("Answer due")
    return _("End due") if state in ("on_scene", "released") else _("Arrival due")


def _about(store: Store, row: dict[str, Any], order: dict[str, Any]) -> list[Row]:
    """Whom and what it calls, for what, where to, by whose word."""
    out = []

    def say(kind: str, name: str, text: object, target: Target | None = None) -> None:
        if text not in (None, ""):
            out.append(Row(("", BY_NAME[kind][name].label, str(text)), "", target))

    if row["team"]:
        say("line", "team", f"{row['team']} {row['team_name'] or ''}", Target("team", row["team"]))
    if row["equipment"]:
        say(
            "line",
            "equipment",
            f"{row['equipment']} {row['equipment_name'] or ''}",
            Target("equipment", row["equipment"]),
        )
    if row["item"]:
        amount = needs.amount(row["quantity"] or 0, row["item_unit"] or "")
        say("line", "item", f"{row['item_name'] or row['item']} {amount}")
        say("line", "depot", row["depot"])
    if row["people"] is not None:
        say("line", "people", row["people"])
    if row["answered"] is not None:
        say("line", "answered", needs.amount(row["answered"], row["item_unit"] or ""))
    if row["incident"]:
        incident = store.row("incident", row["incident"]) or {}
        say(
            "callup",
            "incident",
            f"{row['incident']} {incident.get('title') or ''}",
            Target("incident", row["incident"]),
        )
    for name in ("report_to", "by", "until", "approver", "basis", "note", "override", "ref"):
        value = order.get(name)
        say("callup", name, BY_NAME["callup"][name].type.show(value) if value is not None else None)
    if order.get("kind") and order["kind"] != "callup":
        say("callup", "kind", _words(KINDS.get(order["kind"], (order["kind"],) * 2)))
    if row["from_line"]:
        say("line", "from_line", row["from_line"], Target("line", row["from_line"]))
    others = [r["id"] for r in following.follow(store, order=row["order"]) if r["id"] != row["id"]]
    if others:
        more = ngettext("{n} other line of the order", "{n} other lines of the order", len(others))
        out.append(Row(("", more.format(n=len(others)), " ".join(others)), "", Target("line", others[0])))
    return out


def next_rung(store: Store, line: str) -> str:
    """The channel to try next to reach the team of a line; "" where none is left, or nothing is waited for."""
    row = store.row("line", line)
    rungs = following.ladder(store, row) if row else []
    return next((str(rung["channel"]) for rung in rungs if rung["next"]), "")


def _ladder(store: Store, row: dict[str, Any], now: int) -> list[Row]:
    rungs = following.ladder(store, row)
    if not rungs:
        return []
    team = store.row("team", row["team"]) or {}
    tries: dict[str, int] = {}
    for step in following.story(store, row["id"]):
        if step["step"] == "contact" and step["channel"]:
            tries[step["channel"]] = step["at"]
    rows = [
        heading(
            told_of(_("How to reach them"), team["commander"])
            if team.get("commander")
            else _("How to reach them")
        )
    ]
    for rung in rungs:
        field = BY_NAME["team"][rung["channel"]]
        words = ""
        if rung["channel"] in tries:
            words = _("tried {time}").format(time=times.format_short(tries[rung["channel"]], now))
        elif rung["next"]:
            words = _("call this next; c notes it")
        sign = ">" if rung["next"] else mark("bad") if rung["tried"] else ""
        tone = "ask" if rung["next"] else "dim" if rung["tried"] else ""
        rows.append(Row((sign, field.label, f"{rung['number']}  {words}".rstrip()), tone))
    return rows


def _padded(text: str, width: int) -> str:
    shown = fit(safe(text), width)
    return shown + " " * (width - cells(shown))


def _story(store: Store, line: str, now: int) -> list[Row]:
    """Every step: when it happened, what, who, by which channel, when it was recorded, and what was said."""
    steps = following.story(store, line)
    parts = [
        (wording.step(step["step"]), step["who"], following.channel_words(step["channel"] or ""))
        for step in steps
    ]
    headed = (_("step"), _("who"), _("channel"))
    widths = [
        min(most, max(cells(safe(text)) for text in column))
        for most, *column in zip(_MOST, headed, *parts, strict=True)
    ]
    head = [_padded(text, width) for text, width in zip(headed, widths, strict=True)]
    rows = [Row(("", _("What happened"), " ".join([*head, _("recorded")])), "head")]
    for step, part in zip(steps, parts, strict=True):
        told = [_padded(text, width) for text, width in zip(part, widths, strict=True)]
        apart = step["recorded"] - step["at"] >= times.MINUTE
        told.append(_padded(times.format_short(step["recorded"], now) if apart else "", 11))
        told += filter(None, (wording.kept(step["data"]), step["note"]))
        if step["inert"] == AGAIN:
            told.append(_("said again"))
        elif step["inert"]:
            told.append(_("without effect: {why}").format(why=step["inert"]))
        tone = "ask" if step["inert"] not in (None, AGAIN) else ""
        when = times.format_short(step["at"], now)
        rows.append(Row((mark(tone) if tone else "", when, " ".join(told).rstrip()), tone))
    return rows
