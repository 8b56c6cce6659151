"""`emergency need`: the needs of incidents, and what is short (ICS 215)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import Column, Form, limit_option, output_options, print_rows
from emergency.commands.register import register
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import candidates, needs, planwords, times
from emergency.store.candidates import Candidate
from emergency.store.showing import drilled
from emergency.store.text import safe
from emergency.store.words import _, clauses

cli = register("need", help=commands()["need"].help)


def cover_rows(session: Session, incident: str | None) -> list[dict[str, Any]]:
    """Every need of one incident, or of all open ones, with its cover."""
    store = session.store
    if incident:
        ids = [store.find("incident", incident)]
    else:
        ids = [
            r["id"] for r in store.rows("SELECT id FROM incident WHERE state='open' ORDER BY length(id), id")
        ]
    drills = dict(store.connection.execute("SELECT id, exercise FROM incident"))
    return [
        {
            "id": c.need["id"],
            "incident": c.need["incident"],
            "exercise": "yes" in (c.need["exercise"], drills.get(id_)),
            "what": c.need["what"],
            "label": needs.label(store, c.need["what"]),
            "required": c.need["amount"],
            "asked": c.asked,
            "committed": c.committed,
            "on_scene": c.on_scene,
            "short": c.short,
            "unit": c.need["unit"] or "",
            "by": c.need["by"],
            "priority": c.need["priority"],
        }
        for id_ in ids
        for c in needs.board(store, id_)
    ]


def plain_cover(row: Mapping[str, Any]) -> dict[str, Any]:
    """A need as JSON: figures in the need's own unit."""
    figures = {k: row[k] / 1000 for k in ("required", "asked", "committed", "on_scene", "short")}
    by = None if row["by"] is None else times.format_time(row["by"])
    return {k: v for k, v in row.items() if k != "label"} | {**figures, "by": by}


@cli.command(
    "board", help=_("Required, asked, committed, on scene, short: for one incident or all open ones.")
)
@click.argument("incident", required=False)
@as_of_option
@output_options
@pass_session
def board(session: Session, incident: str | None, form: Form) -> None:
    """ICS 215 on one screen."""
    rows = cover_rows(session, incident)

    def figure(name: str) -> Column:
        words = {
            "required": _("Required"),
            "asked": _("Asked"),
            "committed": _("Committed"),
            "on_scene": _("On scene"),
            "short": _("Short"),
        }
        return Column(name, words[name], lambda r: needs.amount(r[name], r["unit"]))

    columns = [
        Column("incident", _("Incident"), lambda r: drilled(r, r["incident"])),
        Column("what", _("What"), lambda r: safe(r["label"])),
        *(figure(n) for n in ("required", "asked", "committed", "on_scene", "short")),
        Column("by", _("By"), lambda r: times.format_short(r["by"], times.now()) if r["by"] else ""),
    ]
    if not print_rows(form, rows, columns, plain_cover):
        session.note(_("no needs are stated"))


@cli.command(
    "candidates",
    help=_(
        "What could meet a need: those that nothing refuses first, then the nearest; with what speaks against each."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency need candidates FT-1\n  emergency need candidates FT-1 drainage --json\n",
)
@click.argument("incident")
@click.argument("need", required=False, default="")
@limit_option()
@as_of_option
@output_options
@pass_session
def candidates_(session: Session, incident: str, need: str, limit: int | None, form: Form) -> None:
    """Without a need: the first of the incident that is short; a need alone, by its id, will do."""
    store = session.store
    cover = candidates.for_one(store, incident, need)
    found = candidates.candidates(store, cover)[:limit]
    unit = cover.need["unit"] or ""
    if form.name == "table":
        about = store.row("incident", cover.need["incident"]) or {}
        said = _("{what}: short {short}").format(
            what=needs.label(store, cover.need["what"]), short=needs.amount(cover.short, unit)
        )
        session.note(drilled(about, said))
    columns = [
        Column("id", _("Id"), lambda r: safe(r["id"])),
        Column("name", _("Name"), lambda r: safe(r["name"])),
        Column("holder", _("Unit"), lambda r: safe(r["holder_name"] or r["holder"])),
        Column("gives", _("Amount"), lambda r: needs.amount(r["gives"], unit)),
        Column("distance_m", _("Distance"), lambda r: "" if r["distance_m"] is None else f"{r['distance_m'] / 1000:.1f} km"),
        Column("against", _("Against it"), lambda r: safe(clauses((r["refusal"], *r["remarks"])))),
    ]  # fmt: skip
    rows = [_candidate(one) for one in found]
    if not print_rows(form, rows, columns, lambda r: {**r, "gives": r["gives"] / 1000, "unit": unit}):
        session.note(_("nothing in the registers could meet it"))
    there = candidates.not_on_shelves(session.store, cover.need["what"])
    if said := planwords.not_on_shelves(there, unit):
        session.note(_("note: {text}").format(text=said))


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": one.id,
        "name": one.name,
        "holder": one.holder or None,
        "holder_name": one.holder_name,
        "gives": one.gives,
        "distance_m": one.distance,
        "minutes": one.minutes,
        "minutes_source": one.drive.source if one.drive else None,
        "refusal": one.refusal or None,
        "hint": one.way_out or None,
        "remarks": list(one.remarks),
        "standing": one.standing or None,
    }
