"""`emergency plan stage`: which teams to place where ahead of a season (row G2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from emergency.commands.drafting import drafted, only_shown, plan_options, roads_options, table, writable
from emergency.commands.front import Verb
from emergency.commands.output import dump
from emergency.commands.session import Session, pass_session
from emergency.store import conditions, draftwords, moving, times
from emergency.store.errors import InvalidValue
from emergency.store.text import quoted
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.commands.stageplan import Found
    from emergency.store.moving import Before


@click.command(
    "stage",
    cls=Verb,
    help=_("Which ready teams to place at which sites, so that most of a season's key areas are in reach.")
    + "\n\n"
    + _(
        "A team already near stays at home; one moves only where that covers more. Several types cover apart from"
        " each other. --issue writes draft orders of kind preposition, which `callup issue-draft` gives; drafts of"
        " an earlier plan for the season are kept where they can be, and else cancelled."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency plan stage 汛期 --teams 6 --within 30min\n"
    "  emergency plan stage 汛期 --teams 6 --type 水域救援=2 --backup --json\n"
    "  emergency plan stage 汛期 --teams 6 --closed FT-3 FT-9\n",
)
@click.argument("season", metavar="SEASON")
@click.option("--teams", type=click.IntRange(0, 10_000), metavar="N", help=_("Place at most so many."))
@click.option(
    "--within",
    default="30min",
    show_default=True,
    metavar="TIME",
    help=_("An area is covered from so far away."),
)
@click.option("--type", "types", multiple=True, metavar="TYPE=N", help=_("So many of them of this type."))
@click.option("--backup", is_flag=True, help=_("A second team within reach counts too."))
@roads_options
@plan_options
@pass_session
def stage(
    session: Session,
    season: str,
    teams: int | None,
    within: str,
    types: tuple[str, ...],
    backup: bool,
    closed: tuple[tuple[str, str], ...],
    routing: str | None,
    seconds: float,
    issue: bool,
    as_json: bool,
) -> None:
    """Reckoned and shown; only --issue writes."""
    from emergency.commands import stageplan, stageplanjson
    from emergency.store.travel import Travel

    asked = _types(session, types)
    if teams is None and not asked:
        raise click.UsageError(_("how many teams? give --teams N, or --type TYPE=N"))
    number = sum(asked.values()) if teams is None else teams
    minutes = times.parse_duration(within) / times.MINUTE
    wanted = stageplan.Wanted(number, asked, minutes, backup, seconds)
    store = session.store
    if issue:
        writable(store)
    found = stageplan.plan(store, season, wanted, Travel(store, table=table(session, routing), closed=closed))
    drafts = moving.before(store.connection, found.ground.season["id"], stageplan.moves(found))
    value: dict[str, Any] = {}
    if as_json:
        value = {**stageplanjson.plain(found, drafts), "closed": [list(ends) for ends in closed]}
    else:
        from emergency.commands import stagelines

        click.echo("\n".join(stagelines.lines(found)))
        for team, line in drafts.others.items():
            session.note(_("note: {text}").format(text=draftwords.drafted_already(team, line)))
    if issue:
        value["issued"] = _issue(session, found, drafts, as_json)
    elif not as_json:
        if drafts.dropped or any(drafts.stands):
            click.echo(draftwords.would(*stageplanjson.drafts(found, drafts).values()))
        only_shown(session)
    if as_json:
        click.echo(dump(value))


def _issue(session: Session, found: Found, drafts: Before, as_json: bool) -> dict[str, Any]:
    """Draft the orders of those that move, as one operation; drafts of an earlier plan are kept or cancelled."""
    from emergency.commands import stageplan

    moves = stageplan.moves(found)
    if not moves and not drafts.dropped:
        session.note(_("nobody has to move: there is no order to draft"))
        return {"op": None, "orders": [], "kept": [], "updated": [], "cancelled": []}
    at = times.now()
    with session.store.write("plan stage", at=at) as writer:
        done = moving.issue(writer, moves, drafts, at, found.ground.over)
    if not as_json:
        drafted(session, writer, done)
    session.announce(writer)
    op = writer.op if writer.entries else None
    return {
        "op": op,
        "orders": done.new,
        "kept": done.kept,
        "updated": done.updated,
        "cancelled": done.cancelled,
    }


def _types(session: Session, words: tuple[str, ...]) -> dict[str, int]:
    """{type: how many}, from TYPE=N. Raises InvalidValue, NoSuchRecord."""
    out: dict[str, int] = {}
    for word in words:
        name, _equals, number = word.rpartition("=")
        if not name.strip() or not number.strip().isdecimal() or len(number) > 5:
            raise InvalidValue(
                _("not a type and a number: {text}").format(text=quoted(word)), hint=_("write 水域救援=2")
            )
        if name.strip() in out:
            raise InvalidValue(_("{name} is named twice").format(name=quoted(name.strip())))
        out[conditions.known_type(session.store, name.strip())] = int(number)
    return out
