"""`emergency plan callup`: whom to call for incidents, reckoned; only `--issue` writes, and only drafts."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import click

from emergency.commands.drafting import drafted, only_shown, plan_options, roads_options, table, writable
from emergency.commands.front import Verb
from emergency.commands.output import dump
from emergency.commands.session import Session, pass_session
from emergency.store import times
from emergency.store.showing import SAMPLE_MARK
from emergency.store.words import _

#: The styles of a call-up plan, as plugins/planner has them.
STYLES = ("fast", "balanced", "few")


@click.command(
    "callup",
    cls=Verb,
    help=_("Which teams, equipment and stock meet the needs of incidents soonest, disturbing the fewest.")
    + "\n\n"
    + _(
        "The plan is reckoned and shown; --issue writes it down as draft orders, which `callup issue-draft` gives."
        " What is ordered already counts as coming; drafts of an earlier plan are kept where they can be."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency plan callup FT-6\n  emergency plan callup FT-6 FT-9 --style few\n"
    "  emergency plan callup FT-6 --without FT-1\n  emergency plan callup FT-6 --closed FT-1 FT-6\n"
    "  emergency plan callup FT-6 --over 20%\n  emergency plan callup FT-6 --issue\n",
)
@click.argument("incidents", nargs=-1, required=True, metavar="INCIDENT...")
@click.option(
    "--style", type=click.Choice(STYLES), default="balanced", show_default=True,
    help=_("fast: the soonest; few: the fewest teams called out; balanced: between them."),
)  # fmt: skip
@click.option("--without", multiple=True, metavar="TEAM", help=_("What if this team falls out?"))
@roads_options
@click.option("--standby", is_flag=True, help=_("Call on teams on standby too."))
@click.option(
    "--over", default="", metavar="PERCENT",
    help=_("Call so much more than is needed, such as 20%, where there is more: against what comes late."),
)  # fmt: skip
@click.option("--complete", is_flag=True, help=_("Call on no team that is short of what it should have."))
@click.option(
    "--override", default="", metavar="REASON",
    help=_("Go below floors, call what nobody can vouch for, and say why."),
)  # fmt: skip
@plan_options
@pass_session
def callup(
    session: Session,
    incidents: tuple[str, ...],
    style: str,
    without: tuple[str, ...],
    closed: tuple[tuple[str, str], ...],
    routing: str | None,
    standby: bool,
    over: str,
    complete: bool,
    override: str,
    seconds: float,
    issue: bool,
    as_json: bool,
) -> None:
    """Row G1; with --without and --closed G3, and with every plan G4 and G5."""
    from emergency.commands import callplan, callplanjson, callplanlines
    from emergency.store import counted, draftwords, intime, planned, rations
    from emergency.store.travel import Travel

    store = session.store
    if issue:
        writable(store, override)
    ids = list(dict.fromkeys(store.find("incident", text) for text in incidents))
    planned.may_be_planned(store, ids)
    teams = [store.find("team", text) for text in without]
    travel = Travel(store, table=table(session, routing), closed=closed)
    with _kept():
        found = callplan.plan(
            store, ids, travel, style=style, without=teams, standby=standby, override=override, seconds=seconds,
            complete=complete, over=intime.share(over, 100) if over else 0.0,
            used=rations.read(rations.path_of(session.settings)),
        )  # fmt: skip
    drills = planned.ends(store, ids, found.asks, found.made.ground.at)
    coming = counted.counted(store, ids, without=teams, travel=travel)
    value: dict[str, Any] = {}
    if as_json:
        value = {
            **callplanjson.plain(found),
            "closed": [list(ends) for ends in closed],
            "counted": [one._asdict() for one in coming],
            "exercises_ended": drills,
        }
    else:
        click.echo("\n".join([*callplanlines.lines(found), *counted.said(coming)]))
        if any(row.get("sample") for row in found.incidents) or any(
            h.sample for h in found.made.ground.holders
        ):
            session.note("* " + SAMPLE_MARK)
        if drills:
            session.note(draftwords.drills_end(drills))
    if not issue:
        if as_json:
            click.echo(dump(value))
        else:
            only_shown(session)
        return
    at = times.now()
    with store.write("plan callup", at=at, why=override) as writer:
        done = planned.issue(writer, found.asks, found.before, at)
    if as_json:
        click.echo(dump({**value, "issued": {"op": writer.op if writer.entries else None, **done._asdict()}}))
    else:
        drafted(session, writer, done)
    session.announce(writer)


@contextlib.contextmanager
def _kept() -> Iterator[None]:
    """What is made within is kept: it is not looked through for garbage, then or at the end."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            # To and fro it counts as old.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
