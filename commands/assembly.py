"""`emergency assembly`: teams under one leader and call sign, called up and let go as one (row A8)."""

from __future__ import annotations

import click

from emergency.commands.catalog import commands
from emergency.commands.output import json_option
from emergency.commands.register import register, written
from emergency.commands.session import Session, at_option, deadline, moment, pass_session
from emergency.store import assemblies, times, wording
from emergency.store.asks import Ask
from emergency.store.words import _, listed

cli = register("assembly", help=commands()["assembly"].help, importable=False)
# It is formed of teams that are looked up.
del cli.commands["add"]


@cli.command(
    "form",
    help=_("Put teams under one leader and one call sign, for one incident.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency assembly form 泵组 -i FT-6 --leader 王强 -t FT-1 -t FT-2\n",
)
@click.argument("call_sign")
@click.option("-i", "--incident", required=True, metavar="ID", help=_("For which incident."))
@click.option("--leader", required=True, metavar="NAME", help=_("Who leads it."))
@click.option("--phone", default="", metavar="TEXT", help=_("How the leader is reached."))
@click.option(
    "-t", "--team", "teams", multiple=True, required=True, metavar="T", help=_("This team; several times.")
)
@json_option
@pass_session
def form(
    session: Session,
    call_sign: str,
    incident: str,
    leader: str,
    phone: str,
    teams: tuple[str, ...],
    as_json: bool,
) -> None:
    """Nothing is called up by it."""
    store = session.store
    values = {
        "name": call_sign.strip() or None,
        "incident": store.find("incident", incident),
        "leader": leader.strip() or None,
        "phone": phone.strip() or None,
    }
    ids = [store.find("team", team) for team in teams]
    with store.write("assembly form") as writer:
        id_ = assemblies.form(store, writer, values, ids)
    written(session, writer, False, as_json, {"id": id_, "teams": ids}, _("{id} is formed").format(id=id_))


@cli.command(
    "call",
    help=_("Call its teams up, each whole and by an order of its own; all of them or none.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency assembly call 泵一组 --by 90min --report-to 河北镇\n",
)
@click.argument("which", metavar="ASSEMBLY")
@click.option("--report-to", default="", metavar="PLACE", help=_("Where to report."))
@click.option("--by", metavar="TIME", help=_("By when: 90min, 18:00."))
@click.option("--until", metavar="TIME", help=_("For how long."))
@click.option("--basis", default="", help=_("Legal basis, such as EREL-73."))
@click.option("--approver", default="", help=_("Who approved it."))
@click.option(
    "--override", default="", metavar="REASON", help=_("Go past a rule that allows it, and say why.")
)
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def call(
    session: Session,
    which: str,
    report_to: str,
    by: str | None,
    until: str | None,
    basis: str,
    approver: str,
    override: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """One operation, so that undo and a refusal take all of it."""
    store = session.store
    id_ = store.find("assembly", which)
    ask = Ask(
        report_to=report_to,
        by=deadline(by),
        until=deadline(until),
        basis=basis,
        approver=approver,
        override=override,
    )
    with store.write("assembly call", dry_run=dry_run) as writer:
        called = assemblies.call(store, writer, id_, ask, times.now())
    for warning in called.warnings:
        session.note(_("note: {text}").format(text=warning))
    value = {"id": id_, "orders": list(called.orders)}
    said = _("{id} is called up: {orders}").format(id=id_, orders=listed(called.orders))
    written(session, writer, dry_run, as_json, value, said, undoable=False)


@cli.command("release", help=_("The incident lets all of it go that is out."))
@click.argument("which", metavar="ASSEMBLY")
@at_option
@json_option
@pass_session
def release(session: Session, which: str, at: str | None, as_json: bool) -> None:
    """Each team returns on its own; steps are not undone."""
    store, happened = session.store, moment(at)
    id_ = store.find("assembly", which)
    with store.write("assembly release", at=happened) as writer:
        moved = assemblies.let_go(writer, id_, happened)
    value = {"id": id_, "lines": [{"line": m.line, "from": m.before, "state": m.after} for m in moved]}
    said = "\n".join(
        f"{m.line}  {wording.state_words(m.before)} -> {wording.state_words(m.after)}" for m in moved
    )
    written(session, writer, False, as_json, value, said, undoable=False)
