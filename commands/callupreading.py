"""`emergency callup list`, `show` and `graph`: how orders stand (rows F1, F5)."""

from __future__ import annotations

import click

from emergency.commands.front import Verb
from emergency.commands.orderview import (
    LINE_COLUMNS,
    plain_deliveries,
    plain_line,
    plain_step,
    print_order,
    print_steps,
)
from emergency.commands.output import Form, dump, json_option, limit_option, output_options, print_rows
from emergency.commands.present import plain
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.commands.typed import filter_from
from emergency.store import delivered, following, wording
from emergency.store.records import RECORDS
from emergency.store.records.steps import STEPS
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store
from emergency.store.words import _, listed


@click.command(
    "list",
    cls=Verb,
    help=_("Every order line, overdue ones first, then by what is due next.")
    + "\n\n"
    + _("A filter is words of names and states, and field:value; help filters tells more.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency callup list --open --incident FT-1\n  emergency callup list --overdue --json\n"
    "  emergency callup list 'open team:排水 en_route'\n",
)
@click.argument("filter", required=False, default="")
@click.option("--where", multiple=True, metavar="FILTER", help=_("And this too: 'state:issued'."))
@click.option("--open", "open_only", is_flag=True, help=_("Only lines that have not ended."))
@click.option("--overdue", is_flag=True, help=_("Only lines that are late."))
@click.option("--incident", default="", metavar="I", help=_("Of this incident."))
@click.option("--team", default="", metavar="T", help=_("Of this team."))
@limit_option()
@as_of_option
@output_options
@pass_session
def list_(
    session: Session,
    filter: str,
    where: tuple[str, ...],
    open_only: bool,
    overdue: bool,
    incident: str,
    team: str,
    limit: int | None,
    form: Form,
) -> None:
    """What a person has to act on stands on top."""
    store = session.store
    rows = following.follow(
        store,
        incident=store.find("incident", incident) if incident else "",
        open_only=open_only or overdue,
        terms=filter_from(RECORDS["line"], {"filter": filter, "where": where}).terms,
    )
    if overdue:
        rows = [r for r in rows if r["overdue"]]
    if team:
        wanted = store.find("team", team)
        rows = [r for r in rows if r["team"] == wanted]
    if not print_rows(form, rows[:limit], LINE_COLUMNS, plain_line):
        session.note(_("no order lines match"))
    elif form.name == "table" and any(r["sample"] for r in rows):
        session.note("* " + SAMPLE_MARK)


@click.command("show", cls=Verb, help=_("One order: its lines, every step of each, and whom to try next."))
@click.argument("order")
@as_of_option
@json_option
@pass_session
def show(session: Session, order: str, as_json: bool) -> None:
    """Who, when it happened, when it was recorded, by which channel."""
    store = session.store
    name = order.split("/")[0].strip().upper()
    if store.row("callup", name) is None and (lines := following.unheard(store, name)):
        _show_unheard(store, name, lines, as_json)
        return
    id_ = store.find("callup", order.split("/")[0])
    row = store.row("callup", id_)
    assert row is not None
    followed = following.follow(store, order=id_)
    value = plain(RECORDS["callup"], row)
    value["state"] = following.order_state([r["state"] for r in followed])
    value["deliveries"] = plain_deliveries(delivered.deliveries(store, id_))
    value["lines"] = [
        {
            **plain_line(r),
            "continues": r["from_line"],
            "replaced_by": following.replaced_by(steps),
            "steps": [plain_step(s) for s in steps],
            "contacts": following.ladder(store, r),
        }
        for r in followed
        for steps in (following.story(store, r["id"]),)
    ]
    if as_json:
        click.echo(dump(value))
        return
    print_order(store, row, value["state"], followed)


def _show_unheard(store: Store, order: str, lines: list[str], as_json: bool) -> None:
    """What others did with an order that has not come itself."""
    told = {line: following.story(store, line) for line in lines}
    if as_json:
        shown = [
            {"id": line, "state": None, "steps": [plain_step(s) for s in steps]}
            for line, steps in told.items()
        ]
        click.echo(dump({"id": order, "known": False, "state": None, "deliveries": [], "lines": shown}))
        return
    click.echo(_("{order}: the order itself has not come yet; it is shown when it does").format(order=order))
    for line, steps in told.items():
        click.echo(line)
        print_steps(steps)


@click.command("graph", cls=Verb, help=_("The states of a line and the steps between them."))
@click.option("--mermaid", is_flag=True, help=_("As a Mermaid diagram."))
def graph(mermaid: bool) -> None:
    """docs/callup.md is made from this."""
    if mermaid:
        click.echo("stateDiagram-v2")
        click.echo("    [*] --> draft")
        for step in STEPS.values():
            for source in step.sources:
                if step.target:
                    click.echo(f"    {source} --> {step.target}: {step.name}")
        return
    for step in STEPS.values():
        target = wording.state_words(step.target) if step.target else "(" + _("stays") + ")"
        click.echo(f"{step.name:12} {listed(map(wording.state_words, step.sources))} -> {target}")
