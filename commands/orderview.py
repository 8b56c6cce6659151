"""Orders and their lines as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from emergency.commands.output import Column
from emergency.store import delivered, following, needs, times, units, wording
from emergency.store.records import BY_NAME
from emergency.store.records.callup import KINDS
from emergency.store.records.steps import AGAIN
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, language, listed, told


def _tongue(words: tuple[str, str]) -> str:
    return words[1 if language() == "zh" else 0]


def overdue_words(why: str) -> str:
    """Why a line is late, in words."""
    return _tongue(following.OVERDUE_WORDS[why]) if why else ""


def line_what(row: Mapping[str, Any]) -> str:
    """What a line calls up, in words."""
    parts = []
    if row["equipment"]:
        parts.append(f"{safe(row['equipment'])} {safe(row['equipment_name'] or '')}".strip())
    if row["item"]:
        amount = needs.amount(row["quantity"] or 0, row["item_unit"] or "")
        parts.append(f"{safe(row['item_name'] or row['item'])} {safe(amount)}")
    if row["people"] is not None:
        parts.append(_("{count} people").format(count=row["people"]))
    if row["answered"] is not None and (row["item"] or row["people"] is not None):
        part = units.format_quantity(row["answered"], "").strip()
        parts.append(_("{count} accepted").format(count=part))
    return listed(parts) or _("whole team")


def line_team(row: Mapping[str, Any]) -> str:
    """The team of a line, or the depot; samples are marked."""
    mark = " *" if row["sample"] else ""
    return safe(row["team_name"] or row["team"] or row["depot_name"] or row["depot"] or "") + mark


def line_place(row: Mapping[str, Any]) -> str:
    """Where a line reports, its area first."""
    return " / ".join(filter(None, (row["area_name"] or row["area"], row["report_to"])))


LINE_COLUMNS = (
    Column("id", _("Line"), lambda r: safe(r["id"])),
    Column("incident", _("Incident"), lambda r: safe(drilled(r, r["incident"] or ""))),
    Column("team", _("Team"), line_team),
    Column("what", _("What"), line_what),
    Column("state", _("State"), lambda r: wording.state_words(r["state"])),
    Column("by", _("By"), lambda r: times.format_short(r["by"], times.now()) if r["by"] else ""),
    Column("overdue", _("Overdue"), lambda r: f"! {overdue_words(r['overdue'])}" if r["overdue"] else ""),
    Column("report_to", _("Report to"), lambda r: safe(line_place(r))),
)


def plain_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A followed line as JSON."""
    out = dict(row)
    for name in ("since", "by", "ack_by", "due", "issued_at", "order_until", "line_until"):
        out[name] = None if row[name] is None else times.format_time(row[name])
    for name in ("quantity", "answered"):
        out[name] = None if row[name] is None else row[name] / 1000
    out["flags"] = (row["flags"] or "").split()
    out["overdue"] = row["overdue"] or None
    out["exercise"] = bool(row["exercise"])
    return out


def plain_step(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step of a line as JSON."""
    data = dict(step["data"])
    if type(data.get("until")) is int:
        data["until"] = times.format_time(data["until"])
    return {
        **step,
        "data": data,
        "at": times.format_time(step["at"]),
        "recorded": times.format_time(step["recorded"]),
    }


def plain_deliveries(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The deliveries of an order as JSON."""
    return [{**d, **{name: times.format_time(d[name]) for name in ("at", "recorded")}} for d in found]


def print_order(store: Store, row: dict[str, Any], state: str, followed: list[dict[str, Any]]) -> None:
    """One order for a person: its head, its lines, and every step of each."""
    kind = _tongue(KINDS[row["kind"]]) if row["kind"] in KINDS else "?"
    drill = {"exercise": any(r["exercise"] for r in followed) or row["exercise"] == "yes"}
    click.echo(drilled(drill, f"{safe(row['id'])}  {kind}  {wording.state_words(state)}"))
    for label, text in (
        (_("Incident"), row["incident"]),
        (_("Report to"), row["report_to"]),
        (_("By"), times.format_short(row["by"], times.now()) if row["by"] else None),
        (_("Until"), times.format_short(row["until"], times.now()) if row["until"] else None),
        (_("Legal basis"), row["basis"]),
        (_("Approved by"), row["approver"]),
        (_("Reference"), row["ref"]),
        (_("Note"), row["note"]),
    ):
        if text:
            click.echo("  " + told(label, safe(str(text))))
    for number, delivery in enumerate(delivered.deliveries(store, row["id"]), 1):
        _print_delivery(number, delivery)
    for line in followed:
        _print_line(store, line)


def _print_delivery(number: int, delivery: dict[str, Any]) -> None:
    when = times.format_time(delivery["at"])[:16].replace("T", " ")
    parts = [when, safe(following.channel_words(delivery["channel"] or "?")), safe(delivery["who"])]
    if delivery["left_out"]:
        parts.append(_("left out: {fields}").format(fields=safe(listed(delivery["left_out"]))))
    click.echo("  " + told(_("Delivery {number}").format(number=number), "  ".join(parts)))


def _print_line(store: Store, line: dict[str, Any]) -> None:
    late = f"  ! {overdue_words(line['overdue'])}" if line["overdue"] else ""
    flags = "".join(f"  ! {safe(wording.asking(flag))}" for flag in (line["flags"] or "").split())
    said = f"{line['id']}  {line_team(line)}  {line_what(line)}  {wording.state_words(line['state'])}{late}{flags}"
    click.echo(drilled(line, said))
    steps = following.story(store, line["id"])
    by = following.replaced_by(steps)
    if line["area"]:
        click.echo("    " + _("assigned to {area}").format(area=safe(line["area_name"] or line["area"])))
    if line["from_line"]:
        click.echo("    " + _("continues {line}").format(line=safe(line["from_line"])))
    if by:
        click.echo("    " + _("replaced by {order}").format(order=safe(by)))
    print_steps(steps)
    for rung in following.ladder(store, line):
        mark = ">" if rung["next"] else "x" if rung["tried"] else " "
        # The code is what --channel takes; in Chinese its word stands before it.
        code = str(rung["channel"])
        label = f"{BY_NAME['team'][code].zh} {code}" if language() == "zh" else code
        click.echo(f"    {mark} " + told(label, safe(str(rung["number"]))))


def print_steps(steps: Iterable[dict[str, Any]]) -> None:
    """The story of a line, a step a line."""
    for step in steps:
        click.echo("    " + "  ".join(_step_parts(step)))


def _step_parts(step: dict[str, Any]) -> list[str]:
    words = safe(wording.step(step["step"]))
    parts = [times.format_time(step["at"])[:16].replace("T", " "), words, safe(step["who"])]
    if kept := wording.kept(step["data"]):
        parts.append(safe(kept))
    if step["data"].get("place"):
        parts.append(_("at {place}").format(place=safe(str(step["data"]["place"]))))
    if step["channel"]:
        parts.append(safe(following.channel_words(step["channel"])))
    if abs(step["recorded"] - step["at"]) > times.MINUTE:
        parts.append(_("recorded {time}").format(time=times.format_short(step["recorded"], times.now())))
    if type(step["data"].get("until")) is int:
        parts.append(_("until {time}").format(time=times.format_short(step["data"]["until"], times.now())))
    if step["note"]:
        parts.append(safe(step["note"]))
    if step["inert"] == AGAIN:
        parts.append(_("said again"))
    elif step["inert"]:
        parts.append(_("without effect: {why}").format(why=step["inert"]))
    return parts
