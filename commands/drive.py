"""`emergency drive`: driving times, and the speeds of regions that recorded trips fit (row G6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import Column, Form, dump, json_option, print_rows
from emergency.commands.register import register, written
from emergency.commands.roadadding import guarded
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import times, trips
from emergency.store.errors import NoSuchRecord
from emergency.store.records.types import Stored
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.trips import Fit
from emergency.store.words import _, clauses, listed, ngettext

if TYPE_CHECKING:
    from emergency.store.writer import Writer

cli = register("drive", help=commands()["drive"].help)
cli.commands["add"].callback = guarded(cli.commands["add"].callback)


@cli.command(
    "fit",
    help=_(
        "The driving speed of each region that its recorded trips fit: from departure to arrival of order lines."
        " Shown only; --accept writes it into `emergency pace`, and estimates go by it from then on."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency drive fit\n  emergency drive fit 110111 --accept\n",
)
@click.argument("regions", nargs=-1, metavar="[REGION]...")
@click.option(
    "--least",
    type=click.IntRange(3, 100_000),
    default=trips.LEAST,
    show_default=True,
    metavar="N",
    help=_("Fit a speed from so many trips on."),
)
@click.option("--accept", is_flag=True, help=_("Write the speeds shown."))
@as_of_option
@json_option
@pass_session
def fit(session: Session, regions: tuple[str, ...], least: int, accept: bool, as_json: bool) -> None:
    """Reckoned and shown; only --accept writes."""
    store = session.store
    wanted = [store.find("region", region) for region in regions]
    recorded, left = trips.recorded(store)
    found = [one for one in trips.fits(recorded, least) if not wanted or one.region in wanted]
    names = {
        row["id"]: row["short"] or row["name"] for row in store.rows("SELECT id, short, name FROM region")
    }
    found = [one for one in found if one.region in names]
    missing = [code for code in wanted if code not in {one.region for one in found}]
    value: dict[str, Any] = {
        "trips": len(recorded), "left_out": left, "least": least, "fits": [plain(one) for one in found],
    }  # fmt: skip
    if missing:
        raise NoSuchRecord(
            _("fewer than {n} recorded trips end in {regions}").format(n=least, regions=listed(missing))
        )
    if accept and not found:
        raise NoSuchRecord(_("there is nothing to accept: no region has {n} recorded trips").format(n=least))
    if not as_json:
        _shown(session, found, names, len(recorded), left)
    if not accept:
        if as_json:
            click.echo(dump(value))
        elif found:
            session.note(_("nothing was written: --accept makes estimates go by these"))
        return
    with store.write("drive fit") as writer:
        value["accepted"] = [_accepted(store, writer, one) for one in found]
    changed = [one for one in value["accepted"] if one["changed"]]
    said = ngettext("{n} driving speed written", "{n} driving speeds written", len(changed)).format(
        n=len(changed)
    )
    written(session, writer, False, as_json, value, said)


def plain(one: Fit) -> dict[str, Any]:
    """A fit as JSON: errors as shares of what a trip would take by it."""
    return {
        "region": one.region,
        "trips": one.trips,
        "speed": one.speed,
        "half_within": round(one.half, 3),
        "eight_of_ten_between": [round(one.low, 3), round(one.high, 3)],
        "half_within_now": round(one.before, 3),
        "sample": one.sample,
    }


def spread(one: Fit) -> str:
    """The range of error: between what 8 of 10 trips lay."""
    return f"{one.low:+.0%} .. {one.high:+.0%}"


def _shown(
    session: Session, found: Sequence[Fit], names: Mapping[str, str], all_: int, left: Mapping[str, int]
) -> None:
    columns = [
        Column(
            "region",
            _("Region"),
            lambda r: safe(f"{r['f'].region} {names[r['f'].region]}") + (" *" if r["f"].sample else ""),
        ),
        Column("trips", _("Trips"), lambda r: str(r["f"].trips)),
        Column("speed", _("Speed (km/h)"), lambda r: f"{r['f'].speed:g}"),
        Column("half", _("Half within"), lambda r: f"{r['f'].half:.0%}"),
        Column("spread", _("8 of 10 between"), lambda r: spread(r["f"])),
        Column("before", _("Half within, unfitted"), lambda r: f"{r['f'].before:.0%}"),
    ]
    rows = [{"f": one} for one in found]
    if not print_rows(Form(), rows, columns, lambda r: plain(r["f"])):
        session.note(_("no region has enough recorded trips"))
    said = ngettext("{n} recorded trip", "{n} recorded trips", all_).format(n=all_)
    why = [f"{_why(code)} {n}" for code, n in left.items()]
    session.note(clauses((said, _("left out: {why}").format(why=listed(why)) if why else "")))
    if any(one.sample for one in found):
        session.note("* " + SAMPLE_MARK)


def _why(code: str) -> str:
    """Why trips say nothing of a region's roads."""
    return {
        "drill": _("of drills"),
        "onward": _("not from a base"),
        "place": _("from or to an unknown place"),
        "times": _("with no time between departure and arrival, or over 12 hours"),
        "near": _("under 500 m"),
        "region": _("far from every county"),
    }[code]


def _accepted(store: Store, writer: Writer, one: Fit) -> dict[str, Any]:
    """Write the speed of a region, unless it stands there already."""
    values: dict[str, Stored] = {
        "speed": round(one.speed * 1000),
        "trips": one.trips,
        "error": _("{spread}, half within {half:.0%}").format(spread=spread(one), half=one.half),
        "source": None,
        "as_of": times.format_time(times.now())[:10],
        "sample": SAMPLE_MARK if one.sample else None,
    }
    row = store.rows(
        "SELECT id, speed, trips FROM pace WHERE region=? AND retired IS NULL ORDER BY length(id) DESC, id DESC LIMIT 1",
        (one.region,),
    )
    if not row:
        return {"pace": writer.new("pace", {"region": one.region, **values}), "changed": True}
    changed = (row[0]["speed"], row[0]["trips"]) != (values["speed"], values["trips"])
    if changed:
        writer.set("pace", row[0]["id"], values)
    return {"pace": row[0]["id"], "changed": changed}
