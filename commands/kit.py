"""`emergency kit`: sets of things that go out together, and whether they are complete (row B3)."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import Column, Form, json_option, output_options, print_rows
from emergency.commands.register import register, written
from emergency.commands.session import Session, as_of_option, at_option, moment, pass_session
from emergency.store import kits, units
from emergency.store.kits import Part
from emergency.store.records import RECORDS
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.typed import parse_pairs
from emergency.store.words import _


def _plain(part: Part) -> dict[str, Any]:
    return {
        "id": part.id,
        "item": part.item,
        "name": part.name,
        "wanted": part.wanted / 1000,
        "found": None if part.found is None else part.found / 1000,
        "short": part.short / 1000,
        "unit": part.unit,
        "expires": part.expires or None,
        "expired": part.expired,
    }


def about(store: Store, row: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """How the kit stands, and each of its parts."""
    found = kits.standing(store, row)
    lines = [(_("State"), kits.state_words(found))]
    for part in found.parts:
        have = "?" if part.found is None else units.format_quantity(part.found, part.unit).strip()
        wanted = units.format_quantity(part.wanted, part.unit).strip()
        said = _("{name}: {found} of {wanted}").format(name=safe(part.name), found=have, wanted=wanted)
        if part.expires:
            said += ", " + (_("expired {day}") if part.expired else _("in date until {day}")).format(
                day=part.expires
            )
        lines.append((_("Part"), said))
    value = {
        "state": found.state,
        "parts": [_plain(p) for p in found.parts],
        "missing": [p.item for p in found.missing],
    }
    return value, lines


cli = register("kit", help=commands()["kit"].help, more=about)


@cli.command(
    "part",
    help=_("State what a kit must hold of an item; 0 takes it off the list.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency kit part 排水模块 generator 2"
    "\n  emergency kit part 生活保障模块 ready-food 2 --expires 2027-06\n",
)
@click.argument("kit")
@click.argument("item")
@click.argument("amount")
@click.option("--expires", metavar="DATE", help=_("The day on which it runs out; empty takes it away."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def part_(
    session: Session, kit: str, item: str, amount: str, expires: str | None, dry_run: bool, as_json: bool
) -> None:
    """One line of the contents; said again it is changed."""
    store = session.store
    id_, what = store.find("kit", kit), store.find("item", item)
    unit = str((store.row("item", what) or {}).get("unit") or "")
    asked = units.parse_quantity(amount, unit or None)
    wanted = units.convert(asked.milli, asked.unit, unit) if unit and asked.unit else asked.milli
    known = store.rows("SELECT id FROM part WHERE kit=? AND item=? AND retired IS NULL", (id_, what))
    if wanted:
        until = () if expires is None else (f"expires={expires}",)
        values = parse_pairs(store, RECORDS["part"], (f"quantity={wanted / 1000:.3f}", *until))
    with store.write("kit part", dry_run=dry_run) as writer:
        if not wanted:
            for row in known:
                writer.set("part", row["id"], {"retired": "taken off the list"})
        elif known:
            writer.set("part", known[0]["id"], values)
        else:
            writer.new("part", {"kit": id_, "item": what, "unit": unit or None, **values})
    said = _("kit {id} holds {amount} {item}").format(
        id=safe(id_), amount=units.format_quantity(wanted, unit).strip(), item=safe(what)
    )
    written(
        session,
        writer,
        dry_run,
        as_json,
        {"id": id_, "item": what, "wanted": wanted / 1000, "unit": unit},
        said,
    )


@cli.command(
    "check",
    help=_("Check the contents: all of it is there but for what is said to be missing.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency kit check 排水模块\n  emergency kit check 排水模块 --missing lamp=3 --found generator=1\n",
)
@click.argument("kit")
@click.option("--missing", multiple=True, metavar="ITEM[=N]", help=_("So much of it is missing, or all."))
@click.option("--found", multiple=True, metavar="ITEM=N", help=_("So much of it is there."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@at_option
@json_option
@pass_session
def check(
    session: Session,
    kit: str,
    missing: tuple[str, ...],
    found: tuple[str, ...],
    dry_run: bool,
    at: str | None,
    as_json: bool,
) -> None:
    """A kit with a missing part is not ready, and says which part."""
    store, happened = session.store, moment(at)
    row = store.row("kit", store.find("kit", kit))
    assert row is not None
    seen = {
        **kits.amounts(store, row, found, missing=False),
        **kits.amounts(store, row, missing, missing=True),
    }
    with store.write("kit check", at=happened, dry_run=dry_run) as writer:
        kits.check(writer, store, row, seen, happened)
        inside = store.within(writer)
        after = kits.standing(inside, inside.row("kit", row["id"]) or row)
    value = {"id": row["id"], "state": after.state, "missing": [_plain(p) for p in after.missing]}
    said = f"{safe(row['id'])}  {safe(str(row['name'] or ''))}  {kits.state_words(after)}"
    written(session, writer, dry_run, as_json, value, said)


@cli.command("gaps", help=_("Kits that are not ready, and which parts are missing."))
@click.option("--team", metavar="T", help=_("Of this team."))
@as_of_option
@output_options
@pass_session
def gaps(session: Session, team: str | None, form: Form) -> None:
    """What was never checked, or too long ago, is not ready either."""
    store = session.store
    where, values = ("retired IS NULL", [])
    if team:
        where, values = "retired IS NULL AND team=?", [store.find("team", team)]
    rows = []
    for row in store.rows(f"SELECT * FROM kit WHERE {where} ORDER BY length(id), id", values):
        found = kits.standing(store, row)
        if found.state != "ready":
            rows.append({**row, "found": found})
    columns = [
        Column("id", _("Id"), lambda r: safe(r["id"]) + (" *" if r["sample"] else "")),
        Column("name", _("Name"), lambda r: safe(str(r["name"] or ""))),
        Column("team", _("Holder"), lambda r: safe(str(r["team"] or r["depot"] or ""))),
        Column("state", _("State"), lambda r: kits.state_words(r["found"])),
    ]

    def plain(row: Any) -> dict[str, Any]:
        kept = {name: row[name] for name in ("id", "name", "team", "depot")}
        return {**kept, "state": row["found"].state, "missing": [_plain(p) for p in row["found"].missing]}

    if not print_rows(form, rows, columns, plain):
        session.note(_("every kit is complete"))
